/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO: memory is mapped for the DMA of one PCI device, at addresses of that
 * device's own (IOVA), and pinned for as long as it is mapped.
 *
 * The device is the one that GUP_PIN_VFIO_DEVICE names; run_tests.sh has bound it
 * to vfio-pci. Nothing here knows which of the three pinners it serves: VFIO's
 * own container (vfio_type1), iommufd, and iommufd in the place of a container
 * (iommufd_vfio).
 */
#ifndef GUP_PIN_VFIO_H
#define GUP_PIN_VFIO_H

#include <stddef.h>
#include <stdint.h>

#include "pinners/pinner.h"

struct vfio;

/* How a pinner maps and unmaps. */
struct vfio_ops {
	int (*map)(struct vfio *vfio, const void *addr, uint64_t iova,
		   size_t len, enum access access);
	int (*unmap)(struct vfio *vfio, uint64_t iova, size_t len,
		     size_t *unmapped);
	int (*unmap_all)(struct vfio *vfio, size_t *unmapped);
};

struct vfio {
	const struct vfio_ops *ops;
	const char *name;	/* of the device, as in /sys/bus/pci/devices, or NULL */
	int iommu;		/* the container, or /dev/iommu */
	int group;		/* -1: none */
	int device;		/* -1: not opened */
	uint32_t ioas;		/* iommufd's address space */
	struct door probe;	/* pin_probe, which knows where DMA goes */
};

/* pin() of a door maps here: below 256 MiB, which is all that edu reaches. */
#define VFIO_IOVA	(16UL << 20)

/**
 * vfio_map() - map memory for the device
 * @door: opened, of one of the pinners
 * @addr: page aligned
 * @iova: the device's address for it, page aligned
 * @len: bytes, whole pages
 * @access: RO: the device may read; RW: and write
 *
 * Return: 0, or the kernel's -errno.
 */
int vfio_map(struct door *door, const void *addr, uint64_t iova, size_t len,
	     enum access access);

/**
 * vfio_unmap() - unmap all mappings inside a range
 * @door: opened, of one of the pinners
 * @iova: page aligned
 * @len: bytes, whole pages
 * @unmapped: set to the bytes that the kernel says it unmapped
 *
 * Return: 0, or the kernel's -errno.
 */
int vfio_unmap(struct door *door, uint64_t iova, size_t len, size_t *unmapped);

/**
 * vfio_unmap_all() - unmap whatever is mapped
 * @door: opened, of one of the pinners
 * @unmapped: set to the bytes that the kernel says it unmapped
 *
 * Return: 0, or the kernel's -errno.
 */
int vfio_unmap_all(struct door *door, size_t *unmapped);

/**
 * vfio_mappings() - how many mappings can still be made
 * @door: opened, of vfio_type1
 *
 * Return: the number, or -errno.
 */
long vfio_mappings(struct door *door);

/**
 * vfio_device() - the device itself, to be programmed
 * @door: opened, of one of the pinners
 *
 * Opening it resets it.
 *
 * Return: its file descriptor, which the door closes, or -errno.
 */
int vfio_device(struct door *door);

/* For the pinners. */

/**
 * vfio_new() - begin to open a door
 * @door: its state is set
 * @ops: how it maps
 *
 * Return: 0, an enum skip, or -errno (skip.h). After 0, vfio_close() is due.
 */
int vfio_new(struct door *door, const struct vfio_ops *ops);

/**
 * vfio_new_alone() - the same, for a door without a device
 */
int vfio_new_alone(struct door *door, const struct vfio_ops *ops);

/**
 * vfio_open_node() - open one of VFIO's or iommufd's files
 * @path: of the file
 * @missing: enum skip, where this kernel has it not
 * @fd: set
 *
 * Return: 0, an enum skip, or -errno.
 */
int vfio_open_node(const char *path, int missing, int *fd);

/**
 * vfio_open_group() - open the group of the named device
 * @vfio: its group is set
 *
 * Return: 0, an enum skip, or -errno.
 */
int vfio_open_group(struct vfio *vfio);

/**
 * vfio_set_container() - join the group and its container, with type1 rules
 * @vfio: with its group and iommu
 *
 * Return: 0, an enum skip, or -errno.
 */
int vfio_set_container(struct vfio *vfio);

/* Of containers, VFIO's and iommufd's. */
extern const struct vfio_ops vfio_container_ops;

/* Operations of all three pinners. */
void vfio_close(struct door *door);
int vfio_pin(struct door *door, void *addr, size_t len, enum access access);
int vfio_unpin(struct door *door);
int vfio_read(struct door *door, size_t offset, void *buf, size_t len);
int vfio_write(struct door *door, size_t offset, const void *buf, size_t len);

#endif /* GUP_PIN_VFIO_H */
