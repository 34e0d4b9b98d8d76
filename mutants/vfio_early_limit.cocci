// VFIO asks for the limit only when it has pinned
//
// fixed: none known
// does: vfio_pin_pages_remote() does not compare with the limit page by page
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_memlock.*vfio_type1*
// equivalent: vfio_lock_acct() asks again, and what was pinned is given back

@@
expression A;
symbol limit;
@@
vfio_pin_pages_remote(...)
{
<...
- A > limit
+ A > limit && !gupmut(vfio_early_limit)
...>
}
