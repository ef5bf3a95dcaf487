/* SPDX-License-Identifier: MIT */
/*
 * Private to dq: what a suite is compiled into. All of it is fixed once
 * dq_suite_parse returned; what a judge counts stands in judge.h.
 */
#ifndef DQ_RULES_H
#define DQ_RULES_H

#include "doc/doc.h"
#include "dq/dq.h"

/* A JSON number: exact while it is an int64, else the nearest double. */
struct dq_number {
	bool is_int;
	int64_t i64;
	double f64;
};

void dq_number_of(const struct ndjson_val *v, struct dq_number *out);

/* Exact also between an int64 and a double. */
int dq_number_compare_mixed(const struct dq_number *a,
			    const struct dq_number *b) PORT_PURE;

PORT_INLINE int
dq_number_compare(const struct dq_number *a, const struct dq_number *b)
{
	if (PORT_LIKELY(a->is_int && b->is_int))
		return (a->i64 > b->i64) - (a->i64 < b->i64);
	return dq_number_compare_mixed(a, b);
}

/* One end of a range. */
struct dq_bound {
	enum {
		DQ_BOUND_NONE,
		DQ_BOUND_NUMBER,
		DQ_BOUND_TEXT,
	} kind;
	bool is_strict;
	struct dq_number number;
	struct str text; /* compared byte by byte, so by code point */
};

struct dq_set {
	struct map texts;
	struct dq_number *numbers; /* sorted; in the suite's arena */
	size_t number_n;
	bool has_true;
	bool has_false;
};

/* ---- groups: see groups.c ---- */

/* Rules of one column under one condition. */
struct dq_group {
	struct dq_rule **rule;
	size_t not_null_n; /* so many of them want a value, and come first */
	size_t rule_n;
	uint32_t column;
};

/* A range of a suite's groups. */
struct dq_groups {
	size_t first;
	size_t n;
};

/* ---- conditions ---- */

enum dq_condition_kind {
	DQ_AND,
	DQ_OR,
	DQ_IS_NULL,
	DQ_IS_NOT_NULL,
	DQ_EQUAL,
	DQ_NOT_EQUAL,
	DQ_LESS,
	DQ_LESS_EQUAL,
	DQ_GREATER,
	DQ_GREATER_EQUAL,
	DQ_IN,
	DQ_NOT_IN,
};

/* A node of a row_condition. Nodes lie in the suite's arena. */
struct dq_condition {
	enum dq_condition_kind kind;
	uint32_t column;
	struct dq_set set;	    /* of comparisons for equality */
	struct dq_bound bound;	    /* of comparisons by order */
	struct dq_condition *child; /* array */
	size_t child_n;
	struct dq_groups groups; /* of a whole condition: what it is for */
};

/* ---- rules ---- */

enum dq_rule_kind {
	DQ_RULE_NOT_NULL,
	DQ_RULE_NULL,
	DQ_RULE_IN_SET,
	DQ_RULE_NOT_IN_SET,
	DQ_RULE_BETWEEN,
	DQ_RULE_OF_TYPE,
	DQ_RULE_REGEX,
	DQ_RULE_NOT_REGEX,
	DQ_RULE_LENGTH,
	DQ_RULE_UNIQUE,
	/* From here on about the table, not about a row. */
	DQ_RULE_EXISTS,
	DQ_RULE_ROW_COUNT,
};

/* JSON kinds that a type name stands for. */
enum {
	DQ_TYPE_BOOLEAN = 1,
	DQ_TYPE_INT64 = 2, /* written as an integer, and fits */
	DQ_TYPE_WHOLE = 4, /* a whole number, however it is written */
	DQ_TYPE_NUMBER = 8,
	DQ_TYPE_STRING = 16,
	DQ_TYPE_OBJECT = 32,
	DQ_TYPE_ARRAY = 64,
};

#define DQ_NO_CONDITION SIZE_MAX

struct dq_regex;

