/* SPDX-License-Identifier: MIT */
/*
 * A row from a data file into another one as it is: what replacing some rows
 * of a file, and putting small files together, do with the rows that stay.
 */
#include "delta/log.h"

int
delta_writer_copy(struct delta_writer *w, const struct delta_meta *m,
		  const struct delta_batch *batch, size_t row, struct fail *f)
{
	struct table *t = delta_writer_row(w);

	for (size_t i = 0; i < m->column_n; i++) {
		struct expr_cell cell = delta_batch_cell(batch, i, row);
		enum table_type type = m->column[i].field.type;
		bool is_partition;
		size_t at = delta_writer_place(w, i, &is_partition);
		int rc = 0;

		if (is_partition)
			delta_writer_set(w, at, cell);
		else if (cell.is_null)
			continue;
		else if (table_type_is_text(type))
			rc = table_put_str(t, at, cell.str, f);
		else if (table_type_is_float(type))
			table_put_f64(t, at, cell.f64);
		else
			table_put_i64(t, at, cell.i64);
		if (rc != 0)
			return rc;
	}
	return delta_writer_end_row(w, f);
}
