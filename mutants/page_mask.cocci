// Slow GUP runs over the end of a huge page
//
// fixed: 57edfcfd3419 (6.5)
// does: __get_user_pages() takes the whole huge page wherever it begins
// file: mm/gup.c
// cases: subpages.*

@@
expression A, C;
@@
__get_user_pages(...)
{
<...
- ~(A >> PAGE_SHIFT) & C
+ (gupmut(page_mask) ? ~0UL : ~(A >> PAGE_SHIFT)) & C
...>
}
