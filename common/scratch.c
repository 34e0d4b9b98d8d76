// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "outcome.h"
#include "scratch.h"

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
		return fault(err, "attach a loop device");
	}
}
