// Migration moves a pinned page
//
// fixed: 6c287605fd56 (5.19)
// does: an anonymous page is unmapped although it is pinned, and its extra references are not minded
// file: include/linux/rmap.h mm/migrate.c
// cases: behind_move_pages.* behind_compact.* behind_file_move_pages.*

// In 6.12 the extra references are what protects a shared page.
@@
identifier f =~ "^(__folio|hugetlb)_try_share_anon_rmap$";
expression F;
@@
f(...)
{
<...
- folio_maybe_dma_pinned(F)
+ (folio_maybe_dma_pinned(F) && !gupmut(migrate_pinned))
...>
}

// In 6.12 the extra references are what protects a shared page.
@@
expression F, E;
@@
__migrate_folio(...)
{
<...
- folio_ref_count(F) != E
+ (gupmut(migrate_pinned) ? (E = folio_ref_count(F), 0) :
+  folio_ref_count(F) != E)
...>
}
