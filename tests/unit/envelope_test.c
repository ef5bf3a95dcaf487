/* SPDX-License-Identifier: MIT */
/* Envelopes: what a line looks like, that it comes back the same, and what
 * is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "envelope/envelope.h"
#include "lines.h"

#define FRONT                                                                  \
	"{\"topic\":\"t\",\"partition\":0,\"offset\":12,\"ts\":1795338000000," \
	"\"tsType\":\"create\","

static struct envelope
a_record(void)
{
	return (struct envelope){.topic = STR_LIT("t"),
				 .offset = 12,
				 .time_ms = 1795338000000,
				 .key = STR_LIT("u42"),
				 .value = STR_LIT("{\"userId\":42}")};
}

static void
same_text(struct str a, struct str b)
{
	assert_int_equal(a.p == NULL, b.p == NULL);
	assert_true(str_equal(a, b));
}

static void
same_record(const struct envelope *a, const struct envelope *b)
{
	same_text(a->topic, b->topic);
	same_text(a->key, b->key);
	same_text(a->value, b->value);
	assert_int_equal(a->partition, b->partition);
	assert_int_equal(a->time_ms, b->time_ms);
	assert_int_equal(a->header_n, b->header_n);
	for (size_t i = 0; i < a->header_n; i++) {
		same_text(a->header[i].name, b->header[i].name);
		same_text(a->header[i].value, b->header[i].value);
	}
}

static int
parse(const char *line, struct arena *a, struct envelope *out, struct fail *f)
{
	const struct ndjson_val *val;
	const struct str *keys;
	const int *slot;
	struct lines l;
	size_t n;
	int rc;

	envelope_keys(&keys, &slot, &n);
	lines_open(&l, keys, slot, n, str_of(line));
	val = lines_next(&l);
	rc = envelope_parse(val, a, out, f);
	/* What the record borrows lives with the reader. */
	if (rc == 0) {
		struct str *text[] = {&out->topic, &out->key, &out->value};

		for (size_t i = 0; i < 3; i++)
			if (text[i]->p != NULL)
				text[i]->p = arena_copy(a, *text[i]);
		for (size_t i = 0; i < out->header_n; i++) {
			struct envelope_header *h =
				(struct envelope_header *)(uintptr_t)&out
					->header[i];

			h->name.p = arena_copy(a, h->name);
			if (h->value.p != NULL)
				h->value.p = arena_copy(a, h->value);
		}
	}
	ndjson_close(l.reader);
	return rc;
}

/* The record is written as this line, and read back from it. */
static void
is_written(const struct envelope *e, const char *line)
{
	struct envelope_writer *w;
	struct envelope back;
	struct arena a = {0};
	struct buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(envelope_writer_open(&w, NULL), 0);
	assert_int_equal(envelope_format(w, e, 1, &out), 0);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	assert_string_equal(out.p, line);
	assert_int_equal(parse(out.p, &a, &back, NULL), 0);
	same_record(e, &back);
	envelope_writer_close(w);
	buf_release(&out);
	arena_release(&a);
}

