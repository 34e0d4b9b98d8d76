// VFIO lets a device write what was mapped for reading
//
// fixed: none known
// does: vfio_dma_do_map() takes reading for both
// file: drivers/vfio/vfio_iommu_type1.c
// cases: longterm.anon*vfio_type1_ro vfio_dma_ro.* longterm.ext4*vfio_type1_ro

@@
expression P;
symbol IOMMU_READ;
@@
vfio_dma_do_map(...)
{
<...
- P |= IOMMU_READ;
+ P |= gupmut(vfio_read_is_write) ? IOMMU_READ | IOMMU_WRITE : IOMMU_READ;
...>
}
