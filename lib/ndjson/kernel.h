/* SPDX-License-Identifier: MIT */
/*
 * The kernels: the two loops that are compiled once per instruction set.
 */
#ifndef NDJSON_KERNEL_H
#define NDJSON_KERNEL_H

#include "scan.h"
#include "walk.h"

struct kernel {
	const char *name;
	scan_kernel_fn scan;
	walk_kernel_fn walk;
};

extern const struct kernel kernel_scalar;
#if PORT_X86_64
extern const struct kernel kernel_avx2;
extern const struct kernel kernel_avx512;
#endif

/* The one that PLAYPIPE_KERNEL names, else the best that this machine has;
 * NULL when the one named is none, or the machine lacks it. */
const struct kernel *kernel_choose(void);

#endif
