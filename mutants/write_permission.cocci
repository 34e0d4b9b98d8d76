// Slow GUP writes to what is mapped for reading
//
// fixed: none known
// does: check_vma_flags() does not ask for VM_WRITE
// file: mm/gup.c
// cases: longterm.anon.* longterm.memfd_shared.* paths_agree.anon.* paths_agree.memfd_shared.*

@@
expression F;
symbol VM_WRITE;
@@
check_vma_flags(...)
{
<...
- !(F & VM_WRITE)
+ (!(F & VM_WRITE) && !gupmut(write_permission))
...>
}
