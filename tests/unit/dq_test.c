/* SPDX-License-Identifier: MIT */
/*
 * The judge: what suites mean, row by row and over all rows, what is refused
 * and what is reported. The figures are Great Expectations' own;
 * tests/real/gx.t compares them with the real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "doc/doc.h"
#include "dq/dq.h"

#define TYPE(name) "\"type\":\"expect_column_values_to_" name "\""

/* One rule, a few rows, and what became of them. */
struct table {
	struct dq_suite *suite;
	struct ndjson *reader;
	struct dq_judge *judge;
	struct str rest; /* lines not yet read */
};

static int
read_rest(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct table *t = ctx;

	(void)f;
	*got = t->rest.n < cap ? t->rest.n : cap;
	memcpy(dst, t->rest.p, *got);
	t->rest.p += *got;
	t->rest.n -= *got;
	return 0;
}

static void
open_table(struct table *t, const char *suite, const struct dq_options *o)
{
	static const struct ndjson_options full = {.mode = NDJSON_FULL};
	struct fail f = {0};
	const struct str *keys;
	size_t n;

	if (dq_suite_parse(&t->suite, str_of(suite), "s.json", &f) != 0)
		fail_msg("%s", f.text);
	assert_int_equal(dq_judge_open(&t->judge, t->suite, o, &f), 0);
	keys = dq_suite_columns(t->suite, &n);
	assert_int_equal(ndjson_open(&t->reader, keys, NULL, n, &full, &f), 0);
}

static void
close_table(struct table *t)
{
	dq_judge_close(t->judge);
	ndjson_close(t->reader);
	dq_suite_close(t->suite);
}

/* Judge lines; a 1 or 0 a line, good or bad, as a text. */
static const char *
judge(struct table *t, const char *lines)
{
	static char verdict[64];
	struct ndjson_line line;
	size_t n = 0;

	t->rest = str_of(lines);
	ndjson_start(t->reader, read_rest, t);
	while (ndjson_next(t->reader, &line, NULL) > 0) {
		assert_int_equal(line.reason, NDJSON_OK);
		assert_true(n + 1 < sizeof(verdict));
		verdict[n++] = dq_judge_row(t->judge, line.val) ? '1' : '0';
	}
	verdict[n] = 0;
	return verdict;
}

/* The verdicts of one rule about column v, given as its type and keywords. */
static const char *
judge_one(const char *type, const char *kwargs, const char *lines)
{
	char suite[1000];
	struct table t;
	const char *verdict;

	snprintf(suite, sizeof(suite),
		 "{\"name\":\"s\",\"expectations\":[{%s,\"kwargs\":"
		 "{\"column\":\"v\"%s}}]}",
		 type, kwargs);
	open_table(&t, suite, NULL);
	verdict = judge(&t, lines);
	close_table(&t);
	return verdict;
}

static void
nulls_are_looked_at_only_by_null_rules(void **state)
{
	const char *lines = "{\"v\":null}\n{}\n{\"v\":\"\"}\n{\"v\":0}\n";

	(void)state;
	assert_string_equal(judge_one(TYPE("not_be_null"), "", lines), "0011");
	assert_string_equal(judge_one(TYPE("be_null"), "", lines), "1100");
	assert_string_equal(
		judge_one(TYPE("be_in_set"), ",\"value_set\":[]", lines),
		"1100");
	assert_string_equal(
		judge_one(TYPE("match_regex"), ",\"regex\":\"x\"", lines),
		"1100");
}

