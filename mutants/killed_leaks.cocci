// A pin that is killed half way forgets what it has pinned
//
// fixed: none known
// does: __get_user_pages_locked() returns -EINTR, and not the pages so far
// file: mm/gup.c
// cases: userfault_killed.*

@@
identifier R;
symbol EINTR;
@@
__get_user_pages_locked(...)
{
<...
- if (!R)
+ if (!R || gupmut(killed_leaks))
	R = -EINTR;
...>
}
