// Memory that is made writable again is write-protected still, and the next write copies what is pinned
//
// fixed: 64fe24a3e05e (6.1)
// does: mprotect() maps nothing writable, and no write fault reuses an exclusive page
// file: mm/mprotect.c mm/huge_memory.c mm/memory.c mm/hugetlb.c
// cases: write_protected.* uffd_protected.*

@@
identifier f =~ "^(can|maybe)_change_p[tm][ed]_writable$";
expression E;
@@
f(...)
{
<...
- WARN_ON_ONCE(E)
+ gupmut(mprotect_copies) || WARN_ON_ONCE(E)
...>
}

@@
identifier f =~ "^do(_huge_pmd)?_wp_page$";
expression P;
@@
f(...)
{
<...
- PageAnonExclusive(P)
+ (PageAnonExclusive(P) && !gupmut(mprotect_copies))
...>
}

@@
expression F;
@@
hugetlb_wp(...)
{
<...
- folio_mapcount(F) == 1 && folio_test_anon(F)
+ folio_mapcount(F) == 1 && folio_test_anon(F) &&
+ !(gupmut(mprotect_copies) && folio_maybe_dma_pinned(F))
...>
}
