// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include "copy.h"
#include "held.h"
#include "observe.h"

int longterm_start(struct probe_file *probe, const void __user *arg)
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

void longterm_stop(struct probe_file *probe)
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

int read_all(struct probe_file *probe, const void __user *arg)
{
	struct pin_probe_io io = {
		.len = (u64)probe->held.nr * PAGE_SIZE,
	};

	if (copy_from_user(&io.buf, arg, sizeof(io.buf)))
		return -EFAULT;
	return copy_pinned(probe, &io, false);
}

int read_or_write(struct probe_file *probe, unsigned int cmd,
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

int pin_any(struct probe_file *probe, struct pin_probe_pin __user *arg)
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
	if (call.flags & FOLL_LONGTERM && !takes_longterm(&call))
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

int unpin_some(struct probe_file *probe, const void __user *arg)
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

int compare_pages(struct probe_file *probe,
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

int tell_page(struct probe_file *probe, struct pin_probe_page __user *arg)
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
