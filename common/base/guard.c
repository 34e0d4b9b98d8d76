// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "base/guard.h"

/* The copy happens while the guard is up, whatever the compiler knows of both. */
#define barrier()	__asm__ volatile ("" : : : "memory")

/* A thread beside the case has none: it dies, and the case with it. */
static __thread struct guard *volatile guard;
static void *address;
static bool faulted;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	struct guard *to = guard;

	(void)context;
	address = info->si_addr;
	if (!to) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	faulted = true;
	siglongjmp(to->env, 1);
}

void guard_init(struct guard *to)
{
	/* Not blocked in the handler, which does not return. */
	struct sigaction act = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	guard = to;
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGSEGV, &act, NULL);
}

bool guard_faulted(void **addr)
{
	*addr = address;
	return faulted;
}

int __guard_copy(void *to, const void *from, size_t len)
{
	struct guard *volatile outer = guard;
	volatile int ret = -EFAULT;
	struct guard inner;

	if (!sigsetjmp(inner.env, 0)) {
		guard = &inner;
		barrier();
		memcpy(to, from, len);
		barrier();
		ret = 0;
	}
	faulted = false;
	guard = outer;
	return ret;
}
