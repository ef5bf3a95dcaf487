/* SPDX-License-Identifier: MIT */
/*
 * agg: what each measure counts, and that no order, no division into
 * partials and no division between aggregators changes a byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "agg/agg.h"
#include "lines.h"

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

static int
parse_schema(void **state)
{
	(void)state;
	return event_schema_parse(&schema, str_of(schema_text), "test", NULL);
}

static int
drop_schema(void **state)
{
	(void)state;
	event_schema_close(schema);
	return 0;
}

static struct agg *
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
static void
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

static void
rows_of(struct agg *a, enum agg_form form, struct buf *out)
{
	size_t n;

	buf_reset(out);
	assert_int_equal(agg_finish(a, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(agg_format(a, i, form, out), 0);
}

static void
expect_rows(struct agg *a, enum agg_form form, const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 24);
	rows_of(a, form, &out);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	assert_string_equal(out.p, text);
	buf_release(&out);
}

/* Run one aggregator over the text and expect its rows. */
static void
expect(struct agg_options o, const char *text, const char *rows)
{
	struct agg *a;

	o.schema = schema;
	a = open_agg(o);
	feed(a, str_of(text), AGG_COUNTED);
	expect_rows(a, AGG_NDJSON, rows);
	agg_close(a);
}

#define M(name) (1u << AGG_##name)

/* ---- measures ---- */

static void
plays_streams_and_sums(void **state)
{
	struct agg_options o = {.measures = M(EVENTS) | M(PLAYS) | M(STREAMS) |
					    M(MS_PLAYED) | M(DURATION)};

	(void)state;
	expect(o,
	       "{\"kind\":\"play\",\"t\":7200000,\"ms\":29999,\"len\":0.1}\n"
	       "{\"kind\":\"play\",\"t\":7200001,\"ms\":30000,\"len\":0.2}\n"
	       "{\"kind\":\"play\",\"t\":7200002,\"len\":200.5}\n"
	       "{\"kind\":\"home\",\"t\":7200003,\"ms\":1000000}\n"
	       "{\"kind\":\"play\",\"t\":10799999,\"ms\":1,\"len\":1e2}\n"
	       "{\"kind\":\"play\",\"t\":10800000}\n",
	       "{\"windowStart\":7200000,\"date\":\"1970-01-01\",\"events\":5,"
	       "\"plays\":4,\"streams\":1,\"msPlayed\":60000,"
	       "\"duration\":300.8}\n"
	       "{\"windowStart\":10800000,\"date\":\"1970-01-01\","
	       "\"events\":1,\"plays\":1,\"streams\":0,\"msPlayed\":0"
	       "}\n");
}

static void
durations_add_exactly(void **state)
{
	struct agg_options o = {.schema = schema, .measures = M(DURATION)};
	struct agg *a = open_agg(o);
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (int i = 0; i < 1000; i++) /* 0.1 as a double adds up to 99.99.. */
		assert_int_equal(
			buf_add_cstr(
				&text,
				"{\"kind\":\"play\",\"t\":0,\"len\":0.1}\n"),
			0);
	feed(a, buf_str(&text), AGG_COUNTED);
	expect_rows(a, AGG_NDJSON,
		    "{\"windowStart\":0,\"date\":\"1970-01-01\","
		    "\"duration\":100}\n");
	buf_release(&text);
	agg_close(a);
}

