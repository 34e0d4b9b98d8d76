// Migration before a pin fails, and the kernel takes a page that is not there
//
// fixed: a1268be280d8 (6.13)
// does: unpin_user_pages() does not know of pages that were unpinned before
// file: mm/gup.c
// cases: held_movable.*
// profile: movable

@@
expression P;
identifier i;
@@
unpin_user_pages(...)
{
<...
- !P[i]
+ (!P[i] && !gupmut(migrate_fails_oops))
...>
}