static void
sets_compare_values_as_json(void **state)
{
	const char *set = ",\"value_set\":[\"a\",\"\\u00e9\",1,2.5,true]";
	const char *lines = "{\"v\":\"a\"}\n{\"v\":\"\\u0061\"}\n"
			    "{\"v\":\"\\u00e9\"}\n{\"v\":\"1\"}\n"
			    "{\"v\":1}\n{\"v\":1.0}\n{\"v\":10e-1}\n"
			    "{\"v\":2.5}\n{\"v\":2}\n{\"v\":true}\n"
			    "{\"v\":false}\n{\"v\":[1]}\n";

	(void)state;
	assert_string_equal(judge_one(TYPE("be_in_set"), set, lines),
			    "111011110100");
	assert_string_equal(judge_one(TYPE("not_be_in_set"), set, lines),
			    "000100001011");
}

static void
ranges_are_exact(void **state)
{
	(void)state;
	assert_string_equal(
		judge_one(TYPE("be_between"),
			  ",\"min_value\":0,\"max_value\":10,"
			  "\"strict_max\":true",
			  "{\"v\":0}\n{\"v\":-0.0}\n{\"v\":-1e-9}\n"
			  "{\"v\":9.999}\n{\"v\":10}\n{\"v\":1e1}\n"
			  "{\"v\":\"5\"}\n{\"v\":true}\n{\"v\":1e999}\n"),
		"110100000");
	/* 2^53 + 1 has no double of its own. */
	assert_string_equal(judge_one(TYPE("be_between"),
				      ",\"min_value\":9007199254740993",
				      "{\"v\":9007199254740992}\n"
				      "{\"v\":9007199254740993}\n"
				      "{\"v\":9007199254740992.0}\n"
				      "{\"v\":99999999999999999999}\n"
				      "{\"v\":-99999999999999999999}\n"),
			    "01010");
	assert_string_equal(judge_one(TYPE("be_between"),
				      ",\"min_value\":0.5,\"strict_min\":true",
				      "{\"v\":1}\n{\"v\":0}\n{\"v\":0.5}\n"
				      "{\"v\":9223372036854775807}\n"),
			    "1001");
	assert_string_equal(judge_one(TYPE("be_between"),
				      ",\"min_value\":\"2026-01-01\","
				      "\"max_value\":\"2026-12-31\"",
				      "{\"v\":\"2026-06-01\"}\n"
				      "{\"v\":\"2025-12-31\"}\n{\"v\":2026}\n"),
			    "100");
}

static void
types_go_by_their_many_names(void **state)
{
	const char *lines = "{\"v\":1}\n{\"v\":1.0}\n{\"v\":1.5}\n"
			    "{\"v\":99999999999999999999}\n{\"v\":\"1\"}\n"
			    "{\"v\":true}\n{\"v\":{}}\n{\"v\":[]}\n";

	(void)state;
	assert_string_equal(
		judge_one(TYPE("be_of_type"), ",\"type_\":\"int64\"", lines),
		"10000000");
	assert_string_equal(
		judge_one(TYPE("be_of_type"), ",\"type_\":\"integer\"", lines),
		"11000000");
	assert_string_equal(
		judge_one(TYPE("be_of_type"), ",\"type_\":\"float64\"", lines),
		"11110000");
	assert_string_equal(
		judge_one(TYPE("be_of_type"), ",\"type_\":\"str\"", lines),
		"00001000");
	assert_string_equal(
		judge_one(TYPE("be_of_type"), ",\"type_\":\"bool\"", lines),
		"00000100");
	assert_string_equal(judge_one(TYPE("be_in_type_list"),
				      ",\"type_list\":[\"dict\",\"list\"]",
				      lines),
			    "00000011");
}

