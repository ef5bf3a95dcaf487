/* SPDX-License-Identifier: MIT */
/*
 * A test's hand on lib/parquet: "make" and "nested" write files from formulas
 * that the test knows too, "dump" prints a file's flat columns as NDJSON,
 * "json" all columns as lake-cat would, "items" the values at paths row by row,
 * "bench" times the encoder on a batch like lake-put's.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

static int
write_file(void *arg, const void *p, size_t n, struct fail *f)
{
	return fwrite(p, 1, n, arg) == n
		       ? 0
		       : fail_set(f, FAIL_IO, "cannot write the file");
}

static int
read_file(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	if (fseek(arg, (long)offset, SEEK_SET) != 0 ||
	    fread(dst, 1, n, arg) != n)
		return fail_set(f, FAIL_IO, "cannot read the file");
	return 0;
}

/* ---- dump ---- */

static void
print_text(struct str s, bool is_binary)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_binary)
			printf("%02x", c);
		else if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* Times as their integers, decimals unscaled, floats with all digits. */
static void
print_value(const struct table_column *c, size_t row)
{
	enum table_type type = c->field.type;

	if (table_is_null(c, row))
		printf("null");
	else if (type == TABLE_BOOLEAN)
		printf(table_i64(c, row) ? "true" : "false");
	else if (table_type_is_text(type))
		print_text(table_str(c, row), type == TABLE_BINARY);
	else if (table_type_is_float(type) && isnan(table_f64(c, row)))
		printf("NaN");
	else if (table_type_is_float(type) && isinf(table_f64(c, row)))
		printf(table_f64(c, row) > 0 ? "Infinity" : "-Infinity");
	else if (table_type_is_float(type))
		printf("%.17g", table_f64(c, row));
	else
		printf("%lld", (long long)table_i64(c, row));
}

static void
print_rows(const struct table *t)
{
	for (size_t row = 0; row < t->row_n; row++) {
		putchar('{');
		for (size_t i = 0; i < t->column_n; i++) {
			if (i > 0)
				putchar(',');
			print_text(t->column[i].field.name, false);
			putchar(':');
			print_value(&t->column[i], row);
		}
		printf("}\n");
	}
}

/* Nested columns are left out and named on stderr. */
static int
dump_rows(struct parquet_reader *r, struct fail *f)
{
	struct table_field field[LIMIT_COLUMNS];
	const struct table_field *all;
	size_t all_n, n = 0;
	struct table t;
	int rc = parquet_reader_fields(r, &all, &all_n, f);

	for (size_t i = 0; rc == 0 && i < all_n && n < LIMIT_COLUMNS; i++) {
		if (all[i].type != TABLE_TYPES)
			field[n++] = all[i];
		else
			fprintf(stderr, "skipped: %.*s\n",
				STR_ARG(all[i].name));
	}
	if (rc == 0)
		rc = table_init(&t, field, n, 1u << 30, f);
	if (rc != 0)
		return rc;
	rc = parquet_select(r, &t, NULL, f);
	while (rc == 0) {
		rc = parquet_next(r, &t, 10007, f);
		if (rc != 0 || t.row_n == 0)
			break;
		print_rows(&t);
	}
	table_release(&t);
	return rc;
}

static int
print_json(const struct table *t, const struct parquet_want *want,
	   struct fail *f)
{
	struct buf out;
	int rc = 0;

	buf_init(&out, SIZE_MAX);
	for (size_t row = 0; row < t->row_n && rc == 0; row++) {
		rc = buf_add_char(&out, '{');
		for (size_t i = 0; i < t->column_n && rc == 0; i++) {
			const struct table_column *c = &t->column[i];
			struct table_field field = c->field;
			struct table_value v = {0};
			size_t start = out.len;

			if (table_is_null(c, row))
				continue;
			if (parquet_is_json(&want[i]))
				field.type = TABLE_TYPES;
			if (table_type_is_text(c->field.type))
				v.str = table_str(c, row);
			else if (table_type_is_float(c->field.type))
				v.f64 = table_f64(c, row);
			else
				v.i64 = table_i64(c, row);
			rc = buf_addf(&out, "%s\"%.*s\":",
				      out.p[start - 1] == '{' ? "" : ",",
				      STR_ARG(c->field.name));
			if (rc == 0)
				rc = table_put_json(&out, &field, &v);
		}
		if (rc == 0)
			rc = buf_add_cstr(&out, "}\n");
		fwrite(out.p, 1, out.len, stdout);
		buf_reset(&out);
	}
	buf_release(&out);
	return rc == 0 ? 0 : fail_memory(f);
}

