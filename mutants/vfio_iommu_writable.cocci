// The IOMMU lets a device write what was mapped for reading
//
// fixed: none known
// does: vfio_iommu_map() maps all for writing
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_dma_write_blocked.* vfio_dma_ro.*

@@
expression P;
symbol IOMMU_CACHE;
@@
vfio_iommu_map(...)
{
<...
- P | IOMMU_CACHE
+ P | IOMMU_CACHE | (gupmut(vfio_iommu_writable) ? IOMMU_WRITE : 0)
...>
}
