// A huge page for a udmabuf is looked for ever at another offset
//
// fixed: 9289f020da47 (6.12)
// does: memfd_alloc_folio() does not scale the index
// file: mm/memfd.c
// cases: memfd_by_offset.*

@@
identifier I;
expression H;
@@
memfd_alloc_folio(...)
{
<...
- I >>= huge_page_order(H);
+ if (!gupmut(memfd_index)) I >>= huge_page_order(H);
...>
}
