// A write fault copies an exclusive page that is pinned
//
// fixed: 6c287605fd56 (5.19)
// does: do_wp_page() does not reuse a page because it is exclusive
// file: mm/memory.c
// cases: previously_shared.* ro_longterm_pin.* write_protected.* uffd_protected.* behind_mremap.*
// quick: yes

@@
expression E, F, V;
@@
do_wp_page(...)
{
<...
- E || wp_can_reuse_anon_folio(F, V)
+ (E && !gupmut(wp_copies_pinned)) ||
+ wp_can_reuse_anon_folio(F, V)
...>
}
