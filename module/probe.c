// SPDX-License-Identifier: GPL-2.0-only
/*
 * pin_probe: the interface of the kernel's gup_test for kernels that were built
 * without it, and a device's view of the pinned pages. See pin_probe.h for what
 * it promises.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/hugetlb_inline.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <linux/uaccess.h>

#include "copy.h"
#include "dma.h"
#include "observe.h"
#include "pin_probe.h"

/* kvcalloc() WARNs above INT_MAX bytes, and GUP-fast counts pages in an int. */
#define MAX_PAGES (INT_MAX / sizeof(struct page *))

/**
 * struct gup_call - how to ask the kernel for pages
 * @api: which of the kernel's functions
 * @flags: FOLL_* flags of the running kernel
 * @mm: whose memory it is
 */
struct gup_call {
	enum pin_probe_api api;
	unsigned int flags;
	struct mm_struct *mm;
};

static bool is_pin(const struct gup_call *call)
{
	return call->api != PIN_PROBE_API_GET_SLOW &&
	       call->api != PIN_PROBE_API_GET_FAST;
}

static bool is_fast(const struct gup_call *call)
{
	return call->api == PIN_PROBE_API_PIN_FAST ||
	       call->api == PIN_PROBE_API_GET_FAST;
}

/* The others take mmap_lock themselves, if at all. */
static bool needs_mmap_lock(const struct gup_call *call)
{
	return call->api == PIN_PROBE_API_PIN_SLOW ||
	       call->api == PIN_PROBE_API_PIN_REMOTE ||
	       call->api == PIN_PROBE_API_GET_SLOW;
}

/**
 * struct page_set - the pages of one user range
 * @call: how the pages were taken, and thus how they are given back
 * @pages: the pages, in the order of their addresses; NULL where a page was
 *	   released ahead of the others
 * @nr: how many of @pages are taken
 */
struct page_set {
	struct gup_call call;
	struct page **pages;
	unsigned long nr;
};

/**
 * struct probe_file - what an open file owns
 * @lock: held for the whole of an ioctl
 * @held: the pages that are held; pages is NULL if there are none
 * @written: the held pages were written to and have to be marked dirty
 */
struct probe_file {
	struct mutex lock;
	struct page_set held;
	bool written;
};

/*
 * Before 6.5, get_user_pages() and pin_user_pages() had one argument more. Look
 * at their type and not at the version: a distribution may have backported it.
 */
typedef long gup_fn(unsigned long addr, unsigned long nr, unsigned int flags,
		    struct page **pages);
typedef long gup_vmas_fn(unsigned long addr, unsigned long nr,
			 unsigned int flags, struct page **pages,
			 struct vm_area_struct **vmas);

static __always_inline long __maybe_unused
call_gup(gup_fn *fn, unsigned long addr, unsigned long nr, unsigned int flags,
	 struct page **pages)
{
	return fn(addr, nr, flags, pages);
}

static __always_inline long __maybe_unused
call_gup_vmas(gup_vmas_fn *fn, unsigned long addr, unsigned long nr,
	      unsigned int flags, struct page **pages)
{
	return fn(addr, nr, flags, pages, NULL);
}

#define slow_gup(fn, addr, nr, flags, pages)				\
	__builtin_choose_expr(__same_type(fn, gup_fn),			\
			      call_gup, call_gup_vmas)(fn, addr, nr, flags, pages)

typedef long remote_fn(struct mm_struct *mm, unsigned long addr,
		       unsigned long nr, unsigned int flags,
		       struct page **pages, int *locked);
typedef long remote_vmas_fn(struct mm_struct *mm, unsigned long addr,
			    unsigned long nr, unsigned int flags,
			    struct page **pages, struct vm_area_struct **vmas,
			    int *locked);

static __always_inline long __maybe_unused
call_remote(remote_fn *fn, struct mm_struct *mm, unsigned long addr,
	    unsigned long nr, unsigned int flags, struct page **pages)
{
	return fn(mm, addr, nr, flags, pages, NULL);
}

static __always_inline long __maybe_unused
call_remote_vmas(remote_vmas_fn *fn, struct mm_struct *mm, unsigned long addr,
		 unsigned long nr, unsigned int flags, struct page **pages)
{
	return fn(mm, addr, nr, flags, pages, NULL, NULL);
}

