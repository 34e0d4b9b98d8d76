// VFIO says that it mapped where it had mapped something else
//
// fixed: none known
// does: vfio_dma_do_map() does not say EEXIST
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_charged_twice.*vfio_type1*

@@
expression R;
@@
vfio_dma_do_map(...)
{
<...
- R = -EEXIST;
+ R = gupmut(vfio_maps_twice) ? 0 : -EEXIST;
...>
}
