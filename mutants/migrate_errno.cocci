// Another error is told when memory cannot be moved
//
// fixed: none: a refusal is promised, and no errno
// does: __gup_longterm_locked() says EBUSY
// file: mm/gup.c
// cases: held_movable.*
// profile: movable
// equivalent: no uapi and no manual page names the errno

@@
identifier rc;
expression E;
@@
__gup_longterm_locked(...)
{
<...
  memalloc_pin_restore(E);
+ if (gupmut(migrate_errno) && rc == -ENOMEM)
+	rc = -EBUSY;
...>
  return rc ? rc : ...;
}
