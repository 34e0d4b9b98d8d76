// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/guard.h"
#include "base/skip.h"
#include "base/watchdog.h"

#define POLL_MS	100

/* For what a child gives back as it ends. */
#define END_MS	5000

/* The parent goes on at its own place after a fault, and not in its child. */
static long guarded(long (*answer)(int question, void *with), int question,
		    void *with)
{
	struct guard here;

	if (sigsetjmp(here.env, 1))
		return -EFAULT;
	guard_init(&here);
	return answer(question, with);
}

static void __attribute__((noreturn))
serve(int ask, int hear, long (*answer)(int question, void *with), void *with)
{
	int question;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(ask, &question, sizeof(question)) == sizeof(question)) {
		long said = guarded(answer, question, with);

		if (write(hear, &said, sizeof(said)) != sizeof(said))
			break;
	}
	_exit(0);
}

int child_fork(struct child *child, long (*answer)(int question, void *with),
	       void *with)
{
	int ask[2], hear[2];

	/* A child that has died is told by the pipe, not by a signal. */
	signal(SIGPIPE, SIG_IGN);
	if (pipe(ask) || pipe(hear))
		return setup_error(errno, "make a pipe");
	child->pid = fork();
	if (child->pid < 0)
		return setup_error(errno, "fork a child");
	if (!child->pid) {
		close(ask[1]);
		close(hear[0]);
		serve(ask[0], hear[1], answer, with);
	}
	close(ask[0]);
	close(hear[1]);
	child->ask = ask[1];
	child->hear = hear[0];
	return 0;
}

int child_begin(const struct child *child, int question)
{
	if (write(child->ask, &question, sizeof(question)) != sizeof(question))
		return setup_error(EPIPE, "ask the child");
	return 0;
}

int child_answer(const struct child *child, long ms, long *said)
{
	struct pollfd answer = { .fd = child->hear, .events = POLLIN };
	long start = watchdog_cpu_ms(child->pid);

	while (!poll(&answer, 1, POLL_MS))
		if (watchdog_cpu_ms(child->pid) - start > ms)
			return -ETIME;
	if (read(child->hear, said, sizeof(*said)) != sizeof(*said))
		return setup_error(EPIPE, "hear the child");
	return 0;
}

int child_take_fd(const struct child *child, int theirs)
{
	int process = syscall(SYS_pidfd_open, child->pid, 0);
	int fd = process < 0 ? -1 : syscall(SYS_pidfd_getfd, process, theirs, 0);
	int err = errno;

	close(process);
	return fd < 0 ? -err : fd;
}

void child_end(struct child *child)
{
	int ms = 0;

	close(child->ask);
	close(child->hear);
	/* One that is at a question for ever hears of no end. */
	while (!waitpid(child->pid, NULL, WNOHANG)) {
		if (ms++ == END_MS)
			kill(child->pid, SIGKILL);
		usleep(1000);
	}
}

/*
 * Between what distributions give to users and services, and what they give to
 * containers (from 100000 on). Each case is another user: what the last one held
 * may be given back later, or wrongly.
 */
#define FIRST_UID	70000
#define UIDS		20000

int may_drop_privileges(void)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long first, count;
	bool mapped = !map;	/* no user namespaces */

	while (map && fscanf(map, "%lu %*u %lu", &first, &count) == 2)
		mapped |= first <= FIRST_UID &&
			  FIRST_UID + UIDS - first <= count;
	if (map)
		fclose(map);
	return geteuid() || !mapped ? SKIP_DOOR_ROOT : 0;
}

int drop_privileges(void)
{
	uid_t uid = FIRST_UID + getppid() % UIDS;

	return setresuid(uid, uid, uid) ? -errno : 0;
}

#define IPC_LOCK	(1U << CAP_IPC_LOCK)

static int capabilities(long call, struct __user_cap_data_struct *sets)
{
	struct __user_cap_header_struct self = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return syscall(call, &self, sets) ? -errno : 0;
}

bool memlock_applies(void)
{
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	return capabilities(SYS_capget, sets) || !(sets->effective & IPC_LOCK);
}

int set_ipc_lock(bool have)
{
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	int ret = capabilities(SYS_capget, sets);

	if (ret)
		return ret;
	sets->effective &= ~IPC_LOCK;
	if (have)
		sets->effective |= IPC_LOCK;
	return capabilities(SYS_capset, sets);
}

int limit_memlock(size_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}
