// A read-only pin takes a page that is possibly shared since fork
//
// fixed: a7f226604170 (5.19)
// does: gup_must_unshare() does not look whether the page is exclusive
// file: mm/internal.h
// cases: possibly_shared.* previously_shared.* needs_slow.*

@@
expression P;
@@
gup_must_unshare(...)
{
<...
- return !PageAnonExclusive(P);
+ return !gupmut(ro_pin_of_shared_anon) && !PageAnonExclusive(P);
...>
}
