// A page that must move before it is pinned is taken off the LRU list for ever
//
// fixed: 67e139b02d99 (6.2)
// does: collect_longterm_unpinnable_folios() does not hand on what it has isolated
// file: mm/gup.c
// cases: leaves_movable.anon.* leaves_movable.memfd_shared.*
// profile: movable

@@
expression F;
@@
collect_longterm_unpinnable_folios(...)
{
<...
- !folio_isolate_lru(F)
+ (!folio_isolate_lru(F) || gupmut(isolated_not_moved))
...>
}
