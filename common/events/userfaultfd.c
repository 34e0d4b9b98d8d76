// SPDX-License-Identifier: GPL-2.0-only
/* UFFDIO_MOVE: another address gets the page. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/page.h"
#include "base/uapi.h"
#include "base/uffd.h"
#include "events/events.h"
#include "memory/memory.h"

/* userfaultfd. */

int do_uffd_move(struct subject *s)
{
	struct uapi_uffdio_move move = {
		.src = (uintptr_t)s->mem->base,
		.len = s->mem->len,
	};
	size_t area_len;
	char *area, *to = subject_elsewhere(s->mem, &area, &area_len);
	int fd, ret;

	if (!to)
		return -errno;
	fd = uffd_watch(to, s->mem->len, UFFDIO_REGISTER_MODE_MISSING,
			UAPI_UFFD_FEATURE_MOVE, UFFD_USER_MODE_ONLY);
	if (fd >= 0) {
		move.dst = (uintptr_t)to;
		ret = ioctl(fd, UAPI_UFFDIO_MOVE, &move) ? -errno : 0;
		close(fd);
	} else {
		ret = fd;
	}
	munmap(area, area_len);
	return ret;
}

int lacks_uffd_move(const struct subject *s, int answer)
{
	(void)s;
	if (answer == -EPERM)
		return SKIP_NO_UFFD;
	return answer == -ENOSYS ? SKIP_NO_UFFD_MOVE : 0;
}
