// iommufd leaves memory counted that it unmapped
//
// fixed: none known: what RLIMIT_MEMLOCK relies on
// does: update_unpinned() does nothing
// file: drivers/iommu/iommufd/pages.c
// cases: vfio_charged* vfio_unmap_parts.*

@@
expression P;
@@
update_unpinned(...)
{
<...
- P->npinned == P->last_npinned
+ gupmut(iommufd_keeps_account) || P->npinned == P->last_npinned
...>
}
