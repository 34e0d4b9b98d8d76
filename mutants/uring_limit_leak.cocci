// io_uring keeps the pins of a buffer that exceeds the limit
//
// fixed: e1c75831f682 (6.16)
// does: io_sqe_buffer_register() does not unpin after a failure
// file: io_uring/rsrc.c
// cases: uring_buffer_memlock.*

@@
expression F;
@@
io_sqe_buffer_register(...)
{
<...
- unpin_user_folio(F, 1);
+ if (!gupmut(uring_limit_leak)) unpin_user_folio(F, 1);
...>
}