static void
patterns_search_the_value_as_text(void **state)
{
	(void)state;
	assert_string_equal(judge_one(TYPE("match_regex"),
				      ",\"regex\":\"^[a-c]+$\"",
				      "{\"v\":\"abc\"}\n{\"v\":\"\\u0061b\"}\n"
				      "{\"v\":\"abd\"}\n{\"v\":\"\"}\n"),
			    "1100");
	/* Unanchored, and a number is its text. */
	assert_string_equal(judge_one(TYPE("match_regex"), ",\"regex\":\"2\"",
				      "{\"v\":\"a2b\"}\n{\"v\":123}\n"
				      "{\"v\":1}\n"),
			    "110");
	assert_string_equal(judge_one(TYPE("not_match_regex"),
				      ",\"regex\":\"2\"",
				      "{\"v\":\"a2b\"}\n{\"v\":1}\n"),
			    "01");
	/* As in Python, \w knows letters beyond ASCII. */
	assert_string_equal(judge_one(TYPE("match_regex"),
				      ",\"regex\":\"^\\\\w$\"",
				      "{\"v\":\"\xc3\xa9\"}\n{\"v\":\"-\"}\n"),
			    "10");
}

static void
lengths_count_code_points(void **state)
{
	const char *lines = "{\"v\":\"abc\"}\n{\"v\":\"\xc3\xa9\xc3\xa9\"}\n"
			    "{\"v\":\"\\ud83d\\ude00b\"}\n{\"v\":\"\"}\n"
			    "{\"v\":12}\n";

	(void)state;
	assert_string_equal(
		judge_one("\"type\":\"expect_column_value_lengths_to_equal\"",
			  ",\"value\":2", lines),
		"01101");
	assert_string_equal(
		judge_one("\"type\":"
			  "\"expect_column_value_lengths_to_be_between\"",
			  ",\"min_value\":1,\"max_value\":2", lines),
		"01101");
}

static void
later_equal_values_are_bad(void **state)
{
	(void)state;
	assert_string_equal(
		judge_one(TYPE("be_unique"), "",
			  "{\"v\":\"a\"}\n{\"v\":\"\\u0061\"}\n{\"v\":1}\n"
			  "{\"v\":1.0}\n{\"v\":\"1\"}\n{\"v\":null}\n"
			  "{\"v\":null}\n{\"v\":true}\n{\"v\":\"true\"}\n"
			  "{\"v\":1e0}\n"),
		"1010111110");
}

static void
large_whole_numbers_are_one_however_written(void **state)
{
	(void)state;
	assert_string_equal(
		judge_one(TYPE("be_unique"), "",
			  "{\"v\":9007199254740993}\n"
			  "{\"v\":9007199254740992}\n"
			  "{\"v\":9007199254740993.0}\n"
			  "{\"v\":1000000000000000000}\n{\"v\":1e18}\n"
			  "{\"v\":1e19}\n{\"v\":10e18}\n"),
		"1101010");
	assert_string_equal(judge_one(TYPE("be_of_type"),
				      ",\"type_\":\"integer\"",
				      "{\"v\":1e18}\n{\"v\":1.5}\n"
				      "{\"v\":-0.0}\n"),
			    "101");
	assert_string_equal(judge_one(TYPE("be_in_set"),
				      ",\"value_set\":[1e18,0]",
				      "{\"v\":1000000000000000000}\n"
				      "{\"v\":-0.0}\n{\"v\":1e17}\n"),
			    "110");
}

/* ---- over all rows ---- */

static struct dq_verdict
verdict_of(const char *type, const char *kwargs, const char *lines)
{
	static struct table t;
	char suite[1000];

	snprintf(suite, sizeof(suite),
		 "{\"name\":\"s\",\"expectations\":[{%s,\"kwargs\":{%s}}]}",
		 type, kwargs);
	close_table(&t);
	open_table(&t, suite, NULL);
	judge(&t, lines);
	return dq_verdict_of(t.judge, 0);
}

