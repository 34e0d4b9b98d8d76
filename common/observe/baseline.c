// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/skip.h"
#include "observe/baseline.h"
#include "observe/huge_pages.h"
#include "observe/kernel_log.h"
#include "observe/pins.h"

#define SETTLE_MS	2000

static void observe(struct baseline *now)
{
	now->no_balance = pins_balance(&now->balance);
	pins_charged_kb(&now->vm_lck, &now->vm_pin);
	now->huge_unused = hugetlb_unused_bytes();
	now->taint = kernel_taint();
}

/*
 * What a case left is what the next one finds: it need not be read again. In
 * memory shared by all processes of the program.
 */
static struct {
	bool clean;		/* the last case has given back what it took */
	struct baseline left;
} *last;

int baseline_init(void)
{
	last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (last == MAP_FAILED)
		return setup_error(errno, "map memory for the baseline");
	/* The cases inherit what this opens. */
	observe(&last->left);
	return 0;
}

void baseline_take(struct baseline *before)
{
	kernel_log_mark();
	*before = last->left;
	/* Neither pins nor locks are inherited. */
	before->vm_pin = 0;
	before->vm_lck = 0;
	last->clean = false;
}

void baseline_stays(void)
{
	last->clean = true;
}

void baseline_new_pools(struct baseline *before)
{
	before->huge_unused = hugetlb_unused_bytes();
}

static bool settled(const struct baseline *before, const struct baseline *now)
{
	return (before->no_balance || now->balance == before->balance) &&
	       now->vm_pin == before->vm_pin && now->vm_lck == before->vm_lck &&
	       now->huge_unused == before->huge_unused;
}

static void __attribute__((format(printf, 2, 3)))
complain(struct complaints *complaints, const char *fmt, ...)
{
	va_list ap;

	if (complaints->nr == BASELINE_LINES)
		return;
	va_start(ap, fmt);
	vsnprintf(complaints->line[complaints->nr++],
		  sizeof(complaints->line[0]), fmt, ap);
	va_end(ap);
}

void baseline_check(const struct baseline *before,
		   struct complaints *complaints)
{
	struct baseline now;
	char line[200];

	complaints->nr = 0;
	observe(&now);
	for (int ms = 1; !settled(before, &now) && ms < SETTLE_MS; ms *= 2) {
		usleep(ms * 1000);
		observe(&now);
	}
	if (!before->no_balance && now.balance > before->balance)
		complain(complaints, "%ld pages are still pinned",
			 now.balance - before->balance);
	if (!before->no_balance && now.balance < before->balance)
		complain(complaints, "%ld more pages unpinned than pinned",
			 before->balance - now.balance);
	if (now.vm_pin != before->vm_pin)
		complain(complaints, "VmPin was %ld kB, is %ld kB",
			 before->vm_pin, now.vm_pin);
	if (now.vm_lck != before->vm_lck)
		complain(complaints, "VmLck was %ld kB, is %ld kB",
			 before->vm_lck, now.vm_lck);
	if (now.huge_unused != before->huge_unused)
		complain(complaints, "unused huge pages: were %lld kB, are %lld kB",
			 before->huge_unused / 1024, now.huge_unused / 1024);
	if (now.taint & ~before->taint)
		complain(complaints, "new taint bits 0x%lx",
			 now.taint & ~before->taint);
	while (kernel_log_complaint(line, sizeof(line)))
		complain(complaints, "kernel log: %s", line);
	last->clean = !complaints->nr;
	if (last->clean)
		last->left = now;
}

static bool holds_more(const struct baseline *now)
{
	return (!now->no_balance && now->balance > last->left.balance) ||
	       now->huge_unused < last->left.huge_unused;
}

void baseline_settle(void)
{
	struct baseline now;

	if (last->clean)
		return;
	observe(&now);
	for (int ms = 1; holds_more(&now) && ms < SETTLE_MS; ms *= 2) {
		usleep(ms * 1000);
		observe(&now);
	}
	last->left = now;
}