/* Many ways to write a duration, each alone in an hour. */
static void
durations_of_every_form(void **state)
{
	static const char *const form[][2] = {
		{"1", "1"},
		{"-1.5", "-1.5"},
		{"0.000001", "0.000001"},
		{"218.93179", "218.93179"},
		{"234567890.123456", "234567890.123456"},
		{"0.0000004", "0"},
		{"0.0000006", "0.000001"},
		{"1.23456789", "1.234568"},
		{"2E2", "200"},
		{"1e-3", "0.001"},
		{"1000000000", "1000000000"},
	};
	char text[256], rows[256];

	(void)state;
	for (size_t i = 0; i < sizeof(form) / sizeof(*form); i++) {
		snprintf(text, sizeof(text),
			 "{\"kind\":\"play\",\"t\":0,\"len\":%s}\n",
			 form[i][0]);
		snprintf(rows, sizeof(rows),
			 "{\"windowStart\":0,\"date\":\"1970-01-01\","
			 "\"duration\":%s}\n",
			 form[i][1]);
		expect((struct agg_options){.measures = M(DURATION)}, text,
		       rows);
	}
}

static void
skips(void **state)
{
	struct agg_options o = {.measures = M(PLAYS) | M(SKIPS)};

	(void)state;
	expect(o,
	       "{\"kind\":\"play\",\"t\":0,\"skipped\":true,\"ms\":90000}\n"
	       "{\"kind\":\"play\",\"t\":0,\"skipped\":false,\"ms\":1,"
	       "\"end\":\"fwdbtn\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":29999,\"end\":\"fwdbtn\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"end\":\"fwdbtn\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":10,\"end\":\"backbtn\","
	       "\"skipped\":null}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":10,\"end\":\"logout\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"end\":\"fwdbtn\"}\n",
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"plays\":7,"
	       "\"skips\":3}\n");
}

static void
completed(void **state)
{
	struct agg_options o = {.measures = M(PLAYS) | M(COMPLETED)};

	(void)state;
	expect(o,
	       "{\"kind\":\"play\",\"t\":0,\"ms\":190000,\"len\":200}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":189999,\"len\":200}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":190000,"
	       "\"len\":200.000001}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":250000,\"len\":200}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":5,\"len\":0}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":5}\n",
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"plays\":6,"
	       "\"completed\":2}\n");
}

/* Plays that say nothing of their user or duration give no 0, whether
 * counted at once or in parts; an hour without plays has 0 listeners. */
static void
nothing_said_is_null(void **state)
{
	static const char *const line[] = {
		"{\"kind\":\"play\",\"t\":0}\n",
		"{\"kind\":\"play\",\"t\":1,\"u\":null}\n",
		"{\"kind\":\"home\",\"t\":2,\"u\":7}\n",
		"{\"kind\":\"home\",\"t\":3600000,\"u\":7}\n",
		"{\"kind\":\"play\",\"t\":7200000,\"u\":7,\"len\":0}\n",
	};
	static const char rows[] =
		"{\"windowStart\":0,\"date\":\"1970-01-01\",\"plays\":2}\n"
		"{\"windowStart\":3600000,\"date\":\"1970-01-01\","
		"\"plays\":0,\"listeners\":0}\n"
		"{\"windowStart\":7200000,\"date\":\"1970-01-01\","
		"\"plays\":1,\"duration\":0,\"listeners\":1}\n";
	struct agg_options o = {.measures = M(PLAYS) | M(DURATION) |
					    M(LISTENERS) | M(EVENTS)};
	struct agg_options last = {.measures = o.measures & ~M(EVENTS)};
	struct agg *merge = open_agg(last);

	(void)state;
	o.is_partial = true;
	o.schema = schema;
	for (size_t i = 0; i < sizeof(line) / sizeof(*line); i++) {
		struct agg *part = open_agg(o);
		struct buf text;

		buf_init(&text, 4096);
		feed(part, str_of(line[i]), AGG_COUNTED);
		rows_of(part, AGG_NDJSON, &text);
		feed(merge, buf_str(&text), AGG_COUNTED);
		buf_release(&text);
		agg_close(part);
	}
	expect_rows(merge, AGG_NDJSON, rows);
	agg_close(merge);
}

