/* SPDX-License-Identifier: MIT */
/* Private to expr: the parsed predicate. */
#ifndef EXPR_TREE_H
#define EXPR_TREE_H

#include "expr/expr.h"

/* An IN of n values is 2 n nodes, n deep: this many fit the stack. */
#define EXPR_NODES   16384
#define EXPR_COLUMNS 256

enum expr_op {
	EXPR_OP_AND, /* left, right */
	EXPR_OP_OR,
	EXPR_OP_NOT,	 /* left */
	EXPR_OP_IS_NULL, /* column */
	EXPR_OP_EQ,	 /* column, literal */
	EXPR_OP_LT,
	EXPR_OP_LE,
	EXPR_OP_GT,
	EXPR_OP_GE,
};

enum expr_literal_kind {
	EXPR_LITERAL_STRING,
	EXPR_LITERAL_NUMBER,
	EXPR_LITERAL_BOOLEAN,
};

struct expr_literal {
	enum expr_literal_kind kind;
	struct str text; /* unquoted */
	size_t at;	 /* byte in the predicate, for messages */
	/* Set by expr_bind: the value in the column's type, or, of a number
	 * with a fraction against an integer column, in f64. */
	struct expr_cell value;
	bool is_f64;
};

/* != and NOT IN are NOT around the positive; IN is an OR of =, BETWEEN an
 * AND of two. */
struct expr_node {
	enum expr_op op;
	size_t left, right; /* nodes */
	size_t column;
	struct expr_literal literal;
};

struct expr_name {
	struct str text;
	bool is_bound;
	enum expr_type type;
	unsigned scale;
};

struct expr {
	struct arena mem;
	struct str text;
	struct expr_node *node; /* owned */
	size_t node_n;
	size_t node_cap;
	size_t root;
	struct expr_name column[EXPR_COLUMNS];
	size_t column_n;
};

/* A set of truths. */
enum {
	EXPR_MAY_BE_FALSE = 1,
	EXPR_MAY_BE_TRUE = 2,
	EXPR_MAY_BE_UNKNOWN = 4,
};

/* Of two sets of truths, the truths that AND may give; of one, NOT. */
unsigned expr_both(unsigned a, unsigned b);
unsigned expr_inverse(unsigned a);

enum expr_truth expr_test_node(const struct expr *e, size_t i,
			       const struct expr_cell *cell);

#endif
