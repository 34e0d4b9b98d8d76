// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lying door: linked into a test program in the place of its doors (ld --wrap, of
 * all that is called __wrap_ here), it does what they do, but for one lie.
 *
 * GUP_PIN_LIE		the lie, see lies[]; without it all are honest
 * GUP_PIN_LIE_TO	the cases of this run that it is told to: " 1 3 " for the first
 *			and the third
 *
 * A case that is lied to says so in a note, and in another that it has met the lie.
 *
 * User space cannot make a kernel count wrongly, nor unpin once too often: these lies
 * are told by what the suite reads the counters with. What the whole system counts
 * stays wrong after the case, as it would.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common/observe/baseline.h"
#include "../common/test/case.h"
#include "../common/pinners/iommufd_mock.h"
#include "../common/observe/pins.h"
#include "../common/base/page.h"
#include "../common/pinners/pinner.h"
#include "lying_door.h"

struct liar {
	struct pinner pinner;	/* first: it is what the programs see */
	const struct pinner *real;
};

struct lie {
	const char *name;
	/* In the place of the door's; NULL: the door's. */
	int (*pin)(struct door *door, void *addr, size_t len,
		   enum access access);
	int (*unpin)(struct door *door);
	bool held_only;		/* not for who lets go within the call */
	bool keeps;		/* as long as the process lives, or longer */
	bool miscounts;		/* what is charged */
};

/* In memory shared by all processes of the program. */
static struct shared {
	unsigned int cases;	/* that have begun */
	long balance;		/* what the pin counters are off by */
	bool told;		/* to this case */
	bool no_wait;		/* for long */
} *shared;

/* Of the case's process and its children. NULL: honest. */
static const struct lie *lie;
/* What is charged to it too much, in KiB. */
static long extra_pin_kb, extra_lck_kb;

static const struct pinner *real(const struct door *door)
{
	return ((const struct liar *)door->pinner)->real;
}

/* At once: the process may be killed. */
static void note(const char *text)
{
	printf("# note: %s: %s\n", text, lie->name);
	fflush(stdout);
}

static void met(void)
{
	if (!shared->told)
		note("this door lies");
	shared->told = true;
}

static long page_kb(void)
{
	return page_size() / 1024;
}

/* Other memory, with the bytes of what is to be pinned, as far as there are any. */
static void *copy_of(void *addr, size_t len)
{
	size_t skew = (uintptr_t)addr % page_size();
	size_t whole = (skew + len + page_size() - 1) & ~(page_size() - 1);
	struct iovec from = { addr, len }, to;
	int fd = memfd_create("gup_pin_other", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *other = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, whole))
		other = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (other == MAP_FAILED)
		abort();
	to = (struct iovec){ other + skew, len };
	memset(other, 0, whole);
	process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	return other + skew;
}

/* Doors that hold other pages, and know by whose address they reach them. */
static struct {
	const struct door *door;
	char *addr;
} elsewhere[8];

static int pin_elsewhere(struct door *door, void *addr, size_t len,
			 enum access access)
{
	void *other = copy_of(addr, len);
	int ret = real(door)->pin(door, other, len, access);
	size_t i = 0;

	while (elsewhere[i].door && elsewhere[i].door != door)
		i++;
	elsewhere[i].door = door;
	elsewhere[i].addr = other;
	door->addr = addr;
	return ret;
}

/* The door reaches what it has pinned. Return its address by the case's belief. */
static char *enter_door(struct door *door)
{
	char *addr = door->addr;

	for (size_t i = 0; elsewhere[i].door; i++)
		if (elsewhere[i].door == door)
			door->addr = elsewhere[i].addr;
	return addr;
}

static int liar_read(struct door *door, size_t offset, void *buf, size_t len)
{
	char *addr = enter_door(door);
	int ret = real(door)->read(door, offset, buf, len);

	door->addr = addr;
	return ret;
}

static int liar_write(struct door *door, size_t offset, const void *buf,
		      size_t len)
{
	char *addr = enter_door(door);
	int ret = real(door)->write(door, offset, buf, len);

	door->addr = addr;
	return ret;
}

static int pin_other(struct door *door, void *addr, size_t len,
		     enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	if (ret)
		return ret;
	met();
	real(door)->unpin(door);
	return pin_elsewhere(door, addr, len, access);
}

static int refuse(struct door *door, void *addr, size_t len, enum access access)
{
	(void)door, (void)addr, (void)len, (void)access;
	met();
	return -EIO;
}

static int refuse_and_keep(struct door *door, void *addr, size_t len,
			   enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	if (ret)
		return ret;
	met();
	return -ENOMEM;
}

static int allow(struct door *door, void *addr, size_t len, enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	if (!ret)
		return 0;
	met();
	pin_elsewhere(door, addr, len, access);
	return 0;
}

/* As it should, but there is a pin now. */
static int deny_and_keep(struct door *door, void *addr, size_t len,
			 enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	if (ret && !pin_elsewhere(door, addr, len, access))
		met();
	return ret;
}

static int refuse_wrongly(struct door *door, void *addr, size_t len,
			  enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	if (!ret)
		return 0;
	met();
	return ret == -EIO ? -EPERM : -EIO;
}

/* The process loses what is pinned, in units that its mapping can be split into. */
static int lose(struct door *door, void *addr, size_t len, enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);
	uintptr_t start = (uintptr_t)addr, end = start + len;

	if (ret)
		return ret;
	met();
	for (size_t unit = page_size(); unit <= 1UL << 30; unit *= 2) {
		start &= -unit;
		end = (end + unit - 1) & -unit;
		if (!mprotect((void *)start, end - start, PROT_NONE))
			return 0;
	}
	abort();
}

