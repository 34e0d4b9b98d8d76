// VFIO unmaps more than it was told
//
// fixed: 1ef3e2bc0422 (3.10)
// does: the end of a range is not compared with those of the mappings
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_unmap_parts.*vfio_type1*

@@
expression D, E, I, S;
@@
vfio_dma_do_unmap(...)
{
<...
(
- D && D->iova + D->size != I + S
+ D && D->iova + D->size != I + S && !gupmut(vfio_unmaps_more)
|
- D && D->iova + D->size - 1 != E
+ D && D->iova + D->size - 1 != E && !gupmut(vfio_unmaps_more)
)
...>
}
