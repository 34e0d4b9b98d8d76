/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_uring: what its doors can do beyond pinning.
 *
 * Three things of a ring may lie in memory of the process, and are pinned: its
 * fixed buffers (pin_io_uring), its own queues (pin_io_uring_queues), and a ring of
 * provided buffers (pin_io_uring_provided).
 */
#ifndef GUP_PIN_URING_H
#define GUP_PIN_URING_H

#include <stddef.h>

#include "pinners/pinner.h"

/**
 * uring_outcome() - why there is no ring
 * @err: the errno of io_uring_setup(2)
 *
 * Return: an enum skip, or -errno.
 */
int uring_outcome(int err);

/* Of a door of pin_io_uring. */

/**
 * uring_can_clone() - can rings take over the buffers of others?
 * @door: opened, without buffers
 *
 * Return: 0, or an enum skip.
 */
int uring_can_clone(struct door *door);

/**
 * uring_clone() - take over the buffers of another ring
 * @door: opened, without buffers; holds then what @from holds
 * @from: holds a buffer
 *
 * Return: 0, or the kernel's -errno.
 */
int uring_clone(struct door *door, const struct door *from);

/**
 * uring_can_clone_slot() - can rings take over one buffer of several?
 * @door: opened
 *
 * Return: 0, or an enum skip.
 */
int uring_can_clone_slot(struct door *door);

/**
 * uring_clone_slot() - take over one buffer of another ring
 * @door: with slots
 * @slot: where it goes; what was there is given back
 * @from: with slots
 * @from_slot: where it is
 *
 * Return: 0, or the kernel's -errno.
 */
int uring_clone_slot(struct door *door, unsigned int slot,
		     const struct door *from, unsigned int from_slot);

/**
 * uring_add_slots() - have a table of empty slots for buffers
 * @door: opened, without buffers
 * @slots: how many
 *
 * Return: 0, or the kernel's -errno.
 */
int uring_add_slots(struct door *door, unsigned int slots);

/**
 * uring_fill_slot() - put another buffer into a slot, and give the old one back
 * @door: with slots
 * @slot: its index
 * @addr: of the buffer, NULL to leave the slot empty
 * @len: bytes, 0 for an empty slot
 *
 * Return: 0, or the kernel's -errno.
 */
int uring_fill_slot(struct door *door, unsigned int slot, void *addr,
		    size_t len);

/* Of the others. */

/**
 * uring_queues_work() - does the kernel use the queues that are pinned?
 * @door: of pin_io_uring_queues, holds memory
 *
 * Return: 0, or -errno.
 */
int uring_queues_work(struct door *door);

/**
 * uring_provided_works() - does the kernel find the buffers that are provided in
 * what is pinned?
 * @door: of pin_io_uring_provided, holds memory
 *
 * Return: 0, or -errno.
 */
int uring_provided_works(struct door *door);

#endif /* GUP_PIN_URING_H */
