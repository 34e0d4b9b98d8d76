// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "outcome.h"
#include "pagemap.h"
#include "uapi.h"
#include "uffd.h"

static size_t noted_pages(const struct subject *s)
{
	size_t pages = s->mem->len / page_size();

	return pages < NOTED_PAGES ? pages : NOTED_PAGES;
}

int subject_note(struct subject *s)
{
	for (size_t page = 0; page < noted_pages(s); page++)
		s->home[page] = pagemap_frame(s->mem->base +
					      page * page_size());
	s->frame = pagemap_frame(subject_at(s));
	return s->frame ? 0 : fault(0, "/proc/self/pagemap tells no page frames");
}

static int advise(struct subject *s, int advice)
{
	return madvise(s->mem->base, s->mem->len, advice) ? -errno : 0;
}

/* One line of a file of the kernel's, without the newline. */
static int read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, line, size - 1);
	close(fd);
	if (len < 0)
		return -EIO;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, strlen(line)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static void forget(uint32_t gen[MAX_PAGES])
{
	memset(gen, 0, MAX_PAGES * sizeof(*gen));
}

/* What the process and reclaim do. */

int do_pageout(struct subject *s)
{
	return advise(s, MADV_PAGEOUT);
}

int do_free(struct subject *s)
{
	return advise(s, MADV_FREE) ?: advise(s, MADV_PAGEOUT);
}

int do_dontneed(struct subject *s)
{
	forget(s->mem->copy_gen);
	return advise(s, MADV_DONTNEED);
}

int do_munmap(struct subject *s)
{
	size_t pages = s->mem->len / page_size();

	memory_unmap(s->mem);
	return memory_map(s->mem, pages);
}

/* Room for the memory at another address, aligned as its pages are. */
static char *elsewhere(const struct memory *mem, char **area, size_t *area_len)
{
	uintptr_t align = mem->granule;

	*area_len = mem->len + align;
	*area = mmap(NULL, *area_len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (*area == MAP_FAILED)
		return NULL;
	return (char *)(((uintptr_t)*area + align - 1) / align * align);
}

int do_mremap(struct subject *s)
{
	struct memory *mem = s->mem;
	size_t area_len;
	char *area, *to = elsewhere(mem, &area, &area_len);

	if (!to)
		return -errno;
	if (mremap(mem->base, mem->len, mem->len, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) == MAP_FAILED)
		return -errno;
	munmap(mem->area, mem->base - mem->area);
	munmap(to + mem->len, area + area_len - (to + mem->len));
	mem->area = area;
	mem->area_len = to + mem->len - area;
	mem->base = to;
	return 0;
}

int do_truncate(struct subject *s)
{
	struct memory *mem = s->mem;
	struct stat st;

	if (fstat(mem->fd, &st) || ftruncate(mem->fd, 0) ||
	    ftruncate(mem->fd, st.st_size))
		return -errno;
	forget(mem->file_gen);
	forget(mem->copy_gen);
	return 0;
}

int do_punch_hole(struct subject *s)
{
	struct memory *mem = s->mem;

	if (fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      mem->len))
		return -errno;
	forget(mem->file_gen);
	return 0;
}

bool is_paged_out(const struct subject *s)
{
	unsigned char resident;

	return !mincore(subject_at(s), 1, &resident) && !(resident & 1);
}

bool is_unmapped(const struct subject *s)
{
	return !pagemap_frame(subject_at(s));
}

bool is_as_expected(const struct subject *s)
{
	return memory_check_mapping(s->mem, s->first, 1) < 0;
}

bool is_discarded(const struct subject *s)
{
	return !is_as_expected(s);
}

/* A page of a filesystem on disk needs none. */
int fits_pageout(const struct subject *s)
{
	char line[256];
	FILE *swaps;
	int lines = 0;

	if (s->mem->backing->states & BIT(CLEAN))
		return 0;
	swaps = fopen("/proc/swaps", "r");
	while (swaps && fgets(line, sizeof(line), swaps))
		lines++;
	if (swaps)
		fclose(swaps);
	return lines > 1 ? 0 : SKIP_NO_SWAP;
}

/* KSM. */

#define KSM	"/sys/kernel/mm/ksm/"

static long full_scans(void)
{
	char line[32];

	return read_line(KSM "full_scans", line, sizeof(line)) ? -1 :
	       atol(line);
}

static bool ksm_runs(void)
{
	char line[32];

	return !read_line(KSM "run", line, sizeof(line)) && !strcmp(line, "1");
}

/*
 * A page is merged in the second scan that finds it unchanged, and the scan
 * under way may have passed it already.
 */
static int wait_for_scans(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	long start = full_scans();

	for (int i = 0; i < 5000 && ksm_runs(); i++) {
		if (full_scans() >= start + 3)
			return 0;
		nanosleep(&moment, NULL);
	}
	return -ETIMEDOUT;
}

