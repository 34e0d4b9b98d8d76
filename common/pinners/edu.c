// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/skip.h"
#include "pinners/edu.h"

#define EDU_ID		0x11e81234	/* device and vendor */
#define BAR_SIZE	(1UL << 20)
#define REG_SOURCE	0x80
#define REG_TARGET	0x88
#define REG_COUNT	0x90
#define REG_COMMAND	0x98
#define START		1
#define TO_MEMORY	2
/* Of 4 KiB, of which QEMU aborts on a transfer that ends with the last byte. */
#define BUFFER		0x40000UL

#define SECONDS		10

/* Without bus mastering, a device's DMA is dropped without a word. */
static int master_bus(int device)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	uint32_t id;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(device, &id, sizeof(id), config.offset) != sizeof(id))
		return setup_error(errno, "read the device's configuration");
	if (id != EDU_ID)
		return SKIP_NO_EDU;
	if (pwrite(device, &command, sizeof(command),
		   config.offset + PCI_COMMAND) != sizeof(command))
		return setup_error(errno, "make the device a bus master");
	return 0;
}

int edu_open(struct edu *edu, int device)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar),
		.index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	int ret;

	if (device < 0)
		return setup_error(-device, "open the VFIO device");
	ret = master_bus(device);
	if (ret)
		return ret;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		return setup_error(errno, "VFIO_DEVICE_GET_REGION_INFO");
	edu->bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			device, bar.offset);
	if (edu->bar == MAP_FAILED)
		return setup_error(errno, "map the device's registers");
	return 0;
}

void edu_close(struct edu *edu)
{
	munmap((void *)edu->bar, BAR_SIZE);
}

static void set(struct edu *edu, unsigned int reg, uint32_t value)
{
	*(volatile uint32_t *)(edu->bar + reg) = value;
}

static bool busy(struct edu *edu)
{
	return *(volatile uint32_t *)(edu->bar + REG_COMMAND) & START;
}

static int transfer(struct edu *edu, uint64_t source, uint64_t target,
		    size_t len, uint32_t direction)
{
	time_t end = time(NULL) + SECONDS;

	set(edu, REG_SOURCE, source);
	set(edu, REG_TARGET, target);
	set(edu, REG_COUNT, len);
	set(edu, REG_COMMAND, START | direction);
	while (busy(edu)) {
		if (time(NULL) > end)
			return setup_error(ETIMEDOUT, "wait for the device's DMA");
		usleep(1000);
	}
	return 0;
}

int edu_fetch(struct edu *edu, uint64_t iova, size_t len)
{
	return transfer(edu, iova, BUFFER, len, 0);
}

int edu_store(struct edu *edu, uint64_t iova, size_t len)
{
	return transfer(edu, BUFFER, iova, len, TO_MEMORY);
}
