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
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <linux/uaccess.h>

#include "pin_probe.h"

/* kvcalloc() WARNs above INT_MAX bytes, and GUP-fast counts pages in an int. */
#define MAX_PAGES (INT_MAX / sizeof(struct page *))

/**
 * struct gup_call - how to ask the kernel for pages
 * @fast: without mmap_lock if possible, else under mmap_lock
 * @pin: FOLL_PIN instead of FOLL_GET
 * @flags: FOLL_* flags of the running kernel
 */
struct gup_call {
	bool fast;
	bool pin;
	unsigned int flags;
};

/**
 * struct page_set - the pages of one user range
 * @call: how the pages were taken, and thus how they are given back
 * @pages: the pages, in the order of their addresses
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
 * @held: the long-term pin; pages is NULL if there is none
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

static long take_some(const struct gup_call *call, unsigned long addr,
		      unsigned long nr, struct page **pages)
{
	if (call->fast && call->pin)
		return pin_user_pages_fast(addr, nr, call->flags, pages);
	if (call->fast)
		return get_user_pages_fast(addr, nr, call->flags, pages);
	if (call->pin)
		return slow_gup(pin_user_pages, addr, nr, call->flags, pages);
	return slow_gup(get_user_pages, addr, nr, call->flags, pages);
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

	if (!set->call.pin)
		return 0;
	for (i = 0; i < set->nr; i++) {
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

static void release_pages_of(struct page_set *set, bool dirty)
{
	unsigned long i;

	if (set->call.pin)
		unpin_user_pages_dirty_lock(set->pages, set->nr, dirty);
	else
		for (i = 0; i < set->nr; i++)
			put_page(set->pages[i]);
	kvfree(set->pages);
	*set = (struct page_set){};
}

static int fill_set(struct page_set *set, unsigned long addr, unsigned long nr,
		    unsigned long nr_per_call)
{
	int err;

	if (set->call.fast) {
		err = take_all(set, addr, nr, nr_per_call);
	} else {
		if (mmap_read_lock_killable(current->mm))
			return -EINTR;
		err = take_all(set, addr, nr, nr_per_call);
		mmap_read_unlock(current->mm);
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
		if (call->fast && !table[i].in_fast)
			return -EINVAL;
		if (!call->pin && !table[i].in_get)
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

static int gup_once(unsigned int cmd, void __user *arg)
{
	struct gup_call call = {
		.fast = cmd == PIN_PROBE_GUP_FAST_BENCHMARK ||
			cmd == PIN_PROBE_PIN_FAST_BENCHMARK,
		.pin = cmd != PIN_PROBE_GUP_FAST_BENCHMARK &&
		       cmd != PIN_PROBE_GUP_BASIC,
	};
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
	struct gup_call call = { .pin = true, .flags = FOLL_LONGTERM };

	if (probe->held.pages)
		return -EINVAL;
	if (copy_from_user(&req, arg, LONGTERM_BYTES))
		return -EFAULT;
	if (req.flags & ~(PIN_PROBE_LONGTERM_USE_WRITE |
			  PIN_PROBE_LONGTERM_USE_FAST))
		return -EINVAL;
	if (req.flags & PIN_PROBE_LONGTERM_USE_WRITE)
		call.flags |= FOLL_WRITE;
	call.fast = req.flags & PIN_PROBE_LONGTERM_USE_FAST;
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
	unsigned long left;
	struct page *page;
	char *kaddr;

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
		/* Touching real poison from here would be a machine check. */
		if (PageHWPoison(page))
			return -EHWPOISON;
		n = min_t(u64, end - pos, PAGE_SIZE - offset_in_page(pos));
		kaddr = kmap_local_page(page);
		if (write) {
			probe->written = true;
			left = copy_from_user(kaddr + offset_in_page(pos), buf, n);
			flush_dcache_page(page);
		} else {
			left = copy_to_user(buf, kaddr + offset_in_page(pos), n);
		}
		kunmap_local(kaddr);
		if (left)
			return -EFAULT;
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
	int err = misc_register(&probe_misc);

	if (err)
		return err;
	create_gup_test();
	return 0;
}

static void __exit probe_exit(void)
{
	debugfs_remove(gup_test_file);
	misc_deregister(&probe_misc);
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("Takes pins on user memory for tests, with the interface of gup_test");
MODULE_VERSION(__stringify(PIN_PROBE_INTERFACE_VERSION));
MODULE_LICENSE("GPL");
