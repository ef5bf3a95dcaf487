/* SPDX-License-Identifier: MIT */
/*
 * Outputs: one buffer of LIMIT_WRITE_BLOCK, every write looked at. A file
 * made by io_out_create is written beside its place and renamed at commit,
 * so a reader sees the old file or the whole new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"
#include "io/signals.h"

#define DRAIN_MS 10000 /* how long a reader may keep us from stopping */

struct io_out {
	char *name; /* for messages */
	char *temp; /* the temporary file, or NULL */
	int fd;
	bool is_owner; /* close fd with us */
	bool is_file;  /* fsync at commit */
	int broken;    /* the code of a failed write: all later ones fail */
	uint64_t bytes;
	size_t len;
	char buf[LIMIT_WRITE_BLOCK];
};

static char *
copy_text(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = malloc(n);

	return p == NULL ? NULL : memcpy(p, s, n);
}

static struct io_out *
out_new(const char *name, int fd)
{
	/* not calloc: the buffer need not be touched */
	struct io_out *o = malloc(sizeof(*o));
	char *copy = copy_text(name);

	if (o == NULL || copy == NULL) {
		free(o);
		free(copy);
		return NULL;
	}
	o->name = copy;
	o->temp = NULL;
	o->fd = fd;
	o->is_owner = false;
	o->is_file = false;
	o->broken = 0;
	o->bytes = 0;
	o->len = 0;
	return o;
}

int
io_out_open_fd(struct io_out **out, int fd, const char *name, struct fail *f)
{
	*out = out_new(name, fd);
	io_widen_pipe(fd);
	return *out == NULL ? fail_memory(f) : 0;
}

static int
open_temp(struct io_out *o, const char *path, struct fail *f)
{
	size_t n = strlen(path) + 48;

	o->temp = malloc(n);
	if (o->temp == NULL)
		return fail_memory(f);
	/* The nonce, not the pid: two hosts may share the folder. */
	snprintf(o->temp, n, "%s.%llx.tmp", path,
		 (unsigned long long)hash_nonce());
	o->fd = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		int rc = fail_errno(f, FAIL_IO, errno, "cannot create '%s'",
				    path);

		free(o->temp);
		o->temp = NULL;
		return rc;
	}
	return 0;
}

/* The name of a descriptor that is open, ours or another's. Whatever it stands
 * for, a file beside it that takes its name would be wrong: run by root,
 * /dev/stderr itself would become that file. */
static bool
names_descriptor(const char *path)
{
	return strcmp(path, "/dev/stdout") == 0 ||
	       strcmp(path, "/dev/stderr") == 0 ||
	       strncmp(path, "/dev/fd/", 8) == 0 ||
	       strncmp(path, "/proc/self/fd/", 14) == 0;
}

int
io_out_create(struct io_out **out, const char *path, struct fail *f)
{
	struct stat st;
	struct io_out *o;
	int rc = 0;

	if (strcmp(path, "-") == 0)
		return io_out_open_fd(out, 1, "stdout", f);
	o = out_new(path, -1);
	if (o == NULL)
		return fail_memory(f);
	o->is_owner = true;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		rc = fail_set(f, FAIL_IO, "cannot create '%s': is a folder",
			      path);
	} else if (names_descriptor(path) ||
		   (stat(path, &st) == 0 && !S_ISREG(st.st_mode))) {
		/* behind what a log has already */
		o->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (o->fd < 0)
			rc = fail_errno(f, FAIL_IO, errno, "cannot write '%s'",
					path);
	} else {
		o->is_file = true;
		rc = open_temp(o, path, f);
	}
	if (rc != 0) {
		io_out_close(o);
		return rc;
	}
	*out = o;
	return 0;
}

int
io_out_append(struct io_out **out, const char *path, struct fail *f)
{
	struct stat st;
	struct io_out *o;
	int rc;

	if (strcmp(path, "-") == 0)
		return io_out_open_fd(out, 1, "stdout", f);
	o = out_new(path, -1);
	if (o == NULL)
		return fail_memory(f);
	o->is_owner = true;
	o->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		rc = fail_errno(f, FAIL_IO, errno, "cannot open '%s'", path);
		io_out_close(o);
		return rc;
	}
	o->is_file = fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode);
	*out = o;
	return 0;
}

/*
 * A signal asked to stop, and a reader that does not read must not keep us:
 * wait for room, but not for ever. What then fits for certain is returned.
 */
