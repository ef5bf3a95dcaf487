/* SPDX-License-Identifier: MIT */
/*
 * Binding and evaluation. A row gives one of three truths. A range of rows
 * gives the set of truths that its rows may have, which over-approximates:
 * so a file is left out only when TRUE is not in the set, and is taken whole
 * only when nothing else is.
 */
#include "expr/tree.h"

/* ---- binding ---- */

/* An instant: RFC 3339, a date (its first instant), or epoch milliseconds. */
static bool
to_instant(const struct expr_literal *l, int64_t *out)
{
	int64_t ms, days;

	if (l->kind == EXPR_LITERAL_NUMBER) {
		if (num_parse_whole(l->text.p, l->text.n, &ms) != 0 ||
		    ms > UTC_MAX / UTC_MS || ms < UTC_MIN / UTC_MS)
			return false;
		*out = ms * UTC_MS;
		return true;
	}
	if (l->kind != EXPR_LITERAL_STRING)
		return false;
	if (utc_parse_date(l->text.p, l->text.n, &days) == 0) {
		*out = days * UTC_DAY;
		return true;
	}
	return utc_parse_loose(l->text.p, l->text.n, out) == 0;
}

static bool
to_integer(struct expr_literal *l)
{
	if (l->kind != EXPR_LITERAL_NUMBER)
		return false;
	if (num_parse_whole(l->text.p, l->text.n, &l->value.i64) == 0)
		return true;
	l->is_f64 = true;
	return num_parse_f64(l->text.p, l->text.n, &l->value.f64) == 0;
}

static bool
convert(struct expr_literal *l, const struct expr_name *column)
{
	l->is_f64 = false;
	l->value = (struct expr_cell){.str = l->text};
	switch (column->type) {
	case EXPR_BOOLEAN:
		l->value.i64 = (l->text.p[0] & ~0x20) == 'T';
		return l->kind == EXPR_LITERAL_BOOLEAN;
	case EXPR_INTEGER:
		return to_integer(l);
	case EXPR_DOUBLE:
		return l->kind == EXPR_LITERAL_NUMBER &&
		       num_parse_f64(l->text.p, l->text.n, &l->value.f64) == 0;
	case EXPR_STRING:
		return l->kind == EXPR_LITERAL_STRING;
	case EXPR_TIMESTAMP:
		return to_instant(l, &l->value.i64);
	case EXPR_DATE:
		return l->kind == EXPR_LITERAL_STRING &&
		       utc_parse_date(l->text.p, l->text.n, &l->value.i64) == 0;
	case EXPR_DECIMAL:
		return l->kind == EXPR_LITERAL_NUMBER &&
		       num_parse_scaled(l->text.p, l->text.n, column->scale,
					&l->value.i64) == 0;
	case EXPR_OTHER:
		break;
	}
	return false;
}

/* Why the literal is none of the column's type. */
static const char *
why_not(enum expr_type type, const struct expr_literal *l)
{
	bool is_time = type == EXPR_TIMESTAMP || type == EXPR_DATE;

	if (type == EXPR_STRING)
		return "not in single quotes";
	return is_time && l->kind == EXPR_LITERAL_NUMBER
		       ? "no value of it: quote a date, as '2026-11-16'"
		       : "no value of it";
}

int
expr_bind(struct expr *e, size_t i, enum expr_type type, unsigned scale,
	  const char *type_name, struct fail *f)
{
	struct expr_name *column = &e->column[i];

	column->is_bound = true;
	column->type = type;
	column->scale = scale;
	for (size_t k = 0; k < e->node_n; k++) {
		struct expr_node *node = &e->node[k];

		if (node->op < EXPR_OP_EQ || node->column != i)
			continue;
		if (!convert(&node->literal, column))
			return fail_set(
				f, FAIL_USAGE,
				"predicate, byte %zu: the column '%.*s' is of "
				"type %s, and '%.*s' is %s",
				node->literal.at + 1, STR_ARG(column->text),
				type_name, STR_ARG(node->literal.text),
				why_not(type, &node->literal));
	}
	return 0;
}

/* ---- comparing ---- */

/* Below, same, above: -1, 0, 1. 2: not comparable (a NaN). */
static int
compare(enum expr_type type, const struct expr_literal *l,
	const struct expr_cell *cell)
{
	const struct expr_cell *v = &l->value;
	double left;
	int order;

	if (type == EXPR_STRING) { /* any number, 2 among them */
		order = str_compare(cell->str, v->str);
		return (order > 0) - (order < 0);
	}
	if (type != EXPR_DOUBLE && !l->is_f64)
		return (cell->i64 > v->i64) - (cell->i64 < v->i64);
	left = type == EXPR_DOUBLE ? cell->f64 : (double)cell->i64;
	if (left < v->f64)
		return -1;
	if (left > v->f64)
		return 1;
	return left == v->f64 ? 0 : 2;
}

static enum expr_truth
test_compare(const struct expr *e, const struct expr_node *node,
	     const struct expr_cell *cell)
{
	int c;
	bool is_true;

	if (cell->is_null)
		return EXPR_UNKNOWN;
	c = compare(e->column[node->column].type, &node->literal, cell);
	if (c == 2)
		return EXPR_FALSE;
	switch (node->op) {
	case EXPR_OP_LT:
		is_true = c < 0;
		break;
	case EXPR_OP_LE:
		is_true = c <= 0;
		break;
	case EXPR_OP_GT:
		is_true = c > 0;
		break;
	case EXPR_OP_GE:
		is_true = c >= 0;
		break;
	default:
		is_true = c == 0;
	}
	return is_true ? EXPR_TRUE : EXPR_FALSE;
}

