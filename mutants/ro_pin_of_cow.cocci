// A read-only long-term pin of a private mapping takes the zero page or the page cache, and does not see what is written later
//
// fixed: 84209e87c696, 8d6a0ac09a16 (6.2)
// does: gup_must_unshare() does not care for private mappings
// file: mm/internal.h
// cases: ro_longterm_pin.*
// quick: yes

@@
expression E;
@@
gup_must_unshare(...)
{
<...
(
- is_cow_mapping(E)
+ (is_cow_mapping(E) && !gupmut(ro_pin_of_cow))
|
- vma_is_cow_mapping(E)
+ (vma_is_cow_mapping(E) && !gupmut(ro_pin_of_cow))
)
...>
}
