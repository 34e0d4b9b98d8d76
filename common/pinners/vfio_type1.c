// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO type1: vaddr_get_pfns() pins what is mapped, always by the slow path.
 */
#include "base/skip.h"
#include "pinners/vfio.h"

static int open_type1(struct door *door)
{
	int ret = vfio_new(door, &vfio_container_ops);
	struct vfio *vfio = door->state;

	if (ret)
		return ret;
	ret = vfio_open_node("/dev/vfio/vfio", SKIP_NO_VFIO, &vfio->iommu);
	if (!ret)
		ret = vfio_open_group(vfio);
	if (!ret)
		ret = vfio_set_container(vfio);
	if (ret)
		vfio_close(door);
	return ret;
}

const struct pinner pin_vfio_type1 = {
	.name = "vfio_type1",
	.path = SLOW,
	.charges = CHARGES_VM_LCK,
	.takes_reserved = true,
	.open = open_type1,
	.close = vfio_close,
	.pin = vfio_pin,
	.unpin = vfio_unpin,
	.read = vfio_read,
	.write = vfio_write,
};
