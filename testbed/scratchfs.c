// SPDX-License-Identifier: GPL-2.0-only
/*
 * scratchfs: the testbed's helper program, the only user of libmount.
 *
 * scratchfs enter COMMAND...	run COMMAND in a mount namespace where SCRATCH_BASE is
 *				ours, shared by all that it starts
 * scratchfs make NAME		make and mount a scratch filesystem there
 * scratchfs type PATH		print the type of the filesystem that PATH is on
 *
 * The exit status is the outcome: 0, an enum skip, or SCRATCH_ERROR with the reason
 * on stdout.
 *
 * A program of its own, so that the test programs can be static: every case is
 * a fork of these, and under emulation the dynamic linker's work and the page
 * faults of a dozen libraries took longer than many a case.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/filesystems.h"
#include "base/skip.h"
#include "memory/scratch.h"

struct scratch {
	const char *name;
	const char *type;
	const char *options;
	const char *mkfs[9];
	int (*mount)(const struct scratch *fs, const char *target);
	unsigned int image_mib;	/* size of its loop device */
	bool for_users;		/* root of any user namespace may mount it */
};

/*
 * The type that the kernel reports for the mount that a file is on, NULL if
 * mountinfo does not show it. statfs(2) cannot answer this: ext2, ext3 and ext4
 * share one magic number, and 9p passes on that of the server's filesystem.
 */
static char *filesystem_type(int fd, char **options)
{
	struct libmnt_table *table = mnt_new_table_from_file("/proc/self/mountinfo");
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	struct statx stx;
	char *type = NULL;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) || !table || !iter)
		return NULL;
	while (!mnt_table_next_fs(table, iter, &fs)) {
		if (mnt_fs_get_id(fs) != (int)stx.stx_mnt_id)
			continue;
		type = strdup(mnt_fs_get_fstype(fs));
		if (options)
			*options = strdup(mnt_fs_get_fs_options(fs) ?: "");
	}
	mnt_free_iter(iter);
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
	int ret = try_mount(type, source, target, options);
	char *found;
	int fd;

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
		return setup_error(-ret, "mount a scratch %s", type);
	fd = open(target, O_PATH | O_CLOEXEC);
	found = filesystem_type(fd, NULL);
	close(fd);
	if (!found || strcmp(found, type))
		ret = setup_error(EINVAL, "mounted %s, found %s", type,
			    found ?: "nothing");
	free(found);
	return ret;
}

static int run(const char *const argv[])
{
	int log = open(SCRATCH_BASE "/mkfs.log", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		       0600);
	char said[256];
	ssize_t len;
	int status;
	pid_t pid;

	if (log < 0)
		return setup_error(errno, "open a log");
	pid = fork();
	if (!pid) {
		/*
		 * mkfs.xfs refuses less than 300 MiB, unless it believes that
		 * it is being tested.
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
		return setup_error(errno, "run %s", argv[0]);
	}
	len = pread(log, said, sizeof(said) - 1, 0);
	close(log);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return SKIP_NO_MKFS;
	said[len > 0 ? len : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return setup_error(0, "%s: %s", argv[0], said);
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

/*
 * Without CONFIG_BLK_DEV_WRITE_MOUNTED, nobody may have the device open for writing
 * when it is mounted, and if nobody has it open at all it is gone.
 */
static int mount_loop(const struct scratch *fs, const char *target)
{
	char device[32];
	int loop, held, ret;

	loop = scratch_loop(fs->name, fs->image_mib, device);
	if (loop < 0)
		return scratch_loop_outcome(-loop);
	ret = make_fs(fs, device);
	held = open(device, O_RDONLY | O_CLOEXEC);
	close(loop);
	if (!ret)
		ret = mount_fs(fs->type, device, target, fs->options);
	close(held);
	return ret;
}

static int provide(const char *name);

#define OVERLAY		SCRATCH_BASE "/ext4"

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
			return setup_error(errno, "mkdir %s", dirs[i]);
	return mount_plain(fs, target);
}

/* Whatever a typing error names must not be formatted: only pmem knows DAX. */
static bool is_pmem(const char *device)
{
	const char *slash = strrchr(device, '/');
	char path[256];
	FILE *file;
	bool dax;

	snprintf(path, sizeof(path), "/sys/class/block/%s/queue/dax",
		 slash ? slash + 1 : device);
	file = fopen(path, "re");
	if (!file)
		return false;
	dax = fgetc(file) == '1';
	fclose(file);
	return dax;
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
	if (!is_pmem(device))
		return setup_error(0, "GUP_PIN_PMEM=%s is not a pmem device",
			     device);
	snprintf(path, sizeof(path), SCRATCH_BASE "/%s", other);
	if (!umount2(path, 0)) {
		snprintf(path, sizeof(path), SCRATCH_BASE "/%s.outcome", other);
		unlink(path);
	}
	ret = make_fs(fs, device);
	return ret ?: mount_fs(fs->type, device, target, fs->options);
}

static const struct scratch scratches[] = {
	{ .name = "tmpfs", .type = "tmpfs", .mount = mount_plain,
	  .for_users = true },
	{ .name = "ramfs", .type = "ramfs", .mount = mount_plain,
	  .for_users = true },
	{ .name = "hugetlbfs", .type = "hugetlbfs", .mount = mount_plain },
#define FS(with, fs, package, symbols, modules, mib, opts, ...) \
	{ .name = #fs, .type = #fs, .options = opts, .mount = mount_loop, \
	  .image_mib = mib, .mkfs = { __VA_ARGS__ } },
	FILESYSTEMS(FS)
#undef FS
	{ .name = "overlay", .type = "overlay", .mount = mount_overlay,
	  .options = "lowerdir=" OVERLAY "/lower,upperdir=" OVERLAY
		     "/upper,workdir=" OVERLAY "/work" },
	{ .name = "fsdax_ext4", .type = "ext4", .options = "dax=always",
	  .mount = mount_pmem,
	  /* Blocks are got from where a huge page may begin. */
	  .mkfs = { "mkfs.ext4", "-q", "-F", "-b", "4096",
		    "-E", "stride=512,stripe_width=512" } },
	{ .name = "fsdax_xfs", .type = "xfs", .options = "dax=always",
	  .mount = mount_pmem,
	  .mkfs = { "mkfs.xfs", "-q", "-f", "-m", "reflink=0" } },
};

/* Its number is fixed: PROC_USER_INIT_INO in the kernel. Without any there is no file. */
static bool in_first_user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == 0xEFFFFFFD;
}

