// FOLL_SPLIT_PMD tries to split a hugetlb page
//
// fixed: 8977752c8056 (6.15)
// does: check_vma_flags() does not refuse FOLL_SPLIT_PMD for hugetlb
// file: mm/gup.c
// cases: foll_split_pmd_hugetlb.*

@@
expression G, V;
symbol FOLL_SPLIT_PMD;
@@
check_vma_flags(...)
{
<...
- (G & FOLL_SPLIT_PMD) && is_vm_hugetlb_page(V)
+ (G & FOLL_SPLIT_PMD) && is_vm_hugetlb_page(V) && !gupmut(split_hugetlb)
...>
}
