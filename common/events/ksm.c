// SPDX-License-Identifier: GPL-2.0-only
/* KSM: the kernel merges pages of the same bytes. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/kernel_file.h"
#include "base/skip.h"
#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"
#include "observe/pagemap.h"

#define KSM	"/sys/kernel/mm/ksm/"

static long full_scans(void)
{
	char line[32];

	return kernel_file_line(KSM "full_scans", line, sizeof(line)) ? -1 :
	       atol(line);
}

static bool ksm_runs(void)
{
	char line[32];

	return !kernel_file_line(KSM "run", line, sizeof(line)) && !strcmp(line, "1");
}

/*
 * A page is merged in the second scan that finds it unchanged, and the scan
 * under way may have passed it already.
 */
static int wait_for_scans(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	long start = full_scans();

	for (int i = 0; i < 5000 && ksm_runs(); i++) {
		if (full_scans() >= start + 3)
			return 0;
		nanosleep(&moment, NULL);
	}
	return -ETIMEDOUT;
}

/* The copy stays: without it the merged page would leave the stable tree. */
int do_ksm(struct subject *s)
{
	char *copy = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;
	memcpy(copy, subject_at(s), page_size());
	if (madvise(copy, page_size(), MADV_MERGEABLE))
		return -errno;
	return subject_advise(s, MADV_MERGEABLE) ?: wait_for_scans();
}

bool is_merged(const struct subject *s)
{
	return pagemap_flags(pagemap_frame(subject_at(s))) & FRAME_KSM;
}

int fits_ksm(const struct subject *s)
{
	(void)s;
	return ksm_runs() ? 0 : SKIP_NO_KSM;
}
