// SPDX-License-Identifier: GPL-2.0-only
/*
 * gup_slow, gup_fast and gup_remote: pin_user_pages() and its sisters themselves,
 * through our pin_probe module; without it, all but gup_remote through the
 * kernel's gup_test, which speaks the older half of the same ioctls
 * (module/pin_probe.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/page.h"
#include "pinners/pin_probe.h"

/* Does it get so far as to read what is not there? */
static bool would_do(int fd, unsigned long command)
{
	return ioctl(fd, command, NULL) && errno == EFAULT;
}

/*
 * Its pin is one for all that open it, so that it is to be had only where pin_probe
 * is not. Somebody else's is left alone: it can be read then, and not be started.
 */
static int open_kernels(struct door *door)
{
	int ret = 0;

	door->max_page = SIZE_MAX;
	door->fd = open("/sys/kernel/debug/gup_test", O_RDWR | O_CLOEXEC);
	if (door->fd < 0)
		return errno == EACCES || errno == EPERM ?
			SKIP_DOOR_ROOT : SKIP_NO_GUP_TEST;
	if (would_do(door->fd, PIN_PROBE_LONGTERM_READ))
		ret = SKIP_GUP_TEST_TAKEN;
	else if (!would_do(door->fd, PIN_PROBE_LONGTERM_START))
		ret = SKIP_OLD_GUP_TEST;
	if (ret)
		close(door->fd);
	return ret;
}

static int open_gup_test(struct door *door)
{
	return pin_probe_open(door) ? open_kernels(door) : 0;
}

static void close_gup_test(struct door *door)
{
	close(door->fd);
}

static int start_kernels(struct door *door, void *addr, size_t len, __u32 flags)
{
	struct pin_probe_longterm args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.flags = flags,
	};

	door->addr = addr;
	door->len = len;
	door->slow = -1;
	return ioctl(door->fd, PIN_PROBE_LONGTERM_START, &args) ? -errno : 0;
}

static unsigned int longterm(enum access access)
{
	return PIN_PROBE_FOLL_LONGTERM |
	       (access == RW ? PIN_PROBE_FOLL_WRITE : 0);
}

static int pin_slow(struct door *door, void *addr, size_t len,
		    enum access access)
{
	if (!door->probed)
		return start_kernels(door, addr, len, access == RW ?
				     PIN_PROBE_LONGTERM_USE_WRITE : 0);
	return pin_probe_take(door, PIN_PROBE_API_PIN_SLOW, longterm(access), addr,
			  len);
}

static int pin_fast(struct door *door, void *addr, size_t len,
		    enum access access)
{
	if (!door->probed)
		return start_kernels(door, addr, len,
				     PIN_PROBE_LONGTERM_USE_FAST |
				     (access == RW ?
				      PIN_PROBE_LONGTERM_USE_WRITE : 0));
	return pin_probe_take(door, PIN_PROBE_API_PIN_FAST, longterm(access), addr,
			  len);
}

/* As VFIO does, by the process's own memory. */
static int pin_remote(struct door *door, void *addr, size_t len,
		      enum access access)
{
	return pin_probe_take(door, PIN_PROBE_API_PIN_REMOTE, longterm(access),
			  addr, len);
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

	if (!door->probed)
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

	if (!door->probed)
		return -EOPNOTSUPP;
	return ioctl(door->fd, PIN_PROBE_WRITE, &args) ? -errno : 0;
}

static int take_and_release(struct door *door, unsigned long command, void *addr,
			    size_t len, enum access access)
{
	struct pin_probe_gup args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.nr_pages_per_call = len / page_size(),
		.gup_flags = access == RW ? PIN_PROBE_FOLL_WRITE : 0,
	};

	if (ioctl(door->fd, command, &args))
		return -errno;
	return args.size == len ? 0 : -EFAULT;
}

const struct pinner pin_gup_slow = {
	.name = "gup_slow",
	.path = SLOW,
	.open = open_gup_test,
	.close = close_gup_test,
	.pin = pin_slow,
	.unpin = pin_probe_release,
	.read = read_pin,
	.write = write_pin,
};

const struct pinner pin_gup_fast = {
	.name = "gup_fast",
	.path = FAST,
	.open = open_gup_test,
	.close = close_gup_test,
	.pin = pin_fast,
	.unpin = pin_probe_release,
	.read = read_pin,
	.write = write_pin,
};

const struct pinner pin_gup_remote = {
	.name = "gup_remote",
	.path = SLOW,
	.open = pin_probe_open,
	.close = close_gup_test,
	.pin = pin_remote,
	.unpin = pin_probe_release,
	.read = read_pin,
	.write = write_pin,
};

static int nothing_to_unpin(struct door *door)
{
	(void)door;
	return 0;
}

#define LETS_GO(_symbol, _name, _path, command) \
static int _symbol##_once(struct door *door, void *addr, size_t len, \
			  enum access access) \
{ \
	return take_and_release(door, command, addr, len, access); \
} \
const struct pinner _symbol = { \
	.name = _name, \
	.path = _path, \
	.lets_go = true, \
	.open = open_gup_test, \
	.close = close_gup_test, \
	.pin = _symbol##_once, \
	.unpin = nothing_to_unpin, \
}

LETS_GO(pin_gup_slow_short, "pin_user_pages", SLOW, PIN_PROBE_PIN_BASIC);
LETS_GO(pin_gup_fast_short, "pin_user_pages_fast", FAST, PIN_PROBE_PIN_FAST_BENCHMARK);
LETS_GO(get_gup_slow, "get_user_pages", SLOW, PIN_PROBE_GUP_BASIC);
LETS_GO(get_gup_fast, "get_user_pages_fast", FAST, PIN_PROBE_GUP_FAST_BENCHMARK);