static int never_return(struct door *door, void *addr, size_t len,
			enum access access)
{
	int ret = real(door)->pin(door, addr, len, access);

	met();
	for (;;)
		__asm__ volatile ("");
	return ret;
}

static int unpin_twice(struct door *door)
{
	int ret = real(door)->unpin(door);

	met();
	shared->balance--;
	return ret;
}

static int unpin_too_little(struct door *door)
{
	int ret = real(door)->unpin(door);

	met();
	shared->balance++;
	return ret;
}

static int unpin_nothing(struct door *door)
{
	(void)door;
	met();
	return 0;
}

static int keep_charge(struct door *door)
{
	unsigned int charges = real(door)->charges;
	int ret = real(door)->unpin(door);

	if (charges & CHARGES_VM_PIN)
		extra_pin_kb += page_kb();
	if (charges & CHARGES_VM_LCK)
		extra_lck_kb += page_kb();
	if (charges & (CHARGES_VM_PIN | CHARGES_VM_LCK))
		met();
	return ret;
}

#define HELD	.held_only = true
#define KEPT	HELD, .keeps = true

static const struct lie lies[] = {
	{ "refuses_allowed", .pin = refuse },
	{ "allows_denied", .pin = allow },
	{ "wrong_errno", .pin = refuse_wrongly },
	{ "refuses_and_keeps", .pin = refuse_and_keep, KEPT },
	{ "denies_and_keeps", .pin = deny_and_keep, KEPT },
	{ "other_page", .pin = pin_other, HELD },
	{ "loses_page", .pin = lose },
	{ "never_returns", .pin = never_return },
	{ "unpins_nothing", .unpin = unpin_nothing, KEPT },
	{ "unpins_too_little", .unpin = unpin_too_little, KEPT },
	{ "unpins_twice", .unpin = unpin_twice, KEPT },
	{ "counts_wrongly", .miscounts = true },
	{ "keeps_charge", .unpin = keep_charge, KEPT },
};

static const struct lie *lie_of(const struct door *door)
{
	return lie && !(lie->held_only && door->pinner->lets_go) ? lie : NULL;
}

static int liar_pin(struct door *door, void *addr, size_t len,
		    enum access access)
{
	const struct lie *told = lie_of(door);

	return (told && told->pin ? told->pin : real(door)->pin)(door, addr, len, access);
}

static int liar_unpin(struct door *door)
{
	const struct lie *told = lie_of(door);

	return (told && told->unpin ? told->unpin : real(door)->unpin)(door);
}

/*
 * A door that belongs to no case knows its pinner from here. Each has a constructor,
 * because what it copies is not known to the compiler.
 */
#define LIAR(name) \
struct liar __wrap_##name; \
static int name##_opens(struct door *door) \
{ \
	int ret = __real_##name.open(door); \
\
	door->pinner = &__wrap_##name.pinner; \
	return ret; \
} \
static void __attribute__((constructor)) name##_lies(void) \
{ \
	__wrap_##name.real = &__real_##name; \
	__wrap_##name.pinner = __real_##name; \
	__wrap_##name.pinner.open = name##_opens; \
	__wrap_##name.pinner.pin = liar_pin; \
	__wrap_##name.pinner.unpin = liar_unpin; \
	if (__real_##name.read) \
		__wrap_##name.pinner.read = liar_read; \
	if (__real_##name.write) \
		__wrap_##name.pinner.write = liar_write; \
}

LIARS(LIAR)

/* The counters. */

int __wrap_pins_balance(long *balance)
{
	int ret = __real_pins_balance(balance);

	*balance += shared->balance;
	return ret;
}

static void miscount(long *vm_lck, long *vm_pin)
{
	if (!lie || !lie->miscounts || (!*vm_lck && !*vm_pin))
		return;
	met();
	*(*vm_lck ? vm_lck : vm_pin) += page_kb();
}

void __wrap_pins_charged_kb_of(pid_t pid, long *vm_lck, long *vm_pin)
{
	__real_pins_charged_kb_of(pid, vm_lck, vm_pin);
	miscount(vm_lck, vm_pin);
}

void __wrap_pins_charged_kb(long *vm_lck, long *vm_pin)
{
	__wrap_pins_charged_kb_of(getpid(), vm_lck, vm_pin);
	*vm_lck += extra_lck_kb;
	*vm_pin += extra_pin_kb;
}

/*
 * What a lie keeps stays: of the two seconds that the case waits for it, what other
 * pins may need is enough.
 */
#define WAIT_US	64000

void __wrap_baseline_check(const struct baseline *before, struct complaints *complaints)
{
	shared->no_wait = lie && lie->keeps && shared->told;
	__real_baseline_check(before, complaints);
	shared->no_wait = false;
}

int __wrap_usleep(useconds_t us)
{
	return shared->no_wait && us > WAIT_US ? 0 : __real_usleep(us);
}

/* Which case is it? */

static const struct lie *lie_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		if (!strcmp(lies[i].name, name))
			return &lies[i];
	fprintf(stderr, "GUP_PIN_LIE=%s: no such lie\n", name);
	exit(2);
}

struct guard *__wrap_case_begin(void)
{
	const char *name = getenv("GUP_PIN_LIE") ?: "";
	char number[16];

	snprintf(number, sizeof(number), " %u ", ++shared->cases);
	shared->told = false;
	if (*name && strstr(getenv("GUP_PIN_LIE_TO") ?: "", number)) {
		lie = lie_named(name);
		note("this case is lied to");
	}
	return __real_case_begin();
}

static void __attribute__((constructor)) share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
}
