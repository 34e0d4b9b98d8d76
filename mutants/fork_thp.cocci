// Fork shares a pinned huge page with the child
//
// fixed: d042035eaf5f (5.9)
// does: __folio_try_dup_anon_rmap() does not ask for a split, for huge pages
// file: include/linux/rmap.h
// cases: fork_after_pin.*

@@
expression V, F;
symbol level;
@@
__folio_try_dup_anon_rmap(..., enum rmap_level level)
{
<...
- folio_needs_cow_for_dma(V, F)
+ (folio_needs_cow_for_dma(V, F) &&
+  !(gupmut(fork_thp) && level != RMAP_LEVEL_PTE))
...>
}
