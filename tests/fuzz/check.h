/* SPDX-License-Identifier: MIT */
/* What must hold whatever the input is: else the fuzzer has found something. */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdbool.h>
#include <stdlib.h>

static void
check(bool is_so)
{
	if (!is_so)
		abort();
}

#endif
