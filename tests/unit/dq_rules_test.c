/* SPDX-License-Identifier: MIT */
/*
 * The judge: what rules mean, row by row and over all rows. The figures are
 * Great Expectations' own; tests/real/gx.t compares them with the real one.
 */
#include "dq_table.h"

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
lengths_are_compared_exactly(void **state)
{
	static const char between[] =
		"\"type\":\"expect_column_value_lengths_to_be_between\"";
	static const char equal[] =
		"\"type\":\"expect_column_value_lengths_to_equal\"";
	const char *lines = "{\"v\":\"a\"}\n{\"v\":\"ab\"}\n"
			    "{\"v\":\"abc\"}\n{\"v\":\"abcd\"}\n";

	(void)state;
	assert_string_equal(judge_one(between,
				      ",\"min_value\":1.5,\"max_value\":3.5",
				      lines),
			    "0110");
	assert_string_equal(judge_one(between,
				      ",\"min_value\":1.5,\"max_value\":3.5,"
				      "\"strict_min\":true,\"strict_max\":true",
				      lines),
			    "0110");
	assert_string_equal(judge_one(between,
				      ",\"min_value\":1,\"max_value\":4.0,"
				      "\"strict_min\":true,\"strict_max\":true",
				      lines),
			    "0110");
	assert_string_equal(judge_one(between, ",\"min_value\":1e300", lines),
			    "0000");
	assert_string_equal(judge_one(between, ",\"min_value\":-1e300", lines),
			    "1111");
	assert_string_equal(judge_one(between, ",\"max_value\":-1", lines),
			    "0000");
	assert_string_equal(judge_one(equal, ",\"value\":-1", lines), "0000");
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
		cmocka_unit_test(lengths_are_compared_exactly),
		cmocka_unit_test(later_equal_values_are_bad),
		cmocka_unit_test(large_whole_numbers_are_one_however_written),
		cmocka_unit_test(counts_are_those_of_great_expectations),
		cmocka_unit_test(mostly_is_a_share_of_what_is_looked_at),
		cmocka_unit_test(tables_have_columns_and_rows),
		cmocka_unit_test(runaway_patterns_are_errors_and_no_pass),
		cmocka_unit_test(conditions_choose_rows),
		cmocka_unit_test(severity_decides_who_leaves),
		cmocka_unit_test(empty_texts_may_be_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
