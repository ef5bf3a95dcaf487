/* SPDX-License-Identifier: MIT */
/* Documents: parsing, getters and their sentences, writing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "doc/doc.h"

static struct doc *
parse(const char *text)
{
	struct fail f = {0};
	struct doc *d = NULL;
	int rc = doc_parse(&d, str_of(text), "t.json", FAIL_USAGE, 0, &f);

	if (rc != 0)
		fail_msg("%s", f.text);
	return d;
}

static void
test_syntax_error_has_place(void **state)
{
	struct fail f = {0};
	struct doc *d;

	(void)state;
	assert_int_equal(doc_parse(&d, STR_LIT("{\"a\":1,\n  b}"), "t.json",
				   FAIL_DATA, 0, &f),
			 FAIL_DATA);
	assert_null(d);
	assert_non_null(strstr(f.text, "'t.json': line 2, column "));
}

static void
test_refused_documents(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[1,]",
		"{} {}",
		"1 2",
		"{\"a\":1 \"b\":2}",
		"99999999999999999999",
		"\"\xff\"",
		"nul",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fail f = {0};
		struct doc *d;

		assert_int_equal(
			doc_parse(&d, str_of(bad[i]), "t", FAIL_USAGE, 0, &f),
			FAIL_USAGE);
		assert_true(f.text[0] != '\0');
	}
}

static void
test_duplicate_keys(void **state)
{
	struct str text = STR_LIT("{\"a\":1,\"a\":2}");
	struct fail f = {0};
	struct doc *d;

	(void)state;
	assert_int_equal(
		doc_parse(&d, text, "t", FAIL_USAGE, DOC_UNIQUE_KEYS, &f),
		FAIL_USAGE);
	assert_int_equal(doc_parse(&d, text, "t", FAIL_USAGE, 0, NULL), 0);
	doc_close(d);
}

static void
test_getters(void **state)
{
	struct doc *d = parse("{\"s\":\"x\",\"i\":9223372036854775807,"
			      "\"w\":3.0,\"f\":0.5,\"b\":true,\"n\":null,"
			      "\"o\":{},\"a\":[1,2]}");
	struct doc_val root = doc_root(d), v;
	struct fail f = {0};
	struct str s = {0};
	int64_t i = 0;
	double x = 0;
	bool b = false;

	(void)state;
	assert_int_equal(doc_get_str(root, "s", &s, &f), 0);
	assert_true(str_is(s, "x"));
	assert_int_equal(doc_get_i64(root, "i", &i, &f), 0);
	assert_true(i == INT64_MAX);
	assert_int_equal(doc_get_i64(root, "w", &i, &f), 0);
	assert_true(i == 3);
	assert_int_equal(doc_get_f64(root, "f", &x, &f), 0);
	assert_true(x == 0.5);
	assert_int_equal(doc_get_f64(root, "w", &x, &f), 0);
	assert_int_equal(doc_get_bool(root, "b", &b, &f), 0);
	assert_true(b);
	assert_int_equal(doc_get_object(root, "o", &v, &f), 0);
	assert_int_equal(doc_get_array(root, "a", &v, &f), 0);
	assert_int_equal(doc_len(v), 2);
	assert_int_equal(doc_as_i64(doc_item(v, 1), &i, &f), 0);
	assert_true(i == 2);
	assert_int_equal(doc_kind(doc_item(v, 2)), DOC_ABSENT);
	assert_int_equal(doc_kind(doc_find(doc_find(root, "x"), "y")),
			 DOC_ABSENT);
	doc_close(d);
}

static void
test_optional_members(void **state)
{
	struct doc *d = parse("{\"n\":null,\"s\":\"x\"}");
	struct doc_val root = doc_root(d);
	struct fail f = {0};
	int64_t i = 7;

	(void)state;
	assert_int_equal(doc_opt_i64(root, "n", &i, &f), 0);
	assert_int_equal(doc_opt_i64(root, "absent", &i, &f), 0);
	assert_true(i == 7);
	assert_int_equal(doc_opt_i64(root, "s", &i, &f), FAIL_USAGE);
	assert_string_equal(f.text,
			    "'t.json': s: expected an integer, found a string");
	doc_close(d);
}

static void
expect_message(struct doc_val object, const char *key, const char *text)
{
	struct fail f = {0};
	double x;

	assert_int_equal(doc_get_f64(object, key, &x, &f), FAIL_USAGE);
	assert_string_equal(f.text, text);
}

static void
test_messages_name_the_path(void **state)
{
	struct doc *d = parse("{\"list\":[{},{\"args\":{\"min\":\"x\","
			      "\"max\":null}},null,null]}");
	struct doc_val root = doc_root(d);
	struct doc_val list = doc_find(root, "list");
	struct doc_val args = doc_find(doc_item(list, 1), "args");
	struct fail f = {0};

	(void)state;
	expect_message(args, "min",
		       "'t.json': list[1].args.min: expected a number, found a "
		       "string");
	expect_message(args, "max",
		       "'t.json': list[1].args.max: expected a number, found "
		       "null");
	expect_message(args, "absent",
		       "'t.json': list[1].args.absent: missing, expected a "
		       "number");
	expect_message(root, "absent",
		       "'t.json': absent: missing, expected a number");
	assert_int_equal(doc_fail(args, &f, "no %s", "way"), FAIL_USAGE);
	assert_string_equal(f.text, "'t.json': list[1].args: no way");
	doc_close(d);
}

static void
test_unknown_keys(void **state)
{
	static const char *const keys[] = {"a", "b"};
	struct doc *d = parse("{\"a\":1,\"c\":2}");
	struct fail f = {0};

	(void)state;
	assert_int_equal(doc_only_keys(doc_root(d), keys, 1, &f), FAIL_USAGE);
	assert_string_equal(f.text, "'t.json': unknown key 'c'");
	doc_close(d);
}

static void
test_rewriting_keeps_order_and_kind(void **state)
{
	static const char *const same[] = {
		"{\"z\":1,\"a\":[],\"o\":{\"x\":null}}",
		"[true,false,-9223372036854775808,0.1,1.0,1e300,\"\"]",
		"\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\xc3\xa9\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct doc *d = parse(same[i]);
		struct doc_writer w;
		struct buf b;

		buf_init(&b, 4096);
		doc_writer_init(&w, &b, 0);
		doc_put_val(&w, NULL, doc_root(d));
		assert_int_equal(doc_writer_end(&w, NULL), 0);
		assert_int_equal(b.len, strlen(same[i]));
		assert_memory_equal(b.p, same[i], b.len);
		buf_release(&b);
		doc_close(d);
	}
}

static void
test_writer(void **state)
{
	static const char *const want =
		"{\n  \"a\": 18446744073709551615,\n  \"l\": [\n    1.5,\n"
		"    \"x\"\n  ],\n  \"e\": {},\n  \"t\": true,\n  \"n\": "
		"null\n}";
	struct doc_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	doc_writer_init(&w, &b, 2);
	doc_begin_object(&w, NULL);
	doc_put_u64(&w, "a", UINT64_MAX);
	doc_begin_array(&w, "l");
	doc_put_f64(&w, NULL, 1.5);
	doc_put_cstr(&w, NULL, "x");
	doc_end_array(&w);
	doc_begin_object(&w, "e");
	doc_end_object(&w);
	doc_put_bool(&w, "t", true);
	doc_put_null(&w, "n");
	doc_end_object(&w);
	assert_int_equal(doc_writer_end(&w, NULL), 0);
	assert_int_equal(b.len, strlen(want));
	assert_memory_equal(b.p, want, b.len);
	buf_release(&b);
}

static void
test_writer_stops_at_the_maximum(void **state)
{
	struct fail f = {0};
	struct doc_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	doc_writer_init(&w, &b, 0);
	doc_put_cstr(&w, NULL, "more than ten bytes");
	assert_int_equal(doc_writer_end(&w, &f), FAIL_MEMORY);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax_error_has_place),
		cmocka_unit_test(test_refused_documents),
		cmocka_unit_test(test_duplicate_keys),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_optional_members),
		cmocka_unit_test(test_messages_name_the_path),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_rewriting_keeps_order_and_kind),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_stops_at_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
