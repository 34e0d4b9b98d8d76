// A ring of provided buffers in memory of the process stays pinned when it is closed
//
// fixed: 67d1189d1095 (6.9)
// does: __io_remove_buffers() does not unpin it
// file: io_uring/kbuf.c
// cases: ring_memory.* ring_closed.*

@@
expression P;
@@
- unpin_user_page(P);
+ if (!gupmut(uring_provided_leak)) unpin_user_page(P);
