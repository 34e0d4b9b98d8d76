// Pages are not made dirty when they are unpinned
//
// fixed: 2d15eb31b50a (5.4)
// does: unpin_user_pages_dirty_lock() takes them for clean
// file: mm/gup.c
// cases: rw_longterm_pin.* longterm.memfd_shared.* vfio_dma.*
// equivalent: a writable pin made them dirty when it was taken, and what may be cleaned meanwhile cannot be pinned

@@
identifier D;
@@
unpin_user_pages_dirty_lock(..., bool D)
{
<...
- !D
+ (!D || gupmut(unpin_not_dirty))
...>
}
