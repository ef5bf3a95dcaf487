/* SPDX-License-Identifier: MIT */
/* The reader: reasons and offsets, odd inputs, and that every kernel agrees
 * with the exact parser wherever blocks and reads happen to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ndjson_twin.h"

/* ---- what is wrong, and where ---- */

static const struct {
	const char *line;
	enum ndjson_reason full;
	size_t at;
	enum ndjson_reason structural;
} judged[] = {
	{"{\"a\":1}", NDJSON_OK, 0, NDJSON_OK},
	{" { \"a\" : 1 , \"b\" : [ { } ] } ", NDJSON_OK, 0, NDJSON_OK},
	{"{}", NDJSON_OK, 0, NDJSON_OK},
	{"", NDJSON_BLANK, 0, NDJSON_BLANK},
	{" \t ", NDJSON_BLANK, 3, NDJSON_BLANK},
	{"[1]", NDJSON_NOT_OBJECT, 0, NDJSON_NOT_OBJECT},
	{"[", NDJSON_NOT_OBJECT, 0, NDJSON_NOT_OBJECT},
	{" 12", NDJSON_NOT_OBJECT, 1, NDJSON_NOT_OBJECT},
	{"nil", NDJSON_BAD_LITERAL, 0, NDJSON_BAD_LITERAL},
	{"{\"a\":1", NDJSON_CUT, 6, NDJSON_CUT},
	{"{\"a\":\"x", NDJSON_CUT, 7, NDJSON_CUT},
	{"{\"a\":tru", NDJSON_CUT, 8, NDJSON_CUT},
	{"{\"a\":1}{\"a\":2}", NDJSON_TRAILING, 7, NDJSON_TRAILING},
	{"{\"a\":1} x", NDJSON_TRAILING, 8, NDJSON_TRAILING},
	{"{\"a\"  1}", NDJSON_MISSING_COLON, 6, NDJSON_MISSING_COLON},
	{"{\"a\":1 \"b\":2}", NDJSON_MISSING_COMMA, 7, NDJSON_MISSING_COMMA},
	{"{\"a\":1,}", NDJSON_TRAILING_COMMA, 7, NDJSON_TRAILING_COMMA},
	{"{,\"a\":1}", NDJSON_BAD_TOKEN, 1, NDJSON_BAD_TOKEN},
	{"{\"a\":}", NDJSON_BAD_TOKEN, 5, NDJSON_BAD_TOKEN},
	{"{\"c\": ,\"a\":1}", NDJSON_BAD_TOKEN, 6, NDJSON_BAD_TOKEN},
	{"{a:1}", NDJSON_BAD_KEY, 1, NDJSON_BAD_KEY},
	{"{\"a\":1,2:3}", NDJSON_BAD_KEY, 7, NDJSON_BAD_KEY},
	{"{\"a\":NaN}", NDJSON_BAD_LITERAL, 5, NDJSON_BAD_LITERAL},
	{"{\"a\":01}", NDJSON_BAD_NUMBER, 6, NDJSON_BAD_NUMBER},
	{"{\"a\":1.}", NDJSON_BAD_NUMBER, 7, NDJSON_BAD_NUMBER},
	{"{\"a\":+1}", NDJSON_BAD_NUMBER, 5, NDJSON_BAD_NUMBER},
	{"{\"a\":\"\\x\"}", NDJSON_BAD_ESCAPE, 7, NDJSON_BAD_ESCAPE},
	{"{\"a\":\"\\u12g4\"}", NDJSON_BAD_ESCAPE, 10, NDJSON_BAD_ESCAPE},
	{"{\"a\":\"\\ud800\"}", NDJSON_LONE_SURROGATE, 6,
	 NDJSON_LONE_SURROGATE},
	{"{\"a\":\"\t\"}", NDJSON_CONTROL_CHAR, 6, NDJSON_CONTROL_CHAR},
	{"{\"a\":\x01 1}", NDJSON_CONTROL_CHAR, 5, NDJSON_CONTROL_CHAR},
	{"{\"a\":\"\xc3\"}", NDJSON_BAD_UTF8, 6, NDJSON_BAD_UTF8},
	{"{\"a\":1}\xef\xbb\xbf", NDJSON_BOM, 7, NDJSON_BOM},
	{"{\"a\":1,\"a\":2}", NDJSON_DUP_KEY, 7, NDJSON_DUP_KEY},
	{"{\"a\":1,\"\\u0061\":2}", NDJSON_DUP_KEY, 7, NDJSON_DUP_KEY},
	{"{\"b\":1,\"alias\":2}", NDJSON_DUP_KEY, 7, NDJSON_DUP_KEY},
	{"{\"c\":1,\"c\":2}", NDJSON_DUP_KEY, 7, NDJSON_DUP_KEY},
	/* What nobody asked for is looked at from outside only. */
	{"{\"c\":{\"a\":1,\"a\":2}}", NDJSON_OK, 0, NDJSON_OK},
	{"{\"c\":01}", NDJSON_BAD_NUMBER, 6, NDJSON_OK},
	{"{\"c\":\"\\q\"}", NDJSON_BAD_ESCAPE, 7, NDJSON_OK},
	{"{\"c\":1{\"b\":2}}", NDJSON_MISSING_COMMA, 6, NDJSON_OK},
	{"{\"c\":\"x\"\"y\"}", NDJSON_MISSING_COMMA, 8, NDJSON_OK},
	{"{\"c\":[1}", NDJSON_BAD_TOKEN, 7, NDJSON_BAD_TOKEN},
	{"{\"c\":]}", NDJSON_BAD_TOKEN, 5, NDJSON_BAD_TOKEN},
	{"{\"c\":\\\"}", NDJSON_BAD_TOKEN, 5, NDJSON_OK},
	{"{\"c\":\"\x1f\"}", NDJSON_CONTROL_CHAR, 6, NDJSON_CONTROL_CHAR},
	{"{\"c\":\"\xff\"}", NDJSON_BAD_UTF8, 6, NDJSON_BAD_UTF8},
};
#define JUDGED (sizeof(judged) / sizeof(judged[0]))

