// Whether a file system must know of writes is asked in one way instead of two
//
// fixed: 54cbbbf3faf6 (6.5)
// does: vma_needs_dirty_tracking() does not ask for writeback
// file: mm/vma.c
// cases: longterm.*_shared.* longterm.guest*
// equivalent: every file system that writes back has page_mkwrite() as well, which is asked for before

@@
expression V;
@@
vma_needs_dirty_tracking(...)
{
<...
- vma_fs_can_writeback(V)
+ (vma_fs_can_writeback(V) && !gupmut(dirty_tracking_writeback))
...>
}
