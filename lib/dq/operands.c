/* SPDX-License-Identifier: MIT */
/*
 * What rules are made of besides patterns: numbers that compare exactly,
 * bounds, sets and the many names of types.
 */
#include "dq/rules.h"

#include <math.h>
#include <stdlib.h>

/* ---- numbers ---- */

#define TWO_TO_53 9007199254740992.0
#define TWO_TO_63 9223372036854775808.0

/* One form for 3 and 3.0: a whole number that an int64 holds is one. */
static void
set_f64(struct dq_number *out, double d)
{
	out->is_int = d >= -TWO_TO_63 && d < TWO_TO_63 &&
		      d == (double)(int64_t)d;
	out->i64 = out->is_int ? (int64_t)d : 0;
	out->f64 = d;
}

static void
set_i64(struct dq_number *out, int64_t i)
{
	out->is_int = true;
	out->i64 = i;
	out->f64 = (double)i;
}

void
dq_number_of(const struct ndjson_val *v, struct dq_number *out)
{
	int64_t i;
	double d;

	if (v->kind == NDJSON_INT && num_parse_i64(v->p, v->n, &i) == NUM_OK) {
		set_i64(out, i);
		return;
	}
	/* 1e999: beyond every bound, on its side */
	if (num_parse_f64(v->p, v->n, &d) != NUM_OK)
		d = v->n > 0 && v->p[0] == '-' ? -HUGE_VAL : HUGE_VAL;
	/* From 2^53 on the nearest double may be another whole number. */
	if (fabs(d) >= TWO_TO_53 && num_parse_whole(v->p, v->n, &i) == NUM_OK)
		set_i64(out, i);
	else
		set_f64(out, d);
}

static int
compare_i64_f64(int64_t a, double b)
{
	double fraction;
	int64_t whole;

	if (b >= TWO_TO_63)
		return -1;
	if (b < -TWO_TO_63)
		return 1;
	whole = (int64_t)b; /* fits: cut towards zero */
	if (a != whole)
		return a < whole ? -1 : 1;
	fraction = b - (double)whole;
	return (fraction < 0) - (fraction > 0);
}

int
dq_number_compare_mixed(const struct dq_number *a, const struct dq_number *b)
{
	if (a->is_int && b->is_int)
		return (a->i64 > b->i64) - (a->i64 < b->i64);
	if (a->is_int)
		return compare_i64_f64(a->i64, b->f64);
	if (b->is_int)
		return -compare_i64_f64(b->i64, a->f64);
	return (a->f64 > b->f64) - (a->f64 < b->f64);
}

static int
compare_numbers(const void *a, const void *b)
{
	return dq_number_compare(a, b);
}

static int
compile_number(struct doc_val v, struct dq_number *out, struct fail *f)
{
	double d;
	int rc;

	if (doc_kind(v) == DOC_INTEGER) {
		rc = doc_as_i64(v, &out->i64, f);
		out->is_int = true;
		out->f64 = (double)out->i64;
		return rc;
	}
	rc = doc_as_f64(v, &d, f);
	if (rc == 0)
		set_f64(out, d);
	return rc;
}

/* ---- bounds ---- */

int
dq_compile_bound(struct doc_val v, struct dq_bound *out, struct fail *f)
{
	switch (doc_kind(v)) {
	case DOC_ABSENT:
	case DOC_NULL:
		out->kind = DQ_BOUND_NONE;
		return 0;
	case DOC_STRING:
		out->kind = DQ_BOUND_TEXT;
		return doc_as_str(v, &out->text, f);
	case DOC_INTEGER:
	case DOC_REAL:
		out->kind = DQ_BOUND_NUMBER;
		return compile_number(v, &out->number, f);
	default:
		return doc_fail(v, f,
				"expected a number, a string or null, found %s",
				doc_kind_name(v));
	}
}

/* ---- sets ---- */

/* The numbers lie in a growing array until the set is complete. */
struct numbers {
	struct dq_number *p;
	size_t n;
	size_t cap;
};

static int
add_value(struct doc_val v, struct dq_set *set, struct numbers *numbers,
	  struct fail *f)
{
	struct str text;
	bool b;
	int rc;

	switch (doc_kind(v)) {
	case DOC_STRING:
		rc = doc_as_str(v, &text, f);
		if (rc == 0 && map_add(&set->texts, text, NULL) < 0)
			rc = fail_memory(f);
		return rc;
	case DOC_INTEGER:
	case DOC_REAL:
		if (!MEM_GROW(&numbers->p, numbers->n, &numbers->cap))
			return fail_memory(f);
		return compile_number(v, &numbers->p[numbers->n++], f);
	case DOC_BOOLEAN:
		rc = doc_as_bool(v, &b, f);
		if (rc == 0)
			*(b ? &set->has_true : &set->has_false) = true;
		return rc;
	case DOC_NULL: /* a null value is never looked up */
		return 0;
	default:
		return doc_fail(v, f,
				"a set holds strings, numbers and booleans, "
				"found %s",
				doc_kind_name(v));
	}
}

