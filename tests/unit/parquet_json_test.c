/* SPDX-License-Identifier: MIT */
/* Nested columns and wide decimals as JSON: every form of list and map that
 * writers have used, nulls at every level, members that a file lacks, and
 * types that have grown since a file was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "parquet/parquet.h"

#include "base/banned.h"

#define LEAF(n, t)                                                             \
	{                                                                      \
		.name = STR_INIT(n), .label = STR_INIT(n),                     \
		.field_id = PARQUET_NO_ID, .kind = PARQUET_LEAF, .type = (t)   \
	}
#define NEST(n, k, c, cn)                                                      \
	{                                                                      \
		.name = STR_INIT(n), .label = STR_INIT(n),                     \
		.field_id = PARQUET_NO_ID, .kind = (k), .child = (c),          \
		.child_n = (cn)                                                \
	}

static struct buf file;
static struct str bytes;

static int
forget(void **state)
{
	(void)state;
	buf_release(&file);
	return 0;
}

static struct parquet_writer *
begin(const struct parquet_node *node, size_t n)
{
	struct parquet_options o = PARQUET_OPTIONS_DEFAULT;
	struct parquet_writer *w;

	buf_init(&file, SIZE_MAX);
	assert_int_equal(parquet_open_nested(&w, node, n, &o,
					     parquet_sink_buf(&file), NULL),
			 0);
	return w;
}

static void
finish(struct parquet_writer *w)
{
	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	parquet_writer_close(w);
	bytes = buf_str(&file);
}

static void
put_i64(struct parquet_writer *w, size_t node, int64_t v)
{
	assert_int_equal(parquet_put_i64(w, node, v, NULL), 0);
}

static void
put_str(struct parquet_writer *w, size_t node, const char *text)
{
	assert_int_equal(parquet_put_str(w, node, str_of(text), NULL), 0);
}

static void
put_null(struct parquet_writer *w, size_t node)
{
	assert_int_equal(parquet_put_null(w, node, NULL), 0);
}

static void
end_row(struct parquet_writer *w)
{
	assert_int_equal(parquet_end_row(w, NULL), 0);
}

/* Read one column; the rows as text, one behind the other with blanks. */
static int
read_as(const struct parquet_want *want, char *out, size_t out_n,
	struct fail *f)
{
	struct table_field field = {.name = want->name,
				    .type = parquet_is_json(want) ? TABLE_STRING
								  : want->type,
				    .precision = want->precision,
				    .scale = want->scale};
	struct parquet_reader *r;
	struct table t;
	size_t n = 0;
	int rc;

	assert_int_equal(parquet_reader_open(
				 &r, parquet_source_mem(&bytes, "file"), NULL),
			 0);
	assert_int_equal(table_init(&t, &field, 1, 1 << 20, NULL), 0);
	rc = parquet_select(r, &t, want, f);
	while (rc == 0) {
		rc = parquet_next(r, &t, 2, f);
		if (rc != 0 || t.row_n == 0)
			break;
		for (size_t i = 0; i < t.row_n; i++) {
			struct str s = STR_LIT("-");

			if (!table_is_null(&t.column[0], i))
				s = table_str(&t.column[0], i);
			n += (size_t)snprintf(out + n, out_n - n, " %.*s",
					      STR_ARG(s));
		}
	}
	table_release(&t);
	parquet_reader_close(r);
	return rc;
}

static void
reads(const struct parquet_want *want, const char *wanted)
{
	char got[1024] = "";
	struct fail f = {0};

	if (read_as(want, got, sizeof(got), &f) != 0)
		fail_msg("%s", f.text);
	assert_string_equal(got, wanted);
}

static void
refuses(const struct parquet_want *want, const char *words)
{
	char got[1024] = "";
	struct fail f = {0};

	assert_int_equal(read_as(want, got, sizeof(got), &f), FAIL_DATA);
	assert_non_null(strstr(f.text, words));
}

static const struct parquet_want int_item = LEAF("", TABLE_INT64);
static const struct parquet_want ints = NEST("a", PARQUET_LIST, &int_item, 1);

/* ---- lists ---- */