static void
listeners_are_users_with_a_play(void **state)
{
	struct agg_options o = {.measures = M(LISTENERS) | M(EVENTS)};

	(void)state;
	expect(o,
	       "{\"kind\":\"play\",\"t\":0,\"u\":39}\n"
	       "{\"kind\":\"play\",\"t\":0,\"u\":\"39\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"u\":39.0}\n"
	       "{\"kind\":\"play\",\"t\":0,\"u\":8}\n"
	       "{\"kind\":\"home\",\"t\":0,\"u\":7}\n"
	       "{\"kind\":\"play\",\"t\":0,\"u\":null}\n"
	       "{\"kind\":\"play\",\"t\":0}\n",
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"events\":7,"
	       "\"listeners\":2}\n");
}

static void
top_lists(void **state)
{
	struct agg_options o = {.measures = M(TOP_TRACKS) | M(TOP_ARTISTS),
				.top = 2};

	(void)state;
	expect(o,
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"song\":\"B\","
	       "\"band\":\"X\",\"id\":\"1\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"song\":\"A\\u0022\","
	       "\"band\":\"X\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"song\":\"A\\\"\","
	       "\"band\":\"X\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"song\":\"C\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":29999,\"song\":\"C\"}\n"
	       "{\"kind\":\"play\",\"t\":0,\"ms\":30000,\"band\":\"Y\"}\n",
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"topTracks\":["
	       "{\"track\":\"A\\\"\",\"artist\":\"X\",\"count\":2},"
	       "{\"track\":\"B\",\"artist\":\"X\",\"id\":\"1\",\"count\":1}],"
	       "\"topArtists\":[{\"artist\":\"X\",\"count\":3},"
	       "{\"artist\":\"Y\",\"count\":1}]}\n");
}

static void
only_windows_with_a_play(void **state)
{
	struct agg_options o = {.schema = schema, .measures = M(PLAYS)};
	struct agg *a = open_agg(o);

	(void)state;
	feed(a,
	     STR_LIT("{\"kind\":\"home\",\"t\":0}\n{\"kind\":null,\"t\":1}\n"
		     "{\"t\":\"no time, but nobody asks\"}\n"),
	     AGG_NO_PLAY);
	expect_rows(a, AGG_NDJSON, "");
	agg_close(a);
}

static void
misfits_are_told(void **state)
{
	struct agg_options o = {.schema = schema};
	struct agg *a = open_agg(o);

	(void)state;
	feed(a, STR_LIT("{\"kind\":\"play\"}\n{\"t\":null}\n"), AGG_MISFIT);
	assert_string_equal(agg_why(a), "t: no time");
	feed(a, STR_LIT("{\"kind\":\"play\",\"t\":\"x\"}\n"), AGG_MISFIT);
	assert_non_null(strstr(agg_why(a), "epoch_ms"));
	assert_int_equal(agg_misfit_values(a), 0);
	feed(a,
	     STR_LIT("{\"kind\":\"play\",\"t\":0,\"ms\":\"x\","
		     "\"len\":\"y\",\"u\":\"z\",\"skipped\":3}\n"
		     "{\"kind\":\"play\",\"t\":0,\"ms\":1e30,"
		     "\"len\":1e300}\n"),
	     AGG_COUNTED);
	assert_int_equal(agg_misfit_values(a), 5);
	agg_close(a);
}

