// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: what it shares with the process may lie in the process's own memory.
 * Then it is a R/W long-term pin as well, by the same io_pin_pages(), but neither
 * joined nor counted like a fixed buffer.
 *
 * io_uring_queues	the two rings and the entries (IORING_SETUP_NO_MMAP)
 * io_uring_provided	a ring of provided buffers (IORING_REGISTER_PBUF_RING)
 */
#include <errno.h>
#include <liburing.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/uapi.h"
#include "pinners/uring.h"

struct queues {
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *entries;
};

static void set_user_addr(void *offsets, size_t member, const void *addr)
{
	uint64_t value = (uintptr_t)addr;

	memcpy((char *)offsets + member, &value, sizeof(value));
}

/* Return the file descriptor, or -errno. */
static int set_up(struct queues *queues, unsigned int entries)
{
	struct io_uring_params *params = &queues->params;
	int fd;

	memset(params, 0, sizeof(*params));
	params->flags = UAPI_IORING_SETUP_NO_MMAP;
	set_user_addr(&params->cq_off,
		      offsetof(struct uapi_io_cqring_offsets, user_addr),
		      queues->rings);
	set_user_addr(&params->sq_off,
		      offsetof(struct uapi_io_sqring_offsets, user_addr),
		      queues->entries);
	fd = syscall(__NR_io_uring_setup, entries, params);
	return fd < 0 ? -errno : fd;
}

/* A kernel that knows the flag looks for memory at address 0, and finds none. */
static int open_queues(struct door *door)
{
	struct queues *queues = calloc(1, sizeof(*queues));
	int ret;

	if (!queues)
		return setup_error(ENOMEM, "io_uring");
	door->blind = "the kernel itself uses what is pinned";
	door->max_page = SIZE_MAX;
	door->state = queues;
	ret = set_up(queues, 1);
	if (ret == -EFAULT)
		return 0;
	free(queues);
	return ret == -EINVAL ? SKIP_NO_USER_QUEUES : uring_outcome(-ret);
}

static void close_queues(struct door *door)
{
	free(door->state);
}

/*
 * The rings in one half, the entries in the other: an entry takes 64 bytes, what
 * the rings have for it 36.
 */
static int pin_queues(struct door *door, void *addr, size_t len,
		      enum access access)
{
	struct queues *queues = door->state;

	if (access != RW)
		return -EOPNOTSUPP;
	queues->rings = addr;
	queues->entries = (void *)((char *)addr + len / 2);
	door->fd = set_up(queues, len / 2 / sizeof(*queues->entries));
	return door->fd < 0 ? door->fd : 0;
}

/* A worker unpins the pages later. */
static int unpin_queues(struct door *door)
{
	return close(door->fd) ? -errno : 0;
}

/* Do nothing, by the last of the entries. */
int uring_queues_work(struct door *door)
{
	const struct queues *queues = door->state;
	const struct io_sqring_offsets *sq = &queues->params.sq_off;
	const struct io_cqring_offsets *cq = &queues->params.cq_off;
	const unsigned int last = queues->params.sq_entries - 1;
	const uint64_t token = 0x75706e5f676e6972;
	unsigned int *tail = (void *)(queues->rings + sq->tail);
	unsigned int *array = (void *)(queues->rings + sq->array);
	struct io_uring_cqe *cqe = (void *)(queues->rings + cq->cqes);
	int ret;

	memset(&queues->entries[last], 0, sizeof(*queues->entries));
	queues->entries[last].opcode = IORING_OP_NOP;
	queues->entries[last].user_data = token;
	array[0] = last;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	ret = syscall(__NR_io_uring_enter, door->fd, 1, 1,
		      IORING_ENTER_GETEVENTS, NULL, 0);
	if (ret < 0)
		return -errno;
	return cqe->user_data == token ? cqe->res : -EIO;
}

const struct pinner pin_io_uring_queues = {
	.name = "io_uring_queues",
	.path = FAST,
	.charges = CHARGES_USER,
	.spares_ipc_lock = true,
	.rw_only = true,
	.partial_errno = EFAULT,
	.open = open_queues,
	.close = close_queues,
	.pin = pin_queues,
	.unpin = unpin_queues,
};

/* Any number but none that is the default of something. */
#define GROUP	7

static int open_provided(struct door *door)
{
	struct io_uring_buf_reg nowhere = { .bgid = GROUP, .ring_entries = 1 };
	int ret = pin_io_uring.open(door);

	if (ret)
		return ret;
	door->blind = "the kernel itself uses what is pinned";
	/* A kernel that knows the call looks at the address. */
	if (io_uring_register_buf_ring(door->state, &nowhere, 0) != -EINVAL)
		return 0;
	pin_io_uring.close(door);
	return SKIP_NO_PROVIDED;
}

static void close_provided(struct door *door)
{
	pin_io_uring.close(door);
}

/* Its size in bytes has to be a power of two. */
static int pin_provided(struct door *door, void *addr, size_t len,
			enum access access)
{
	struct io_uring_buf_reg reg = {
		.ring_addr = (uintptr_t)addr,
		.ring_entries = len / sizeof(struct io_uring_buf),
		.bgid = GROUP,
	};

	if (access != RW)
		return -EOPNOTSUPP;
	door->addr = addr;
	door->len = len;
	return io_uring_register_buf_ring(door->state, &reg, 0);
}

static int unpin_provided(struct door *door)
{
	return io_uring_unregister_buf_ring(door->state, GROUP);
}

/* Read a byte into a buffer of the kernel's choice: which did it take? */
static int read_into_provided(struct door *door)
{
	struct io_uring *ring = door->state;
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	int ret;

	io_uring_prep_read(sqe, door->fd, NULL, 1, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	ret = io_uring_submit_and_wait(ring, 1);
	if (ret >= 0)
		ret = io_uring_peek_cqe(ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	if (ret == 1)
		ret = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	else if (!ret)
		ret = -EIO;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

/* Each entry of the ring once, so that each page of it serves. */
int uring_provided_works(struct door *door)
{
	struct io_uring_buf_ring *provided = (void *)door->addr;
	const int entries = door->len / sizeof(struct io_uring_buf);
	const int mask = io_uring_buf_ring_mask(entries);
	char byte = 0;

	if (pwrite(door->fd, "x", 1, 0) != 1)
		return -EIO;
	io_uring_buf_ring_init(provided);
	for (int i = 0; i < entries; i++) {
		int ret;

		io_uring_buf_ring_add(provided, &byte, 1, i, mask, 0);
		io_uring_buf_ring_advance(provided, 1);
		ret = read_into_provided(door);
		if (ret != i)
			return ret < 0 ? ret : -EIO;
		if (byte != 'x')
			return -EIO;
		byte = 0;
	}
	return 0;
}

const struct pinner pin_io_uring_provided = {
	.name = "io_uring_provided",
	.path = FAST,
	.charges = CHARGES_USER,
	.spares_ipc_lock = true,
	.rw_only = true,
	.partial_errno = EFAULT,
	.open = open_provided,
	.close = close_provided,
	.pin = pin_provided,
	.unpin = unpin_provided,
};
