/* SPDX-License-Identifier: MIT */
/*
 * The spine of the filters. One reader serves all inputs in turn. Whether
 * the stream has barriers is decided by its first line and never again: a
 * line that looks like a barrier in a stream that did not begin with one, or
 * that carries another nonce, is data, so no payload can forge a barrier.
 */
#include "stream/stream.h"

#include <stdlib.h>

struct stream {
	char *const *path;
	size_t path_n;
	size_t next_path; /* index of the next input to open */
	struct io_in *in; /* the open one, or NULL */
	const char *name; /* its name */
	struct ndjson *reader;
	struct stream_options opt;
	struct stream_counts counts;

	bool is_begun; /* the first line was seen */
	bool has_barriers;
	char run[LIMIT_NAME + 1]; /* the nonce */
	size_t run_n;
	uint64_t since_barrier; /* lines, blank ones too */
	uint64_t barrier_end;	/* offset behind the last barrier */
	struct arena mem;	/* of the barrier handed out */

	uint64_t taken; /* bytes of the inputs closed so far */
	int64_t total;	/* bytes of all inputs, -1: unknown */
};

/* The reader's source: flush what is pending before a wait. */
static int
read_input(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct stream *s = ctx;

	if (s->opt.flush != NULL &&
	    (s->opt.want_line_buffered || io_in_is_idle(s->in))) {
		int rc = io_out_flush(s->opt.flush, f);

		if (rc != 0)
			return rc;
	}
	if (s->opt.idle != NULL && io_in_is_idle(s->in)) {
		int rc = s->opt.idle(s->opt.idle_ctx, s->in, f);

		if (rc != 0)
			return rc;
	}
	if (s->opt.progress != NULL)
		s->opt.progress(s->opt.progress_ctx, s);
	return io_in_read(s->in, dst, cap, got, f);
}

static int
open_next(struct stream *s, struct fail *f)
{
	const char *path = s->path_n == 0 ? "-" : s->path[s->next_path];
	int rc = io_in_open(&s->in, path, f);

	if (rc != 0)
		return rc;
	s->name = io_in_name(s->in);
	io_in_read_ahead(s->in, s->opt.read_ahead);
	s->next_path++;
	s->barrier_end = 0;
	ndjson_start(s->reader, read_input, s);
	return 0;
}

static void
close_input(struct stream *s)
{
	if (s->in != NULL)
		s->taken += io_in_taken(s->in);
	io_in_close(s->in);
	s->in = NULL;
}

/* All sizes in advance, for progress; also finds a missing file at once. */
static int
measure(struct stream *s, struct fail *f)
{
	for (size_t i = 0; i < s->path_n && s->total >= 0; i++) {
		struct io_in *in;
		int rc;

		if (strcmp(s->path[i], "-") == 0) {
			s->total = -1;
			break;
		}
		rc = io_in_open(&in, s->path[i], f);
		if (rc != 0)
			return rc;
		if (io_in_size(in) < 0)
			s->total = -1;
		else
			s->total += io_in_size(in);
		io_in_close(in);
	}
	if (s->path_n == 0)
		s->total = -1;
	return 0;
}