static size_t
room_when_stopping(struct io_out *o, size_t n, struct fail *f)
{
	struct pollfd pf = {o->fd, POLLOUT, 0};

	if (poll(&pf, 1, DRAIN_MS) <= 0) {
		o->broken = io_stopped(f);
		return 0;
	}
	return n < PIPE_BUF ? n : PIPE_BUF;
}

/* All of p to the kernel, or a failure that stays. */
static int
write_through(struct io_out *o, const char *p, size_t n, struct fail *f)
{
	while (n > 0 && o->broken == 0) {
		size_t some = n;
		ssize_t got;

		if (io_stop_signal() != 0 && !o->is_file)
			some = room_when_stopping(o, n, f);
		if (o->broken != 0)
			break;
		got = write(o->fd, p, some);
		if (got >= 0) {
			p += got;
			n -= (size_t)got;
		} else if (errno == EAGAIN) {
			o->broken = io_wait(o->fd, POLLOUT, f);
		} else if (errno == EPIPE) {
			o->broken = fail_set(f, FAIL_IO,
					     "cannot write '%s': its reader "
					     "went away",
					     o->name);
		} else if (errno != EINTR) {
			o->broken = fail_errno(f, FAIL_IO, errno,
					       "cannot write '%s'", o->name);
		}
	}
	return o->broken;
}

int
io_out_flush(struct io_out *o, struct fail *f)
{
	size_t n = o->len;

	o->len = 0;
	if (o->broken != 0)
		return fail_set(f, o->broken, "cannot write '%s'", o->name);
	return write_through(o, o->buf, n, f);
}

int
io_out_write(struct io_out *o, const void *p, size_t n, struct fail *f)
{
	int rc;

	if (n == 0) /* and p may be NULL */
		return o->broken;
	o->bytes += n;
	if (n <= sizeof(o->buf) - o->len) {
		memcpy(o->buf + o->len, p, n);
		o->len += n;
		return o->broken;
	}
	rc = io_out_flush(o, f);
	if (rc != 0)
		return rc;
	if (n >= sizeof(o->buf))
		return write_through(o, p, n, f);
	memcpy(o->buf, p, n);
	o->len = n;
	return 0;
}

char *
io_out_reserve(struct io_out *o, size_t n, struct fail *f)
{
	if (n > sizeof(o->buf)) {
		fail_set(f, FAIL_BUG, "bug: reserve of %zu bytes", n);
		return NULL;
	}
	if (n > sizeof(o->buf) - o->len && io_out_flush(o, f) != 0)
		return NULL;
	return o->buf + o->len;
}

void
io_out_advance(struct io_out *o, size_t n)
{
	o->len += n;
	o->bytes += n;
}

static int
sync_parent(const char *path, struct fail *f)
{
	const char *slash = strrchr(path, '/');
	char folder[LIMIT_PATH];
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL)
		return io_sync_folder(".", f);
	if (n >= sizeof(folder))
		return fail_set(f, FAIL_IO, "the path '%s' is too long", path);
	memcpy(folder, path, n);
	folder[n] = '\0';
	return io_sync_folder(n == 0 ? "/" : folder, f);
}

int
io_out_commit(struct io_out *o, struct fail *f)
{
	int rc = io_out_flush(o, f);

	if (rc != 0 || !o->is_file)
		return rc;
	if (fsync(o->fd) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot write '%s'",
				  o->name);
	if (o->temp == NULL)
		return 0;
	if (rename(o->temp, o->name) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot create '%s'",
				  o->name);
	free(o->temp);
	o->temp = NULL;
	return sync_parent(o->name, f);
}

void
io_out_close(struct io_out *o)
{
	if (o == NULL)
		return;
	if (o->is_owner && o->fd >= 0)
		close(o->fd);
	if (o->temp != NULL)
		unlink(o->temp);
	free(o->temp);
	free(o->name);
	free(o);
}

uint64_t
io_out_bytes(const struct io_out *o)
{
	return o->bytes;
}

int
io_close_stdout(struct fail *f)
{
	if (fflush(stdout) != 0 || close(1) != 0) {
		/* Closed from the start, and nothing was to be written: fine.
		 * A write to it would have failed already. */
		if (errno == EBADF)
			return 0;
		return fail_errno(f, FAIL_IO, errno, "cannot write 'stdout'");
	}
	return 0;
}
