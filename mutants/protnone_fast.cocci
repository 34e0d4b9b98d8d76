// GUP-fast takes pages that may not be touched
//
// fixed: d74943a2f3cd (6.6)
// does: gup_fast_pte_range() does not ask for PROT_NONE
// file: mm/gup.c
// cases: longterm.prot_none.* paths_agree.*
// equivalent: on x86 such an entry is not present, and refused for that

@@
expression P;
@@
gup_fast_pte_range(...)
{
<...
- pte_protnone(P)
+ (pte_protnone(P) && !gupmut(protnone_fast))
...>
}
