/* SPDX-License-Identifier: MIT */
/*
 * agg: no order, no division into partials and no division between
 * aggregators changes a byte, and partials are read as strictly as they must.
 */
#include "agg_fixture.h"

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