/* One column of JSON text a column of the file; "json" prints all of them as
 * lake-cat would. */
static int
json_rows(struct parquet_reader *r, struct fail *f)
{
	struct table_field field[LIMIT_COLUMNS];
	struct parquet_want any[LIMIT_COLUMNS];
	const struct parquet_want *want;
	struct arena mem = {0};
	struct table t = {0};
	size_t n = 0;
	int rc = parquet_describe(r, &mem, &want, &n, f);

	for (size_t i = 0; rc == 0 && i < n && i < LIMIT_COLUMNS; i++) {
		bool is_json = parquet_is_json(&want[i]);

		any[i] = want[i];
		field[i] = (struct table_field){
			.name = want[i].name,
			.type = is_json ? TABLE_STRING : want[i].type,
			.precision = want[i].precision,
			.scale = want[i].scale,
		};
	}
	if (rc == 0)
		rc = table_init(&t, field, n, 1u << 30, f);
	if (rc == 0)
		rc = parquet_select(r, &t, any, f);
	while (rc == 0) {
		rc = parquet_next(r, &t, 10007, f);
		if (rc != 0 || t.row_n == 0)
			break;
		rc = print_json(&t, any, f);
	}
	table_release(&t);
	arena_release(&mem);
	return rc;
}

static int
with_file(const char *path,
	  int (*use)(struct parquet_reader *r, struct fail *f), struct fail *f)
{
	struct parquet_source src = {read_file, NULL, 0, path};
	struct parquet_reader *r = NULL;
	FILE *fp = fopen(path, "rb");
	int rc;

	if (fp == NULL)
		return fail_set(f, FAIL_IO, "cannot open '%s'", path);
	fseek(fp, 0, SEEK_END);
	src.size = (uint64_t)ftell(fp);
	src.arg = fp;
	rc = parquet_reader_open(&r, src, f);
	if (rc == 0)
		rc = use(r, f);
	parquet_reader_close(r);
	fclose(fp);
	return rc;
}

/* ---- make ---- */

#define MAKE_COLUMNS 16

static const struct table_field make_field[MAKE_COLUMNS] = {
	{STR_INIT("id"), TABLE_INT64, 0, 0},
	{STR_INIT("flag"), TABLE_BOOLEAN, 0, 0},
	{STR_INIT("i8"), TABLE_INT8, 0, 0},
	{STR_INIT("i16"), TABLE_INT16, 0, 0},
	{STR_INIT("i32"), TABLE_INT32, 0, 0},
	{STR_INIT("i64"), TABLE_INT64, 0, 0},
	{STR_INIT("f32"), TABLE_FLOAT, 0, 0},
	{STR_INIT("f64"), TABLE_DOUBLE, 0, 0},
	{STR_INIT("day"), TABLE_DATE, 0, 0},
	{STR_INIT("moment"), TABLE_TIMESTAMP, 0, 0},
	{STR_INIT("local"), TABLE_TIMESTAMP_NTZ, 0, 0},
	{STR_INIT("price"), TABLE_DECIMAL, 9, 2},
	{STR_INIT("total"), TABLE_DECIMAL, 18, 4},
	{STR_INIT("word"), TABLE_STRING, 0, 0},
	{STR_INIT("name"), TABLE_STRING, 0, 0},
	{STR_INIT("raw"), TABLE_BINARY, 0, 0},
};

/* Row i, in formulas that parquet.t repeats. Column 13 has few values, 14
 * is unique; the row is null in column c when (i + c) % 7 == 0, but in 0. */
