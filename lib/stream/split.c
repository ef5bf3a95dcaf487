/* SPDX-License-Identifier: MIT */
/*
 * A regular file read by several threads. The file is cut at the line ends
 * next to n equal shares; each part has a reader and a thread of its own and
 * reads by offset, so nothing is shared but the descriptor.
 */
#include "stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_BYTES 4096 /* read at a time in search of a line end */

struct worker {
	const char *path;
	int fd;
	off_t at, end; /* what is still to read */
	struct ndjson *reader;
	struct stream_part *part;
	stream_line_fn fn;
	pthread_t thread;
	bool is_running;
	int rc;
	struct fail fail;
};

/* pread, again after a signal that does not ask to stop. */
static int
read_at(int fd, const char *path, void *dst, size_t cap, off_t at, size_t *got,
	struct fail *f)
{
	for (;;) {
		ssize_t n = pread(fd, dst, cap, at);

		if (n >= 0) {
			*got = (size_t)n;
			return 0;
		}
		if (errno != EINTR)
			return fail_errno(f, FAIL_IO, errno, "cannot read '%s'",
					  path);
	}
}

static int
read_part(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct worker *w = ctx;
	off_t left = w->end - w->at;
	int rc;

	if (io_stop_signal() != 0)
		return fail_set(f, FAIL_SIGNAL, "stopped by a signal");
	if ((off_t)cap > left)
		cap = (size_t)left;
	*got = 0;
	rc = cap == 0 ? 0 : read_at(w->fd, w->path, dst, cap, w->at, got, f);
	w->at += (off_t)*got;
	return rc;
}

static int
count_line(struct worker *w, struct stream_record *rec)
{
	struct stream_counts *c = &w->part->counts;
	const struct ndjson_line *l = &rec->line;

	w->part->line_n++;
	c->bytes += l->raw_n;
	if (l->reason == NDJSON_BLANK) {
		c->blank++;
		return 0;
	}
	c->lines++;
	c->crlf += l->raw_n > l->n + 1;
	if (l->reason != NDJSON_OK)
		c->bad[l->reason]++;
	return w->fn(w->part->ctx, rec, &w->fail);
}

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	struct stream_record rec = {.kind = STREAM_LINE, .file = w->path};
	int rc;

	ndjson_start(w->reader, read_part, w);
	while ((rc = ndjson_next(w->reader, &rec.line, &w->fail)) > 0) {
		rc = count_line(w, &rec);
		if (rc != 0)
			break;
	}
	w->rc = rc;
	return NULL;
}

/*
 * The first line start at or behind `at`; a line that begins with a byte
 * order mark does not begin a part, where the reader would take it for the
 * mark of a file.
 */
static int
line_start(int fd, const char *path, off_t at, off_t size, off_t *out,
	   struct fail *f)
{
	char text[LOOK_BYTES + 3];
	size_t got = 0;

	for (*out = size; at < size; at += LOOK_BYTES) {
		int rc = read_at(fd, path, text, sizeof(text), at, &got, f);

		if (rc != 0)
			return rc;
		for (size_t i = 0; i < got && i < LOOK_BYTES; i++) {
			bool is_mark = got - i > 3 &&
				       memcmp(text + i + 1, "\xef\xbb\xbf",
					      3) == 0;

			if (text[i] == '\n' && !is_mark) {
				*out = at + (off_t)i + 1;
				return 0;
			}
		}
	}
	return 0;
}

static int
open_workers(struct worker *w, size_t n, int fd, const char *path,
	     const struct str *keys, const int *slot, size_t n_keys,
	     const struct ndjson_options *o, struct fail *f)
{
	struct stat st;
	off_t start = 0;
	int rc = 0;

	if (fstat(fd, &st) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot read '%s'", path);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		off_t share = st.st_size / (off_t)n * (off_t)(i + 1);

		w[i].at = start;
		w[i].end = st.st_size;
		if (i + 1 < n && start < st.st_size)
			rc = line_start(fd, path, share < start ? start : share,
					st.st_size, &w[i].end, f);
		start = w[i].end;
		if (rc == 0)
			rc = ndjson_open(&w[i].reader, keys, slot, n_keys, o,
					 f);
	}
	return rc;
}

static int
run_workers(struct worker *w, size_t n, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		int e = pthread_create(&w[i].thread, NULL, work, &w[i]);

		w[i].is_running = e == 0;
		if (e != 0)
			rc = fail_errno(f, FAIL_MEMORY, e,
					"cannot start a thread");
	}
	for (size_t i = 0; i < n; i++)
		if (w[i].is_running)
			pthread_join(w[i].thread, NULL);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = w[i].rc;
		if (rc != 0 && f != NULL)
			*f = w[i].fail;
	}
	return rc;
}

int
stream_split(const char *path, const struct str *keys, const int *slot,
	     size_t n_keys, const struct ndjson_options *o, stream_line_fn fn,
	     struct stream_part *part, size_t n, struct fail *f)
{
	struct worker *w = calloc(n, sizeof(*w));
	int fd, rc = 0;

	if (w == NULL)
		return fail_memory(f);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot open '%s'", path);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		w[i].path = path;
		w[i].fd = fd;
		w[i].fn = fn;
		w[i].part = &part[i];
	}
	if (rc == 0)
		rc = open_workers(w, n, fd, path, keys, slot, n_keys, o, f);
	if (rc == 0)
		rc = run_workers(w, n, f);
	for (size_t i = 0; i < n; i++)
		ndjson_close(w[i].reader);
	free(w);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Regular, and neither gzip nor zstd nor a stream of barriers. */
static bool
is_plain_file(const char *path)
{
	static const char *const other[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd",
					    BARRIER_PREFIX};
	char head[16] = {0};
	ssize_t n;
	int fd;

	if (strcmp(path, "-") == 0 || !io_is_file(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, head, sizeof(head));
	close(fd);
	for (size_t i = 0; n > 0 && i < sizeof(other) / sizeof(*other); i++)
		if (str_starts((struct str){head, (size_t)n}, other[i]))
			return false;
	return n >= 0;
}

bool
stream_can_split(char *const *paths, size_t n_paths)
{
	for (size_t i = 0; i < n_paths; i++)
		if (!is_plain_file(paths[i]))
			return false;
	return n_paths > 0;
}
