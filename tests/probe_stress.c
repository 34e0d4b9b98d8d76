// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile and clumsy user of pin_probe: every errno of pin_probe.h once, then
 * random calls from many processes some of which are killed, and last what must
 * hold after all that. Needs root, and a machine of its own: it poisons a page,
 * unloads the module, and takes whatever the kernel log gets for its doing.
 *
 * probe_stress SECONDS [SEED]
 * probe_stress uncounted	tell by the exit status that the slow path is not counted
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../module/pin_probe.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define DEVICE "/dev/pin_probe"
#define HUGE_PAGE (2UL << 20)
#define KERNEL_ADDR 0xffff888000000000UL

static unsigned long page;
static int nr_tests, nr_failed;

__attribute__((format(printf, 2, 3)))
static bool ok(bool pass, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%s %d - ", pass ? "ok" : "not ok", ++nr_tests);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	nr_failed += !pass;
	return pass;
}

static void bail_out(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *map(size_t len, int prot, int flags)
{
	void *addr = mmap(NULL, len, prot, flags | MAP_ANONYMOUS, -1, 0);

	if (addr == MAP_FAILED)
		bail_out("mmap");
	return addr;
}

static uint64_t at(const void *addr)
{
	return (uintptr_t)addr;
}

static int pin_probe_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail_out(DEVICE);
	return fd;
}

/* 0, or the errno. */
static int call(int fd, unsigned long cmd, const void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? errno : 0;
}

static int gup(int fd, unsigned long cmd, uint64_t addr, uint64_t size,
	       uint32_t nr, uint32_t flags)
{
	struct pin_probe_gup args = {
		.addr = addr,
		.size = size,
		.nr_pages_per_call = nr,
		.gup_flags = flags,
	};

	return call(fd, cmd, &args);
}

static int start(int fd, uint64_t addr, uint64_t size, uint32_t flags)
{
	struct pin_probe_longterm args = {
		.addr = addr,
		.size = size,
		.flags = flags,
	};

	return call(fd, PIN_PROBE_LONGTERM_START, &args);
}

static uint32_t slow;	/* of the last pin() */

static int pin(int fd, uint32_t api, uint64_t addr, uint64_t size,
	       uint32_t flags, int32_t pid)
{
	struct pin_probe_pin args = {
		.addr = addr,
		.size = size,
		.api = api,
		.flags = flags,
		.pid = pid,
	};
	int err = call(fd, PIN_PROBE_PIN, &args);

	slow = args.slow;
	return err;
}

static int stop(int fd)
{
	return call(fd, PIN_PROBE_LONGTERM_STOP, NULL);
}

static int transfer(int fd, unsigned long cmd, const void *buf, uint64_t offset,
		    uint64_t len)
{
	struct pin_probe_io args = {
		.buf = at(buf),
		.offset = offset,
		.len = len,
	};

	return call(fd, cmd, &args);
}

static int unpin(int fd, uint64_t first, uint64_t pages, uint32_t flags,
		 uint32_t reserved)
{
	struct pin_probe_unpin args = {
		.first = first,
		.pages = pages,
		.flags = flags,
		.reserved = reserved,
	};

	return call(fd, PIN_PROBE_UNPIN, &args);
}

static uint64_t nr_same;	/* of the last same() */

static int same(int fd, uint64_t addr, uint64_t first, uint64_t pages)
{
	struct pin_probe_same args = {
		.addr = addr,
		.first = first,
		.pages = pages,
	};
	int err = call(fd, PIN_PROBE_SAME, &args);

	nr_same = args.same;
	return err;
}

static struct pin_probe_page facts;	/* of the last look() */

static int look(int fd, uint64_t index)
{
	facts.index = index;
	return call(fd, PIN_PROBE_PAGE, &facts);
}

static int dma(int fd, uint32_t device, uint64_t iova, uint64_t len,
	       uint32_t flags)
{
	char buf[16];
	struct pin_probe_dma args = {
		.buf = at(buf),
		.iova = iova,
		.len = len,
		.device = device,
		.flags = flags,
	};

	return call(fd, PIN_PROBE_DMA, &args);
}

/* An expression that is to give this errno. */
#define GIVES(want, expr) gives(want, expr, #want ": " #expr)

static void gives(int want, int got, const char *what)
{
	if (!ok(got == want, "%s", what))
		printf("# got %s\n", got ? strerror(got) : "success");
}

static bool release_is_before(int major, int minor)
{
	struct utsname name;
	int is_major, is_minor;

	uname(&name);
	if (sscanf(name.release, "%d.%d", &is_major, &is_minor) != 2)
		return false;
	return is_major < major || (is_major == major && is_minor < minor);
}

static void errnos_of_calls(int fd)
{
	GIVES(ENOTTY, call(fd, _IO('g', 6), NULL));
	GIVES(ENOTTY, call(fd, _IO('g', 72), NULL));
	GIVES(ENOTTY, call(fd, _IOWR('g', 67, char), NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_PIN_BASIC, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_LONGTERM_START, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_PIN, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_READ, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_WRITE, (void *)KERNEL_ADDR));
	GIVES(EFAULT, call(fd, PIN_PROBE_UNPIN, (void *)KERNEL_ADDR));
	GIVES(EFAULT, call(fd, PIN_PROBE_SAME, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_PAGE, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_DMA, NULL));
	GIVES(0, stop(fd));
}

