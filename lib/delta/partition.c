/* SPDX-License-Identifier: MIT */
/*
 * Partition values: text in the log, typed in a row. The protocol's forms:
 * numbers in decimal, true and false, dates yyyy-mm-dd, instants as ISO 8601
 * in UTC (older writers: a blank between and no zone, which means UTC to us).
 * An empty text means null.
 */
#include "delta/log.h"

int
delta_partition_format(const struct table_field *field,
		       const struct expr_cell *cell, struct buf *out,
		       struct fail *f)
{
	char text[UTC_TEXT_MAX];
	int rc = 0;

	if (cell->is_null)
		return 0;
	switch (field->type) {
	case TABLE_BOOLEAN:
		rc = buf_add_cstr(out, cell->i64 != 0 ? "true" : "false");
		break;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		rc = buf_add_i64(out, cell->i64);
		break;
	case TABLE_DOUBLE:
		rc = buf_add_f64(out, cell->f64);
		break;
	case TABLE_DATE:
		utc_format_date(text, cell->i64);
		rc = buf_add(out, text, 10);
		break;
	case TABLE_TIMESTAMP:
		rc = buf_add(out, text, utc_format_places(text, cell->i64, 6));
		break;
	case TABLE_STRING:
		rc = buf_add_str(out, cell->str);
		break;
	default:
		return fail_set(f, FAIL_USAGE,
				"cannot partition by '%.*s', a column of type "
				"%s",
				STR_ARG(field->name), delta_type_name(field));
	}
	return rc != 0 ? fail_memory(f) : 0;
}

/* A number as JSON has it: what wide decimals are printed as. */
static bool
is_number(struct str text)
{
	double v;

	return num_parse_f64(text.p, text.n, &v) == 0;
}

/* A date alone is what a column held before it was widened to a time. */
static bool
parse_time(struct str text, int64_t *out)
{
	int64_t days;

	if (utc_parse_loose(text.p, text.n, out) == 0)
		return true;
	if (utc_parse_date(text.p, text.n, &days) != 0)
		return false;
	*out = days * UTC_DAY;
	return true;
}

int
delta_partition_parse(const struct table_field *field, struct str text,
		      struct expr_cell *cell, struct fail *f)
{
	bool is_bad = false;

	*cell = (struct expr_cell){.is_null = text.n == 0, .str = text};
	if (cell->is_null)
		return 0;
	switch (field->type) {
	case TABLE_BOOLEAN:
		cell->i64 = str_is(text, "true");
		is_bad = cell->i64 == 0 && !str_is(text, "false");
		break;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		is_bad = num_parse_i64(text.p, text.n, &cell->i64) != 0;
		break;
	case TABLE_DECIMAL:
		is_bad = num_parse_scaled(text.p, text.n, field->scale,
					  &cell->i64) != 0;
		break;
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		is_bad = num_parse_f64(text.p, text.n, &cell->f64) != 0;
		break;
	case TABLE_DATE:
		is_bad = utc_parse_date(text.p, text.n, &cell->i64) != 0;
		break;
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ:
		is_bad = !parse_time(text, &cell->i64);
		break;
	case TABLE_STRING:
	case TABLE_BINARY:
		break;
	case TABLE_TYPES:
		is_bad = field->precision == 0 || !is_number(text);
	}
	if (!is_bad)
		return 0;
	return fail_set(f, FAIL_DATA,
			"the partition value '%.*s' is none of column '%.*s'",
			STR_ARG(text), STR_ARG(field->name));
}
