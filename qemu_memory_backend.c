// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users met: a virtual machine with a passed-through device, and memory that
 * is a file (QEMU's memory-backend-file). All of its memory is pinned for the
 * device, so it can start only if the file may be pinned: share=on is MAP_SHARED.
 *
 * The verdicts are those of vfio_pin's longterm.VARIANT.vfio_type1_rw, found by
 * somebody else's program. PATH has to have a qemu-system-x86_64.
 *
 * Fixtures:
 *
 * qemu_memory_backend	QEMU comes up, or VFIO_MAP_DMA refuses its memory
 */
#include <stdlib.h>

#include "common/harness.h"
#include "common/observe/pins.h"
#include "common/pinners/qemu.h"
#include "common/pinners/vfio.h"

#define MEMORY_BYTES	(16UL << 20)

/* In the first MiB of a PC other things than memory have their places, too. */
#define PLAIN_BYTES	(MEMORY_BYTES - (1UL << 20))

static const struct reason reason_pinned = {
	"the memory of a virtual machine is pinned while it has the device", NULL
};

static int end_qemu(void *qemu)
{
	qemu_end(qemu);
	return 0;
}

static void is_pinned(long before)
{
	long expected = PLAIN_BYTES / page_size(), now;

	if (!pins_balance(&now) && now - before < expected)
		case_wrong(&reason_pinned,
			   "QEMU has come up: expected %ld pages pinned or more, seen %ld",
			   expected, now - before);
}

static void memory_backend(const struct contract_row *row,
			   const struct pinner *pinner)
{
	const struct range all = { .pages = MEMORY_BYTES / page_size() };
	struct qemu *qemu = malloc(sizeof(*qemu));
	struct pin_test *t = test_open(row, pinner);
	struct promise promise = test_promise(t, UNTOUCHED, &all, RW);
	const char *device = ((struct vfio *)t->door->state)->name;
	long before = 0;

	case_did(qemu, "malloc");
	/* The door has shown that QEMU will find what it needs, and makes way. */
	case_close(t->door);
	pins_balance(&before);
	case_needs(qemu_start(qemu, device, t->mem->fd,
			      row->sharing == SHARED, MEMORY_BYTES));
	if (!case_answer(promise.reason, promise.err, -qemu->err,
			 "VFIO_MAP_DMA of QEMU's memory"))
		case_note("QEMU said: %s", qemu->said);
	if (qemu->err)
		return;
	case_own(end_qemu, qemu);
	is_pinned(before);
	case_disown(end_qemu, qemu);
	case_needs(qemu_end(qemu));
}

PIN_FIXTURE_WHERE(qemu_memory_backend, ANY_ROW)
PIN_VARIANT(qemu_memory_backend, anon);
PIN_VARIANT(qemu_memory_backend, memfd_shared);
PIN_VARIANT(qemu_memory_backend, memfd_private);
PIN_VARIANT(qemu_memory_backend, ext4_shared);
PIN_VARIANT(qemu_memory_backend, ext4_private);
PIN_VARIANT(qemu_memory_backend, xfs_shared);
PIN_VARIANT(qemu_memory_backend, xfs_private);
PIN_TEST(qemu_memory_backend, vfio_type1_rw, memory_backend, &pin_vfio_type1)