enum expr_truth
expr_test_node(const struct expr *e, size_t i, const struct expr_cell *cell)
{
	const struct expr_node *node = &e->node[i];
	enum expr_truth left, right;

	switch (node->op) {
	case EXPR_OP_AND:
		left = expr_test_node(e, node->left, cell);
		if (left == EXPR_FALSE)
			return EXPR_FALSE;
		right = expr_test_node(e, node->right, cell);
		return right == EXPR_TRUE ? left : right;
	case EXPR_OP_OR:
		left = expr_test_node(e, node->left, cell);
		if (left == EXPR_TRUE)
			return EXPR_TRUE;
		right = expr_test_node(e, node->right, cell);
		return right == EXPR_FALSE ? left : right;
	case EXPR_OP_NOT:
		left = expr_test_node(e, node->left, cell);
		if (left == EXPR_UNKNOWN)
			return EXPR_UNKNOWN;
		return left == EXPR_TRUE ? EXPR_FALSE : EXPR_TRUE;
	case EXPR_OP_IS_NULL:
		return cell[node->column].is_null ? EXPR_TRUE : EXPR_FALSE;
	default:
		return test_compare(e, node, &cell[node->column]);
	}
}

enum expr_truth
expr_test(const struct expr *e, const struct expr_cell *cell)
{
	return expr_test_node(e, e->root, cell);
}

/* ---- ranges ---- */

/* The truths that `column OP literal` may have over values within bounds. */
static unsigned
compare_range(const struct expr *e, const struct expr_node *node,
	      const struct expr_range *r)
{
	enum expr_type type = e->column[node->column].type;
	/* where the smallest and the largest value stand to the literal */
	int low = r->has_min ? compare(type, &node->literal, &r->min) : -1;
	int high = r->has_max ? compare(type, &node->literal, &r->max) : 1;
	unsigned may = r->may_be_null ? EXPR_MAY_BE_UNKNOWN : 0;
	bool can, must;

	if (r->is_all_null)
		return EXPR_MAY_BE_UNKNOWN;
	if (low == 2 || high == 2) /* a bound that is no number says nothing */
		return may | EXPR_MAY_BE_TRUE | EXPR_MAY_BE_FALSE;
	switch (node->op) {
	case EXPR_OP_LT:
		can = low < 0;
		must = high < 0;
		break;
	case EXPR_OP_LE:
		can = low <= 0;
		must = high <= 0;
		break;
	case EXPR_OP_GT:
		can = high > 0;
		must = low > 0;
		break;
	case EXPR_OP_GE:
		can = high >= 0;
		must = low >= 0;
		break;
	default:
		can = low <= 0 && high >= 0;
		must = low == 0 && high == 0;
	}
	/* NaN is outside all bounds, and every comparison with it is false. */
	if (type == EXPR_DOUBLE)
		must = false;
	return may | (can ? EXPR_MAY_BE_TRUE : 0) |
	       (must ? 0 : EXPR_MAY_BE_FALSE);
}

unsigned
expr_both(unsigned a, unsigned b)
{
	unsigned out = (a | b) & EXPR_MAY_BE_FALSE;

	if ((a & EXPR_MAY_BE_TRUE) != 0 && (b & EXPR_MAY_BE_TRUE) != 0)
		out |= EXPR_MAY_BE_TRUE;
	if (((a & EXPR_MAY_BE_UNKNOWN) != 0 &&
	     (b & (EXPR_MAY_BE_TRUE | EXPR_MAY_BE_UNKNOWN)) != 0) ||
	    ((b & EXPR_MAY_BE_UNKNOWN) != 0 &&
	     (a & (EXPR_MAY_BE_TRUE | EXPR_MAY_BE_UNKNOWN)) != 0))
		out |= EXPR_MAY_BE_UNKNOWN;
	return out;
}

unsigned
expr_inverse(unsigned a)
{
	return (a & EXPR_MAY_BE_UNKNOWN) |
	       ((a & EXPR_MAY_BE_TRUE) != 0 ? EXPR_MAY_BE_FALSE : 0) |
	       ((a & EXPR_MAY_BE_FALSE) != 0 ? EXPR_MAY_BE_TRUE : 0);
}

static unsigned
range_node(const struct expr *e, size_t i, const struct expr_range *range)
{
	const struct expr_node *node = &e->node[i];
	const struct expr_range *r = &range[node->column];

	switch (node->op) {
	case EXPR_OP_AND:
		return expr_both(range_node(e, node->left, range),
				 range_node(e, node->right, range));
	case EXPR_OP_OR:
		return expr_inverse(expr_both(
			expr_inverse(range_node(e, node->left, range)),
			expr_inverse(range_node(e, node->right, range))));
	case EXPR_OP_NOT:
		return expr_inverse(range_node(e, node->left, range));
	case EXPR_OP_IS_NULL:
		return (r->may_be_null || r->is_all_null ? EXPR_MAY_BE_TRUE
							 : 0) |
		       (r->is_all_null ? 0 : EXPR_MAY_BE_FALSE);
	default:
		return compare_range(e, node, r);
	}
}

bool
expr_may_match(const struct expr *e, const struct expr_range *range)
{
	return (range_node(e, e->root, range) & EXPR_MAY_BE_TRUE) != 0;
}

bool
expr_must_match(const struct expr *e, const struct expr_range *range)
{
	return range_node(e, e->root, range) == EXPR_MAY_BE_TRUE;
}
