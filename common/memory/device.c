// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that belongs to a device or to the kernel: secretmem, guest_memfd,
 * VM_PFNMAP mappings, and the rings of an io_uring.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/uapi.h"
#include "memory/constructors.h"
#include "memory/memory.h"

int open_secretmem(struct memory *mem)
{
	mem->fd = syscall(SYS_memfd_secret, O_CLOEXEC);
	if (mem->fd < 0)
		return errno == ENOSYS ? SKIP_NO_SECRETMEM :
					 setup_error(errno, "memfd_secret");
	if (ftruncate(mem->fd, LARGE_BYTES))
		return setup_error(errno, "ftruncate secretmem");
	return 0;
}

static int create_guest_memfd(int vm, __u64 flags)
{
	struct uapi_kvm_create_guest_memfd args = {
		.size = LARGE_BYTES,
		.flags = flags,
	};

	return ioctl(vm, UAPI_KVM_CREATE_GUEST_MEMFD, &args);
}

/*
 * The file holds its VM. Guest memory that is private must not be reachable
 * through a mapping; before Linux 6.18 it could not even be mapped.
 */
static int guest_memfd_of(struct memory *mem, int vm)
{
	__u64 flags = UAPI_GUEST_MEMFD_FLAG_MMAP;

	if (mem->backing->arg)
		flags |= UAPI_GUEST_MEMFD_FLAG_INIT_SHARED;
	mem->fd = create_guest_memfd(vm, flags);
	if (mem->fd >= 0)
		return 0;
	if (mem->backing->arg)
		return SKIP_NO_GUEST_MEMFD_MMAP;
	mem->fd = create_guest_memfd(vm, 0);
	return mem->fd < 0 ? SKIP_NO_GUEST_MEMFD : 0;
}

static int guest_memfd_of_type(struct memory *mem, int kvm, unsigned long type)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, type);
	int ret = SKIP_NO_GUEST_MEMFD;

	if (vm < 0)
		return SKIP_NO_KVM;
	if (ioctl(vm, KVM_CHECK_EXTENSION,
		  UAPI_KVM_CAP_GUEST_MEMFD) > 0)
		ret = guest_memfd_of(mem, vm);
	close(vm);
	return ret;
}

/* Before Linux 6.18, on x86, only VMs of a type of their own had such memory. */
int open_guest_memfd(struct memory *mem)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int ret, own;

	if (kvm < 0)
		return SKIP_NO_KVM;
	ret = guest_memfd_of_type(mem, kvm, 0);
	if (ret == SKIP_NO_GUEST_MEMFD) {
		own = guest_memfd_of_type(mem, kvm,
					  UAPI_KVM_X86_SW_PROTECTED_VM);
		ret = own == SKIP_NO_KVM ? ret : own;
	}
	close(kvm);
	return ret;
}

/* A dma-buf's mapping is VM_PFNMAP, and unlike [vvar] it is writable. */
int open_udmabuf(struct memory *mem)
{
	struct udmabuf_create args = { .size = LARGE_BYTES };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memfd;

	if (dev < 0)
		return errno == EACCES ? SKIP_BACKING_ROOT : SKIP_NO_UDMABUF;
	memfd = memfd_create("gup_pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd >= 0 && !ftruncate(memfd, LARGE_BYTES) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		args.memfd = memfd;
		mem->fd = ioctl(dev, UDMABUF_CREATE, &args);
	}
	if (mem->fd < 0)
		setup_error(errno, "create a udmabuf");
	close(memfd);
	close(dev);
	return mem->fd < 0 ? -EIO : 0;
}

/*
 * The data that all processes share lies in the kernel's image. A time namespace
 * shows an allocated page in its place. The number is the kernel's
 * PROC_TIME_INIT_INO.
 */
static bool in_first_time_namespace(void)
{
	char name[64] = "";

	return readlink("/proc/self/ns/time", name, sizeof(name) - 1) < 0 ||
	       !strcmp(name, "time:[4026531834]");
}

int open_vvar(struct memory *mem)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];

	if (!maps)
		return setup_error(errno, "open /proc/self/maps");
	while (!mem->base && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]") &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			mem->base = (char *)start;
	fclose(maps);
	mem->len = page_size();
	mem->reserved = in_first_time_namespace();
	return mem->base ? 0 : SKIP_NO_VVAR;
}

/* The kernel refuses an address of our choice for a ring. */
int open_io_uring_ring(struct memory *mem)
{
	struct io_uring_params params = { 0 };
	unsigned int entries = page_size() / sizeof(struct io_uring_sqe);
	void *sqes;

	mem->fd = syscall(__NR_io_uring_setup, entries, &params);
	if (mem->fd < 0)
		return errno == ENOSYS || errno == EPERM ?
			SKIP_NO_RING : setup_error(errno, "io_uring_setup");
	sqes = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
		    mem->fd, IORING_OFF_SQES);
	if (sqes == MAP_FAILED)
		return setup_error(errno, "map the entries of an io_uring");
	mem->base = sqes;
	mem->len = page_size();
	return 0;
}
