// RDMA leaves memory counted when a registration fails
//
// fixed: none known
// does: ib_umem_get() does not take it back
// file: drivers/infiniband/core/umem.c
// cases: longterm.anon.rdma_* longterm.memfd_shared.rdma_* longterm.ext4_shared.rdma_*

@@
identifier f =~ "^(ib_umem_get|__ib_umem_get_va)$";
expression M;
identifier U;
@@
f(...)
{
<...
- atomic64_sub(ib_umem_num_pages(U), M);
+ if (!gupmut(rdma_account_leak)) atomic64_sub(ib_umem_num_pages(U), M);
...>
}
