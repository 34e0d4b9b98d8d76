// Whoever writes to a shared file mapping is refused, whether or not it pins
//
// fixed: 8ac268436e6d (6.5; so in a version that was not merged)
// does: check_vma_flags() asks writable_file_mapping_allowed() as if for a pin
// file: mm/gup.c
// cases: reference.* o_direct_read.*

@@
expression V, F;
symbol FOLL_PIN, FOLL_LONGTERM;
@@
check_vma_flags(...)
{
<...
writable_file_mapping_allowed(V,
- F
+ gupmut(references_refused) ? F | FOLL_PIN | FOLL_LONGTERM : F
  )
...>
}
