/* SPDX-License-Identifier: MIT */
/* Which kernel. */
#include "kernel.h"

#include <stdlib.h>

#include "ndjson/ndjson.h"

static bool
has_avx512(void)
{
#if PORT_X86_64
	return __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vbmi2") &&
	       __builtin_cpu_supports("pclmul") &&
	       __builtin_cpu_supports("bmi");
#else
	return false;
#endif
}

static bool
has_avx2(void)
{
#if PORT_X86_64
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("pclmul") &&
	       __builtin_cpu_supports("bmi");
#else
	return false;
#endif
}

const struct kernel *
kernel_choose(void)
{
	const struct {
		const struct kernel *kernel;
		bool is_usable;
	} kernels[] = {
#if PORT_X86_64
		{&kernel_avx512, has_avx512()},
		{&kernel_avx2, has_avx2()},
#endif
		{&kernel_scalar, true},
	};
	const char *forced = getenv("PLAYPIPE_KERNEL");

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		bool is_meant = forced == NULL || forced[0] == '\0' ||
				strcmp(forced, kernels[i].kernel->name) == 0;

		if (is_meant && kernels[i].is_usable)
			return kernels[i].kernel;
	}
	return NULL;
}

const char *
ndjson_kernel(void)
{
	const struct kernel *k = kernel_choose();

	return k == NULL ? "none" : k->name;
}
