// VFIO pins for reading what the device may write
//
// fixed: none known: the class of 17839856fd58
// does: vaddr_get_pfns() does not say FOLL_WRITE
// file: drivers/vfio/vfio_iommu_type1.c
// cases: longterm.anon*vfio_type1_rw longterm.zeropage.* longterm.prot_none.* vfio_dma.*vfio_type1* longterm.memfd_private*

@@
expression F;
symbol FOLL_WRITE;
@@
vaddr_get_pfns(...)
{
<...
- F |= FOLL_WRITE;
+ if (!gupmut(vfio_readonly)) F |= FOLL_WRITE;
...>
}
