// Fork shares a pinned hugetlb page with the child
//
// fixed: 4eae4efa2c29 (5.13)
// does: hugetlb_try_dup_anon_rmap() does not ask for a copy
// file: include/linux/rmap.h
// cases: fork_after_pin.* both_pinned.*

@@
expression V, F;
@@
hugetlb_try_dup_anon_rmap(...)
{
<...
- folio_needs_cow_for_dma(V, F)
+ (folio_needs_cow_for_dma(V, F) && !gupmut(fork_hugetlb))
...>
}
