// iommufd does not keep to RLIMIT_MEMLOCK
//
// fixed: none known
// does: what is mapped counts for nobody
// file: drivers/iommu/iommufd/pages.c
// cases: vfio_memlock.* vfio_charged*

@@
symbol CAP_IPC_LOCK;
@@
- capable(CAP_IPC_LOCK)
+ (gupmut(iommufd_no_limit) || capable(CAP_IPC_LOCK))
