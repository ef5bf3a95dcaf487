/* SPDX-License-Identifier: MIT */
/* delta: deletion vectors, from their bytes to the rows that are left. */
#include "codec/codec.h"
#include "delta/roaring.h"
#include "delta_logs.h"

/* ---- making them ---- */

static void
put_u16(struct buf *b, unsigned v)
{
	assert_int_equal(buf_add_char(b, (char)(v & 0xff)), 0);
	assert_int_equal(buf_add_char(b, (char)(v >> 8)), 0);
}

static void
put_u32(struct buf *b, uint32_t v)
{
	put_u16(b, v & 0xffff);
	put_u16(b, v >> 16);
}

static void
put_u32_big(struct buf *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		assert_int_equal(buf_add_char(b, (char)(v >> shift & 0xff)), 0);
}

static void
begin_vector(struct buf *b, uint32_t buckets)
{
	buf_init(b, 1 << 20);
	put_u32(b, 1681511377);
	put_u32(b, buckets);
	put_u32(b, 0);
}

/* One block with these rows, as an array. */
static void
put_array(struct buf *b, uint32_t high, unsigned block, const unsigned *row,
	  unsigned n)
{
	put_u32(b, high);
	put_u32(b, 12346);
	put_u32(b, 1);
	put_u16(b, block);
	put_u16(b, n - 1);
	put_u32(b, 16);
	for (unsigned i = 0; i < n; i++)
		put_u16(b, row[i]);
}

/* One block of runs; n rows in all. */
static void
put_runs(struct buf *b, unsigned n, const unsigned (*run)[2], unsigned run_n)
{
	put_u32(b, 0);
	put_u32(b, 12347); /* of one block */
	assert_int_equal(buf_add_char(b, 1), 0);
	put_u16(b, 0);
	put_u16(b, n - 1);
	put_u16(b, run_n);
	for (unsigned i = 0; i < run_n; i++) {
		put_u16(b, run[i][0]);
		put_u16(b, run[i][1]);
	}
}

/* One block with every second row of the first 10,000. */
static void
put_bits(struct buf *b)
{
	put_u32(b, 0);
	put_u32(b, 12346);
	put_u32(b, 1);
	put_u16(b, 0);
	put_u16(b, 5000 - 1);
	put_u32(b, 16);
	for (unsigned i = 0; i < 8192; i++)
		assert_int_equal(buf_add_char(b, i < 1250 ? 0x55 : 0), 0);
}

static void
z85(const struct buf *b, char *dst)
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

	for (size_t i = 0; i < b->len; i += 4) {
		uint32_t v = 0;

		for (size_t k = i; k < i + 4; k++)
			v = v << 8 | (k < b->len ? (unsigned char)b->p[k] : 0u);
		for (int k = 4; k >= 0; k--, v /= 85)
			dst[k] = digits[v % 85];
		dst += 5;
	}
	*dst = '\0';
}

/* ---- texts ---- */

static void
texts_in_z85(void **state)
{
	static const char *const bad[] = {"Hello", "Hell", "Hello\"orld",
					  "#####"};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	/* the example of ZeroMQ's RFC 32 */
	assert_int_equal(log_z85_decode(STR_LIT("HelloWorld"), &out, NULL), 0);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.p, "\x86\x4f\xd2\x6f\xb5\x59\xf7\x5b", 8);
	for (size_t i = 1; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(log_z85_decode(str_of(bad[i]), &out, NULL),
				 FAIL_DATA);
	buf_release(&out);
}

/* ---- bitmaps ---- */

/* Which of the first n rows are left, as n texts of '1'. */
static size_t
left_of(const struct roaring *r, uint64_t first, uint32_t *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		row[i] = (uint32_t)i;
	return roaring_drop(r, first, row, n);
}

