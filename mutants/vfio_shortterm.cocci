// VFIO pins for a short term, and takes shared file mappings
//
// fixed: bb94b55af346 (5.7)
// does: vaddr_get_pfns() does not say FOLL_LONGTERM
// file: drivers/vfio/vfio_iommu_type1.c
// cases: longterm.ext4*vfio_type1* longterm.ramfs*vfio_type1* longterm.*
// quick: yes

@@
expression F;
symbol FOLL_LONGTERM;
@@
vaddr_get_pfns(...)
{
<...
- F | FOLL_LONGTERM
+ F | (gupmut(vfio_shortterm) ? 0 : FOLL_LONGTERM)
...>
}
