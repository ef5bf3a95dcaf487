/* SPDX-License-Identifier: MIT */
/*
 * Sessions: the first byte says whether the rest is a snapshot or events. A
 * snapshot that loads is saved as bytes that load and save to the same;
 * events give the same sessions whether or not the book was saved and loaded
 * in between.
 */
#include "lines_in.h"
#include "session/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct event_schema *schema;

static struct sessions *
open_book(void)
{
	struct sessions_options o = {schema, 30 * UTC_MINUTE, UTC_HOUR};
	struct sessions *s;

	if (sessions_open(&s, &o, NULL) != 0)
		abort();
	return s;
}

static void
save(const struct sessions *s, struct buf *out)
{
	buf_init(out, (size_t)1 << 28);
	if (sessions_save(s, out) != 0)
		abort();
}

static void
rows_of(struct sessions *s, struct buf *out)
{
	size_t n;

	buf_init(out, (size_t)1 << 28);
	if (sessions_close_until(s, INT64_MAX, &n, NULL) != 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (sessions_format(s, i, out) != 0)
			abort();
	if (sessions_forget(s, NULL) != 0 || sessions_open_n(s) != 0 ||
	    sessions_open_events(s) != 0)
		abort();
}

/* Save and load give the same book, to its rows. */
static void
check(struct sessions *s)
{
	struct sessions *t = open_book();
	struct buf once, twice, rows, again;

	save(s, &once);
	if (sessions_load(t, buf_str(&once), NULL) != 0)
		abort();
	save(t, &twice);
	rows_of(s, &rows);
	rows_of(t, &again);
	if (!str_equal(buf_str(&once), buf_str(&twice)) ||
	    !str_equal(buf_str(&rows), buf_str(&again)))
		abort();
	buf_release(&once);
	buf_release(&twice);
	buf_release(&rows);
	buf_release(&again);
	sessions_close(t);
}

static void
add(void *ctx, const struct ndjson_val *val)
{
	if (sessions_add(ctx, val, NULL) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = {(const char *)data + 1, n - 1};
	struct sessions *s;
	const struct str *keys;
	const int *slot;

	if (n == 0)
		return 0;
	if (schema == NULL &&
	    event_schema_load(&schema, "playpipe", NULL, NULL) != 0)
		abort();
	s = open_book();
	if (data[0] == 'S') {
		struct fail f = {0};

		if (sessions_load(s, rest, &f) == 0)
			check(s);
		else if (f.code == 0 || sessions_open_n(s) != 0)
			abort();
	} else {
		sessions_keys(s, &keys, &slot, &n);
		lines_in(rest, keys, slot, n, add, s);
		check(s);
	}
	sessions_close(s);
	return 0;
}
