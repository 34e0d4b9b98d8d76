// After a page that it had to wait for, a pin goes on with that page
//
// fixed: none known
// does: __get_user_pages_locked() does not advance the address
// file: mm/gup.c
// cases: userfault_resolved.*

@@
identifier A;
symbol PAGE_SIZE;
@@
__get_user_pages_locked(...)
{
<...
- A += PAGE_SIZE;
+ if (!gupmut(retry_same_page))
+	A += PAGE_SIZE;
...>
}
