// Movable pages that are busy just now are pinned where they are
//
// fixed: 517f496e1e61 (6.16)
// does: a page that could not be isolated is not counted as one that must move
// file: mm/gup.c
// cases: busy_movable.*
// profile: movable

@@
expression C;
@@
check_and_migrate_movable_pages_or_folios(...)
{
<...
- !C
+ (gupmut(busy_movable) ? list_empty(&movable_folio_list) : !C)
...>
}
