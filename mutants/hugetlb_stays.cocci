// A hugetlb page in ZONE_MOVABLE is tried to be moved for ever
//
// fixed: d1e153fea2a8 (5.13)
// does: hugetlb pages are not isolated
// file: mm/gup.c
// cases: leaves_movable.*hugetlb*
// profile: movable

@@
identifier f =~ "isolate_hugetlb$";
expression F, L;
@@
collect_longterm_unpinnable_folios(...)
{
<...
- f(F, L);
+ if (!gupmut(hugetlb_stays)) f(F, L);
...>
}