static struct ndjson *
open_reader(enum ndjson_mode mode, size_t max_line)
{
	struct ndjson_options o = {.mode = mode, .max_line = max_line};
	struct ndjson *r = NULL;

	assert_int_equal(
		ndjson_open(&r, twin_keys, twin_slots, TWIN_KEYS, &o, NULL), 0);
	return r;
}

static void
check_judged(enum ndjson_mode mode, size_t i)
{
	struct twin t = {.p = judged[i].line, .n = strlen(judged[i].line)};
	enum ndjson_reason want = mode == NDJSON_FULL ? judged[i].full
						      : judged[i].structural;
	struct ndjson *r = open_reader(mode, 0);
	struct ndjson_line line;

	ndjson_start(r, twin_read, &t);
	if (t.n == 0) {
		t.p = "\n";
		t.n = 1;
	}
	assert_int_equal(ndjson_next(r, &line, NULL), 1);
	if (line.reason != want ||
	    (line.reason == judged[i].full && line.bad_at != judged[i].at))
		fail_msg("%s: %s at %zu", judged[i].line,
			 ndjson_reason_name(line.reason), line.bad_at);
	assert_int_equal(ndjson_next(r, &line, NULL), 0);
	ndjson_close(r);
}

static void
names_reason_and_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < JUDGED; i++) {
		check_judged(NDJSON_FULL, i);
		check_judged(NDJSON_STRUCTURAL, i);
	}
}

/* ---- the fast path is the exact parser ---- */

/* Lines that meet every turn of the fast path; each twice or more, so that
 * it is known when it comes again. */
