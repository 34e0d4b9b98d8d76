// Memory without struct pages behind it is not refused at once
//
// fixed: none known
// does: check_vma_flags() does not ask for VM_IO and VM_PFNMAP
// file: mm/gup.c
// cases: longterm.pfnmap* paths_agree.pfnmap*

@@
expression F;
symbol VM_IO, VM_PFNMAP;
@@
check_vma_flags(...)
{
<...
- F & (VM_IO | VM_PFNMAP)
+ (F & (VM_IO | VM_PFNMAP)) && !gupmut(pfnmap_slow)
...>
}
