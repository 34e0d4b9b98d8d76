// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "iommufd.h"
#include "outcome.h"
#include "vfio.h"

#define DESTROY			IOMMUFD_IO(0x80)
#define IOAS_ALLOC		IOMMUFD_IO(0x81)
#define IOAS_COPY		IOMMUFD_IO(0x83)
#define IOAS_MAP		IOMMUFD_IO(0x85)
#define IOAS_UNMAP		IOMMUFD_IO(0x86)
#define MAP_FIXED_IOVA		(1 << 0)
#define MAP_WRITEABLE		(1 << 1)
#define MAP_READABLE		(1 << 2)

struct destroy {
	uint32_t size;
	uint32_t id;
};

struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas;
};

struct ioas_copy {
	uint32_t size;
	uint32_t flags;
	uint32_t to_ioas;
	uint32_t from_ioas;
	uint64_t len;
	uint64_t to;
	uint64_t from;
};

struct ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas;
	uint32_t reserved;
	uint64_t addr;
	uint64_t len;
	uint64_t iova;
};

struct ioas_unmap {
	uint32_t size;
	uint32_t ioas;
	uint64_t iova;
	uint64_t len;
};

int iommufd_open(int *iommufd)
{
	return vfio_open_node("/dev/iommu", SKIP_NO_IOMMUFD, iommufd);
}

int iommufd_alloc_ioas(int iommufd, uint32_t *ioas)
{
	struct ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommufd, IOAS_ALLOC, &alloc))
		return fault(errno, "IOMMU_IOAS_ALLOC");
	*ioas = alloc.ioas;
	return 0;
}

int iommufd_destroy(int iommufd, uint32_t id)
{
	struct destroy destroy = { .size = sizeof(destroy), .id = id };

	return ioctl(iommufd, DESTROY, &destroy) ? -errno : 0;
}

int iommufd_map(int iommufd, uint32_t ioas, const void *addr, uint64_t iova,
		size_t len, enum access access)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = MAP_FIXED_IOVA | MAP_READABLE |
			 (access == RW ? MAP_WRITEABLE : 0),
		.ioas = ioas,
		.addr = (uintptr_t)addr,
		.len = len,
		.iova = iova,
	};

	return ioctl(iommufd, IOAS_MAP, &map) ? -errno : 0;
}

int iommufd_copy(int iommufd, uint32_t ioas, uint64_t from, uint64_t to,
		 size_t len)
{
	struct ioas_copy copy = {
		.size = sizeof(copy),
		.flags = MAP_FIXED_IOVA | MAP_READABLE | MAP_WRITEABLE,
		.to_ioas = ioas,
		.from_ioas = ioas,
		.len = len,
		.to = to,
		.from = from,
	};

	return ioctl(iommufd, IOAS_COPY, &copy) ? -errno : 0;
}

int iommufd_unmap(int iommufd, uint32_t ioas, uint64_t iova, size_t len,
		  size_t *unmapped)
{
	struct ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas = ioas,
		.iova = iova,
		.len = len,
	};
	int ret = ioctl(iommufd, IOAS_UNMAP, &unmap) ? -errno : 0;

	*unmapped = ret ? 0 : unmap.len;
	return ret;
}