static void
counts_are_those_of_great_expectations(void **state)
{
	struct dq_verdict v;

	(void)state;
	v = verdict_of(TYPE("be_unique"), "\"column\":\"v\"",
		       "{\"v\":1}\n{\"v\":2}\n{\"v\":1}\n{\"v\":1}\n{}\n");
	assert_int_equal(v.rows, 5);
	assert_int_equal(v.missing, 1);
	assert_int_equal(v.unexpected, 3);
	assert_int_equal(v.failed_rows, 2);
	assert_false(v.is_success);
	v = verdict_of(TYPE("not_be_null"), "\"column\":\"v\"",
		       "{\"v\":1}\n{}\n");
	assert_int_equal(v.rows, 2);
	assert_int_equal(v.unexpected, 1);
	v = verdict_of(TYPE("be_in_set"), "\"column\":\"v\",\"value_set\":[1]",
		       "{}\n{}\n");
	assert_true(v.is_success); /* nothing to look at */
}

static void
mostly_is_a_share_of_what_is_looked_at(void **state)
{
	static const char set[] = "\"column\":\"v\",\"value_set\":[1],"
				  "\"mostly\":";
	char kwargs[100];

	(void)state;
	snprintf(kwargs, sizeof(kwargs), "%s0.75", set);
	assert_true(verdict_of(TYPE("be_in_set"), kwargs,
			       "{\"v\":1}\n{\"v\":1}\n{\"v\":1}\n{\"v\":2}\n"
			       "{}\n{}\n")
			    .is_success);
	snprintf(kwargs, sizeof(kwargs), "%s0.76", set);
	assert_false(verdict_of(TYPE("be_in_set"), kwargs,
				"{\"v\":1}\n{\"v\":1}\n{\"v\":1}\n{\"v\":2}\n")
			     .is_success);
	assert_true(verdict_of(TYPE("not_be_null"),
			       "\"column\":\"v\",\"mostly\":0.5",
			       "{\"v\":1}\n{}\n")
			    .is_success);
}

static void
tables_have_columns_and_rows(void **state)
{
	static const char exists[] = "\"type\":\"expect_column_to_exist\"";
	static const char between[] =
		"\"type\":\"expect_table_row_count_to_be_between\"";
	static const char equal[] =
		"\"type\":\"expect_table_row_count_to_equal\"";

	(void)state;
	assert_true(verdict_of(exists, "\"column\":\"v\"", "{}\n{\"v\":null}\n")
			    .is_success);
	assert_false(verdict_of(exists, "\"column\":\"v\"", "{\"w\":1}\n")
			     .is_success);
	assert_true(
		verdict_of(between, "\"min_value\":1,\"max_value\":2", "{}\n")
			.is_success);
	assert_false(verdict_of(between, "\"min_value\":1", "").is_success);
	assert_true(verdict_of(equal, "\"value\":2", "{}\n{}\n").is_success);
	assert_false(verdict_of(equal, "\"value\":2", "{}\n").is_success);
}

static void
runaway_patterns_are_errors_and_no_pass(void **state)
{
	struct dq_verdict v;

	(void)state;
	v = verdict_of(TYPE("match_regex"),
		       "\"column\":\"v\",\"mostly\":0,"
		       "\"regex\":\"^(a|aa)+$\"",
		       "{\"v\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}\n");
	assert_non_null(v.exception);
	assert_false(v.is_success);
	assert_int_equal(v.unexpected, 0);
}

static void
conditions_choose_rows(void **state)
{
	static const char kwargs[] =
		",\"row_condition\":{\"type\":\"and\",\"conditions\":["
		"{\"type\":\"comparison\",\"column\":{\"name\":\"t\"},"
		"\"operator\":\"IN\",\"parameter\":[\"x\",\"y\"]},"
		"{\"type\":\"nullity\",\"column\":{\"name\":\"u\"},"
		"\"is_null\":false},"
		"{\"type\":\"comparison\",\"column\":{\"name\":\"n\"},"
		"\"operator\":\"<\",\"parameter\":3}]}";

	(void)state;
	assert_string_equal(
		judge_one(TYPE("not_be_null"), kwargs,
			  "{\"t\":\"x\",\"u\":1,\"n\":2}\n"
			  "{\"t\":\"z\",\"u\":1,\"n\":2}\n"
			  "{\"t\":\"x\",\"n\":2}\n"
			  "{\"t\":\"y\",\"u\":1,\"n\":3}\n"
			  "{\"t\":\"y\",\"u\":1}\n"
			  "{\"t\":\"y\",\"u\":1,\"n\":2,\"v\":0}\n"),
		"011111");
	/* Null differs from every value. */
	assert_string_equal(
		judge_one(TYPE("not_be_null"),
			  ",\"row_condition\":{\"type\":\"comparison\","
			  "\"column\":{\"name\":\"t\"},\"operator\":\"!=\","
			  "\"parameter\":\"x\"}",
			  "{\"t\":\"x\"}\n{\"t\":\"y\"}\n{}\n"),
		"100");
}

