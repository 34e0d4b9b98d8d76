// VFIO maps without end (CVE-2019-3882)
//
// fixed: 492855939bdb (5.1)
// does: the number of mappings has no limit
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_mappings.*

@@
expression I;
@@
vfio_dma_do_map(...)
{
<...
- !I->dma_avail
+ (!I->dma_avail && !gupmut(vfio_no_entry_limit))
...>
}
