// GUP-fast does not ask whether a huge page may be written, and breaks COW
//
// fixed: 17839856fd58 (5.8, another way to the same damage)
// does: gup_fast_pmd_leaf() asks for read access always
// file: mm/gup.c
// cases: paths_agree.* needs_slow.*

@@
expression P, F;
symbol FOLL_WRITE;
@@
gup_fast_pmd_leaf(...)
{
<...
  pmd_access_permitted(P,
- F & FOLL_WRITE
+ gupmut(write_fast_huge) ? 0 : F & FOLL_WRITE
  )
...>
}
