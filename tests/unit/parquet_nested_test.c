/* SPDX-License-Identifier: MIT */
/* Nested records: structs, maps and lists, present, empty, null and absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

#include "base/banned.h"

enum {
	ROOT,
	ADD,
	PATH,
	VALUES,
	VALUES_KV,
	KEY,
	VALUE,
	SIZE,
	PROTOCOL,
	FEATURES,
	FEATURES_LIST,
	FEATURE,
	RATIO,
	NODES
};

static const struct parquet_node node[NODES] = {
	[ROOT] = {"schema", PARQUET_REQUIRED, PARQUET_GROUP, 3, 0},
	[ADD] = {"add", PARQUET_OPTIONAL, PARQUET_GROUP, 3, 0},
	[PATH] = {"path", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	[VALUES] = {"values", PARQUET_OPTIONAL, PARQUET_MAP, 1, 0},
	[VALUES_KV] = {"key_value", PARQUET_REPEATED, PARQUET_GROUP, 2, 0},
	[KEY] = {"key", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_STRING},
	[VALUE] = {"value", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	[SIZE] = {"size", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_INT64},
	[PROTOCOL] = {"protocol", PARQUET_OPTIONAL, PARQUET_GROUP, 1, 0},
	[FEATURES] = {"features", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
	[FEATURES_LIST] = {"list", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
	[FEATURE] = {"element", PARQUET_OPTIONAL, PARQUET_LEAF, 0,
		     TABLE_STRING},
	[RATIO] = {"ratio", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_DOUBLE},
};

static struct parquet_writer *
open_writer(struct buf *file, bool is_plain)
{
	struct parquet_options o = {CODEC_SNAPPY, 0, is_plain};
	struct parquet_writer *w;

	buf_init(file, SIZE_MAX);
	assert_int_equal(parquet_open_nested(&w, node, NODES, &o,
					     parquet_sink_buf(file), NULL),
			 0);
	return w;
}

static void
put_str(struct parquet_writer *w, size_t at, const char *text)
{
	assert_int_equal(parquet_put_str(w, at, str_of(text), NULL), 0);
}

static void
end_row(struct parquet_writer *w, double ratio)
{
	assert_int_equal(parquet_put_f64(w, RATIO, ratio, NULL), 0);
	assert_int_equal(parquet_end_row(w, NULL), 0);
}

static struct parquet_reader *
open_reader(struct parquet_writer *w, struct str *bytes, struct buf *file)
{
	static const char *const path[] = {"add.path",
					   "add.values.key",
					   "add.values.value",
					   "add.size",
					   "protocol.features.element",
					   "ratio",
					   "no.such"};
	struct parquet_reader *r;
	int leaf[7];

	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	parquet_writer_close(w);
	*bytes = buf_str(file);
	assert_int_equal(parquet_reader_open(
				 &r, parquet_source_mem(bytes, "file"), NULL),
			 0);
	for (int i = 0; i < 7; i++)
		leaf[i] = parquet_find(r, path[i]);
	assert_int_equal(leaf[6], -1);
	assert_int_equal(parquet_select_leaves(r, leaf, 7, NULL), 0);
	return r;
}

static void
next_row(struct parquet_reader *r)
{
	bool has_row = false;
	struct fail f = {0};

	if (parquet_next_row(r, &has_row, &f) != 0)
		fail_msg("%s", f.text);
	assert_true(has_row);
}

static void
no_more_rows(struct parquet_reader *r)
{
	bool has_row = true;

	assert_int_equal(parquet_next_row(r, &has_row, NULL), 0);
	assert_false(has_row);
}

/* The items of a path as text: "a|NULL|b". */
static void
expect(const struct parquet_reader *r, const char *path, const char *want)
{
	char got[200] = "";
	size_t n, at = 0;
	const struct parquet_item *item = parquet_items(
		r, parquet_find(r, path), &n);

	for (size_t i = 0; i < n; i++) {
		struct str s = item[i].is_null ? STR_LIT("NULL") : item[i].str;

		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%.*s",
				       i > 0 ? "|" : "", STR_ARG(s));
	}
	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s', not '%s'", path, got, want);
}

static bool
is_present(const struct parquet_reader *r, const char *path)
{
	return parquet_is_present(r, parquet_find(r, path));
}

static void
what_is_absent_empty_or_null_stays_apart(void **state)
{
	struct buf file;
	struct str bytes;
	struct parquet_writer *w = open_writer(&file, true);
	struct parquet_reader *r;

	(void)state;
	end_row(w, 0); /* nothing */
	put_str(w, PATH, "p");
	end_row(w, 1); /* a struct without its map */
	parquet_put_present(w, VALUES);
	end_row(w, 2); /* an empty map in a struct of nulls */
	put_str(w, KEY, "a");
	put_str(w, VALUE, "1");
	put_str(w, KEY, "b");
	assert_int_equal(parquet_put_null(w, VALUE, NULL), 0);
	put_str(w, KEY, "");
	put_str(w, VALUE, "");
	assert_int_equal(parquet_put_i64(w, SIZE, -5, NULL), 0);
	end_row(w, 3);
	parquet_put_present(w, PROTOCOL);
	end_row(w, 4); /* a struct whose list is null */
	assert_int_equal(parquet_put_null(w, FEATURE, NULL), 0);
	put_str(w, FEATURE, "f");
	end_row(w, 5);

	r = open_reader(w, &bytes, &file);
	assert_int_equal(parquet_reader_rows(r), 6);
	next_row(r);
	assert_false(is_present(r, "add"));
	assert_false(is_present(r, "protocol"));
	expect(r, "add.path", "NULL");
	expect(r, "add.values.key", "");
	next_row(r);
	assert_true(is_present(r, "add"));
	assert_false(is_present(r, "add.values"));
	expect(r, "add.path", "p");
	expect(r, "add.size", "NULL");
	next_row(r);
	assert_true(is_present(r, "add.values"));
	expect(r, "add.path", "NULL");
	expect(r, "add.values.key", "");
	expect(r, "add.values.value", "");
	next_row(r);
	expect(r, "add.values.key", "a|b|");
	expect(r, "add.values.value", "1|NULL|");
	{
		size_t n;
		const struct parquet_item *item = parquet_items(
			r, parquet_find(r, "add.size"), &n);

		assert_int_equal(n, 1);
		assert_int_equal(item->i64, -5);
		item = parquet_items(r, parquet_find(r, "ratio"), &n);
		assert_true(item->f64 == 3);
		assert_null(parquet_items(r, -1, &n));
		assert_int_equal(n, 0);
	}
	next_row(r);
	assert_true(is_present(r, "protocol"));
	assert_false(is_present(r, "protocol.features"));
	expect(r, "protocol.features.element", "");
	next_row(r);
	assert_true(is_present(r, "protocol.features"));
	expect(r, "protocol.features.element", "NULL|f");
	no_more_rows(r);
	parquet_reader_close(r);
	buf_release(&file);
}