/* Without a device that user space has; vfio_pin copies to and from one. */
static void errnos_of_dma(int fd)
{
	GIVES(ENODEV, dma(fd, 0xffffffff, 0, 16, 0));
	/* The host bridge, whose page table is the kernel's own, if any. */
	GIVES(ENODEV, dma(fd, 0, 0, 16, 0));
	GIVES(ENODEV, dma(fd, 0, 0, 0, PIN_PROBE_DMA_WRITE));
	GIVES(EINVAL, dma(fd, 0, 0, 16, 2));
	GIVES(EINVAL, dma(fd, 0xffffffff, 0, 16, 0x80000000));
}

static void errnos_of_ranges(int fd, uint64_t addr)
{
	const unsigned long cmd = PIN_PROBE_PIN_BASIC;
	struct sysinfo info;
	uint64_t ram;

	sysinfo(&info);
	ram = (uint64_t)info.totalram * info.mem_unit;

	GIVES(0, gup(fd, cmd, addr, 4 * page, 3, 0));
	GIVES(EINVAL, gup(fd, cmd, addr + 1, page, 1, 0));
	GIVES(EINVAL, gup(fd, cmd, addr, page + 1, 1, 0));
	GIVES(EINVAL, gup(fd, cmd, addr, 0, 1, 0));
	GIVES(EINVAL, gup(fd, cmd, addr, page, 0, 0));
	GIVES(EINVAL, gup(fd, cmd, addr, page, 1, 1 << 30));
	GIVES(EINVAL, gup(fd, PIN_PROBE_PIN_FAST_BENCHMARK, addr, page, 1,
			  PIN_PROBE_FOLL_HWPOISON));
	GIVES(EINVAL, gup(fd, PIN_PROBE_GUP_FAST_BENCHMARK, addr, page, 1,
			  PIN_PROBE_FOLL_SPLIT_PMD));
	GIVES(EINVAL, gup(fd, PIN_PROBE_GUP_BASIC, addr, page, 1,
			  PIN_PROBE_FOLL_LONGTERM));
	GIVES(EOVERFLOW, gup(fd, cmd, -page, 2 * page, 1, 0));
	GIVES(E2BIG, gup(fd, cmd, addr, ram + page, 1, 0));
	GIVES(EFAULT, gup(fd, cmd, 0, page, 1, 0));
	GIVES(EFAULT, gup(fd, cmd, addr, 5 * page, 1, 0));
	GIVES(EFAULT, gup(fd, cmd, KERNEL_ADDR, page, 1, 0));
}

