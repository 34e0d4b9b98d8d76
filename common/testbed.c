// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outcome.h"
#include "testbed.h"

/* Where the private tmpfs goes; only our own namespace sees it there. */
#define BASE		"/mnt"
#define BLKDEV_MIB	8

struct scratch {
	const char *name;
	const char *type;
	const char *options;
	const char *mkfs[9];
	int (*mount)(const struct scratch *fs, const char *target);
	unsigned int image_mib;	/* size of its loop device */
};

static bool have_namespace;
static int tmpdir_fd = -1;
static char *tmpdir_type;

/*
 * The type that the kernel reports for whatever is mounted at or above a path.
 * statfs(2) cannot answer this: ext2, ext3 and ext4 share one magic number,
 * and 9p passes on that of the server's filesystem.
 */
static char *filesystem_type(const char *path)
{
	struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");
	char *real = realpath(path, NULL);
	struct libmnt_fs *fs = NULL;
	char *type = NULL;

	if (table && real)
		fs = mnt_table_find_mountpoint(table, real, MNT_ITER_BACKWARD);
	if (fs && mnt_fs_get_fstype(fs))
		type = strdup(mnt_fs_get_fstype(fs));
	free(real);
	mnt_unref_table(table);
	return type;
}

static bool module_is_loading(void)
{
	FILE *modules = fopen("/proc/modules", "re");
	bool loading = false;
	char line[512];

	while (modules && fgets(line, sizeof(line), modules))
		loading |= !!strstr(line, " Loading ");
	if (modules)
		fclose(modules);
	return loading;
}

/* Return: 0 or -errno. */
static int try_mount(const char *type, const char *source, const char *target,
		     const char *options)
{
	struct libmnt_context *cxt = mnt_new_context();
	int ret;

	if (!cxt)
		return -ENOMEM;
	mnt_context_disable_mtab(cxt, 1);
	mnt_context_disable_helpers(cxt, 1);
	mnt_context_set_fstype(cxt, type);
	mnt_context_set_source(cxt, source);
	mnt_context_set_target(cxt, target);
	mnt_context_set_options(cxt, options);
	ret = mnt_context_mount(cxt);
	if (ret > 0)
		ret = -mnt_context_get_syscall_errno(cxt);
	mnt_free_context(cxt);
	return ret;
}

static int mount_fs(const char *type, const char *source, const char *target,
		    const char *options)
{
	char *found;
	int ret = try_mount(type, source, target, options);

	/*
	 * Somebody else may be loading the filesystem's module: some modprobes
	 * take that for loaded, and the mount comes too early.
	 */
	for (int tries = 0; ret == -ENODEV && tries < 100; tries++) {
		if (!module_is_loading())
			tries = 100;
		usleep(50000);
		ret = try_mount(type, source, target, options);
	}
	if (ret == -ENODEV)
		return SKIP_NO_FS;
	if (ret)
		return fault(-ret, "mount a scratch %s", type);
	found = filesystem_type(target);
	if (!found || strcmp(found, type))
		ret = fault(EINVAL, "mounted %s, found %s", type,
			    found ?: "nothing");
	free(found);
	return ret;
}

static int find_tmpdir(void)
{
	const char *path = getenv("TMPDIR") ?: "/tmp";

	tmpdir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tmpdir_fd < 0)
		return fault(errno, "open TMPDIR %s", path);
	tmpdir_type = filesystem_type(path);
	if (!tmpdir_type)
		return fault(ENOENT, "find the mount of TMPDIR %s", path);
	return 0;
}

int testbed_init(void)
{
	int ret = find_tmpdir();

	if (ret || geteuid() || unshare(CLONE_NEWNS))
		return ret;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fault(errno, "make the mount namespace private");
	ret = mount_fs("tmpfs", "gup_pin", BASE, "mode=0700");
	have_namespace = !ret;
	return ret;
}

static int try_loop(int ctl, int image, char *path)
{
	struct loop_config config = {
		.fd = image,
		.info = { .lo_flags = LO_FLAGS_AUTOCLEAR },
	};
	int nr = ioctl(ctl, LOOP_CTL_GET_FREE);
	int loop;

	if (nr < 0)
		return -errno;
	sprintf(path, "/dev/loop%d", nr);
	loop = open(path, O_RDWR | O_CLOEXEC);
	if (loop < 0)
		return -errno;
	if (ioctl(loop, LOOP_CONFIGURE, &config)) {
		int err = errno;

		close(loop);
		return -err;
	}
	return loop;
}

