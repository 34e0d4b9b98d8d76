// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMA: a memory region is a long-term pin, taken by ib_umem_get(); R/W if anybody
 * may write it, the process's own device at least.
 *
 * The device is software (rxe), over the loopback device of a private network. The
 * network lives as long as the socket that was made in it, and the device as long
 * as the network: however a case ends, nothing is left.
 *
 * What is in a region can only be had through a queue pair.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/rdma_netlink.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/netns.h"
#include "base/skip.h"
#include "pinners/pinner.h"

#define VERBS	"/sys/class/infiniband_verbs"

struct rdma {
	int network;		/* the socket that holds it */
	char device[32];	/* name */
	int events;		/* of the device, which nobody reads */
	uint32_t domain;	/* protection domain, for all regions */
	uint32_t region;
};

/* The process itself stays in its network, where it can open devices. */
static int open_network(struct rdma *rdma)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret = netns_enter();
	int err;

	if (ret)
		return ret;
	rdma->network = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			       NETLINK_RDMA);
	err = rdma->network < 0 ? errno : 0;
	/* Root of a user namespace may leave the machine's network, not enter it. */
	if (setns(home, CLONE_NEWNET))
		return errno == EPERM ? SKIP_DOOR_ROOT :
					setup_error(errno, "return to the network");
	close(home);
	if (err == EPROTONOSUPPORT)
		return SKIP_NO_RXE;
	return err ? setup_error(err, "open an RDMA netlink socket") : 0;
}

struct message {
	struct nlmsghdr header;
	char attributes[128];
};

static void put_string(struct message *message, uint16_t type, const char *text)
{
	struct nlattr *attribute = (void *)((char *)message +
					    message->header.nlmsg_len);
	size_t size = strlen(text) + 1;

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + size;
	memcpy((char *)attribute + NLA_HDRLEN, text, size);
	message->header.nlmsg_len += NLA_ALIGN(attribute->nla_len);
}

/* What "rdma link add DEVICE type rxe netdev lo" does. */
static int add_device(struct rdma *rdma)
{
	struct message message = { .header = {
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV,
					       RDMA_NLDEV_CMD_NEWLINK),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	} };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr result;
		char more[512];
	} answer;

	/* The device of the case before may not be gone yet. */
	snprintf(rdma->device, sizeof(rdma->device), "gup_pin%d", getpid());
	put_string(&message, RDMA_NLDEV_ATTR_DEV_NAME, rdma->device);
	put_string(&message, RDMA_NLDEV_ATTR_LINK_TYPE, "rxe");
	put_string(&message, RDMA_NLDEV_ATTR_NDEV_NAME, "lo");
	if (send(rdma->network, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(rdma->network, &answer, sizeof(answer), 0) < 0)
		return setup_error(errno, "ask for an RDMA device");
	switch (answer.result.error) {
	case 0:
		return 0;
	case -EINVAL:
		return SKIP_NO_RXE;
	case -EPERM:
		return SKIP_DOOR_ROOT;
	default:
		return setup_error(-answer.result.error, "add an RDMA device");
	}
}

/*
 * From Linux 7.2 on rxe does not bring the files to talk to its devices along. Who
 * asks for them, as libibverbs does, has them loaded; what is answered is no news.
 */
static void load_verbs(const struct rdma *rdma)
{
	struct message message = { .header = {
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV,
					       RDMA_NLDEV_CMD_GET_CHARDEV),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	} };
	char answer[1024];

	put_string(&message, RDMA_NLDEV_ATTR_CHARDEV_TYPE, "uverbs");
	if (send(rdma->network, &message, message.header.nlmsg_len, 0) >= 0)
		recv(rdma->network, answer, sizeof(answer), 0);
}

static bool is_of_device(const char *verbs, const char *device)
{
	char path[300], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), VERBS "/%s/ibdev", verbs);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%31s", name) != 1)
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, device);
}