#define remote_gup(fn, mm, addr, nr, flags, pages)			\
	__builtin_choose_expr(__same_type(fn, remote_fn),		\
			      call_remote, call_remote_vmas)(fn, mm, addr, nr, flags, pages)

/*
 * Where pin_user_pages_unlocked() does not know long-term pins (before 6.2), it
 * WARNs. That change cannot be seen in a type; the next one, of 6.5, can.
 */
#define unlocked_takes_longterm() __same_type(pin_user_pages, gup_fn)

static long take_some(const struct gup_call *call, unsigned long addr,
		      unsigned long nr, struct page **pages)
{
	switch (call->api) {
	case PIN_PROBE_API_PIN_SLOW:
		return slow_gup(pin_user_pages, addr, nr, call->flags, pages);
	case PIN_PROBE_API_PIN_FAST:
		return pin_user_pages_fast(addr, nr, call->flags, pages);
	case PIN_PROBE_API_PIN_REMOTE:
		return remote_gup(pin_user_pages_remote, call->mm, addr, nr,
				  call->flags, pages);
	case PIN_PROBE_API_PIN_UNLOCKED:
		return pin_user_pages_unlocked(addr, nr, pages, call->flags);
	case PIN_PROBE_API_GET_SLOW:
		return slow_gup(get_user_pages, addr, nr, call->flags, pages);
	case PIN_PROBE_API_GET_FAST:
		return get_user_pages_fast(addr, nr, call->flags, pages);
	default:
		return -EINVAL;
	}
}

/* A short count is no error: only asking again tells why it was short. */
static int take_all(struct page_set *set, unsigned long addr, unsigned long nr,
		    unsigned long nr_per_call)
{
	long got;

	while (set->nr < nr) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = take_some(&set->call, addr + set->nr * PAGE_SIZE,
				min(nr - set->nr, nr_per_call),
				set->pages + set->nr);
		if (got < 0)
			return got;
		if (!got)
			return -EIO;
		set->nr += got;
	}
	return 0;
}

/* A pinned page cannot lose its pin before we release it, so this cannot race. */
static int check_pins(const struct page_set *set)
{
	unsigned long i;

	if (!is_pin(&set->call))
		return 0;
	for (i = 0; i < set->nr; i++) {
		cond_resched();
		if (folio_maybe_dma_pinned(page_folio(set->pages[i])))
			continue;
		/* GUP hands out the zeropage without a pin (c8070b787519). */
		if (is_zero_pfn(page_to_pfn(set->pages[i])) &&
		    !(set->call.flags & FOLL_WRITE))
			continue;
		pr_err("page %lu of %lu is not pinned, pfn %#lx\n", i, set->nr,
		       page_to_pfn(set->pages[i]));
		return -EUCLEAN;
	}
	return 0;
}

/* What unpin_user_pages_dirty_lock() does, for plain references. */
static void put_pages(struct page **pages, unsigned long nr, bool dirty)
{
	struct folio *folio;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		folio = page_folio(pages[i]);
		if (dirty) {
			folio_lock(folio);
			folio_mark_dirty(folio);
			folio_unlock(folio);
		}
		folio_put(folio);
	}
}

/* Release @nr pages from @first on, all of them still taken. */
static void release_run(struct page_set *set, unsigned long first,
			unsigned long nr, bool dirty)
{
	struct page **pages = set->pages + first;
	unsigned long n;

	/* In parts, because the kernel's function does not yield the CPU. */
	for (; nr; nr -= n, pages += n) {
		n = min(nr, 1UL << 16);
		if (is_pin(&set->call))
			unpin_user_pages_dirty_lock(pages, n, dirty);
		else
			put_pages(pages, n, dirty);
		cond_resched();
	}
}

static void release_pages_of(struct page_set *set, bool dirty)
{
	unsigned long first, end;

	for (first = 0; first < set->nr; first = end + 1) {
		for (end = first; end < set->nr && set->pages[end]; end++)
			;
		release_run(set, first, end - first, dirty);
	}
	kvfree(set->pages);
	*set = (struct page_set){};
}

static int fill_set(struct page_set *set, unsigned long addr, unsigned long nr,
		    unsigned long nr_per_call)
{
	struct mm_struct *mm = set->call.mm;
	int err;

	if (needs_mmap_lock(&set->call)) {
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		err = take_all(set, addr, nr, nr_per_call);
		mmap_read_unlock(mm);
	} else {
		err = take_all(set, addr, nr, nr_per_call);
	}
	return err ? err : check_pins(set);
}

