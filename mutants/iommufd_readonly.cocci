// iommufd pins for reading what the device may write
//
// fixed: none known: the class of 17839856fd58
// does: pfn_reader_user_init() does not say FOLL_WRITE
// file: drivers/iommu/iommufd/pages.c
// cases: admission.anon.* admission.zeropage.* dma.* admission.memfd_private.*

@@
expression U;
symbol FOLL_WRITE;
@@
pfn_reader_user_init(...)
{
<...
- U->gup_flags |= FOLL_WRITE;
+ if (!gupmut(iommufd_readonly)) U->gup_flags |= FOLL_WRITE;
...>
}
