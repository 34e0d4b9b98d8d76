// Reclaim puts a pinned page into the swap cache
//
// fixed: feb889fb40fa (5.11)
// does: shrink_folio_list() does not keep a pinned page
// file: mm/vmscan.c
// cases: behind_pageout.*
// profile: swap

@@
expression F;
@@
shrink_folio_list(...)
{
<...
- folio_maybe_dma_pinned(F)
+ (folio_maybe_dma_pinned(F) && !gupmut(reclaim_pinned))
...>
}
