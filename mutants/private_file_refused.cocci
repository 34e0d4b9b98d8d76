// Writable long-term pins of private file mappings are refused
//
// fixed: 8ac268436e6d (6.5; so in a version that was not merged)
// does: vma_needs_dirty_tracking() does not ask whether the mapping is shared
// file: mm/vma.c mm/mmap.c
// cases: longterm.ext4* longterm.memfd* paths_agree.ext4*

@@
expression V;
@@
vma_needs_dirty_tracking(...)
{
<...
- !vma_is_shared_writable(V)
+ (!vma_is_shared_writable(V) && !gupmut(private_file_refused))
...>
}
