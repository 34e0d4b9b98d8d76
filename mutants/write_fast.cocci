// GUP-fast does not ask whether a page may be written, and breaks COW
//
// fixed: 17839856fd58 (5.8, another way to the same damage)
// does: gup_fast_pte_range() asks for read access always
// file: mm/gup.c
// cases: paths_agree.* foll_force.* rw_longterm_pin.memfd_private.*

@@
expression P, F;
symbol FOLL_WRITE;
@@
gup_fast_pte_range(...)
{
<...
  pte_access_permitted(P,
- F & FOLL_WRITE
+ gupmut(write_fast) ? 0 : F & FOLL_WRITE
  )
...>
}
