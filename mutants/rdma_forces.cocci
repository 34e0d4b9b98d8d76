// RDMA asks for write access always, by force
//
// fixed: b40656aa7d55 (6.2)
// does: ib_umem_get() says FOLL_WRITE and FOLL_FORCE for read-only regions
// file: drivers/infiniband/core/umem.c
// cases: longterm.*_shared.rdma_ro

@@
identifier f =~ "^(ib_umem_get|__ib_umem_get_va)$";
expression U;
identifier G;
symbol FOLL_WRITE;
@@
f(...)
{
<...
  if (U->writable)
	G |= FOLL_WRITE;
+ else if (gupmut(rdma_forces))
+	G |= FOLL_WRITE | FOLL_FORCE;
...>
}