static void
what_the_schema_lacks_is_null(void **state)
{
	static const char text[] =
		"{\"name\":\"thin\",\"plays\":\"all\",\"columns\":["
		"{\"name\":\"t\",\"type\":\"timestamp\",\"wire\":\"epoch_ms\","
		"\"role\":\"time\"}]}";
	struct event_schema *thin;
	struct agg_options o = {0};
	struct agg *a;
	struct buf out;

	(void)state;
	assert_int_equal(event_schema_parse(&thin, str_of(text), "thin", NULL),
			 0);
	o.schema = thin;
	a = open_agg(o);
	assert_int_equal(agg_unavailable(a), AGG_ALL & ~(M(EVENTS) | M(PLAYS)));
	feed(a, STR_LIT("{\"t\":1}\n"), AGG_COUNTED);
	expect_rows(a, AGG_NDJSON,
		    "{\"windowStart\":0,\"date\":\"1970-01-01\","
		    "\"events\":1,\"plays\":1}\n");
	expect_rows(a, AGG_CSV, "0,1970-01-01,1,1,,,,,,,,\n");
	buf_init(&out, 4096);
	assert_int_equal(agg_header(a, &out), 0);
	assert_int_equal(buf_add_char(&out, 0), 0);
	assert_string_equal(out.p,
			    "windowStart,date,events,plays,streams,skips,"
			    "completed,msPlayed,duration,listeners,topTracks,"
			    "topArtists\n");
	buf_release(&out);
	agg_close(a);
	event_schema_close(thin);
}

/* ---- groups and windows ---- */

static void
groups(void **state)
{
	struct str by[] = {STR_LIT("level"), STR_LIT("n")};
	struct agg_options o = {.measures = M(EVENTS), .by = by, .by_n = 2};

	(void)state;
	expect(o,
	       "{\"t\":0,\"level\":\"paid\",\"n\":2}\n"
	       "{\"t\":0,\"level\":\"a level of more than 16 bytes\",\"n\":1}\n"
	       "{\"t\":0,\"level\":\"pa\\u0069d\",\"n\":2.0}\n"
	       "{\"t\":0,\"level\":\"paid\",\"n\":10}\n"
	       "{\"t\":0,\"level\":\"\"}\n"
	       "{\"t\":0,\"level\":7}\n"
	       "{\"t\":0,\"level\":\"a level of more than 16 bytes\",\"n\":1}\n"
	       "{\"t\":3600000,\"level\":\"paid\",\"n\":2}\n",
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"events\":2}\n"
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"level\":"
	       "\"a level of more than 16 bytes\",\"n\":1,\"events\":2}\n"
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"level\":\"paid\","
	       "\"n\":10,\"events\":1}\n"
	       "{\"windowStart\":0,\"date\":\"1970-01-01\",\"level\":\"paid\","
	       "\"n\":2,\"events\":2}\n"
	       "{\"windowStart\":3600000,\"date\":\"1970-01-01\","
	       "\"level\":\"paid\",\"n\":2,\"events\":1}\n");
}

static void
groups_in_csv(void **state)
{
	struct str by[] = {STR_LIT("level")};
	struct agg_options o = {.schema = schema,
				.measures = M(EVENTS) | M(DURATION),
				.by = by,
				.by_n = 1};
	struct agg *a = open_agg(o);

	(void)state;
	feed(a, STR_LIT("{\"t\":0,\"level\":\"a,\\\"b\\\"\"}\n{\"t\":0}\n"),
	     AGG_COUNTED);
	expect_rows(a, AGG_CSV,
		    "0,1970-01-01,,1,\n"
		    "0,1970-01-01,\"a,\"\"b\"\"\",1,\n");
	agg_close(a);
}

static void
windows_before_1970_and_in_a_zone(void **state)
{
	struct agg_options o = {.measures = M(EVENTS)};

	(void)state;
	expect(o, "{\"t\":-1}\n{\"t\":-3600000}\n{\"t\":-3600001}\n",
	       "{\"windowStart\":-7200000,\"date\":\"1969-12-31\","
	       "\"events\":1}\n"
	       "{\"windowStart\":-3600000,\"date\":\"1969-12-31\","
	       "\"events\":2}\n");
	o.zone_us = 5 * UTC_HOUR + 30 * UTC_MINUTE;
	o.window_us = UTC_DAY;
	expect(o, "{\"t\":0}\n{\"t\":66599999}\n{\"t\":66600000}\n",
	       "{\"windowStart\":-19800000,\"date\":\"1970-01-01\","
	       "\"events\":2}\n"
	       "{\"windowStart\":66600000,\"date\":\"1970-01-02\","
	       "\"events\":1}\n");
}

