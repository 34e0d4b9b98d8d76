// SPDX-License-Identifier: GPL-2.0-only
/*
 * udmabuf: a dma-buf of pages of a memfd. They are pinned for long by their place
 * in the file, whoever maps it, also where the file has none yet
 * (memfd_pin_folios()).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/skip.h"
#include "pinners/pinner.h"

static int open_door(struct door *door)
{
	door->max_page = SIZE_MAX;
	door->fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (door->fd >= 0)
		return 0;
	return errno == EACCES || errno == EPERM ? SKIP_DOOR_ROOT :
						   SKIP_NO_UDMABUF_DOOR;
}

static void close_door(struct door *door)
{
	close(door->fd);
}

/* Open the file that is mapped at an address. Return a descriptor or -errno. */
static int open_mapped(const void *addr, __u64 *offset)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t at = (uintptr_t)addr;
	unsigned long start, end, from;
	char line[512], path[64] = "";
	int fd;

	while (maps && !*path && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &from) != 3 ||
		    at < start || at >= end)
			continue;
		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
			 start, end);
		*offset = from + at - start;
	}
	if (maps)
		fclose(maps);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct request {
	int device;
	struct udmabuf_create args;
};

static long create(int unused, void *with)
{
	struct request *request = with;
	int fd = ioctl(request->device, UDMABUF_CREATE, &request->args);

	(void)unused;
	return fd < 0 ? -errno : fd;
}

/* Of CPU time: several huge pages may have to be cleared, under emulation. */
#define LIMIT_MS	5000

/*
 * A kernel may be at it for ever, and no signal ends that (9289f020da47; Linux
 * 6.12). So a child asks, which is left behind then.
 */
static int create_bounded(struct request *request)
{
	struct child child;
	long said;
	int ret = child_fork(&child, create, request) ?:
		  child_begin(&child, 0) ?:
		  child_answer(&child, LIMIT_MS, &said);

	if (ret)
		return ret;
	ret = said < 0 ? said : child_take_fd(&child, said);
	child_end(&child);
	return ret;
}

static int pin(struct door *door, void *addr, size_t len, enum access unused)
{
	struct request request = {
		.device = door->fd,
		.args = { .size = len },
	};
	int memfd = open_mapped(addr, &request.args.offset);
	int fd, ret = 0;

	(void)unused;
	if (memfd < 0)
		return memfd;
	request.args.memfd = memfd;
	if (fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		fd = -errno;
	else
		fd = create_bounded(&request);
	close(memfd);
	if (fd < 0)
		return fd;
	door->addr = addr;
	door->len = len;
	/* The mapping keeps the dma-buf. */
	door->state = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (door->state == MAP_FAILED)
		ret = -errno;
	close(fd);
	return ret;
}

static int unpin(struct door *door)
{
	return munmap(door->state, door->len) ? -errno : 0;
}

static int read_dmabuf(struct door *door, size_t offset, void *buf, size_t len)
{
	memcpy(buf, (char *)door->state + offset, len);
	return 0;
}

static int write_dmabuf(struct door *door, size_t offset, const void *buf,
			size_t len)
{
	memcpy((char *)door->state + offset, buf, len);
	return 0;
}

const struct pinner pin_udmabuf = {
	.name = "udmabuf",
	.path = SLOW,
	.by_offset = true,
	.rw_only = true,
	.open = open_door,
	.close = close_door,
	.pin = pin,
	.unpin = unpin,
	.read = read_dmabuf,
	.write = write_dmabuf,
};
