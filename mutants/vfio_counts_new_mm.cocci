// VFIO uncounts after exec() what another program had counted
//
// fixed: 046eca5018f8, 18e292705ba2 (6.3)
// does: vfio_lock_acct() asks the task for its memory, instead of keeping that which was counted
// file: drivers/vfio/vfio_iommu_type1.c
// cases: vfio_charged_over_exec.* vfio_charged_over_exit.*

@@
expression M, D, A;
statement S;
@@
vfio_lock_acct(...)
{
<...
- M = D->mm;
+ M = gupmut(vfio_counts_new_mm) ? D->task->mm : D->mm;
+ if (!M)
+	return -ESRCH;
  if (A && !mmget_not_zero(M)) S
...>
}
