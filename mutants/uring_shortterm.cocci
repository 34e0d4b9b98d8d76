// io_uring pins its buffers for a short term
//
// fixed: 932f4a630a69 (5.2), edd478269640 (5.1)
// does: io_pin_pages() does not say FOLL_LONGTERM
// file: io_uring/memmap.c io_uring/rsrc.c
// cases: longterm.ext4* uring_ring_memory.ext4* leaves_movable.*
// quick: yes

@@
symbol FOLL_WRITE, FOLL_LONGTERM;
@@
io_pin_pages(...)
{
<...
- FOLL_WRITE | FOLL_LONGTERM
+ FOLL_WRITE | (gupmut(uring_shortterm) ? 0 : FOLL_LONGTERM)
...>
}