/* One value, or the items of an array. */
static int
fill_set(struct doc_val v, struct dq_set *set, struct numbers *numbers,
	 struct fail *f)
{
	struct doc_iter it;
	struct doc_val item;
	struct str key;
	int rc = 0;

	if (doc_kind(v) != DOC_ARRAY)
		return add_value(v, set, numbers, f);
	for (it = doc_each(v); rc == 0 && doc_next(&it, &key, &item);)
		rc = add_value(item, set, numbers, f);
	return rc;
}

int
dq_compile_set(struct dq_suite *s, struct doc_val v, struct dq_set *out,
	       struct fail *f)
{
	struct numbers numbers = {0};
	int rc;

	map_init(&out->texts, LIMIT_CONFIG);
	rc = fill_set(v, out, &numbers, f);
	if (rc < 0)
		goto out;
	out->numbers = arena_zalloc(&s->mem, numbers.n + 1, sizeof(*numbers.p));
	if (out->numbers == NULL) {
		rc = fail_memory(f);
		goto out;
	}
	out->number_n = numbers.n;
	if (numbers.n > 0) {
		qsort(numbers.p, numbers.n, sizeof(*numbers.p),
		      compare_numbers);
		memcpy(out->numbers, numbers.p, numbers.n * sizeof(*numbers.p));
	}
out:
	free(numbers.p);
	return rc;
}

void
dq_set_release(struct dq_set *set)
{
	/* A set that was never compiled is all zero. */
	if (set->texts.max > 0)
		map_release(&set->texts);
}

bool
dq_set_has_number(const struct dq_set *set, const struct dq_number *v)
{
	size_t low = 0, high = set->number_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = dq_number_compare(v, &set->numbers[middle]);

		if (c == 0)
			return true;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* ---- names of types ---- */

struct type_name {
	const char *name;
	unsigned types;
};

/*
 * numpy, pandas and Python; SQL; Spark; JSON Schema. Not "object": pandas
 * and JSON mean different things by it.
 */
static const struct type_name type_names[] = {
	{"bool", DQ_TYPE_BOOLEAN},	  {"bool_", DQ_TYPE_BOOLEAN},
	{"boolean", DQ_TYPE_BOOLEAN},	  {"BOOLEAN", DQ_TYPE_BOOLEAN},
	{"BooleanType", DQ_TYPE_BOOLEAN}, {"int", DQ_TYPE_INT64},
	{"int8", DQ_TYPE_INT64},	  {"int16", DQ_TYPE_INT64},
	{"int32", DQ_TYPE_INT64},	  {"int64", DQ_TYPE_INT64},
	{"Int64", DQ_TYPE_INT64},	  {"long", DQ_TYPE_INT64},
	{"INTEGER", DQ_TYPE_INT64},	  {"BIGINT", DQ_TYPE_INT64},
	{"IntegerType", DQ_TYPE_INT64},	  {"LongType", DQ_TYPE_INT64},
	{"integer", DQ_TYPE_WHOLE},	  {"float", DQ_TYPE_NUMBER},
	{"float32", DQ_TYPE_NUMBER},	  {"float64", DQ_TYPE_NUMBER},
	{"Float64", DQ_TYPE_NUMBER},	  {"double", DQ_TYPE_NUMBER},
	{"DOUBLE", DQ_TYPE_NUMBER},	  {"FLOAT", DQ_TYPE_NUMBER},
	{"DoubleType", DQ_TYPE_NUMBER},	  {"FloatType", DQ_TYPE_NUMBER},
	{"number", DQ_TYPE_NUMBER},	  {"str", DQ_TYPE_STRING},
	{"string", DQ_TYPE_STRING},	  {"TEXT", DQ_TYPE_STRING},
	{"VARCHAR", DQ_TYPE_STRING},	  {"StringType", DQ_TYPE_STRING},
	{"dict", DQ_TYPE_OBJECT},	  {"StructType", DQ_TYPE_OBJECT},
	{"list", DQ_TYPE_ARRAY},	  {"array", DQ_TYPE_ARRAY},
	{"ArrayType", DQ_TYPE_ARRAY},
};

unsigned
dq_type_of_name(struct str name)
{
	size_t i;

	for (i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
		if (str_is(name, type_names[i].name))
			return type_names[i].types;
	return 0;
}
