// VFIO runs out of mappings although all were unmapped
//
// fixed: 492855939bdb (5.1)
// does: an unmapped one is not counted as free
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_mappings.*

@@
expression I;
@@
vfio_remove_dma(...)
{
<...
- I->dma_avail++;
+ if (!gupmut(vfio_entries_lost)) I->dma_avail++;
...>
}
