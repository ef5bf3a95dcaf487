/* SPDX-License-Identifier: MIT */
/*
 * Values as JSON text, as lake-cat(1) prints columns of other people's
 * tables: numbers with all their digits, times and dates in RFC 3339, bytes
 * in base64, and what JSON has no number for as strings.
 */
#include <math.h>
#include <stdio.h>

#include "ndjson/ndjson.h"
#include "table/table.h"

static int
put_decimal(struct buf *out, int64_t v, unsigned scale)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v, unit = 1;
	char places[20];
	int rc = v < 0 ? buf_add_char(out, '-') : 0;

	for (unsigned i = 0; i < scale; i++)
		unit *= 10;
	if (rc == 0) /* at most 18 digits */
		rc = buf_add_i64(out, (int64_t)(u / unit));
	if (rc != 0 || scale == 0)
		return rc;
	num_format_padded(places, u % unit, scale);
	rc = buf_add_char(out, '.');
	return rc != 0 ? rc : buf_add(out, places, scale);
}

static int
put_quoted(struct buf *out, const char *p, size_t n)
{
	int rc = buf_add_char(out, '"');

	if (rc == 0)
		rc = buf_add(out, p, n);
	return rc != 0 ? rc : buf_add_char(out, '"');
}

/* A time of a clock without a zone: as RFC 3339, but without the Z. */
static int
put_time(struct buf *out, int64_t v, bool has_zone)
{
	char text[UTC_TEXT_MAX];

	if (!table_has_year(v, 1))
		return buf_add_i64(out, v);
	return put_quoted(out, text, utc_format(text, v) - !has_zone);
}

static int
put_date(struct buf *out, int64_t v)
{
	char text[10];

	if (!table_has_year(v, UTC_DAY))
		return buf_add_i64(out, v);
	utc_format_date(text, v);
	return put_quoted(out, text, sizeof(text));
}

/* As floats are read back: the shortest text of the double would show digits
 * that the float never had. */
static int
put_float(struct buf *out, double v)
{
	char text[40];

	for (int digits = 6; digits <= 9; digits++) {
		int n = snprintf(text, sizeof(text), "%.*g", digits, v);
		double back;

		if (num_parse_f64(text, (size_t)n, &back) == 0 &&
		    (float)back == (float)v)
			return buf_add_f64(out, back);
	}
	return buf_add_f64(out, v);
}

static int
put_real(struct buf *out, enum table_type type, double v)
{
	if (!isfinite(v))
		return buf_add_cstr(out, isnan(v) ? "\"NaN\""
					 : v > 0  ? "\"Infinity\""
						  : "\"-Infinity\"");
	return type == TABLE_FLOAT ? put_float(out, v) : buf_add_f64(out, v);
}

int
table_put_json(struct buf *out, const struct table_field *field,
	       const struct table_value *v)
{
	switch (field->type) {
	case TABLE_BOOLEAN:
		return buf_add_cstr(out, v->i64 != 0 ? "true" : "false");
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		break;
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		return put_real(out, field->type, v->f64);
	case TABLE_DATE:
		return put_date(out, v->i64);
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ:
		return put_time(out, v->i64, field->type == TABLE_TIMESTAMP);
	case TABLE_DECIMAL:
		return put_decimal(out, v->i64, field->scale);
	case TABLE_STRING:
		return ndjson_put_string(out, v->str);
	case TABLE_BINARY:
		return ndjson_put_base64(out, v->str);
	case TABLE_TYPES: /* it is JSON text */
		return buf_add_str(out, v->str);
	}
	return buf_add_i64(out, v->i64);
}
