/* SPDX-License-Identifier: MIT */
/* Schemas and values: every type read and written back, every misfit told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event/event.h"

static const char schema_text[] =
	"{\"name\":\"t\",\"plays\":{\"column\":\"page\",\"values\":["
	"\"NextSong\"]},"
	"\"columns\":["
	"{\"name\":\"ts\",\"type\":\"timestamp\",\"wire\":\"epoch_ms\","
	"\"role\":\"time\"},"
	"{\"name\":\"s\",\"type\":\"timestamp\",\"wire\":\"epoch_s\"},"
	"{\"name\":\"r\",\"type\":\"timestamp\",\"alias\":[\"endTime\"]},"
	"{\"name\":\"m\",\"type\":\"timestamp\",\"wire\":\"minute\"},"
	"{\"name\":\"b\",\"type\":\"boolean\"},"
	"{\"name\":\"i\",\"type\":\"integer\"},"
	"{\"name\":\"l\",\"type\":\"long\",\"text_number\":true},"
	"{\"name\":\"d\",\"type\":\"double\"},"
	"{\"name\":\"u\",\"type\":\"string\",\"empty\":\"null\",\"text_"
	"number\":true,\"role\":\"user\"},"
	"{\"name\":\"page\",\"type\":\"string\"},"
	"{\"name\":\"day\",\"type\":\"date\"},"
	"{\"name\":\"x\",\"type\":\"binary\"}]}";

static struct event_schema *
schema(void)
{
	struct event_schema *s = NULL;
	struct fail f = {0};

	if (event_schema_parse(&s, STR_LIT(schema_text), "t", &f) != 0)
		fail_msg("%s", f.text);
	return s;
}

/* in: JSON text of a value. out: its canonical text, "null" for null, or
 * NULL for a misfit. */
struct value_case {
	const char *column, *in, *out;
};

static const struct value_case value_cases[] = {
	{"ts", "1540919166796", "1540919166796"},
	{"ts", "1540919166796.0", "1540919166796"},
	{"ts", "1540919166796.5", "1540919166796.5"},
	{"ts", "1.540919166796e12", "1540919166796"},
	{"ts", "-1", "-1"},
	{"ts", "-0.25", "-0.25"},
	{"ts", "0.0001", NULL},
	{"ts", "\"1540919166796\"", NULL},
	{"ts", "999999999999999", NULL},
	{"ts", "true", NULL},
	{"s", "1540919166", "1540919166"},
	{"s", "1540919166.25", "1540919166.25"},
	{"r", "\"2026-11-22T10:00:00+02:00\"", "\"2026-11-22T08:00:00Z\""},
	{"r", "\"2026-11-22T10:00:00.120Z\"", "\"2026-11-22T10:00:00.120Z\""},
	{"r", "\"2026-11-22 10:00\"", "\"2026-11-22T10:00:00Z\""},
	{"r", "\"2026-02-29T10:00:00Z\"", NULL},
	{"r", "5", NULL},
	{"m", "\"2021-03-04 17:05\"", "\"2021-03-04 17:05\""},
	{"b", "true", "true"},
	{"b", "false", "false"},
	{"b", "1", NULL},
	{"b", "\"true\"", NULL},
	{"i", "2147483647", "2147483647"},
	{"i", "2147483648", NULL},
	{"i", "3.0", "3"},
	{"i", "3.5", NULL},
	{"i", "\"3\"", NULL},
	{"l", "9223372036854775807", "9223372036854775807"},
	{"l", "9223372036854775808", NULL},
	{"l", "\"42\"", "42"},
	{"l", "\"x\"", NULL},
	{"d", "218.93179", "218.93179"},
	{"d", "0.1", "0.1"},
	{"d", "1e300", "1e300"},
	{"d", "5", "5"},
	{"d", "1e999", NULL},
	{"d", "\"5\"", NULL},
	{"u", "\"\"", "null"},
	{"u", "null", "null"},
	{"u", "39", "\"39\""},
	{"u", "39.0", "\"39\""},
	{"u", "3.9e1", "\"39\""},
	{"u", "39.5", "\"39.5\""},
	{"u", "\"39.0\"", "\"39.0\""},
	{"u", "1e300", "\"1e300\""},
	{"u", "\"a\\u00e9\\/\"", "\"a\xc3\xa9/\""},
	{"u", "true", NULL},
	{"page", "\"\"", "\"\""},
	{"page", "3", NULL},
	{"page", "\"\\n\\\\\"", "\"\\n\\\\\""},
	{"day", "\"2024-02-29\"", "\"2024-02-29\""},
	{"day", "\"2023-02-29\"", NULL},
	{"x", "\"aGk=\"", "\"aGk=\""},
	{"x", "\"aGkh\"", "\"aGkh\""},
	{"x", "\"\"", "\"\""},
	{"x", "\"aG=k\"", NULL},
	{"x", "\"aGk\"", NULL},
};

