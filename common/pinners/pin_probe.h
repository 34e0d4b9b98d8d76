/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pin_probe's questions about what a door holds: which pages, and whether the
 * process still maps them. The kernel's own gup_test cannot answer these.
 */
#ifndef GUP_PIN_PROBE_H
#define GUP_PIN_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../module/pin_probe.h"
#include "pinners/pinner.h"

/**
 * pin_probe_open() - open the module's device
 * @door: its fd is set
 *
 * Return: 0, or an enum skip.
 */
int pin_probe_open(struct door *door);

/**
 * pin_probe_take() - take pages by any call of the kernel, and keep them
 * @door: opened by pin_probe_open(); its slow is set
 * @api: the kernel's call
 * @flags: PIN_PROBE_FOLL_* bits
 * @addr: page aligned
 * @len: bytes, whole pages
 *
 * Return: 0, or the kernel's -errno.
 */
int pin_probe_take(struct door *door, enum pin_probe_api api, unsigned int flags,
	       void *addr, size_t len);

/**
 * pin_probe_release() - give back what is held
 * @door: opened by pin_probe_open()
 *
 * Return: 0 or -errno.
 */
int pin_probe_release(struct door *door);

/**
 * pin_probe_same() - does the process map the pages that are held?
 * @door: holds pages
 * @addr: of the first of them
 * @first: its index in what is held
 * @pages: how many
 *
 * Return: 1 if all are mapped in a row, 0 if not, or -errno.
 */
int pin_probe_same(struct door *door, const void *addr, size_t first, size_t pages);

/**
 * pin_probe_page() - facts about one page that is held
 * @door: holds pages
 * @index: of the page
 * @page: filled in
 *
 * Return: 0 or -errno.
 */
int pin_probe_page(struct door *door, size_t index, struct pin_probe_page *page);

/**
 * pin_probe_look() - facts about the page that an address maps
 * @door: opened by pin_probe_open(), holds nothing
 * @addr: page aligned; faulted in if need be
 * @page: filled in
 *
 * By a plain reference, which leaves no trace in the process.
 *
 * Return: 0 or -errno.
 */
int pin_probe_look(struct door *door, void *addr, struct pin_probe_page *page);

/**
 * pin_probe_dma() - copy bytes where a device's DMA would go
 * @door: opened by pin_probe_open()
 * @device: PCI address, as 0000:00:02.0
 * @iova: the device's address
 * @buf: to copy to or from
 * @len: bytes
 * @flags: PIN_PROBE_DMA_* bits
 *
 * Return: 0 or -errno.
 */
int pin_probe_dma(struct door *door, const char *device, uint64_t iova, void *buf,
	      size_t len, unsigned int flags);

#endif /* GUP_PIN_PROBE_H */