static const char *const shapes[] = {
	"{\"a\":1,\"b\":\"x\",\"c\":null}",
	"{\"a\":1,\"b\":\"x\",\"c\":null}",
	"{\"a\":-2.5e3,\"b\":\"\\\"\\\\\",\"c\":true}",
	"{\"a\":12345678,\"b\":\"\",\"c\":false}",
	"{\"a\":123456789012345678901,\"b\":\"\\u00e4\\ud83d\\ude00\","
	"\"c\":\"q\\\\\"}",
	"{\"a\":0,\"b\":\"\\\\\\\\\\\\\\\"\",\"c\":0.5}",
	"{\"a\":1234567.25,\"b\":\"{\\\"[,]}\",\"c\":-0}",
	"{\"a\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\",\"b\":1,\"c\":\"\"}",
	"{\"a\":{\"a\":[1,{\"x\":\"}\"}]},\"b\":[],\"c\":{}}",
	"{\"a\":{\"a\":[1,{\"x\":\"}\"}]},\"b\":[],\"c\":[[[]]]}",
	"{\"a\":1,\"c\":[1}",
	"{\"a\":1,\"c\":{\"x\":1]}",
	"{\"a\":1,\"c\":{\"x\":1}x,\"b\":2}",
	"{\"a\":1,\"c\":{\"x\":1} ,\"b\":2}",
	"{\"b\":\"x\",\"a\":1,\"c\":null}",
	"{\"c\":\"x\",\"b\":1,\"a\":null}",
	"{\"alias\":1,\"long\xc3\xa4key\":2}",
	"{\"a\":1,\"a\":1}",
	"{\"a\":1,\"b\":1,\"a\":1}",
	"{\"b\":1,\"alias\":1}",
	"{\"c\":1,\"d\":2,\"c\":3}",
	"{\"a\": 1, \"b\": \"x\", \"c\": null}",
	"{\"a\": 1, \"b\": \"x\", \"c\": null} ",
	"{ \"a\" :1\t,\"b\":\"x\" }\t",
	" {\"a\":1}",
	"{\"@barrier\":{\"job\":\"x\"}}",
	"{\"a\":1,\"b\":\"x\",\"c\":nul}",
	"{\"a\":1,\"b\":\"x\",\"c\":}",
	"{\"a\":1,\"b\":\"x\",\"c\": }",
	"{\"a\":1,\"b\":\"x\"\"y\"}",
	"{\"a\":1,\"b\":\"x\" \"y\"}",
	"{\"a\":1,\"c\":1{\"b\":2}}",
	"{\"a\":1,\"c\":\"x\"\"y\"}",
	"{\"a\":1,\"b\":\"x",
	"{\"a\":1,\"b",
	"{\"a\":1,\"b\\",
	"{\"a\":1,\"b\":\"x\\",
	"{\"a\":1}{\"b\":2}",
	"{\"a\":1}}",
	"{\"a\":1\\,\"b\":2}",
	"{\"a\":1,\"b\":\"\t\"}",
	"{\"a\":1,\"b\":\"\x7f\x01\"}",
	"{\"a\":1,\"b\":\"\xed\xa0\x80\"}",
	"{\"a\":1,\"b\":\"\xc3\"}",
	"{\"a\":\xef\xbb\xbf"
	"1}",
	"{\"c\":\xe2\x82\xac}",
	"{\"a\":1,\"bb\":1,\"a-key-that-is-longer-than-what-can-be-"
	"remembered-of-a-head\":1}",
	"{\"\\u0061\":1,\"b\":2}",
	"{\"a\":1,\"b\":2}\r",
	"\r",
	"",
	"[1,2]",
	"{}",
	"{\"c\":[[[[[[[[1]]]]]]]],\"b\":3}",
	"{\"a\":\"0123456789012345678901234567890123456789012345678901234567"
	"8901234567890123456789012345678901234567890123456789012345678901234"
	"5678901234567890\",\"b\":1}",
	"{\"a\":1,\"b\":\"x\",\"c\":null}",
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* All shapes, `rounds` times, each round in another order, behind `shift`
 * blanks. */
static size_t
corpus(char *out, size_t cap, size_t shift, size_t rounds)
{
	size_t n = shift;

	memset(out, ' ', shift);
	for (size_t i = 0; i < rounds * SHAPES; i++) {
		const char *line = shapes[i * (1 + 2 * (i / SHAPES)) % SHAPES];
		size_t len = strlen(line);

		assert_true(n + len + 1 < cap);
		memcpy(out + n, line, len);
		n += len;
		out[n++] = '\n';
	}
	return n - 1; /* without the last LF */
}

static void
check_twin(struct twin *t)
{
	if (!twin_agrees(t))
		fail_msg("%s", t->why);
}

/* In every kernel, both modes, with and without rest. */
static void
check_all(struct twin t)
{
	for (const char *const *k = twin_kernels(); *k != NULL; k++) {
		for (int i = 0; i < 4; i++) {
			t.kernel = *k;
			t.options.mode = i % 2 == 0 ? NDJSON_FULL
						    : NDJSON_STRUCTURAL;
			t.options.want_rest = i / 2 == 1;
			check_twin(&t);
		}
	}
}

static char text[1 << 17];

static void
agrees_at_every_alignment(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 64; shift++) {
		size_t n = corpus(text, sizeof(text), shift, 12);

		check_all((struct twin){
			.p = text, .n = n, .options = {.max_line = 4096}});
	}
}

