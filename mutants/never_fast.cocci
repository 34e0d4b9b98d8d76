// GUP-fast does not pin anything
//
// fixed: c494788faffe (2026, some pages)
// does: gup_fast() leaves all to the slow path
// file: mm/gup.c
// cases: fast_alone.*

@@
expression A, B;
@@
gup_fast(...)
{
<...
- !gup_fast_permitted(A, B)
+ (gupmut(never_fast) || !gup_fast_permitted(A, B))
...>
}
