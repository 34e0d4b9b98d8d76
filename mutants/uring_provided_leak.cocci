// A ring of provided buffers in memory of the process stays pinned when it is closed
//
// fixed: "io_uring: fix release of pinned pages when __io_uaddr_map fails" (6.9)
// does: __io_remove_buffers() does not unpin it
// file: io_uring/kbuf.c
// unseen: no case registers a ring of provided buffers

@@
expression P;
@@
- unpin_user_page(P);
+ if (!gupmut(uring_provided_leak)) unpin_user_page(P);