static void
severity_decides_who_leaves(void **state)
{
	static const char suite[] =
		"{\"name\":\"s\",\"expectations\":["
		"{" TYPE(
			"be_in_set") ",\"severity\":\"warning\","
				     "\"kwargs\":{\"column\":\"v\",\"value_"
				     "set\":[1]}},"
				     "{" TYPE(
					     "be_between") ",\"kwargs\":{"
							   "\"column\":\"v\","
							   "\"max_value\":5,"
							   "\"mostly\":0.5}}]}";
	struct dq_options o = {.is_tolerated_bad = true};
	struct table t;

	(void)state;
	open_table(&t, suite, NULL);
	assert_string_equal(judge(&t, "{\"v\":1}\n{\"v\":2}\n{\"v\":9}\n"),
			    "111");
	assert_true(dq_has_failed(t.judge, DQ_WARNING));
	assert_false(dq_has_failed(t.judge, DQ_CRITICAL));
	close_table(&t);
	open_table(&t, suite, &o);
	assert_string_equal(judge(&t, "{\"v\":1}\n{\"v\":2}\n{\"v\":9}\n"),
			    "110");
	close_table(&t);
}

static void
empty_texts_may_be_null(void **state)
{
	static const char suite[] = "{\"name\":\"s\",\"expectations\":[{" TYPE(
		"not_be_null") ",\"kwargs\":{\"column\":\"v\"}}]}";
	bool is_empty_null[] = {true};
	struct dq_options o = {.is_empty_null = is_empty_null};
	struct table t;

	(void)state;
	open_table(&t, suite, &o);
	assert_string_equal(judge(&t, "{\"v\":\"\"}\n{\"v\":\" \"}\n"), "01");
	close_table(&t);
}

/* ---- uniqueness in bounded memory ---- */

static const char unique_suite[] = "{\"name\":\"s\",\"expectations\":[{" TYPE(
	"be_unique") ",\"kwargs\":{\"column\":\"v\"}}]}";

static unsigned
judge_numbers(struct table *t, int from, int to)
{
	struct ndjson_val val = {.kind = NDJSON_INT};
	char text[NUM_I64_MAX];
	unsigned bad = 0;

	for (int i = from; i < to; i++) {
		val.p = text;
		val.n = (uint32_t)num_format_i64(text, i);
		bad += !dq_judge_row(t->judge, &val);
	}
	return bad;
}

static void
full_memory_is_said_and_no_pass(void **state)
{
	struct dq_options o = {.unique_bytes = 65536};
	struct table t;

	(void)state;
	open_table(&t, unique_suite, &o);
	/* 64 KiB: 2,048 slots, 1,536 values. */
	assert_int_equal(judge_numbers(&t, 0, 1536), 0);
	assert_null(dq_verdict_of(t.judge, 0).exception);
	assert_int_equal(judge_numbers(&t, 0, 1536), 1536);
	assert_int_equal(judge_numbers(&t, 5000, 5001), 0);
	assert_non_null(dq_verdict_of(t.judge, 0).exception);
	close_table(&t);
}

