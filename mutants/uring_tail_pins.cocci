// io_uring keeps pins of all but the first of several huge pages
//
// fixed: a8edbb424b13 (6.12)
// does: joining does not give back the pins of the other pages
// file: io_uring/rsrc.c
// cases: uring_buffer_parts.*

@@
identifier N;
expression A;
@@
io_do_coalesce_buffer(...)
{
<...
- if (N)
+ if (N && !gupmut(uring_tail_pins))
	unpin_user_pages(A, N);
...>
}

@@
expression F, N;
symbol i;
@@
io_coalesce_buffer(...)
{
<...
- if (N > 1)
+ if (N > 1 && !(i && gupmut(uring_tail_pins)))
	unpin_user_folio(F, N - 1);
...>
}
