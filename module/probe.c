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
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "dma.h"
#include "held.h"
#include "observe.h"
#include "pin_probe.h"

/*
 * The structs of gup_test end in padding on all but a few architectures (i386),
 * so copy only up to the last member: then a 32-bit caller's struct, which may
 * be shorter, is neither read nor written behind its end.
 */
#define GUP_BYTES	offsetofend(struct pin_probe_gup, which_pages)

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