/* Lists over page and block borders, with and without dictionaries. */
static void
long_lists_straddle_pages(void **state)
{
	char text[32], last[32];

	(void)state;
	for (int is_plain = 0; is_plain < 2; is_plain++) {
		struct buf file;
		struct str bytes;
		struct parquet_writer *w = open_writer(&file, is_plain == 1);
		struct parquet_reader *r;

		for (int i = 0; i < 300; i++) {
			for (int k = 0; k < i * 11 % 900; k++) {
				snprintf(text, sizeof(text), "%d/%d", i, k);
				put_str(w, FEATURE, text);
			}
			end_row(w, i);
		}
		r = open_reader(w, &bytes, &file);
		for (int i = 0; i < 300; i++) {
			const struct parquet_item *item;
			size_t n;

			next_row(r);
			item = parquet_items(
				r, parquet_find(r, "protocol.features.element"),
				&n);
			assert_int_equal(n, i * 11 % 900);
			snprintf(text, sizeof(text), "%d/0", i);
			snprintf(last, sizeof(last), "%d/%d", i, (int)n - 1);
			if (n > 0) {
				assert_true(str_is(item[0].str, text));
				assert_true(str_is(item[n - 1].str, last));
			}
		}
		no_more_rows(r);
		parquet_reader_close(r);
		buf_release(&file);
	}
}

/* Memory ends a row group; nothing is lost at the border. */
static void
row_groups_end_by_themselves(void **state)
{
	static char text[1 << 20];
	struct buf file;
	struct str bytes;
	struct parquet_writer *w = open_writer(&file, true);
	struct parquet_reader *r;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 150; i++) {
		assert_int_equal(
			parquet_put_str(w, PATH,
					(struct str){text, sizeof(text)}, NULL),
			0);
		end_row(w, i);
	}
	r = open_reader(w, &bytes, &file);
	assert_true(parquet_reader_groups(r) >= 2);
	for (int i = 0; i < 150; i++) {
		const struct parquet_item *item;
		size_t n;

		next_row(r);
		item = parquet_items(r, parquet_find(r, "ratio"), &n);
		assert_true(item->f64 == i);
		item = parquet_items(r, parquet_find(r, "add.path"), &n);
		assert_int_equal(item->str.n, sizeof(text));
	}
	no_more_rows(r);
	parquet_reader_close(r);
	buf_release(&file);
}

static void
lists_of_lists_are_refused(void **state)
{
	static const struct parquet_node deep[] = {
		{"schema", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
		{"a", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
		{"b", PARQUET_REPEATED, PARQUET_LEAF, 0, TABLE_INT64}};
	struct parquet_options o = PARQUET_OPTIONS_DEFAULT;
	struct parquet_writer *w;
	struct buf file;

	(void)state;
	buf_init(&file, SIZE_MAX);
	assert_int_equal(parquet_open_nested(&w, deep, 3, &o,
					     parquet_sink_buf(&file), NULL),
			 FAIL_BUG);
	assert_null(w);
	buf_release(&file);
}

static void
groups_are_no_columns_of_a_batch(void **state)
{
	static const struct table_field field = {STR_INIT("add"), TABLE_STRING,
						 0, 0};
	struct buf file;
	struct str bytes;
	struct parquet_writer *w = open_writer(&file, true);
	struct parquet_reader *r;
	const struct table_field *got;
	struct table t;
	struct fail f = {0};
	size_t n;
	int group;

	(void)state;
	r = open_reader(w, &bytes, &file);
	assert_int_equal(parquet_reader_fields(r, &got, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(got[0].type, TABLE_TYPES);
	assert_int_equal(got[2].type, TABLE_DOUBLE);
	assert_int_equal(table_init(&t, &field, 1, 1000, NULL), 0);
	assert_int_equal(parquet_select(r, &t, NULL, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "'add' is a struct"));
	group = parquet_find(r, "add.values");
	assert_false(parquet_is_leaf(r, group));
	assert_int_equal(parquet_select_leaves(r, &group, 1, NULL), FAIL_DATA);
	table_release(&t);
	parquet_reader_close(r);
	buf_release(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_absent_empty_or_null_stays_apart),
		cmocka_unit_test(long_lists_straddle_pages),
		cmocka_unit_test(row_groups_end_by_themselves),
		cmocka_unit_test(lists_of_lists_are_refused),
		cmocka_unit_test(groups_are_no_columns_of_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
