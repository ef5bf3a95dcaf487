/* SPDX-License-Identifier: MIT */
/*
 * Inputs. The first block of a file decides whether it is compressed; a
 * compressed one is decoded as it is read, through one block of its own. A
 * read waits in poll(2) and not in read(2), so that a signal that asks to
 * stop is seen at once and never between the test of its flag and the call.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/codec.h"
#include "io/ahead.h"
#include "io/io.h"
#include "io/signals.h"

struct io_in {
	const char *name;
	int fd;
	int64_t size; /* -1: not a regular file */
	uint64_t taken;
	size_t ahead_max;	/* 0: no reading ahead */
	struct io_ahead *ahead; /* NULL: not yet */
	bool is_sniffed;
	bool is_at_end;
	struct codec_stream *codec; /* NULL: plain */
	char *block;		    /* compressed bytes, LIMIT_READ_BLOCK */
	struct str left;	    /* of block, not yet decoded */
};

int
io_in_open(struct io_in **out, const char *path, struct fail *f)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;
	struct io_in *in;
	int rc;

	in = calloc(1, sizeof(*in));
	if (in == NULL)
		return fail_memory(f);
	in->name = is_stdin ? "stdin" : path;
	in->fd = is_stdin ? 0 : open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0) {
		rc = fail_errno(f, FAIL_IO, errno, "cannot open '%s'", path);
		goto out;
	}
	if (fstat(in->fd, &st) != 0) {
		rc = fail_errno(f, FAIL_IO, errno, "cannot read '%s'",
				in->name);
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		rc = fail_set(f, FAIL_IO, "cannot read '%s': is a folder",
			      path);
		goto out;
	}
	in->size = S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
	io_widen_pipe(in->fd);
	*out = in;
	return 0;
out:
	io_in_close(in);
	return rc;
}

void
io_in_close(struct io_in *in)
{
	if (in == NULL)
		return;
	io_ahead_stop(in->ahead);
	if (in->fd > 0)
		close(in->fd);
	codec_stream_close(in->codec);
	free(in->block);
	free(in);
}

void
io_in_read_ahead(struct io_in *in, size_t max)
{
	if (in->size < 0)
		in->ahead_max = max;
}

/* What to poll for the next bytes. */
static int
wait_fd(const struct io_in *in)
{
	return in->ahead == NULL ? in->fd : io_ahead_fd(in->ahead);
}

static ssize_t
take(struct io_in *in, void *dst, size_t cap)
{
	if (in->ahead != NULL)
		return io_ahead_take(in->ahead, dst, cap);
	return read(in->fd, dst, cap);
}

/* A short input is not worth a thread. */
static void
begin_ahead(struct io_in *in)
{
	if (in->ahead_max == 0 || in->taken < in->ahead_max)
		return;
	in->ahead = io_ahead_start(in->fd, in->ahead_max);
	in->ahead_max = 0;
}

/* One read(2) of what is there, after waiting for the first byte. */
static int
read_raw(struct io_in *in, void *dst, size_t cap, size_t *got, struct fail *f)
{
	ssize_t n;

	*got = 0;
	if (in->is_at_end)
		return 0;
	if (cap > LIMIT_READ_BLOCK)
		cap = LIMIT_READ_BLOCK;
	begin_ahead(in);
	do {
		int rc = in->size >= 0 ? 0 : io_wait(wait_fd(in), POLLIN, f);

		if (rc == 0 && io_stop_signal() != 0)
			rc = io_stopped(f);
		if (rc != 0)
			return rc;
		n = take(in, dst, cap);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot read '%s'",
				  in->name);
	in->is_at_end = n == 0;
	in->taken += (uint64_t)n;
	*got = (size_t)n;
	return 0;
}

static int
refill(struct io_in *in, struct fail *f)
{
	size_t got;
	int rc = read_raw(in, in->block, LIMIT_READ_BLOCK, &got, f);

	in->left = (struct str){in->block, got};
	return rc;
}

static int
read_decoded(struct io_in *in, void *dst, size_t cap, size_t *got,
	     struct fail *f)
{
	int rc;

	for (;;) {
		rc = codec_stream_read(in->codec, &in->left, dst, cap, got, f);
		if (rc != 0) {
			fail_prefix(f, "'%s': ", in->name);
			return rc;
		}
		if (*got > 0)
			return 0;
		if (in->left.n > 0)
			continue;
		rc = refill(in, f);
		if (rc != 0)
			return rc;
		if (in->left.n == 0)
			break;
	}
	if (codec_stream_is_cut(in->codec))
		return fail_set(f, FAIL_DATA,
				"'%s' ends inside compressed data: the file "
				"is cut",
				in->name);
	return 0;
}

/*
 * Read the first bytes into dst; if they are a compressed file's, move them
 * to a block of their own and put a decoder in between.
 */
static int
sniff(struct io_in *in, char *dst, size_t cap, size_t *got, struct fail *f)
{
	enum codec_kind kind;
	int rc = 0;

	in->is_sniffed = true;
	*got = 0;
	/* A pipe may bring the first bytes one by one. */
	while (*got < 4 && *got < cap) {
		size_t n;

		rc = read_raw(in, dst + *got, cap - *got, &n, f);
		if (rc != 0)
			return rc;
		if (n == 0)
			break;
		*got += n;
		if (dst[0] != '\x1f' && dst[0] != '\x28')
			return 0;
	}
	kind = codec_sniff(dst, *got);
	if (kind == CODEC_NONE)
		return 0;
	in->block = malloc(LIMIT_READ_BLOCK);
	if (in->block == NULL)
		return fail_memory(f);
	rc = codec_stream_open(&in->codec, kind, f);
	if (rc != 0)
		return rc;
	memcpy(in->block, dst, *got);
	in->left = (struct str){in->block, *got};
	return read_decoded(in, dst, cap, got, f);
}

int
io_in_read(struct io_in *in, void *dst, size_t cap, size_t *got, struct fail *f)
{
	if (!in->is_sniffed)
		return sniff(in, dst, cap, got, f);
	if (in->codec != NULL)
		return read_decoded(in, dst, cap, got, f);
	return read_raw(in, dst, cap, got, f);
}

bool
io_in_wait(const struct io_in *in, int ms)
{
	struct pollfd p = {wait_fd(in), POLLIN, 0};

	if (in->size >= 0 || in->is_at_end || in->left.n > 0)
		return true;
	return poll(&p, 1, ms) != 0;
}

bool
io_in_is_idle(const struct io_in *in)
{
	return !io_in_wait(in, 0);
}

const char *
io_in_name(const struct io_in *in)
{
	return in->name;
}

uint64_t
io_in_taken(const struct io_in *in)
{
	return in->taken;
}

int64_t
io_in_size(const struct io_in *in)
{
	return in->size;
}

bool
io_stdin_is_terminal(void)
{
	return isatty(0) == 1;
}