struct dq_rule {
	enum dq_rule_kind kind;
	enum dq_severity severity;
	/* What the kind needs comes next, because every row asks for it: */
	uint32_t column;	       /* not of DQ_RULE_ROW_COUNT */
	unsigned types;		       /* DQ_TYPE_* or-ed */
	uint64_t count_min, count_max; /* of a length or the row count */
	struct dq_regex *regex;	       /* owned */
	size_t unique;		       /* index among the uniqueness rules */
	struct dq_bound min, max;
	struct dq_set set;
	/* What it is, and where: */
	size_t number;	  /* in the suite */
	size_t condition; /* index, or DQ_NO_CONDITION */
	size_t group;	  /* index, of a rule about rows */
	struct str type;  /* the expectation's name */
	struct doc_val config;
	double mostly;
};

struct dq_suite {
	struct doc *doc;
	struct arena mem;
	struct str name;
	struct map columns;
	struct dq_rule *rule;
	size_t rule_n;
	size_t rule_cap;
	struct dq_condition *condition; /* equal ones are one */
	struct map condition_texts;
	size_t condition_n;
	size_t condition_cap;
	size_t unique_n;
	struct dq_rule **order; /* the rules about rows, as they are judged */
	size_t order_n;
	struct dq_group *group;
	size_t group_n;
	struct dq_groups always; /* the groups without a condition */
};

PORT_INLINE bool
dq_rule_is_map(const struct dq_rule *r)
{
	return r->kind < DQ_RULE_EXISTS;
}

/* The value's place against the bounds, as -1, 0 or 1, is one that the rule
 * allows. */
PORT_INLINE bool
dq_is_order_within(int order_min, int order_max, const struct dq_rule *r)
{
	return order_min >= (r->min.is_strict ? 1 : 0) &&
	       order_max <= (r->max.is_strict ? -1 : 0);
}

/* A count (a length, the number of rows) against the rule's bounds. */
PORT_INLINE bool
dq_is_count_within(uint64_t count, const struct dq_rule *r)
{
	return count >= r->count_min && count <= r->count_max;
}

/* ---- compiling; each fails with a sentence that names the place ---- */

/* The index of the column that object's member key names; added if new. */
int dq_compile_column(struct dq_suite *s, struct doc_val object,
		      const char *key, uint32_t *out,
		      struct fail *f) PORT_MUST_CHECK;
/* A number or a string; null or absent is no bound. */
int dq_compile_bound(struct doc_val v, struct dq_bound *out,
		     struct fail *f) PORT_MUST_CHECK;
/* An array, or one value. */
int dq_compile_set(struct dq_suite *s, struct doc_val v, struct dq_set *out,
		   struct fail *f) PORT_MUST_CHECK;
void dq_set_release(struct dq_set *set);
bool dq_set_has_number(const struct dq_set *set,
		       const struct dq_number *v) PORT_PURE;
/* A row_condition; *out is its index. */
int dq_compile_condition(struct dq_suite *s, struct doc_val v, size_t *out,
			 struct fail *f) PORT_MUST_CHECK;
void dq_condition_release(struct dq_condition *c);
/* Fill the groups, once all rules are there. */
int dq_group_rules(struct dq_suite *s, struct fail *f) PORT_MUST_CHECK;
/* A name of pandas, SQL, Spark or JSON Schema; 0 when nobody knows it. */
unsigned dq_type_of_name(struct str name) PORT_PURE;

/* ---- regular expressions: regex.c is the only user of PCRE2 ---- */

int dq_regex_open(struct dq_regex **out, struct doc_val pattern,
		  struct fail *f) PORT_MUST_CHECK;
void dq_regex_close(struct dq_regex *r);

enum dq_match {
	DQ_MATCH_NO,
	DQ_MATCH_YES,
	DQ_MATCH_ERROR, /* a limit was hit: neither yes nor no */
};

/* Search text, which is UTF-8, for the pattern. */
enum dq_match dq_regex_search(struct dq_regex *r, struct str text);

#endif
