/* SPDX-License-Identifier: MIT */
/*
 * Statistics of a data file: the JSON text in its add action, by which every
 * reader skips files. Written for the first 32 columns, as Spark does, or for
 * those that the table's configuration asks for. Bounds
 * are true bounds in the order of UTF-8 bytes: a long text's minimum is cut,
 * its maximum is cut and raised; times are cut down to the millisecond, so
 * whoever skips by them must widen the maximum (as we do when reading).
 */
#include "delta/log.h"

#include <float.h>
#include <math.h>

#define STATS_COLUMNS 32
#define STATS_CHARS   32 /* of a text's bound */

static bool
has_bounds(enum table_type type)
{
	return type != TABLE_BOOLEAN && type != TABLE_BINARY &&
	       type != TABLE_TYPES;
}

/* Bytes of the first STATS_CHARS characters. A character above U+FFFF counts
 * twice, for Spark counts UTF-16 units. */
static size_t
prefix_bytes(struct str s)
{
	size_t i = 0, units = 0;

	while (i < s.n && units < STATS_CHARS) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		units += n == 4 ? 2 : 1;
		if (units > STATS_CHARS || i + n > s.n)
			break;
		i += n;
	}
	return i;
}

static void
put_text_min(struct doc_writer *w, const char *key, struct str s)
{
	doc_put_str(w, key, (struct str){s.p, prefix_bytes(s)});
}

/* The prefix and U+10FFFF behind it, which no valid text that begins with
 * the prefix exceeds, unless it goes on with U+10FFFF itself: then there is
 * no bound, which is allowed. */
static void
put_text_max(struct doc_writer *w, const char *key, struct str s)
{
	char raised[STATS_CHARS * 4 + 4];
	size_t n = prefix_bytes(s);

	if (n == s.n) {
		doc_put_str(w, key, s);
		return;
	}
	if (s.n - n >= 4 && memcmp(s.p + n, "\xf4\x8f\xbf\xbf", 4) == 0)
		return;
	memcpy(raised, s.p, n);
	memcpy(raised + n, "\xf4\x8f\xbf\xbf", 4);
	doc_put_str(w, key, (struct str){raised, n + 4});
}

static void
put_scaled(struct doc_writer *w, const char *key, int64_t v, unsigned scale)
{
	char digits[32], text[40];
	size_t n, at = 0;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	n = num_format_i64(digits, (int64_t)(u % 1000000000000000000u));
	if (v < 0)
		text[at++] = '-';
	while (n <= scale) { /* "5" of scale 2 is "0.05" */
		memmove(digits + 1, digits, n++);
		digits[0] = '0';
	}
	memcpy(text + at, digits, n - scale);
	at += n - scale;
	if (scale > 0) {
		text[at++] = '.';
		memcpy(text + at, digits + n - scale, scale);
		at += scale;
	}
	doc_put_raw(w, key, (struct str){text, at});
}

/* One bound of a column, i64, f64 or str being the minimum or maximum. */
static void
put_bound(struct doc_writer *w, const char *key,
	  const struct table_field *field, int64_t i64, double f64)
{
	char text[UTC_TEXT_MAX];
	size_t n;

	switch (field->type) {
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		doc_put_f64(w, key, f64);
		break;
	case TABLE_DATE:
		utc_format_date(text, i64);
		doc_put_str(w, key, (struct str){text, 10});
		break;
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ: /* without the Z */
		n = utc_format_places(text, utc_floor(i64, UTC_MS), 3);
		n -= field->type == TABLE_TIMESTAMP_NTZ;
		doc_put_str(w, key, (struct str){text, n});
		break;
	case TABLE_DECIMAL:
		put_scaled(w, key, i64, field->scale);
		break;
	default:
		doc_put_i64(w, key, i64);
	}
}

