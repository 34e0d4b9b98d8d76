// iommufd maps a range that wraps around the end of the addresses
//
// fixed: e4395701330f (6.3)
// does: iopt_alloc_pages() does not look for an overflow
// file: drivers/iommu/iommufd/pages.c
// cases: iommufd_alone_address_limits.*

@@
identifier f =~ "^iopt_alloc_(user_)?pages$";
expression A, L, E;
@@
f(...)
{
<...
- check_add_overflow(A, L, E)
+ (check_add_overflow(A, L, E) && !gupmut(iommufd_wraps))
...>
}
