// iommufd pins for reading what the device may write
//
// fixed: none known: the class of 17839856fd58
// does: pfn_reader_user_init() does not say FOLL_WRITE
// file: drivers/iommu/iommufd/pages.c
// cases: longterm.anon.* longterm.zeropage.* vfio_dma.* longterm.memfd_private.*

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
