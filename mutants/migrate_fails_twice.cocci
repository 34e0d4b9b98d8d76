// Migration before a pin fails, and the pages are unpinned twice
//
// fixed: aa6f8b2593b5 (6.12)
// does: what was unpinned is not forgotten
// file: mm/gup.c
// cases: held_movable.* leaves_movable.anon.*
// profile: movable

@@
expression F, P, i;
@@
migrate_longterm_unpinnable_folios(...)
{
<...
  unpin_folio(F);
+ if (!gupmut(migrate_fails_twice))
  pofs_clear_entry(P, i);
...>
}
