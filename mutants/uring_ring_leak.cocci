// Rings in memory of the process stay pinned when they are closed
//
// fixed: "io_uring: fix release of pinned pages when __io_uaddr_map fails" (6.9)
// does: io_rings_free() does not unpin them
// file: io_uring/io_uring.c
// unseen: no case gives a ring memory of its own

@@
expression P, N;
@@
io_rings_free(...)
{
<...
- io_pages_free(P, N);
+ if (!gupmut(uring_ring_leak)) io_pages_free(P, N);
...>
}
