// Rings in memory of the process stay pinned when they are closed
//
// fixed: 67d1189d1095 (6.9)
// does: io_rings_free() does not unpin them
// file: io_uring/io_uring.c
// cases: uring_ring_memory.*

@@
expression P, N;
@@
io_rings_free(...)
{
<...
(
- io_pages_free(P, N);
+ if (!gupmut(uring_ring_leak)) io_pages_free(P, N);
|
- io_free_region(NULL, P);
+ if (!gupmut(uring_ring_leak)) io_free_region(NULL, P);
)
...>
}
