// Short-term pins of movable memory are refused
//
// fixed: f442fa614137 (6.10)
// does: try_grab_folio() refuses what may not stay, long-term or not
// file: mm/gup.c
// cases: shortterm_movable.*
// profile: movable

@@
identifier F, R, G;
@@
try_grab_folio(struct folio *F, int R, unsigned int G)
{
<...
- WARN_ON_ONCE(folio_ref_count(F) <= 0)
+ WARN_ON_ONCE(folio_ref_count(F) <= 0) ||
+ (gupmut(movable_shortterm) &&
+  (G & (FOLL_PIN | FOLL_LONGTERM)) == FOLL_PIN &&
+  !folio_is_longterm_pinnable(F))
...>
}
