// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of common/: does each part notice what it is there to notice? TAP on
 * stdout. Built and run by unit.t.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "../common/base/child.h"
#include "../common/base/guard.h"
#include "../common/base/skip.h"
#include "../common/base/watchdog.h"
#include "../common/contract/contract.h"
#include "../common/contract/reason.h"
#include "../common/memory/pattern.h"
#include "../common/memory/testbed.h"
#include "../common/observe/baseline.h"
#include "../common/observe/huge_pages.h"
#include "../common/observe/pagemap.h"
#include "../common/observe/smaps.h"
#include "../common/test/coherency.h"
#include "tap.h"

#define NR_HUGE	"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static void skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++number, name, why);
}

static struct memory mem, other;

/* Return: whether the memory is there, mapped. */
static bool get(const char *backing, enum sharing sharing)
{
	int ret = memory_open(&mem, backing_find(backing), sharing) ?:
		  memory_map(&mem, 8);

	if (ret > 0)
		skip(backing, skip_reason(ret));
	else
		ok(!ret, "%s is there %s", backing, ret ? setup_error_text() : "");
	return !ret;
}

static void put(void)
{
	memory_unmap(&mem);
	memory_close(&mem);
}

/* skip.h */

static void test_outcome(void)
{
	for (int i = SKIP_NONE + 1; i < NR_SKIPS; i++) {
		const char *reason = skip_reason(i);

		ok(!strncmp(reason, "door: ", 6) ||
		   !strncmp(reason, "backing: ", 9) ||
		   !strncmp(reason, "machine: ", 9),
		   "skip %d says what is missing", i);
		ok(!strpbrk(reason, "0123456789"), "skip %d has no number", i);
		ok(skip_hint(i) && *skip_hint(i), "skip %d has a hint", i);
	}
	ok(setup_error(ENOENT, "open %s", "it") == -ENOENT, "setup_error() returns -errno");
	ok(!strcmp(setup_error_text(), "open it: No such file or directory"),
	   "setup_error_text() names both");
	ok(setup_error(0, "it") == -EIO, "a fault is never taken for success");
}

/* contract.h */

static const struct contract_row *row_of(const char *variant)
{
	for (size_t i = 0; i < contract_nr_rows; i++)
		if (!strcmp(contract_rows[i].variant, variant))
			return &contract_rows[i];
	printf("Bail out! no row %s\n", variant);
	exit(1);
}

static const struct range one_page = { .pages = 1 };

static void promises(const char *variant, enum page_state state,
		     const struct pinner *pinner, enum access access, int want)
{
	struct promise promise = { .err = -1 };
	int ret = contract_promise(row_of(variant), &other, state, &one_page,
				   pinner, access, &promise);

	ok(!ret && promise.err == want && promise.reason, "%s, %s, %s, %s: %d",
	   variant, page_state_name[state], pinner->name,
	   access == RW ? "rw" : "ro", want);
}

static void test_rows(void)
{
	for (size_t i = 0; i < contract_nr_rows; i++) {
		const struct contract_row *row = &contract_rows[i];
		const struct backing *backing = backing_find(row->backing);

		ok(backing && backing->states && row->reason->why,
		   "row %s has a backing, states and a reason", row->variant);
		ok(!strncmp(row->variant, row->backing, strlen(row->backing)),
		   "row %s is of the backing that it names", row->variant);
	}
	ok(!backing_find("no_such"), "an unknown backing is not found");
}

static void range_promises(const char *variant, const struct pinner *pinner,
			   const struct range *range, int want)
{
	struct promise promise = { .err = -1 };
	int ret = contract_promise(row_of(variant), &other, POPULATED, range,
				   pinner, RW, &promise);

	ok(!ret && promise.err == want && promise.reason,
	   "%s, %s, %zu pages before it, %zu behind, %zu of these mapped: %d",
	   variant, pinner->name, range->before, range->behind, other.behind,
	   want);
}

