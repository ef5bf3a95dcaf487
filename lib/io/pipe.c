/* SPDX-License-Identifier: MIT */
/* What only Linux has: pipes of another size. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdlib.h>

#undef alloca /* GNU's <stdlib.h> has a macro, and banned.h forbids it */

#include "io/io.h"

void
io_widen_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
	int size = fcntl(fd, F_GETPIPE_SZ); /* -1: no pipe */

	if (size >= 0 && size < LIMIT_PIPE)
		(void)fcntl(fd, F_SETPIPE_SZ, LIMIT_PIPE);
#else
	(void)fd;
#endif
}