/*
 * Take all pages of a user range, or none. The range comes from user space as
 * it is. On success the caller owns @set.
 */
static int take_range(struct page_set *set, const struct gup_call *call,
		      u64 addr, u64 size, unsigned long nr_per_call)
{
	unsigned long start, len, end;
	int err;

	if (!size || !nr_per_call || !IS_ALIGNED(addr | size, PAGE_SIZE))
		return -EINVAL;
	start = addr;
	len = size;
	if (start != addr || len != size || check_add_overflow(start, len, &end))
		return -EOVERFLOW;
	/* The list of a range larger than RAM could wake the OOM killer. */
	if (len / PAGE_SIZE > min_t(unsigned long, totalram_pages(), MAX_PAGES))
		return -E2BIG;

	*set = (struct page_set){ .call = *call };
	set->pages = kvcalloc(len / PAGE_SIZE, sizeof(*set->pages),
			      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!set->pages)
		return -ENOMEM;

	err = fill_set(set, start, len / PAGE_SIZE, nr_per_call);
	/* The pages may be held for longer than the memory that they are from. */
	set->call.mm = NULL;
	if (err)
		release_pages_of(set, false);
	return err;
}

/* Add to @call the flags that the user asked for in our numbering. */
static int translate_flags(struct gup_call *call, u32 gup_flags)
{
	static const struct {
		u32 ours;
		unsigned int kernels;
		bool in_fast;
		bool in_get;
	} table[] = {
		{ PIN_PROBE_FOLL_WRITE, FOLL_WRITE, true, true },
		{ PIN_PROBE_FOLL_FORCE, FOLL_FORCE, true, true },
		{ PIN_PROBE_FOLL_NOFAULT, FOLL_NOFAULT, true, true },
		{ PIN_PROBE_FOLL_HWPOISON, FOLL_HWPOISON, false, true },
		{ PIN_PROBE_FOLL_LONGTERM, FOLL_LONGTERM, true, false },
		{ PIN_PROBE_FOLL_SPLIT_PMD, FOLL_SPLIT_PMD, false, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!(gup_flags & table[i].ours))
			continue;
		if (is_fast(call) && !table[i].in_fast)
			return -EINVAL;
		if (!is_pin(call) && !table[i].in_get)
			return -EINVAL;
		call->flags |= table[i].kernels;
		gup_flags &= ~table[i].ours;
	}
	return gup_flags ? -EINVAL : 0;
}

/*
 * The structs of gup_test end in padding on all but a few architectures (i386),
 * so copy only up to the last member: then a 32-bit caller's struct, which may
 * be shorter, is neither read nor written behind its end.
 */
#define GUP_BYTES	offsetofend(struct pin_probe_gup, which_pages)
#define LONGTERM_BYTES	offsetofend(struct pin_probe_longterm, flags)

static enum pin_probe_api api_of(unsigned int cmd)
{
	switch (cmd) {
	case PIN_PROBE_GUP_FAST_BENCHMARK:
		return PIN_PROBE_API_GET_FAST;
	case PIN_PROBE_PIN_FAST_BENCHMARK:
		return PIN_PROBE_API_PIN_FAST;
	case PIN_PROBE_GUP_BASIC:
		return PIN_PROBE_API_GET_SLOW;
	default:
		return PIN_PROBE_API_PIN_SLOW;
	}
}

static int gup_once(unsigned int cmd, void __user *arg)
{
	struct gup_call call = { .api = api_of(cmd), .mm = current->mm };
	struct pin_probe_gup gup;
	struct page_set set;
	ktime_t start;
	int err;

	if (copy_from_user(&gup, arg, GUP_BYTES))
		return -EFAULT;
	if (cmd == PIN_PROBE_LONGTERM_BENCHMARK)
		gup.gup_flags |= PIN_PROBE_FOLL_LONGTERM;
	err = translate_flags(&call, gup.gup_flags);
	if (err)
		return err;

	start = ktime_get();
	err = take_range(&set, &call, gup.addr, gup.size, gup.nr_pages_per_call);
	if (err)
		return err;
	gup.get_delta_usec = ktime_us_delta(ktime_get(), start);

	start = ktime_get();
	release_pages_of(&set, false);
	gup.put_delta_usec = ktime_us_delta(ktime_get(), start);

	return copy_to_user(arg, &gup, GUP_BYTES) ? -EFAULT : 0;
}

