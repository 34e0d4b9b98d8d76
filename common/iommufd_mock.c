// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommufd.h"
#include "iommufd_mock.h"
#include "outcome.h"

/* The interface of drivers/iommu/iommufd/iommufd_test.h, in what is needed. */
#define TEST_CMD		IOMMUFD_IO(0xa0)
#define ACCESS_PINS		(1 << 0)
#define ACCESS_WRITE		(1 << 0)
#define RW_WRITE		(1 << 0)
#define RW_SLOW_PATH		(1 << 2)

enum test_op {
	MOCK_DOMAIN = 2,
	CHECK_MAP = 3,
	CHECK_REFS = 4,
	CREATE_ACCESS = 5,
	DESTROY_ACCESS_PAGES = 6,
	ACCESS_PAGES = 7,
	ACCESS_RW = 8,
	MEMORY_LIMIT = 9,
};

struct test_cmd {
	uint32_t size;
	uint32_t op;
	uint32_t id;
	uint32_t reserved;
	union {
		struct {
			uint32_t device;
			uint32_t domain;
		} mock;
		struct {
			uint64_t iova;
			uint64_t len;
			uint64_t addr;
		} map;
		struct {
			uint64_t len;
			uint64_t addr;
			uint32_t refs;
		} refs;
		struct {
			int32_t fd;
			uint32_t flags;
		} access;
		struct {
			uint32_t flags;
			uint32_t id;
			uint64_t iova;
			uint64_t len;
			uint64_t addr;
		} pages;
		struct {
			uint64_t iova;
			uint64_t len;
			uint64_t addr;
			uint32_t flags;
		} rw;
		uint32_t released;
		uint32_t limit;
		/* More than any kernel's: zeros behind what it knows are fine. */
		char room[112];
	};
};

struct mock {
	int iommufd;
	int access;
	uint32_t ioas;
	uint32_t device;
	uint32_t domain;
	bool writable;		/* what is mapped */
};

static int test(int iommufd, enum test_op op, uint32_t id, struct test_cmd *cmd)
{
	cmd->size = sizeof(*cmd);
	cmd->op = op;
	cmd->id = id;
	return ioctl(iommufd, TEST_CMD, cmd) ? -errno : 0;
}

static int limit(int iommufd, uint32_t bytes)
{
	struct test_cmd cmd = { .limit = bytes };

	return test(iommufd, MEMORY_LIMIT, 0, &cmd);
}

/* Of the keeper, which is told whether the limit must be put back. */
static int keeper = -1;

static void tell_keeper(bool limited)
{
	(void)!write(keeper, &limited, sizeof(limited));
}

/* Nothing of the door: it must be closed when the case closes it. */
static void __attribute__((noreturn)) keep(const struct mock *mock, int told)
{
	bool limited = false;

	close(mock->access);
	close(mock->iommufd);
	/* Not for the Ctrl-C that ends the case. */
	setsid();
	while (read(told, &limited, sizeof(limited)) == sizeof(limited))
		;
	_exit(limited && limit(open("/dev/iommu", O_RDWR), MOCK_LIMIT_DEFAULT));
}

/*
 * The limit outlives the case, however that ends: another process puts it back
 * then. It is forked for the first door, before there is memory that it would
 * share.
 */
static int start_keeper(const struct mock *mock)
{
	int pipes[2];
	pid_t pid;

	if (keeper >= 0)
		return 0;
	if (pipe2(pipes, O_CLOEXEC))
		return fault(errno, "make a pipe");
	pid = fork();
	if (pid < 0)
		return fault(errno, "fork a child");
	if (!pid) {
		close(pipes[1]);
		keep(mock, pipes[0]);
	}
	close(pipes[0]);
	keeper = pipes[1];
	return 0;
}

int mock_limit(struct door *door, uint32_t bytes)
{
	struct mock *mock = door->state;
	int ret;

	tell_keeper(true);
	ret = limit(mock->iommufd, bytes);
	if (!ret && bytes == MOCK_LIMIT_DEFAULT)
		tell_keeper(false);
	return ret;
}

static int create_access(struct mock *mock)
{
	struct test_cmd cmd = { .access.flags = ACCESS_PINS };
	int ret = test(mock->iommufd, CREATE_ACCESS, mock->ioas, &cmd);

	if (ret == -ENOTTY)
		return SKIP_NO_IOMMUFD_TEST;
	if (ret)
		return fault(-ret, "IOMMU_TEST_OP_CREATE_ACCESS");
	mock->access = cmd.access.fd;
	return 0;
}

static int map(struct door *door, void *addr, size_t len, enum access access)
{
	struct mock *mock = door->state;

	door->addr = addr;
	door->len = len;
	mock->writable = access == RW;
	return iommufd_map(mock->iommufd, mock->ioas, addr, MOCK_IOVA, len,
			   access);
}

