// A huge page for a udmabuf has the bytes of who had it before
//
// fixed: de8798965fd0 (6.18)
// does: memfd_alloc_folio() does not zero it
// file: mm/memfd.c
// cases: memfd_by_offset.*

@@
expression F, A;
@@
memfd_alloc_folio(...)
{
<...
- folio_zero_user(F, A);
+ if (!gupmut(memfd_not_zeroed)) folio_zero_user(F, A);
...>
}