/*
 * Return: the loop device, attached until it is closed; or -errno. The name of
 * the image is its own: mkfs.btrfs takes images of the same name for the same.
 */
static int attach_loop(const char *name, unsigned int mib, char *path)
{
	int ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int image, loop;

	if (ctl < 0)
		return -errno;
	image = memfd_create(name, MFD_CLOEXEC);
	if (image < 0 || ftruncate(image, (off_t)mib << 20)) {
		close(ctl);
		return -errno;
	}
	/* Somebody else may take the free device before we do. */
	do {
		loop = try_loop(ctl, image, path);
	} while (loop == -EBUSY);
	close(image);
	close(ctl);
	return loop;
}

static int loop_outcome(int err)
{
	switch (err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return SKIP_NO_LOOP;
	case EPERM:
	case EACCES:
		return SKIP_BACKING_ROOT;
	default:
		return fault(err, "attach a loop device");
	}
}

static int run(const char *const argv[])
{
	int log = open(BASE "/mkfs.log", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		       0600);
	char said[256];
	ssize_t len;
	int status;
	pid_t pid;

	if (log < 0)
		return fault(errno, "open a log");
	pid = fork();
	if (!pid) {
		/*
		 * mkfs.xfs refuses less than 300 MiB, unless it believes that
		 * it is being tested. All of its log is written out, so a small
		 * one saves memory and time.
		 */
		putenv("TEST_DIR=");
		putenv("TEST_DEV=");
		putenv("QA_CHECK_FS=");
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		close(log);
		return fault(errno, "run %s", argv[0]);
	}
	len = pread(log, said, sizeof(said) - 1, 0);
	close(log);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return SKIP_NO_MKFS;
	said[len > 0 ? len : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return fault(EIO, "%s: %s", argv[0], said);
}

static int make_fs(const struct scratch *fs, const char *device)
{
	const char *argv[sizeof(fs->mkfs) / sizeof(*fs->mkfs) + 2];
	int argc = 0;

	while (fs->mkfs[argc]) {
		argv[argc] = fs->mkfs[argc];
		argc++;
	}
	argv[argc++] = device;
	argv[argc] = NULL;
	return run(argv);
}

static int mount_plain(const struct scratch *fs, const char *target)
{
	return mount_fs(fs->type, "gup_pin", target, fs->options);
}

static int mount_loop(const struct scratch *fs, const char *target)
{
	char device[32];
	int loop, ret;

	loop = attach_loop(fs->name, fs->image_mib, device);
	if (loop < 0)
		return loop_outcome(-loop);
	ret = make_fs(fs, device);
	if (!ret)
		ret = mount_fs(fs->type, device, target, fs->options);
	close(loop);
	return ret;
}

static int provide(const char *name);

#define OVERLAY		BASE "/ext4"

static int mount_overlay(const struct scratch *fs, const char *target)
{
	static const char *const dirs[] = {
		OVERLAY "/lower", OVERLAY "/upper", OVERLAY "/work"
	};
	int ret = provide("ext4");

	if (ret)
		return ret;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(dirs[i], 0700) && errno != EEXIST)
			return fault(errno, "mkdir %s", dirs[i]);
	return mount_plain(fs, target);
}

/*
 * A pmem device holds somebody's data until the user says otherwise: only the
 * one that GUP_PIN_PMEM names is ever formatted. All fsdax filesystems share
 * it, one after the other.
 */
static int mount_pmem(const struct scratch *fs, const char *target)
{
	const char *device = getenv("GUP_PIN_PMEM");
	const char *other = strcmp(fs->name, "fsdax_ext4") ? "fsdax_ext4" :
							     "fsdax_xfs";
	char path[64];
	int ret;

	if (!device || !*device)
		return SKIP_NO_PMEM;
	snprintf(path, sizeof(path), BASE "/%s", other);
	if (!umount2(path, 0)) {
		snprintf(path, sizeof(path), BASE "/%s.outcome", other);
		unlink(path);
	}
	ret = make_fs(fs, device);
	return ret ?: mount_fs(fs->type, device, target, fs->options);
}

