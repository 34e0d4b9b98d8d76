// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users met: a virtual machine with a passed-through device, and memory that
 * is a file (QEMU's memory-backend-file). All of its memory is pinned for the
 * device, so it can start only if the file may be pinned: share=on is MAP_SHARED.
 *
 * The verdicts are those of vfio_pin's admission.VARIANT.vfio_type1_rw, found by
 * somebody else's program. PATH has to have a qemu-system-x86_64.
 *
 * Fixtures:
 *
 * qemu_memory_backend	QEMU comes up, or VFIO_MAP_DMA refuses its memory
 */
#include "common/oracle.h"
#include "common/qemu.h"
#include "common/scene.h"
#include "common/vfio.h"

#define MEMORY_BYTES	(16UL << 20)

/* In the first MiB of a PC other things than memory have their places, too. */
#define PLAIN_BYTES	(MEMORY_BYTES - (1UL << 20))

static const struct reason reason_pinned = {
	"the memory of a virtual machine is pinned while it has the device", NULL
};

static void is_pinned(struct __test_metadata *_metadata,
		      const struct aftermath *before)
{
	long expected = PLAIN_BYTES / page_size(), now;

	if (!before->no_balance && !oracle_pin_balance(&now) &&
	    now - before->balance < expected)
		case_wrong(_metadata, &reason_pinned,
			   "QEMU has come up: expected %ld pages pinned or more, seen %ld",
			   expected, now - before->balance);
}

static void memory_backend(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner)
{
	const struct range all = { .pages = MEMORY_BYTES / page_size() };
	struct promise promise;
	const char *device;
	struct scene scene;
	struct qemu qemu;

	/* The door shows that QEMU will find what it needs, and makes way. */
	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	device = ((struct vfio *)scene.door.state)->name;
	pinner->close(&scene.door);
	if (!case_has(_metadata, contract_promise(row, &scene.mem, UNTOUCHED,
						  &all, pinner, RW, &promise)) ||
	    !case_has(_metadata, qemu_start(&qemu, device, scene.mem.fd,
					    row->sharing == SHARED,
					    MEMORY_BYTES)))
		return;
	if (!contract_kept(promise.err, -qemu.err)) {
		case_wrong(_metadata, promise.reason,
			   "VFIO_MAP_DMA of QEMU's memory: expected %s, seen %s",
			   errno_name(promise.err), errno_name(qemu.err));
		printf("# QEMU said: %s\n", qemu.said);
	}
	if (!qemu.err) {
		is_pinned(_metadata, &scene.before);
		case_has(_metadata, qemu_end(&qemu));
	}
	memory_close(&scene.mem);
	case_end(_metadata, &scene.before);
}

SCENES_WHERE(qemu_memory_backend, ANY_ROW)
SCENES_ROW(qemu_memory_backend, anon);
SCENES_ROW(qemu_memory_backend, memfd_shared);
SCENES_ROW(qemu_memory_backend, memfd_private);
SCENES_ROW(qemu_memory_backend, ext4_shared);
SCENES_ROW(qemu_memory_backend, ext4_private);
SCENES_ROW(qemu_memory_backend, xfs_shared);
SCENES_ROW(qemu_memory_backend, xfs_private);
SCENE(qemu_memory_backend, vfio_type1_rw, memory_backend, &pin_vfio_type1)
