// FOLL_SPLIT_PMD does not split
//
// fixed: none known
// does: follow_pmd_mask() pins the huge page as one
// file: mm/gup.c
// cases: foll_split_pmd.*

@@
expression G, P;
symbol FOLL_SPLIT_PMD;
@@
follow_pmd_mask(...)
{
<...
- pmd_trans_huge(P) && (G & FOLL_SPLIT_PMD)
+ pmd_trans_huge(P) && (G & FOLL_SPLIT_PMD) && !gupmut(split_ignored)
...>
}
