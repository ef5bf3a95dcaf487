/* SPDX-License-Identifier: MIT */
/*
 * expr - the predicate language of --where and --replace-where:
 *
 *   verdict = 'good' AND (ts >= '2026-11-22' OR level IN ('paid', 'free'))
 *   NOT userId IS NULL AND msPlayed BETWEEN 30000 AND 600000
 *
 * Comparisons = != < <= > >= of a column with a literal, IN, BETWEEN, IS
 * [NOT] NULL, a boolean column by itself, NOT, AND, OR and parentheses.
 * Three-valued logic as in SQL. A predicate is parsed once, bound to the
 * columns of a table (literals are then converted to the column's type), and
 * evaluated over rows, or over ranges to skip what cannot match. Pure. A
 * bound predicate may be evaluated by one thread at a time.
 */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* What a column's values are for comparison. */
enum expr_type {
	EXPR_BOOLEAN,	/* i64: 0 or 1 */
	EXPR_INTEGER,	/* i64 */
	EXPR_DOUBLE,	/* f64 */
	EXPR_STRING,	/* str, by bytes */
	EXPR_TIMESTAMP, /* i64: microseconds UTC */
	EXPR_DATE,	/* i64: days since 1970-01-01 */
	EXPR_DECIMAL,	/* i64: unscaled, with the column's scale */
	EXPR_OTHER,	/* may only be asked IS [NOT] NULL */
};

enum expr_truth {
	EXPR_FALSE,
	EXPR_TRUE,
	EXPR_UNKNOWN,
};

struct expr;

/*
 * Parse. Texts are copied. A failure is FAIL_USAGE and names the byte:
 * "predicate, byte 14: expected a literal, found ')'". Column names are
 * bare (letters, digits, _ and .), or between "double quotes" or
 * `backquotes`.
 */
int expr_parse(struct expr **out, struct str text,
	       struct fail *f) PORT_MUST_CHECK;
void expr_close(struct expr *e);

/* The columns it names, each once, in order of first mention; a row's cells
 * stand in this order. */
size_t expr_columns(const struct expr *e);
struct str expr_column(const struct expr *e, size_t i);

/*
 * Say what type column i has and convert its literals. A literal that cannot
 * be compared with such a column is FAIL_USAGE; the message calls the type by
 * the name that the schema has for it. Every column must be bound
 * before evaluation; binding again replaces.
 */
int expr_bind(struct expr *e, size_t i, enum expr_type type, unsigned scale,
	      const char *type_name, struct fail *f) PORT_MUST_CHECK;

/* A row's value, or a bound. */
struct expr_cell {
	bool is_null;
	int64_t i64;
	double f64;
	struct str str;
};

/* Is it true for this row? cell[i] is column i. */
enum expr_truth expr_test(const struct expr *e, const struct expr_cell *cell);

/* Where the value of a column is from. */
enum expr_origin {
	EXPR_OF_ROW,  /* the row, whatever the text says */
	EXPR_OF_TEXT, /* the text, which says it plainly */
	EXPR_LOST,    /* not known, but it may stand in the text */
};

/*
 * Of a row that is but a text (a line that could not be read, or not all of
 * it): is it true whatever lost values are, or may it be true, and the text has
 * a sign of that? A sign is a literal that a lost column is asked to equal and
 * that stands in the text as a word, or one that a column of the text equals.
 * What else is asked of a lost column may be true then.
 */
bool expr_is_in_text(const struct expr *e, const struct expr_cell *cell,
		     const enum expr_origin *origin, struct str text);

/*
 * What is known of a column over a set of rows (a file, a row group, a
 * partition): bounds are inclusive, and a bound that is not known is absent.
 */
struct expr_range {
	bool has_min;
	bool has_max;
	struct expr_cell min;
	struct expr_cell max;
	bool may_be_null; /* true also when not known */
	bool is_all_null;
};

/* May any row of the set make it true? False only when none can. */
bool expr_may_match(const struct expr *e, const struct expr_range *range);

/* Does every row of the set make it true? True only when sure. */
bool expr_must_match(const struct expr *e, const struct expr_range *range);

#endif
