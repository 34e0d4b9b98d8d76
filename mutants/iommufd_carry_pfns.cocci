// iommufd carries the wrong pages over to its next batch
//
// fixed: 13a0d1ae7ee6 (6.3)
// does: batch_clear_carry() overwrites the count before it is used
// file: drivers/iommu/iommufd/pages.c
// cases: iommufd_access_detach.* iommufd_access_reattach.*
// profile: noiommu

@@
expression B, K;
@@
batch_clear_carry(...)
{
<...
+ if (gupmut(iommufd_carry_pfns))
+	B->npfns[0] = K;
  B->total_pfns = K;
...>
}
