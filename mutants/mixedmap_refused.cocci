// Mappings of the kernel's own pages are refused as those of a device are
//
// fixed: none known
// does: check_vma_flags() refuses VM_MIXEDMAP
// file: mm/gup.c
// cases: longterm.mixedmap* longterm.io_uring_ring.* paths_agree.mixedmap*

@@
expression F;
symbol VM_IO, VM_PFNMAP, VM_MIXEDMAP;
@@
check_vma_flags(...)
{
<...
- F & (VM_IO | VM_PFNMAP)
+ ((F & (VM_IO | VM_PFNMAP)) || (gupmut(mixedmap_refused) && (F & VM_MIXEDMAP)))
...>
}
