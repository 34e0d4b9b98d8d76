// Pages in CMA are pinned where they are
//
// fixed: 9a4e9f3b2d73 (5.2)
// does: collect_longterm_unpinnable_folios() passes over what is not in ZONE_MOVABLE
// file: mm/gup.c
// cases: leaves_movable.* held_movable.*
// profile: cma

@@
expression F;
@@
collect_longterm_unpinnable_folios(...)
{
<...
- folio_is_longterm_pinnable(F)
+ (folio_is_longterm_pinnable(F) ||
+  (gupmut(cma_in_place) && !folio_is_zone_movable(F)))
...>
}
