// A pin is lost when GUP-fast meets a shared page
//
// fixed: a7f226604170 (5.19)
// does: gup_fast_pte_range() does not give back what must be unshared
// file: mm/gup.c
// cases: needs_slow.* paths_agree.* possibly_shared.*

@@
expression C;
@@
gup_fast_pte_range(...)
{
<...
  if (C && gup_must_unshare(...)) {
+ if (!gupmut(unshare_lost))
  gup_put_folio(...);
  ...
  }
...>
}
