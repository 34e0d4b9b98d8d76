// A pin by offset that fails half way keeps the pages that it had pinned
//
// fixed: none known
// does: memfd_pin_folios() does not unpin them
// file: mm/gup.c
// cases: memfd_half_way.*

@@
expression F, N;
@@
memfd_pin_folios(...)
{
<...
- unpin_folios(F, N);
+ if (!gupmut(memfd_partial_leak))
+	unpin_folios(F, N);
...>
}
