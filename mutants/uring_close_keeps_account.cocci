// Closing a ring leaves memory counted
//
// fixed: 42b6419d0aba (6.1)
// does: io_ring_ctx_free() forgets whose memory was counted before it gives the buffers back
// file: io_uring/io_uring.c
// cases: uring_buffer_closed.* uring_buffer_cloned.*

@@
identifier C;
@@
io_ring_ctx_free(struct io_ring_ctx *C)
{
+ if (gupmut(uring_close_keeps_account) && C->mm_account) {
+	mmdrop(C->mm_account);
+	C->mm_account = NULL;
+ }
  ...
}