static void test_ranges(void)
{
	const struct range before = { .before = 1, .pages = 2 };
	const struct range behind = { .pages = 2, .behind = 2 };

	range_promises("anon", &pin_gup_fast, &before, 0);
	range_promises("anon", &pin_xdp, &before, 0);
	range_promises("secretmem", &pin_gup_fast, &before, EFAULT);
	range_promises("secretmem", &pin_xdp, &before, REFUSED);
	range_promises("secretmem", &pin_xdp, &behind, EFAULT);
	range_promises("anon", &pin_gup_fast, &behind, EFAULT);
	range_promises("anon", &pin_xdp, &behind, REFUSED);
	other.behind = 1;
	range_promises("anon", &pin_gup_fast, &behind, EFAULT);
	other.behind = 2;
	range_promises("anon", &pin_gup_fast, &behind, 0);
	other.behind = 0;
}

static void test_movable(void)
{
	struct query q = {
		.row = row_of("anon_prot_write"), .pinner = &pin_gup_fast,
		.access = RO, .state = POPULATED,
	};
	struct promise promise;

	ok(!contract_verdict(&q, &promise) && !promise.err && promise.unmoved,
	   "what GUP-fast allows alone is allowed where the page may stay");
	q.movable = true;
	ok(!contract_verdict(&q, &promise) && promise.err == EFAULT,
	   "and where it must move the slow path decides");
}

static void test_contract(void)
{
	const struct pinner *slow = &pin_gup_slow, *fast = &pin_gup_fast;
	struct promise promise;

	promises("anon", UNTOUCHED, slow, RW, 0);
	promises("anon", READONLY, slow, RO, 0);
	promises("anon", READONLY, slow, RW, EFAULT);
	promises("anon", READONLY, fast, RW, EFAULT);
	promises("ext4_shared", POPULATED, fast, RW, EFAULT);
	promises("ext4_shared", POPULATED, fast, RO, 0);
	promises("ext4_private", POPULATED, fast, RW, 0);
	other.dax = true;
	promises("fsdax_xfs_shared", POPULATED, fast, RO, EOPNOTSUPP);
	promises("fsdax_xfs_private", POPULATED, slow, RO, EOPNOTSUPP);
	promises("fsdax_xfs_private", POPULATED, fast, RO, 0);
	promises("fsdax_xfs_private", UNTOUCHED, fast, RO, EOPNOTSUPP);
	promises("tmpfile_shared", POPULATED, fast, RO, EOPNOTSUPP);
	promises("tmpfile_private", UNTOUCHED, slow, RO, EOPNOTSUPP);
	promises("tmpfile_private", READONLY, fast, RO, 0);
	promises("tmpfile_private", READONLY, fast, RW, EOPNOTSUPP);
	other.dax = false;
	promises("anon_prot_write", POPULATED, fast, RO, 0);
	promises("anon_prot_write", POPULATED, slow, RO, EFAULT);
	promises("anon_prot_write", UNTOUCHED, fast, RO, EFAULT);

	promises("pfnmap_vvar", READ_FAULTED, &pin_vfio_type1, RO, EFAULT);
	other.reserved = true;
	promises("pfnmap_vvar", READ_FAULTED, &pin_vfio_type1, RO, 0);
	promises("pfnmap_vvar", READ_FAULTED, &pin_vfio_type1, RW, EFAULT);
	promises("pfnmap_vvar", READ_FAULTED, &pin_iommufd, RO, EFAULT);
	other.reserved = false;

	other.fs = "ext4";
	promises("tmpfile_shared", POPULATED, slow, RW, EFAULT);
	promises("tmpfile_shared", POPULATED, slow, RO, 0);
	other.fs = "tmpfs";
	promises("tmpfile_shared", POPULATED, slow, RW, 0);
	other.fs = "overlay";
	ok(contract_promise(row_of("tmpfile_shared"), &other, POPULATED,
			    &one_page, slow, RW, &promise) == SKIP_UNKNOWN_FS,
	   "nothing is promised of an overlay's own name");
	other.fs = "ext";
	ok(contract_promise(row_of("tmpfile_shared"), &other, POPULATED,
			    &one_page, slow, RW, &promise) == SKIP_UNKNOWN_FS,
	   "nothing is promised of an unknown filesystem");
}