static void
bad_groups_are_refused(void **state)
{
	struct str bad[][2] = {
		{STR_LIT("nothing"), STR_LIT("n")},
		{STR_LIT("n"), STR_LIT("n")},
		{STR_LIT("plays"), STR_LIT("n")},
		{STR_LIT("windowStart"), STR_LIT("n")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct agg_options o = {.schema = schema,
					.window_us = 1000,
					.measures = AGG_ALL,
					.by = bad[i],
					.by_n = 2};
		struct fail f = {0};
		struct agg *a;

		assert_int_equal(agg_open(&a, &o, &f), FAIL_USAGE);
		assert_int_equal(f.code, FAIL_USAGE);
	}
}

/* ---- the same bytes ---- */

enum { EVENTS = 3000 };

/* Line i of a stream with ties, several hours, levels, users and songs. */
static void
add_line(struct buf *out, uint64_t i)
{
	static const char *const level[] = {"\"free\"", "\"paid\"", "null",
					    "\"a long name of a level\""};
	uint64_t r = hash_mix(i + 1);

	assert_int_equal(
		buf_addf(
			out,
			"{\"kind\":\"%s\",\"t\":%d,\"u\":%d,\"level\":%s,"
			"\"n\":%d,\"song\":\"song %d\",\"band\":\"b\\u00e9%d\","
			"\"len\":%d.%d,\"ms\":%d,\"skipped\":%s}\n",
			r % 5 == 0 ? "home" : "play", (int)(r / 5 % 20000000),
			(int)(r >> 20) % 300, level[(r >> 30) % 4],
			(int)(r >> 33) % 3, (int)(r >> 40) % 40,
			(int)(r >> 47) % 9, (int)(r >> 50) % 300,
			(int)(r >> 55) % 100, (int)(r >> 45) % 200000,
			r % 7 == 0 ? "true" : "false"),
		0);
}

/* Lines i = from, from + step, ... */
static void
feed_some(struct agg *a, uint64_t from, uint64_t step)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	for (uint64_t i = from; i < EVENTS; i += step)
		add_line(&text, i);
	feed(a, buf_str(&text), AGG_COUNTED);
	buf_release(&text);
}

static const struct str two[] = {{"level", 5}, {"n", 1}};

static void
whole(struct agg_options o, struct buf *rows)
{
	struct agg *a;

	o.schema = schema;
	a = open_agg(o);
	feed_some(a, 0, 1);
	rows_of(a, AGG_NDJSON, rows);
	agg_close(a);
}

static void
assert_same_rows(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->p, b->p, a->len);
}

static void
order_changes_nothing(void **state)
{
	struct agg_options o = {.schema = schema, .by = two, .by_n = 2};
	struct buf want, got;
	struct agg *a = open_agg(o);

	(void)state;
	buf_init(&want, 1 << 24);
	buf_init(&got, 1 << 24);
	whole(o, &want);
	for (uint64_t i = 0; i < 7; i++)
		feed_some(a, 6 - i, 7);
	rows_of(a, AGG_NDJSON, &got);
	assert_same_rows(&want, &got);
	agg_close(a);
	buf_release(&want);
	buf_release(&got);
}

static void
absorbing_changes_nothing(void **state)
{
	for (size_t by_n = 0; by_n <= 2; by_n++) {
		struct agg_options o = {
			.schema = schema, .by = two, .by_n = by_n};
		struct buf want, got;
		struct agg *a = open_agg(o);

		(void)state;
		buf_init(&want, 1 << 24);
		buf_init(&got, 1 << 24);
		whole(o, &want);
		for (uint64_t i = 0; i < 3; i++) {
			struct agg *b = open_agg(o);

			feed_some(b, i, 3);
			assert_int_equal(agg_absorb(a, b, NULL), 0);
			agg_close(b);
		}
		rows_of(a, AGG_NDJSON, &got);
		assert_same_rows(&want, &got);
		agg_close(a);
		buf_release(&want);
		buf_release(&got);
	}
}

