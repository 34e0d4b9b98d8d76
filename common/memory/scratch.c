// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/skip.h"
#include "memory/scratch.h"

#define MARK	SCRATCH_BASE "/gup_pin"

/* Return: 0 or the errno. */
static int make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ? errno : 0;
}

/*
 * In a chroot, "/" need not be a mount point, and then the mount that it is part of
 * has no name. From the namespace's own root it has: setns() goes there, in a child,
 * because it does not come back.
 */
static int make_private_outside(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

		_exit(ns < 0 || setns(ns, CLONE_NEWNS) ? errno :
							 make_private());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int enter(void)
{
	int err, fd;

	if (unshare(CLONE_NEWNS))
		return errno;
	err = make_private();
	if (err == EINVAL)
		err = make_private_outside();
	if (err)
		return err;
	if (mount("gup_pin", SCRATCH_BASE, "tmpfs", 0, "mode=0700"))
		return errno;
	fd = open(MARK, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int scratch_enter(void)
{
	int err = access(MARK, F_OK) ? enter() : 0;

	switch (err) {
	case 0:
		return 0;
	case EPERM:
	case EACCES:
		return SKIP_BACKING_ROOT;
	default:
		return setup_error(err, "mount a private tmpfs on " SCRATCH_BASE);
	}
}

bool scratch_remembered(const char *name, int *outcome)
{
	char path[80];
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), SCRATCH_BASE "/%s.outcome", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fscanf(file, "%d", outcome) == 1;
	fclose(file);
	return found;
}

static int try_loop(int ctl, int image, char *path)
{
	struct loop_config config = {
		.fd = image,
		.info = { .lo_flags = LO_FLAGS_AUTOCLEAR },
	};
	int nr = ioctl(ctl, LOOP_CTL_GET_FREE);
	int loop;

	if (nr < 0)
		return -errno;
	sprintf(path, "/dev/loop%d", nr);
	loop = open(path, O_RDWR | O_CLOEXEC);
	if (loop < 0)
		return -errno;
	if (ioctl(loop, LOOP_CONFIGURE, &config)) {
		int err = errno;

		close(loop);
		return -err;
	}
	return loop;
}

int scratch_loop(const char *name, unsigned int mib, char *path)
{
	int ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int image, loop;

	if (ctl < 0)
		return -errno;
	image = memfd_create(name, MFD_CLOEXEC);
	if (image < 0 || ftruncate(image, (off_t)mib << 20)) {
		close(ctl);
		return -errno;
	}
	/* Somebody else may take the free device before we do. */
	do {
		loop = try_loop(ctl, image, path);
	} while (loop == -EBUSY);
	close(image);
	close(ctl);
	return loop;
}

int scratch_loop_outcome(int err)
{
	switch (err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return SKIP_NO_LOOP;
	case EPERM:
	case EACCES:
		return SKIP_BACKING_ROOT;
	default:
		return setup_error(err, "attach a loop device");
	}
}
