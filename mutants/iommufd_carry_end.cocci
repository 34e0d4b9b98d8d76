// iommufd forgets that it carried pages over
//
// fixed: b7c822fa6b77 (6.5)
// does: batch_clear_carry() leaves the batch empty
// file: drivers/iommu/iommufd/pages.c
// cases: iommufd_access_detach.anon_thp.iommufd_mock_rw
// profile: noiommu

@@
expression B;
@@
batch_clear_carry(...)
{
<...
- B->end = 1;
+ B->end = gupmut(iommufd_carry_end) ? 0 : 1;
...>
}
