// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/watchdog.h"

#define POLL_MS		100
/*
 * A pin takes milliseconds, under emulation some dozen; but a guest takes the time
 * in which the host did something else for its own.
 */
#define LIMIT_MS	800
#define MS_PER_FAULT	2
/* Clearing or copying a MiB takes a few under emulation on a busy host. */
#define MS_PER_MIB	32

/* In memory shared by all processes of the program. */
static struct {
	_Atomic pid_t pid;	/* who is inside, 0: nobody */
	long start_ms;		/* its CPU time when it went in */
	long limit_ms;
	bool killed;
	char where[WATCHDOG_TEXT];
} *watched;

long watchdog_cpu_ms(pid_t pid)
{
	struct timespec now;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &now))
		return -1;
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((noreturn)) watch(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t pid = atomic_load(&watched->pid);

		if (pid && watchdog_cpu_ms(pid) - watched->start_ms > watched->limit_ms) {
			watched->killed = true;
			kill(pid, SIGKILL);
		}
		usleep(POLL_MS * 1000);
	}
}

int watchdog_start(void)
{
	pid_t pid;

	watched = mmap(NULL, sizeof(*watched), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watched == MAP_FAILED)
		return setup_error(errno, "map memory for the watchdog");
	pid = fork();
	if (pid < 0)
		return setup_error(errno, "fork the watchdog");
	if (!pid)
		watch();
	return 0;
}

void watchdog_enter(const char *where, size_t page, size_t pages)
{
	snprintf(watched->where, sizeof(watched->where), "%s", where);
	watched->limit_ms = LIMIT_MS + (long)(page >> 20) * MS_PER_MIB +
			    (long)pages * MS_PER_FAULT;
	watched->start_ms = watchdog_cpu_ms(0);
	watched->killed = false;
	atomic_store(&watched->pid, getpid());
}

void watchdog_leave(void)
{
	atomic_store(&watched->pid, 0);
}

const char *watchdog_victim(bool *killed)
{
	if (!atomic_load(&watched->pid))
		return NULL;
	/* The next case must not be watched by this one's clock. */
	atomic_store(&watched->pid, 0);
	*killed = watched->killed;
	return watched->where;
}
