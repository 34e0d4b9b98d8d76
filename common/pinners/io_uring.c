// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: a fixed buffer is a R/W long-term pin, taken by io_pin_pages().
 *
 * Fixed reads and writes of a memfd make the kernel copy into and out of the
 * pinned pages, wherever the process's page table points by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/child.h"
#include "base/skip.h"
#include "base/uapi.h"
#include "pinners/uring.h"

/* For more than 2 MiB, and what others of the same user have pinned. */
#define MIN_MEMLOCK	(4UL << 20)

/*
 * liburing returns -errno. Older ones leave errno alone and newer ones may or
 * may not touch it: it is never looked at here.
 */
int uring_outcome(int err)
{
	switch (err) {
	case ENOSYS:
		return SKIP_NO_IO_URING;
	case EPERM:
		return SKIP_IO_URING_DISABLED;
	case ENOMEM:
		return SKIP_MEMLOCK;
	default:
		return setup_error(err, "set up an io_uring");
	}
}

/*
 * Fixed buffers count against RLIMIT_MEMLOCK, a huge page as a whole: decide
 * beforehand, so that ENOMEM from a pin stays a failure.
 */
static int check_memlock(struct door *door)
{
	struct rlimit limit;

	door->max_page = SIZE_MAX;
	if (!memlock_applies() || getrlimit(RLIMIT_MEMLOCK, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return 0;
	door->max_page = limit.rlim_cur / 2;
	return limit.rlim_cur < MIN_MEMLOCK ? SKIP_MEMLOCK : 0;
}

static int open_io_uring(struct door *door)
{
	struct io_uring *ring;
	int ret = check_memlock(door);

	if (ret)
		return ret;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return setup_error(ENOMEM, "io_uring");
	ret = io_uring_queue_init(1, ring, 0);
	if (ret) {
		free(ring);
		return uring_outcome(-ret);
	}
	door->state = ring;
	door->fd = memfd_create("gup_pin_io", MFD_CLOEXEC);
	return door->fd < 0 ? setup_error(errno, "memfd_create") : 0;
}

static void close_io_uring(struct door *door)
{
	io_uring_queue_exit(door->state);
	free(door->state);
	close(door->fd);
}

static int pin(struct door *door, void *addr, size_t len, enum access access)
{
	struct iovec iov = { .iov_base = addr, .iov_len = len };

	/* There is no read-only fixed buffer. */
	if (access != RW)
		return -EOPNOTSUPP;
	door->addr = addr;
	door->len = len;
	return io_uring_register_buffers(door->state, &iov, 1);
}

/* Unlike closing the ring, this returns only when the pages are unpinned. */
static int unpin(struct door *door)
{
	return io_uring_unregister_buffers(door->state);
}

static int finish(struct io_uring *ring, size_t len)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit_and_wait(ring, 1);

	if (ret < 0)
		return ret;
	ret = io_uring_peek_cqe(ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	if (ret < 0)
		return ret;
	return (size_t)ret == len ? 0 : -EIO;
}

static int read_pin(struct door *door, size_t offset, void *buf, size_t len)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(door->state);
	int ret;

	io_uring_prep_write_fixed(sqe, door->fd, door->addr + offset, len, 0,
				  0);
	ret = finish(door->state, len);
	if (ret)
		return ret;
	return pread(door->fd, buf, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static int write_pin(struct door *door, size_t offset, const void *buf,
		     size_t len)
{
	struct io_uring_sqe *sqe;

	if (pwrite(door->fd, buf, len, 0) != (ssize_t)len)
		return -EIO;
	sqe = io_uring_get_sqe(door->state);
	io_uring_prep_read_fixed(sqe, door->fd, door->addr + offset, len, 0, 0);
	return finish(door->state, len);
}

static int clone_buffers(struct door *door, struct uapi_io_uring_clone_buffers arg)
{
	struct io_uring *ring = door->state;

	return syscall(__NR_io_uring_register, ring->ring_fd,
		       UAPI_IORING_REGISTER_CLONE_BUFFERS, &arg, 1) ? -errno : 0;
}

/* All buffers, to where they were. */
static int clone_from(struct door *door, int from_fd)
{
	return clone_buffers(door, (struct uapi_io_uring_clone_buffers){
		.src_fd = from_fd,
	});
}

/* One of them, beside those that are there. */
static int clone_slot(struct door *door, unsigned int slot, int from_fd,
		      unsigned int from_slot)
{
	return clone_buffers(door, (struct uapi_io_uring_clone_buffers){
		.src_fd = from_fd,
		.src_off = from_slot,
		.dst_off = slot,
		.nr = 1,
		.flags = UAPI_IORING_REGISTER_DST_REPLACE,
	});
}

/* No file is no ring to take from: a kernel that knows the call says so. */
int uring_can_clone(struct door *door)
{
	return clone_from(door, -1) == -EINVAL ? SKIP_NO_CLONE : 0;
}

int uring_can_clone_slot(struct door *door)
{
	return clone_slot(door, 0, -1, 0) == -EINVAL ? SKIP_NO_CLONE_SLOT : 0;
}

int uring_clone_slot(struct door *door, unsigned int slot,
		     const struct door *from, unsigned int from_slot)
{
	const struct io_uring *ring = from->state;

	return clone_slot(door, slot, ring->ring_fd, from_slot);
}

int uring_clone(struct door *door, const struct door *from)
{
	const struct io_uring *ring = from->state;

	door->addr = from->addr;
	door->len = from->len;
	return clone_from(door, ring->ring_fd);
}

int uring_add_slots(struct door *door, unsigned int slots)
{
	return io_uring_register_buffers_sparse(door->state, slots);
}

int uring_fill_slot(struct door *door, unsigned int slot, void *addr,
		    size_t len)
{
	struct iovec iov = { .iov_base = addr, .iov_len = len };
	int ret = io_uring_register_buffers_update_tag(door->state, slot, &iov,
						       NULL, 1);

	return ret < 0 ? ret : 0;
}

const struct pinner pin_io_uring = {
	.name = "io_uring",
	.path = FAST,
	.charges = CHARGES_VM_PIN | CHARGES_USER,
	.spares_ipc_lock = true,
	.rw_only = true,
	.unaligned = true,
	.partial_errno = EFAULT,
	.open = open_io_uring,
	.close = close_io_uring,
	.pin = pin,
	.unpin = unpin,
	.read = read_pin,
	.write = write_pin,
};
