/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constructors of backings, by subject, and what several of them need.
 */
#ifndef GUP_PIN_CONSTRUCTORS_H
#define GUP_PIN_CONSTRUCTORS_H

#include "memory/memory.h"

#define KiB		1024UL
#define MiB		(1024UL * KiB)
#define GiB		(1024UL * MiB)

/*
 * Of a huge page or a long file the cases use this many base pages at either
 * end: the shapes of the probes end below it, but for the longest.
 */
#define FILL_PAGES	12

/**
 * memory_fill_shared() - give a file of huge pages known bytes
 * @mem: being opened, with mem->fd and mem->granule
 * @prepare: called when the page is mapped and untouched, or NULL; its return
 *	     value other than 0 is passed on
 *
 * Return: 0, an enum skip, or -errno.
 */
int memory_fill_shared(struct memory *mem, int (*prepare)(struct memory *));

int open_memfd(struct memory *mem);
int open_memfd_thp(struct memory *mem);
void hugetlb_init(void);
int keep_hugetlb(const struct backing *backing, enum sharing sharing);
int open_hugetlb_memfd(struct memory *mem);
int open_anon_hugetlb(struct memory *mem);
int map_anon(struct memory *mem);
int open_anon_thp(struct memory *mem);
int map_anon_thp(struct memory *mem);
int map_anon_hugetlb(struct memory *mem);
int check_anon_thp(struct memory *mem);
int split_anon_thp(struct memory *mem);
int check_huge_zeropage(struct memory *mem);
int open_scratch_file(struct memory *mem);
int open_dax_file(struct memory *mem);
int open_fsdax_huge(struct memory *mem);
int check_fsdax_huge(struct memory *mem);
int open_hugetlbfs(struct memory *mem);
int open_tmpfile(struct memory *mem);
int open_blkdev(struct memory *mem);
int map_past_eof(struct memory *mem);
int map_hole(struct memory *mem);
int open_sysv_shm(struct memory *mem);
int map_sysv_shm(struct memory *mem);
int open_secretmem(struct memory *mem);
int open_guest_memfd(struct memory *mem);
int open_udmabuf(struct memory *mem);
int open_vvar(struct memory *mem);
int open_io_uring_ring(struct memory *mem);

#endif /* GUP_PIN_CONSTRUCTORS_H */
