// Writable long-term pins of shared file mappings are granted by GUP-fast
//
// fixed: a6e79df92e4a (6.5)
// does: gup_fast_folio_allowed() takes every file system for shmem
// file: mm/gup.c
// cases: longterm.ext4* paths_agree.ext4* write_notify.*
// quick: yes

@@
expression M;
@@
gup_fast_folio_allowed(...)
{
<...
- shmem_mapping(M)
+ (gupmut(shared_file_fast) || shmem_mapping(M))
...>
}
