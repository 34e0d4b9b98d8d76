// KSM merges a pinned page with another
//
// fixed: 6c287605fd56 (5.19)
// does: write_protect_page() does not look for references, nor whether the page is pinned
// file: mm/ksm.c
// cases: behind_ksm.*

@@
expression F, S;
@@
write_protect_page(...)
{
<...
- folio_mapcount(F) + 1 + S != folio_ref_count(F)
+ (!gupmut(ksm_merges_pinned) &&
+  folio_mapcount(F) + 1 + S != folio_ref_count(F))
...>
}

@@
expression F, P;
@@
write_protect_page(...)
{
<...
- folio_try_share_anon_rmap_pte(F, P)
+ (gupmut(ksm_merges_pinned) ? (ClearPageAnonExclusive(P), 0) :
+  folio_try_share_anon_rmap_pte(F, P))
...>
}
