/* SPDX-License-Identifier: MIT */
/* Values out of text and strings into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ndjson/ndjson.h"

static void
expect_unescaped(const char *text, const char *want, size_t n)
{
	char out[64];
	size_t len = ndjson_unescape(text, strlen(text), out);

	assert_int_equal(len, n);
	assert_memory_equal(out, want, n);
}

static void
unescapes(void **state)
{
	(void)state;
	expect_unescaped("plain", "plain", 5);
	expect_unescaped("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
	expect_unescaped("a\\u00e4\\u20AC!", "a\xc3\xa4\xe2\x82\xac!", 7);
	expect_unescaped("\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4);
	expect_unescaped("\\u0000", "\0", 1);
	/* Halves of pairs: a replacement each, and what follows stays. */
	expect_unescaped("\\ud83dx", "\xef\xbf\xbdx", 4);
	expect_unescaped("\\ude00\\u0041",
			 "\xef\xbf\xbd"
			 "A",
			 4);
	expect_unescaped("\\ud83d\\u0041",
			 "\xef\xbf\xbd"
			 "A",
			 4);
}

static void
copies_only_what_is_escaped(void **state)
{
	struct arena a = {0};
	struct ndjson_val plain = {.p = "xyz", .n = 3, .kind = NDJSON_STRING};
	struct ndjson_val escaped = {
		.p = "x\\n", .n = 3, .kind = NDJSON_STRING, .has_escape = true};

	(void)state;
	assert_ptr_equal(ndjson_string(&plain, &a).p, plain.p);
	assert_true(str_is(ndjson_string(&escaped, &a), "x\n"));
	arena_release(&a);
}

static void
expect_kind(const char *text, int kind, const char *raw)
{
	struct ndjson_val v = ndjson_value_of(str_of(text));

	assert_int_equal(v.kind, kind);
	assert_true(str_is(ndjson_raw(&v), raw));
}

static void
classifies(void **state)
{
	(void)state;
	expect_kind(" null ", NDJSON_NULL, "null");
	expect_kind("true", NDJSON_TRUE, "true");
	expect_kind("false", NDJSON_FALSE, "false");
	expect_kind("-12\t", NDJSON_INT, "-12");
	expect_kind("1.5", NDJSON_FLOAT, "1.5");
	expect_kind("1e5", NDJSON_FLOAT, "1e5");
	expect_kind(" \"a\\\"b\" ", NDJSON_STRING, "\"a\\\"b\"");
	expect_kind("{\"a\":\"}\"} ", NDJSON_OBJECT, "{\"a\":\"}\"}");
	expect_kind("[[1],\"]\"]", NDJSON_ARRAY, "[[1],\"]\"]");
	assert_int_equal(ndjson_value_of(str_of("")).kind, NDJSON_ABSENT);
	assert_int_equal(ndjson_value_of(str_of("  ")).kind, NDJSON_ABSENT);
	assert_true(ndjson_value_of(str_of("\"\\n\"")).has_escape);
}

static void
expect_next(struct ndjson_iter *it, const char *key, const char *raw)
{
	struct str k;
	struct ndjson_val v;

	assert_true(ndjson_iter_next(it, &k, &v));
	assert_true(str_is(k, key));
	assert_true(str_is(ndjson_raw(&v), raw));
}

static void
walks_members_and_items(void **state)
{
	struct ndjson_iter it = ndjson_members(
		str_of(" { \"a\" : 1 ,\"\":[1,{\"x\":2}],\"c\\\"\":\"d\"} "));
	struct str k;
	struct ndjson_val v;

	(void)state;
	expect_next(&it, "a", "1");
	expect_next(&it, "", "[1,{\"x\":2}]");
	expect_next(&it, "c\\\"", "\"d\"");
	assert_false(ndjson_iter_next(&it, &k, &v));
	assert_false(ndjson_iter_next(&it, &k, &v));
	it = ndjson_members(str_of("[\"a\" , \"b\",[],null]"));
	expect_next(&it, "", "\"a\"");
	expect_next(&it, "", "\"b\"");
	expect_next(&it, "", "[]");
	expect_next(&it, "", "null");
	assert_false(ndjson_iter_next(&it, &k, &v));
	it = ndjson_members(str_of("{}"));
	assert_false(ndjson_iter_next(&it, &k, &v));
	it = ndjson_members(str_of(""));
	assert_false(ndjson_iter_next(&it, &k, &v));
}

