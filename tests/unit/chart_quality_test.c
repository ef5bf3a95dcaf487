/* SPDX-License-Identifier: MIT */
/* chart: results of dq-check, added up and shown. */
#include "chart_fixture.h"

static void
results_are_read_and_added(void **state)
{
	static const char ours[] =
		"{\"success\":false,\"results\":[{\"success\":true},"
		"{\"success\":false,\"expectation_config\":{\"type\":\"t<\","
		"\"kwargs\":{\"column\":\"c\"},\"severity\":\"critical\"},"
		"\"result\":{\"unexpected_count\":3,"
		"\"unexpected_percent\":1.5}}],"
		"\"meta\":{\"playpipe\":{\"good\":97,\"bad\":2,"
		"\"malformed\":1}}}\n";
	static const char older[] =
		"{\"results\":[{\"success\":false,\"expectation_config\":"
		"{\"expectation_type\":\"old\",\"kwargs\":{}},"
		"\"result\":{}}]}";
	struct chart_board *b = board_of("");
	const struct board_quality *q = &b->quality;
	struct fail f = {0};
	char *page;

	(void)state;
	page = page_of(b, &plain, false);
	assert_has(page, "Quality: not measured");
	free(page);
	assert_int_equal(chart_board_add_quality(b, str_of(ours), &f), 0);
	assert_int_equal(chart_board_add_quality(b, str_of(older), &f), 0);
	assert_int_equal(q->rules, 3);
	assert_int_equal(q->failed, 2);
	assert_int_equal(q->good, 97);
	assert_int_equal(q->bad, 3);
	assert_true(str_is(q->rule[1].type, "old"));
	assert_int_equal(q->rule[1].unexpected, -1);
	page = page_of(b, &plain, false);
	assert_has(page, "Quality: 2 of 3 rules fail");
	assert_has(page, "t&lt;");
	assert_has(page, "<b>97.0%</b> of 100 rows");
	free(page);
	assert_int_equal(chart_board_add_quality(b, STR_LIT("{}"), &f),
			 FAIL_DATA);
	chart_board_close(b);
}

static void
what_is_no_result_is_refused(void **state)
{
	static const char *const text[] = {
		"",
		"{",
		"[]",
		"{\"results\":7}",
		"{\"results\":[7]}",
		"{\"results\":[{\"success\":1}]}",
		"{\"results\":[]} x",
	};
	struct chart_board *b = board_of("");

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct fail f = {0};

		assert_int_equal(
			chart_board_add_quality(b, str_of(text[i]), &f),
			FAIL_DATA);
		assert_true(f.text[0] != '\0');
	}
	chart_board_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_read_and_added),
		cmocka_unit_test(what_is_no_result_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
