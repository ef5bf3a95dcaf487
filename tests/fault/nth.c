/* SPDX-License-Identifier: MIT */
/*
 * A library to preload: the call number NTH_ALLOC of malloc, calloc and
 * realloc, or number NTH_WRITE of write (but to stderr), fails once. When it
 * did, the file NTH_TOLD is made, so that a test knows when to stop counting.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef void *malloc_fn(size_t);
typedef void *calloc_fn(size_t, size_t);
typedef void *realloc_fn(void *, size_t);
typedef ssize_t write_fn(int, const void *, size_t);

static long allocations;
static long writes;

/* The number in the environment, 0 if none; nothing here may allocate. */
static long
wanted(const char *name)
{
	const char *p = getenv(name);
	long v = 0;

	while (p != NULL && *p >= '0' && *p <= '9')
		v = v * 10 + (*p++ - '0');
	return v;
}

static int
is_the_one(const char *name, long *count)
{
	const char *told = getenv("NTH_TOLD");
	int fd;

	if (++*count != wanted(name))
		return 0;
	fd = told == NULL ? -1 : open(told, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0)
		close(fd);
	return 1;
}

/* ISO C has no way from void * to a function; POSIX means this one. */
#define REAL(type, name)                                                       \
	static type *real;                                                     \
	if (real == NULL)                                                      \
	*(void **)&real = dlsym(RTLD_NEXT, name)

void *
malloc(size_t n)
{
	REAL(malloc_fn, "malloc");
	if (is_the_one("NTH_ALLOC", &allocations)) {
		errno = ENOMEM;
		return NULL;
	}
	return real(n);
}

void *
calloc(size_t count, size_t size)
{
	REAL(calloc_fn, "calloc");
	if (is_the_one("NTH_ALLOC", &allocations)) {
		errno = ENOMEM;
		return NULL;
	}
	return real(count, size);
}

void *
realloc(void *p, size_t n)
{
	REAL(realloc_fn, "realloc");
	if (is_the_one("NTH_ALLOC", &allocations)) {
		errno = ENOMEM;
		return NULL;
	}
	return real(p, n);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	REAL(write_fn, "write");
	if (fd != STDERR_FILENO && is_the_one("NTH_WRITE", &writes)) {
		errno = EIO;
		return -1;
	}
	return real(fd, p, n);
}
