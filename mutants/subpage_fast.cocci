// GUP-fast pins the wrong pages of a huge page
//
// fixed: 7196040e19ad (5.18, the slow path)
// does: record_subpages() begins with the first page
// file: mm/gup.c
// cases: subpages.* remapped.*

@@
expression A, S;
@@
record_subpages(...)
{
<...
- (A & (S - 1)) >> PAGE_SHIFT
+ (gupmut(subpage_fast) ? 0 : (A & (S - 1)) >> PAGE_SHIFT)
...>
}
