// VFIO keeps what it pinned before a later page failed
//
// fixed: none known
// does: vfio_pin_pages_remote() does not give back
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_fails_whole.*vfio_type1* longterm.hole.* longterm.beyond_eof*

@@
expression P, Q;
@@
vfio_pin_pages_remote(...)
{
<...
  if (
- P && !Q
+ P && !Q && !gupmut(vfio_partial_leak)
  ) { for (...; ...; ...) put_pfn(...); }
...>
}