static void
agrees_at_every_split(void **state)
{
	size_t n = corpus(text, sizeof(text), 0, 2);

	(void)state;
	for (size_t split = 1; split < n; split++) {
		struct twin t = {.p = text,
				 .n = n,
				 .first_read = split,
				 .options = {.max_line = 4096,
					     .want_rest = split % 2 == 0}};

		for (const char *const *k = twin_kernels(); *k != NULL; k++) {
			t.kernel = *k;
			t.options.mode = NDJSON_FULL;
			check_twin(&t);
			t.options.mode = NDJSON_STRUCTURAL;
			check_twin(&t);
		}
	}
}

static void
agrees_in_small_reads(void **state)
{
	size_t n = corpus(text, sizeof(text), 0, 3);

	(void)state;
	for (size_t each = 1; each < 140; each++)
		check_all((struct twin){.p = text,
					.n = n,
					.first_read = each,
					.each_read = each,
					.options = {.max_line = 4096}});
}

static void
agrees_on_long_lines(void **state)
{
	size_t n = corpus(text, sizeof(text), 0, 3);

	(void)state;
	for (size_t max_line = 1; max_line < 130; max_line += 3) {
		for (size_t each = 1; each < 300; each = 2 * each + 1)
			check_all(
				(struct twin){.p = text,
					      .n = n,
					      .each_read = each,
					      .options = {.max_line = max_line,
							  .max_depth = 4}});
	}
}

/* Members that come and go: lines turn from path to path, to more of them
 * than are remembered; every 16th has one of its keys twice, every 23rd is
 * bad. */
static void
agrees_on_optional_keys(void **state)
{
	static const char *const member[] = {
		"\"a\":-1",	 "\"c\":\"x\"", "\"d\":[1,{}]",
		"\"b\":\"\\n\"", "\"e\":null",	"\"long\xc3\xa4key\":1.5",
		"\"f\":true",	 "\"g\":0",
	};
	uint64_t random = 1;
	size_t n = 0;

	(void)state;
	for (unsigned i = 1; n + 200 < sizeof(text); i++) {
		unsigned wanted;

		random = random * 6364136223846793005u + 1442695040888963407u;
		/* few kinds of lines first, then any */
		wanted = (unsigned)(random >> 40) & (i < 400 ? 0x4a : 0xff);
		text[n++] = '{';
		for (unsigned k = 0; k < 8; k++)
			if ((wanted >> k & 1) != 0)
				n += (size_t)snprintf(text + n,
						      sizeof(text) - n, "%s,",
						      member[k]);
		if (i % 16 == 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s,",
					      member[random >> 60 & 7]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\"z\":%s}\n",
				      i % 23 == 0 ? "" : "7");
	}
	check_all((struct twin){
		.p = text, .n = n, .options = {.max_line = 4096}});
}

