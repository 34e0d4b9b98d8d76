/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switches of the mutants in a kernel that mutants/run builds: this file is its
 * include/linux/gupmut.h, and the first that a changed file includes.
 */
#ifndef GUPMUT_H
#define GUPMUT_H

/*
 * Whether this mutant was selected at boot. There is no list of them here, so that
 * one more does not have everything compiled again.
 */
#define gupmut(name) ({						\
	extern _Bool gupmut_##name;				\
	__builtin_expect(*(volatile _Bool *)&gupmut_##name, 0);	\
})

#endif
