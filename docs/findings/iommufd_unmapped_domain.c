// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd asks a device's domain for pages that it has unmapped from it already: a
 * WARNING in mock_domain_iova_to_phys().
 *
 * Pages that lie side by side in memory are mapped into an address space with a
 * device, two accesses (iommufd_access_pin_pages()) hold some of them with pages
 * between that only the device holds, and then the device goes.
 *
 * Needs root, CONFIG_IOMMUFD_TEST=y, a huge page (vm.nr_overcommit_hugepages will
 * do), and no other IOMMU in use (intel_iommu=off).
 *
 * Exit status: 0 no WARNING, 1 a WARNING: see the kernel log, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define IOVA		(16UL << 20)
#define PAGES		24
#define TAINT_WARN	(1 << 9)

/* include/uapi/linux/iommufd.h */
#define IOMMU_DESTROY		_IO(';', 0x80)
#define IOMMU_IOAS_ALLOC	_IO(';', 0x81)
#define IOMMU_IOAS_MAP		_IO(';', 0x85)
#define IOMMU_IOAS_MAP_FIXED_IOVA	(1 << 0)
#define IOMMU_IOAS_MAP_WRITEABLE	(1 << 1)
#define IOMMU_IOAS_MAP_READABLE		(1 << 2)

struct iommu_destroy {
	uint32_t size;
	uint32_t id;
};

struct iommu_ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct iommu_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

/* drivers/iommu/iommufd/iommufd_test.h */
#define IOMMU_TEST_CMD			_IO(';', 0xa0)
#define IOMMU_TEST_OP_MOCK_DOMAIN	2
#define IOMMU_TEST_OP_CREATE_ACCESS	5
#define IOMMU_TEST_OP_ACCESS_PAGES	7
#define MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES	(1 << 0)
#define MOCK_FLAGS_ACCESS_WRITE		(1 << 0)

struct iommu_test_cmd {
	uint32_t size;
	uint32_t op;
	uint32_t id;
	uint32_t reserved;
	union {
		struct {
			uint32_t out_stdev_id;
			uint32_t out_hwpt_id;
		} mock_domain;
		struct {
			int32_t out_access_fd;
			uint32_t flags;
		} create_access;
		struct {
			uint32_t flags;
			uint32_t out_access_pages_id;
			uint64_t iova;
			uint64_t length;
			uint64_t uptr;
		} access_pages;
		char room[112];
	};
};

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

static bool has_warned(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	long taint;

	if (!file || fscanf(file, "%ld", &taint) != 1)
		cannot("/proc/sys/kernel/tainted");
	fclose(file);
	return taint & TAINT_WARN;
}

static void test(int fd, uint32_t op, uint32_t id, struct iommu_test_cmd *cmd,
		 const char *what)
{
	cmd->size = sizeof(*cmd);
	cmd->op = op;
	cmd->id = id;
	if (ioctl(fd, IOMMU_TEST_CMD, cmd))
		cannot(what);
}

static void hold(int iommufd, int access, char *memory, int first, int pages)
{
	size_t page = getpagesize();
	struct iommu_test_cmd cmd = {
		.access_pages = {
			.flags = MOCK_FLAGS_ACCESS_WRITE,
			.iova = IOVA + first * page,
			.length = pages * page,
			.uptr = (uintptr_t)memory + first * page,
		},
	};

	test(iommufd, IOMMU_TEST_OP_ACCESS_PAGES, access, &cmd,
	     "IOMMU_TEST_OP_ACCESS_PAGES");
}

int main(void)
{
	int iommufd = open("/dev/iommu", O_RDWR);
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct iommu_test_cmd device = {}, access = {
		.create_access.flags = MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES,
	};
	struct iommu_destroy destroy = { .size = sizeof(destroy) };
	char *memory = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB |
			    21 << MAP_HUGE_SHIFT, -1, 0);
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.user_va = (uintptr_t)memory,
		.length = PAGES * getpagesize(),
		.iova = IOVA,
	};

	if (memory == MAP_FAILED)
		cannot("mmap a huge page");
	if (iommufd < 0)
		cannot("/dev/iommu");
	if (has_warned()) {
		fprintf(stderr, "the kernel has warned already: reboot\n");
		return 4;
	}
	alarm(60);
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		cannot("IOMMU_IOAS_ALLOC");
	test(iommufd, IOMMU_TEST_OP_CREATE_ACCESS, alloc.out_ioas_id, &access,
	     "IOMMU_TEST_OP_CREATE_ACCESS");
	map.ioas_id = alloc.out_ioas_id;
	if (ioctl(iommufd, IOMMU_IOAS_MAP, &map))
		cannot("IOMMU_IOAS_MAP");
	test(iommufd, IOMMU_TEST_OP_MOCK_DOMAIN, alloc.out_ioas_id, &device,
	     "IOMMU_TEST_OP_MOCK_DOMAIN");
	hold(iommufd, access.create_access.out_access_fd, memory, 2, 3);
	hold(iommufd, access.create_access.out_access_fd, memory, 7, 2);
	destroy.id = device.mock_domain.out_stdev_id;
	if (ioctl(iommufd, IOMMU_DESTROY, &destroy))
		cannot("IOMMU_DESTROY");
	printf(has_warned() ? "a WARNING, see the kernel log\n" : "no WARNING\n");
	return has_warned();
}
