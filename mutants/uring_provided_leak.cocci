// A ring of provided buffers in memory of the process stays pinned when it is closed
//
// fixed: 67d1189d1095 (6.9)
// does: freeing a list of buffers does not unpin the ring
// file: io_uring/kbuf.c
// cases: uring_ring_memory.* uring_ring_closed.*

@@
expression P;
@@
- unpin_user_page(P);
+ if (!gupmut(uring_provided_leak)) unpin_user_page(P);

@@
expression R;
@@
io_put_bl(...)
{
<...
- io_free_region(NULL, R);
+ { if (!gupmut(uring_provided_leak)) io_free_region(NULL, R); }
...>
}
