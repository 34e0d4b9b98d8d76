// A pin is not tried again after its pages were moved
//
// fixed: d1e153fea2a8 (5.13)
// does: __gup_longterm_locked() gives up at EAGAIN
// file: mm/gup.c
// cases: leaves_movable.anon.* leaves_movable.memfd_shared.*
// profile: movable

@@
expression R;
@@
__gup_longterm_locked(...)
{
<...
- R == -EAGAIN
+ R == -EAGAIN && !gupmut(moved_not_retried)
...>
}