/* reason.h */

static void explains(const struct fix *fixes, const char *release,
		     const char *want)
{
	const struct reason reason = { "why", fixes };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	reason_print(out, &reason, release);
	fclose(out);
	if (!ok(!strncmp(text, "# reason: why\n", 14) &&
		!strcmp(text + 14, want), "on %s: %s", release, want))
		printf("# got: %s", text);
	free(text);
}

static void test_reason(void)
{
	const struct fix *one = FIXES({ "abc", NULL, 6, 2 });
	const struct fix *two = FIXES({ "abc", NULL, 5, 14 },
				      { "def", "GUP-fast", 6, 9 });
	static const char
	lacks[] = "# this kernel may lack abc (Linux 6.2)\n",
	lost[] = "# abc (Linux 6.2) brought this promise, and this kernel has lost it\n";

	explains(NULL, "6.1.0", "");
	explains(one, "6.1.0-56-cloud-amd64", lacks);
	explains(one, "5.14.21", lacks);
	explains(one, "6.2.0-rc1+", lacks);
	explains(one, "6.2.0", lost);
	explains(one, "6.10.0-rc1", lost);
	explains(one, "7.3.4-cloud-amd64", lost);
	explains(two, "5.13.0",
		 "# this kernel may lack abc (Linux 5.14), def (GUP-fast, Linux 6.9)\n");
	explains(two, "6.8.12",
		 "# this kernel may lack def (GUP-fast, Linux 6.9)\n");
	explains(two, "6.9",
		 "# abc (Linux 5.14), def (GUP-fast, Linux 6.9) brought this promise, and this kernel has lost it\n");
}

/* backing.h */

static void test_tags(void)
{
	char image[page_size()];

	if (!get("memfd", SHARED))
		return;
	ok(!memory_write(&mem, 0, 8), "tags are written");
	ok(memory_check_mapping(&mem, 0, 8) == -1, "the mapping is right");
	ok(memory_check_file(&mem, 0, 8) == -1, "the file is right");
	memory_expect(&mem, 3, image);
	ok(memory_same_tag(&mem, 3, image), "the right page is known");
	ok(!memory_same_tag(&mem, 2, image) && !memory_same_tag(&mem, 4, image),
	   "its neighbours are told from it");
	image[page_size() / 4] ^= 1;
	ok(!memory_same_tag(&mem, 3, image), "a wrong first half is noticed");
	memory_expect(&mem, 3, image);
	image[page_size() / 4 * 3 - 1] ^= 1;
	ok(!memory_same_tag(&mem, 3, image), "a wrong second half is noticed");
	memory_expect(&mem, 3, image);
	memory_renew(&mem, 3, 1);
	ok(!memory_same_tag(&mem, 3, image), "a stale page is noticed");
	ok(memory_check_mapping(&mem, 0, 8) == 3, "so it is in the mapping");
	ok(memory_check_file(&mem, 0, 8) == 3, "and in the file");
	memset(image, 0, page_size());
	ok(!memory_same_tag(&mem, 3, image), "zeros are no tag");
	put();
}

static void test_private(void)
{
	char image[page_size()];

	if (!get("memfd", PRIVATE))
		return;
	ok(memory_check_mapping(&mem, 0, 8) == -1, "the file is seen");
	memory_write(&mem, 2, 1);
	ok(memory_check_mapping(&mem, 0, 8) == -1, "so is the private copy");
	ok(memory_check_file(&mem, 0, 8) == -1, "and the file has not changed");
	memory_expect(&mem, 2, image);
	ok(pwrite(mem.fd, image, sizeof(image), 2 * page_size()) ==
	   (ssize_t)sizeof(image) && memory_check_file(&mem, 0, 8) == 2,
	   "the copy in the file is noticed");
	put();
}