static void
rows_of_each_form_are_dropped(void **state)
{
	static const unsigned some[] = {0, 5, 65535};
	static const unsigned runs[][2] = {{10, 4}, {20, 0}, {65530, 5}};
	static uint32_t row[16384];
	struct arena mem = {0};
	struct roaring r;
	struct buf b;
	uint64_t last;

	(void)state;
	begin_vector(&b, 2);
	put_array(&b, 0, 3, some, 3);
	put_array(&b, 1, 0, some, 2);
	assert_int_equal(roaring_parse(&r, buf_str(&b), &mem, NULL), 0);
	assert_int_equal(r.row_n, 5);
	assert_true(roaring_last(&r, &last));
	assert_int_equal(last, ((uint64_t)1 << 32) + 5);
	assert_int_equal(left_of(&r, 0, row, 10), 10);
	assert_int_equal(left_of(&r, 3 * 65536 - 1, row, 8), 6);
	assert_int_equal(row[1], 2);
	assert_int_equal(row[5], 7); /* 5 of the block was at 6 */
	assert_int_equal(left_of(&r, 4 * 65536 - 1, row, 2), 1);
	assert_int_equal(left_of(&r, (uint64_t)1 << 32, row, 6), 4);
	buf_release(&b);

	begin_vector(&b, 1);
	put_runs(&b, 5 + 1 + 6, runs, 3);
	assert_int_equal(roaring_parse(&r, buf_str(&b), &mem, NULL), 0);
	assert_int_equal(left_of(&r, 0, row, 100), 94);
	assert_int_equal(row[10], 15);
	assert_int_equal(left_of(&r, 65529, row, 8), 2);
	assert_int_equal(row[1], 7);
	buf_release(&b);

	begin_vector(&b, 1);
	put_bits(&b);
	assert_int_equal(roaring_parse(&r, buf_str(&b), &mem, NULL), 0);
	assert_true(roaring_last(&r, &last));
	assert_int_equal(last, 9998);
	assert_int_equal(left_of(&r, 0, row, 16384), 16384 - 5000);
	assert_int_equal(row[0], 1);
	buf_release(&b);

	begin_vector(&b, 0);
	assert_int_equal(roaring_parse(&r, buf_str(&b), &mem, NULL), 0);
	assert_int_equal(left_of(&r, 0, row, 10), 10);
	assert_false(roaring_last(&r, &last));
	buf_release(&b);
	arena_release(&mem);
}

static void
damage(struct buf *b, const char *says)
{
	struct arena mem = {0};
	struct fail f = {0};
	struct roaring r;

	assert_int_equal(roaring_parse(&r, buf_str(b), &mem, &f), FAIL_DATA);
	if (strstr(f.text, says) == NULL)
		fail_msg("'%s' does not say '%s'", f.text, says);
	arena_release(&mem);
	buf_release(b);
}

static void
damaged_vectors_are_refused(void **state)
{
	static const unsigned row[] = {1, 2}, back[] = {2, 1};
	static const unsigned over[][2] = {{10, 4}, {12, 0}};
	static const unsigned far[][2] = {{65530, 6}};
	struct buf b;

	(void)state;
	for (size_t cut = 0; cut < 36; cut++) {
		begin_vector(&b, 1);
		put_array(&b, 0, 0, row, 2);
		assert_int_equal(b.len, 36);
		b.len = cut;
		damage(&b, "cut short");
	}
	begin_vector(&b, 1);
	b.p[0] = 16; /* of the form before this one */
	damage(&b, "begins with");
	begin_vector(&b, 1);
	put_array(&b, 0, 0, back, 2);
	damage(&b, "do not rise");
	begin_vector(&b, 2);
	put_array(&b, 0, 1, row, 2);
	put_array(&b, 0, 1, row, 2);
	damage(&b, "blocks do not rise");
	begin_vector(&b, 1);
	put_array(&b, 1u << 31, 0, row, 2);
	damage(&b, "too large");
	begin_vector(&b, 1);
	put_runs(&b, 6, over, 2);
	damage(&b, "runs do not rise");
	begin_vector(&b, 1);
	put_runs(&b, 7, far, 1);
	damage(&b, "runs do not rise");
	begin_vector(&b, 1);
	put_runs(&b, 3, over, 1);
	damage(&b, "count right");
	begin_vector(&b, 1);
	put_bits(&b);
	b.p[b.len - 1] = 1;
	damage(&b, "count right");
	begin_vector(&b, 0xffffffff);
	damage(&b, "too many bitmaps");
	begin_vector(&b, 1);
	put_u32(&b, 0);
	put_u32(&b, 12346);
	put_u32(&b, 0xffffffff);
	damage(&b, "too many blocks");
	begin_vector(&b, 0);
	put_u16(&b, 0);
	damage(&b, "behind its end");
}

/* ---- places ---- */

/* The rows of PROTOCOL.md's third example, whose own text is of the format
 * before; this one is delta-kernel-rs' (deletion_vector.rs). */
static void
the_protocols_inline_example(void **state)
{
	static const unsigned rows[] = {3, 4, 7, 11, 18, 29};
	struct delta_dv dv = {
		.kind = STR_LIT("i"),
		.place = STR_LIT("^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@"
				 "D72lkbi5=-{L"),
		.offset = -1,
		.bytes = 44,
		.row_n = 6};
	static const uint32_t left[] = {0,  1,	2,  5,	6,  8,	9,  10,
					12, 13, 14, 15, 16, 17, 19, 20,
					21, 22, 23, 24, 25, 26, 27, 28};
	struct delta *d = opened("inline");
	struct arena mem = {0};
	uint32_t row[30];
	struct roaring r;
	struct fail f = {0};
	struct buf b;
	char text[100];

	(void)state;
	begin_vector(&b, 1);
	put_array(&b, 0, 0, rows, 6);
	z85(&b, text);
	assert_true(str_is(dv.place, text));
	buf_release(&b);
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), 0);
	assert_int_equal(left_of(&r, 0, row, 30), 24);
	assert_memory_equal(row, left, sizeof(left));
	dv.row_n = 7;
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), FAIL_DATA);
	dv.row_n = 6;
	dv.bytes = 45;
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), FAIL_DATA);
	dv.bytes = 40;
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), FAIL_DATA);
	dv.place = STR_LIT(
		"wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L");
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "format that we do not know"));
	arena_release(&mem);
	delta_close(d);
}

