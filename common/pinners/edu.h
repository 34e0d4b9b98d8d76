/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's edu device: DMA between memory and a buffer of the device's own.
 *
 * It takes 100 ms for each transfer.
 */
#ifndef GUP_PIN_EDU_H
#define GUP_PIN_EDU_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of one transfer: half of its buffer, see edu.c. */
#define EDU_BYTES	2048UL

struct edu {
	volatile char *bar;
};

/**
 * edu_open() - get ready for DMA
 * @edu: filled in
 * @device: file descriptor of the VFIO device, or the -errno instead of it
 *
 * Return: 0, an enum skip, or -errno.
 */
int edu_open(struct edu *edu, int device);
void edu_close(struct edu *edu);

/**
 * edu_fetch() - let the device read memory into its buffer
 * @edu: opened
 * @iova: the device's address
 * @len: bytes, up to EDU_BYTES
 *
 * What the IOMMU does not let it read or write, it cannot know of.
 *
 * Return: 0, or -errno where the device does not come to an end.
 */
int edu_fetch(struct edu *edu, uint64_t iova, size_t len);

/**
 * edu_store() - let the device write its buffer to memory
 *
 * Otherwise like edu_fetch().
 */
int edu_store(struct edu *edu, uint64_t iova, size_t len);

#endif /* GUP_PIN_EDU_H */
