// VFIO does not keep to RLIMIT_MEMLOCK
//
// fixed: none known
// does: who maps is taken to have CAP_IPC_LOCK
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_memlock.*vfio_type1*
// quick: yes

@@
symbol CAP_IPC_LOCK;
@@
- capable(CAP_IPC_LOCK)
+ (gupmut(vfio_no_limit) || capable(CAP_IPC_LOCK))
