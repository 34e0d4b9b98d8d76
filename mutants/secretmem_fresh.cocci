// Secret memory that was just touched is pinned by GUP-fast (CVE-2024-35872)
//
// fixed: 65291dcfcf89 (6.9)
// does: gup_fast_folio_allowed() looks for secretmem only on the LRU lists
// file: mm/gup.c
// cases: longterm.secretmem.* just_faulted.* paths_agree.secretmem.*

@@
expression F;
@@
gup_fast_folio_allowed(...)
{
<...
- !folio_test_large(F)
+ !folio_test_large(F) && (!gupmut(secretmem_fresh) || folio_test_lru(F))
...>
}