int
stream_open(struct stream **out, char *const *paths, size_t n_paths,
	    const struct str *keys, const int *slot, size_t n_keys,
	    const struct stream_options *o, struct fail *f)
{
	struct stream *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->path = paths;
	s->path_n = n_paths;
	s->opt = *o;
	rc = n_paths > 1 ? measure(s, f) : 0;
	if (rc == 0)
		rc = ndjson_open(&s->reader, keys, slot, n_keys, &o->ndjson, f);
	if (rc == 0)
		rc = open_next(s, f);
	if (rc == 0 && n_paths <= 1)
		s->total = io_in_size(s->in);
	if (rc != 0) {
		stream_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	close_input(s);
	ndjson_close(s->reader);
	arena_release(&s->mem);
	free(s);
}

/* Is the special line a barrier of this stream? Parses it into rec. */
static bool
parse_own_barrier(struct stream *s, struct stream_record *rec)
{
	const struct ndjson_line *l = &rec->line;
	struct fail ignored = {0};
	bool is_first = !s->is_begun;

	if (!(is_first || s->has_barriers) || l->reason != NDJSON_OK ||
	    !barrier_is_line(l->p, l->n))
		return false;
	arena_reset(&s->mem);
	if (barrier_parse(l->p, l->n, &s->mem, &rec->barrier, &ignored) != 0 ||
	    rec->barrier.run.n > LIMIT_NAME)
		return false;
	if (is_first) {
		s->has_barriers = true;
		s->run_n = rec->barrier.run.n;
		memcpy(s->run, rec->barrier.run.p, s->run_n);
		return true;
	}
	return str_equal(rec->barrier.run, (struct str){s->run, s->run_n});
}

static int
check_lines(struct stream *s, const struct stream_record *rec, struct fail *f)
{
	uint64_t seen = s->since_barrier;

	s->since_barrier = 0;
	s->counts.barriers++;
	if (seen == rec->barrier.lines || s->opt.is_drop_allowed)
		return 0;
	return fail_set(f, FAIL_DATA,
			"%s: line %llu: the barrier's count of lines is %llu, "
			"but %llu came: a stage before dropped, added or "
			"reordered lines; if that is meant, say --allow-drop",
			rec->file, (unsigned long long)rec->line.number,
			(unsigned long long)rec->barrier.lines,
			(unsigned long long)seen);
}

/* End of all inputs. */
static int
finish(const struct stream *s, struct fail *f)
{
	if (!s->has_barriers || s->since_barrier == 0)
		return 0;
	return fail_set(f, FAIL_RETRY,
			"the input ends behind its last barrier (lines: %llu): "
			"the stage before died; run the pipe again",
			(unsigned long long)s->since_barrier);
}

static int
next_line(struct stream *s, struct stream_record *rec, struct fail *f)
{
	for (;;) {
		int rc;

		if (s->in == NULL) {
			if (s->next_path >= s->path_n)
				return 0;
			rc = open_next(s, f);
			if (rc != 0)
				return rc;
		}
		rec->file = s->name;
		rc = ndjson_next(s->reader, &rec->line, f);
		if (rc != 0)
			return rc;
		close_input(s);
	}
}

int
stream_next(struct stream *s, struct stream_record *rec, struct fail *f)
{
	for (;;) {
		int rc = next_line(s, rec, f);

		if (PORT_UNLIKELY(rc <= 0))
			return rc == 0 ? finish(s, f) : rc;
		s->counts.bytes += rec->line.raw_n;
		if (rec->line.is_special && parse_own_barrier(s, rec)) {
			s->is_begun = true;
			rec->kind = STREAM_BARRIER;
			s->barrier_end = rec->line.offset + rec->line.raw_n;
			rc = check_lines(s, rec, f);
			return rc == 0 ? 1 : rc;
		}
		s->is_begun = true;
		s->since_barrier++;
		if (PORT_UNLIKELY(rec->line.reason != NDJSON_OK)) {
			if (rec->line.reason == NDJSON_BLANK) {
				s->counts.blank++;
				continue;
			}
			s->counts.bad[rec->line.reason]++;
		}
		s->counts.lines++;
		s->counts.crlf += rec->line.raw_n > rec->line.n + 1;
		rec->kind = STREAM_LINE;
		rec->batch_line = rec->line.number;
		rec->batch_offset = rec->line.offset - s->barrier_end;
		if (s->has_barriers)
			rec->batch_line = s->since_barrier;
		return 1;
	}
}

int
stream_run(struct stream *s, stream_line_fn take_line,
	   stream_barrier_fn take_barrier, void *ctx, struct fail *f)
{
	struct stream_record rec = {0};
	int rc;

	while ((rc = stream_next(s, &rec, f)) > 0) {
		if (rec.kind == STREAM_LINE)
			rc = take_line(ctx, &rec, f);
		else
			rc = take_barrier == NULL
				     ? 0
				     : take_barrier(ctx, &rec.barrier, f);
		if (rc != 0)
			break;
	}
	return rc;
}

bool
stream_has_barriers(const struct stream *s)
{
	return s->has_barriers;
}

const struct stream_counts *
stream_counts(const struct stream *s)
{
	return &s->counts;
}

void
stream_progress(const struct stream *s, uint64_t *done, int64_t *total)
{
	*done = s->taken + (s->in == NULL ? 0 : io_in_taken(s->in));
	*total = s->total;
}

int
stream_forward(const struct barrier *b, struct io_out *out, uint64_t lines,
	       const char *state_name, int64_t state_id, int64_t hold_ms,
	       struct fail *f)
{
	struct barrier mine = *b;
	struct arena mem = {0};
	int rc = 0;

	if (state_name != NULL) {
		rc = barrier_copy(b, &mem, &mine, f);
		if (rc == 0)
			rc = barrier_set(&mine.state, str_of(state_name),
					 state_id, &mem, f);
	}
	mine.lines = lines;
	if (mine.has_watermark && hold_ms < mine.watermark_ms)
		mine.watermark_ms = hold_ms;
	if (rc == 0)
		rc = barrier_write(&mine, out, f);
	arena_release(&mem);
	return rc;
}

/* Does the line stand in an array that was printed an object a line? */
static bool
is_array_item(const struct ndjson_line *l)
{
	return l->reason == NDJSON_TRAILING && l->bad_at < l->n &&
	       l->p[l->bad_at] == ',';
}

const char *
stream_bad_hint(const struct stream_record *rec)
{
	if (is_array_item(&rec->line))
		return "a comma follows the object, as in a JSON array; it "
		       "becomes one object a line by: jq -c '.[]'";
	return ndjson_reason_hint(rec->line.reason);
}

int
stream_fail_bad(const struct stream_record *rec, struct fail *f)
{
	const struct ndjson_line *l = &rec->line;

	return fail_set(f, FAIL_DATA, "'%s': line %llu, byte %zu: %s: %s",
			rec->file, (unsigned long long)l->number, l->bad_at + 1,
			ndjson_reason_name(l->reason), stream_bad_hint(rec));
}
