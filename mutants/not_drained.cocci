// A page that a CPU has on its way to an LRU list cannot be moved
//
// fixed: a09a8a1fbb37 (6.17)
// does: collect_longterm_unpinnable_folios() does not drain the batches of the CPUs
// file: mm/gup.c
// cases: leaves_movable.*
// profile: movable

@@
expression list E;
@@
collect_longterm_unpinnable_folios(...)
{
<...
(
- lru_add_drain();
+ if (!gupmut(not_drained)) lru_add_drain();
|
- lru_add_drain_all();
+ if (!gupmut(not_drained)) lru_add_drain_all();
|
- lru_cache_drain_for_folio(E);
+ if (!gupmut(not_drained)) lru_cache_drain_for_folio(E);
)
...>
}
