// Fork does not know of a pin by GUP-fast, and shares the page
//
// fixed: 008cfe4418b3 (5.9)
// does: GUP-fast leaves MMF_HAS_PINNED unset
// file: mm/gup.c
// cases: fork_after_pin.*

@@
expression F;
symbol FOLL_PIN;
@@
gup_fast_fallback(...)
{
<...
- if (F & FOLL_PIN)
+ if ((F & FOLL_PIN) && !gupmut(has_pinned_fast))
	mm_set_has_pinned_flag(...);
...>
}
