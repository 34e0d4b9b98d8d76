// iommufd does not unpin what it unmapped
//
// fixed: none known
// does: batch_unpin() counts, and does nothing
// file: drivers/iommu/iommufd/pages.c
// cases: longterm.anon.* vfio_charged.*

@@
expression P, N, W;
@@
batch_unpin(...)
{
<...
- unpin_user_page_range_dirty_lock(P, N, W);
+ if (!gupmut(iommufd_unpin_leak)) unpin_user_page_range_dirty_lock(P, N, W);
...>
}
