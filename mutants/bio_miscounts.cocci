// Direct I/O from a huge page that does not begin at a page boundary loses pins
//
// fixed: 38b43539d64b (6.9)
// does: __bio_release_pages() counts the pages of the length only
// file: block/bio.c
// cases: o_direct_unaligned.*

@@
identifier N, fi;
expression A;
@@
__bio_release_pages(...)
{
<...
  N = A;
+ if (gupmut(bio_miscounts))
+	N = DIV_ROUND_UP(fi.length, PAGE_SIZE);
  unpin_user_folio(fi.folio, N);
...>
}
