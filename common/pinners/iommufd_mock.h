/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommufd's test mode (CONFIG_IOMMUFD_TEST): devices that exist only in the
 * kernel's memory, and accesses, which are how drivers in the kernel hold pages of
 * an address space (iommufd_access_pin_pages(), used for mdev devices).
 *
 * The door opens with nothing attached. pin() maps memory into its address space,
 * and holds nothing by itself; unpin() unmaps it, and revokes the accesses to it.
 * read() and write() go through the pages that are held, and pin for a moment
 * those that are not; but one page alone is looked up in the process.
 */
#ifndef GUP_PIN_IOMMUFD_MOCK_H
#define GUP_PIN_IOMMUFD_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pinners/pinner.h"

extern const struct pinner pin_iommufd_mock;

/* Where pin() maps, and where mock_copy() does: what a mock device can reach. */
#define MOCK_IOVA		(16UL << 20)
#define MOCK_COPY_IOVA		(64UL << 20)

/* How much memory the kernel takes for a batch, unless told otherwise. */
#define MOCK_LIMIT_DEFAULT	65536

/* What a run of pages that lie side by side takes of it (struct pfn_batch). */
#define MOCK_LIMIT_RUN		12

/**
 * mock_limit() - have iommufd work in small batches
 * @door: opened
 * @bytes: that a batch may take, at least MOCK_LIMIT_RUN
 *
 * It is the whole system's. When the door is closed, or the process has ended
 * however it may, it is MOCK_LIMIT_DEFAULT again.
 *
 * Return: 0, or the kernel's -errno.
 */
int mock_limit(struct door *door, uint32_t bytes);

/**
 * mock_attach() - attach a new device: all that is mapped is pinned for it
 * @door: opened, without a device
 *
 * Return: 0, or the kernel's -errno.
 */
int mock_attach(struct door *door);

/**
 * mock_detach() - destroy the device
 * @door: with a device
 *
 * Return: 0, or the kernel's -errno.
 */
int mock_detach(struct door *door);

/**
 * mock_copy() - map a part of what is mapped a second time
 * @door: something is mapped
 * @offset: bytes, in what is mapped
 * @len: bytes
 *
 * Return: 0, or the kernel's -errno.
 */
int mock_copy(struct door *door, size_t offset, size_t len);

/**
 * mock_uncopy() - unmap it
 * @door: with a part that is mapped a second time
 * @len: its bytes
 *
 * Return: 0, or the kernel's -errno.
 */
int mock_uncopy(struct door *door, size_t len);

/**
 * mock_hold() - have the access hold pages
 * @door: something is mapped
 * @offset: bytes, in what is mapped
 * @len: bytes
 * @id: set to the number of this hold
 *
 * Return: 0, or the kernel's -errno; -EBADE if it holds other pages than those
 * that the process sees.
 */
int mock_hold(struct door *door, size_t offset, size_t len, uint32_t *id);

/**
 * mock_release() - have the access hold them no more
 * @door: of mock_hold()
 * @id: by mock_hold()
 *
 * Return: 0, or the kernel's -errno; -ENOENT if it does not hold them.
 */
int mock_release(struct door *door, uint32_t id);

/**
 * mock_reaches() - does the device reach what the process sees?
 * @door: with a device
 * @iova: the device's address
 * @addr: the process's
 * @len: bytes
 *
 * Return: 0; -EINVAL if the device reaches nothing there, or something else.
 */
int mock_reaches(struct door *door, uint64_t iova, const void *addr,
		 size_t len);

/**
 * mock_count() - is each page pinned so often?
 * @door: opened
 * @addr: page aligned
 * @len: bytes, whole pages
 * @pins: of each page
 *
 * Return: 0; -EIO if not. Huge pages are not looked at.
 */
int mock_count(struct door *door, const void *addr, size_t len,
	       unsigned int pins);

#endif /* GUP_PIN_IOMMUFD_MOCK_H */
