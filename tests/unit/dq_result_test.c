/* SPDX-License-Identifier: MIT */
/* The judge: what is reported, of bad lines and of all. */
#include "doc/doc.h"
#include "dq_table.h"

static void
bad_lines_are_told_whole(void **state)
{
	static const char text[] = "{\"v\":\"\\u0007\"}";
	struct ndjson_line line = {
		.p = text, .n = sizeof(text) - 1, .number = 17, .offset = 4711};
	struct buf out;
	struct table t;

	(void)state;
	buf_init(&out, 4096);
	open_table(&t, unique_suite, NULL);
	judge(&t, "{\"v\":\"\\u0007\"}\n{\"v\":\"\\u0007\"}\n");
	assert_int_equal(dq_put_bad(t.judge, &line, "x", false, &out, NULL), 0);
	assert_true(str_is(
		buf_str(&out),
		"{\"raw\":\"{\\\"v\\\":\\\"\\\\u0007\\\"}\",\"file\":\"x\","
		"\"line\":17,\"offset\":4711,\"rules\":[{\"type\":"
		"\"expect_column_values_to_be_unique\",\"column\":\"v\","
		"\"value\":\"\\u0007\",\"severity\":\"critical\"}]}\n"));
	buf_reset(&out);
	line.p = "\xff\xfe\n";
	line.n = 2;
	line.reason = NDJSON_BAD_UTF8;
	assert_int_equal(dq_put_bad(t.judge, &line, "x", true, &out, NULL), 0);
	assert_true(str_is(
		buf_str(&out),
		"{\"@bad\":{\"rawBase64\":\"//4=\",\"line\":17,\"offset\":4711,"
		"\"rules\":[{\"type\":\"malformed\",\"reason\":\"bad_utf8\","
		"\"byte\":1,\"severity\":\"critical\"}]}}\n"));
	buf_release(&out);
	close_table(&t);
}

static struct doc *
result_of(struct table *t, enum dq_format format)
{
	static const struct dq_about about = {
		.time_us = 0, .asset = "stdin", .version = "0"};
	struct buf text;
	struct doc *d = NULL;
	struct fail f = {0};

	buf_init(&text, SIZE_MAX);
	assert_int_equal(dq_put_result(t->judge, format, &about, &text, &f), 0);
	if (doc_parse(&d, buf_str(&text), "result", FAIL_BUG, DOC_UNIQUE_KEYS,
		      &f) != 0)
		fail_msg("%s", f.text);
	buf_release(&text);
	return d;
}

static struct doc_val
first_result(const struct doc *d)
{
	return doc_find(doc_item(doc_find(doc_root(d), "results"), 0),
			"result");
}

static void
results_have_the_known_shape(void **state)
{
	static const char *const keys[] = {
		"id",	   "meta",	 "results",	     "statistics",
		"success", "suite_name", "suite_parameters",
	};
	struct table t;
	struct doc *d;
	double percent;
	size_t i;

	(void)state;
	open_table(&t, unique_suite, NULL);
	judge(&t, "{\"v\":1}\n{\"v\":2}\n{\"v\":1}\n{}\n");
	d = result_of(&t, DQ_SUMMARY);
	assert_int_equal(doc_len(doc_root(d)), 7);
	for (i = 0; i < 7; i++)
		assert_true(doc_kind(doc_find(doc_root(d), keys[i])) !=
			    DOC_ABSENT);
	assert_int_equal(doc_len(first_result(d)), 10);
	assert_int_equal(doc_get_f64(first_result(d), "unexpected_percent",
				     &percent, NULL),
			 0);
	assert_true(percent > 66.66 && percent < 66.67);
	doc_close(d);
	d = result_of(&t, DQ_BOOLEAN_ONLY);
	assert_int_equal(doc_len(first_result(d)), 0);
	doc_close(d);
	d = result_of(&t, DQ_BASIC);
	assert_int_equal(doc_len(first_result(d)), 8);
	doc_close(d);
	close_table(&t);
}

static void
samples_stop_at_twenty_unless_all_are_wanted(void **state)
{
	struct dq_options o = {.want_complete = true};
	struct doc_val list;
	struct table t;
	struct doc *d;

	(void)state;
	open_table(&t, unique_suite, NULL);
	judge_numbers(&t, 0, 100);
	judge_numbers(&t, 0, 100);
	d = result_of(&t, DQ_SUMMARY);
	list = doc_find(first_result(d), "partial_unexpected_list");
	assert_int_equal(doc_len(list), DQ_SAMPLES);
	doc_close(d);
	close_table(&t);
	open_table(&t, unique_suite, &o);
	judge_numbers(&t, 0, 100);
	judge_numbers(&t, 0, 100);
	d = result_of(&t, DQ_COMPLETE);
	list = doc_find(first_result(d), "unexpected_list");
	assert_int_equal(doc_len(list), 200);
	list = doc_find(first_result(d), "unexpected_index_list");
	assert_int_equal(doc_len(list), 100);
	doc_close(d);
	close_table(&t);
}

static void
long_values_are_shown_by_their_beginning(void **state)
{
	char *line = malloc(5000);
	struct doc_val list;
	struct str value;
	struct table t;
	struct doc *d;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', 5000);
	memcpy(line, "{\"v\":\"", 6);
	memcpy(line + 4996, "\"}\n", 4);
	open_table(&t, unique_suite, NULL);
	judge(&t, line);
	judge(&t, line);
	d = result_of(&t, DQ_SUMMARY);
	list = doc_find(first_result(d), "partial_unexpected_list");
	assert_int_equal(doc_as_str(doc_item(list, 0), &value, NULL), 0);
	assert_true(value.n > 900 && value.n < 1100);
	assert_true(str_ends(value, "x..."));
	doc_close(d);
	close_table(&t);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines_are_told_whole),
		cmocka_unit_test(results_have_the_known_shape),
		cmocka_unit_test(samples_stop_at_twenty_unless_all_are_wanted),
		cmocka_unit_test(long_values_are_shown_by_their_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
