// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/skip.h"
#include "pinners/pin_probe.h"
#include "pinners/vfio.h"

int vfio_new_alone(struct door *door, const struct vfio_ops *ops)
{
	struct vfio *vfio = calloc(1, sizeof(*vfio));

	if (!vfio)
		return setup_error(ENOMEM, "open a door to VFIO");
	*vfio = (struct vfio){
		.ops = ops,
		.iommu = -1,
		.group = -1,
		.device = -1,
	};
	door->state = vfio;
	door->max_page = SIZE_MAX;
	door->blind = "no device";
	return 0;
}

int vfio_new(struct door *door, const struct vfio_ops *ops)
{
	const char *name = getenv("GUP_PIN_VFIO_DEVICE");
	struct vfio *vfio;
	int ret;

	if (!name || !*name)
		return SKIP_NO_VFIO_DEVICE;
	ret = vfio_new_alone(door, ops);
	if (ret)
		return ret;
	vfio = door->state;
	vfio->name = name;
	door->blind = pin_probe_open(&vfio->probe) ? "no pin_probe module" : NULL;
	return 0;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vfio_close(struct door *door)
{
	struct vfio *vfio = door->state;

	close_if_open(vfio->device);
	close_if_open(vfio->group);
	close_if_open(vfio->iommu);
	if (!door->blind)
		close(vfio->probe.fd);
	free(vfio);
}

int vfio_open_node(const char *path, int missing, int *fd)
{
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	switch (errno) {
	case EACCES:
	case EPERM:
		return SKIP_DOOR_ROOT;
	case ENOENT:
	case ENODEV:
		return missing;
	default:
		return setup_error(errno, "open %s", path);
	}
}

int vfio_open_group(struct vfio *vfio)
{
	char link[128], group[PATH_MAX], path[PATH_MAX + 16];
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group",
		 vfio->name);
	len = readlink(link, group, sizeof(group) - 1);
	if (len < 0)
		return SKIP_NO_IOMMU;
	group[len] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", basename(group));
	return vfio_open_node(path, SKIP_NO_VFIO, &vfio->group);
}

int vfio_set_container(struct vfio *vfio)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status))
		return setup_error(errno, "VFIO_GROUP_GET_STATUS");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return setup_error(0, "the VFIO group is not viable");
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->iommu))
		return setup_error(errno, "VFIO_GROUP_SET_CONTAINER");
	if (!ioctl(vfio->iommu, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return 0;
	if (errno == EPERM)
		return SKIP_NO_IRQ_REMAPPING;
	return errno == ENODEV ? SKIP_NO_VFIO : setup_error(errno, "VFIO_SET_IOMMU");
}

int vfio_device(struct door *door)
{
	struct vfio *vfio = door->state;

	if (vfio->device < 0)
		vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD,
				     vfio->name);
	return vfio->device < 0 ? -errno : vfio->device;
}

long vfio_mappings(struct door *door)
{
	struct vfio *vfio = door->state;
	char buf[1024] = "";
	struct vfio_iommu_type1_info *info = (void *)buf;
	struct vfio_info_cap_header *cap;

	info->argsz = sizeof(buf);
	if (ioctl(vfio->iommu, VFIO_IOMMU_GET_INFO, info))
		return -errno;
	if (!(info->flags & VFIO_IOMMU_INFO_CAPS))
		return -ENOENT;
	for (uint32_t at = info->cap_offset; at; at = cap->next) {
		cap = (void *)(buf + at);
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
			return ((struct vfio_iommu_type1_info_dma_avail *)cap)->avail;
	}
	return -ENOENT;
}

static int map_container(struct vfio *vfio, const void *addr, uint64_t iova,
			 size_t len, enum access access)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ |
			 (access == RW ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)addr,
		.iova = iova,
		.size = len,
	};

	return ioctl(vfio->iommu, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int unmap_container(struct vfio *vfio, uint64_t iova, size_t len,
			   uint32_t flags, size_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = flags,
		.iova = iova,
		.size = len,
	};
	int ret = ioctl(vfio->iommu, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;

	*unmapped = ret ? 0 : unmap.size;
	return ret;
}

static int unmap_range(struct vfio *vfio, uint64_t iova, size_t len,
		       size_t *unmapped)
{
	return unmap_container(vfio, iova, len, 0, unmapped);
}

static int unmap_everything(struct vfio *vfio, size_t *unmapped)
{
	return unmap_container(vfio, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL, unmapped);
}

const struct vfio_ops vfio_container_ops = {
	.map = map_container,
	.unmap = unmap_range,
	.unmap_all = unmap_everything,
};

int vfio_map(struct door *door, const void *addr, uint64_t iova, size_t len,
	     enum access access)
{
	struct vfio *vfio = door->state;

	return vfio->ops->map(vfio, addr, iova, len, access);
}

int vfio_unmap(struct door *door, uint64_t iova, size_t len, size_t *unmapped)
{
	struct vfio *vfio = door->state;

	return vfio->ops->unmap(vfio, iova, len, unmapped);
}

int vfio_unmap_all(struct door *door, size_t *unmapped)
{
	struct vfio *vfio = door->state;

	return vfio->ops->unmap_all(vfio, unmapped);
}

int vfio_pin(struct door *door, void *addr, size_t len, enum access access)
{
	door->addr = addr;
	door->len = len;
	return vfio_map(door, addr, VFIO_IOVA, len, access);
}

int vfio_unpin(struct door *door)
{
	size_t unmapped;
	int ret = vfio_unmap(door, VFIO_IOVA, door->len, &unmapped);

	return !ret && unmapped != door->len ? -EIO : ret;
}

int vfio_read(struct door *door, size_t offset, void *buf, size_t len)
{
	struct vfio *vfio = door->state;

	return pin_probe_dma(&vfio->probe, vfio->name, VFIO_IOVA + offset, buf, len,
			 0);
}

int vfio_write(struct door *door, size_t offset, const void *buf, size_t len)
{
	struct vfio *vfio = door->state;

	return pin_probe_dma(&vfio->probe, vfio->name, VFIO_IOVA + offset,
			 (void *)buf, len, PIN_PROBE_DMA_WRITE);
}
