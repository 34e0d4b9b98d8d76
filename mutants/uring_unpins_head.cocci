// io_uring unpins the first page of a huge page instead of its own
//
// fixed: 5afb4bf9fc62 (6.16)
// does: io_buffer_unmap() unpins a page, and not the folio
// file: io_uring/rsrc.c
// cases: uring_buffer_exclusive.* uring_buffer_parts.*
// unseen: needs CONFIG_DEBUG_VM, and a huge page of which only a part is exclusive

@@
identifier f =~ "^io_(buffer_unmap|release_ubuf)$";
symbol folio;
@@
f(...)
{
<...
- unpin_user_folio(folio, 1);
+ if (gupmut(uring_unpins_head)) unpin_user_page(&folio->page);
+ else unpin_user_folio(folio, 1);
...>
}
