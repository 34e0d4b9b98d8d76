// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/ioctl.h>

#include "base/skip.h"
#include "base/uapi.h"
#include "pinners/iommufd_calls.h"
#include "pinners/vfio.h"

int iommufd_open(int *iommufd)
{
	return vfio_open_node("/dev/iommu", SKIP_NO_IOMMUFD, iommufd);
}

int iommufd_alloc_ioas(int iommufd, uint32_t *ioas)
{
	struct uapi_iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommufd, UAPI_IOMMU_IOAS_ALLOC, &alloc))
		return setup_error(errno, "IOMMU_IOAS_ALLOC");
	*ioas = alloc.out_ioas_id;
	return 0;
}

int iommufd_destroy(int iommufd, uint32_t id)
{
	struct uapi_iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return ioctl(iommufd, UAPI_IOMMU_DESTROY, &destroy) ? -errno : 0;
}

int iommufd_map(int iommufd, uint32_t ioas, const void *addr, uint64_t iova,
		size_t len, enum access access)
{
	struct uapi_iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = UAPI_IOMMU_IOAS_MAP_FIXED_IOVA |
			 UAPI_IOMMU_IOAS_MAP_READABLE |
			 (access == RW ? UAPI_IOMMU_IOAS_MAP_WRITEABLE : 0),
		.ioas_id = ioas,
		.user_va = (uintptr_t)addr,
		.length = len,
		.iova = iova,
	};

	return ioctl(iommufd, UAPI_IOMMU_IOAS_MAP, &map) ? -errno : 0;
}

int iommufd_copy(int iommufd, uint32_t ioas, uint64_t from, uint64_t to,
		 size_t len)
{
	struct uapi_iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = UAPI_IOMMU_IOAS_MAP_FIXED_IOVA |
			 UAPI_IOMMU_IOAS_MAP_READABLE |
			 UAPI_IOMMU_IOAS_MAP_WRITEABLE,
		.dst_ioas_id = ioas,
		.src_ioas_id = ioas,
		.length = len,
		.dst_iova = to,
		.src_iova = from,
	};

	return ioctl(iommufd, UAPI_IOMMU_IOAS_COPY, &copy) ? -errno : 0;
}

int iommufd_unmap(int iommufd, uint32_t ioas, uint64_t iova, size_t len,
		  size_t *unmapped)
{
	struct uapi_iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = len,
	};
	int ret = ioctl(iommufd, UAPI_IOMMU_IOAS_UNMAP, &unmap) ? -errno : 0;

	*unmapped = ret ? 0 : unmap.length;
	return ret;
}