/* A line with every pair of bytes from 80 on, and with threes and fours
 * around the borders of what is UTF-8. */
static void
agrees_on_utf8(void **state)
{
	static const unsigned char third[] = {0x7f, 0x80, 0xbf, 0xc0};
	static const unsigned char fourth[] = {'x', 0x80, 0xbf, 0xf0, '"'};
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 128 * 256; i++) {
		char seq[4] = {(char)(0x80 + i / 256), (char)(i % 256),
			       (char)third[i % 7 % 4],
			       (char)fourth[i % 11 % 5]};

		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "{\"c\":\"%.*s", (int)(i % 5), "xxxx");
		memcpy(text + n, seq, 4);
		n += 4;
		memcpy(text + n, "\",\"b\":1}\n", 9);
		n += 9;
		if (n + 100 > sizeof(text) || i == 128 * 256 - 1) {
			check_all((struct twin){.p = text,
						.n = n,
						.options = {.max_line = 99}});
			n = 0;
		}
	}
}

/* ---- inputs ---- */

/* Many keys: more than can be known, then one too many for a line. */
static void
many_keys(void **state)
{
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "{\"a\":%u,\"k%u\":1,\"b\":2}\n", i, i);
	check_all((struct twin){
		.p = text, .n = n, .options = {.max_line = 4096}});
	n = 0;
	for (unsigned lines = 1022; lines < 1028; lines++) {
		for (unsigned i = 0; i < lines; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%c\"%u\":1", i == 0 ? '{' : ',',
					      i);
		memcpy(text + n, "}\n", 2);
		n += 2;
	}
	check_all((struct twin){
		.p = text, .n = n, .options = {.max_line = sizeof(text)}});
}

/* A line over several blocks, in constant memory: n counts, the rest is
 * gone; and a long one that is not too long. */
static void
line_over_many_blocks(void **state)
{
	size_t n = 3 << 20;
	char *big = malloc(n);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', n);
	memcpy(big, "{\"a\":1}\n{\"a\":\"", 14);
	memcpy(big + n - 20, "\"}\n{\"a\":1,\"b\":2}\n  ", 19);
	check_all((struct twin){
		.p = big, .n = n, .options = {.max_line = LIMIT_LINE}});
	check_all((struct twin){.p = big,
				.n = n,
				.each_read = 5000,
				.options = {.max_line = 4 << 20}});
	free(big);
}

static void
marks_and_ends(void **state)
{
	static const char *const inputs[] = {
		"",
		"\xef\xbb\xbf",
		"\xef\xbb",
		"\n",
		"\xef\xbb\xbf{\"a\":1}\r\n\r\n",
		"\r",
		"{}\r",
		"\n\n\xef\xbb\xbf{}\n",
		"\xef\xbb\xbf\xef\xbb\xbf",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		for (size_t each = 0; each < 5; each++)
			check_all((struct twin){.p = inputs[i],
						.n = strlen(inputs[i]),
						.first_read = each,
						.each_read = each,
						.options = {.max_line = 99}});
	}
	check_all((struct twin){.p = "{\"a\":\"\0\"}\n\0\n",
				.n = 12,
				.options = {.max_line = 99}});
}

static void
starts_anew(void **state)
{
	struct twin t = {.p = "{\"a\":1}\n{\"a\":\"cut", .n = 17};
	struct ndjson *r = open_reader(NDJSON_FULL, 0);
	struct ndjson_line line;

	(void)state;
	for (int i = 0; i < 3; i++) {
		t.at = 0;
		ndjson_start(r, twin_read, &t);
		assert_int_equal(ndjson_next(r, &line, NULL), 1);
		assert_int_equal(line.number, 1);
		assert_int_equal(line.offset, 0);
		assert_false(ndjson_is_drained(r));
	}
	assert_int_equal(ndjson_next(r, &line, NULL), 1);
	assert_int_equal(line.reason, NDJSON_CUT);
	assert_true(ndjson_is_drained(r));
	assert_int_equal(ndjson_next(r, &line, NULL), 0);
	assert_int_equal(ndjson_next(r, &line, NULL), 0);
	ndjson_close(r);
}

