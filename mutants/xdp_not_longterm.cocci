// AF_XDP pins for a short term
//
// fixed: 932f4a630a69 (5.2)
// does: xdp_umem_pin_pages() does not say FOLL_LONGTERM
// file: net/xdp/xdp_umem.c
// cases: longterm.*_shared.xdp

@@
expression F;
symbol FOLL_LONGTERM;
@@
xdp_umem_pin_pages(...)
{
<...
- F | FOLL_LONGTERM
+ F | (gupmut(xdp_not_longterm) ? 0 : FOLL_LONGTERM)
...>
}