static void test_surroundings(void)
{
	char *behind;

	if (!get("anon", PRIVATE))
		return;
	behind = mem.base + mem.len;
	ok(touch(mem.base - 1, false), "nothing can be read before it");
	ok(touch(behind, false), "nothing can be read behind it");
	ok(!memory_check_hole(&mem), "behind it is a hole");
	ok(!memory_put_neighbours(&mem, 1, 0) && !touch(mem.base - 1, true),
	   "a neighbour is put before it");
	mmap(behind, page_size(), PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ok(memory_check_hole(&mem) < 0, "a filled hole is noticed");
	munmap(behind, page_size());
	put();
}

static void test_states(const char *backing, enum sharing sharing)
{
	for (enum page_state state = 0; state < NR_PAGE_STATES; state++) {
		if (!get(backing, sharing))
			return;
		if (!(mem.states & BIT(state))) {
			put();
			continue;
		}
		ok(!memory_enter(&mem, state, 2, 3), "%s is entered",
		   page_state_name[state]);
		ok(pagemap_present(mem.base + 3 * page_size()) ==
		   (state != UNTOUCHED), "%s: the page table shows it",
		   page_state_name[state]);
		if (state == READONLY) {
			ok(memory_write(&mem, 2, 1) == -EFAULT,
			   "readonly: writing faults");
			ok(!memory_make_writable(&mem) &&
			   !memory_write(&mem, 2, 1),
			   "readonly: it can be undone");
		}
		put();
	}
}

static void test_clean(void)
{
	if (!get("ext4", SHARED))
		return;
	ok(!memory_enter(&mem, CLEAN, 0, 4), "ext4: clean is entered");
	ok(!smaps_dirty_kb(mem.base), "ext4: nothing is dirty");
	memory_write(&mem, 1, 1);
	ok(smaps_dirty_kb(mem.base) > 0, "ext4: a write is dirty");
	put();
}

/* watchdog.h */

static void burn(int ms)
{
	clock_t end = clock() + ms * (CLOCKS_PER_SEC / 1000);

	while (clock() < end)
		;
}

enum conduct { LOOPS_INSIDE, LOOPS_OUTSIDE, SLEEPS_INSIDE, DIES_INSIDE };

/* Return: how a process ended that conducts itself so. */
static int watched(enum conduct conduct)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		watchdog_enter("here", 4096, 1);
		if (conduct == LOOPS_OUTSIDE)
			watchdog_leave();
		if (conduct == DIES_INSIDE)
			raise(SIGKILL);
		if (conduct == SLEEPS_INSIDE)
			sleep(2);
		else
			burn(conduct == LOOPS_INSIDE ? 20000 : 2000);
		watchdog_leave();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void test_watchdog(void)
{
	const char *victim;
	bool killed;
	int status;

	if (!ok(!watchdog_start(), "the watchdog starts"))
		return;
	status = watched(LOOPS_INSIDE);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	   "what loops inside is ended");
	victim = watchdog_victim(&killed);
	ok(victim && !strcmp(victim, "here") && killed,
	   "and where it was is known");
	ok(!watchdog_victim(&killed), "but told only once");
	ok(!watched(LOOPS_OUTSIDE) && !watchdog_victim(&killed),
	   "what loops outside is left alone");
	status = watched(DIES_INSIDE);
	victim = watchdog_victim(&killed);
	ok(victim && !killed, "what the kernel ends is told apart");
	ok(!watched(SLEEPS_INSIDE) && !watchdog_victim(&killed),
	   "what waits inside is left alone");
}

/* baseline.h */

static bool complained(const struct baseline *before, const char *of)
{
	struct complaints complaints;
	bool found = false;

	baseline_check(before, &complaints);
	for (size_t i = 0; i < complaints.nr; i++) {
		printf("# %s\n", complaints.line[i]);
		found |= !!strstr(complaints.line[i], of);
	}
	return *of ? found : !complaints.nr;
}

