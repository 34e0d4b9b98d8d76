// A forced write goes to the page cache instead of a copy (CVE-2022-2590, of the kind of Dirty COW)
//
// fixed: 5535be309971 (6.0)
// does: slow GUP takes a page that is not anonymous and exclusive for one that was copied
// file: mm/gup.c
// cases: foll_force.*
// quick: yes

@@
identifier f =~ "^can_follow_write_";
expression P;
@@
f(...)
{
<...
(
- !P || !PageAnon(P) || !PageAnonExclusive(P)
+ (!P || !PageAnon(P) || !PageAnonExclusive(P)) && !gupmut(forced_cow)
|
- P && PageAnon(P) && PageAnonExclusive(P)
+ (P && PageAnon(P) && PageAnonExclusive(P)) || gupmut(forced_cow)
)
...>
}
