// GUP-fast pins the wrong pages of a huge page
//
// fixed: 7196040e19ad (5.18, the slow path)
// does: gup_fast() begins with the first page of the huge page
// file: mm/gup.c
// cases: subpages.* remapped_subpages.*

@@
identifier f =~ "^(record_subpages|gup_fast_p[mu]d_leaf)$";
expression A, M, S;
@@
f(...)
{
<...
(
- (A & (S - 1)) >> PAGE_SHIFT
+ (gupmut(subpage_fast) ? 0 : (A & (S - 1)) >> PAGE_SHIFT)
|
- (A & ~M) >> PAGE_SHIFT
+ (gupmut(subpage_fast) ? 0 : (A & ~M) >> PAGE_SHIFT)
)
...>
}
