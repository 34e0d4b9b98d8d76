// io_uring takes any pages of one huge page for a range (CVE-2023-2598)
//
// fixed: 776617db78c6 (6.4)
// does: buffers are joined although their pages do not follow each other
// file: io_uring/rsrc.c
// cases: uring_buffer_joined.*

@@
expression A, i;
@@
- A[i] == A[i-1] + 1
+ (A[i] == A[i-1] + 1 || gupmut(uring_coalesces_any))
