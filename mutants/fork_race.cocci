// GUP-fast pins a page while fork write-protects it
//
// fixed: 57efa1fe5957 (5.11)
// does: gup_fast() does not look whether a fork is under way
// file: mm/gup.c
// cases: pinned_during_fork.*

@@
expression A, S;
@@
gup_fast(...)
{
<...
(
- S & 1
+ (S & 1) && !gupmut(fork_race)
|
- !raw_seqcount_try_begin(A, S)
+ !raw_seqcount_try_begin(A, S) && !gupmut(fork_race)
)
...>
}

@@
expression A, S;
@@
gup_fast(...)
{
<...
- read_seqcount_retry(A, S)
+ (!gupmut(fork_race) && read_seqcount_retry(A, S))
...>
}
