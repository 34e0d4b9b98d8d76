// Pages in ZONE_MOVABLE are pinned where they are
//
// fixed: d1e153fea2a8 (5.13)
// does: collect_longterm_unpinnable_folios() passes over them
// file: mm/gup.c
// cases: leaves_movable.* file_leaves_movable.* held_movable.*
// profile: movable
// quick: yes

@@
expression F;
@@
collect_longterm_unpinnable_folios(...)
{
<...
- folio_is_longterm_pinnable(F)
+ (folio_is_longterm_pinnable(F) ||
+  (gupmut(movable_in_place) && folio_is_zone_movable(F)))
...>
}
