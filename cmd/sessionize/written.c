/* SPDX-License-Identifier: MIT */
#include "written.h"

#include "stream/stream.h"

/* The user and the start of a row; false: it is no session. */
static bool
read_row(const struct ndjson_line *line, struct arena *a, struct str *user,
	 int64_t *start_ms)
{
	const struct ndjson_val *who = &line->val[0], *start = &line->val[1];

	if (line->reason != NDJSON_OK || who->kind != NDJSON_STRING ||
	    start->kind != NDJSON_INT ||
	    num_parse_i64(start->p, start->n, start_ms) != 0)
		return false;
	*user = ndjson_string(who, a);
	return user->p != NULL;
}

static bool
is_written_now(const struct written *w, struct sessions_span span)
{
	return span.start_ms >= w->from_ms && span.start_ms < w->to_ms &&
	       span.end_ms * UTC_MS < w->horizon_us;
}

static int
sort_out(struct written *w, const struct ndjson_line *line, struct str user,
	 int64_t start_ms, struct fail *f)
{
	struct sessions_span span;
	int rc;

	if (!sessions_find(w->sessions, user, start_ms, &span) ||
	    is_written_now(w, span)) {
		w->replaced++;
		if (start_ms > w->replaced_last_ms)
			w->replaced_last_ms = start_ms;
		return 0;
	}
	w->kept++;
	rc = io_out_write(w->out, line->p, line->n, f);
	return rc != 0 ? rc : io_out_write(w->out, "\n", 1, f);
}

int
written_sort_out(struct written *w, char *path, struct fail *f)
{
	static const struct str key[] = {STR_INIT("userId"),
					 STR_INIT("startTs")};
	static const int slot[] = {0, 1};
	const struct stream_options options = {
		.ndjson = {.max_line = LIMIT_LINE_MAX}};
	struct stream *in = NULL;
	struct stream_record rec;
	struct arena mem = {0};
	struct str user;
	int64_t start_ms;
	int rc = stream_open(&in, &path, 1, key, slot, 2, &options, f);

	w->replaced_last_ms = INT64_MIN;
	while (rc == 0 && (rc = stream_next(in, &rec, f)) > 0) {
		if (rec.kind != STREAM_LINE ||
		    !read_row(&rec.line, &mem, &user, &start_ms))
			rc = fail_set(f, FAIL_DATA,
				      "'%s': line %llu is no session", path,
				      (unsigned long long)rec.line.number);
		else
			rc = sort_out(w, &rec.line, user, start_ms, f);
		arena_reset(&mem);
	}
	stream_close(in);
	arena_release(&mem);
	return rc;
}
