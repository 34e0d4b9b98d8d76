// SPDX-License-Identifier: GPL-2.0-only
#define CASE_SHARED
#include <sys/mman.h>

#include "base/page.h"
#include "test/case.h"
#include "test/limits.h"

void limit(const struct limit *limit, const struct pinner *pinner)
{
	const struct reason reason = { limit->why, NULL };
	struct door *door = case_door(pinner);
	int ret = __case_pin(door, (void *)limit->addr, limit->len, RW,
			     limit->why);

	case_answer(&reason, limit->err, ret, "such a range");
	if (!ret)
		case_unpin(door);
	/* What was refused is not in the way of a page that may be pinned. */
	case_pin(door, case_mmap(page_size(), PROT_READ | PROT_WRITE, 0),
		 page_size(), RW, &reason, "afterwards a good page");
}
