// Fork shares a pinned page with the child, and the next write moves the parent away from it
//
// fixed: 70e806e4e645 (5.9)
// does: __folio_try_dup_anon_rmap() does not ask for a copy, for pages
// file: include/linux/rmap.h
// cases: fork_after_pin.* both_pinned.*

@@
expression P, I;
@@
__folio_try_dup_anon_rmap(...)
{
<...
- PageAnonExclusive(P + I)
+ (PageAnonExclusive(P + I) && !gupmut(fork_page))
...>
}
