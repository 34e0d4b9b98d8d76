/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to memory under test, which a kernel may have lost: they fault, and the
 * process lives.
 */
#ifndef GUP_PIN_GUARD_H
#define GUP_PIN_GUARD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

/* To be filled by sigsetjmp(). */
struct guard {
	sigjmp_buf env;
};

/**
 * guard_init() - handle SIGBUS and SIGSEGV of this process from now on
 * @guard: where to go on after a fault that no __guard_copy() expects; NULL: the
 *	   process dies of it. Belongs to the calling thread.
 */
void guard_init(struct guard *guard);

/**
 * guard_faulted() - was there a fault that no __guard_copy() expected?
 * @addr: set to its address
 */
bool guard_faulted(void **addr);

/**
 * __guard_copy() - copy bytes that may not be there
 * @to: where to
 * @from: where from
 * @len: bytes
 *
 * Return: 0, or -EFAULT where the process would have got SIGBUS or SIGSEGV.
 */
int __guard_copy(void *to, const void *from, size_t len);

#endif /* GUP_PIN_GUARD_H */
