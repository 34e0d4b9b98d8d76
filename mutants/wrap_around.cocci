// A range that wraps around the end of the addresses is taken
//
// fixed: 26f4c328079d (5.8)
// does: gup_fast_fallback() does not look for an overflow
// file: mm/gup.c
// cases: address_limits.* uring_buffer_limits.* partial_range.*
// equivalent: no system call gets there with such a range: who calls GUP-fast has looked himself, and access_ok() refuses it next, with another errno

@@
expression A, L, E;
@@
gup_fast_fallback(...)
{
<...
- check_add_overflow(A, L, E)
+ (check_add_overflow(A, L, E) && !gupmut(wrap_around))
...>
}
