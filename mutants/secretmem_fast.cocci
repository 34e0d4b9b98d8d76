// Secret memory is pinned by GUP-fast
//
// fixed: 65291dcfcf89 (6.9)
// does: gup_fast_folio_allowed() does not refuse secretmem
// file: mm/gup.c
// cases: longterm.secretmem.* just_faulted.* paths_agree.secretmem.*

@@
expression M;
@@
gup_fast_folio_allowed(...)
{
<...
- secretmem_mapping(M)
+ (secretmem_mapping(M) && !gupmut(secretmem_fast))
...>
}
