/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filesystems that write back to a disk, each with all that the suite knows of it:
 *
 * FS(with, name, package, symbols, modules, MiB, mount options, mkfs...)
 *
 * Scratch filesystems, backings, rows of the contract and cases follow from an entry.
 * What is no C program asks testbed/filesystems, which takes one entry a line.
 *
 * with: whatever the user of the table passes on, if anything. package: Debian's, with
 * mkfs. symbols: of the kernel's configuration. modules: what a mount asks for. MiB: of
 * the disk.
 */
#ifndef GUP_PIN_FILESYSTEMS_H
#define GUP_PIN_FILESYSTEMS_H

#define FILESYSTEMS(FS, with...) \
	FS(with, ext4, "e2fsprogs", "CONFIG_EXT4_FS", "ext4", 64, "", "mkfs.ext4", "-q", "-F", "-E", "nodiscard") \
	FS(with, xfs, "xfsprogs", "CONFIG_XFS_FS", "xfs", 64, "", "mkfs.xfs", "-q", "-f", "-K") \
	FS(with, btrfs, "btrfs-progs", "CONFIG_BTRFS_FS", "btrfs", 128, "", "mkfs.btrfs", "-q", "-f", "-K") \
	FS(with, f2fs, "f2fs-tools", "CONFIG_F2FS_FS", "f2fs", 64, "", "mkfs.f2fs", "-q", "-f", "-t", "0") \
	FS(with, vfat, "dosfstools", "CONFIG_VFAT_FS and CONFIG_NLS_CODEPAGE_437 and CONFIG_NLS_ASCII", "vfat nls_cp437 nls_ascii", 64, "codepage=437,iocharset=ascii", "mkfs.vfat")

#endif /* GUP_PIN_FILESYSTEMS_H */
