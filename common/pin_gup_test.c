// SPDX-License-Identifier: GPL-2.0-only
/*
 * gup_slow and gup_fast: pin_user_pages() and pin_user_pages_fast() themselves,
 * through the kernel's gup_test or our pin_probe module, which speak the same
 * ioctls (module/pin_probe.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../module/pin_probe.h"
#include "backing.h"
#include "outcome.h"
#include "pinner.h"

static int try_open(struct door *door, const char *path)
{
	door->max_page = SIZE_MAX;
	door->fd = open(path, O_RDWR | O_CLOEXEC);
	if (door->fd < 0)
		return errno == EACCES || errno == EPERM ?
			SKIP_DOOR_ROOT : SKIP_NO_GUP_TEST;
	/* With nothing pinned this does nothing, where it is known at all. */
	if (ioctl(door->fd, PIN_PROBE_LONGTERM_STOP)) {
		close(door->fd);
		return SKIP_OLD_GUP_TEST;
	}
	return 0;
}

static int open_gup_test(struct door *door)
{
	int ret = try_open(door, "/sys/kernel/debug/gup_test");

	return ret && try_open(door, "/dev/pin_probe") ? ret : 0;
}

static void close_gup_test(struct door *door)
{
	close(door->fd);
}

static int start(struct door *door, void *addr, size_t len, __u32 flags)
{
	struct pin_probe_longterm args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.flags = flags,
	};

	door->addr = addr;
	door->len = len;
	return ioctl(door->fd, PIN_PROBE_LONGTERM_START, &args) ? -errno : 0;
}

static int pin_slow(struct door *door, void *addr, size_t len,
		    enum access access)
{
	return start(door, addr, len,
		     access == RW ? PIN_PROBE_LONGTERM_USE_WRITE : 0);
}

static int pin_fast(struct door *door, void *addr, size_t len,
		    enum access access)
{
	return start(door, addr, len, PIN_PROBE_LONGTERM_USE_FAST |
		     (access == RW ? PIN_PROBE_LONGTERM_USE_WRITE : 0));
}

static int stop(struct door *door)
{
	return ioctl(door->fd, PIN_PROBE_LONGTERM_STOP) ? -errno : 0;
}

static bool is_pin_probe(const struct door *door)
{
	return ioctl(door->fd, PIN_PROBE_VERSION) >= 1;
}

/* The kernel's own gup_test can only copy out the whole range. */
static int read_whole(struct door *door, size_t offset, void *buf, size_t len)
{
	char *whole = malloc(door->len);
	__u64 to = (uintptr_t)whole;
	int ret = 0;

	if (!whole)
		return -ENOMEM;
	if (ioctl(door->fd, PIN_PROBE_LONGTERM_READ, &to))
		ret = -errno;
	else
		memcpy(buf, whole + offset, len);
	free(whole);
	return ret;
}

static int read_pin(struct door *door, size_t offset, void *buf, size_t len)
{
	struct pin_probe_io args = {
		.buf = (uintptr_t)buf,
		.offset = offset,
		.len = len,
	};

	if (!is_pin_probe(door))
		return read_whole(door, offset, buf, len);
	return ioctl(door->fd, PIN_PROBE_READ, &args) ? -errno : 0;
}

static int write_pin(struct door *door, size_t offset, const void *buf,
		     size_t len)
{
	struct pin_probe_io args = {
		.buf = (uintptr_t)buf,
		.offset = offset,
		.len = len,
	};

	if (!is_pin_probe(door))
		return -EOPNOTSUPP;
	return ioctl(door->fd, PIN_PROBE_WRITE, &args) ? -errno : 0;
}

int short_pin(struct door *door, enum short_kind kind, void *addr, size_t len)
{
	static const unsigned long commands[] = {
		[PIN_SLOW] = PIN_PROBE_PIN_BASIC,
		[PIN_FAST] = PIN_PROBE_PIN_FAST_BENCHMARK,
		[GET_SLOW] = PIN_PROBE_GUP_BASIC,
		[GET_FAST] = PIN_PROBE_GUP_FAST_BENCHMARK,
	};
	struct pin_probe_gup args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.nr_pages_per_call = len / page_size(),
		.gup_flags = PIN_PROBE_FOLL_WRITE,
	};

	if (ioctl(door->fd, commands[kind], &args))
		return -errno;
	return args.size == len ? 0 : -EFAULT;
}

const struct pinner pin_gup_slow = {
	.name = "gup_slow",
	.path = SLOW,
	.open = open_gup_test,
	.close = close_gup_test,
	.pin = pin_slow,
	.unpin = stop,
	.read = read_pin,
	.write = write_pin,
};

const struct pinner pin_gup_fast = {
	.name = "gup_fast",
	.path = FAST,
	.open = open_gup_test,
	.close = close_gup_test,
	.pin = pin_fast,
	.unpin = stop,
	.read = read_pin,
	.write = write_pin,
};