static const struct scratch scratches[] = {
	{ .name = "tmpfs", .type = "tmpfs", .mount = mount_plain },
	{ .name = "ramfs", .type = "ramfs", .mount = mount_plain },
	{ .name = "hugetlbfs", .type = "hugetlbfs", .mount = mount_plain },
	{ .name = "ext4", .type = "ext4", .mount = mount_loop, .image_mib = 64,
	  .mkfs = { "mkfs.ext4", "-q", "-F", "-E", "nodiscard" } },
	{ .name = "xfs", .type = "xfs", .mount = mount_loop, .image_mib = 64,
	  .mkfs = { "mkfs.xfs", "-q", "-f", "-K", "-l", "size=8m" } },
	{ .name = "btrfs", .type = "btrfs", .mount = mount_loop,
	  .image_mib = 128, .mkfs = { "mkfs.btrfs", "-q", "-f", "-K" } },
	{ .name = "overlay", .type = "overlay", .mount = mount_overlay,
	  .options = "lowerdir=" OVERLAY "/lower,upperdir=" OVERLAY
		     "/upper,workdir=" OVERLAY "/work" },
	{ .name = "fsdax_ext4", .type = "ext4", .options = "dax=always",
	  .mount = mount_pmem,
	  .mkfs = { "mkfs.ext4", "-q", "-F", "-b", "4096" } },
	{ .name = "fsdax_xfs", .type = "xfs", .options = "dax=always",
	  .mount = mount_pmem,
	  .mkfs = { "mkfs.xfs", "-q", "-f", "-l", "size=8m",
		    "-m", "reflink=0" } },
};

static const struct scratch *find_scratch(const char *name)
{
	for (size_t i = 0; i < sizeof(scratches) / sizeof(*scratches); i++)
		if (!strcmp(scratches[i].name, name))
			return &scratches[i];
	return NULL;
}

/* A case that comes later must not try again what cannot be had. */
static int remembered(const char *path, int *outcome)
{
	FILE *file = fopen(path, "re");
	int found;

	if (!file)
		return 0;
	found = fscanf(file, "%d", outcome) == 1;
	fclose(file);
	return found;
}

static int remember(const char *path, int outcome)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return fault(errno, "write %s", path);
	fprintf(file, "%d\n", outcome);
	if (fclose(file))
		return fault(errno, "write %s", path);
	return outcome;
}

/* Make a filesystem unless it is there. Return as testbed_scratch(). */
static int provide(const char *name)
{
	const struct scratch *fs = find_scratch(name);
	char target[64], outcome_path[80];
	int ret;

	if (!fs)
		return fault(EINVAL, "no scratch filesystem %s", name);
	snprintf(target, sizeof(target), BASE "/%s", name);
	snprintf(outcome_path, sizeof(outcome_path), "%s.outcome", target);
	if (remembered(outcome_path, &ret))
		return ret;
	if (mkdir(target, 0700) && errno != EEXIST)
		return fault(errno, "mkdir %s", target);
	ret = fs->mount(fs, target);
	return ret < 0 ? ret : remember(outcome_path, ret);
}

int testbed_scratch(const char *name, int *dir)
{
	char path[64];
	int ret;

	if (!have_namespace)
		return SKIP_BACKING_ROOT;
	ret = provide(name);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), BASE "/%s", name);
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? fault(errno, "open %s", path) : 0;
}

int testbed_tmpdir(int *dir, const char **fs)
{
	*dir = tmpdir_fd;
	*fs = tmpdir_type;
	return 0;
}

/* For filesystems that do not know O_TMPFILE. */
static int named_file(int dir)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "gup_pin.%d", getpid());
	fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault(errno, "create a file");
	unlinkat(dir, name, 0);
	return fd;
}

int testbed_file(int dir)
{
	int fd = openat(dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	return fd < 0 ? named_file(dir) : fd;
}

int testbed_blkdev(int *fd)
{
	char path[32];

	*fd = attach_loop("blkdev", BLKDEV_MIB, path);
	return *fd < 0 ? loop_outcome(-*fd) : 0;
}
