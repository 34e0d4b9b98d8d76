// GUP-fast leaves shmem to the slow path
//
// fixed: none known: costs time only
// does: gup_fast_folio_allowed() takes shmem for any file system
// file: mm/gup.c
// cases: fast_alone.* needs_slow.*

@@
expression M;
@@
gup_fast_folio_allowed(...)
{
<...
- shmem_mapping(M)
+ (shmem_mapping(M) && !gupmut(shmem_fast_refused))
...>
}
