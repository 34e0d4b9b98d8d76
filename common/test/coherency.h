/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Are the pages that a door holds the ones that the process sees?
 *
 * Each page of a memory carries a tag of its own, so that the right bytes in the
 * wrong page are noticed.
 */
#ifndef GUP_PIN_COHERENCY_H
#define GUP_PIN_COHERENCY_H

#include "memory/memory.h"
#include "pinners/pinner.h"

/**
 * coherency_read() - does the pin see what the process wrote?
 * @door: holds the range
 * @mem: the memory
 * @range: what is pinned of it
 * @err: set to 0, or to the -errno of reading through the pin
 *
 * Return: the first page that differs, -1 if none does.
 */
long coherency_read(struct door *door, const struct memory *mem,
		const struct range *range, int *err);

/**
 * coherency_write() - does the process see what is written through the pin?
 * @door: holds the range for writing
 * @mem: the memory; its expectation is renewed
 * @range: what is pinned of it
 * @err: set to 0, or to the -errno of writing through the pin
 *
 * Return: the first page that differs, -1 if none does.
 */
long coherency_write(struct door *door, struct memory *mem,
		 const struct range *range, int *err);

#endif /* GUP_PIN_COHERENCY_H */