static void
put_bounds(struct doc_writer *w, const struct log_stats *s, bool is_max)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct table_stats *c = &s->column[i];
		const char *key = s->field[i].name.p;
		enum table_type type = s->field[i].type;

		if (!s->is_wanted[i] || !c->has_range || !has_bounds(type))
			continue;
		if (table_type_is_float(type) &&
		    (c->has_nan || !isfinite(c->min_f64) ||
		     !isfinite(c->max_f64)))
			continue;
		if (type == TABLE_STRING && is_max)
			put_text_max(w, key, c->max_str);
		else if (type == TABLE_STRING)
			put_text_min(w, key, c->min_str);
		else
			put_bound(w, key, &s->field[i],
				  is_max ? c->max_i64 : c->min_i64,
				  is_max ? c->max_f64 : c->min_f64);
	}
}

/* Is the column, or a field in it, in a list "a, `b c`, d.e"? */
static bool
is_in_list(struct str list, struct str name)
{
	size_t from = 0;
	bool is_quoted = false;

	for (size_t i = 0; i <= list.n; i++) {
		struct str item = {list.p + from, i - from};

		if (i < list.n && list.p[i] == '`')
			is_quoted = !is_quoted;
		if (i < list.n && (list.p[i] != ',' || is_quoted))
			continue;
		from = i + 1;
		item = str_trim(item);
		if (item.n > 0 && item.p[0] == '`') {
			const char *end = memchr(item.p + 1, '`', item.n - 1);

			item.p++;
			item.n = end == NULL ? 0 : (size_t)(end - item.p);
		} else {
			const char *dot = memchr(item.p, '.', item.n);

			if (dot != NULL)
				item.n = (size_t)(dot - item.p);
		}
		if (log_same_name(item, name))
			return true;
	}
	return false;
}

void
log_choose_stats(const struct delta_meta *m, bool *is_wanted)
{
	struct str list = delta_pairs_get(
		&m->config, STR_LIT("delta.dataSkippingStatsColumns"));
	struct str text = delta_pairs_get(
		&m->config, STR_LIT("delta.dataSkippingNumIndexedCols"));
	int64_t left = STATS_COLUMNS;

	if (text.p != NULL && num_parse_i64(text.p, text.n, &left) != 0)
		left = STATS_COLUMNS;
	for (size_t i = 0; i < m->column_n; i++) {
		const struct delta_column *c = &m->column[i];

		is_wanted[i] = list.p != NULL ? is_in_list(list, c->name)
					      : left != 0;
		if (!c->is_partition && left > 0)
			left--;
	}
}

int
log_format_stats(const struct log_stats *s, struct buf *out, struct fail *f)
{
	struct doc_writer w;

	doc_writer_init(&w, out, 0);
	doc_begin_object(&w, NULL);
	doc_put_u64(&w, "numRecords", s->rows);
	doc_begin_object(&w, "minValues");
	put_bounds(&w, s, false);
	doc_end_object(&w);
	doc_begin_object(&w, "maxValues");
	put_bounds(&w, s, true);
	doc_end_object(&w);
	doc_begin_object(&w, "nullCount");
	for (size_t i = 0; i < s->n; i++)
		if (s->is_wanted[i])
			doc_put_u64(&w, s->field[i].name.p,
				    s->column[i].null_n);
	doc_end_object(&w);
	doc_end_object(&w);
	return doc_writer_end(&w, f);
}

/* ---- reading ---- */

/* A bound that we cannot read is no bound. */
static bool
read_bound(const struct table_field *field, struct doc_val v,
	   struct expr_cell *out)
{
	struct str text;

	*out = (struct expr_cell){0};
	switch (field->type) {
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		return doc_as_i64(v, &out->i64, NULL) == 0;
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		return doc_as_f64(v, &out->f64, NULL) == 0;
	case TABLE_STRING:
		return doc_as_str(v, &out->str, NULL) == 0;
	case TABLE_DATE:
		return doc_as_str(v, &text, NULL) == 0 &&
		       utc_parse_date(text.p, text.n, &out->i64) == 0;
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ:
		return doc_as_str(v, &text, NULL) == 0 &&
		       utc_parse_loose(text.p, text.n, &out->i64) == 0;
	default:
		return false;
	}
}

/* A count, or -1 where there is none that can be read. */
static int64_t
read_count(struct doc_val object, const char *key)
{
	int64_t n;

	return doc_get_i64(object, key, &n, NULL) == 0 && n >= 0 ? n : -1;
}