static int longterm_start(struct probe_file *probe, const void __user *arg)
{
	struct pin_probe_longterm req;
	struct gup_call call = { .flags = FOLL_LONGTERM, .mm = current->mm };

	if (probe->held.pages)
		return -EINVAL;
	if (copy_from_user(&req, arg, LONGTERM_BYTES))
		return -EFAULT;
	if (req.flags & ~(PIN_PROBE_LONGTERM_USE_WRITE |
			  PIN_PROBE_LONGTERM_USE_FAST))
		return -EINVAL;
	if (req.flags & PIN_PROBE_LONGTERM_USE_WRITE)
		call.flags |= FOLL_WRITE;
	call.api = req.flags & PIN_PROBE_LONGTERM_USE_FAST ?
		   PIN_PROBE_API_PIN_FAST : PIN_PROBE_API_PIN_SLOW;
	return take_range(&probe->held, &call, req.addr, req.size, MAX_PAGES);
}

static void longterm_stop(struct probe_file *probe)
{
	if (!probe->held.pages)
		return;
	release_pages_of(&probe->held, probe->written);
	probe->written = false;
}

static int copy_pinned(struct probe_file *probe, const struct pin_probe_io *io,
		       bool write)
{
	char __user *buf = u64_to_user_ptr(io->buf);
	u64 pos = io->offset, end, n;
	struct page *page;
	int err;

	if (!probe->held.pages)
		return -EINVAL;
	if (check_add_overflow(io->offset, io->len, &end) ||
	    end > (u64)probe->held.nr * PAGE_SIZE)
		return -ERANGE;
	if (write && !(probe->held.call.flags & FOLL_WRITE))
		return -EPERM;

	for (; pos < end; pos += n, buf += n) {
		if (fatal_signal_pending(current))
			return -EINTR;
		page = probe->held.pages[pos / PAGE_SIZE];
		if (!page)
			return -ENOENT;
		n = min_t(u64, end - pos, PAGE_SIZE - offset_in_page(pos));
		probe->written |= write;
		err = copy_page_part(page, offset_in_page(pos), buf, n, write);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int read_all(struct probe_file *probe, const void __user *arg)
{
	struct pin_probe_io io = {
		.len = (u64)probe->held.nr * PAGE_SIZE,
	};

	if (copy_from_user(&io.buf, arg, sizeof(io.buf)))
		return -EFAULT;
	return copy_pinned(probe, &io, false);
}

static int read_or_write(struct probe_file *probe, unsigned int cmd,
			 const void __user *arg)
{
	struct pin_probe_io io;

	if (copy_from_user(&io, arg, sizeof(io)))
		return -EFAULT;
	return copy_pinned(probe, &io, cmd == PIN_PROBE_WRITE);
}

/* The memory that a pin is asked for. The caller drops it. */
static struct mm_struct *get_mm(s32 number)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *pid;

	if (!number) {
		mmget(current->mm);
		return current->mm;
	}
	pid = find_get_pid(number);
	task = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return ERR_PTR(-ESRCH);
	if (mm != current->mm && !capable(CAP_SYS_PTRACE)) {
		mmput(mm);
		return ERR_PTR(-EPERM);
	}
	return mm;
}

static int pin_counted(struct probe_file *probe, const struct gup_call *call,
		       struct pin_probe_pin *req)
{
	int slot = slow_count_start();
	int err;

	err = take_range(&probe->held, call, req->addr, req->size, MAX_PAGES);
	req->slow = slow_count_stop(slot);
	return err;
}

static int pin_any(struct probe_file *probe, struct pin_probe_pin __user *arg)
{
	struct pin_probe_pin req;
	struct gup_call call = {};
	int err;

	if (probe->held.pages)
		return -EINVAL;
	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.api >= PIN_PROBE_NR_APIS ||
	    (req.pid && req.api != PIN_PROBE_API_PIN_REMOTE))
		return -EINVAL;
	call.api = req.api;
	err = translate_flags(&call, req.flags);
	if (err)
		return err;
	if (call.api == PIN_PROBE_API_PIN_UNLOCKED &&
	    call.flags & FOLL_LONGTERM && !unlocked_takes_longterm())
		return -EOPNOTSUPP;
	call.mm = get_mm(req.pid);
	if (IS_ERR(call.mm))
		return PTR_ERR(call.mm);
	err = pin_counted(probe, &call, &req);
	mmput(call.mm);
	if (put_user(req.slow, &arg->slow)) {
		longterm_stop(probe);
		return -EFAULT;
	}
	return err;
}

