// SPDX-License-Identifier: GPL-2.0-only
/* Reclaim: the kernel writes a page out, or discards it. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/skip.h"
#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"

int do_pageout(struct subject *s)
{
	return subject_advise(s, MADV_PAGEOUT);
}

int do_free(struct subject *s)
{
	return subject_advise(s, MADV_FREE) ?: subject_advise(s, MADV_PAGEOUT);
}

bool is_paged_out(const struct subject *s)
{
	unsigned char resident;

	return !mincore(subject_at(s), 1, &resident) && !(resident & 1);
}

bool is_discarded(const struct subject *s)
{
	return !is_as_expected(s);
}

/* A page of a filesystem on disk needs none. */
int fits_pageout(const struct subject *s)
{
	char line[256];
	FILE *swaps;
	int lines = 0;

	if (s->mem->backing->states & BIT(CLEAN))
		return 0;
	swaps = fopen("/proc/swaps", "r");
	while (swaps && fgets(line, sizeof(line), swaps))
		lines++;
	if (swaps)
		fclose(swaps);
	return lines > 1 ? 0 : SKIP_NO_SWAP;
}
