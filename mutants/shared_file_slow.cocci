// Writable long-term pins of shared file mappings are granted by slow GUP
//
// fixed: 8ac268436e6d (6.5)
// does: writable_file_mapping_allowed() allows everything
// file: mm/gup.c
// cases: longterm.ext4_shared.* write_notify.ext4_shared.*
// quick: yes

@@
expression E;
@@
writable_file_mapping_allowed(...)
{
<...
- return !vma_needs_dirty_tracking(E);
+ return gupmut(shared_file_slow) || !vma_needs_dirty_tracking(E);
...>
}
