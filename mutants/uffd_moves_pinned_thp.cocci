// UFFDIO_MOVE moves a pinned huge page
//
// fixed: adef440691ba (6.8)
// does: move_pages_huge_pmd() does not ask whether the page is pinned
// file: mm/huge_memory.c
// cases: behind_uffd_move.*

@@
expression F;
@@
move_pages_huge_pmd(...)
{
<...
- folio_maybe_dma_pinned(F)
+ (folio_maybe_dma_pinned(F) && !gupmut(uffd_moves_pinned_thp))
...>
}
