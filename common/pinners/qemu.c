// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/skip.h"
#include "pinners/qemu.h"

#define PROGRAM		"qemu-system-x86_64"
#define MEMORY		"gup_pin"	/* the backend's id */
#define MIB		(1UL << 20)

#define QMP_BEGIN	"{\"execute\": \"qmp_capabilities\"}\n" \
			"{\"execute\": \"query-status\"}\n"
#define QMP_QUIT	"{\"execute\": \"quit\"}\n"
#define QMP_STOPPED	"\"status\": \"prelaunch\""

/*
 * vfork(): only so does the parent learn why the program could not be executed,
 * and an exit status would not tell that from a library that is missing.
 */
static int execute(struct qemu *qemu, char *const argv[], int in, int out)
{
	volatile int err = 0;

	qemu->pid = vfork();
	if (!qemu->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execvp(argv[0], argv);
		err = errno;
		_exit(127);
	}
	if (qemu->pid < 0)
		return setup_error(errno, "fork");
	if (err)
		waitpid(qemu->pid, NULL, 0);
	if (err == ENOENT)
		return SKIP_NO_QEMU;
	return err ? setup_error(err, "execute " PROGRAM) : 0;
}

static int start(struct qemu *qemu, char *const argv[])
{
	int ask[2], hear[2], ret;

	/* The death of QEMU is told by the pipe, not by a signal. */
	signal(SIGPIPE, SIG_IGN);
	/* Its messages are compared. */
	setenv("LC_ALL", "C", 1);
	if (pipe2(ask, O_CLOEXEC) || pipe2(hear, O_CLOEXEC))
		return setup_error(errno, "make a pipe");
	ret = execute(qemu, argv, ask[0], hear[1]);
	close(ask[0]);
	close(hear[1]);
	qemu->ask = ask[1];
	qemu->hear = fdopen(hear[0], "re");
	if (!ret && !qemu->hear)
		ret = setup_error(errno, "fdopen");
	return ret;
}

static void note_line(struct qemu *qemu, const char *line)
{
	size_t len = strlen(qemu->said);

	snprintf(qemu->said + len, sizeof(qemu->said) - len, "%s%.*s",
		 len ? "; " : "", (int)strcspn(line, "\r\n"), line);
}

/*
 * "...: Region gup_pin: vfio_dma_map(0x5581d5b9a2c0, 0x0, 0xa0000, 0x7f...) = -14
 * (Bad address)", in which the function's name depends on QEMU's version.
 */
static int refused(const char *line)
{
	const char *at = strstr(line, "Region " MEMORY ": ");

	if (at && strstr(at, "dma_map("))
		at = strstr(at, ") = -");
	else
		at = NULL;
	return at ? atoi(at + strlen(") = -")) : 0;
}

/* listen_to() - until it says that it is stopped, or says no more */
static bool listen_to(struct qemu *qemu)
{
	char line[1024];

	while (fgets(line, sizeof(line), qemu->hear)) {
		if (strstr(line, QMP_STOPPED))
			return true;
		if (*line == '{')
			continue;
		note_line(qemu, line);
		qemu->err = qemu->err ?: refused(line);
	}
	return false;
}

static int hang_up(struct qemu *qemu, int expected)
{
	int status = 0;

	close(qemu->ask);
	fclose(qemu->hear);
	waitpid(qemu->pid, &status, 0);
	if (WIFSIGNALED(status))
		return setup_error(0, PROGRAM " was killed by signal %d: %s",
			     WTERMSIG(status), qemu->said);
	if (WEXITSTATUS(status) != expected)
		return setup_error(0, PROGRAM " exited with status %d: %s",
			     WEXITSTATUS(status), qemu->said);
	return 0;
}

int qemu_start(struct qemu *qemu, const char *device, int file, bool shared,
	       size_t bytes)
{
	char memory[256], size[32], host[64];
	char *const argv[] = {
		PROGRAM, "-S", "-nodefaults", "-no-user-config",
		"-display", "none", "-qmp", "stdio",
		"-machine", "q35,memory-backend=" MEMORY, "-accel", "tcg",
		"-m", size, "-object", memory, "-device", host, NULL
	};
	int ret;

	*qemu = (struct qemu){ .err = 0 };
	snprintf(size, sizeof(size), "%zuM", bytes / MIB);
	snprintf(host, sizeof(host), "vfio-pci,host=%s", device);
	/* The file has no name of its own. */
	if (file < 0)
		snprintf(memory, sizeof(memory),
			 "memory-backend-ram,id=" MEMORY ",size=%s", size);
	else
		snprintf(memory, sizeof(memory),
			 "memory-backend-file,id=" MEMORY ",size=%s,share=%s,mem-path=/proc/%d/fd/%d",
			 size, shared ? "on" : "off", getpid(), file);
	ret = start(qemu, argv);
	if (ret)
		return ret;
	dprintf(qemu->ask, QMP_BEGIN);
	if (listen_to(qemu))
		return 0;
	ret = hang_up(qemu, 1);
	if (!ret && !qemu->err)
		ret = setup_error(0, PROGRAM ": %s", qemu->said);
	return ret;
}

int qemu_end(struct qemu *qemu)
{
	dprintf(qemu->ask, QMP_QUIT);
	listen_to(qemu);
	return hang_up(qemu, 0);
}
