// A pin of the zero page is refused
//
// fixed: "mm: Fix is_zero_page() usage in try_grab_page()" (6.1.135)
// does: try_grab_folio() fails for the zero page
// file: mm/gup.c
// cases: o_direct_write.* reference.*

@@
expression F;
@@
try_grab_folio(...)
{
<...
  if (<+... is_zero_folio(F) ...+>)
- return 0;
+ return gupmut(zeropage_refused) ? -ENOMEM : 0;
...>
}
