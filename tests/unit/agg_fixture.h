/* SPDX-License-Identifier: MIT */
/* Aggregators for tests, fed by lines. */
#ifndef TESTS_AGG_FIXTURE_H
#define TESTS_AGG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agg/agg.h"
#include "lines.h"

#define M(name) (1u << AGG_##name)

/* A schema that has everything, with names of its own. */
static const char schema_text[] =
	"{\"name\":\"test\",\"plays\":{\"column\":\"kind\","
	"\"values\":[\"play\"]},\"columns\":["
	"{\"name\":\"kind\",\"type\":\"string\",\"role\":\"type\"},"
	"{\"name\":\"t\",\"type\":\"timestamp\",\"wire\":\"epoch_ms\","
	"\"role\":\"time\"},"
	"{\"name\":\"u\",\"type\":\"long\",\"text_number\":true,"
	"\"role\":\"user\"},"
	"{\"name\":\"level\",\"type\":\"string\",\"empty\":\"null\","
	"\"role\":\"level\"},"
	"{\"name\":\"n\",\"type\":\"integer\"},"
	"{\"name\":\"id\",\"type\":\"string\",\"role\":\"track_id\"},"
	"{\"name\":\"song\",\"type\":\"string\",\"role\":\"track\"},"
	"{\"name\":\"band\",\"type\":\"string\",\"role\":\"artist\"},"
	"{\"name\":\"len\",\"type\":\"double\",\"role\":\"duration\"},"
	"{\"name\":\"ms\",\"type\":\"long\",\"role\":\"ms_played\"},"
	"{\"name\":\"skipped\",\"type\":\"boolean\",\"role\":\"skipped\"},"
	"{\"name\":\"end\",\"type\":\"string\",\"role\":\"reason_end\"}]}";

static struct event_schema *schema;

static inline int
parse_schema(void **state)
{
	(void)state;
	return event_schema_parse(&schema, str_of(schema_text), "test", NULL);
}

static inline int
drop_schema(void **state)
{
	(void)state;
	event_schema_close(schema);
	return 0;
}

static inline struct agg *
open_agg(struct agg_options o)
{
	struct agg *a;

	if (o.window_us == 0)
		o.window_us = UTC_HOUR;
	if (o.measures == 0)
		o.measures = AGG_ALL;
	if (o.top == 0)
		o.top = 10;
	assert_int_equal(agg_open(&a, &o, NULL), 0);
	return a;
}

/* Feed lines; each must get the verdict. */
static inline void
feed(struct agg *a, struct str text, int verdict)
{
	const struct ndjson_val *val;
	const struct str *keys;
	const int *slot;
	struct lines l;
	size_t n;

	agg_keys(a, &keys, &slot, &n);
	lines_open(&l, keys, slot, n, text);
	while ((val = lines_next(&l)) != NULL) {
		int rc = agg_add(a, val, NULL);

		if (rc != verdict)
			fail_msg("verdict %d: %s", rc, agg_why(a));
	}
}

static inline void
rows_of(struct agg *a, enum agg_form form, struct buf *out)
{
	size_t n;

	buf_reset(out);
	assert_int_equal(agg_finish(a, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(agg_format(a, i, form, out), 0);
}

static inline void
expect_rows(struct agg *a, enum agg_form form, const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 24);
	rows_of(a, form, &out);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	assert_string_equal(out.p, text);
	buf_release(&out);
}

#endif
