// Long-term pins of DAX files are granted by slow GUP
//
// fixed: 2bb6d2837083 (4.15)
// does: check_vma_flags() does not refuse fsdax
// file: mm/gup.c
// cases: longterm.fsdax* paths_agree.fsdax*

@@
expression V;
@@
check_vma_flags(...)
{
<...
- vma_is_fsdax(V)
+ (vma_is_fsdax(V) && !gupmut(fsdax_slow))
...>
}
