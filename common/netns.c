// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>

#include "netns.h"
#include "outcome.h"

int netns_enter(void)
{
	if (!unshare(CLONE_NEWNET))
		return 0;
	switch (errno) {
	case EPERM:
		return SKIP_DOOR_ROOT;
	case EINVAL:
		return SKIP_NO_NET_NS;
	default:
		return fault(errno, "make a network namespace");
	}
}
