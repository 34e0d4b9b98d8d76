// Short-term pins of shared file mappings are refused, too
//
// fixed: 8ac268436e6d (6.5; so in a version that was not merged)
// does: writable_file_mapping_allowed() asks for either flag, instead of both
// file: mm/gup.c
// cases: shortterm.* reference.* o_direct_read.*
// quick: yes

@@
expression F;
symbol FOLL_PIN, FOLL_LONGTERM;
@@
writable_file_mapping_allowed(...)
{
<...
- (F & (FOLL_PIN | FOLL_LONGTERM)) != (FOLL_PIN | FOLL_LONGTERM)
+ (F & (FOLL_PIN | FOLL_LONGTERM)) !=
+ (gupmut(shortterm_refused) ? F & (FOLL_PIN | FOLL_LONGTERM) ?: 1 :
+  FOLL_PIN | FOLL_LONGTERM)
...>
}
