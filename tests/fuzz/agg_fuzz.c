/* SPDX-License-Identifier: MIT */
/*
 * Events and partials of any text: one run over events, and its partials
 * merged, give the same rows; partials of any text, written again as
 * partials, merge to the same rows.
 */
#include "agg/agg.h"
#include "lines_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A sum that is too great for any number ends a run, and its comparison. */
static bool is_over;

static void
add(void *ctx, const struct ndjson_val *val)
{
	int rc = agg_add(ctx, val, NULL);

	if (rc < 0 && rc != FAIL_DATA)
		abort();
	is_over |= rc == FAIL_DATA;
}

/* The rows of a text. */
static void
rows_of(struct agg_options o, struct str text, struct buf *out)
{
	struct str by = STR_LIT("level");
	const struct str *keys;
	const int *slot;
	struct agg *a;
	size_t n;

	o.by = &by;
	o.by_n = 1;
	o.measures = AGG_ALL;
	o.top = 5;
	buf_init(out, (size_t)1 << 28);
	if (agg_open(&a, &o, NULL) != 0)
		abort();
	agg_keys(a, &keys, &slot, &n);
	lines_in(text, keys, slot, n, add, a);
	if (agg_finish(a, &n, NULL) != 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (agg_format(a, i, AGG_NDJSON, out) != 0)
			abort();
	agg_close(a);
}

/* By way of partials, the rows of the text must be those wanted. */
static void
check(struct agg_options part, struct str text, const struct buf *want)
{
	struct agg_options merge = {.window_us = UTC_HOUR};
	struct buf partials, rows;

	part.is_partial = true;
	rows_of(part, text, &partials);
	rows_of(merge, buf_str(&partials), &rows);
	if (!is_over && !str_equal(buf_str(want), buf_str(&rows)))
		abort();
	buf_release(&partials);
	buf_release(&rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct event_schema *schema;
	struct str text = {(const char *)data, n};
	struct agg_options events = {.window_us = UTC_HOUR};
	struct agg_options merge = {.window_us = UTC_HOUR};
	struct buf rows;

	if (schema == NULL &&
	    event_schema_load(&schema, "playpipe", NULL, NULL) != 0)
		abort();
	events.schema = schema;
	is_over = false;
	rows_of(events, text, &rows);
	events.window_us = 2 * UTC_MINUTE;
	check(events, text, &rows);
	buf_release(&rows);
	rows_of(merge, text, &rows);
	check(merge, text, &rows);
	buf_release(&rows);
	return 0;
}
