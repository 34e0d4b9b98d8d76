/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommufd, in what is needed: memory is mapped into an
 * address space (IOAS), for whatever is attached to that. A map alone pins nothing.
 */
#ifndef GUP_PIN_IOMMUFD_H
#define GUP_PIN_IOMMUFD_H

#include <stddef.h>
#include <stdint.h>

#include "pinners/pinner.h"

/**
 * iommufd_open() - open iommufd
 * @iommufd: set to the file descriptor
 *
 * Return: 0, an enum skip, or -errno (skip.h).
 */
int iommufd_open(int *iommufd);

/**
 * iommufd_alloc_ioas() - make an address space
 * @iommufd: of iommufd_open()
 * @ioas: set to its number
 *
 * It ends with the file.
 *
 * Return: 0, or -errno (skip.h).
 */
int iommufd_alloc_ioas(int iommufd, uint32_t *ioas);

/**
 * iommufd_destroy() - destroy an object
 * @iommufd: of iommufd_open()
 * @id: its number
 *
 * Return: 0, or the kernel's -errno.
 */
int iommufd_destroy(int iommufd, uint32_t id);

/**
 * iommufd_map() - map memory into an address space
 * @iommufd: of iommufd_open()
 * @ioas: of iommufd_alloc_ioas()
 * @addr: of the memory
 * @iova: where it shall be
 * @len: bytes
 * @access: RO: what is attached may read; RW: and write
 *
 * Return: 0, or the kernel's -errno.
 */
int iommufd_map(int iommufd, uint32_t ioas, const void *addr, uint64_t iova,
		size_t len, enum access access);

/**
 * iommufd_copy() - map what is mapped already, or a part of it, once more
 * @iommufd: of iommufd_open()
 * @ioas: of iommufd_alloc_ioas()
 * @from: where it is
 * @to: where it shall be as well
 * @len: bytes
 *
 * The pages are shared: they are not pinned once more (IOMMU_IOAS_COPY).
 *
 * Return: 0, or the kernel's -errno.
 */
int iommufd_copy(int iommufd, uint32_t ioas, uint64_t from, uint64_t to,
		 size_t len);

/**
 * iommufd_unmap() - unmap all mappings inside a range
 * @iommufd: of iommufd_open()
 * @ioas: of iommufd_alloc_ioas()
 * @iova: where the range begins
 * @len: bytes
 * @unmapped: set to the bytes that the kernel says it unmapped
 *
 * Return: 0, or the kernel's -errno.
 */
int iommufd_unmap(int iommufd, uint32_t ioas, uint64_t iova, size_t len,
		  size_t *unmapped);

#endif /* GUP_PIN_IOMMUFD_H */