/* The twin stays: without it the merged page would leave the stable tree. */
int do_ksm(struct subject *s)
{
	char *twin = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (twin == MAP_FAILED)
		return -errno;
	memcpy(twin, subject_at(s), page_size());
	if (madvise(twin, page_size(), MADV_MERGEABLE))
		return -errno;
	return advise(s, MADV_MERGEABLE) ?: wait_for_scans();
}

bool is_merged(const struct subject *s)
{
	return pagemap_flags(pagemap_frame(subject_at(s))) & FRAME_KSM;
}

int fits_ksm(const struct subject *s)
{
	(void)s;
	return ksm_runs() ? 0 : SKIP_NO_KSM;
}

/* khugepaged. */

/* The one huge page that lies in the mapping. */
int prepare_collapse(struct subject *s)
{
	const size_t huge = (COLLAPSE_PAGES + 1) / 2 * page_size();
	uintptr_t base = (uintptr_t)s->mem->base;

	s->first = ((base + huge - 1) / huge * huge - base) / page_size();
	/* Else it would get the huge page at once. */
	if (advise(s, MADV_NOHUGEPAGE) && errno != EINVAL)
		return fault(errno, "MADV_NOHUGEPAGE");
	return 0;
}

int do_collapse(struct subject *s)
{
	return advise(s, MADV_HUGEPAGE) ?: advise(s, UAPI_MADV_COLLAPSE);
}

/* Only its first pages were touched. */
bool is_collapsed(const struct subject *s)
{
	return pagemap_frame(subject_at(s) + COLLAPSE_PAGES / 2 * page_size());
}

int lacks_collapse(const struct subject *s, int answer)
{
	(void)s;
	if (answer == -EINVAL)
		return SKIP_NO_COLLAPSE;
	return answer == -ENOMEM ? SKIP_NO_THP : 0;
}

/* Migration. */

static int node_of(void *addr)
{
	int status;

	if (syscall(SYS_move_pages, 0, 1UL, &addr, NULL, &status, 0))
		return -errno;
	return status;
}

#define MAX_NODES	64

/*
 * move_pages(2) answers with the number of pages that it could not migrate, or
 * tells why in the page's status: for one page both mean the same.
 */
int do_move_pages(struct subject *s)
{
	void *addr = subject_at(s);
	int here = node_of(addr);

	if (here < 0)
		return here;
	for (int node = 0; node < MAX_NODES; node++) {
		int status = -1;
		long ret;

		if (node == here)
			continue;
		ret = syscall(SYS_move_pages, 0, 1UL, &addr, &node, &status,
			      MPOL_MF_MOVE);
		if (ret > 0)
			return -EBUSY;
		if (!ret)
			return status == node ? 0 : status;
		if (errno != ENODEV && errno != EACCES)
			return -errno;
	}
	return -ENODEV;
}

bool is_moved(const struct subject *s)
{
	unsigned long frame = pagemap_frame(subject_at(s));

	return frame && frame != s->home[s->first];
}

int lacks_node(const struct subject *s, int answer)
{
	(void)s;
	switch (answer) {
	case -ENODEV:
		return SKIP_NO_NODE;
	case -ENOSYS:
		return SKIP_NO_MOVE_PAGES;
	default:
		return 0;
	}
}

/*
 * Compaction moves pages upwards, into page blocks that are partly free, and of
 * these there may be none. So some are made, and the lowest are made last,
 * because what is freed last is what the memory will get. They are more than
 * the per-CPU lists hold back, and stat_refresh drains these (decay_pcp_high()).
 */
#define SPARSE_STEPS	768
#define SPARSE_STEP	(16 * page_size())
#define DRAINS		8

/* Of each step all pages but one. */
static void free_steps(char *sparse, unsigned long from, unsigned long to)
{
	for (size_t i = 0; i < SPARSE_STEPS; i++) {
		char *step = sparse + i * SPARSE_STEP;
		/* The last page, which stays. */
		unsigned long frame = pagemap_frame(step + SPARSE_STEP -
						    page_size());

		if (frame >= from && frame < to)
			madvise(step, SPARSE_STEP - page_size(), MADV_DONTNEED);
	}
}

static unsigned long lowest_frame(const char *sparse)
{
	unsigned long lowest = -1UL;

	for (size_t i = 0; i < SPARSE_STEPS; i++) {
		unsigned long frame = pagemap_frame(sparse + i * SPARSE_STEP);

		if (frame < lowest)
			lowest = frame;
	}
	return lowest;
}