static int
read_that_fails(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	(void)ctx;
	(void)dst;
	(void)cap;
	(void)got;
	return fail_set(f, FAIL_IO, "no luck");
}

static void
passes_failures_on(void **state)
{
	struct ndjson *r = open_reader(NDJSON_FULL, 0);
	struct ndjson_options o = {.max_line = LIMIT_LINE_MAX + 1};
	struct ndjson_line line;
	struct fail f = {0};

	(void)state;
	ndjson_start(r, read_that_fails, NULL);
	assert_int_equal(ndjson_next(r, &line, &f), FAIL_IO);
	assert_string_equal(f.text, "no luck");
	ndjson_close(r);
	assert_int_equal(ndjson_open(&r, NULL, NULL, 0, &o, NULL), FAIL_USAGE);
	assert_null(r);
	o = (struct ndjson_options){.max_depth = 100000};
	assert_int_equal(ndjson_open(&r, NULL, NULL, 0, &o, NULL), FAIL_USAGE);
	setenv("PLAYPIPE_KERNEL", "abacus", 1);
	o = (struct ndjson_options){0};
	assert_int_equal(ndjson_open(&r, NULL, NULL, 0, &o, NULL), FAIL_USAGE);
	unsetenv("PLAYPIPE_KERNEL");
}

/* Lines alone are the same lines; only what has to be read is judged. */
static void
lines_alone(void **state)
{
	size_t n = corpus(text, sizeof(text), 1, 4);

	(void)state;
	for (size_t step = 1; step < 300; step++) {
		struct twin a = {.p = text, .n = n, .each_read = step};
		struct twin b = {.p = text, .n = n};
		struct ndjson *lines = NULL;
		struct ndjson *exact = open_reader(NDJSON_STRUCTURAL, 100);
		struct ndjson_options o = {.mode = NDJSON_LINES,
					   .max_line = 100};
		struct ndjson_line is, was;

		assert_int_equal(ndjson_open(&lines, NULL, NULL, 0, &o, NULL),
				 0);
		ndjson_start(lines, twin_read, &a);
		ndjson_start(exact, twin_read, &b);
		while (ndjson_next(exact, &was, NULL) > 0) {
			assert_int_equal(ndjson_next(lines, &is, NULL), 1);
			assert_int_equal(is.n, was.n);
			assert_memory_equal(is.p, was.p, was.n);
			assert_int_equal(is.number, was.number);
			assert_int_equal(is.offset, was.offset);
			assert_int_equal(is.raw_n, was.raw_n);
			assert_int_equal(is.is_special, was.is_special);
			if (is.reason == NDJSON_OK && was.reason != NDJSON_OK)
				assert_true(was.n > 0 && *was.p != ' ');
			else
				assert_int_equal(is.reason, was.reason);
		}
		assert_int_equal(ndjson_next(lines, &is, NULL), 0);
		ndjson_close(lines);
		ndjson_close(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_reason_and_byte),
		cmocka_unit_test(agrees_at_every_alignment),
		cmocka_unit_test(agrees_at_every_split),
		cmocka_unit_test(agrees_in_small_reads),
		cmocka_unit_test(agrees_on_long_lines),
		cmocka_unit_test(agrees_on_optional_keys),
		cmocka_unit_test(agrees_on_utf8),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(line_over_many_blocks),
		cmocka_unit_test(marks_and_ends),
		cmocka_unit_test(starts_anew),
		cmocka_unit_test(passes_failures_on),
		cmocka_unit_test(lines_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
