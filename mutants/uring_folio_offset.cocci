// io_uring takes the offset in a huge page from the address
//
// fixed: 3a3c6d61577d (6.16)
// does: a joined buffer begins where an aligned mapping would have it
// file: io_uring/rsrc.c
// cases: remapped_subpages.* uring_buffer_joined.* uring_buffer_parts.*

@@
identifier O, D;
@@
io_sqe_buffer_register(...)
{
<...
  O += D.first_folio_page_idx << PAGE_SHIFT;
+ if (gupmut(uring_folio_offset))
+	O = (unsigned long)iov->iov_base & ((1UL << imu->folio_shift) - 1);
...>
}
