// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/netns.h"
#include "base/skip.h"

#define PATIENCE_MS	2000

/*
 * Every RDMA device is shown in the new network, and one that is just going, such
 * as that of the case before, makes it fail with ENODEV (add_one_compat_dev()).
 */
int netns_enter(void)
{
	for (int ms = 1; unshare(CLONE_NEWNET); ms *= 2) {
		if (errno == EPERM)
			return SKIP_DOOR_ROOT;
		if (errno == EINVAL)
			return SKIP_NO_NET_NS;
		if (errno != ENODEV || ms > PATIENCE_MS)
			return setup_error(errno, "make a network namespace");
		usleep(ms * 1000);
	}
	return 0;
}
