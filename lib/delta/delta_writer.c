/* SPDX-License-Identifier: MIT */
/*
 * Rows into data files. One table collects the rows of all partitions; when
 * it is full, the rows of each partition become a row group of that
 * partition's open file, chosen and sorted as lists of row numbers, so that
 * no value moves. A batch is thus one file a partition, until a file is large
 * enough or too many are open.
 */
#include "delta/log.h"

#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

#define GROUP_ROWS  ((size_t)122880) /* DuckDB's row group: reads well */
#define GROUP_BYTES ((size_t)40 << 20)
#define GROUP_LOOK  16 /* rows between two looks at the table's size */
#define FILE_BYTES  ((uint64_t)128 << 20)
#define OPEN_FILES  128
#define PARTITIONS  ((size_t)1 << 20) /* in one batch */

struct part {
	struct delta_pairs value; /* in the batch's arena */
	struct str folder;	  /* "date=2026-11-22/", or empty */
	uint32_t *row;		  /* owned; its rows of the table */
	size_t row_n;
	size_t row_cap;
	struct store_writer *file; /* NULL: none is open */
	struct parquet_writer *parquet;
	struct str key; /* of the open file */
};

/* A column of meta: of the table, or of the folders. */
struct place {
	bool is_partition;
	size_t index;
};

struct delta_writer {
	struct delta *d;
	struct delta_writer_options o;
	struct table table;
	struct table_field *field; /* of the table and of the files */
	bool *has_stats;	   /* one a field */
	struct parquet_options parquet;
	const char *suffix; /* of a file's name */
	size_t field_n;
	struct place *place; /* one a column of meta */
	int sort_column;     /* of the table, or -1 */
	const struct table_field **partition;
	struct expr_cell *cell; /* the open row's, one a partition column */
	size_t partition_n;
	struct map parts; /* values as one text -> part */
	struct part *part;
	size_t part_n;
	size_t part_cap;
	size_t last;		     /* the part of the row before */
	struct expr_cell *last_cell; /* its cells, one a partition column */
	struct buf last_text;	     /* and their texts, one behind another */
	struct buf text;
	size_t open_n;		 /* files */
	struct delta_file *file; /* finished */
	struct str *key;	 /* their names in the store */
	size_t file_n;
	size_t file_cap;
	size_t key_cap;
	struct arena mem;
	struct arena batch; /* until delta_writer_done */
};

/* ---- opening ---- */

static int
place_columns(struct delta_writer *w, struct fail *f)
{
	const struct delta_meta *m = w->o.meta;

	w->place = arena_zalloc(&w->mem, m->column_n + 1, sizeof(*w->place));
	w->field = arena_zalloc(&w->mem, m->column_n + 1, sizeof(*w->field));
	w->has_stats = arena_zalloc(&w->mem, m->column_n + 1,
				    sizeof(*w->has_stats));
	w->partition = arena_zalloc(&w->mem, m->partition_n + 1,
				    sizeof(*w->partition));
	w->cell = arena_zalloc(&w->mem, m->partition_n + 1, sizeof(*w->cell));
	w->last_cell = arena_zalloc(&w->mem, m->partition_n + 1,
				    sizeof(*w->last_cell));
	if (w->place == NULL || w->field == NULL || w->has_stats == NULL ||
	    w->partition == NULL || w->cell == NULL)
		return fail_memory(f);
	log_choose_stats(m, w->has_stats);
	w->partition_n = m->partition_n;
	for (size_t i = 0; i < m->partition_n; i++) {
		int at = delta_column_find(m, m->partition[i]);

		w->partition[i] = &m->column[at].field;
		w->place[at] = (struct place){true, i};
		w->cell[i].is_null = true;
	}
	for (size_t i = 0; i < m->column_n; i++) {
		if (w->place[i].is_partition)
			continue;
		if (m->column[i].field.type == TABLE_TYPES)
			return fail_set(
				f, FAIL_USAGE,
				"'%s': the column '%.*s' is %.*s: such "
				"a table is read, but not written",
				delta_url(w->d), STR_ARG(m->column[i].name),
				STR_ARG(delta_type_text(&m->column[i])));
		w->place[i].index = w->field_n;
		w->has_stats[w->field_n] = w->has_stats[i]; /* field_n <= i */
		w->field[w->field_n++] = m->column[i].field;
	}
	w->sort_column = -1;
	if (w->o.sort_column >= 0 && !w->place[w->o.sort_column].is_partition)
		w->sort_column = (int)w->place[w->o.sort_column].index;
	return 0;
}

/* What delta.parquet.compression.codec asks for, in any case; what we cannot
 * write is written as what is not asked for. */
