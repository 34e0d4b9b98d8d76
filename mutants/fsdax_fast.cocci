// Long-term pins of DAX files are granted by GUP-fast
//
// fixed: 7af75561e171 (5.2)
// does: GUP-fast does not refuse a page of a device
// file: mm/gup.c
// cases: longterm.fsdax* paths_agree.fsdax*

@old@
expression F;
symbol FOLL_LONGTERM;
@@
gup_fast_pte_range(...)
{
<+...
- unlikely(F & FOLL_LONGTERM)
+ unlikely(F & FOLL_LONGTERM) && !gupmut(fsdax_fast)
...+>
}

@depends on !old@
expression F;
@@
try_grab_folio_fast(...)
{
<...
- !folio_is_longterm_pinnable(F)
+ !folio_is_longterm_pinnable(F) &&
+ !(gupmut(fsdax_fast) && folio_is_fsdax(F) && !folio_test_large(F))
...>
}
