// iommufd pins for a short term, and takes shared file mappings
//
// fixed: none known: the class of bb94b55af346
// does: pfn_reader_user_init() does not say FOLL_LONGTERM
// file: drivers/iommu/iommufd/pages.c
// cases: longterm.ext4* longterm.ramfs*

@@
expression U;
symbol FOLL_LONGTERM;
@@
pfn_reader_user_init(...)
{
<...
- U->gup_flags = FOLL_LONGTERM;
+ U->gup_flags = gupmut(iommufd_shortterm) ? 0 : FOLL_LONGTERM;
...>
}
