// A write fault splits and copies an exclusive huge page that is pinned
//
// fixed: 6c287605fd56 (5.19)
// does: neither do_huge_pmd_wp_page() nor do_wp_page() reuse a page because it is exclusive
// file: mm/huge_memory.c mm/memory.c
// cases: previously_shared.* write_protected.* uffd_protected.* ro_longterm_pin.*

@@
expression P;
@@
do_huge_pmd_wp_page(...)
{
<...
- PageAnonExclusive(P)
+ (PageAnonExclusive(P) && !gupmut(wp_copies_pinned_thp))
...>
}

@@
expression P;
@@
do_wp_page(...)
{
<...
- PageAnonExclusive(P)
+ (PageAnonExclusive(P) && !gupmut(wp_copies_pinned_thp))
...>
}
