// Fork shares a pinned huge page with the child
//
// fixed: d042035eaf5f (5.9)
// does: __folio_try_dup_anon_rmap() does not ask for a split, for huge pages
// file: include/linux/rmap.h
// cases: fork_after_pin.*

@@
expression P, M;
statement S;
@@
__folio_try_dup_anon_rmap(...)
{
<...
  if (PageAnonExclusive(P)) {
- if (M)
+ if (M && !gupmut(fork_thp))
	S
  ...
  }
...>
}