static void
lists_of_three_levels(void **state)
{
	static const struct parquet_node node[] = {
		{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
		{"a", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
		{"bag", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
		{"item", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_INT64}};
	struct parquet_writer *w = begin(node, 4);

	(void)state;
	put_i64(w, 3, 1);
	put_null(w, 3);
	put_i64(w, 3, -3);
	end_row(w);
	end_row(w); /* null */
	parquet_put_present(w, 1);
	end_row(w); /* empty */
	put_null(w, 3);
	end_row(w);
	finish(w);
	reads(&ints, " [1,null,-3] - [] [null]");
}

/* A repeated field without a group around it: never null. */
static void
a_bare_repeated_field_is_a_list(void **state)
{
	static const struct parquet_node node[] = {
		{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
		{"a", PARQUET_REPEATED, PARQUET_LEAF, 0, TABLE_INT64}};
	struct parquet_writer *w = begin(node, 2);

	(void)state;
	put_i64(w, 1, 1);
	put_i64(w, 1, 2);
	end_row(w);
	end_row(w);
	finish(w);
	reads(&ints, " [1,2] []");
}

/* LogicalTypes.md, backward rule 1: the repeated field is the element. */
static void
lists_of_two_levels(void **state)
{
	static const struct parquet_node node[] = {
		{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
		{"a", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
		{"array", PARQUET_REPEATED, PARQUET_LEAF, 0, TABLE_INT64}};
	struct parquet_writer *w = begin(node, 3);

	(void)state;
	put_i64(w, 2, 7);
	end_row(w);
	end_row(w);
	finish(w);
	reads(&ints, " [7] -");
}

/* Rules 2 and 4: a group of several fields, or of one by its name, is the
 * element; the wanted type decides where the name does not. */
static void
lists_whose_group_is_the_element(void **state)
{
	static const char *const name[] = {"array", "a_tuple", "other"};
	static const struct parquet_want member[] = {LEAF("x", TABLE_INT64),
						     LEAF("no", TABLE_STRING)};
	static const struct parquet_want item = NEST("", PARQUET_GROUP, member,
						     2);
	static const struct parquet_want want = NEST("a", PARQUET_LIST, &item,
						     1);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct parquet_node node[] = {
			{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
			{"a", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
			{name[i], PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
			{"x", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_INT64}};
		struct parquet_writer *w = begin(node, 4);

		put_i64(w, 3, 1);
		put_null(w, 3);
		end_row(w);
		finish(w);
		reads(&want, " [{\"x\":1},{}]");
		buf_release(&file);
	}
}

/* ---- structs and maps ---- */

static const struct parquet_node nested[] = {
	{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
	{"s", PARQUET_OPTIONAL, PARQUET_GROUP, 3, 0},
	{"text", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	{"m", PARQUET_OPTIONAL, PARQUET_MAP, 1, 0},
	{"map", PARQUET_REPEATED, PARQUET_GROUP, 2, 0},
	{"k", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_STRING},
	{"v", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_BINARY},
	{"l", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
	{"list", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
	{"element", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_DATE}};

static void
write_nested(void)
{
	struct parquet_writer *w = begin(nested, 10);

	put_str(w, 2, "a\"b");
	put_str(w, 5, "x");
	put_str(w, 6, "\xff");
	put_str(w, 5, "y");
	put_null(w, 6);
	put_i64(w, 9, 0);
	put_i64(w, 9, 4000000);
	end_row(w);
	end_row(w);
	parquet_put_present(w, 1);
	end_row(w);
	parquet_put_present(w, 3);
	put_null(w, 9);
	end_row(w);
	finish(w);
}

static void
structs_leave_out_what_is_null(void **state)
{
	static const struct parquet_want date = LEAF("", TABLE_DATE);
	static const struct parquet_want pair[] = {LEAF("", TABLE_STRING),
						   LEAF("", TABLE_BINARY)};
	static const struct parquet_want member[] = {
		NEST("m", PARQUET_MAP, pair, 2), LEAF("text", TABLE_STRING),
		LEAF("no", TABLE_INT64), NEST("l", PARQUET_LIST, &date, 1)};
	static const struct parquet_want want = NEST("s", PARQUET_GROUP, member,
						     4);

	(void)state;
	write_nested();
	reads(&want,
	      " {\"m\":{\"x\":\"/w==\",\"y\":null},\"text\":\"a\\\"b\","
	      "\"l\":[\"1970-01-01\",4000000]} - {} {\"m\":{},\"l\":[null]}");
}

/* Whether a group is there is known even if nothing wanted is in it. */
static void
what_a_file_lacks_is_null(void **state)
{
	static const struct parquet_want nothing = LEAF("", TABLE_TYPES);
	static const struct parquet_want member[] = {
		LEAF("other", TABLE_INT64),
		NEST("l", PARQUET_LIST, &nothing, 1)};
	static const struct parquet_want none = NEST("s", PARQUET_GROUP, member,
						     1);
	static const struct parquet_want some = NEST("s", PARQUET_GROUP, member,
						     2);
	static const struct parquet_want absent = NEST("t", PARQUET_GROUP,
						       member, 2);
	static const struct parquet_want by_id = {.name = STR_INIT("s"),
						  .field_id = 7,
						  .kind = PARQUET_GROUP,
						  .child = member,
						  .child_n = 2};

	(void)state;
	write_nested();
	reads(&none, " {} - {} {}");
	reads(&some, " {\"l\":[null,null]} - {} {\"l\":[null]}");
	reads(&absent, " - - - -");
	reads(&by_id, " - - - -"); /* by id alone, and it has none */
}

static void
a_kind_that_does_not_fit_is_named(void **state)
{
	static const struct parquet_want item = LEAF("", TABLE_INT64);
	static const struct parquet_want member[] = {
		NEST("m", PARQUET_LIST, &item, 1)};
	static const struct parquet_want text = LEAF("s", TABLE_STRING);
	static const struct parquet_want list = NEST("s", PARQUET_LIST, &item,
						     1);
	static const struct parquet_want wrong = NEST("s", PARQUET_GROUP,
						      member, 1);

	(void)state;
	write_nested();
	refuses(&text, "'s' is a struct");
	refuses(&list, "'s' is a struct in the file, which cannot be read as "
		       "an array");
	refuses(&wrong, "'m' is a map in the file");
}

/* ---- types that grew ---- */

static void
write_one(enum table_type type, const int64_t *v, size_t n)
{
	struct parquet_options o = PARQUET_OPTIONS_DEFAULT;
	struct table_field field = {STR_LIT("v"), type, 5, 2};
	struct parquet_writer *w;
	struct table t;

	buf_init(&file, SIZE_MAX);
	assert_int_equal(table_init(&t, &field, 1, 1000, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		table_put_i64(&t, 0, v[i]);
		assert_int_equal(table_end_row(&t, NULL), 0);
	}
	assert_int_equal(table_settle(&t, NULL), 0);
	assert_int_equal(parquet_open_table(&w, &field, 1, &o,
					    parquet_sink_buf(&file), NULL),
			 0);
	assert_int_equal(parquet_write_table(w, &t, NULL, n, NULL), 0);
	finish(w);
	table_release(&t);
}

static int
read_numbers(struct parquet_want want, int64_t *v, size_t n, struct fail *f)
{
	struct table_field field = {want.name, want.type, want.precision,
				    want.scale};
	struct parquet_reader *r;
	struct table t;
	int rc;

	assert_int_equal(parquet_reader_open(
				 &r, parquet_source_mem(&bytes, "file"), NULL),
			 0);
	assert_int_equal(table_init(&t, &field, 1, 1000, NULL), 0);
	rc = parquet_select(r, &t, &want, f);
	if (rc == 0)
		rc = parquet_next(r, &t, n, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		v[i] = table_i64(&t.column[0], i);
	table_release(&t);
	parquet_reader_close(r);
	return rc;
}

static void
numbers_grow(void **state)
{
	static const int64_t v[] = {0, -12345, 99999};
	struct parquet_want want = LEAF("v", TABLE_DECIMAL);
	struct fail f = {0};
	int64_t got[3];

	(void)state;
	write_one(TABLE_DECIMAL, v, 3);
	want.precision = 8;
	want.scale = 4;
	assert_int_equal(read_numbers(want, got, 3, &f), 0);
	assert_int_equal(got[1], -1234500);
	want.precision = 38;
	want.scale = 20;
	reads(&want, " 0.00000000000000000000 -123.45000000000000000000"
		     " 999.99000000000000000000");
	want.precision = 6; /* 4 places, but only 2 digits in front */
	want.scale = 4;
	assert_int_equal(read_numbers(want, got, 3, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "'v'"));
	buf_release(&file);
	write_one(TABLE_INT32, v, 3);
	want.precision = 13;
	want.scale = 3;
	assert_int_equal(read_numbers(want, got, 3, NULL), 0);
	assert_int_equal(got[2], 99999000);
	want.precision = 20;
	want.scale = 0;
	reads(&want, " 0 -12345 99999");
	buf_release(&file);
	write_one(TABLE_DATE, v, 2);
	want.type = TABLE_TIMESTAMP_NTZ;
	assert_int_equal(read_numbers(want, got, 2, NULL), 0);
	assert_true(got[1] == -12345 * UTC_DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lists_of_three_levels, forget),
		cmocka_unit_test_teardown(a_bare_repeated_field_is_a_list,
					  forget),
		cmocka_unit_test_teardown(lists_of_two_levels, forget),
		cmocka_unit_test_teardown(lists_whose_group_is_the_element,
					  forget),
		cmocka_unit_test_teardown(structs_leave_out_what_is_null,
					  forget),
		cmocka_unit_test_teardown(what_a_file_lacks_is_null, forget),
		cmocka_unit_test_teardown(a_kind_that_does_not_fit_is_named,
					  forget),
		cmocka_unit_test_teardown(numbers_grow, forget),
	};

	return cmocka_run_group_tests_name("parquet_json", tests, NULL, NULL);
}
