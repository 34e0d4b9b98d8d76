// VFIO gives the pages of a range in the wrong order
//
// fixed: 4d83de6da265 (5.12)
// does: vfio_pin_pages_remote() takes pages for consecutive that are not
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_dma.*vfio_type1* longterm.anon.*vfio_type1*

@@
expression P, B, N;
@@
vfio_pin_pages_remote(...)
{
<...
- P != *B + N
+ (P != *B + N && !gupmut(vfio_not_consecutive))
...>
}