static void
put_file(struct delta *d, const char *key, const struct buf *b)
{
	assert_int_equal(
		store_put(delta_store(d), str_of(key), buf_str(b), NULL), 0);
}

static void
vectors_in_files_are_checked(void **state)
{
	static const char name[] =
		"ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
	static const unsigned some[] = {1, 3};
	struct delta_dv dv = {.kind = STR_LIT("u"),
			      .place = STR_LIT("ab^-aqEH.-t@S}K{vb[*k^"),
			      .offset = 3,
			      .bytes = 36,
			      .row_n = 2};
	struct {
		int64_t offset, bytes, row_n;
		size_t change; /* byte of the file to change, 0 none */
		const char *says;
	} bad[] = {
		{4, 36, 2, SIZE_MAX, "ends at byte"},
		{3, 35, 2, SIZE_MAX, "there are 36 bytes"},
		{3, 36, 3, SIZE_MAX, "has 2 rows"},
		{3, 36, 2, 0, "version"},
		{3, 36, 2, 40, "checksum"},
		{3, -1, 2, SIZE_MAX, "size of -1"},
		{3, (int64_t)1 << 40, 2, SIZE_MAX, "size of"},
		{(int64_t)1 << 40, 36, 2, SIZE_MAX, "ends at byte"},
	};
	struct delta *d = opened("files");
	struct arena mem = {0};
	struct buf b, file;
	struct roaring r;
	struct fail f = {0};
	char path[LIMIT_PATH];

	(void)state;
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, name));
	begin_vector(&b, 1);
	put_array(&b, 0, 0, some, 2);
	buf_init(&file, 1000);
	assert_int_equal(buf_add(&file, "\1xx", 3), 0);
	put_u32_big(&file, (uint32_t)b.len);
	assert_int_equal(buf_add_str(&file, buf_str(&b)), 0);
	put_u32_big(&file, codec_crc32(b.p, b.len));
	put_file(d, name, &file);
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), 0);
	assert_int_equal(r.row_n, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct delta_dv wrong = dv;

		f = (struct fail){0};
		wrong.offset = bad[i].offset;
		wrong.bytes = bad[i].bytes;
		wrong.row_n = bad[i].row_n;
		if (bad[i].change != SIZE_MAX) {
			file.p[bad[i].change] ^= 2;
			put_file(d, name, &file);
		}
		assert_int_equal(log_dv_read(d, &wrong, &mem, &r, &f),
				 FAIL_DATA);
		if (strstr(f.text, bad[i].says) == NULL)
			fail_msg("'%s' does not say '%s'", f.text, bad[i].says);
		if (bad[i].change != SIZE_MAX) {
			file.p[bad[i].change] ^= 2;
			put_file(d, name, &file);
		}
	}
	/* the same file by an absolute path, encoded */
	snprintf(path, sizeof(path), "file://%s/files/%%61b/%s", scratch_folder,
		 name + 3);
	dv.kind = STR_LIT("p");
	dv.place = str_of(path);
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), 0);
	dv.place = STR_LIT("s3://bucket/x.bin");
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), FAIL_USAGE);
	dv.kind = STR_LIT("x");
	assert_int_equal(log_dv_read(d, &dv, &mem, &r, NULL), FAIL_USAGE);
	buf_release(&b);
	buf_release(&file);
	arena_release(&mem);
	delta_close(d);
}

/* ---- rows ---- */

/* 700 rows with ids from 0 in one file of three row groups. */
static void
put_rows(struct fixture *x)
{
	struct delta_writer_options o = {
		.meta = &x->meta, .sort_column = 1, .group_rows = 300};
	struct delta_change c = {.operation = "WRITE", .mode = "Append"};
	struct delta_writer *w;
	bool is_partition;
	size_t id;

	assert_int_equal(delta_writer_open(&w, x->d, &o, NULL), 0);
	delta_writer_set(w, delta_writer_place(w, 0, &is_partition),
			 (struct expr_cell){.i64 = 20000});
	id = delta_writer_place(w, 1, &is_partition);
	for (int64_t i = 0; i < 700; i++) {
		table_put_i64(delta_writer_row(w), id, i);
		assert_int_equal(delta_writer_end_row(w, NULL), 0);
	}
	assert_int_equal(delta_writer_files(w, &c.add, &c.add_n, NULL), 0);
	assert_int_equal(c.add_n, 1);
	c.meta = &x->meta;
	assert_int_equal(delta_commit(x->d, x->s, &c, NULL, NULL), 0);
	delta_writer_done(w);
	delta_writer_close(w);
}

