// Fork shares a pinned page with the child, and the next write moves the parent away from it
//
// fixed: 70e806e4e645 (5.9)
// does: __folio_try_dup_anon_rmap() does not ask for a copy, for pages
// file: include/linux/rmap.h
// cases: fork_after_pin.* both_pinned.*

@@
expression V, F;
symbol level;
@@
__folio_try_dup_anon_rmap(..., enum rmap_level level)
{
<...
- folio_needs_cow_for_dma(V, F)
+ (folio_needs_cow_for_dma(V, F) &&
+  !(gupmut(fork_page) && level == RMAP_LEVEL_PTE))
...>
}