static const struct scratch *find_scratch(const char *name)
{
	for (size_t i = 0; i < sizeof(scratches) / sizeof(*scratches); i++)
		if (!strcmp(scratches[i].name, name))
			return &scratches[i];
	return NULL;
}

static int remember(const char *path, int outcome)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return setup_error(errno, "write %s", path);
	fprintf(file, "%d\n", outcome);
	if (fclose(file))
		return setup_error(errno, "write %s", path);
	return outcome;
}

/* Make a filesystem unless it is there. Return as testbed_scratch() does. */
static int provide(const char *name)
{
	const struct scratch *fs = find_scratch(name);
	char target[64], outcome_path[80];
	int ret;

	if (!fs)
		return setup_error(EINVAL, "no scratch filesystem %s", name);
	snprintf(target, sizeof(target), SCRATCH_BASE "/%s", name);
	snprintf(outcome_path, sizeof(outcome_path), "%s.outcome", target);
	if (scratch_remembered(name, &ret))
		return ret;
	if (mkdir(target, 0700) && errno != EEXIST)
		return setup_error(errno, "mkdir %s", target);
	ret = fs->for_users || in_first_user_namespace() ?
		      fs->mount(fs, target) : SKIP_BACKING_ROOT;
	return ret < 0 ? ret : remember(outcome_path, ret);
}

/* Only root can leave a chroot, and see there the mount that "/" is part of. */
static void leave_chroot(void)
{
	int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	setns(ns, CLONE_NEWNS);
	close(ns);
}

/*
 * An overlay maps its files from the filesystem that they are in: a new file is in
 * the upper one. It may be known by a path that leads nowhere from here.
 */
static char *type_that_maps(int fd)
{
	char *options = NULL, *upper = NULL;
	char *type = filesystem_type(fd, &options);
	size_t len;

	if (!type || strcmp(type, "overlay"))
		return type;
	if (mnt_optstr_get_option(options, "upperdir", &upper, &len) || *upper != '/')
		return NULL;
	upper[len] = '\0';
	fd = open(upper, O_PATH | O_CLOEXEC);
	return fd < 0 ? NULL : type_that_maps(fd);
}

static int print_type(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	char *type;

	if (fd < 0)
		return setup_error(errno, "open %s", path);
	leave_chroot();
	type = type_that_maps(fd);
	if (!type)
		return SKIP_HIDDEN_MOUNT;
	printf("%s\n", type);
	free(type);
	return 0;
}

static int run_inside(char **command)
{
	int ret = scratch_enter();

	if (ret)
		return ret;
	execvp(command[0], command);
	return setup_error(errno, "run %s", command[0]);
}

int main(int argc, char **argv)
{
	int ret = -EINVAL;

	if (argc > 2 && !strcmp(argv[1], "enter"))
		ret = run_inside(argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "make"))
		ret = provide(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "type"))
		ret = print_type(argv[2]);
	else
		setup_error(EINVAL, "usage: scratchfs enter COMMAND... | make NAME | type PATH");
	if (ret >= 0)
		return ret;
	printf("%s\n", setup_error_text());
	return SCRATCH_ERROR;
}