static void test_pin_kept(bool root)
{
	struct door door = { .pinner = &pin_io_uring };
	struct baseline before;
	int ret = pin_io_uring.open(&door);

	if (ret) {
		skip("a pin that is kept", ret > 0 ? skip_reason(ret) :
						     setup_error_text());
		return;
	}
	if (!get("anon", PRIVATE))
		return;
	baseline_take(&before);
	ok(!pin_io_uring.pin(&door, mem.base, mem.len, RW), "8 pages pinned");
	ok(complained(&before, "VmPin was"), "VmPin is noticed");
	before.vm_pin = bytes_of(8) / 1024;
	pin_io_uring.unpin(&door);
	ok(complained(&before, "VmPin was"), "so is one that falls");
	baseline_settle();
	baseline_take(&before);
	pin_io_uring.pin(&door, mem.base, mem.len, RW);
	if (root)
		ok(complained(&before, "pages are still pinned"),
		   "a pin that is kept is noticed");
	else
		skip("a pin that is kept is noticed", "needs root");
	pin_io_uring.unpin(&door);
	baseline_settle();
	baseline_take(&before);
	pin_io_uring.pin(&door, mem.base, mem.len, RW);
	pin_io_uring.unpin(&door);
	ok(complained(&before, ""), "a pin that is given back is no complaint");
	put();
	pin_io_uring.close(&door);
}

static void test_lock_kept(void)
{
	struct baseline before;

	if (!get("anon", PRIVATE))
		return;
	baseline_take(&before);
	if (mlock(mem.base, page_size()))
		skip("a locked page is noticed", "RLIMIT_MEMLOCK");
	else
		ok(complained(&before, "VmLck was"), "a locked page is noticed");
	put();
}

/* Return: the number of huge pages that there were, -1 if it cannot be set. */
static long set_nr_huge(long to)
{
	FILE *file = fopen(NR_HUGE, "r+");
	long was = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &was) == 1) {
		rewind(file);
		fprintf(file, "%ld\n", to < 0 ? was + 1 : to);
	}
	fclose(file);
	return was;
}

static void test_huge_kept(void)
{
	struct baseline before;
	long was = set_nr_huge(-1);

	baseline_take(&before);
	baseline_new_pools(&before);
	if (hugetlb_unused(2UL << 20) > 0 &&
	    get("memfd_hugetlb_2m", SHARED)) {
		ok(complained(&before, "unused huge pages"),
		   "a huge page that is kept is noticed");
		put();
	} else {
		skip("a huge page that is kept is noticed", "no huge page");
	}
	if (was >= 0)
		set_nr_huge(was);
}

/* coherency.h: a door that holds the wrong page, or a copy */

static size_t shift;		/* bytes that the door is off */
static char *copy;		/* what it holds in place of the memory */

static char *held(struct door *door)
{
	return copy ?: door->addr + shift;
}

static int read_held(struct door *door, size_t offset, void *buf, size_t len)
{
	memcpy(buf, held(door) + offset, len);
	return 0;
}

static int write_held(struct door *door, size_t offset, const void *buf,
		      size_t len)
{
	memcpy(held(door) + offset, buf, len);
	return 0;
}

static int cannot_write(struct door *door, size_t offset, const void *buf,
			size_t len)
{
	(void)door;
	(void)offset;
	(void)buf;
	(void)len;
	return -EOPNOTSUPP;
}

