/* SPDX-License-Identifier: MIT */
/* agg: what each measure counts, by which groups, in which windows. */
#include "agg_fixture.h"

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
	};

	return cmocka_run_group_tests(tests, parse_schema, drop_schema);
}