/*
 * A bound of a float is written in its shortest form, "0.1", which as a double
 * is another number than the float. A column of doubles may have been one of
 * floats (type widening), so that either may be meant.
 */
static void
widen_floats(struct expr_range *r)
{
	double low = r->min.f64, high = r->max.f64;

	if (r->has_min && fabs(low) <= FLT_MAX && (double)(float)low < low)
		r->min.f64 = (double)(float)low;
	if (r->has_max && fabs(high) <= FLT_MAX && (double)(float)high > high)
		r->max.f64 = (double)(float)high;
}

int
log_file_range(const struct delta_column *c, const struct delta_file *file,
	       struct doc_val stats, struct expr_range *out, struct fail *f)
{
	const char *key = c->physical.p;
	int64_t rows, nulls;
	int rc;

	*out = (struct expr_range){.may_be_null = true};
	if (c->is_partition) {
		rc = delta_partition_parse(
			&c->field,
			delta_pairs_get(&file->partition, c->physical),
			&out->min, f);
		if (rc != 0)
			return rc;
		out->max = out->min;
		out->is_all_null = out->may_be_null = out->min.is_null;
		out->has_min = out->has_max = !out->min.is_null;
		return 0;
	}
	rows = read_count(stats, "numRecords");
	nulls = read_count(doc_find(stats, "nullCount"), key);
	out->may_be_null = nulls != 0;
	out->is_all_null = rows >= 0 && nulls == rows;
	out->has_min = read_bound(&c->field,
				  doc_find(doc_find(stats, "minValues"), key),
				  &out->min);
	out->has_max = read_bound(&c->field,
				  doc_find(doc_find(stats, "maxValues"), key),
				  &out->max);
	if (table_type_is_float(c->field.type))
		widen_floats(out);
	/* Times were cut down to the millisecond. */
	if (out->has_max && (c->field.type == TABLE_TIMESTAMP ||
			     c->field.type == TABLE_TIMESTAMP_NTZ))
		out->max.i64 += UTC_MS - 1;
	return 0;
}

/* numRecords of stats, or -1. Writers put it first, and reading no further is
 * ten times as fast. */
static int64_t
count_records(struct str stats)
{
	static const char first[] = "{\"numRecords\":";
	struct str digits = stats;
	struct doc *doc;
	int64_t n;

	if (str_starts(stats, first)) {
		digits.p += sizeof(first) - 1;
		digits.n = 0;
		while (digits.p + digits.n < stats.p + stats.n &&
		       digits.p[digits.n] != ',' && digits.p[digits.n] != '}')
			digits.n++;
		if (num_parse_i64(digits.p, digits.n, &n) == 0 && n >= 0)
			return n;
	}
	if (stats.n == 0 ||
	    doc_parse(&doc, stats, "stats", FAIL_DATA, 0, NULL) != 0)
		return -1;
	n = read_count(doc_root(doc), "numRecords");
	doc_close(doc);
	return n;
}

bool
delta_file_rows(const struct delta_file *file, uint64_t *rows)
{
	int64_t n = count_records(file->stats);

	/* numRecords counts the rows that a deletion vector deletes too */
	if (n >= 0 && file->dv != NULL)
		n = file->dv->row_n < 0 ? -1 : n - file->dv->row_n;
	if (n >= 0)
		*rows = (uint64_t)n;
	return n >= 0;
}

bool
delta_file_value(const struct delta_file *file, const struct delta_column *c,
		 struct expr_cell *out)
{
	struct doc_val stats = {0};
	struct expr_range range;
	struct doc *doc = NULL;
	int rc;

	if (!c->is_partition && c->field.type != TABLE_DATE &&
	    delta_expr_type(&c->field) != EXPR_INTEGER)
		return false;
	if (!c->is_partition && file->stats.n > 0 &&
	    doc_parse(&doc, file->stats, "stats", FAIL_DATA, 0, NULL) == 0)
		stats = doc_root(doc);
	rc = log_file_range(c, file, stats, &range, NULL);
	doc_close(doc);
	*out = range.min;
	if (rc == 0 && c->is_partition)
		return true;
	return rc == 0 && !range.may_be_null && range.has_min &&
	       range.has_max && range.min.i64 == range.max.i64;
}