static int unmap(struct mock *mock, uint64_t iova, size_t len)
{
	size_t unmapped;
	int ret = iommufd_unmap(mock->iommufd, mock->ioas, iova, len,
				&unmapped);

	return !ret && unmapped != len ? -EIO : ret;
}

static int unmap_all(struct door *door)
{
	return unmap(door->state, MOCK_IOVA, door->len);
}

int mock_copy(struct door *door, size_t offset, size_t len)
{
	struct mock *mock = door->state;

	return iommufd_copy(mock->iommufd, mock->ioas, MOCK_IOVA + offset,
			    MOCK_COPY_IOVA, len);
}

int mock_uncopy(struct door *door, size_t len)
{
	return unmap(door->state, MOCK_COPY_IOVA, len);
}

int mock_attach(struct door *door)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = {};
	int ret = test(mock->iommufd, MOCK_DOMAIN, mock->ioas, &cmd);

	mock->device = cmd.mock.device;
	mock->domain = cmd.mock.domain;
	return ret;
}

int mock_detach(struct door *door)
{
	struct mock *mock = door->state;

	return iommufd_destroy(mock->iommufd, mock->device);
}

static void close_mock(struct door *door)
{
	struct mock *mock = door->state;

	if (keeper >= 0)
		mock_limit(door, MOCK_LIMIT_DEFAULT);
	if (mock->access >= 0)
		close(mock->access);
	close(mock->iommufd);
	free(mock);
}

static int try_device(struct door *door)
{
	int ret = mock_attach(door);

	if (ret == -EINVAL)
		return SKIP_NO_MOCK_DEVICE;
	ret = ret ?: mock_detach(door);
	return ret ? fault(-ret, "attach and destroy a mock device") : 0;
}

static int open_mock(struct door *door)
{
	struct mock *mock = malloc(sizeof(*mock));
	int ret;

	if (!mock)
		return fault(ENOMEM, "open a door to iommufd");
	*mock = (struct mock){ .access = -1 };
	ret = iommufd_open(&mock->iommufd);
	if (ret) {
		free(mock);
		return ret;
	}
	door->state = mock;
	door->max_page = SIZE_MAX;
	ret = iommufd_alloc_ioas(mock->iommufd, &mock->ioas);
	if (!ret)
		ret = create_access(mock);
	if (!ret)
		ret = try_device(door);
	if (!ret)
		ret = start_keeper(mock);
	if (ret)
		close_mock(door);
	return ret;
}

int mock_hold(struct door *door, size_t offset, size_t len, uint32_t *id)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = {
		.pages = {
			.flags = mock->writable ? ACCESS_WRITE : 0,
			.iova = MOCK_IOVA + offset,
			.len = len,
			.addr = (uintptr_t)door->addr + offset,
		},
	};
	int ret = test(mock->iommufd, ACCESS_PAGES, mock->access, &cmd);

	*id = cmd.pages.id;
	return ret;
}

int mock_release(struct door *door, uint32_t id)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = { .released = id };

	return test(mock->iommufd, DESTROY_ACCESS_PAGES, mock->access, &cmd);
}

static int access_rw(struct door *door, size_t offset, const void *buf,
		     size_t len, uint32_t flags)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = {
		.rw = {
			.iova = MOCK_IOVA + offset,
			.len = len,
			.addr = (uintptr_t)buf,
			.flags = RW_SLOW_PATH | flags,
		},
	};

	return test(mock->iommufd, ACCESS_RW, mock->access, &cmd);
}

static int read_mock(struct door *door, size_t offset, void *buf, size_t len)
{
	return access_rw(door, offset, buf, len, 0);
}

static int write_mock(struct door *door, size_t offset, const void *buf,
		      size_t len)
{
	return access_rw(door, offset, buf, len, RW_WRITE);
}

int mock_reaches(struct door *door, uint64_t iova, const void *addr,
		 size_t len)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = {
		.map = { .iova = iova, .len = len, .addr = (uintptr_t)addr },
	};

	return test(mock->iommufd, CHECK_MAP, mock->domain, &cmd);
}

int mock_count(struct door *door, const void *addr, size_t len,
	       unsigned int pins)
{
	struct mock *mock = door->state;
	struct test_cmd cmd = {
		.refs = { .len = len, .addr = (uintptr_t)addr, .refs = pins },
	};

	return test(mock->iommufd, CHECK_REFS, 0, &cmd);
}

const struct pinner pin_iommufd_mock = {
	.name = "iommufd_mock",
	.path = FAST,
	.open = open_mock,
	.close = close_mock,
	.pin = map,
	.unpin = unmap_all,
	.read = read_mock,
	.write = write_mock,
};
