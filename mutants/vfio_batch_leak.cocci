// VFIO keeps the pins of a batch that it did not map
//
// fixed: 4d83de6da265 (5.12)
// does: vfio_pin_pages_remote() does not give back the rest of its batch
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_memlock.*vfio_type1* vfio_fails_whole.*

@@
expression B, D;
@@
vfio_pin_pages_remote(...)
{
<...
- vfio_batch_unpin(B, D);
+ if (!gupmut(vfio_batch_leak)) vfio_batch_unpin(B, D);
...>
}
