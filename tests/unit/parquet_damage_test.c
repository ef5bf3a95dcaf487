/* SPDX-License-Identifier: MIT */
/* parquet: damaged files are refused, failing stores are told. */
#include "parquet_fixture.h"

#include "base/banned.h"

/* Read all of it; 0, or the failure's code. */
static int
try_file(struct str bytes, struct fail *f)
{
	struct parquet_reader *r;
	struct table t;
	int rc = parquet_reader_open(&r, parquet_source_mem(&bytes, "file"), f);

	if (rc != 0)
		return rc;
	open_batch(&t, field, COLUMNS);
	rc = parquet_select(r, &t, NULL, f);
	do {
		if (rc == 0)
			rc = parquet_next(r, &t, 100, f);
	} while (rc == 0 && t.row_n > 0);
	table_release(&t);
	parquet_reader_close(r);
	return rc;
}

static void
a_cut_file_is_refused(void **state)
{
	struct table t;
	struct buf file;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 20, ODD_NULLS, 5);
	write_file(&t, NULL, 20, &plain, &file);
	for (size_t n = 0; n < file.len; n++) {
		struct fail f = {0};

		assert_int_equal(try_file((struct str){file.p, n}, &f),
				 FAIL_DATA);
		assert_non_null(strstr(f.text, "'file'"));
	}
	/* the tail alone has a footer that points in front of it */
	for (size_t n = 1; n < file.len; n++)
		assert_int_equal(
			try_file((struct str){file.p + n, file.len - n}, NULL),
			FAIL_DATA);
	buf_release(&file);
	table_release(&t);
}

static void
a_flipped_bit_of_a_page_is_found(void **state)
{
	struct table t;
	struct buf file;
	size_t pages;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 300, RARE_NULLS, 30);
	write_file(&t, NULL, 300, &coded, &file);
	pages = file.len - load_u32(file.p + file.len - 8) - 8;
	for (size_t i = 0; i < file.len; i++) {
		struct fail f = {0};
		int rc;

		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
		rc = try_file(buf_str(&file), &f);
		assert_true(rc == 0 || rc == FAIL_DATA || rc == FAIL_MEMORY);
		if (rc == FAIL_DATA && i > 4 && i < pages)
			assert_non_null(strstr(f.text, "byte"));
		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
	}
	assert_int_equal(try_file(buf_str(&file), NULL), 0);
	/* the body of the first page: right behind its header */
	file.p[60] = (char)~file.p[60];
	assert_int_equal(try_file(buf_str(&file), NULL), FAIL_DATA);
	buf_release(&file);
	table_release(&t);
}

static int
read_fails(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	(void)arg;
	(void)offset;
	(void)dst;
	(void)n;
	return fail_set(f, FAIL_RETRY, "the store is away");
}

static int
write_fails(void *arg, const void *p, size_t n, struct fail *f)
{
	size_t *left = arg;

	(void)p;
	if (n > *left)
		return fail_set(f, FAIL_IO, "full");
	*left -= n;
	return 0;
}

static void
a_failing_store_is_passed_on(void **state)
{
	struct parquet_source src = {read_fails, NULL, 1000, "file"};
	struct parquet_reader *r;
	struct fail f = {0};
	struct table t;

	(void)state;
	assert_int_equal(parquet_reader_open(&r, src, &f), FAIL_RETRY);
	assert_null(r);
	open_batch(&t, field, COLUMNS);
	fill(&t, 100, ODD_NULLS, 10);
	for (size_t room = 0; room < 5000; room += 37) {
		size_t left = room;
		struct parquet_sink sink = {write_fails, &left};
		struct parquet_writer *w;
		int rc = parquet_open_table(&w, field, COLUMNS, &coded, sink,
					    NULL);

		if (rc == 0)
			rc = parquet_write_table(w, &t, NULL, 100, NULL);
		if (rc == 0)
			rc = parquet_writer_finish(w, NULL);
		assert_true(rc == FAIL_IO || room > 3000);
		parquet_writer_close(w);
	}
	table_release(&t);
}

static void
what_is_no_parquet_file_is_said_so(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(try_file(STR_LIT("{\"ts\":1}\n{\"ts\":2}\n"), &f),
			 FAIL_DATA);
	assert_non_null(strstr(f.text, "not a Parquet file"));
	assert_int_equal(try_file(STR_LIT("PAR1PAR1"), NULL), FAIL_DATA);
	assert_int_equal(try_file(STR_LIT("PAR1\xff\xff\xff\xffPAR1"), NULL),
			 FAIL_DATA);
	assert_int_equal(try_file(STR_LIT(""), NULL), FAIL_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_flipped_bit_of_a_page_is_found),
		cmocka_unit_test(a_failing_store_is_passed_on),
		cmocka_unit_test(what_is_no_parquet_file_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
