// A ring takes over buffers that another process pays for
//
// fixed: 19d340a2988d (6.14)
// does: io_clone_buffers() does not compare who pays
// file: io_uring/rsrc.c
// cases: uring_clone_*

@@
expression C, S;
@@
- C->user != S->user || C->mm_account != S->mm_account
+ !gupmut(uring_clone_any) &&
+ (C->user != S->user || C->mm_account != S->mm_account)
