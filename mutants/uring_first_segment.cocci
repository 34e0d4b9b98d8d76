// io_uring is off by one segment where the first ends
//
// fixed: d6fef34ee4d1 (6.7)
// does: an offset at the end of the first segment is taken to be in it
// file: io_uring/rsrc.c
// cases: uring_buffer_parts.* uring_buffer_direct.*

@@
identifier f =~ "^io_import_(fixed|fixed_reg|kbuf|reg_buf)$";
expression O, B;
@@
f(...)
{
<...
(
- O < B->bv_len
+ (gupmut(uring_first_segment) ? O <= B->bv_len : O < B->bv_len)
|
- O >= B->bv_len
+ (gupmut(uring_first_segment) ? O > B->bv_len : O >= B->bv_len)
)
...>
}
