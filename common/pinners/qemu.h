/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real QEMU that gives its guest a PCI device, and so maps all of the guest's
 * memory for it. The guest never runs.
 */
#ifndef GUP_PIN_QEMU_H
#define GUP_PIN_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct qemu {
	pid_t pid;
	int ask;		/* pipe of QMP commands */
	FILE *hear;		/* pipe of what it says */
	int err;		/* errno of VFIO_MAP_DMA, 0: it came up */
	char said[1024];	/* what is not QMP, in one line */
};

/**
 * qemu_start() - start it, and wait until it has come up or ended
 * @qemu: filled in
 * @device: its address, as in /sys/bus/pci/devices; bound to vfio-pci
 * @file: descriptor of the file that backs the guest's memory, -1: none
 * @shared: whether QEMU maps it MAP_SHARED
 * @bytes: size of the guest's memory, whole MiB; the file is made as large
 *
 * It has come up when it answers query-status. If it did, qemu_end() is due.
 *
 * Return: 0, an enum skip, or -errno (skip.h), also where it ended because of
 * anything else than VFIO_MAP_DMA of this memory.
 */
int qemu_start(struct qemu *qemu, const char *device, int file, bool shared,
	       size_t bytes);

/**
 * qemu_end() - ask it to quit, and wait until it has
 * @qemu: came up
 *
 * Return: 0 or -errno.
 */
int qemu_end(struct qemu *qemu);

#endif /* GUP_PIN_QEMU_H */
