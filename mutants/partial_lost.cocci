// Pins are lost when GUP-fast gets some pages and the slow path fails
//
// fixed: none known: what every caller relies on
// does: gup_fast_fallback() gives the error, and not the number of pages
// file: mm/gup.c
// cases: partial_range.* address_limits.*
// quick: yes

@@
identifier N;
@@
gup_fast_fallback(...)
{
<...
- if (N) return N;
+ if (N && !gupmut(partial_lost)) return N;
...>
}
