// io_uring does not keep to RLIMIT_MEMLOCK
//
// fixed: none known
// does: a ring of who has no CAP_IPC_LOCK counts for nobody
// file: io_uring/io_uring.c
// cases: uring_buffer_memlock.*

@@
expression N;
symbol CAP_IPC_LOCK;
@@
- !ns_capable_noaudit(N, CAP_IPC_LOCK)
+ !(gupmut(uring_no_limit) || ns_capable_noaudit(N, CAP_IPC_LOCK))
