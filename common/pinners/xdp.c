// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_XDP: the memory that a socket has for its frames (XDP_UMEM_REG) is a R/W
 * long-term pin, taken by xdp_umem_pin_pages(), always by the slow path.
 *
 * A frame that is sent is copied out of the pinned pages, as it is. It is sent to
 * the loopback device of a network of the case's own, where a packet socket gets
 * it. Receiving would need a BPF program, and leaves the first 256 bytes of the
 * room for a frame alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/netns.h"
#include "base/skip.h"
#include "base/page.h"
#include "observe/pins.h"
#include "pinners/pinner.h"

/* Room for one frame. No page is smaller, and no frame may be larger. */
#define CHUNK		4096U

#define RELEASE_MS	2000

struct xdp {
	int frames;		/* packet socket: what the loopback device got */
	long others;		/* pins that were held before */
	bool bound;
	/* Rings of one entry, in a page each. */
	char *tx;
	char *completion;
	struct xdp_mmap_offsets at;
};

static int new_socket(void)
{
	return socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static int socket_outcome(int err)
{
	switch (err) {
	case EAFNOSUPPORT:
		return SKIP_NO_XDP;
	case EPERM:
		return SKIP_DOOR_ROOT;
	default:
		return setup_error(err, "open an AF_XDP socket");
	}
}

/* Without networks of one's own, or packet sockets, the door is blind. */
static int open_loopback(struct door *door)
{
	const struct timeval second = { .tv_sec = 1 };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct xdp *xdp = door->state;
	int ret = netns_enter();

	if (ret < 0)
		return ret;
	xdp->frames = ret ? -1 : socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC,
					htons(ETH_P_ALL));
	if (xdp->frames < 0)
		door->blind = "no network namespaces, or no packet sockets";
	else if (ioctl(xdp->frames, SIOCSIFFLAGS, &lo) ||
		 setsockopt(xdp->frames, SOL_SOCKET, SO_RCVTIMEO, &second,
			    sizeof(second)))
		return setup_error(errno, "prepare the loopback device");
	return 0;
}

static int open_xdp(struct door *door)
{
	int fd = new_socket();

	if (fd < 0)
		return socket_outcome(errno);
	close(fd);
	door->max_page = SIZE_MAX;
	door->state = calloc(1, sizeof(struct xdp));
	return door->state ? open_loopback(door) : setup_error(ENOMEM, "AF_XDP");
}

static void close_xdp(struct door *door)
{
	struct xdp *xdp = door->state;

	if (xdp->frames >= 0)
		close(xdp->frames);
	free(xdp);
}

static int pin(struct door *door, void *addr, size_t len, enum access access)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)addr,
		.len = len,
		.chunk_size = CHUNK,
	};
	struct xdp *xdp = door->state;
	int ret;

	/* There is no read-only frame memory. */
	if (access != RW)
		return -EOPNOTSUPP;
	pins_balance(&xdp->others);
	door->fd = new_socket();
	if (door->fd < 0)
		return -errno;
	if (!setsockopt(door->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		return 0;
	ret = -errno;
	close(door->fd);
	return ret;
}

/*
 * Closing the socket leaves the pages to a worker, after an RCU grace period. If
 * it never comes to them, that is for the questions at the end to tell.
 */
static int unpin(struct door *door)
{
	struct xdp *xdp = door->state;
	long pins;

	close(door->fd);
	if (xdp->bound) {
		munmap(xdp->tx, page_size());
		munmap(xdp->completion, page_size());
	}
	xdp->bound = false;
	for (int ms = 1; ms < RELEASE_MS; ms *= 2) {
		if (pins_balance(&pins) || pins <= xdp->others)
			break;
		usleep(ms * 1000);
	}
	return 0;
}

static char *map_ring(int fd, off_t ring)
{
	return mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    ring);
}

static int bind_to_loopback(struct door *door)
{
	/* The kernel wants the fill ring too, which is for receiving. */
	static const int rings[] = {
		XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_TX_RING,
	};
	const struct sockaddr_xdp lo = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_COPY,
		.sxdp_ifindex = if_nametoindex("lo"),
	};
	struct xdp *xdp = door->state;
	socklen_t len = sizeof(xdp->at);
	const uint32_t one = 1;

	for (size_t i = 0; i < sizeof(rings) / sizeof(*rings); i++)
		if (setsockopt(door->fd, SOL_XDP, rings[i], &one, sizeof(one)))
			return -errno;
	/* Linux 6.1 maps no ring of a socket that is bound. */
	xdp->tx = map_ring(door->fd, XDP_PGOFF_TX_RING);
	xdp->completion = map_ring(door->fd, XDP_UMEM_PGOFF_COMPLETION_RING);
	if (xdp->tx == MAP_FAILED || xdp->completion == MAP_FAILED ||
	    getsockopt(door->fd, SOL_XDP, XDP_MMAP_OFFSETS, &xdp->at, &len) ||
	    bind(door->fd, (const struct sockaddr *)&lo, sizeof(lo)))
		return -errno;
	xdp->bound = true;
	return 0;
}

/* The kernel is at the rings only while we are in its system calls. */
static int read_frame(struct door *door, size_t offset, void *buf)
{
	struct xdp *xdp = door->state;
	struct xdp_desc *desc = (void *)(xdp->tx + xdp->at.tx.desc);
	uint32_t *sent = (void *)(xdp->tx + xdp->at.tx.producer);
	uint32_t *completed = (void *)(xdp->completion + xdp->at.cr.producer);
	uint32_t *taken = (void *)(xdp->completion + xdp->at.cr.consumer);
	ssize_t got;

	*desc = (struct xdp_desc){ .addr = offset, .len = CHUNK };
	++*sent;
	if (sendto(door->fd, NULL, 0, MSG_DONTWAIT, NULL, 0))
		return -errno;
	got = recv(xdp->frames, buf, CHUNK, MSG_TRUNC);
	if (got < 0)
		return -errno;
	*taken = *completed;
	return got == CHUNK ? 0 : -EIO;
}

static int read_pin(struct door *door, size_t offset, void *buf, size_t len)
{
	struct xdp *xdp = door->state;
	int ret = xdp->bound ? 0 : bind_to_loopback(door);

	for (size_t at = 0; !ret && at < len; at += CHUNK)
		ret = read_frame(door, offset + at, (char *)buf + at);
	return ret;
}

static int write_pin(struct door *door, size_t offset, const void *buf,
		     size_t len)
{
	(void)door;
	(void)offset;
	(void)buf;
	(void)len;
	return -EOPNOTSUPP;
}

const struct pinner pin_xdp = {
	.name = "xdp",
	.path = SLOW,
	.charges = CHARGES_USER,
	.spares_ipc_lock = true,
	.rw_only = true,
	.partial_errno = REFUSED,
	.open = open_xdp,
	.close = close_xdp,
	.pin = pin,
	.unpin = unpin,
	.read = read_pin,
	.write = write_pin,
};
