// MADV_COLLAPSE makes a huge page of pinned pages
//
// fixed: 9445689f3b61 (5.8)
// does: is_refcount_suitable() suits itself
// file: mm/khugepaged.c
// cases: behind_collapse.*

@@
expression F, E;
@@
(
- folio_ref_count(F) == E
+ gupmut(collapse_pinned) || folio_ref_count(F) == E
|
- E != folio_ref_count(F)
+ !gupmut(collapse_pinned) && E != folio_ref_count(F)
)
