// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/page.h"
#include "base/uffd.h"

int uffd_watch(void *addr, size_t len, uint64_t mode, uint64_t features,
	       int flags)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)addr, .len = len },
		.mode = mode,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | flags);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api))
		ret = -ENOSYS;
	else if (ioctl(fd, UFFDIO_REGISTER, &reg))
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Under emulation, on a busy machine. */
#define LIMIT_MS	20000

int uffd_wait(int uffd, int child, char **addr)
{
	struct pollfd either[] = {
		{ .fd = uffd, .events = POLLIN },
		{ .fd = child, .events = POLLIN },
	};
	struct uffd_msg msg;

	switch (poll(either, 2, LIMIT_MS)) {
	case 0:
		return -ETIME;
	case -1:
		return -errno;
	}
	if (!(either[0].revents & POLLIN))
		return 0;
	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		return -errno;
	if (msg.event != UFFD_EVENT_PAGEFAULT)
		return -EPROTO;
	*addr = (char *)(msg.arg.pagefault.address & -page_size());
	return 1;
}

int uffd_give(int uffd, char *addr, const void *image)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)addr,
		.src = (uintptr_t)image,
		.len = page_size(),
	};

	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}
