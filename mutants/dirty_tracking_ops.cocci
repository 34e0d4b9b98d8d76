// Whether a file system must know of writes is asked in one way instead of two
//
// fixed: 54cbbbf3faf6 (6.5)
// does: vma_needs_dirty_tracking() does not ask for page_mkwrite()
// file: mm/vma.c
// cases: longterm.*_shared.* longterm.guest*

@@
expression O;
@@
vma_needs_dirty_tracking(...)
{
<...
- vm_ops_needs_writenotify(O)
+ (vm_ops_needs_writenotify(O) && !gupmut(dirty_tracking_ops))
...>
}
