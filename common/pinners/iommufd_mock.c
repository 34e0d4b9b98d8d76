// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/uapi.h"
#include "pinners/iommufd_calls.h"
#include "pinners/iommufd_mock.h"

struct mock {
	int iommufd;
	int access;
	uint32_t ioas;
	uint32_t device;
	uint32_t domain;
	bool writable;		/* what is mapped */
};

/* A kernel wants room for all that it can test, and zeros behind that are fine. */
static int test(int iommufd, uint32_t op, uint32_t id,
		struct uapi_iommu_test_cmd *cmd)
{
	struct {
		struct uapi_iommu_test_cmd cmd;
		char room[64];
	} sent = { .cmd = *cmd };
	int ret;

	sent.cmd.size = sizeof(sent);
	sent.cmd.op = op;
	sent.cmd.id = id;
	ret = ioctl(iommufd, UAPI_IOMMU_TEST_CMD, &sent) ? -errno : 0;
	*cmd = sent.cmd;
	return ret;
}

static int limit(int iommufd, uint32_t bytes)
{
	struct uapi_iommu_test_cmd cmd = { .memory_limit.limit = bytes };

	return test(iommufd, UAPI_IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0, &cmd);
}

/* A pipe to the restorer, which is told whether the limit must be put back. */
static int restorer = -1;

static void tell_restorer(bool limited)
{
	(void)!write(restorer, &limited, sizeof(limited));
}

/* Nothing of the door: it must be closed when the case closes it. */
static void __attribute__((noreturn)) restore(const struct mock *mock, int told)
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
static int start_restorer(const struct mock *mock)
{
	int pipes[2];
	pid_t pid;

	if (restorer >= 0)
		return 0;
	if (pipe2(pipes, O_CLOEXEC))
		return setup_error(errno, "make a pipe");
	pid = fork();
	if (pid < 0)
		return setup_error(errno, "fork a child");
	if (!pid) {
		close(pipes[1]);
		restore(mock, pipes[0]);
	}
	close(pipes[0]);
	restorer = pipes[1];
	return 0;
}

int mock_limit(struct door *door, uint32_t bytes)
{
	struct mock *mock = door->state;
	int ret;

	tell_restorer(true);
	ret = limit(mock->iommufd, bytes);
	if (!ret && bytes == MOCK_LIMIT_DEFAULT)
		tell_restorer(false);
	return ret;
}

static int create_access(struct mock *mock)
{
	struct uapi_iommu_test_cmd cmd = {
		.create_access.flags =
			UAPI_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES,
	};
	int ret = test(mock->iommufd, UAPI_IOMMU_TEST_OP_CREATE_ACCESS,
		       mock->ioas, &cmd);

	if (ret == -ENOTTY)
		return SKIP_NO_IOMMUFD_TEST;
	if (ret)
		return setup_error(-ret, "IOMMU_TEST_OP_CREATE_ACCESS");
	mock->access = cmd.create_access.out_access_fd;
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
	struct uapi_iommu_test_cmd cmd = {};
	int ret = test(mock->iommufd, UAPI_IOMMU_TEST_OP_MOCK_DOMAIN,
		       mock->ioas, &cmd);

	mock->device = cmd.mock_domain.out_stdev_id;
	mock->domain = cmd.mock_domain.out_hwpt_id;
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

	if (restorer >= 0)
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
	return ret ? setup_error(-ret, "attach and destroy a mock device") : 0;
}

static int open_mock(struct door *door)
{
	struct mock *mock = malloc(sizeof(*mock));
	int ret;

	if (!mock)
		return setup_error(ENOMEM, "open a door to iommufd");
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
		ret = start_restorer(mock);
	if (ret)
		close_mock(door);
	return ret;
}

int mock_hold(struct door *door, size_t offset, size_t len, uint32_t *id)
{
	struct mock *mock = door->state;
	struct uapi_iommu_test_cmd cmd = {
		.access_pages = {
			.flags = mock->writable ?
				 UAPI_MOCK_FLAGS_ACCESS_WRITE : 0,
			.iova = MOCK_IOVA + offset,
			.length = len,
			.uptr = (uintptr_t)door->addr + offset,
		},
	};
	int ret = test(mock->iommufd, UAPI_IOMMU_TEST_OP_ACCESS_PAGES,
		       mock->access, &cmd);

	*id = cmd.access_pages.out_access_pages_id;
	return ret;
}

int mock_release(struct door *door, uint32_t id)
{
	struct mock *mock = door->state;
	struct uapi_iommu_test_cmd cmd = {
		.destroy_access_pages.access_pages_id = id,
	};

	return test(mock->iommufd, UAPI_IOMMU_TEST_OP_DESTROY_ACCESS_PAGES,
		    mock->access, &cmd);
}

static int access_rw(struct door *door, size_t offset, const void *buf,
		     size_t len, uint32_t flags)
{
	struct mock *mock = door->state;
	struct uapi_iommu_test_cmd cmd = {
		.access_rw = {
			.iova = MOCK_IOVA + offset,
			.length = len,
			.uptr = (uintptr_t)buf,
			.flags = UAPI_MOCK_ACCESS_RW_SLOW_PATH | flags,
		},
	};

	return test(mock->iommufd, UAPI_IOMMU_TEST_OP_ACCESS_RW, mock->access,
		    &cmd);
}

static int read_mock(struct door *door, size_t offset, void *buf, size_t len)
{
	return access_rw(door, offset, buf, len, 0);
}

static int write_mock(struct door *door, size_t offset, const void *buf,
		      size_t len)
{
	return access_rw(door, offset, buf, len,
			 UAPI_MOCK_ACCESS_RW_WRITE);
}

int mock_reaches(struct door *door, uint64_t iova, const void *addr,
		 size_t len)
{
	struct mock *mock = door->state;
	struct uapi_iommu_test_cmd cmd = {
		.check_map = {
			.iova = iova,
			.length = len,
			.uptr = (uintptr_t)addr,
		},
	};

	return test(mock->iommufd, UAPI_IOMMU_TEST_OP_MD_CHECK_MAP,
		    mock->domain, &cmd);
}

int mock_count(struct door *door, const void *addr, size_t len,
	       unsigned int pins)
{
	struct mock *mock = door->state;
	struct uapi_iommu_test_cmd cmd = {
		.check_refs = {
			.length = len,
			.uptr = (uintptr_t)addr,
			.refs = pins,
		},
	};

	return test(mock->iommufd, UAPI_IOMMU_TEST_OP_MD_CHECK_REFS, 0,
		    &cmd);
}

const struct pinner pin_iommufd_mock = {
	.name = "iommufd_mock",
	.path = FAST,
	.charges = CHARGES_VM_PIN | CHARGES_USER,
	.has_helper = true,
	.open = open_mock,
	.close = close_mock,
	.pin = map,
	.unpin = unmap_all,
	.read = read_mock,
	.write = write_mock,
};
