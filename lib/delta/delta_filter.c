/* SPDX-License-Identifier: MIT */
/*
 * Predicates over files: what partition values and statistics say of a file's
 * rows before any of them is read; and a row's value as predicates see it.
 */
#include "delta/log.h"

int
delta_filter_init(struct delta_filter *out, struct expr *e,
		  const struct delta_meta *meta, const char *url,
		  struct arena *a, struct fail *f)
{
	size_t n = e == NULL ? 0 : expr_columns(e);

	*out = (struct delta_filter){.e = e, .meta = meta, .n = n};
	out->column = arena_zalloc(a, n + 1, sizeof(*out->column));
	out->range = arena_zalloc(a, n + 1, sizeof(*out->range));
	out->cell = arena_zalloc(a, n + 1, sizeof(*out->cell));
	if (out->column == NULL || out->range == NULL || out->cell == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n; i++) {
		struct str name = expr_column(e, i);
		int at = delta_column_find(meta, name);
		const struct table_field *field;
		int rc;

		if (at < 0)
			return delta_column_absent(meta, url, name, f);
		field = &meta->column[at].field;
		rc = expr_bind(e, i, delta_expr_type(field), field->scale,
			       delta_type_name(field), f);
		if (rc != 0)
			return rc;
		out->column[i] = at;
	}
	return 0;
}

int
delta_filter_judge(const struct delta_filter *filter,
		   const struct delta_file *file, bool *may, bool *must,
		   struct fail *f)
{
	struct doc_val stats = {0};
	struct doc *doc = NULL;
	bool want_stats = false;
	int rc = 0;

	*may = *must = true;
	if (filter->n == 0)
		return 0;
	for (size_t i = 0; i < filter->n; i++)
		if (!filter->meta->column[filter->column[i]].is_partition)
			want_stats = true;
	/* Statistics that cannot be read say nothing. */
	if (want_stats && file->stats.n > 0 &&
	    doc_parse(&doc, file->stats, "stats", FAIL_DATA, 0, NULL) == 0)
		stats = doc_root(doc);
	for (size_t i = 0; rc == 0 && i < filter->n; i++)
		rc = log_file_range(&filter->meta->column[filter->column[i]],
				    file, stats, &filter->range[i], f);
	if (rc == 0) {
		*may = expr_may_match(filter->e, filter->range);
		*must = expr_must_match(filter->e, filter->range);
	}
	doc_close(doc);
	return rc;
}

struct expr_cell
log_cell(const struct table_column *c, size_t row)
{
	struct expr_cell cell = {.is_null = table_is_null(c, row)};

	if (cell.is_null)
		return cell;
	if (table_type_is_text(c->field.type))
		cell.str = table_str(c, row);
	else if (table_type_is_float(c->field.type))
		cell.f64 = table_f64(c, row);
	else
		cell.i64 = table_i64(c, row);
	return cell;
}