static void
choose_codec(struct delta_writer *w)
{
	static const struct {
		const char *name;
		enum codec_kind codec;
		const char *suffix;
	} known[] = {
		{"zstd", CODEC_ZSTD, ".zstd.parquet"},
		{"snappy", CODEC_SNAPPY, ".snappy.parquet"},
		{"gzip", CODEC_GZIP, ".gz.parquet"},
		{"none", CODEC_NONE, ".parquet"},
		{"uncompressed", CODEC_NONE, ".parquet"},
	};
	struct str want = delta_pairs_get(
		&w->o.meta->config, STR_LIT("delta.parquet.compression.codec"));

	w->parquet = PARQUET_OPTIONS_DEFAULT;
	w->suffix = known[0].suffix;
	for (size_t i = 1; want.p != NULL && i < sizeof(known) / sizeof(*known);
	     i++)
		if (log_same_name(want, str_of(known[i].name))) {
			w->parquet.codec = known[i].codec;
			w->suffix = known[i].suffix;
		}
}

int
delta_writer_open(struct delta_writer **out, struct delta *d,
		  const struct delta_writer_options *o, struct fail *f)
{
	struct delta_writer *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return fail_memory(f);
	w->d = d;
	w->o = *o;
	if (w->o.group_rows == 0)
		w->o.group_rows = GROUP_ROWS;
	if (w->o.group_bytes == 0)
		w->o.group_bytes = GROUP_BYTES;
	if (w->o.file_bytes == 0)
		w->o.file_bytes = FILE_BYTES;
	map_init(&w->parts, PARTITIONS);
	buf_init(&w->text, LOG_SCHEMA_MAX);
	buf_init(&w->last_text, LOG_SCHEMA_MAX);
	choose_codec(w);
	rc = place_columns(w, f);
	if (rc == 0)
		rc = table_init(&w->table, w->field, w->field_n,
				w->o.group_bytes * 2 + LIMIT_LINE_MAX, f);
	if (rc != 0) {
		delta_writer_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

static void
drop_files(struct delta_writer *w)
{
	for (size_t i = 0; i < w->part_n; i++) {
		parquet_writer_close(w->part[i].parquet);
		store_writer_close(w->part[i].file);
		free(w->part[i].row);
	}
	/* Best effort: what remains is an orphan that a vacuum removes. */
	if (store_delete_many(delta_store(w->d), w->key, w->file_n, NULL) != 0)
		return;
}

void
delta_writer_close(struct delta_writer *w)
{
	if (w == NULL)
		return;
	drop_files(w);
	free(w->part);
	free(w->file);
	free(w->key);
	map_release(&w->parts);
	buf_release(&w->text);
	buf_release(&w->last_text);
	if (w->table.column != NULL)
		table_release(&w->table);
	arena_release(&w->batch);
	arena_release(&w->mem);
	free(w);
}

size_t
delta_writer_place(const struct delta_writer *w, size_t column,
		   bool *is_partition)
{
	*is_partition = w->place[column].is_partition;
	return w->place[column].index;
}

struct table *
delta_writer_row(struct delta_writer *w)
{
	return &w->table;
}

void
delta_writer_set(struct delta_writer *w, size_t partition,
		 struct expr_cell cell)
{
	w->cell[partition] = cell;
}

struct expr_cell
delta_writer_cell(const struct delta_writer *w, size_t column)
{
	const struct place *at = &w->place[column];
	enum table_type type;

	if (at->is_partition)
		return w->cell[at->index];
	if (table_open_is_null(&w->table, at->index))
		return (struct expr_cell){.is_null = true};
	type = w->field[at->index].type;
	if (table_type_is_text(type))
		return (struct expr_cell){
			.str = table_open_str(&w->table, at->index)};
	if (table_type_is_float(type))
		return (struct expr_cell){
			.f64 = table_open_cells(&w->table)[at->index].f64};
	return (struct expr_cell){
		.i64 = table_open_cells(&w->table)[at->index].i64};
}

/* ---- partitions ---- */

/* The open row's partition values as one text, with an end and a mark for
 * null, so that different values differ. */
static int
format_values(struct delta_writer *w, struct fail *f)
{
	int rc = 0;

	buf_reset(&w->text);
	for (size_t i = 0; rc == 0 && i < w->partition_n; i++) {
		rc = delta_partition_format(w->partition[i], &w->cell[i],
					    &w->text, f);
		if (rc == 0 &&
		    buf_add(&w->text, w->cell[i].is_null ? "\0n" : "\0v", 2) !=
			    0)
			rc = fail_memory(f);
	}
	return rc;
}

static int
add_folder(struct buf *path, struct str name, struct str value)
{
	int rc = log_escape_folder(name, path);

	if (rc == 0)
		rc = buf_add_char(path, '=');
	if (rc == 0 && value.n == 0)
		rc = buf_add_cstr(path, "__HIVE_DEFAULT_PARTITION__");
	else if (rc == 0)
		rc = log_escape_folder(value, path);
	return rc != 0 ? rc : buf_add_char(path, '/');
}

static int
name_part(struct delta_writer *w, struct part *p, struct fail *f)
{
	struct buf value, path;
	int rc = 0;

	p->value.n = w->partition_n;
	p->value.item = arena_zalloc(&w->batch, w->partition_n + 1,
				     sizeof(*p->value.item));
	if (p->value.item == NULL)
		return fail_memory(f);
	buf_init(&value, LOG_SCHEMA_MAX);
	buf_init(&path, LIMIT_PATH);
	for (size_t i = 0; rc == 0 && i < w->partition_n; i++) {
		struct delta_pair *pair = &p->value.item[i];

		buf_reset(&value);
		rc = delta_partition_format(w->partition[i], &w->cell[i],
					    &value, f);
		if (rc == 0)
			rc = log_copy(&w->batch, w->partition[i]->name,
				      &pair->key, f);
		if (rc == 0 && value.len > 0)
			rc = log_copy(&w->batch, buf_str(&value), &pair->value,
				      f);
		if (rc == 0 && add_folder(&path, pair->key, pair->value) != 0)
			rc = fail_set(f, FAIL_DATA,
				      "the partition value '%.*s' is too long "
				      "for a folder's name",
				      STR_ARG(pair->value));
	}
	if (rc == 0)
		rc = log_copy(&w->batch, buf_str(&path), &p->folder, f);
	buf_release(&path);
	buf_release(&value);
	return rc;
}

/* Is the open row of the part of the row before? */
static bool
is_as_last(const struct delta_writer *w)
{
	const char *text = w->last_text.p;

	for (size_t i = 0; i < w->partition_n; i++) {
		const struct expr_cell *a = &w->cell[i], *b = &w->last_cell[i];
		struct str last = {text, b->str.n};

		uint64_t x, y; /* the bits: -0.0 is not 0.0, NaN is NaN */

		memcpy(&x, &a->f64, sizeof(x));
		memcpy(&y, &b->f64, sizeof(y));
		if (a->is_null != b->is_null || a->i64 != b->i64 || x != y ||
		    !str_equal(a->str, last))
			return false;
		if (last.n > 0)
			text += last.n;
	}
	return w->part_n > 0;
}

static int
remember_last(struct delta_writer *w, size_t index, struct fail *f)
{
	int rc = 0;

	w->last = index;
	buf_reset(&w->last_text);
	for (size_t i = 0; rc == 0 && i < w->partition_n; i++) {
		w->last_cell[i] = w->cell[i];
		rc = buf_add_str(&w->last_text, w->cell[i].str);
	}
	return rc == 0 ? 0 : fail_memory(f);
}

/* The part of the open row. */
static int
find_part(struct delta_writer *w, size_t *index, struct fail *f)
{
	bool is_new;
	int64_t i;
	int rc;

	*index = w->last;
	if (PORT_LIKELY(is_as_last(w)))
		return 0;
	rc = format_values(w, f);
	if (rc != 0)
		return rc;
	i = map_add(&w->parts, buf_str(&w->text), &is_new);
	if (i < 0)
		return fail_memory(f);
	if (is_new) {
		if (!MEM_GROW(&w->part, w->part_n, &w->part_cap))
			return fail_memory(f);
		w->part[w->part_n] = (struct part){0};
		rc = name_part(w, &w->part[w->part_n++], f);
	}
	*index = (size_t)i;
	return rc != 0 ? rc : remember_last(w, (size_t)i, f);
}

/* ---- files ---- */

static int
sink_write(void *arg, const void *p, size_t n, struct fail *f)
{
	return store_writer_put(arg, p, n, f);
}

static int
open_file(struct delta_writer *w, struct part *p, struct fail *f)
{
	struct parquet_sink sink = {sink_write, NULL};
	char uuid[DELTA_UUID_N + 1];
	int rc = 0;

	delta_uuid(uuid);
	buf_reset(&w->text);
	if (buf_add_str(&w->text, p->folder) != 0 ||
	    buf_addf(&w->text, "part-00000-%s-c000%s", uuid, w->suffix) != 0)
		return fail_memory(f);
	rc = log_copy(&w->batch, buf_str(&w->text), &p->key, f);
	if (rc == 0)
		rc = store_writer_open(&p->file, delta_store(w->d), p->key, f);
	sink.arg = p->file;
	if (rc == 0)
		rc = parquet_open_table(&p->parquet, w->field, w->field_n,
					&w->parquet, sink, f);
	w->open_n += rc == 0;
	return rc;
}

static int
format_stats(struct delta_writer *w, struct part *p, struct str *out,
	     struct fail *f)
{
	struct log_stats stats = {.rows = parquet_writer_rows(p->parquet),
				  .field = w->field,
				  .is_wanted = w->has_stats,
				  .n = w->field_n};
	struct table_stats *column;
	int rc;

	column = calloc(w->field_n + 1, sizeof(*column));
	if (column == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < w->field_n; i++)
		column[i] = *parquet_writer_stats(p->parquet, i);
	stats.column = column;
	buf_reset(&w->text);
	rc = log_format_stats(&stats, &w->text, f);
	if (rc == 0)
		rc = log_copy(&w->batch, buf_str(&w->text), out, f);
	free(column);
	return rc;
}

/* Make the open file durable, and its add. */
static int
finish_file(struct delta_writer *w, struct part *p, struct fail *f)
{
	struct delta_file *add;
	int rc = parquet_writer_finish(p->parquet, f);

	if (rc == 0)
		rc = store_writer_commit(p->file, f);
	if (rc == 0 && (!MEM_GROW(&w->file, w->file_n, &w->file_cap) ||
			!MEM_GROW(&w->key, w->file_n, &w->key_cap)))
		rc = fail_memory(f);
	if (rc != 0)
		return rc;
	add = &w->file[w->file_n];
	*add = (struct delta_file){.partition = p->value,
				   .bytes = store_writer_bytes(p->file),
				   .mtime_ms = utc_now() / UTC_MS,
				   .is_data_change = true};
	w->key[w->file_n++] = p->key;
	rc = format_stats(w, p, &add->stats, f);
	buf_reset(&w->text);
	if (rc == 0 && log_encode_path(p->key, &w->text) != 0)
		rc = fail_memory(f);
	if (rc == 0)
		rc = log_copy(&w->batch, buf_str(&w->text), &add->path, f);
	parquet_writer_close(p->parquet);
	store_writer_close(p->file);
	p->parquet = NULL;
	p->file = NULL;
	w->open_n--;
	return rc;
}

/* Are they all of the table's rows in their order? */
static bool
is_whole(const struct delta_writer *w, const struct part *p)
{
	if (p->row_n != w->table.row_n)
		return false;
	for (size_t i = 0; i < p->row_n; i++)
		if (p->row[i] != i)
			return false;
	return true;
}

static int
flush_part(struct delta_writer *w, struct part *p, struct fail *f)
{
	int rc = 0;

	if (p->file == NULL)
		rc = open_file(w, p, f);
	if (rc == 0 && w->sort_column >= 0)
		rc = table_sort(&w->table, (size_t)w->sort_column, p->row,
				p->row_n, f);
	if (rc == 0)
		rc = parquet_write_table(p->parquet, &w->table,
					 is_whole(w, p) ? NULL : p->row,
					 p->row_n, f);
	p->row_n = 0;
	if (rc == 0 && (parquet_writer_bytes(p->parquet) >= w->o.file_bytes ||
			w->open_n > OPEN_FILES))
		rc = finish_file(w, p, f);
	return rc;
}

/* A row group of each part that has rows. */
static int
flush(struct delta_writer *w, struct fail *f)
{
	int rc = table_settle(&w->table, f);

	for (size_t i = 0; rc == 0 && i < w->part_n; i++)
		if (w->part[i].row_n > 0)
			rc = flush_part(w, &w->part[i], f);
	table_reset(&w->table);
	return rc;
}

int
delta_writer_end_row(struct delta_writer *w, struct fail *f)
{
	struct part *p;
	size_t i;
	int rc = find_part(w, &i, f);

	if (rc != 0)
		return rc;
	p = &w->part[i];
	if (!MEM_GROW(&p->row, p->row_n, &p->row_cap))
		return fail_memory(f);
	p->row[p->row_n++] = (uint32_t)w->table.row_n; /* < group_rows */
	rc = table_end_row(&w->table, f);
	if (rc == 0 && (w->table.row_n >= w->o.group_rows ||
			(w->table.row_n % GROUP_LOOK == 0 &&
			 table_bytes(&w->table) >= w->o.group_bytes)))
		rc = flush(w, f);
	return rc;
}

int
delta_writer_files(struct delta_writer *w, const struct delta_file **file,
		   size_t *n, struct fail *f)
{
	int rc = flush(w, f);

	for (size_t i = 0; rc == 0 && i < w->part_n; i++)
		if (w->part[i].file != NULL)
			rc = finish_file(w, &w->part[i], f);
	*file = w->file;
	*n = w->file_n;
	return rc;
}

void
delta_writer_done(struct delta_writer *w)
{
	for (size_t i = 0; i < w->part_n; i++)
		free(w->part[i].row);
	w->part_n = w->file_n = 0;
	map_reset(&w->parts);
	buf_reset(&w->last_text);
	arena_reset(&w->batch);
}
