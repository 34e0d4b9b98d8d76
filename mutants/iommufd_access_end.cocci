// iommufd unmaps too little where an access holds pages
//
// fixed: 727c28c1cef2 (6.3)
// does: iopt_area_unpin_domain() reckons from where it had unmapped
// file: drivers/iommu/iommufd/pages.c
// cases: iommufd_access_detach.* iommufd_access_reattach.*
// profile: noiommu

@@
expression A, D, U, S, B;
@@
iopt_area_unpin_domain(...)
{
<...
  iopt_area_unmap_domain_range(A, D, *U,
- S + B->total_pfns - 1
+ (gupmut(iommufd_access_end) ? *U : S) + B->total_pfns - 1
  );
...>
}
