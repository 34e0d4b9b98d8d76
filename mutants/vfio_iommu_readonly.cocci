// The IOMMU does not let a device write
//
// fixed: none known
// does: vfio_iommu_map() maps all for reading
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_dma.*vfio_type1*

@@
expression P;
symbol IOMMU_CACHE;
@@
vfio_iommu_map(...)
{
<...
- P | IOMMU_CACHE
+ (gupmut(vfio_iommu_readonly) ? P & ~IOMMU_WRITE : P) | IOMMU_CACHE
...>
}
