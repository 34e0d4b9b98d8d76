// VFIO leaves memory counted that it unmapped
//
// fixed: none known: what RLIMIT_MEMLOCK relies on
// does: vfio_unmap_unpin() does not uncount
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_charged*.vfio_type1_rw vfio_unmap_parts.*
// quick: yes

@@
expression D, U, A;
@@
vfio_unmap_unpin(...)
{
<...
- vfio_lock_acct(D, -U, A);
+ if (!gupmut(vfio_unmap_counted)) vfio_lock_acct(D, -U, A);
...>
}