int prepare_compact(struct subject *s)
{
	static char *sparse;
	const size_t len = SPARSE_STEPS * SPARSE_STEP;
	unsigned long low;

	/* Once for both, before the pinned memory. */
	if (s->beside)
		return 0;
	if (sparse)
		munmap(sparse, len);
	sparse = mmap(NULL, len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sparse == MAP_FAILED)
		return fault(errno, "map %zu bytes", len);
	madvise(sparse, len, MADV_NOHUGEPAGE);
	madvise(sparse, len, MADV_POPULATE_WRITE);
	low = lowest_frame(sparse) + len / page_size() / 4;
	free_steps(sparse, low, -1UL);
	for (int i = 0; i < DRAINS; i++)
		write_line("/proc/sys/vm/stat_refresh", "1");
	free_steps(sparse, 0, low);
	return 0;
}

int do_compact(struct subject *s)
{
	(void)s;
	return write_line("/proc/sys/vm/compact_memory", "1");
}

/*
 * Compaction takes pages from the bottom of a zone upwards. So if it took one
 * from above the pinned page, then it came by there.
 */
bool is_compacted(const struct subject *s)
{
	for (size_t page = 0; page < noted_pages(s); page++) {
		unsigned long frame = pagemap_frame(s->mem->base +
						    page * page_size());

		if (s->home[page] > s->beside->frame && frame &&
		    frame != s->home[page])
			return true;
	}
	return false;
}

int lacks_compaction(const struct subject *s, int answer)
{
	(void)s;
	(void)answer;
	return SKIP_NO_COMPACTION;
}

/* userfaultfd. */

int do_uffd_move(struct subject *s)
{
	struct uapi_uffdio_move move = {
		.src = (uintptr_t)s->mem->base,
		.len = s->mem->len,
	};
	size_t area_len;
	char *area, *to = elsewhere(s->mem, &area, &area_len);
	int fd, ret;

	if (!to)
		return -errno;
	fd = uffd_watch(to, s->mem->len, UFFDIO_REGISTER_MODE_MISSING,
			UAPI_UFFD_FEATURE_MOVE, UFFD_USER_MODE_ONLY);
	if (fd >= 0) {
		move.dst = (uintptr_t)to;
		ret = ioctl(fd, UAPI_UFFDIO_MOVE, &move) ? -errno : 0;
		close(fd);
	} else {
		ret = fd;
	}
	munmap(area, area_len);
	return ret;
}

int lacks_uffd_move(const struct subject *s, int answer)
{
	(void)s;
	if (answer == -EPERM)
		return SKIP_NO_UFFD;
	return answer == -ENOSYS ? SKIP_NO_UFFD_MOVE : 0;
}

/* Memory hotplug. */

#define MEMORY		"/sys/devices/system/memory/"
#define HUGE_PAGES	"/proc/sys/vm/nr_hugepages"

/* Whoever waits for a page that never moves has to be interrupted. */
#define OFFLINE_SECONDS	10

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * In a session of its own it outlives a case that is killed, so that the block
 * is brought back in any case.
 */
static __attribute__((noreturn)) void offline_and_online(const char *state)
{
	struct sigaction act = { .sa_handler = on_alarm };
	char huge_pages[32];
	int ret;

	setsid();
	read_line(HUGE_PAGES, huge_pages, sizeof(huge_pages));
	sigaction(SIGALRM, &act, NULL);
	alarm(OFFLINE_SECONDS);
	ret = write_line(state, "offline");
	alarm(0);
	if (!ret)
		ret = write_line(state, "online_movable");
	/* Free huge pages of the block were dissolved. */
	write_line(HUGE_PAGES, huge_pages);
	_exit(-ret);
}

/* The block of memory that was the page's home, or -1. */
static long home_block(const struct subject *s)
{
	char line[64];

	if (read_line(MEMORY "block_size_bytes", line, sizeof(line)))
		return -1;
	return s->home[s->first] * page_size() / strtoul(line, NULL, 16);
}

int fits_offline(const struct subject *s)
{
	const char *may = getenv("GUP_PIN_OFFLINE");
	long block = home_block(s);
	char path[80], zones[64];

	snprintf(path, sizeof(path), MEMORY "memory%ld/valid_zones", block);
	if (!may || strcmp(may, "1") ||
	    read_line(path, zones, sizeof(zones)) || strcmp(zones, "Movable"))
		return SKIP_MAY_NOT_OFFLINE;
	/* Not every block can be offlined: what the control shows is of one. */
	if (s->beside && home_block(s->beside) != block)
		return SKIP_MAY_NOT_OFFLINE;
	return 0;
}

int do_offline(struct subject *s)
{
	char state[80];
	int status;
	pid_t pid;

	snprintf(state, sizeof(state), MEMORY "memory%ld/state", home_block(s));
	pid = fork();
	if (!pid)
		offline_and_online(state);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

/* A block that has holes, or pages reserved at boot. */
int lacks_offline(const struct subject *s, int answer)
{
	(void)s;
	return answer == -EINVAL || answer == -EBUSY ? SKIP_MAY_NOT_OFFLINE : 0;
}
