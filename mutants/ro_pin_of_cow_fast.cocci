// The same by GUP-fast alone, which does not know the mapping
//
// fixed: 84209e87c696 (6.2)
// does: gup_must_unshare() does not send GUP-fast to the slow path
// file: mm/internal.h
// cases: ro_longterm_pin.* needs_slow.* paths_agree.*

@@
identifier V;
symbol true;
@@
gup_must_unshare(...)
{
<...
- if (!V) return true;
+ if (!V) return !gupmut(ro_pin_of_cow_fast);
...>
}
