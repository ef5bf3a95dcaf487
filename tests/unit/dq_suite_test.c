/* SPDX-License-Identifier: MIT */
/* The judge: which suites are read, and which are refused in what words. */
#include "dq_table.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_not_understood_is_refused),
		cmocka_unit_test(conditions_in_other_languages_are_refused),
		cmocka_unit_test(old_suites_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
