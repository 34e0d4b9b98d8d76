/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions that every case ends with: was everything given back, and did
 * the kernel stay healthy?
 */
#ifndef GUP_PIN_BASELINE_H
#define GUP_PIN_BASELINE_H

#include <stddef.h>

struct baseline {
	int no_balance;		/* -errno: the pin counters cannot be read */
	long balance;		/* pages pinned in the whole system */
	long vm_pin;		/* KiB */
	long vm_lck;		/* KiB */
	long long huge_unused;	/* bytes */
	unsigned long taint;
};

#define BASELINE_LINES	8

struct complaints {
	size_t nr;
	char line[BASELINE_LINES][256];
};

/**
 * baseline_init() - get ready, before any case is forked
 *
 * Return: 0 or -errno.
 */
int baseline_init(void);

/**
 * baseline_take() - note the state before the first pin
 * @before: filled in
 */
void baseline_take(struct baseline *before);

/** baseline_stays() - nothing was taken since baseline_take() */
void baseline_stays(void);

/**
 * baseline_new_pools() - the case has changed huge page pools, which outlive it
 * @before: from baseline_take()
 */
void baseline_new_pools(struct baseline *before);

/**
 * baseline_check() - compare, after the last pin was given back
 * @before: from baseline_take()
 * @complaints: filled with one line for each question answered wrongly
 *
 * The counters of pins and huge pages are the whole system's, and some pins
 * are released by a worker: a difference counts only if it stays.
 */
void baseline_check(const struct baseline *before,
		   struct complaints *complaints);

/**
 * baseline_settle() - the process of the case is gone: wait until what it had is, too
 *
 * If it has died, or has kept something, some of that is given back by a worker, and
 * the next case is not to be blamed for it.
 */
void baseline_settle(void);

#endif /* GUP_PIN_BASELINE_H */