static void
window_forgets_the_oldest(void **state)
{
	struct dq_options o = {.unique_bytes = 65536, .is_unique_window = true};
	struct table t;

	(void)state;
	open_table(&t, unique_suite, &o);
	/* 1,024 slots a table: the last 768 values at least are known. */
	assert_int_equal(judge_numbers(&t, 0, 10000), 0);
	assert_int_equal(judge_numbers(&t, 10000 - 768, 10000), 768);
	assert_int_equal(judge_numbers(&t, 0, 100), 0);
	assert_null(dq_verdict_of(t.judge, 0).exception);
	close_table(&t);
}

static void
state_goes_over_to_the_next_judge(void **state)
{
	struct dq_options o = {.is_unique_window = true};
	struct buf text;
	struct table a, b;
	size_t cut;

	(void)state;
	buf_init(&text, SIZE_MAX);
	open_table(&a, unique_suite, &o);
	assert_int_equal(judge_numbers(&a, 0, 5000), 0);
	assert_int_equal(dq_save(a.judge, &text, NULL), 0);
	close_table(&a);
	open_table(&b, unique_suite, &o);
	assert_int_equal(dq_load(b.judge, buf_str(&text), NULL), 0);
	assert_int_equal(judge_numbers(&b, 4000, 6000), 1000);
	/* What earlier runs saw is not among this run's rows. */
	assert_int_equal(dq_verdict_of(b.judge, 0).unexpected, 1000);
	close_table(&b);
	for (cut = 0; cut < 100; cut++) {
		open_table(&b, unique_suite, &o);
		assert_int_equal(
			dq_load(b.judge,
				(struct str){text.p, text.len - 1 - cut * 7},
				NULL),
			FAIL_DATA);
		close_table(&b);
	}
	buf_release(&text);
}

/* ---- refusals ---- */

static void
assert_refused(const char *suite, const char *says)
{
	struct dq_suite *s;
	struct fail f = {0};

	assert_int_equal(dq_suite_parse(&s, str_of(suite), "s.json", &f),
			 FAIL_USAGE);
	if (strstr(f.text, says) == NULL)
		fail_msg("expected '%s' in: %s", says, f.text);
}

static void
assert_rule_refused(const char *rule, const char *says)
{
	char suite[1000];

	snprintf(suite, sizeof(suite),
		 "{\"name\":\"s\",\"expectations\":[{\"type\":"
		 "\"expect_table_row_count_to_equal\",\"kwargs\":"
		 "{\"value\":1}},{%s}]}",
		 rule);
	assert_refused(suite, says);
	assert_refused(suite, "expectations[1]");
}

static void
whatever_is_not_understood_is_refused(void **state)
{
	(void)state;
	assert_refused("[]", "a suite is an object");
	assert_refused("{\"name\":\"s\"}", "expectations");
	assert_refused("{\"name\":\"s\",\"expectations\":[]}",
		       "without expectations");
	assert_refused("{\"expectations\":[]}", "expectation_suite_name");
	assert_rule_refused("\"type\":\"expect_rain\",\"kwargs\":{}",
			    "'expect_rain' is not supported");
	assert_rule_refused(TYPE("be_null") ",\"kwargs\":{}", "column");
	assert_rule_refused(TYPE("be_null") ",\"kwargs\":{\"column\":\"a.b\"}",
			    "paths into objects");
	assert_rule_refused(
		TYPE("be_null") ",\"kwargs\":{\"column\":\"a\",\"mostly\":2}",
		"between 0 and 1");
	assert_rule_refused(
		TYPE("be_null") ",\"kwargs\":{\"column\":\"a\",\"most\":1}",
		"most");
	assert_rule_refused(TYPE("be_null") ",\"severity\":\"fatal\","
					    "\"kwargs\":{\"column\":\"a\"}",
			    "unknown severity 'fatal'");
	assert_rule_refused(TYPE("be_of_type") ",\"kwargs\":{\"column\":\"a\","
					       "\"type_\":\"object\"}",
			    "unknown type 'object'");
	assert_rule_refused(TYPE("match_regex") ",\"kwargs\":{\"column\":"
						"\"a\",\"regex\":\"(\"}",
			    "not a regular expression");
	assert_rule_refused(TYPE("be_between") ",\"kwargs\":{\"column\":"
					       "\"a\"}",
			    "neither");
	assert_rule_refused(TYPE("be_between") ",\"kwargs\":{\"column\":"
					       "\"a\",\"min_value\":2,"
					       "\"max_value\":1}",
			    "greater than");
	assert_rule_refused(
		TYPE("be_between") ",\"kwargs\":{\"column\":\"a\","
				   "\"min_value\":{\"$PARAMETER\":\"x\"}}",
		"run-time parameters");
}