/* Partials of 2 minutes, cut in five, merged to hours; groups rolled up. */
static void
partials_change_nothing(void **state)
{
	for (size_t by_n = 0; by_n <= 2; by_n++) {
		struct agg_options part = {.schema = schema,
					   .is_partial = true,
					   .window_us = 2 * UTC_MINUTE,
					   .by = two,
					   .by_n = 2};
		struct agg_options merge = {.by = two, .by_n = by_n};
		struct buf want, got;
		struct agg *m = open_agg(merge);

		(void)state;
		buf_init(&want, 1 << 24);
		buf_init(&got, 1 << 24);
		whole(merge, &want);
		for (uint64_t i = 0; i < 5; i++) {
			struct agg *p = open_agg(part);

			feed_some(p, i, 5);
			rows_of(p, AGG_NDJSON, &got);
			feed(m, buf_str(&got), AGG_COUNTED);
			agg_close(p);
		}
		rows_of(m, AGG_NDJSON, &got);
		assert_same_rows(&want, &got);
		agg_close(m);
		buf_release(&want);
		buf_release(&got);
	}
}

/* More names than a partial keeps: what was cut is told, and bounds it. */
static void
cut_lists_tell_it(void **state)
{
	struct agg_options part = {.schema = schema,
				   .is_partial = true,
				   .measures = M(TOP_TRACKS)};
	struct agg_options merge = {.measures = M(TOP_TRACKS), .top = 1};
	struct agg *p = open_agg(part), *m = open_agg(merge);
	struct buf text, rows;

	(void)state;
	buf_init(&text, 1 << 24);
	buf_init(&rows, 1 << 24);
	for (int i = 0; i < AGG_PARTIAL_TOP + 5; i++)
		for (int k = 0; k < (i == 0 ? 4 : 3); k++)
			assert_int_equal(
				buf_addf(&text,
					 "{\"kind\":\"play\",\"t\":0,"
					 "\"ms\":40000,\"song\":\"%d\"}\n",
					 i),
				0);
	feed(p, buf_str(&text), AGG_COUNTED);
	rows_of(p, AGG_NDJSON, &rows);
	feed(m, buf_str(&rows), AGG_COUNTED);
	feed(m, buf_str(&rows), AGG_COUNTED);
	expect_rows(m, AGG_NDJSON,
		    "{\"windowStart\":0,\"date\":\"1970-01-01\","
		    "\"topTracks\":[{\"track\":\"0\",\"count\":8}],"
		    "\"topTracksCut\":6}\n");
	buf_release(&text);
	buf_release(&rows);
	agg_close(p);
	agg_close(m);
}

/* A table may give the lists back as strings that hold JSON. */
static void
lists_in_strings_are_read(void **state)
{
	struct agg_options merge = {.measures = M(TOP_ARTISTS) | M(PLAYS)};
	struct agg *m = open_agg(merge);

	(void)state;
	feed(m,
	     STR_LIT("{\"windowStart\":0,\"windowMs\":60000,\"plays\":2,"
		     "\"topArtists\":\"[{\\\"artist\\\":\\\"A\\\\\\\"B\\\","
		     "\\\"count\\\":2}]\"}\n"),
	     AGG_COUNTED);
	expect_rows(m, AGG_NDJSON,
		    "{\"windowStart\":0,\"date\":\"1970-01-01\",\"plays\":2,"
		    "\"topArtists\":[{\"artist\":\"A\\\"B\",\"count\":2}]}\n");
	agg_close(m);
}

