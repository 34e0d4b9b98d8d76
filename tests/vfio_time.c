// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio_time: how long mapping a page for a device and unmapping it takes, through
 * the suite's door and by the bare ioctls, in turn in the same container.
 *
 * Prints "SIZE door|raw NANOSECONDS" lines, for one page in each round.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "../common/base/skip.h"
#include "../common/pinners/vfio.h"

#define TURNS	20
#define ROUNDS	200

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "vfio_time: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long by_door(struct door *door, void *addr, size_t len)
{
	long begin = now();

	for (int i = 0; i < ROUNDS; i++)
		must(door->pinner->pin(door, addr, len, RW) ||
		     door->pinner->unpin(door), "the door");
	return now() - begin;
}

static long by_ioctl(int container, void *addr, size_t len)
{
	long begin = now();

	for (int i = 0; i < ROUNDS; i++) {
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_DMA_MAP_FLAG_READ |
				 VFIO_DMA_MAP_FLAG_WRITE,
			.vaddr = (uintptr_t)addr,
			.iova = VFIO_IOVA,
			.size = len,
		};
		struct vfio_iommu_type1_dma_unmap unmap = {
			.argsz = sizeof(unmap),
			.iova = VFIO_IOVA,
			.size = len,
		};

		must(ioctl(container, VFIO_IOMMU_MAP_DMA, &map), "map");
		must(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap), "unmap");
	}
	return now() - begin;
}

static void measure(struct door *door, size_t len, int flags)
{
	struct vfio *vfio = door->state;
	char *addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | flags,
			  -1, 0);

	must(addr == MAP_FAILED, "mmap");
	by_door(door, addr, len);
	for (int i = 0; i < TURNS; i++) {
		printf("%zu door %ld\n", len, by_door(door, addr, len) / ROUNDS);
		printf("%zu raw %ld\n", len,
		       by_ioctl(vfio->iommu, addr, len) / ROUNDS);
	}
	munmap(addr, len);
}

int main(void)
{
	struct door door = { .pinner = &pin_vfio_type1 };
	int ret = door.pinner->open(&door);

	if (ret) {
		fprintf(stderr, "vfio_time: %s\n",
			ret < 0 ? setup_error_text() : skip_reason(ret));
		return 1;
	}
	measure(&door, 4096, 0);
	measure(&door, 2UL << 20, MAP_HUGETLB);
	door.pinner->close(&door);
	return 0;
}
