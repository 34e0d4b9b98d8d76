/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits: ranges of addresses that no mapping can hold.
 */
#ifndef GUP_PIN_LIMITS_H
#define GUP_PIN_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "pinners/pinner.h"

struct limit {
	uintptr_t addr;
	size_t len;
	int err;		/* that is promised, or REFUSED */
	const char *why;
};

/**
 * limit() - ask for a pin of such a range, and then of a good page
 * @limit: the range
 * @pinner: the door
 */
void limit(const struct limit *limit, const struct pinner *pinner);

#endif /* GUP_PIN_LIMITS_H */
