// The zero page, which never was pinned, is unpinned
//
// fixed: c8070b787519 (6.5)
// does: gup_put_folio() does not know the zero page
// file: mm/gup.c
// cases: o_direct_write.* reference.*

@@
expression F;
@@
gup_put_folio(...)
{
<...
- is_zero_folio(F)
+ (is_zero_folio(F) && !gupmut(zeropage_unpinned))
...>
}