/* A partial with one item of a list, so written. */
static void
feed_item(struct agg *m, const char *item, int verdict)
{
	struct buf line;

	buf_init(&line, 1 << 12);
	assert_int_equal(buf_addf(&line,
				  "{\"windowStart\":0,\"windowMs\":60000,"
				  "\"topTracks\":[%s]}\n",
				  item),
			 0);
	feed(m, buf_str(&line), verdict);
	buf_release(&line);
}

/* Nobody else has to write an item as we do. */
static void
items_of_every_form(void **state)
{
	static const char *const same[] = {
		"{\"track\":\"A/b\",\"id\":\"t1\",\"count\":2}",
		"{ \"track\":\"A/b\",\"id\":\"t1\",\"count\":2}",
		"{\"track\" :\"A/b\",\"id\":\"t1\",\"count\":2}",
		"{\"track\": \"A/b\",\"id\":\"t1\",\"count\":2}",
		"{\"track\":\"A/b\" ,\"id\":\"t1\",\"count\": 2}",
		" {\"track\":\"A/b\",\"id\":\"t1\",\"count\":2 } ",
		"{\"track\":\"A\\/b\",\"id\":\"t1\",\"count\":2}",
		"{\"track\":\"A/b\",\"id\":\"\\u00741\",\"count\":2}",
		"{\"count\":2,\"track\":\"A/b\",\"id\":\"t1\"}",
		"{\"track\":\"A/b\",\"count\":2,\"id\":\"t1\"}",
		"{\"track\":\"A/b\",\"count\":9,\"id\":\"t1\",\"count\":2}",
	};
	static const char *const bad[] = {
		"{\"count\":1}",
		"{\"track\":\"x\",\"count\":0}",
		"{\"track\":\"x\",\"count\":1000000000000001}",
		"{\"track\":\"x\",\"count\":99999999999999999999}",
		"{\"track\":\"x\",\"count\":1.0}",
		"{\"track\":\"x\",\"count\":\"1\"}",
	};
	struct agg_options merge = {.measures = M(TOP_TRACKS)};
	struct agg *m = open_agg(merge);

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		feed_item(m, same[i], AGG_COUNTED);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		feed_item(m, bad[i], AGG_MISFIT);
	feed_item(m, "{\"track\":\"x\",\"id\":null,\"count\":1}", AGG_COUNTED);
	expect_rows(m, AGG_NDJSON,
		    "{\"windowStart\":0,\"date\":\"1970-01-01\","
		    "\"topTracks\":[{\"track\":\"A/b\",\"id\":\"t1\","
		    "\"count\":22},{\"track\":\"x\",\"id\":null,"
		    "\"count\":1}]}\n");
	agg_close(m);
}

/* A name of any length, plain and with an escape anywhere, is one name. */
static void
names_of_every_length(void **state)
{
	struct agg_options merge = {.measures = M(TOP_TRACKS)};
	struct agg *m = open_agg(merge);

	(void)state;
	for (int n = 1; n < 20; n++) {
		char item[128];

		agg_reset(m);
		snprintf(item, sizeof(item), "{\"track\":\"%.*s\",\"count\":1}",
			 n, "aaaaaaaaaaaaaaaaaaaa");
		feed_item(m, item, AGG_COUNTED);
		for (int at = 0; at < n; at++) {
			snprintf(item, sizeof(item),
				 "{\"track\":\"%.*s\\u0061%.*s\",\"count\":1}",
				 at, "aaaaaaaaaaaaaaaaaaaa", n - at - 1,
				 "aaaaaaaaaaaaaaaaaaaa");
			feed_item(m, item, AGG_COUNTED);
		}
		snprintf(item, sizeof(item),
			 "{\"windowStart\":0,\"date\":\"1970-01-01\","
			 "\"topTracks\":[{\"track\":\"%.*s\",\"count\":%d}]}\n",
			 n, "aaaaaaaaaaaaaaaaaaaa", n + 1);
		expect_rows(m, AGG_NDJSON, item);
	}
	agg_close(m);
}

