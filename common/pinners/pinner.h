/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinners: the doors by which user space can take a long-term pin.
 *
 * A pinner is one struct of operations in one small file. It knows
 * nothing about backings.
 */
#ifndef GUP_PIN_PINNER_H
#define GUP_PIN_PINNER_H

#include <stdbool.h>
#include <stddef.h>

enum access {
	RO,	/* pinned without FOLL_WRITE */
	RW,	/* pinned with FOLL_WRITE */
};

/* By which evidence the kernel decides first. */
enum gup_path {
	SLOW,	/* by the mapping (VMA) */
	FAST,	/* by the page table and the folio, else like SLOW */
};

/*
 * In the place of an errno: refused, and nothing changed. For errnos that are in
 * no uapi and no man page, and that no user acts on.
 */
#define REFUSED	4096

/* Who pays while a pin is held. */
enum charge {
	CHARGES_VM_PIN	= 1 << 0,	/* the process, in VmPin */
	CHARGES_VM_LCK	= 1 << 1,	/* the process, in VmLck */
	CHARGES_USER	= 1 << 2,	/* the user, in all processes together */
};

struct door;

struct pinner {
	const char *name;
	enum gup_path path;
	/* Takes and lets go within the call: nothing is held after it. */
	bool lets_go;
	/* Pins pages of a file by their offset, and needs no address of them. */
	bool by_offset;
	/* enum charge; none: a pin is free. */
	unsigned int charges;
	/* Only those pay whose maker lacked CAP_IPC_LOCK. */
	bool spares_ipc_lock;
	/* Has a process of its own, beside the case's, while it is open. */
	bool has_helper;
	/* The range may start and end at any byte. */
	bool unaligned;
	/* Whatever it pins, it pins for writing. */
	bool rw_only;
	/* Lets a device read reserved page frames, without a pin. */
	bool takes_reserved;
	/*
	 * What the door makes of a range whose first pages could be pinned and
	 * the rest could not: an errno, or REFUSED; 0: it passes on GUP's.
	 */
	int partial_errno;

	/* 0, an enum skip, or -errno (skip.h). */
	int (*open)(struct door *door);
	void (*close)(struct door *door);
	/* 0, or the kernel's -errno: then nothing may be pinned. */
	int (*pin)(struct door *door, void *addr, size_t len,
		   enum access access);
	int (*unpin)(struct door *door);
	/*
	 * Copy out of and into the pinned pages, not through the mapping.
	 * Offset and length in bytes. 0, -errno, or -EOPNOTSUPP where this
	 * kernel's door cannot. NULL where no data can move so, and not called
	 * where the door is blind.
	 */
	int (*read)(struct door *door, size_t offset, void *buf, size_t len);
	int (*write)(struct door *door, size_t offset, const void *buf,
		     size_t len);
};

struct door {
	const struct pinner *pinner;
	int fd;
	void *state;		/* of the pinner */
	size_t max_page;	/* largest page in bytes that may be pinned */
	char *addr;		/* what is pinned */
	size_t len;
	const char *blind;	/* why what is pinned cannot be reached, or NULL */
	bool probed;		/* pin_probe holds it, and answers probe.h */
	int slow;		/* how often that took the slow path, -1: unknown */
};

extern const struct pinner pin_io_uring;
extern const struct pinner pin_io_uring_queues;
extern const struct pinner pin_io_uring_provided;
extern const struct pinner pin_gup_slow;
extern const struct pinner pin_gup_fast;
extern const struct pinner pin_gup_remote;
extern const struct pinner pin_xdp;
extern const struct pinner pin_rdma;
extern const struct pinner pin_vfio_type1;
extern const struct pinner pin_iommufd;
extern const struct pinner pin_iommufd_vfio;
/* An address space without a device: what is mapped is not pinned, nor counted. */
extern const struct pinner pin_iommufd_alone;
/* Of memfds that can be sealed. */
extern const struct pinner pin_udmabuf;

/*
 * Short-term pins, and plain references, which are allowed where long-term pins are
 * not. They let go, and the kernel's own gup_test swallows the errno of a refusal.
 */
extern const struct pinner pin_gup_slow_short;
extern const struct pinner pin_gup_fast_short;
extern const struct pinner get_gup_slow;
extern const struct pinner get_gup_fast;

#endif /* GUP_PIN_PINNER_H */
