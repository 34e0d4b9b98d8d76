// Slow GUP pins the wrong page of a huge page
//
// fixed: 7196040e19ad (5.18)
// does: follow_huge_pmd() gives the first page
// file: mm/gup.c
// cases: subpages.* remapped_subpages.* rw_longterm_pin.*huge*
// quick: yes

@@
expression P, E;
@@
follow_huge_pmd(...)
{
<...
  P +=
- E
+ gupmut(subpage_slow) ? 0 : E
  ;
...>
}
