/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The questions that every case ends with: was everything given back, and did
 * the kernel stay healthy?
 */
#ifndef GUP_PIN_AFTERMATH_H
#define GUP_PIN_AFTERMATH_H

#include <stddef.h>

struct aftermath {
	int no_balance;		/* -errno: the pin counters cannot be read */
	long balance;		/* pages pinned in the whole system */
	long vm_pin;		/* KiB */
	long vm_lck;		/* KiB */
	long long huge_unused;	/* bytes */
	unsigned long taint;
};

#define AFTERMATH_LINES	8

struct complaints {
	size_t nr;
	char line[AFTERMATH_LINES][256];
};

/**
 * aftermath_init() - get ready, before any case is forked
 *
 * Return: 0 or -errno.
 */
int aftermath_init(void);

/**
 * aftermath_begin() - note the state before the first pin
 * @before: filled in
 */
void aftermath_begin(struct aftermath *before);

/**
 * aftermath_forget() - something that outlives the case is about to change
 */
void aftermath_forget(void);

/**
 * aftermath_end() - compare, after the last pin was given back
 * @before: from aftermath_begin()
 * @complaints: filled with one line for each question answered wrongly
 *
 * The counters of pins and huge pages are the whole system's, and some pins
 * are released by a worker: a difference counts only if it stays.
 */
void aftermath_end(const struct aftermath *before,
		   struct complaints *complaints);

#endif /* GUP_PIN_AFTERMATH_H */
