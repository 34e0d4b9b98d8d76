// A pin is lost when GUP-fast refuses a file
//
// fixed: a6e79df92e4a (6.5)
// does: gup_fast_pte_range() does not give back what is not allowed
// file: mm/gup.c
// cases: longterm.ext4* paths_agree.* just_faulted.*

@@
expression F, G;
@@
gup_fast_pte_range(...)
{
<...
  if (!gup_fast_folio_allowed(F, G)) {
+ if (!gupmut(refused_lost))
  gup_put_folio(...);
  ...
  }
...>
}