static int
make_row(struct table *t, int64_t i, struct fail *f)
{
	char text[64];
	int rc = 0;

	table_put_i64(t, 0, i);
	for (size_t c = 1; c < MAKE_COLUMNS && rc == 0; c++) {
		if ((i + (int64_t)c) % 7 == 0)
			continue;
		switch (c) {
		case 1:
			table_put_i64(t, c, i % 3 == 0);
			break;
		case 2:
			table_put_i64(t, c, i % 256 - 128);
			break;
		case 3:
			table_put_i64(t, c, i % 65536 - 32768);
			break;
		case 4:
			table_put_i64(t, c, i * 7919 % 1000003 - 500000);
			break;
		case 5:
			table_put_i64(t, c, i * 1000000007 - 1);
			break;
		case 6:
		case 7:
			table_put_f64(t, c, (double)i / 4 - 100);
			break;
		case 8:
			table_put_i64(t, c, i % 40000 - 10000);
			break;
		case 9:
		case 10:
			table_put_i64(t, c, 1795338000000000 + i * 1000001);
			break;
		case 11:
			table_put_i64(t, c, i % 1000000 - 500);
			break;
		case 12:
			table_put_i64(t, c, i * 123456789);
			break;
		case 13:
			snprintf(text, sizeof(text), "w\xc3\xb6rd-%d",
				 (int)(i % 50));
			rc = table_put_str(t, c, str_of(text), f);
			break;
		case 14:
			snprintf(text, sizeof(text), "name-%09lld",
				 (long long)(i * 7919 % 1000003));
			rc = table_put_str(t, c, str_of(text), f);
			break;
		default:
			text[0] = (char)(i % 256);
			text[1] = (char)(i / 256 % 256);
			rc = table_put_str(
				t, c, (struct str){text, (size_t)(i % 3)}, f);
		}
	}
	return rc == 0 ? table_end_row(t, f) : rc;
}

static int
make(const char *path, enum codec_kind codec, bool is_plain, int64_t rows,
     struct fail *f)
{
	struct parquet_options o = {codec, 1, is_plain};
	struct parquet_writer *w = NULL;
	struct table t;
	FILE *fp = fopen(path, "wb");
	int rc;

	if (fp == NULL)
		return fail_set(f, FAIL_IO, "cannot create '%s'", path);
	rc = table_init(&t, make_field, MAKE_COLUMNS, 1u << 30, f);
	if (rc == 0)
		rc = parquet_open_table(&w, make_field, MAKE_COLUMNS, &o,
					(struct parquet_sink){write_file, fp},
					f);
	for (int64_t i = 0; i < rows && rc == 0; i++) {
		rc = make_row(&t, i, f);
		if (rc == 0 && (t.row_n == 100000 || i + 1 == rows)) {
			rc = table_settle(&t, f);
			if (rc == 0)
				rc = parquet_write_table(w, &t, NULL, t.row_n,
							 f);
			table_reset(&t);
		}
	}
	if (rc == 0)
		rc = parquet_writer_finish(w, f);
	parquet_writer_close(w);
	table_release(&t);
	fclose(fp);
	return rc;
}

/* ---- nested ---- */

/* Part of a checkpoint's schema. */
enum {
	N_ROOT,
	N_TXN,
	N_APP_ID,
	N_VERSION,
	N_ADD,
	N_PATH,
	N_VALUES,
	N_VALUES_KV,
	N_KEY,
	N_VALUE,
	N_SIZE,
	N_TAGS,
	N_TAGS_KV,
	N_TAG_KEY,
	N_TAG_VALUE,
	N_PROTOCOL,
	N_FEATURES,
	N_FEATURES_LIST,
	N_FEATURE,
	N_NODES,
};

