// SPDX-License-Identifier: GPL-2.0-only
/* Memory hotplug: the block of memory that a page was in goes offline. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/kernel_file.h"
#include "base/skip.h"
#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"

#define MEMORY		"/sys/devices/system/memory/"
#define HUGE_PAGES	"/proc/sys/vm/nr_hugepages"

/* Whoever waits for a page that never moves has to be interrupted. */
#define OFFLINE_SECONDS	10

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * In a session of its own it outlives a case that is killed, so that the block
 * is brought back in any case.
 */
static __attribute__((noreturn)) void offline_and_online(const char *state)
{
	struct sigaction act = { .sa_handler = on_alarm };
	char huge_pages[32];
	int ret;

	setsid();
	kernel_file_line(HUGE_PAGES, huge_pages, sizeof(huge_pages));
	sigaction(SIGALRM, &act, NULL);
	alarm(OFFLINE_SECONDS);
	ret = kernel_file_write(state, "offline");
	alarm(0);
	if (!ret)
		ret = kernel_file_write(state, "online_movable");
	/* Free huge pages of the block were dissolved. */
	kernel_file_write(HUGE_PAGES, huge_pages);
	_exit(-ret);
}

/* The block of memory that the page came from, or -1. */
static long old_block(const struct subject *s)
{
	char line[64];

	if (kernel_file_line(MEMORY "block_size_bytes", line, sizeof(line)))
		return -1;
	return s->old_pfn[s->first] * page_size() / strtoul(line, NULL, 16);
}

int fits_offline(const struct subject *s)
{
	const char *may = getenv("GUP_PIN_OFFLINE");
	long block = old_block(s);
	char path[80], zones[64];

	snprintf(path, sizeof(path), MEMORY "memory%ld/valid_zones", block);
	if (!may || strcmp(may, "1") ||
	    kernel_file_line(path, zones, sizeof(zones)) || strcmp(zones, "Movable"))
		return SKIP_MAY_NOT_OFFLINE;
	/* Not every block can be offlined: what the control shows is of one. */
	if (s->beside && old_block(s->beside) != block)
		return SKIP_MAY_NOT_OFFLINE;
	return 0;
}

int do_offline(struct subject *s)
{
	char state[80];
	int status;
	pid_t pid;

	snprintf(state, sizeof(state), MEMORY "memory%ld/state", old_block(s));
	pid = fork();
	if (!pid)
		offline_and_online(state);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

/* A block that has holes, or pages reserved at boot. */
int lacks_offline(const struct subject *s, int answer)
{
	(void)s;
	return answer == -EINVAL || answer == -EBUSY ? SKIP_MAY_NOT_OFFLINE : 0;
}