/* What is written reads back, whatever bytes there are. */
static void
writes_strings(void **state)
{
	struct buf b;
	char all[0x80 + 2];
	char back[sizeof(all)];
	struct ndjson_val v;
	size_t at;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(ndjson_put_string(&b, str_of("a\"\\/\n\x01\x7f")), 0);
	assert_true(str_is(buf_str(&b), "\"a\\\"\\\\/\\n\\u0001\x7f\""));
	buf_reset(&b);
	for (size_t i = 0; i < 0x80; i++)
		all[i] = (char)i;
	memcpy(all + 0x80, "\xc3\xa4", 2);
	assert_int_equal(ndjson_put_string(&b, (struct str){all, sizeof(all)}),
			 0);
	assert_int_equal(ndjson_validate(b.p, b.len, 1, 0, &at), NDJSON_OK);
	v = ndjson_value_of(buf_str(&b));
	assert_int_equal(ndjson_unescape(v.p, v.n, back), sizeof(all));
	assert_memory_equal(back, all, sizeof(all));
	buf_release(&b);
	buf_init(&b, 10);
	assert_int_equal(ndjson_put_string(&b, str_of("longer than ten")),
			 FAIL_MEMORY);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

/* A line's bytes are kept whatever they are. */
static void
writes_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 40);
	assert_int_equal(ndjson_put_base64(&b, str_of("a\xff")), 0);
	assert_true(str_is(buf_str(&b), "\"Yf8=\""));
	buf_reset(&b);
	assert_int_equal(ndjson_put_raw(&b, str_of("a\"")), 0);
	assert_true(str_is(buf_str(&b), "\"raw\":\"a\\\"\""));
	buf_reset(&b);
	assert_int_equal(ndjson_put_raw(&b, str_of("a\xff")), 0);
	assert_true(str_is(buf_str(&b), "\"rawBase64\":\"Yf8=\""));
	buf_release(&b);
	buf_init(&b, 8);
	assert_int_equal(ndjson_put_base64(&b, str_of("abcdef")), FAIL_MEMORY);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
finds_bad_utf8(void **state)
{
	size_t at = 0;

	(void)state;
	assert_true(ndjson_is_utf8("", 0, &at));
	assert_true(ndjson_is_utf8("0123456789\xf4\x8f\xbf\xbf", 14, &at));
	assert_false(ndjson_is_utf8("0123456789\xf4\x90\x80\x80", 14, &at));
	assert_int_equal(at, 10);
	assert_false(ndjson_is_utf8("ab\xe2\x82", 4, &at));
	assert_int_equal(at, 2);
	assert_false(ndjson_is_utf8("\xc0\x80", 2, &at));
}

static void
validates_whole_documents(void **state)
{
	static const char two[] = "{\"a\":1,\n\"a\":2}\n";
	size_t at;

	(void)state;
	assert_int_equal(ndjson_validate(two, strlen(two), 1, 0, &at),
			 NDJSON_OK);
	assert_int_equal(ndjson_validate("[[1]]", 5, 1, 0, &at),
			 NDJSON_TOO_DEEP);
	assert_int_equal(at, 1);
	assert_int_equal(ndjson_validate("\"\\ud800\"", 8, 1, 0, &at),
			 NDJSON_LONE_SURROGATE);
	assert_int_equal(ndjson_validate("\"\\ud800\"", 8, 1,
					 NDJSON_ALLOW_LONE_SURROGATES, &at),
			 NDJSON_OK);
}

static void
has_a_word_for_everything(void **state)
{
	(void)state;
	for (int i = 0; i < NDJSON_REASONS; i++) {
		const char *hint = ndjson_reason_hint((enum ndjson_reason)i);

		assert_true(strlen(ndjson_reason_name((enum ndjson_reason)i)) >
			    0);
		assert_true(strlen(hint) > 10);
		assert_int_not_equal(hint[strlen(hint) - 1], ' ');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
				ndjson_reason_name((enum ndjson_reason)i),
				ndjson_reason_name((enum ndjson_reason)j));
	}
	assert_string_equal(ndjson_kind_name(NDJSON_STRING), "a string");
	assert_string_equal(ndjson_kind_name(99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unescapes),
		cmocka_unit_test(copies_only_what_is_escaped),
		cmocka_unit_test(classifies),
		cmocka_unit_test(walks_members_and_items),
		cmocka_unit_test(writes_strings),
		cmocka_unit_test(writes_bytes),
		cmocka_unit_test(finds_bad_utf8),
		cmocka_unit_test(validates_whole_documents),
		cmocka_unit_test(has_a_word_for_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