static void test_coherency(void)
{
	struct pinner pinner = { .read = read_held, .write = write_held };
	const struct range range = { .first = 1, .pages = 4, .skew = 512 };
	struct door door = { .pinner = &pinner };
	int err;

	if (!get("anon", PRIVATE))
		return;
	door.addr = mem.base + page_size() + range.skew;
	memory_write(&mem, 0, 8);
	ok(coherency_read(&door, &mem, &range, &err) == -1 && !err,
	   "a true pin reads what was written");
	ok(coherency_write(&door, &mem, &range, &err) == -1 && !err,
	   "what a true pin writes is seen");
	shift = page_size();
	ok(coherency_read(&door, &mem, &range, &err) == 1,
	   "a pin of the pages behind is noticed");
	ok(coherency_write(&door, &mem, &range, &err) == 1,
	   "where it writes is noticed");
	shift = 0;
	memory_write(&mem, 0, 8);
	copy = malloc(4 * page_size());
	memcpy(copy, door.addr, 4 * page_size() - 2 * range.skew);
	ok(coherency_read(&door, &mem, &range, &err) == -1,
	   "a copy is as good until something is written");
	ok(coherency_write(&door, &mem, &range, &err) == 1,
	   "what is written to the copy is not seen");
	memory_write(&mem, 4, 1);
	memory_write(&mem, 1, 3);
	memcpy(copy, door.addr, 3 * page_size());
	memory_write(&mem, 4, 1);
	ok(coherency_read(&door, &mem, &range, &err) == 4,
	   "the one page that was written meanwhile is named");
	free(copy);
	copy = NULL;
	pinner.write = cannot_write;
	ok(coherency_write(&door, &mem, &range, &err) == -1 &&
	   err == -EOPNOTSUPP &&
	   coherency_read(&door, &mem, &range, &err) == -1 && !err,
	   "a door that cannot write leaves the memory as it is expected");
	put();
}

/* child.h */

static long answer(int question, void *with)
{
	if (question == 2)
		_exit(1);
	while (question == 3)
		;
	return question + *(int *)with;
}

static int ask(const struct child *child, int question, long *said)
{
	return child_begin(child, question) ?: child_answer(child, 100, said);
}

static void test_child(void)
{
	struct child child;
	int with = 40;
	long said;

	ok(!child_fork(&child, answer, &with), "a child is forked");
	with = 0;
	ok(!ask(&child, 1, &said) && said == 41,
	   "it answers by the memory that it was forked with");
	ok(ask(&child, 2, &said) < 0, "its death is noticed");
	ok(ask(&child, 1, &said) < 0, "and noticed again");
	child_end(&child);
	ok(waitpid(child.pid, NULL, WNOHANG) < 0, "it is waited for");

	ok(!child_fork(&child, answer, &with) && ask(&child, 3, &said) == -ETIME,
	   "one that never answers is not waited for");
	kill(child.pid, SIGKILL);
	child_end(&child);
}

static void test_log(void)
{
	struct baseline before;
	FILE *log = fopen("/dev/kmsg", "w");

	if (!log) {
		skip("a complaint of the kernel", "/dev/kmsg is not writable");
		return;
	}
	fprintf(log, "<4>WARNING: an old one, by a test of gup_pin\n");
	fflush(log);
	baseline_take(&before);
	fprintf(log, "<6>an ordinary line, by a test of gup_pin\n");
	fflush(log);
	ok(complained(&before, ""), "old and ordinary lines are no complaints");
	baseline_settle();
	baseline_take(&before);
	fprintf(log, "<4>WARNING: a test of gup_pin\n");
	fflush(log);
	ok(complained(&before, "kernel log: WARNING: a test of gup_pin"),
	   "a complaint of the kernel is noticed");
	fclose(log);
}

int main(void)
{
	bool root = !geteuid();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (testbed_init() || baseline_init()) {
		printf("Bail out! %s\n", setup_error_text());
		return 1;
	}
	guard_init(NULL);
	test_outcome();
	test_rows();
	test_contract();
	test_ranges();
	test_movable();
	test_reason();
	test_tags();
	test_private();
	test_surroundings();
	test_states("anon", PRIVATE);
	test_states("memfd", SHARED);
	test_states("tmpfile", SHARED);
	test_states("ext4", SHARED);
	test_clean();
	test_coherency();
	test_child();
	test_pin_kept(root);
	test_lock_kept();
	test_huge_kept();
	test_log();
	test_watchdog();
	printf("1..%d\n", number);
	return !!failures;
}
