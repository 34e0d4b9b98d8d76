// UFFDIO_MOVE moves a pinned page
//
// fixed: adef440691ba (6.8)
// does: move_present_pte() does not ask whether the page is pinned
// file: mm/userfaultfd.c
// cases: behind_uffd_move.*

@@
identifier f =~ "^move_present_ptes?$";
expression F;
@@
f(...)
{
<...
- folio_maybe_dma_pinned(F)
+ (folio_maybe_dma_pinned(F) && !gupmut(uffd_moves_pinned))
...>
}