static void
values_come_back(void **state)
{
	static const struct {
		struct str value;
		const char *as;
	} one[] = {
		{STR_INIT("{\"a\":1,\"a\":[2]}"),
		 "\"value\":{\"a\":1,\"a\":[2]}"},
		{STR_INIT("[1]"), "\"value\":[1]"},
		{STR_INIT("17"), "\"value\":17"},
		{STR_INIT("1e999"), "\"value\":1e999"},
		{STR_INIT("\"x\\n\""), "\"value\":\"x\\n\""},
		{STR_INIT("{\"a\":\t1,\r\"b\":2}"),
		 "\"value\":{\"a\":\t1,\r\"b\":2}"},
		{{NULL, 0}, "\"value\":null"},
		{STR_INIT(""), "\"valueText\":\"\""},
		{STR_INIT("null"), "\"valueText\":\"null\""},
		{STR_INIT(" 17"), "\"valueText\":\" 17\""},
		{STR_INIT("{}\r"), "\"valueText\":\"{}\\r\""},
		{STR_INIT("{}\n"), "\"valueText\":\"{}\\n\""},
		{STR_INIT("{\"a\":\n1}"), "\"valueText\":\"{\\\"a\\\":\\n1}\""},
		{STR_INIT("{}\n{}"), "\"valueText\":\"{}\\n{}\""},
		{STR_INIT("\xef\xbb\xbf{}"),
		 "\"valueText\":\"\xef\xbb\xbf{}\""},
		{STR_INIT("{\"\\ud800\":1}"),
		 "\"valueText\":\"{\\\"\\\\ud800\\\":1}\""},
		{STR_INIT("a,b\0c"), "\"valueText\":\"a,b\\u0000c\""},
		{STR_INIT("\xff{}"), "\"valueBase64\":\"/3t9\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++) {
		struct envelope e = a_record();
		char line[512];

		e.value = one[i].value;
		snprintf(line, sizeof(line), FRONT "\"key\":\"u42\",%s}\n",
			 one[i].as);
		is_written(&e, line);
	}
}

static void
keys_and_headers_come_back(void **state)
{
	static const struct envelope_header header[] = {
		{STR_INIT("h"), STR_INIT("v")},
		{STR_INIT("h"), {NULL, 0}},
		{STR_INIT(""), STR_INIT("")},
		{STR_INIT("\xfe"), STR_INIT("\xff\xff")},
	};
	struct envelope e = a_record();

	(void)state;
	e.value = (struct str){0};
	e.key = (struct str){0};
	is_written(&e, FRONT "\"key\":null,\"value\":null}\n");
	e.key = STR_LIT("");
	is_written(&e, FRONT "\"key\":\"\",\"value\":null}\n");
	e.key = STR_LIT("\x80");
	is_written(&e, FRONT "\"keyBase64\":\"gA==\",\"value\":null}\n");
	e.key = STR_LIT("a\"b");
	e.header = header;
	e.header_n = 4;
	is_written(&e, FRONT
		   "\"key\":\"a\\\"b\",\"headers\":[[\"h\",\"v\"],[\"h\",null],"
		   "[\"\",\"\"],[{\"base64\":\"/g==\"},{\"base64\":\"//8=\"}]],"
		   "\"value\":null}\n");
}

static void
what_is_not_known_is_absent(void **state)
{
	struct envelope e = {.partition = -1, .offset = -1, .time_ms = -1};

	(void)state;
	is_written(&e, "{\"key\":null,\"value\":null}\n");
	e.time_ms = 0;
	e.is_append = true;
	is_written(&e, "{\"ts\":0,\"tsType\":\"append\",\"key\":null,"
		       "\"value\":null}\n");
}

/* Deeper than a reader of lines will go: so not as a value. */
static void
deep_values_are_text(void **state)
{
	struct envelope e = a_record();
	struct envelope_writer *w;
	struct envelope back;
	struct arena a = {0};
	char value[2 * LIMIT_DEPTH];
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	assert_int_equal(envelope_writer_open(&w, NULL), 0);
	for (size_t depth = LIMIT_DEPTH - 2; depth <= LIMIT_DEPTH; depth++) {
		memset(value, '[', depth);
		memset(value + depth, ']', depth);
		e.value = (struct str){value, 2 * depth};
		buf_reset(&out);
		assert_int_equal(envelope_format(w, &e, 1, &out), 0);
		assert_int_equal(buf_add_char(&out, '\0'), 0);
		assert_int_equal(strstr(out.p, "valueText") == NULL,
				 depth < LIMIT_DEPTH);
		assert_int_equal(parse(out.p, &a, &back, NULL), 0);
		same_record(&e, &back);
	}
	envelope_writer_close(w);
	buf_release(&out);
	arena_release(&a);
}

static void
no_room_leaves_nothing(void **state)
{
	struct envelope e = a_record();
	struct envelope_writer *w;
	struct buf out;

	(void)state;
	buf_init(&out, 300);
	assert_int_equal(envelope_writer_open(&w, NULL), 0);
	assert_int_equal(buf_add_cstr(&out, "x"), 0);
	e.value = (struct str){FRONT FRONT FRONT, 3 * sizeof(FRONT) - 3};
	assert_int_equal(envelope_format(w, &e, 1, &out), FAIL_MEMORY);
	assert_int_equal(out.len, 1);
	envelope_writer_close(w);
	buf_release(&out);
}

static void
refuses_what_would_be_guessing(void **state)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{"{\"value\":1}", "'key'"},
		{"{\"key\":null}", "'value'"},
		{"{\"key\":\"a\",\"keyBase64\":\"\",\"value\":1}", "'key'"},
		{"{\"key\":null,\"value\":1,\"valueText\":\"\"}", "'value'"},
		{"{\"key\":1,\"value\":1}", "'key' is an integer"},
		{"{\"keyBase64\":\"%\",\"value\":1}", "not base64"},
		{"{\"key\":null,\"valueText\":null}", "'valueText' is null"},
		{"{\"key\":null,\"valueBase64\":\"a\"}", "not base64"},
		{"{\"topic\":3,\"key\":null,\"value\":1}", "'topic'"},
		{"{\"partition\":-1,\"key\":null,\"value\":1}", "'partition'"},
		{"{\"partition\":2147483648,\"key\":null,\"value\":1}",
		 "'partition'"},
		{"{\"ts\":1.5,\"key\":null,\"value\":1}", "'ts'"},
		{"{\"headers\":{},\"key\":null,\"value\":1}", "'headers'"},
		{"{\"headers\":[1],\"key\":null,\"value\":1}", "[name, value]"},
		{"{\"headers\":[[\"a\"]],\"key\":null,\"value\":1}",
		 "[name, value]"},
		{"{\"headers\":[[\"a\",\"b\",\"c\"]],\"key\":null,\"value\":1}",
		 "[name, value]"},
		{"{\"headers\":[[null,\"b\"]],\"key\":null,\"value\":1}",
		 "'headers' is null"},
		{"{\"headers\":[[\"a\",{\"b\":\"c\"}]],\"key\":null,"
		 "\"value\":1}",
		 "base64"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct arena a = {0};
		struct envelope out;
		struct fail f = {0};

		assert_int_equal(parse(bad[i].line, &a, &out, &f), FAIL_DATA);
		assert_non_null(strstr(f.text, bad[i].why));
		arena_release(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(keys_and_headers_come_back),
		cmocka_unit_test(what_is_not_known_is_absent),
		cmocka_unit_test(deep_values_are_text),
		cmocka_unit_test(no_room_leaves_nothing),
		cmocka_unit_test(refuses_what_would_be_guessing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
