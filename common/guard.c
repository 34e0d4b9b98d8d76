// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "guard.h"

/* The copy happens while the guard is up, whatever the compiler knows of both. */
#define barrier()	__asm__ volatile ("" : : : "memory")

/* A thread beside the case has none: it dies, and the case with it. */
static __thread sigjmp_buf *volatile guard;
static void *address;
static bool faulted;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	sigjmp_buf *env = guard;

	(void)context;
	address = info->si_addr;
	if (!env) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	faulted = true;
	siglongjmp(*env, 1);
}

void guard_init(sigjmp_buf *env)
{
	/* Not blocked in the handler, which does not return. */
	struct sigaction act = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	guard = env;
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
	sigjmp_buf *volatile outer = guard;
	volatile int ret = -EFAULT;
	sigjmp_buf env;

	if (!sigsetjmp(env, 0)) {
		guard = &env;
		barrier();
		memcpy(to, from, len);
		barrier();
		ret = 0;
	}
	faulted = false;
	guard = outer;
	return ret;
}