static int open_verbs(const struct rdma *rdma, int *fd)
{
	char path[300] = "";
	struct dirent *entry;
	DIR *dir;

	if (access(VERBS, F_OK))
		load_verbs(rdma);
	dir = opendir(VERBS);
	if (!dir)
		return SKIP_NO_VERBS;
	while ((entry = readdir(dir)))
		if (is_of_device(entry->d_name, rdma->device))
			snprintf(path, sizeof(path), "/dev/infiniband/%s",
				 entry->d_name);
	closedir(dir);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? setup_error(errno, "open the RDMA device") : 0;
}

/* One of the commands that are written; it names where the response goes. */
static int command(int fd, uint32_t which, const void *args, size_t size,
		   size_t response_size)
{
	struct {
		struct ib_uverbs_cmd_hdr header;
		char args[64];
	} message = { .header = {
		.command = which,
		.in_words = (sizeof(message.header) + size) / 4,
		.out_words = response_size / 4,
	} };

	memcpy(message.args, args, size);
	return write(fd, &message, sizeof(message.header) + size) < 0 ? -errno :
									0;
}

static int open_domain(struct rdma *rdma, int fd)
{
	struct ib_uverbs_get_context_resp context;
	struct ib_uverbs_alloc_pd_resp domain;
	const struct ib_uverbs_get_context get = {
		.response = (uintptr_t)&context,
	};
	const struct ib_uverbs_alloc_pd alloc = {
		.response = (uintptr_t)&domain,
	};
	int ret = command(fd, IB_USER_VERBS_CMD_GET_CONTEXT, &get, sizeof(get),
			  sizeof(context));

	if (ret)
		return setup_error(-ret, "get an RDMA context");
	rdma->events = context.async_fd;
	ret = command(fd, IB_USER_VERBS_CMD_ALLOC_PD, &alloc, sizeof(alloc),
		      sizeof(domain));
	if (ret)
		return setup_error(-ret, "allocate an RDMA protection domain");
	rdma->domain = domain.pd_handle;
	return 0;
}

static int open_rdma(struct door *door)
{
	struct rdma *rdma = calloc(1, sizeof(*rdma));
	int ret;

	if (!rdma)
		return setup_error(ENOMEM, "RDMA");
	door->state = rdma;
	door->max_page = SIZE_MAX;
	door->blind = "an RDMA region is read by queue pairs only";
	ret = open_network(rdma);
	if (!ret)
		ret = add_device(rdma);
	if (!ret)
		ret = open_verbs(rdma, &door->fd);
	if (!ret)
		ret = open_domain(rdma, door->fd);
	return ret;
}

static void close_rdma(struct door *door)
{
	struct rdma *rdma = door->state;

	close(rdma->events);
	close(door->fd);
	close(rdma->network);
	free(rdma);
}

static int pin(struct door *door, void *addr, size_t len, enum access access)
{
	struct ib_uverbs_reg_mr_resp region = {};
	struct rdma *rdma = door->state;
	const struct ib_uverbs_reg_mr args = {
		.response = (uintptr_t)&region,
		.start = (uintptr_t)addr,
		.length = len,
		.hca_va = (uintptr_t)addr,
		.pd_handle = rdma->domain,
		.access_flags = access == RW ? IB_UVERBS_ACCESS_LOCAL_WRITE : 0,
	};
	int ret = command(door->fd, IB_USER_VERBS_CMD_REG_MR, &args,
			  sizeof(args), sizeof(region));

	rdma->region = region.mr_handle;
	return ret;
}

static int unpin(struct door *door)
{
	const struct rdma *rdma = door->state;
	const struct ib_uverbs_dereg_mr args = { .mr_handle = rdma->region };

	return command(door->fd, IB_USER_VERBS_CMD_DEREG_MR, &args,
		       sizeof(args), 0);
}

const struct pinner pin_rdma = {
	.name = "rdma",
	.path = FAST,
	.charges = CHARGES_VM_PIN,
	.unaligned = true,
	.open = open_rdma,
	.close = close_rdma,
	.pin = pin,
	.unpin = unpin,
};
