// Fork does not know of a pin by slow GUP, and shares the page
//
// fixed: 008cfe4418b3 (5.9)
// does: slow GUP leaves MMF_HAS_PINNED unset
// file: mm/gup.c
// cases: fork_after_pin.*
// quick: yes

@@
expression F;
@@
__get_user_pages_locked(...)
{
<...
- if (F & FOLL_PIN)
+ if ((F & FOLL_PIN) && !gupmut(has_pinned_slow))
	mm_set_has_pinned_flag(...);
...>
}