static void
bad_partials_leave_no_trace(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"windowStart\":0}",
		"{\"windowStart\":\"0\",\"windowMs\":1000}",
		"{\"windowStart\":0,\"windowMs\":0}",
		"{\"windowStart\":1e18,\"windowMs\":1000}",
		"{\"windowStart\":0,\"windowMs\":1000,"
		"\"date\":\"1970-01-02\"}",
		"{\"windowStart\":0,\"windowMs\":1000,\"plays\":\"1\"}",
		"{\"windowStart\":0,\"windowMs\":1000,\"plays\":1.5}",
		"{\"windowStart\":0,\"windowMs\":1000,\"listeners\":7}",
		"{\"windowStart\":0,\"windowMs\":1000,\"listeners\":\"AAAA\"}",
		"{\"windowStart\":0,\"windowMs\":1000,\"topTracks\":{}}",
		"{\"windowStart\":0,\"windowMs\":1000,\"topTracks\":\"[\"}",
		"{\"windowStart\":0,\"windowMs\":1000,\"topTracks\":[7]}",
		"{\"windowStart\":0,\"windowMs\":1000,"
		"\"topTracks\":[{\"track\":\"x\"}]}",
		"{\"windowStart\":0,\"windowMs\":1000,"
		"\"topTracks\":[{\"count\":1}]}",
		"{\"windowStart\":0,\"windowMs\":1000,"
		"\"topTracks\":[{\"track\":\"x\",\"count\":-1}]}",
		"{\"windowStart\":0,\"windowMs\":1000,\"topTracksCut\":-1}",
	};
	struct agg_options merge = {0};
	struct agg *m = open_agg(merge);

	(void)state;
	agg_check_dates(m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		feed(m, str_of(bad[i]), AGG_MISFIT);
		assert_true(strlen(agg_why(m)) > 0);
	}
	expect_rows(m, AGG_NDJSON, "");
	agg_close(m);
}

static void
reset_forgets(void **state)
{
	struct agg_options o = {.schema = schema, .by = two, .by_n = 2};
	struct agg *a = open_agg(o);
	struct buf want, got;

	(void)state;
	buf_init(&want, 1 << 24);
	buf_init(&got, 1 << 24);
	whole(o, &want);
	for (int i = 0; i < 3; i++) {
		feed_some(a, 0, 1);
		rows_of(a, AGG_NDJSON, &got);
		assert_same_rows(&want, &got);
		agg_reset(a);
	}
	expect_rows(a, AGG_NDJSON, "");
	buf_release(&want);
	buf_release(&got);
	agg_close(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plays_streams_and_sums),
		cmocka_unit_test(durations_add_exactly),
		cmocka_unit_test(durations_of_every_form),
		cmocka_unit_test(skips),
		cmocka_unit_test(completed),
		cmocka_unit_test(nothing_said_is_null),
		cmocka_unit_test(listeners_are_users_with_a_play),
		cmocka_unit_test(top_lists),
		cmocka_unit_test(only_windows_with_a_play),
		cmocka_unit_test(misfits_are_told),
		cmocka_unit_test(what_the_schema_lacks_is_null),
		cmocka_unit_test(groups),
		cmocka_unit_test(groups_in_csv),
		cmocka_unit_test(windows_before_1970_and_in_a_zone),
		cmocka_unit_test(bad_groups_are_refused),
		cmocka_unit_test(order_changes_nothing),
		cmocka_unit_test(absorbing_changes_nothing),
		cmocka_unit_test(partials_change_nothing),
		cmocka_unit_test(cut_lists_tell_it),
		cmocka_unit_test(lists_in_strings_are_read),
		cmocka_unit_test(items_of_every_form),
		cmocka_unit_test(names_of_every_length),
		cmocka_unit_test(bad_partials_leave_no_trace),
		cmocka_unit_test(reset_forgets),
	};

	return cmocka_run_group_tests(tests, parse_schema, drop_schema);
}
