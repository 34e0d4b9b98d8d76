// io_uring leaves memory counted that it gave back
//
// fixed: none known: what RLIMIT_MEMLOCK relies on
// does: io_buffer_unmap() does not uncount
// file: io_uring/rsrc.c
// cases: uring_buffer_charged.* longterm.anon.*

@@
identifier f =~ "^io_(buffer_unmap|release_ubuf)$";
expression I;
symbol acct_pages;
statement S;
@@
f(...)
{
<...
(
- if (I->acct_pages)
+ if (I->acct_pages && !gupmut(uring_keeps_account))
  S
|
- if (acct_pages)
+ if (acct_pages && !gupmut(uring_keeps_account))
  S
)
...>
}