/* Are @nr pages from @first on held, and none of them released? */
static int check_held(const struct probe_file *probe, u64 first, u64 nr)
{
	u64 end, i;

	if (!probe->held.pages || !nr)
		return -EINVAL;
	if (check_add_overflow(first, nr, &end) || end > probe->held.nr)
		return -ERANGE;
	for (i = first; i < end; i++)
		if (!probe->held.pages[i])
			return -ENOENT;
	return 0;
}

static int unpin_some(struct probe_file *probe, const void __user *arg)
{
	struct pin_probe_unpin req;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.flags & ~PIN_PROBE_UNPIN_DIRTY || req.reserved)
		return -EINVAL;
	err = check_held(probe, req.first, req.pages);
	if (err)
		return err;
	/* A filesystem may WARN about what it has not been told will be written. */
	if (req.flags & PIN_PROBE_UNPIN_DIRTY &&
	    !(probe->held.call.flags & FOLL_WRITE))
		return -EPERM;
	release_run(&probe->held, req.first, req.pages,
		    probe->written || req.flags & PIN_PROBE_UNPIN_DIRTY);
	memset(probe->held.pages + req.first, 0,
	       req.pages * sizeof(*probe->held.pages));
	return 0;
}

/*
 * The page that the caller's page table maps, or NULL. By a plain reference: a
 * pin would mark the process as one that pins.
 *
 * Nothing is faulted in. With hugetlb, 6.1 disregards FOLL_NOFAULT, but GUP-fast
 * sees all of its pages that can be read. FOLL_FORCE is for other pages that
 * cannot be read, and for NUMA hints.
 */
static struct page *mapped_page(unsigned long addr)
{
	struct vm_area_struct *vma;
	struct page *page;
	long got = 0;

	if (get_user_pages_fast_only(addr, 1, 0, &page) == 1)
		return page;
	if (mmap_read_lock_killable(current->mm))
		return NULL;
	vma = vma_lookup(current->mm, addr);
	if (vma && !is_vm_hugetlb_page(vma))
		got = slow_gup(get_user_pages, addr, 1,
			       FOLL_NOFAULT | FOLL_FORCE, &page);
	mmap_read_unlock(current->mm);
	return got == 1 ? page : NULL;
}