static void errnos_of_longterm(int fd, uint64_t addr)
{
	void *out = map(4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	void *bad = NULL;

	GIVES(EINVAL, start(fd, addr, page, 4));
	GIVES(EINVAL, call(fd, PIN_PROBE_LONGTERM_READ, &out));
	GIVES(EINVAL, transfer(fd, PIN_PROBE_READ, out, 0, 1));
	GIVES(0, start(fd, addr, 4 * page, 0));
	GIVES(EINVAL, start(fd, addr, page, 0));
	GIVES(EFAULT, call(fd, PIN_PROBE_LONGTERM_READ, NULL));
	GIVES(EFAULT, call(fd, PIN_PROBE_LONGTERM_READ, &bad));
	GIVES(0, call(fd, PIN_PROBE_LONGTERM_READ, &out));
	GIVES(0, transfer(fd, PIN_PROBE_READ, NULL, 4 * page, 0));
	GIVES(ERANGE, transfer(fd, PIN_PROBE_READ, out, 4 * page, 1));
	GIVES(ERANGE, transfer(fd, PIN_PROBE_READ, out, 1, 4 * page));
	GIVES(ERANGE, transfer(fd, PIN_PROBE_READ, out, 1, UINT64_MAX));
	GIVES(EFAULT, transfer(fd, PIN_PROBE_READ, NULL, 0, 1));
	GIVES(EPERM, transfer(fd, PIN_PROBE_WRITE, out, 0, 1));
	GIVES(0, stop(fd));
	munmap(out, 4 * page);
}

/* In a child, which gives its answer by its exit status. */
static int remote_without_capability(uint64_t addr, pid_t pid)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = {};
	pid_t child = fork();
	int status, fd;

	if (!child) {
		fd = pin_probe_open();
		syscall(SYS_capset, &header, none);
		_exit(pin(fd, PIN_PROBE_API_PIN_REMOTE, addr, page, 0,
			  pid ? pid : getpid()));
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static void errnos_of_pin(int fd, uint64_t addr)
{
	const uint32_t remote = PIN_PROBE_API_PIN_REMOTE;

	GIVES(EINVAL, pin(fd, PIN_PROBE_NR_APIS, addr, page, 0, 0));
	GIVES(EINVAL, pin(fd, UINT32_MAX, addr, page, 0, 0));
	GIVES(EINVAL, pin(fd, PIN_PROBE_API_PIN_SLOW, addr, page, 0, getpid()));
	GIVES(EINVAL, pin(fd, remote, addr, page, 1 << 30, 0));
	GIVES(EINVAL, pin(fd, PIN_PROBE_API_GET_SLOW, addr, page,
			  PIN_PROBE_FOLL_LONGTERM, 0));
	GIVES(EINVAL, pin(fd, PIN_PROBE_API_PIN_FAST, addr, page,
			  PIN_PROBE_FOLL_HWPOISON, 0));
	GIVES(EOVERFLOW, pin(fd, remote, -page, 2 * page, 0, 0));
	GIVES(ESRCH, pin(fd, remote, addr, page, 0, INT_MAX));
	GIVES(ESRCH, pin(fd, remote, addr, page, 0, -1));
	GIVES(ESRCH, pin(fd, remote, addr, page, 0, 2));	/* kthreadd */
	GIVES(EPERM, remote_without_capability(addr, getpid()));
	GIVES(0, remote_without_capability(addr, 0));
	GIVES(EFAULT, pin(fd, remote, 0, page, 0, getpid()));
	for (uint32_t api = 0; api < PIN_PROBE_NR_APIS; api++) {
		GIVES(0, pin(fd, api, addr, 4 * page, PIN_PROBE_FOLL_WRITE, 0));
		GIVES(EINVAL, pin(fd, api, addr, page, 0, 0));
		GIVES(0, stop(fd));
	}
	gives(release_is_before(6, 5) ? EOPNOTSUPP : 0,
	      pin(fd, PIN_PROBE_API_PIN_UNLOCKED, addr, page,
		  PIN_PROBE_FOLL_LONGTERM, 0),
	      "EOPNOTSUPP before Linux 6.5: PIN_UNLOCKED with LONGTERM");
	stop(fd);
}

/* A struct that can be read but not written: the call fails, nothing is held. */
static void result_unwritable(int fd, uint64_t addr)
{
	struct pin_probe_pin *args = map(page, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE);

	args->addr = addr;
	args->size = page;
	mprotect(args, page, PROT_READ);
	GIVES(EFAULT, call(fd, PIN_PROBE_PIN, args));
	GIVES(EINVAL, look(fd, 0));
	munmap(args, page);
}

static void errnos_of_held(int fd, uint64_t addr)
{
	char byte = 0;

	GIVES(EINVAL, unpin(fd, 0, 1, 0, 0));
	GIVES(EINVAL, same(fd, addr, 0, 1));
	GIVES(EINVAL, look(fd, 0));
	GIVES(0, pin(fd, PIN_PROBE_API_PIN_SLOW, addr, 4 * page, 0, 0));
	GIVES(EINVAL, unpin(fd, 0, 0, 0, 0));
	GIVES(EINVAL, unpin(fd, 0, 1, 2, 0));
	GIVES(EINVAL, unpin(fd, 0, 1, 0, 1));
	GIVES(EPERM, unpin(fd, 0, 1, PIN_PROBE_UNPIN_DIRTY, 0));
	GIVES(ERANGE, unpin(fd, 4, 1, 0, 0));
	GIVES(ERANGE, unpin(fd, 0, 5, 0, 0));
	GIVES(ERANGE, unpin(fd, 1, UINT64_MAX, 0, 0));
	GIVES(EINVAL, same(fd, addr + 1, 0, 1));
	GIVES(EINVAL, same(fd, addr, 0, 0));
	GIVES(ERANGE, same(fd, addr, 1, 4));
	GIVES(ERANGE, same(fd, addr, UINT64_MAX, 1));
	GIVES(EOVERFLOW, same(fd, -page, 0, 2));
	GIVES(ERANGE, look(fd, 4));
	GIVES(ERANGE, look(fd, UINT64_MAX));
	GIVES(0, unpin(fd, 1, 2, 0, 0));
	GIVES(ENOENT, unpin(fd, 1, 1, 0, 0));
	GIVES(ENOENT, unpin(fd, 0, 4, 0, 0));
	GIVES(ENOENT, same(fd, addr, 0, 2));
	GIVES(ENOENT, look(fd, 2));
	GIVES(ENOENT, transfer(fd, PIN_PROBE_READ, &byte, 2 * page, 1));
	GIVES(0, transfer(fd, PIN_PROBE_READ, &byte, page - 1, 1));
	GIVES(0, transfer(fd, PIN_PROBE_READ, &byte, 3 * page, 1));
	GIVES(0, look(fd, 3));
	GIVES(0, stop(fd));
	GIVES(0, pin(fd, PIN_PROBE_API_GET_FAST, addr, 4 * page,
		     PIN_PROBE_FOLL_WRITE, 0));
	GIVES(0, transfer(fd, PIN_PROBE_WRITE, &byte, page, 1));
	GIVES(0, unpin(fd, 1, 2, PIN_PROBE_UNPIN_DIRTY, 0));
	GIVES(0, stop(fd));
}

static void nothing(int signal)
{
	(void)signal;
}

static void errno_of_poison(int fd)
{
	char *mem = map(page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char byte;

	*mem = 1;
	GIVES(0, pin(fd, PIN_PROBE_API_PIN_SLOW, at(mem), page, 0, 0));
	/* The kernel insists on telling: what is ignored would kill. */
	signal(SIGBUS, nothing);
	/* That the page is held is an error of its own, but poisoned it is. */
	if (madvise(mem, page, MADV_HWPOISON) && errno == EINVAL)
		ok(true, "EHWPOISON # SKIP this kernel poisons no memory");
	else
		GIVES(EHWPOISON, transfer(fd, PIN_PROBE_READ, &byte, 0, 1));
	signal(SIGBUS, SIG_DFL);
	stop(fd);
	munmap(mem, page);
}

static void pages_are_the_same(int fd)
{
	char *mem = map(4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	GIVES(0, pin(fd, PIN_PROBE_API_PIN_FAST, at(mem), 4 * page,
		     PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_LONGTERM, 0));
	ok(!same(fd, at(mem), 0, 4) && nr_same == 4, "the same pages");
	ok(!same(fd, at(mem) + page, 0, 3) && !nr_same, "not those beside them");
	mprotect(mem, 4 * page, PROT_NONE);
	ok(!same(fd, at(mem), 0, 4) && nr_same == 4, "the same, if not readable");
	mprotect(mem, 4 * page, PROT_READ | PROT_WRITE);
	madvise(mem + 2 * page, page, MADV_DONTNEED);
	ok(!same(fd, at(mem), 0, 4) && nr_same == 2, "the same up to a hole");
	ok(!same(fd, at(mem) + 3 * page, 3, 1) && nr_same == 1,
	   "the same behind the hole");
	mem[2 * page] = 1;
	ok(!same(fd, at(mem), 0, 4) && nr_same == 2, "the same up to another");
	munmap(mem, 4 * page);
	ok(!same(fd, at(mem), 0, 4) && !nr_same, "none when unmapped");
	stop(fd);
}

static bool resident(char *addr)
{
	unsigned char vec = 0;

	return !mincore(addr, page, &vec) && vec & 1;
}

static void nothing_is_faulted_in(int fd, int flags, size_t len, const char *what)
{
	char *held = map(page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	char *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 flags | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		ok(true, "nothing is faulted in: %s # SKIP no such memory", what);
		return;
	}
	pin(fd, PIN_PROBE_API_PIN_SLOW, at(held), page, PIN_PROBE_FOLL_WRITE, 0);
	ok(!same(fd, at(mem), 0, 1) && !nr_same && !resident(mem),
	   "nothing is faulted in: %s", what);
	stop(fd);
	munmap(mem, len);
	munmap(held, page);
}

static void page_facts(int fd)
{
	const uint32_t is = PIN_PROBE_PAGE_PINNED | PIN_PROBE_PAGE_ANON |
			    PIN_PROBE_PAGE_EXCLUSIVE;
	char *mem = map(2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	memset(mem, 1, page);
	GIVES(0, pin(fd, PIN_PROBE_API_PIN_SLOW, at(mem), page, 0, 0));
	GIVES(0, look(fd, 0));
	ok((facts.flags & is) == is, "an exclusive anonymous page: flags %#x",
	   facts.flags);
	ok(facts.pins >= 1 && facts.refs > 1024 && facts.pfn >= facts.head &&
	   facts.zone[0] && !facts.zone[sizeof(facts.zone) - 1],
	   "its counters: %d pins, %d references, zone %.20s", facts.pins,
	   facts.refs, facts.zone);
	stop(fd);
	GIVES(0, pin(fd, PIN_PROBE_API_GET_SLOW, at(mem) + page, page, 0, 0));
	GIVES(0, look(fd, 0));
	ok(facts.flags & PIN_PROBE_PAGE_ZERO, "the zeropage");
	stop(fd);
	munmap(mem, 2 * page);
}

static void slow_path(int fd, uint32_t api, uint32_t flags, const char *what)
{
	char *mem = map(page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	uint32_t first;

	pin(fd, api, at(mem), page, flags, 0);
	first = slow;
	stop(fd);
	pin(fd, api, at(mem), page, flags, 0);
	stop(fd);
	munmap(mem, page);
	if (first == PIN_PROBE_SLOW_UNKNOWN && slow == first)
		ok(true, "slow path: %s # SKIP cannot be counted here", what);
	else
		ok(first == 1 && !slow, "slow path: %s: %u for untouched memory, then %u",
		   what, first, slow);
}

/*
 * Not EINTR, which nobody lives to see, nor ENOMEM, EIO and EUCLEAN, for which
 * the kernel would have to be out of memory or wrong.
 */
/* The module was loaded while nothing could be counted. */
static bool is_uncounted(void)
{
	char *mem = map(page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int fd = pin_probe_open();
	int err = pin(fd, PIN_PROBE_API_PIN_SLOW, at(mem), page, 0, 0);

	close(fd);
	munmap(mem, page);
	return !err && slow == PIN_PROBE_SLOW_UNKNOWN;
}

static void one_by_one(void)
{
	const uint32_t longterm = PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_LONGTERM;
	/* Four pages with nothing behind them. */
	char *mem = map(5 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int fd = pin_probe_open();

	munmap(mem + 4 * page, page);
	ok(ioctl(fd, PIN_PROBE_VERSION) == PIN_PROBE_INTERFACE_VERSION,
	   "the version is that of the header");
	errnos_of_calls(fd);
	errnos_of_dma(fd);
	errnos_of_ranges(fd, at(mem));
	errnos_of_longterm(fd, at(mem));
	errnos_of_pin(fd, at(mem));
	result_unwritable(fd, at(mem));
	errnos_of_held(fd, at(mem));
	errno_of_poison(fd);
	pages_are_the_same(fd);
	nothing_is_faulted_in(fd, MAP_PRIVATE, page, "anonymous memory");
	nothing_is_faulted_in(fd, MAP_SHARED, page, "shared memory");
	nothing_is_faulted_in(fd, MAP_PRIVATE | MAP_HUGETLB, HUGE_PAGE, "hugetlb");
	page_facts(fd);
	slow_path(fd, PIN_PROBE_API_PIN_FAST, longterm, "long-term pin");
	slow_path(fd, PIN_PROBE_API_PIN_FAST, PIN_PROBE_FOLL_WRITE, "pin");
	slow_path(fd, PIN_PROBE_API_GET_FAST, PIN_PROBE_FOLL_WRITE, "reference");
	close(fd);
	munmap(mem, 4 * page);
}

/*
 * The random part. Each worker process has two threads, which share one memory:
 * places at fixed addresses where mappings come and go. It is touched by system
 * calls alone, which give an error where a plain access would be a signal.
 */
#define NR_WORKERS 4
#define NR_PLACES 16
#define PLACES ((char *)(1UL << 40))
#define PLACE_LEN (2 * HUGE_PAGE)

static struct {
	pid_t pids[NR_WORKERS];
	unsigned long calls[NR_WORKERS];
	unsigned long worked[NR_WORKERS];
	int odd_cmd, odd_errno;
} *shared;
static int shared_fds[2];

struct dice {
	uint64_t state;
};

/* splitmix64 */
static uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#define PICK(dice, array) (array)[roll(dice) % ARRAY_LEN(array)]

static bool once_in(struct dice *dice, unsigned int n)
{
	return roll(dice) % n == 0;
}

/*
 * Not near the stack: for an address right below it the kernel writes a trace to
 * its log, whoever asks GUP for it.
 */
static uint64_t any_addr(struct dice *dice)
{
	static const uint64_t edges[] = {
		0, 1, 0xfff, 0x1000, 0x7ffffffff000, 0x7fffffffffff,
		0x800000000000, KERNEL_ADDR, 0xffffffffff600000,
		0xfffffffffffff000, UINT64_MAX,
	};

	if (once_in(dice, 16))
		return PICK(dice, edges);
	return at(PLACES) + roll(dice) % NR_PLACES * PLACE_LEN +
	       roll(dice) % 8 * page + (once_in(dice, 32) ? 1 : 0);
}

static uint64_t any_number(struct dice *dice)
{
	static const uint64_t edges[] = {
		0, 1, 2, 0x7fffffff, 0x80000000, UINT32_MAX, 1UL << 32,
		INT64_MAX, 1UL << 63, UINT64_MAX - 1, UINT64_MAX,
	};

	return once_in(dice, 8) ? PICK(dice, edges) : roll(dice) % 12;
}

static uint64_t any_size(struct dice *dice)
{
	if (once_in(dice, 16))
		return any_number(dice);
	if (once_in(dice, 16))
		return any_number(dice) * page;
	return roll(dice) % (once_in(dice, 8) ? 600 : 12) * page;
}

static uint32_t any_flags(struct dice *dice)
{
	static const uint32_t flags[] = {
		PIN_PROBE_FOLL_WRITE, PIN_PROBE_FOLL_WRITE,
		PIN_PROBE_FOLL_LONGTERM, PIN_PROBE_FOLL_LONGTERM,
		PIN_PROBE_FOLL_FORCE, PIN_PROBE_FOLL_NOFAULT,
		PIN_PROBE_FOLL_HWPOISON, PIN_PROBE_FOLL_SPLIT_PMD,
	};
	uint32_t set = 0;

	for (int i = roll(dice) % 4; i > 0; i--)
		set |= PICK(dice, flags);
	return once_in(dice, 32) ? roll(dice) : set;
}

static int32_t any_pid(struct dice *dice)
{
	static const int32_t edges[] = { -1, 1, 2, INT_MAX, INT_MIN };

	if (once_in(dice, 4))
		return PICK(dice, edges);
	if (once_in(dice, 2))
		return 0;
	return shared->pids[roll(dice) % NR_WORKERS];
}

union args {
	struct pin_probe_gup gup;
	struct pin_probe_longterm longterm;
	struct pin_probe_io io;
	struct pin_probe_pin pin;
	struct pin_probe_unpin unpin;
	struct pin_probe_same same;
	struct pin_probe_page page;
	struct pin_probe_dma dma;
	uint64_t addr;
};

static void fill_args(struct dice *dice, unsigned int nr, union args *args)
{
	switch (nr) {
	case 1 ... 5:
		args->gup.addr = any_addr(dice);
		args->gup.size = any_size(dice);
		args->gup.nr_pages_per_call = any_number(dice);
		args->gup.gup_flags = any_flags(dice);
		break;
	case 7:
		args->longterm.addr = any_addr(dice);
		args->longterm.size = any_size(dice);
		args->longterm.flags = roll(dice) % (once_in(dice, 16) ? 8 : 4);
		break;
	case 9:
		args->addr = any_addr(dice);
		break;
	case 65 ... 66:
		args->io.buf = any_addr(dice);
		args->io.offset = any_size(dice) + any_number(dice);
		args->io.len = any_size(dice);
		break;
	case 67:
		args->pin.addr = any_addr(dice);
		args->pin.size = any_size(dice);
		args->pin.api = any_number(dice);
		args->pin.flags = any_flags(dice);
		if (args->pin.api == PIN_PROBE_API_PIN_REMOTE ||
		    once_in(dice, 16))
			args->pin.pid = any_pid(dice);
		break;
	case 68:
		args->unpin.first = any_number(dice);
		args->unpin.pages = any_number(dice);
		args->unpin.flags = roll(dice) % (once_in(dice, 16) ? 4 : 2);
		args->unpin.reserved = once_in(dice, 32);
		break;
	case 69:
		args->same.addr = any_addr(dice);
		args->same.first = any_number(dice);
		args->same.pages = any_number(dice);
		break;
	case 70:
		args->page.index = any_number(dice);
		break;
	case 71:
		args->dma.buf = any_addr(dice);
		args->dma.iova = any_addr(dice);
		args->dma.len = any_size(dice);
		args->dma.device = once_in(dice, 2) ? any_number(dice) : roll(dice);
		args->dma.flags = roll(dice) % (once_in(dice, 16) ? 4 : 2);
		break;
	}
}

/*
 * What pin_probe.h documents, and what GUP itself says of memory. Not EIO and
 * EUCLEAN, which would be the kernel's fault.
 */
static bool is_documented(int err)
{
	static const int errs[] = {
		0, EFAULT, EINVAL, ENOTTY, EOVERFLOW, E2BIG, ENOMEM, EPERM,
		ERANGE, ENOENT, ESRCH, EOPNOTSUPP, EHWPOISON, EBUSY,
		ENODEV, ENXIO,
	};

	for (size_t i = 0; i < ARRAY_LEN(errs); i++)
		if (err == errs[i])
			return true;
	return false;
}

static void any_call(struct dice *dice, int worker, int fd)
{
	static const unsigned long cmds[] = {
		PIN_PROBE_GUP_FAST_BENCHMARK, PIN_PROBE_PIN_FAST_BENCHMARK,
		PIN_PROBE_LONGTERM_BENCHMARK, PIN_PROBE_GUP_BASIC,
		PIN_PROBE_PIN_BASIC, PIN_PROBE_LONGTERM_START,
		PIN_PROBE_LONGTERM_STOP, PIN_PROBE_LONGTERM_READ,
		PIN_PROBE_VERSION, PIN_PROBE_READ, PIN_PROBE_WRITE,
		PIN_PROBE_PIN, PIN_PROBE_PIN, PIN_PROBE_PIN, PIN_PROBE_UNPIN,
		PIN_PROBE_UNPIN, PIN_PROBE_SAME, PIN_PROBE_PAGE, PIN_PROBE_DMA,
		_IO('g', 6),
	};
	unsigned long cmd = once_in(dice, 64) ? roll(dice) : PICK(dice, cmds);
	union args args = {};
	void *arg = &args;
	int err;

	fill_args(dice, _IOC_NR(cmd), &args);
	if (once_in(dice, 32))
		arg = (void *)any_addr(dice);
	err = call(fd, cmd, arg);
	shared->calls[worker]++;
	shared->worked[worker] += !err;
	if (!is_documented(err)) {
		shared->odd_cmd = cmd;
		shared->odd_errno = err;
	}
}

static void remap(struct dice *dice, char *place)
{
	static const int prots[] = {
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ,
		PROT_NONE,
	};
	static const char * const files[] = {
		"/proc/self/exe", "/dev/zero", "/dev/shm", "/tmp",
	};
	int flags = MAP_FIXED | (once_in(dice, 2) ? MAP_PRIVATE : MAP_SHARED);
	int prot = PICK(dice, prots);
	int fd = -1;

	switch (roll(dice) % 6) {
	case 0:
		fd = memfd_create("stress", MFD_CLOEXEC);
		break;
	case 1:
		fd = memfd_create("stress", MFD_CLOEXEC | MFD_HUGETLB);
		break;
	case 2:
		fd = syscall(SYS_memfd_secret, O_CLOEXEC);
		break;
	case 3:
		fd = open(PICK(dice, files), O_RDONLY | O_CLOEXEC);
		prot &= ~PROT_WRITE;
		break;
	default:
		flags |= MAP_ANONYMOUS;
	}
	if (fd >= 0 && ftruncate(fd, PLACE_LEN))
		flags |= MAP_PRIVATE;	/* not a file of our own */
	mmap(place, PLACE_LEN, prot, flags, fd, 0);
	if (fd >= 0)
		close(fd);
}

/* Change the memory under the feet of the calls. */
static void churn(struct dice *dice)
{
	static const int advices[] = {
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_POPULATE_WRITE,
		MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_HUGEPAGE,
		MADV_NOHUGEPAGE, MADV_MERGEABLE, MADV_DONTFORK, MADV_DOFORK,
	};
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	char *place = PLACES + roll(dice) % NR_PLACES * PLACE_LEN;
	char *addr = place + roll(dice) % 8 * page;
	size_t len = (1 + roll(dice) % 8) * page;
	pid_t child;

	switch (roll(dice) % 8) {
	case 0:
		munmap(addr, len);
		break;
	case 1:
		remap(dice, place);
		break;
	case 2:
		mprotect(addr, len, PICK(dice, prots));
		break;
	case 3:
		child = once_in(dice, 8) ? fork() : -1;
		if (!child)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
		break;
	default:
		madvise(addr, once_in(dice, 8) ? HUGE_PAGE : len,
			PICK(dice, advices));
	}
}

static void *churn_for_ever(void *dice)
{
	for (;;)
		churn(dice);
	return NULL;
}

static void work(int worker, uint64_t seed)
{
	struct dice dice = { seed }, other = { ~seed };
	pthread_t thread;
	int own[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	own[0] = pin_probe_open();
	own[1] = pin_probe_open();
	for (int i = 0; i < NR_PLACES; i++)
		remap(&dice, PLACES + i * PLACE_LEN);
	if (pthread_create(&thread, NULL, churn_for_ever, &other))
		bail_out("pthread_create");
	for (;;) {
		any_call(&dice, worker, once_in(&dice, 3) ?
			 PICK(&dice, shared_fds) : PICK(&dice, own));
		if (!once_in(&dice, 256))
			continue;
		close(own[0]);
		own[0] = pin_probe_open();
	}
}

static void start_worker(int worker, uint64_t seed)
{
	pid_t pid = fork();

	if (pid < 0)
		bail_out("fork");
	if (!pid)
		work(worker, seed);
	shared->pids[worker] = pid;
}

/* 0 if it lived until now. */
static int kill_worker(int worker)
{
	int status;

	kill(shared->pids[worker], SIGKILL);
	waitpid(shared->pids[worker], &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : status;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void many_at_once(double seconds, uint64_t seed)
{
	const double end = now() + seconds;
	unsigned long calls = 0, worked = 0, kills = 0;
	struct dice dice = { seed };
	int worker, status, died = 0;

	shared = map(page, PROT_READ | PROT_WRITE, MAP_SHARED);
	for (size_t i = 0; i < ARRAY_LEN(shared_fds); i++)
		shared_fds[i] = pin_probe_open();
	for (worker = 0; worker < NR_WORKERS; worker++)
		start_worker(worker, roll(&dice));
	while (now() < end) {
		usleep(roll(&dice) % 200000);
		worker = roll(&dice) % NR_WORKERS;
		status = kill_worker(worker);
		died = died ?: status;
		kills++;
		start_worker(worker, roll(&dice));
	}
	for (worker = 0; worker < NR_WORKERS; worker++) {
		status = kill_worker(worker);
		died = died ?: status;
		kills++;
		calls += shared->calls[worker];
		worked += shared->worked[worker];
	}
	for (size_t i = 0; i < ARRAY_LEN(shared_fds); i++)
		close(shared_fds[i]);
	printf("# %lu calls, %lu of them succeeded, %lu processes killed\n",
	       calls, worked, kills);
	ok(worked > 100 && calls - worked > 100, "calls succeed, and calls fail");
	ok(!died, "no process dies but of SIGKILL (wait status %#x)", died);
	ok(!shared->odd_errno, "every errno is documented (call %#x: %d)",
	   shared->odd_cmd, shared->odd_errno);
	munmap(shared, page);
}

/* What a device may reach, while its user gives it memory and takes it away. */
#define DMA_IOVA (16UL << 20)
#define DMA_PAGES 96
#define DMA_BYTE 0x5a
#define NR_READERS 2

static struct {
	unsigned long rounds;
	int user_errno;
	struct {
		unsigned long copied, missed;
		int errno_of, odd_byte;
	} of[NR_READERS];
} *dma_shared;

/* The group of the device that the guest may have, or NULL. */
static const char *vfio_group(void)
{
	const char *name = getenv("GUP_PIN_VFIO_DEVICE");
	static char path[PATH_MAX + 16];
	char link[128], target[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group",
		 name ?: "none");
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(target, '/') + 1);
	return access(path, F_OK) ? NULL : path;
}

static uint32_t vfio_bdf(void)
{
	unsigned int domain, bus, slot, function;

	if (sscanf(getenv("GUP_PIN_VFIO_DEVICE"), "%x:%x:%x.%x", &domain, &bus,
		   &slot, &function) != 4)
		bail_out("GUP_PIN_VFIO_DEVICE");
	return domain << 16 | bus << 8 | slot << 3 | function;
}

struct attached {
	int container;
	int group;
};

/* 0, or the errno. detach() is due in either case. */
static int attach(struct attached *vfio, const char *path, const void *mem,
		  size_t len, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map args = {
		.argsz = sizeof(args),
		.flags = flags,
		.vaddr = at(mem),
		.iova = DMA_IOVA,
		.size = len,
	};

	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	vfio->group = open(path, O_RDWR | O_CLOEXEC);
	return ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container) ||
	       ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) ||
	       ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &args) ? errno : 0;
}

static int unmap(const struct attached *vfio, size_t len)
{
	struct vfio_iommu_type1_dma_unmap args = {
		.argsz = sizeof(args),
		.iova = DMA_IOVA,
		.size = len,
	};

	return call(vfio->container, VFIO_IOMMU_UNMAP_DMA, &args);
}

static void detach(struct attached *vfio)
{
	close(vfio->group);
	close(vfio->container);
}

/* A file on a disk may be read by a device, and is not to be written by us. */
static void dma_to_file(void)
{
	const char *name = getenv("PROBE_STRESS_FILE"), *path = vfio_group();
	struct attached vfio;
	int file, fd;
	void *mem;

	if (!name || !path) {
		ok(true, "DMA to a file # SKIP no VFIO device, or no file");
		return;
	}
	file = open(name, O_RDONLY | O_CLOEXEC);
	mem = mmap(NULL, page, PROT_READ, MAP_SHARED, file, 0);
	if (mem == MAP_FAILED)
		bail_out(name);
	fd = pin_probe_open();
	GIVES(0, attach(&vfio, path, mem, page, VFIO_DMA_MAP_FLAG_READ));
	GIVES(0, dma(fd, vfio_bdf(), DMA_IOVA, 16, 0));
	GIVES(EPERM, dma(fd, vfio_bdf(), DMA_IOVA, 16, PIN_PROBE_DMA_WRITE));
	GIVES(ENXIO, dma(fd, vfio_bdf(), DMA_IOVA + page, 16, 0));
	detach(&vfio);
	GIVES(ENODEV, dma(fd, vfio_bdf(), DMA_IOVA, 16, 0));
	close(fd);
	munmap(mem, page);
	close(file);
}

/* Fresh memory in a fresh container; gone by an unmap, or with the container. */
static int attach_and_detach(const char *path, unsigned long round)
{
	const size_t len = DMA_PAGES * page;
	char *mem = map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct attached vfio;
	int err;

	memset(mem, DMA_BYTE, len);
	err = attach(&vfio, path, mem, len,
		     VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE);
	usleep(round % 4 * 20000);
	if (!err && round % 2)
		err = unmap(&vfio, len);
	munmap(mem, len);
	detach(&vfio);
	return err;
}

static void use_vfio(const char *path)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!dma_shared->user_errno) {
		dma_shared->user_errno =
			attach_and_detach(path, dma_shared->rounds);
		dma_shared->rounds++;
	}
	_exit(0);
}

/* Never anything but what was mapped, also when it is so no more. */
static void copy_dma(int reader, uint32_t device)
{
	const size_t len = DMA_PAGES * page;
	uint8_t *buf = map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct pin_probe_dma args = {
		.buf = at(buf),
		.iova = DMA_IOVA,
		.len = len,
		.device = device,
	};
	int err, fd = pin_probe_open();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		memset(buf, DMA_BYTE, len);
		args.flags ^= PIN_PROBE_DMA_WRITE;
		err = call(fd, PIN_PROBE_DMA, &args);
		if (!err)
			dma_shared->of[reader].copied++;
		else if (err == ENODEV || err == ENXIO)
			dma_shared->of[reader].missed++;
		else
			dma_shared->of[reader].errno_of = err;
		for (size_t i = 0; i < len; i++)
			if (buf[i] != DMA_BYTE)
				dma_shared->of[reader].odd_byte = buf[i] ?: -1;
	}
}

static void dma_while_detaching(double seconds)
{
	const char *path = vfio_group();
	unsigned long copied = 0, missed = 0;
	pid_t pids[NR_READERS + 1];
	int err = 0, odd = 0;

	if (!path) {
		ok(true, "DMA while the device is detached # SKIP no VFIO device");
		return;
	}
	dma_shared = map(page, PROT_READ | PROT_WRITE, MAP_SHARED);
	for (int i = 0; i <= NR_READERS; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			bail_out("fork");
		if (!pids[i] && i < NR_READERS)
			copy_dma(i, vfio_bdf());
		if (!pids[i])
			use_vfio(path);
	}
	usleep(seconds * 1e6);
	for (int i = 0; i <= NR_READERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	for (int i = 0; i < NR_READERS; i++) {
		copied += dma_shared->of[i].copied;
		missed += dma_shared->of[i].missed;
		err = err ?: dma_shared->of[i].errno_of;
		odd = odd ?: dma_shared->of[i].odd_byte;
	}
	printf("# DMA: %lu copied, %lu found nothing, %lu times attached\n",
	       copied, missed, dma_shared->rounds);
	ok(!dma_shared->user_errno, "VFIO maps and detaches (errno %d)",
	   dma_shared->user_errno);
	ok(copied && missed, "DMA while mapped, and while not");
	ok(!err, "every errno of DMA is documented (%d)", err);
	ok(!odd, "DMA reaches nothing but what was mapped (%d)", odd);
	munmap(dma_shared, page);
}

/* Pins that the kernel has given and not got back. */
static long pins_held(void)
{
	long held = 0, nr;
	char line[128];
	FILE *file;
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		bail_out("/proc/sys/vm/stat_refresh");
	close(fd);
	file = fopen("/proc/vmstat", "r");
	if (!file)
		bail_out("/proc/vmstat");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "nr_foll_pin_acquired %ld", &nr) == 1)
			held += nr;
		else if (sscanf(line, "nr_foll_pin_released %ld", &nr) == 1)
			held -= nr;
	}
	fclose(file);
	return held;
}

/* Take pages in a way of its own, tell so, and wait for the end. */
static void hold(int told, uint32_t api)
{
	const size_t len = 64 * page;
	int fd = pin_probe_open();
	char *mem = map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int err = pin(fd, api, at(mem), len, PIN_PROBE_FOLL_WRITE, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unpin(fd, 3, 5, 0, 0);
	if (write(told, &err, sizeof(err)) != sizeof(err))
		_exit(1);
	for (;;)
		pause();
}

static void killed_holder(uint32_t api)
{
	long before = pins_held(), during;
	int told[2], err = -1;
	pid_t pid;

	if (pipe(told))
		bail_out("pipe");
	pid = fork();
	if (!pid)
		hold(told[1], api);
	close(told[1]);
	if (read(told[0], &err, sizeof(err)) != sizeof(err))
		err = -1;
	close(told[0]);
	during = pins_held() - before;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(!err && during == (api < PIN_PROBE_API_GET_SLOW ? 59 : 0) &&
	   pins_held() == before,
	   "killed holder, call %u: %ld pins, then %ld", api, during,
	   pins_held() - before);
}

static unsigned long taint(void)
{
	unsigned long mask = 0;
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");

	if (!file || fscanf(file, "%lu", &mask) != 1)
		bail_out("/proc/sys/kernel/tainted");
	fclose(file);
	return mask;
}

static bool is_complaint(const char *record)
{
	static const char * const signs[] = {
		"WARNING:", "BUG:", "KASAN:", "UBSAN:", "INFO:", "Oops",
		"Call Trace:", "general protection", "pin_probe:", "Bad page",
		"Out of memory",
	};

	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (strstr(record, signs[i]))
			return true;
	return false;
}

/* Of the records since kmsg was opened. A record that got lost counts as one. */
static int complaints(int kmsg)
{
	char record[8192];
	int nr = 0;
	ssize_t len;

	for (;;) {
		len = read(kmsg, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE) {
			puts("# the kernel log ran over");
			nr++;
			continue;
		}
		if (len <= 0)
			return nr;
		record[len] = '\0';
		if (!is_complaint(record))
			continue;
		record[strcspn(record, "\n")] = '\0';
		if (nr++ < 20)
			printf("# %s\n", strchr(record, ';') ?: record);
	}
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned long taint_before = taint();
	long pins_before;

	page = sysconf(_SC_PAGESIZE);
	if (argc == 2 && !strcmp(argv[1], "uncounted"))
		return !is_uncounted();
	if (seconds <= 0 || argc > 3) {
		fputs("usage: probe_stress SECONDS [SEED] | uncounted\n", stderr);
		return 2;
	}
	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		bail_out("/dev/kmsg");
	setvbuf(stdout, NULL, _IOLBF, 0);
	pins_before = pins_held();

	one_by_one();
	for (uint32_t api = 0; api < PIN_PROBE_NR_APIS; api++)
		killed_holder(api);
	printf("# seed %llu\n", (unsigned long long)seed);
	many_at_once(seconds, seed);
	dma_to_file();
	dma_while_detaching(seconds);

	ok(pins_held() == pins_before, "every pin was given back (%ld left)",
	   pins_held() - pins_before);
	ok(!syscall(SYS_delete_module, "pin_probe", O_NONBLOCK),
	   "the module can be unloaded");
	ok(!complaints(kmsg), "the kernel log has no complaint");
	/* 12 and 13: a module from outside, without a signature. */
	ok(!(taint() & ~taint_before & ~(1UL << 12 | 1UL << 13)),
	   "no new taint (%#lx, before %#lx)", taint(), taint_before);
	printf("1..%d\n", nr_tests);
	return nr_failed ? 1 : 0;
}
