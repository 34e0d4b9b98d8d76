// SPDX-License-Identifier: GPL-2.0-only
/* Collapse: the kernel copies small pages into a huge one. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/skip.h"
#include "base/page.h"
#include "base/uapi.h"
#include "events/events.h"
#include "memory/memory.h"
#include "observe/pagemap.h"

/* The one huge page that lies in the mapping. */
int prepare_collapse(struct subject *s)
{
	const size_t huge = (COLLAPSE_PAGES + 1) / 2 * page_size();
	uintptr_t base = (uintptr_t)s->mem->base;

	s->first = ((base + huge - 1) / huge * huge - base) / page_size();
	/* Else it would get the huge page at once. */
	if (subject_advise(s, MADV_NOHUGEPAGE) && errno != EINVAL)
		return setup_error(errno, "MADV_NOHUGEPAGE");
	return 0;
}

int do_collapse(struct subject *s)
{
	return subject_advise(s, MADV_HUGEPAGE) ?: subject_advise(s, UAPI_MADV_COLLAPSE);
}

/* Only its first pages were touched. */
bool is_collapsed(const struct subject *s)
{
	return pagemap_frame(subject_at(s) + COLLAPSE_PAGES / 2 * page_size());
}

int lacks_collapse(const struct subject *s, int answer)
{
	(void)s;
	if (answer == -EINVAL)
		return SKIP_NO_COLLAPSE;
	return answer == -ENOMEM ? SKIP_NO_THP : 0;
}