static int compare_pages(struct probe_file *probe,
			 struct pin_probe_same __user *arg)
{
	struct pin_probe_same req;
	unsigned long addr, len, end;
	int err;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (!IS_ALIGNED(req.addr, PAGE_SIZE))
		return -EINVAL;
	err = check_held(probe, req.first, req.pages);
	if (err)
		return err;
	addr = req.addr;
	len = req.pages * PAGE_SIZE;
	if (addr != req.addr || check_add_overflow(addr, len, &end))
		return -EOVERFLOW;
	for (req.same = 0; req.same < req.pages; req.same++) {
		struct page *page = mapped_page(addr + req.same * PAGE_SIZE);

		if (page)
			put_page(page);
		if (page != probe->held.pages[req.first + req.same])
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return put_user(req.same, &arg->same) ? -EFAULT : 0;
}

static int tell_page(struct probe_file *probe, struct pin_probe_page __user *arg)
{
	struct pin_probe_page facts;
	u64 index;
	int err;

	if (get_user(index, &arg->index))
		return -EFAULT;
	err = check_held(probe, index, 1);
	if (err)
		return err;
	page_facts(probe->held.pages[index], &facts);
	facts.index = index;
	return copy_to_user(arg, &facts, sizeof(facts)) ? -EFAULT : 0;
}

static int copy_dma(const void __user *arg)
{
	struct pin_probe_dma io;

	if (copy_from_user(&io, arg, sizeof(io)))
		return -EFAULT;
	return dma_copy(&io);
}

static int probe_command(struct probe_file *probe, unsigned int cmd,
			 void __user *arg)
{
	switch (cmd) {
	case PIN_PROBE_GUP_FAST_BENCHMARK:
	case PIN_PROBE_PIN_FAST_BENCHMARK:
	case PIN_PROBE_LONGTERM_BENCHMARK:
	case PIN_PROBE_GUP_BASIC:
	case PIN_PROBE_PIN_BASIC:
		return gup_once(cmd, arg);
	case PIN_PROBE_LONGTERM_START:
		return longterm_start(probe, arg);
	case PIN_PROBE_LONGTERM_STOP:
		longterm_stop(probe);
		return 0;
	case PIN_PROBE_LONGTERM_READ:
		return read_all(probe, arg);
	case PIN_PROBE_READ:
	case PIN_PROBE_WRITE:
		return read_or_write(probe, cmd, arg);
	case PIN_PROBE_PIN:
		return pin_any(probe, arg);
	case PIN_PROBE_UNPIN:
		return unpin_some(probe, arg);
	case PIN_PROBE_SAME:
		return compare_pages(probe, arg);
	case PIN_PROBE_PAGE:
		return tell_page(probe, arg);
	case PIN_PROBE_DMA:
		return copy_dma(arg);
	case PIN_PROBE_VERSION:
		return PIN_PROBE_INTERFACE_VERSION;
	default:
		return -ENOTTY;
	}
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct probe_file *probe = file->private_data;
	long ret;

	if (mutex_lock_killable(&probe->lock))
		return -EINTR;
	ret = probe_command(probe, cmd, (void __user *)arg);
	mutex_unlock(&probe->lock);
	return ret;
}

#ifdef CONFIG_COMPAT
/*
 * An ioctl number contains the size of its struct, and i386 aligns __u64 to 4
 * bytes: its structs lack the padding at the end and give other numbers.
 */
static long probe_compat_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	unsigned int size = _IOC_SIZE(cmd);

	if (size == GUP_BYTES)
		size = sizeof(struct pin_probe_gup);
	else if (size == LONGTERM_BYTES)
		size = sizeof(struct pin_probe_longterm);
	cmd = _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size);
	return probe_ioctl(file, cmd, (unsigned long)compat_ptr(arg));
}
#else
#define probe_compat_ioctl NULL
#endif

static int probe_open(struct inode *inode, struct file *file)
{
	struct probe_file *probe = kzalloc(sizeof(*probe), GFP_KERNEL_ACCOUNT);

	if (!probe)
		return -ENOMEM;
	mutex_init(&probe->lock);
	file->private_data = probe;
	return nonseekable_open(inode, file);
}

static int probe_release(struct inode *inode, struct file *file)
{
	struct probe_file *probe = file->private_data;

	longterm_stop(probe);
	mutex_destroy(&probe->lock);
	kfree(probe);
	return 0;
}

static const struct file_operations probe_fops = {
	.owner = THIS_MODULE,
	.open = probe_open,
	.release = probe_release,
	.unlocked_ioctl = probe_ioctl,
	.compat_ioctl = probe_compat_ioctl,
};

static struct miscdevice probe_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &probe_fops,
	.mode = 0600,
};

static struct dentry *gup_test_file;

/*
 * _unsafe means that the file is not guarded against debugfs_remove() while it
 * is open. It cannot happen here: an open file holds the module (.owner), and
 * only module exit removes the file. The guarded kind has no compat ioctl.
 */
static void create_gup_test(void)
{
	struct dentry *taken = debugfs_lookup("gup_test", NULL);

	if (IS_ERR(taken))	/* a kernel without debugfs */
		return;
	if (taken) {
		dput(taken);
		return;
	}
	gup_test_file = debugfs_create_file_unsafe("gup_test", 0600, NULL, NULL,
						   &probe_fops);
	if (IS_ERR(gup_test_file))
		pr_warn("no gup_test in debugfs: error %ld\n",
			PTR_ERR(gup_test_file));
}

static int __init probe_init(void)
{
	int err;

	slow_count_init();
	err = misc_register(&probe_misc);
	if (err) {
		slow_count_exit();
		return err;
	}
	create_gup_test();
	return 0;
}

static void __exit probe_exit(void)
{
	debugfs_remove(gup_test_file);
	misc_deregister(&probe_misc);
	slow_count_exit();
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Takes pins on user memory for tests, with the interface of gup_test");
MODULE_VERSION(__stringify(PIN_PROBE_INTERFACE_VERSION));
MODULE_LICENSE("GPL");
