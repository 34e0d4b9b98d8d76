// Slow GUP reads what may not be read
//
// fixed: none known
// does: check_vma_flags() does not ask for VM_READ
// file: mm/gup.c
// cases: longterm.prot_none.* longterm.anon_prot_write.* paths_agree.prot_none.* paths_agree.anon_prot_write.*

@@
expression F;
symbol VM_READ;
@@
check_vma_flags(...)
{
<...
- !(F & VM_READ)
+ (!(F & VM_READ) && !gupmut(read_permission))
...>
}