static int64_t
sum_ids(struct delta *d, const struct delta_snapshot *s, const char *where,
	uint64_t *rows, struct fail *f)
{
	int column[] = {1};
	struct delta_scan_options o = {
		.meta = &s->meta, .column = column, .column_n = 1};
	struct delta_scan *scan;
	struct delta_batch b;
	int64_t sum = 0;
	int rc = 0;

	*rows = 0;
	if (where != NULL)
		assert_int_equal(expr_parse(&o.where, str_of(where), NULL), 0);
	assert_int_equal(delta_scan_open(&scan, d, &o, NULL), 0);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		bool is_skipped;

		if (!s->is_live[i])
			continue;
		rc = delta_scan_file(scan, &s->file[i], &is_skipped, f);
		while (rc == 0 && (rc = delta_scan_next(scan, &b, f)) > 0) {
			rc = 0;
			*rows += b.row_n;
			for (size_t k = 0; k < b.row_n; k++)
				sum += delta_batch_cell(&b, 0, b.row[k]).i64;
		}
	}
	delta_scan_close(scan);
	expr_close(o.where);
	return rc < 0 ? rc : sum;
}

/* Commit `version`: the one file with a vector in the place of what it had. */
static void
delete_rows(struct fixture *x, const char *key, const struct buf *vector,
	    int row_n, const char *before)
{
	struct str path = {NULL, 0};
	char text[4096], place[512];

	for (size_t i = 0; i < x->s->file_n; i++)
		if (x->s->is_live[i])
			path = x->s->file[i].path;
	z85(vector, place);
	snprintf(text, sizeof(text),
		 "{\"add\":{\"path\":\"%.*s\",\"partitionValues\":{\"day\":"
		 "\"2024-10-04\"},\"size\":1,\"modificationTime\":1,"
		 "\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":700}\","
		 "\"deletionVector\":{\"storageType\":\"i\",\"pathOrInlineDv\":"
		 "\"%s\",\"sizeInBytes\":%zu,\"cardinality\":%d}}}\n"
		 "{\"remove\":{\"path\":\"%.*s\",\"dataChange\":true%s}}\n",
		 STR_ARG(path), place, vector->len, row_n, STR_ARG(path),
		 before);
	put(x->d, key, text);
}

static void
rows_that_are_deleted_are_not_read(void **state)
{
	static const unsigned one[] = {0, 299, 300, 699}, two[] = {700};
	const int64_t all = 699 * 700 / 2;
	struct delta_snapshot *s;
	struct fixture x;
	struct fail f = {0};
	struct buf b;
	uint64_t rows;

	(void)state;
	begin(&x, "deleted");
	put_rows(&x);
	begin_vector(&b, 1);
	put_array(&b, 0, 0, one, 4);
	delete_rows(&x, LOG(1.json), &b, 4, "");
	s = loaded(x.d, DELTA_LATEST);
	assert_int_equal(s->file_n, 2);
	assert_int_equal(live(s), 1);
	assert_int_equal(sum_ids(x.d, s, NULL, &rows, NULL),
			 all - 299 - 300 - 699);
	assert_int_equal(rows, 696);
	assert_int_equal(sum_ids(x.d, s, "id >= 299 AND id < 302", &rows, NULL),
			 301);
	assert_int_equal(rows, 1);
	for (size_t i = 0; i < s->file_n; i++)
		if (s->is_live[i]) {
			assert_true(delta_file_rows(&s->file[i], &rows));
			assert_int_equal(rows, 696);
		}
	delta_snapshot_close(s);
	/* a time before is as it was */
	s = loaded(x.d, 0);
	assert_int_equal(sum_ids(x.d, s, NULL, &rows, NULL), all);
	delta_snapshot_close(s);
	buf_release(&b);
	/* a vector of another file, it seems */
	begin_vector(&b, 1);
	put_array(&b, 0, 0, two, 1);
	delete_rows(&x, LOG(1.json), &b, 1, "");
	s = loaded(x.d, DELTA_LATEST);
	assert_int_equal(sum_ids(x.d, s, NULL, &rows, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "row 701 of 700"));
	delta_snapshot_close(s);
	buf_release(&b);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_in_z85),
		cmocka_unit_test(rows_of_each_form_are_dropped),
		cmocka_unit_test(damaged_vectors_are_refused),
		cmocka_unit_test(the_protocols_inline_example),
		cmocka_unit_test(vectors_in_files_are_checked),
		cmocka_unit_test(rows_that_are_deleted_are_not_read),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
