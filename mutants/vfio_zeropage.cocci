// VFIO loses pins of the zero page at every mapping
//
// fixed: 873aefb376bb (6.0)
// does: a read-only pin takes the zero page, and counts it
// file: mm/internal.h mm/gup.c
// cases: vfio_zeropage_rounds.* vfio_charged.zeropage.* longterm.zeropage.*
// quick: yes

@@
expression E;
@@
gup_must_unshare(...)
{
<...
(
- is_cow_mapping(E)
+ (is_cow_mapping(E) && !gupmut(vfio_zeropage))
|
- vma_is_cow_mapping(E)
+ (vma_is_cow_mapping(E) && !gupmut(vfio_zeropage))
)
...>
}

@@
expression F;
@@
try_grab_folio(...)
{
<...
- is_zero_folio(F)
+ (is_zero_folio(F) && !gupmut(vfio_zeropage))
...>
}