static void
values_are_read_and_written_back(void **state)
{
	struct event_schema *s = schema();
	struct arena a = {0};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(value_cases) / sizeof(*value_cases);
	     i++) {
		const struct value_case *t = &value_cases[i];
		int c = event_column_find(s, str_of(t->column));
		struct ndjson_val v = ndjson_value_of(str_of(t->in));
		struct event_cell cell;

		assert_true(c >= 0);
		event_decode(&s->column[c], &v, &a, &cell);
		buf_reset(&out);
		if (cell.kind == EVENT_CELL_NULL)
			assert_int_equal(buf_add_cstr(&out, "null"), 0);
		else if (cell.kind != EVENT_CELL_MISFIT)
			assert_int_equal(
				event_encode(&s->column[c], &cell, &out), 0);
		assert_int_equal(buf_add_char(&out, '\0'), 0);
		if (t->out == NULL && cell.kind != EVENT_CELL_MISFIT)
			fail_msg("%s %s: fits as %s", t->column, t->in, out.p);
		if (t->out != NULL && strcmp(out.p, t->out) != 0)
			fail_msg("%s %s: wanted %s, got %s", t->column, t->in,
				 t->out, out.p);
	}
	buf_release(&out);
	arena_release(&a);
	event_schema_close(s);
}

static void
a_misfit_names_column_type_and_value(void **state)
{
	struct event_schema *s = schema();
	struct ndjson_val v = ndjson_value_of(STR_LIT("\"2018\""));
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	event_misfit(&s->column[0], &v, &out);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	assert_string_equal(out.p, "ts: expected a timestamp in epoch_ms, "
				   "found a string \"2018\"");
	buf_release(&out);
	event_schema_close(s);
}

static void
schemas_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *text, *say;
	} bad[] = {
		{"{\"columns\":[]}", "name"},
		{"{\"name\":\"t\",\"columns\":[]}", "columns"},
		{"{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		 "\"int\"}]}",
		 "'int' is no type"},
		{"{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		 "\"long\"},"
		 "{\"name\":\"a\",\"type\":\"long\"}]}",
		 "columns[1]"},
		{"{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		 "\"long\","
		 "\"role\":\"usr\"}]}",
		 "'usr' is no role"},
		{"{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		 "\"long\","
		 "\"role\":\"time\"}]}",
		 "needs a timestamp"},
		{"{\"name\":\"t\",\"columns\":[{\"name\":\"a\",\"type\":"
		 "\"long\","
		 "\"roles\":\"user\"}]}",
		 "roles"},
		{"{\"name\":\"t\",\"plays\":{\"column\":\"b\"},"
		 "\"columns\":[{\"name\":\"a\",\"type\":\"long\"}]}",
		 "no column 'b'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct event_schema *s = NULL;
		struct fail f = {0};

		assert_int_equal(event_schema_parse(&s, str_of(bad[i].text),
						    "t.json", &f),
				 FAIL_USAGE);
		if (strstr(f.text, bad[i].say) == NULL)
			fail_msg("case %zu: %s", i, f.text);
	}
}

static void
the_built_in_schema_has_all_roles_of_plays(void **state)
{
	struct event_schema *s = NULL;
	static const enum event_role need[] = {
		EVENT_ROLE_TIME,     EVENT_ROLE_ID,	  EVENT_ROLE_USER,
		EVENT_ROLE_TRACK,    EVENT_ROLE_ARTIST,	  EVENT_ROLE_LEVEL,
		EVENT_ROLE_DURATION, EVENT_ROLE_MS_PLAYED};
	struct ndjson_val v = ndjson_value_of(STR_LIT("\"listen_events\""));

	(void)state;
	assert_int_equal(event_schema_load(&s, "playpipe", "", NULL), 0);
	for (size_t i = 0; i < sizeof(need) / sizeof(*need); i++)
		assert_true(s->role[need[i]] >= 0);
	assert_true(event_is_play(s, &v, NULL));
	v = ndjson_value_of(STR_LIT("\"auth_events\""));
	assert_false(event_is_play(s, &v, NULL));
	event_schema_close(s);
}

static void
keys_include_aliases(void **state)
{
	struct event_schema *s = schema();
	struct arena a = {0};
	struct str *keys;
	int *slot;
	size_t n;
	int column[2] = {2, 0};

	(void)state;
	assert_int_equal(event_keys(s, column, 2, &a, &keys, &slot, &n, NULL),
			 0);
	assert_int_equal(n, 3);
	assert_true(str_is(keys[1], "endTime"));
	assert_int_equal(slot[1], 0);
	assert_int_equal(slot[2], 1);
	assert_int_equal(event_column_find(s, STR_LIT("endTime")), 2);
	arena_release(&a);
	event_schema_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_and_written_back),
		cmocka_unit_test(a_misfit_names_column_type_and_value),
		cmocka_unit_test(schemas_are_refused_with_the_place),
		cmocka_unit_test(the_built_in_schema_has_all_roles_of_plays),
		cmocka_unit_test(keys_include_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
