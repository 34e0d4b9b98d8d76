// iommufd keeps what it pinned before a later page failed
//
// fixed: none known
// does: pfn_reader_release_pins() does not unpin
// file: drivers/iommu/iommufd/pages.c
// cases: vfio_fails_whole.* longterm.hole.* longterm.beyond_eof.*

@@
expression P, N;
@@
pfn_reader_release_pins(...)
{
<...
- unpin_user_pages(P, N);
+ if (!gupmut(iommufd_partial_leak)) unpin_user_pages(P, N);
...>
}

@@
expression R;
@@
pfn_reader_release_pins(...)
{
<...
- pfn_reader_unpin(R);
+ if (!gupmut(iommufd_partial_leak)) pfn_reader_unpin(R);
...>
}
