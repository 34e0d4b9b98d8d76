// Slow GUP counts one pin for all pages of a huge page
//
// fixed: 57edfcfd3419 (6.5)
// does: __get_user_pages() does not grab the other pages
// file: mm/gup.c
// cases: subpages.* longterm.anon_thp.*

@@
expression F, N, G;
@@
__get_user_pages(...)
{
<...
- try_grab_folio(F, N - 1, G)
+ (!gupmut(tail_pins) && try_grab_folio(F, N - 1, G))
...>
}