static void
conditions_in_other_languages_are_refused(void **state)
{
	(void)state;
	assert_rule_refused(TYPE("be_null") ",\"kwargs\":{\"column\":\"a\","
					    "\"row_condition\":"
					    "\"b == 1\"}",
			    "expected an object");
	assert_rule_refused(
		TYPE("be_null") ",\"kwargs\":{\"column\":\"a\","
				"\"row_condition\":{\"type\":\"pass_through\","
				"\"pass_through_filter\":\"b==1\"}}",
		"pandas or Spark");
	assert_rule_refused(
		TYPE("be_null") ",\"kwargs\":{\"column\":\"a\","
				"\"row_condition\":{\"type\":\"comparison\","
				"\"column\":{\"name\":\"b\"},"
				"\"operator\":\"~\",\"parameter\":1}}",
		"unknown operator '~'");
}

static void
old_suites_are_read(void **state)
{
	struct table t;

	(void)state;
	open_table(&t,
		   "{\"expectation_suite_name\":\"old\",\"ge_cloud_id\":null,"
		   "\"expectations\":[{\"expectation_type\":"
		   "\"expect_column_values_to_not_be_null\","
		   "\"kwargs\":{\"column\":\"v\"},\"meta\":{}}]}",
		   NULL);
	assert_true(str_is(dq_suite_name(t.suite), "old"));
	assert_string_equal(judge(&t, "{\"v\":1}\n{}\n"), "10");
	close_table(&t);
}

/* ---- reports ---- */

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
		cmocka_unit_test(nulls_are_looked_at_only_by_null_rules),
		cmocka_unit_test(sets_compare_values_as_json),
		cmocka_unit_test(ranges_are_exact),
		cmocka_unit_test(types_go_by_their_many_names),
		cmocka_unit_test(patterns_search_the_value_as_text),
		cmocka_unit_test(lengths_count_code_points),
		cmocka_unit_test(later_equal_values_are_bad),
		cmocka_unit_test(large_whole_numbers_are_one_however_written),
		cmocka_unit_test(counts_are_those_of_great_expectations),
		cmocka_unit_test(mostly_is_a_share_of_what_is_looked_at),
		cmocka_unit_test(tables_have_columns_and_rows),
		cmocka_unit_test(runaway_patterns_are_errors_and_no_pass),
		cmocka_unit_test(conditions_choose_rows),
		cmocka_unit_test(severity_decides_who_leaves),
		cmocka_unit_test(empty_texts_may_be_null),
		cmocka_unit_test(full_memory_is_said_and_no_pass),
		cmocka_unit_test(window_forgets_the_oldest),
		cmocka_unit_test(state_goes_over_to_the_next_judge),
		cmocka_unit_test(whatever_is_not_understood_is_refused),
		cmocka_unit_test(conditions_in_other_languages_are_refused),
		cmocka_unit_test(old_suites_are_read),
		cmocka_unit_test(bad_lines_are_told_whole),
		cmocka_unit_test(results_have_the_known_shape),
		cmocka_unit_test(samples_stop_at_twenty_unless_all_are_wanted),
		cmocka_unit_test(long_values_are_shown_by_their_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
