// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/skip.h"
#include "memory/scratch.h"
#include "memory/testbed.h"

#define BLKDEV_MIB	8

/* Exit status of a program that was not loaded, or not with all its libraries. */
#define NO_LOADER	127

static int base;	/* what became of the mount namespace */
static char helper[4096 + 16];
static const char *tmpdir;
static int tmpdir_fd = -1;

/* Told by the first case that asks to all others: in memory that they share. */
static char *tmpdir_type;
#define TYPE_SIZE	64

static int find_tmpdir(void)
{
	tmpdir_type = mmap(NULL, TYPE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tmpdir_type == MAP_FAILED)
		return setup_error(errno, "map memory for the testbed");
	tmpdir = getenv("TMPDIR") ?: "/tmp";
	tmpdir_fd = open(tmpdir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tmpdir_fd < 0 ? setup_error(errno, "open TMPDIR %s", tmpdir) : 0;
}

/*
 * The helper lies beside the program. From the new mount namespace that could
 * not be told: the program's own file stays in the old one.
 */
static int find_helper(void)
{
	char program[4096];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program));

	while (len > 0 && program[len - 1] != '/')
		len--;
	if (len <= 0)
		return setup_error(errno, "read /proc/self/exe");
	snprintf(helper, sizeof(helper), "%.*sscratchfs", (int)len, program);
	return 0;
}

int testbed_init(void)
{
	int ret = find_tmpdir() ?: find_helper();

	base = ret ?: scratch_enter();
	return ret;
}

/* Return its exit status or -errno. */
static int run_helper(const char *verb, const char *arg, int out)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		dup2(out, STDOUT_FILENO);
		execl(helper, helper, verb, arg, NULL);
		_exit(NO_LOADER);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return setup_error(errno, "run %s", helper);
	if (!WIFEXITED(status))
		return setup_error(0, "%s was killed by signal %d", helper,
			     WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* Return the helper's outcome; what it said is in @said, without the newline. */
static int ask_helper(const char *verb, const char *arg, char *said, size_t size)
{
	int out = memfd_create("gup_pin_said", MFD_CLOEXEC);
	ssize_t len;
	int ret;

	if (out < 0)
		return setup_error(errno, "memfd_create");
	ret = run_helper(verb, arg, out);
	len = pread(out, said, size - 1, 0);
	close(out);
	said[len > 0 ? len : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (ret == NO_LOADER)
		return access(helper, X_OK) ? setup_error(errno, "run %s", helper) :
					      SKIP_NO_LIBMOUNT;
	if (ret == SCRATCH_ERROR)
		return setup_error(0, "scratchfs %s: %s", arg, said);
	return ret;
}

int testbed_scratch(const char *name, int *dir)
{
	char path[64], said[256];
	int ret;

	if (base < 0)
		return setup_error(-base, "mount a private tmpfs on " SCRATCH_BASE);
	if (base)
		return base;
	if (!scratch_remembered(name, &ret))
		ret = ask_helper("make", name, said, sizeof(said));
	if (ret)
		return ret;
	snprintf(path, sizeof(path), SCRATCH_BASE "/%s", name);
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? setup_error(errno, "open %s", path) : 0;
}

int testbed_tmpdir(int *dir, const char **fs)
{
	char said[TYPE_SIZE];
	int ret;

	*dir = tmpdir_fd;
	*fs = tmpdir_type;
	if (*tmpdir_type)
		return 0;
	ret = ask_helper("type", tmpdir, said, sizeof(said));
	if (!ret)
		strcpy(tmpdir_type, said);
	return ret;
}

/* For filesystems that do not know O_TMPFILE. */
static int named_file(int dir)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "gup_pin.%d", getpid());
	fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return setup_error(errno, "create a file");
	unlinkat(dir, name, 0);
	return fd;
}

int testbed_file(int dir)
{
	int fd = openat(dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	return fd < 0 ? named_file(dir) : fd;
}

int testbed_blkdev(int *fd)
{
	char path[32];

	*fd = scratch_loop("blkdev", BLKDEV_MIB, path);
	return *fd < 0 ? scratch_loop_outcome(-*fd) : 0;
}