static const struct parquet_node nested_node[N_NODES] = {
	[N_ROOT] = {"schema", PARQUET_REQUIRED, PARQUET_GROUP, 3, 0},
	[N_TXN] = {"txn", PARQUET_OPTIONAL, PARQUET_GROUP, 2, 0},
	[N_APP_ID] = {"appId", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	[N_VERSION] = {"version", PARQUET_OPTIONAL, PARQUET_LEAF, 0,
		       TABLE_INT64},
	[N_ADD] = {"add", PARQUET_OPTIONAL, PARQUET_GROUP, 4, 0},
	[N_PATH] = {"path", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	[N_VALUES] = {"partitionValues", PARQUET_OPTIONAL, PARQUET_MAP, 1, 0},
	[N_VALUES_KV] = {"key_value", PARQUET_REPEATED, PARQUET_GROUP, 2, 0},
	[N_KEY] = {"key", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_STRING},
	[N_VALUE] = {"value", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_STRING},
	[N_SIZE] = {"size", PARQUET_OPTIONAL, PARQUET_LEAF, 0, TABLE_INT64},
	[N_TAGS] = {"tags", PARQUET_OPTIONAL, PARQUET_MAP, 1, 0},
	[N_TAGS_KV] = {"key_value", PARQUET_REPEATED, PARQUET_GROUP, 2, 0},
	[N_TAG_KEY] = {"key", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_STRING},
	[N_TAG_VALUE] = {"value", PARQUET_OPTIONAL, PARQUET_LEAF, 0,
			 TABLE_STRING},
	[N_PROTOCOL] = {"protocol", PARQUET_OPTIONAL, PARQUET_GROUP, 1, 0},
	[N_FEATURES] = {"readerFeatures", PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},
	[N_FEATURES_LIST] = {"list", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},
	[N_FEATURE] = {"element", PARQUET_OPTIONAL, PARQUET_LEAF, 0,
		       TABLE_STRING},
};

static int put_text(struct parquet_writer *w, size_t node, struct fail *f,
		    const char *fmt, ...) PORT_PRINTF(4, 5);

static int
put_text(struct parquet_writer *w, size_t node, struct fail *f, const char *fmt,
	 ...)
{
	char text[80];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return parquet_put_str(w, node, (struct str){text, (size_t)n}, f);
}

static int
nested_add(struct parquet_writer *w, int i, struct fail *f)
{
	int rc = put_text(w, N_PATH, f, "p-%d", i);

	parquet_put_present(w, N_VALUES);
	for (int k = 0; k < i % 3 && rc == 0; k++) {
		rc = put_text(w, N_KEY, f, "k%d", k);
		if (rc == 0 && k % 2 == 0)
			rc = put_text(w, N_VALUE, f, "v%d", i);
		else if (rc == 0)
			rc = parquet_put_null(w, N_VALUE, f);
	}
	if (rc == 0 && i % 8 != 1)
		rc = parquet_put_i64(w, N_SIZE, i, f);
	return rc;
}

/* The rows that arrow_reads_nested of parquet_compare.py expects. */
static int
nested_row(struct parquet_writer *w, int i, struct fail *f)
{
	int rc = 0;

	if (i % 4 == 0) {
		rc = put_text(w, N_APP_ID, f, "app-%d", i);
		if (rc == 0)
			rc = parquet_put_i64(w, N_VERSION, i, f);
	} else if (i % 4 == 1) {
		rc = nested_add(w, i, f);
	} else if (i % 4 == 2) {
		parquet_put_present(w, N_FEATURES);
		for (int k = 0; k < i % 5 && rc == 0; k++)
			rc = put_text(w, N_FEATURE, f, "feature-%d", k);
	}
	return rc == 0 ? parquet_end_row(w, f) : rc;
}

static int
nested(const char *path, int rows, struct fail *f)
{
	struct parquet_options o = {CODEC_SNAPPY, 0, true};
	struct parquet_writer *w = NULL;
	FILE *fp = fopen(path, "wb");
	int rc;

	if (fp == NULL)
		return fail_set(f, FAIL_IO, "cannot create '%s'", path);
	rc = parquet_open_nested(&w, nested_node, N_NODES, &o,
				 (struct parquet_sink){write_file, fp}, f);
	for (int i = 0; i < rows && rc == 0; i++)
		rc = nested_row(w, i, f);
	if (rc == 0)
		rc = parquet_writer_finish(w, f);
	parquet_writer_close(w);
	fclose(fp);
	return rc;
}

/* ---- items ---- */

/* Paths of leaves give arrays of texts or integers, others presence. */
static void
print_items(const struct parquet_reader *r, const char *path, int node)
{
	size_t n;
	const struct parquet_item *item = parquet_items(r, node, &n);

	printf("\"%s\":", path);
	if (!parquet_is_leaf(r, node)) {
		printf(parquet_is_present(r, node) ? "true" : "false");
		return;
	}
	putchar('[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putchar(',');
		if (item[i].is_null)
			printf("null");
		else if (item[i].str.p != NULL)
			print_text(item[i].str, false);
		else
			printf("%lld", (long long)item[i].i64);
	}
	putchar(']');
}

static int
items(const char *path, char **name, size_t n, struct fail *f)
{
	struct parquet_source src = {read_file, NULL, 0, path};
	struct parquet_reader *r = NULL;
	FILE *fp = fopen(path, "rb");
	int node[64], leaf[64];
	bool has_row = false;
	int rc;

	if (fp == NULL || n > 64)
		return fail_set(f, FAIL_IO, "cannot open '%s'", path);
	fseek(fp, 0, SEEK_END);
	src.size = (uint64_t)ftell(fp);
	src.arg = fp;
	rc = parquet_reader_open(&r, src, f);
	for (size_t i = 0; i < n && rc == 0; i++) {
		node[i] = parquet_find(r, name[i]);
		leaf[i] = parquet_is_leaf(r, node[i]) ? node[i] : -1;
	}
	if (rc == 0)
		rc = parquet_select_leaves(r, leaf, n, f);
	while (rc == 0) {
		rc = parquet_next_row(r, &has_row, f);
		if (rc != 0 || !has_row)
			break;
		putchar('{');
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				putchar(',');
			print_items(r, name[i], node[i]);
		}
		printf("}\n");
	}
	parquet_reader_close(r);
	fclose(fp);
	return rc;
}

/* ---- bench ---- */

#define BENCH_COLUMNS 13

static const struct table_field bench_field[BENCH_COLUMNS] = {
	{STR_INIT("ts"), TABLE_TIMESTAMP, 0, 0},
	{STR_INIT("eventId"), TABLE_STRING, 0, 0},
	{STR_INIT("userId"), TABLE_STRING, 0, 0},
	{STR_INIT("sessionId"), TABLE_INT64, 0, 0},
	{STR_INIT("itemInSession"), TABLE_INT32, 0, 0},
	{STR_INIT("trackId"), TABLE_STRING, 0, 0},
	{STR_INIT("song"), TABLE_STRING, 0, 0},
	{STR_INIT("artist"), TABLE_STRING, 0, 0},
	{STR_INIT("duration"), TABLE_DOUBLE, 0, 0},
	{STR_INIT("msPlayed"), TABLE_INT64, 0, 0},
	{STR_INIT("skipped"), TABLE_BOOLEAN, 0, 0},
	{STR_INIT("level"), TABLE_STRING, 0, 0},
	{STR_INIT("country"), TABLE_STRING, 0, 0},
};

static uint64_t
draw(uint64_t *state, uint64_t n)
{
	*state += 0x9e3779b97f4a7c15u;
	return hash_mix(*state) % n;
}

/* Small numbers oftener than large: popularity. */
static uint64_t
draw_popular(uint64_t *state, uint64_t n)
{
	uint64_t r = draw(state, n);

	return r * draw(state, n) / n * draw(state, n) / n;
}

static int bench_text(struct table *t, size_t col, struct fail *f,
		      const char *fmt, ...) PORT_PRINTF(4, 5);

static int
bench_text(struct table *t, size_t col, struct fail *f, const char *fmt, ...)
{
	char text[80];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return table_put_str(t, col, (struct str){text, (size_t)n}, f);
}

static int
bench_row(struct table *t, int64_t i, uint64_t *state, struct fail *f)
{
	static const char *const country[] = {"NL", "DE", "US", "GB", "FR"};
	uint64_t user = draw_popular(state, 20000);
	uint64_t track = draw_popular(state, 100000);
	uint64_t duration = 120000 + hash_mix(track) % 240000;
	bool is_skipped = draw(state, 2) == 0;
	int rc = 0;

	table_put_i64(t, 0,
		      1795338000000000 + i * 3000 +
			      (int64_t)draw(state, 2000) * 1000);
	rc |= bench_text(t, 1, f, "%016llx%08llx",
			 (unsigned long long)hash_mix((uint64_t)i),
			 (unsigned long long)draw(state, 1u << 31));
	rc |= bench_text(t, 2, f, "user-%06llu", (unsigned long long)user);
	table_put_i64(t, 3, (int64_t)(user * 100 + draw(state, 10)));
	table_put_i64(t, 4, (int64_t)draw(state, 40));
	rc |= bench_text(t, 5, f, "%011llx%011llx",
			 (unsigned long long)hash_mix(track) >> 20,
			 (unsigned long long)hash_mix(track + 1) >> 20);
	rc |= bench_text(t, 6, f, "The song number %llu of %llu",
			 (unsigned long long)track,
			 (unsigned long long)track % 1000);
	rc |= bench_text(t, 7, f, "Artist and the %llus",
			 (unsigned long long)track / 30);
	table_put_f64(t, 8, (double)duration / 1000);
	table_put_i64(t, 9,
		      is_skipped ? (int64_t)draw(state, 30000)
				 : (int64_t)duration);
	table_put_i64(t, 10, is_skipped);
	rc |= table_put_str(
		t, 11, user % 3 == 0 ? STR_LIT("paid") : STR_LIT("free"), f);
	if (i % 20 != 0)
		rc |= table_put_str(t, 12, str_of(country[user % 5]), f);
	return rc == 0 ? table_end_row(t, f) : rc;
}

static int
discard(void *arg, const void *p, size_t n, struct fail *f)
{
	(void)p;
	(void)f;
	*(size_t *)arg += n;
	return 0;
}

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
bench(enum codec_kind codec, bool is_sorted, int64_t rows, struct fail *f)
{
	struct parquet_options o = {codec, 1, false};
	uint32_t *row = malloc((size_t)rows * sizeof(*row));
	struct parquet_writer *w = NULL;
	uint64_t state = 1;
	size_t bytes = 0;
	struct table t;
	double start, sorted, end;
	int rc = table_init(&t, bench_field, BENCH_COLUMNS, 1u << 30, f);

	if (row == NULL)
		return fail_memory(f);
	start = cpu_seconds();
	for (int64_t i = 0; i < rows && rc == 0; i++) {
		rc = bench_row(&t, i, &state, f);
		row[i] = (uint32_t)i;
	}
	if (rc == 0)
		rc = table_settle(&t, f);
	printf("fill %.3f s, batch %zu MB\n", cpu_seconds() - start,
	       table_bytes(&t) >> 20);
	for (int run = 0; run < 5 && rc == 0; run++) {
		bytes = 0;
		for (int64_t i = 0; i < rows; i++)
			row[i] = (uint32_t)i;
		start = cpu_seconds();
		if (is_sorted)
			rc = table_sort(&t, 0, row, t.row_n, f);
		sorted = cpu_seconds();
		if (rc == 0)
			rc = parquet_open_table(
				&w, bench_field, BENCH_COLUMNS, &o,
				(struct parquet_sink){discard, &bytes}, f);
		if (rc == 0)
			rc = parquet_write_table(w, &t, is_sorted ? row : NULL,
						 t.row_n, f);
		if (rc == 0)
			rc = parquet_writer_finish(w, f);
		parquet_writer_close(w);
		w = NULL;
		end = cpu_seconds();
		printf("sort %.3f s, encode %.3f s, %.2f M rows/s, %.1f MB\n",
		       sorted - start, end - sorted,
		       (double)rows / (end - start) / 1e6, (double)bytes / 1e6);
	}
	table_release(&t);
	free(row);
	return rc;
}

int
main(int argc, char **argv)
{
	struct fail f = {0};
	const char *verb = argc > 1 ? argv[1] : "";
	int rc;

	if (strcmp(verb, "make") == 0 && argc == 6)
		rc = make(argv[2], (enum codec_kind)strtol(argv[3], NULL, 10),
			  strcmp(argv[4], "plain") == 0,
			  strtol(argv[5], NULL, 10), &f);
	else if (strcmp(verb, "dump") == 0 && argc == 3)
		rc = with_file(argv[2], dump_rows, &f);
	else if (strcmp(verb, "json") == 0 && argc == 3)
		rc = with_file(argv[2], json_rows, &f);
	else if (strcmp(verb, "nested") == 0 && argc == 4)
		rc = nested(argv[2], (int)strtol(argv[3], NULL, 10), &f);
	else if (strcmp(verb, "items") == 0 && argc > 3)
		rc = items(argv[2], argv + 3, (size_t)argc - 3, &f);
	else if (strcmp(verb, "bench") == 0 && argc == 5)
		rc = bench((enum codec_kind)strtol(argv[2], NULL, 10),
			   strcmp(argv[3], "sort") == 0,
			   strtol(argv[4], NULL, 10), &f);
	else
		rc = fail_set(&f, FAIL_USAGE,
			      "usage: parquet_tool make FILE CODEC "
			      "plain|coded ROWS | dump FILE | json FILE | "
			      "nested FILE "
			      "ROWS | items FILE PATH... | bench CODEC "
			      "sort|keep ROWS");
	if (rc != 0)
		fprintf(stderr, "parquet_tool: %s\n", f.text);
	return -rc;
}
