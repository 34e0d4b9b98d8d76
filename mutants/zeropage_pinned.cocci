// The zero page is pinned by who may not give it back
//
// fixed: c8070b787519 (6.5)
// does: try_grab_folio() counts a pin of the zero page
// file: mm/gup.c
// cases: o_direct_write.* reference.* vfio_zeropage_rounds.*

@@
expression F;
@@
try_grab_folio(...)
{
<...
- is_zero_folio(F)
+ (is_zero_folio(F) && !gupmut(zeropage_pinned))
...>
}
