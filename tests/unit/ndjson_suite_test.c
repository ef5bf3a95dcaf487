/* SPDX-License-Identifier: MIT */
/*
 * Nicolas Seriot's JSONTestSuite, as whole documents: every y_ file is
 * accepted, every n_ file refused with a reason, and what we do with the
 * implementation-defined i_ files is frozen in a table.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ndjson/ndjson.h"

#define DEPTH 1024

static const struct {
	const char *name;
	enum ndjson_reason reason;
} implementation_defined[] = {
	{"i_number_double_huge_neg_exp.json", NDJSON_OK},
	{"i_number_huge_exp.json", NDJSON_OK},
	{"i_number_neg_int_huge_exp.json", NDJSON_OK},
	{"i_number_pos_double_huge_exp.json", NDJSON_OK},
	{"i_number_real_neg_overflow.json", NDJSON_OK},
	{"i_number_real_pos_overflow.json", NDJSON_OK},
	{"i_number_real_underflow.json", NDJSON_OK},
	{"i_number_too_big_neg_int.json", NDJSON_OK},
	{"i_number_too_big_pos_int.json", NDJSON_OK},
	{"i_number_very_big_negative_int.json", NDJSON_OK},
	{"i_object_key_lone_2nd_surrogate.json", NDJSON_LONE_SURROGATE},
	{"i_string_1st_surrogate_but_2nd_missing.json", NDJSON_LONE_SURROGATE},
	{"i_string_1st_valid_surrogate_2nd_invalid.json",
	 NDJSON_LONE_SURROGATE},
	{"i_string_UTF-16LE_with_BOM.json", NDJSON_BAD_UTF8},
	{"i_string_UTF-8_invalid_sequence.json", NDJSON_BAD_UTF8},
	{"i_string_UTF8_surrogate_U+D800.json", NDJSON_BAD_UTF8},
	{"i_string_incomplete_surrogate_and_escape_valid.json",
	 NDJSON_LONE_SURROGATE},
	{"i_string_incomplete_surrogate_pair.json", NDJSON_LONE_SURROGATE},
	{"i_string_incomplete_surrogates_escape_valid.json",
	 NDJSON_LONE_SURROGATE},
	{"i_string_invalid_lonely_surrogate.json", NDJSON_LONE_SURROGATE},
	{"i_string_invalid_surrogate.json", NDJSON_LONE_SURROGATE},
	{"i_string_invalid_utf-8.json", NDJSON_BAD_UTF8},
	{"i_string_inverted_surrogates_U+1D11E.json", NDJSON_LONE_SURROGATE},
	{"i_string_iso_latin_1.json", NDJSON_BAD_UTF8},
	{"i_string_lone_second_surrogate.json", NDJSON_LONE_SURROGATE},
	{"i_string_lone_utf8_continuation_byte.json", NDJSON_BAD_UTF8},
	{"i_string_not_in_unicode_range.json", NDJSON_BAD_UTF8},
	{"i_string_overlong_sequence_2_bytes.json", NDJSON_BAD_UTF8},
	{"i_string_overlong_sequence_6_bytes.json", NDJSON_BAD_UTF8},
	{"i_string_overlong_sequence_6_bytes_null.json", NDJSON_BAD_UTF8},
	{"i_string_truncated-utf-8.json", NDJSON_BAD_UTF8},
	{"i_string_utf16BE_no_BOM.json", NDJSON_NUL},
	{"i_string_utf16LE_no_BOM.json", NDJSON_NUL},
	{"i_structure_500_nested_arrays.json", NDJSON_OK},
	{"i_structure_UTF-8_BOM_empty_object.json", NDJSON_BOM},
};

static const char *
folder(void)
{
	static char path[LIMIT_PATH];
	const char *shared = getenv("PLAYPIPE_SHARED");

	snprintf(path, sizeof(path), "%s/data/json-test-suite/test_parsing",
		 shared == NULL ? "../shared" : shared);
	return path;
}

static char *
slurp(const char *name, size_t *n)
{
	char path[2 * LIMIT_PATH];
	static char text[1 << 20];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder(), name);
	in = fopen(path, "rb");
	assert_non_null(in);
	*n = fread(text, 1, sizeof(text), in);
	fclose(in);
	return text;
}

static enum ndjson_reason
judge(const char *name)
{
	size_t n, at;
	const char *text = slurp(name, &n);
	enum ndjson_reason reason = ndjson_validate(text, n, DEPTH, 0, &at);

	assert_true(at <= n);
	return reason;
}

static void
check_implementation_defined(const char *name, enum ndjson_reason reason)
{
	size_t count = sizeof(implementation_defined) /
		       sizeof(implementation_defined[0]);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(implementation_defined[i].name, name) == 0) {
			if (implementation_defined[i].reason != reason)
				fail_msg("%s: %s", name,
					 ndjson_reason_name(reason));
			return;
		}
	}
	fail_msg("%s is not in the table", name);
}

static void
test_whole_suite(void **state)
{
	unsigned seen[3] = {0};
	struct dirent *e;
	DIR *d = opendir(folder());

	(void)state;
	if (d == NULL) {
		print_message("no %s: set PLAYPIPE_SHARED\n", folder());
		skip();
	}
	while ((e = readdir(d)) != NULL) {
		const char *name = e->d_name;
		enum ndjson_reason reason;

		if (name[0] == '.')
			continue;
		reason = judge(name);
		if (name[0] == 'y' && reason != NDJSON_OK)
			fail_msg("%s: %s", name, ndjson_reason_name(reason));
		if (name[0] == 'n' && reason == NDJSON_OK)
			fail_msg("%s is accepted", name);
		if (name[0] == 'i')
			check_implementation_defined(name, reason);
		seen[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
	}
	closedir(d);
	assert_int_equal(seen[0], 95);
	assert_int_equal(seen[1], 188);
	assert_int_equal(seen[2], 35);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_suite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
