// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: pfn_reader_user_pin() pins what is mapped into an address space that a
 * device is attached to, by GUP-fast where it can. Without a device nothing would
 * be pinned.
 *
 * Two doors: the one of its own, with the device opened by its own file; and
 * the one for programs that know VFIO's container only. And the first without a
 * device, which is none.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/skip.h"
#include "base/uapi.h"
#include "pinners/iommufd_calls.h"
#include "pinners/vfio.h"

static int map_ioas(struct vfio *vfio, const void *addr, uint64_t iova,
		    size_t len, enum access access)
{
	return iommufd_map(vfio->iommu, vfio->ioas, addr, iova, len, access);
}

static int unmap_ioas(struct vfio *vfio, uint64_t iova, size_t len,
		      size_t *unmapped)
{
	return iommufd_unmap(vfio->iommu, vfio->ioas, iova, len, unmapped);
}

static int unmap_all_ioas(struct vfio *vfio, size_t *unmapped)
{
	return unmap_ioas(vfio, 0, SIZE_MAX, unmapped);
}

static const struct vfio_ops ioas_ops = {
	.map = map_ioas,
	.unmap = unmap_ioas,
	.unmap_all = unmap_all_ioas,
};

/* After vfio_new() or vfio_new_alone(). */
static int begin_iommufd(struct door *door, int ret)
{
	struct vfio *vfio = door->state;

	if (ret)
		return ret;
	ret = iommufd_open(&vfio->iommu);
	if (ret)
		vfio_close(door);
	return ret;
}

/* /dev/vfio/devices/vfioN; sysfs tells N. */
static int open_cdev(struct vfio *vfio)
{
	char path[256];
	struct dirent *entry;
	int number = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev",
		 vfio->name);
	dir = opendir(path);
	if (!dir)
		return SKIP_NO_VFIO;
	while (number < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "vfio%d", &number) != 1)
			number = -1;
	closedir(dir);
	snprintf(path, sizeof(path), "/dev/vfio/devices/vfio%d", number);
	return vfio_open_node(path, SKIP_NO_VFIO_CDEV, &vfio->device);
}

static int attach(struct vfio *vfio)
{
	struct uapi_vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = vfio->iommu,
	};
	struct uapi_vfio_device_attach_iommufd_pt pt = {
		.argsz = sizeof(pt),
		.pt_id = vfio->ioas,
	};

	if (ioctl(vfio->device, UAPI_VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return errno == EPERM ? SKIP_NO_IRQ_REMAPPING :
					setup_error(errno, "VFIO_DEVICE_BIND_IOMMUFD");
	if (ioctl(vfio->device, UAPI_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &pt))
		return setup_error(errno, "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
	return 0;
}

static int open_iommufd(struct door *door)
{
	int ret = begin_iommufd(door, vfio_new(door, &ioas_ops));
	struct vfio *vfio = door->state;

	if (ret)
		return ret;
	ret = open_cdev(vfio);
	if (!ret)
		ret = iommufd_alloc_ioas(vfio->iommu, &vfio->ioas);
	if (!ret)
		ret = attach(vfio);
	if (ret)
		vfio_close(door);
	return ret;
}

/* The group's device is attached to the container's address space when opened. */
static int join_container(struct door *door)
{
	struct vfio *vfio = door->state;
	struct uapi_iommu_vfio_ioas set = {
		.size = sizeof(set),
		.ioas_id = vfio->ioas,
		.op = UAPI_IOMMU_VFIO_IOAS_SET,
	};
	int ret;

	if (ioctl(vfio->iommu, UAPI_IOMMU_VFIO_IOAS, &set))
		return setup_error(errno, "IOMMU_VFIO_IOAS");
	ret = vfio_set_container(vfio);
	if (ret)
		return ret;
	ret = vfio_device(door);
	if (ret == -EPERM)
		return SKIP_NO_IRQ_REMAPPING;
	return ret < 0 ? setup_error(-ret, "VFIO_GROUP_GET_DEVICE_FD") : 0;
}

static int open_iommufd_vfio(struct door *door)
{
	int ret = begin_iommufd(door,
				vfio_new(door, &vfio_container_ops));
	struct vfio *vfio = door->state;

	if (ret)
		return ret;
	ret = vfio_open_group(vfio);
	if (!ret)
		ret = iommufd_alloc_ioas(vfio->iommu, &vfio->ioas);
	if (!ret)
		ret = join_container(door);
	if (ret)
		vfio_close(door);
	return ret;
}

static int open_iommufd_alone(struct door *door)
{
	int ret = begin_iommufd(door, vfio_new_alone(door, &ioas_ops));
	struct vfio *vfio = door->state;

	if (ret)
		return ret;
	ret = iommufd_alloc_ioas(vfio->iommu, &vfio->ioas);
	if (ret)
		vfio_close(door);
	return ret;
}

const struct pinner pin_iommufd = {
	.name = "iommufd",
	.path = FAST,
	.charges = CHARGES_VM_PIN | CHARGES_USER,
	.open = open_iommufd,
	.close = vfio_close,
	.pin = vfio_pin,
	.unpin = vfio_unpin,
	.read = vfio_read,
	.write = vfio_write,
};

const struct pinner pin_iommufd_vfio = {
	.name = "iommufd_vfio",
	.path = FAST,
	.charges = CHARGES_VM_PIN,
	.open = open_iommufd_vfio,
	.close = vfio_close,
	.pin = vfio_pin,
	.unpin = vfio_unpin,
	.read = vfio_read,
	.write = vfio_write,
};

const struct pinner pin_iommufd_alone = {
	.name = "iommufd_alone",
	.path = FAST,
	.open = open_iommufd_alone,
	.close = vfio_close,
	.pin = vfio_pin,
	.unpin = vfio_unpin,
};
