/* SPDX-License-Identifier: MIT */
/* csv: quoting, nulls, and rows read back by libcsv's own parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <csv.h>

#include "csv/csv.h"

static void
expect(struct buf *b, const char *text)
{
	assert_int_equal(b->len, strlen(text));
	assert_memory_equal(b->p, text, b->len);
	buf_reset(b);
}

static void
quotes_only_where_needed(void **state)
{
	struct buf b;
	struct csvrow r;

	(void)state;
	buf_init(&b, 4096);
	r = csvrow_begin(&b);
	assert_int_equal(csvrow_text(&r, STR_LIT("plain")), 0);
	assert_int_equal(csvrow_text(&r, STR_LIT("a,b")), 0);
	assert_int_equal(csvrow_text(&r, STR_LIT("say \"hi\"")), 0);
	assert_int_equal(csvrow_text(&r, STR_LIT("two\nlines")), 0);
	assert_int_equal(csvrow_text(&r, STR_LIT("cr\r")), 0);
	assert_int_equal(csvrow_text(&r, STR_LIT(" blank")), 0);
	assert_int_equal(
		csvrow_text(&r, STR_LIT("na\xc3\xafve; \xf0\x9f\x8e\xb5")), 0);
	assert_int_equal(csvrow_end(&r), 0);
	expect(&b, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\r\","
		   "\" blank\",na\xc3\xafve; \xf0\x9f\x8e\xb5\n");
	buf_release(&b);
}

static void
null_is_not_empty(void **state)
{
	struct buf b;
	struct csvrow r;

	(void)state;
	buf_init(&b, 4096);
	r = csvrow_begin(&b);
	assert_int_equal(csvrow_null(&r), 0);
	assert_int_equal(csvrow_text(&r, (struct str){NULL, 0}), 0);
	assert_int_equal(csvrow_i64(&r, -7), 0);
	assert_int_equal(csvrow_plain(&r, STR_LIT("1.5")), 0);
	assert_int_equal(csvrow_null(&r), 0);
	assert_int_equal(csvrow_end(&r), 0);
	expect(&b, ",\"\",-7,1.5,\n");
	buf_release(&b);
}

static void
header_row(void **state)
{
	struct str names[] = {STR_LIT("date"), STR_LIT("odd,name")};
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(csvrow_header(&b, names, 2), 0);
	expect(&b, "date,\"odd,name\"\n");
	buf_release(&b);
}

static void
full_buffer_is_told(void **state)
{
	struct buf b;
	struct csvrow r;

	(void)state;
	buf_init(&b, 8);
	r = csvrow_begin(&b);
	assert_int_equal(csvrow_text(&r, STR_LIT("\"\"\"\"")), FAIL_MEMORY);
	buf_release(&b);
}

/* Every text of three bytes from a nasty alphabet comes back. */
struct seen {
	char text[8];
	size_t n, fields;
};

static void
on_field(void *s, size_t n, void *ctx)
{
	struct seen *seen = ctx;

	assert_true(n < sizeof(seen->text));
	memcpy(seen->text, s, n);
	seen->n = n;
	seen->fields++;
}

static void
libcsv_reads_it_back(void **state)
{
	static const char alphabet[] = {',', '"', '\n', '\r', ' ', 'x'};
	size_t base = sizeof(alphabet);
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < base * base * base; i++) {
		char text[3] = {alphabet[i % base], alphabet[i / base % base],
				alphabet[i / base / base]};
		struct csvrow r = csvrow_begin(&b);
		struct csv_parser p;
		struct seen seen = {.fields = 0};

		buf_reset(&b);
		assert_int_equal(csvrow_text(&r, (struct str){text, 3}), 0);
		assert_int_equal(csvrow_end(&r), 0);
		assert_int_equal(csv_init(&p, CSV_STRICT), 0);
		assert_int_equal(
			csv_parse(&p, b.p, b.len, on_field, NULL, &seen),
			b.len);
		assert_int_equal(csv_fini(&p, on_field, NULL, &seen), 0);
		csv_free(&p);
		assert_int_equal(seen.fields, 1);
		assert_int_equal(seen.n, 3);
		assert_memory_equal(seen.text, text, 3);
	}
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_only_where_needed),
		cmocka_unit_test(null_is_not_empty),
		cmocka_unit_test(header_row),
		cmocka_unit_test(full_buffer_is_told),
		cmocka_unit_test(libcsv_reads_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
