// Huge pages in ZONE_MOVABLE or CMA are refused instead of moved
//
// fixed: f442fa614137 (6.10)
// does: grabbing the other pages of a huge page fails where it may not stay
// file: mm/gup.c
// cases: leaves_movable.*
// profile: movable

@@
expression F, N, G;
@@
__get_user_pages(...)
{
<...
- try_grab_folio(F, N - 1, G)
+ ((gupmut(movable_thp_refused) && (G & FOLL_LONGTERM) &&
+   !folio_is_longterm_pinnable(F)) || try_grab_folio(F, N - 1, G))
...>
}
