// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/page.h"
#include "pinners/pin_probe.h"

int pin_probe_open(struct door *door)
{
	door->max_page = SIZE_MAX;
	door->fd = open("/dev/pin_probe", O_RDWR | O_CLOEXEC);
	if (door->fd < 0)
		return errno == EACCES || errno == EPERM ?
			SKIP_DOOR_ROOT : SKIP_NO_PIN_PROBE;
	door->probed = ioctl(door->fd, PIN_PROBE_VERSION) >=
		       PIN_PROBE_INTERFACE_VERSION;
	if (door->probed)
		return 0;
	close(door->fd);
	return SKIP_NO_PIN_PROBE;
}

int pin_probe_take(struct door *door, enum pin_probe_api api, unsigned int flags,
	       void *addr, size_t len)
{
	struct pin_probe_pin args = {
		.addr = (uintptr_t)addr,
		.size = len,
		.api = api,
		.flags = flags,
		.slow = PIN_PROBE_SLOW_UNKNOWN,
	};
	int ret = ioctl(door->fd, PIN_PROBE_PIN, &args) ? -errno : 0;

	door->addr = addr;
	door->len = len;
	door->slow = args.slow == PIN_PROBE_SLOW_UNKNOWN ? -1 : (int)args.slow;
	return ret;
}

int pin_probe_release(struct door *door)
{
	return ioctl(door->fd, PIN_PROBE_LONGTERM_STOP) ? -errno : 0;
}

int pin_probe_same(struct door *door, const void *addr, size_t first, size_t pages)
{
	struct pin_probe_same args = {
		.addr = (uintptr_t)addr,
		.first = first,
		.pages = pages,
	};

	if (ioctl(door->fd, PIN_PROBE_SAME, &args))
		return -errno;
	return args.same == pages;
}

int pin_probe_page(struct door *door, size_t index, struct pin_probe_page *page)
{
	page->index = index;
	return ioctl(door->fd, PIN_PROBE_PAGE, page) ? -errno : 0;
}

int pin_probe_look(struct door *door, void *addr, struct pin_probe_page *page)
{
	int ret = pin_probe_take(door, PIN_PROBE_API_GET_FAST, 0, addr,
			     page_size());

	if (ret)
		return ret;
	ret = pin_probe_page(door, 0, page);
	return pin_probe_release(door) ?: ret;
}

int pin_probe_dma(struct door *door, const char *device, uint64_t iova, void *buf,
	      size_t len, unsigned int flags)
{
	unsigned int domain, bus, slot, function;
	struct pin_probe_dma args = {
		.buf = (uintptr_t)buf,
		.iova = iova,
		.len = len,
		.flags = flags,
	};

	if (sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	args.device = domain << 16 | bus << 8 | slot << 3 | function;
	return ioctl(door->fd, PIN_PROBE_DMA, &args) ? -errno : 0;
}
