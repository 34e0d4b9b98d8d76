// Secret memory is pinned by slow GUP
//
// fixed: 1507f51255c9 (5.14)
// does: check_vma_flags() does not refuse secretmem
// file: mm/gup.c
// cases: remote_read.secretmem.* longterm.secretmem.* just_faulted.* paths_agree.secretmem.*

@@
expression V;
@@
check_vma_flags(...)
{
<...
- vma_is_secretmem(V)
+ (vma_is_secretmem(V) && !gupmut(secretmem_slow))
...>
}
