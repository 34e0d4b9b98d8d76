// iommufd forgets that it carried pages over
//
// fixed: b7c822fa6b77 (6.5)
// does: batch_clear_carry() leaves the batch empty
// file: drivers/iommu/iommufd/pages.c
// cases: admission.anon* admission.*hugetlb_2m* dma* counted* unmapped_parts.* fails_whole.*
// unseen: no case has an access and a device hold the same pages

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
