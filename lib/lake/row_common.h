/* SPDX-License-Identifier: MIT */
/*
 * row_common - private to row.c: values in the form that those of their column
 * mostly have, straight from the line into the open row. What has another
 * form is for event_decode, which gives the same value for these too.
 */
#ifndef LAKE_ROW_COMMON_H
#define LAKE_ROW_COMMON_H

#include "lake/row.h"

/* How values of the event's column go into the target. */
PORT_INLINE enum row_way
row_choose_way(const struct event_column *c, const struct row_target *t)
{
	enum table_type type = t->field.type;

	if (!t->is_there || t->is_partition)
		return ROW_WAY_LONG;
	switch (c->type) {
	case EVENT_STRING:
		return type == TABLE_STRING && !c->is_empty_null &&
				       c->wire != EVENT_WIRE_JSON
			       ? ROW_WAY_TEXT
			       : ROW_WAY_LONG;
	case EVENT_INTEGER:
		return type == TABLE_INT32 || type == TABLE_INT64
			       ? ROW_WAY_INTEGER
			       : ROW_WAY_LONG;
	case EVENT_LONG:
		return type == TABLE_INT64 ? ROW_WAY_LONG_INTEGER
					   : ROW_WAY_LONG;
	case EVENT_DOUBLE:
		return type == TABLE_DOUBLE ? ROW_WAY_DECIMAL : ROW_WAY_LONG;
	case EVENT_BOOLEAN:
		return type == TABLE_BOOLEAN ? ROW_WAY_BOOLEAN : ROW_WAY_LONG;
	case EVENT_TIMESTAMP:
		if (type != TABLE_TIMESTAMP)
			return ROW_WAY_LONG;
		if (c->wire == EVENT_WIRE_EPOCH_MS)
			return ROW_WAY_EPOCH_MS;
		return c->wire == EVENT_WIRE_EPOCH_S ? ROW_WAY_LONG
						     : ROW_WAY_TIME;
	default:
		return ROW_WAY_LONG;
	}
}

/* Put a value that has its target's common form; false: it has not, or there
 * is no memory. The value is grammatical, as all are that were asked for. */
PORT_INLINE bool
row_put_common(struct row_maker *m, struct table *t,
	       const struct row_target *to, const struct ndjson_val *v)
{
	int64_t i64 = 0;
	double f64;

	switch (to->way) {
	case ROW_WAY_LONG:
		return false;
	case ROW_WAY_TEXT:
		return v->kind == NDJSON_STRING && !v->has_escape &&
		       table_put_str(t, to->index, ndjson_text(v), NULL) == 0;
	case ROW_WAY_INTEGER:
		if (v->kind != NDJSON_INT || v->n > 9 ||
		    !quick_integer(v->p, v->n, &i64))
			return false;
		break;
	case ROW_WAY_LONG_INTEGER:
		if (v->kind != NDJSON_INT || !quick_integer(v->p, v->n, &i64))
			return false;
		break;
	case ROW_WAY_DECIMAL:
		if (v->kind != NDJSON_FLOAT || !quick_decimal(v->p, v->n, &f64))
			return false;
		table_put_f64(t, to->index, f64);
		return true;
	case ROW_WAY_BOOLEAN:
		if (v->kind != NDJSON_TRUE && v->kind != NDJSON_FALSE)
			return false;
		i64 = v->kind == NDJSON_TRUE;
		break;
	case ROW_WAY_EPOCH_MS:
		if (v->kind != NDJSON_INT || v->n != 13 ||
		    !quick_integer(v->p, v->n, &i64))
			return false;
		i64 *= UTC_MS;
		break;
	case ROW_WAY_TIME:
		if (v->kind != NDJSON_STRING ||
		    !quick_time(&m->day, v->p, v->n, &i64))
			return false;
		break;
	}
	table_put_i64(t, to->index, i64);
	return true;
}

#endif
