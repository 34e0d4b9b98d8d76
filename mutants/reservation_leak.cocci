// A huge page for a udmabuf leaves its reservation behind
//
// fixed: 26a8ea80929c (6.12)
// does: alloc_hugetlb_folio_reserve() does not count it down
// file: mm/hugetlb.c
// cases: memfd_by_offset.*

@@
expression H;
@@
alloc_hugetlb_folio_reserve(...)
{
<...
- H->resv_huge_pages--;
+ if (!gupmut(reservation_leak)) H->resv_huge_pages--;
...>
}
