/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which page frame an address maps, and what the kernel says of that frame.
 *
 * Works beside any door, and tells frames only to CAP_SYS_ADMIN.
 */
#ifndef GUP_PIN_PAGEMAP_H
#define GUP_PIN_PAGEMAP_H

#include <linux/kernel-page-flags.h>
#include <stdbool.h>
#include <stdint.h>

/* Bits of pagemap_flags(). */
#define FRAME_SWAPCACHE	(1ULL << KPF_SWAPCACHE)
#define FRAME_COMPOUND	(1ULL << KPF_COMPOUND_HEAD | 1ULL << KPF_COMPOUND_TAIL)
#define FRAME_KSM	(1ULL << KPF_KSM)

/**
 * pagemap_frame() - the page frame that an address maps
 * @addr: an address of this process; nothing is faulted in
 *
 * Return: the frame's number, 0 if there is none or it may not be known.
 */
unsigned long pagemap_frame(const void *addr);

/**
 * pagemap_tells() - whether this process may know page frames
 */
bool pagemap_tells(void);

/**
 * pagemap_present() - does an address map something?
 * @addr: an address of this process; nothing is faulted in
 *
 * Return: 1 if so, 0 if not, -errno of asking.
 */
int pagemap_present(const void *addr);

/**
 * pagemap_flags() - what the kernel says of a page frame
 * @frame: its number
 *
 * Return: FRAME_* bits among others, 0 if they may not be known.
 */
uint64_t pagemap_flags(unsigned long frame);

#endif /* GUP_PIN_PAGEMAP_H */
