/* SPDX-License-Identifier: MIT */
/*
 * Compiles a suite into rules. Everything in a suite is either understood
 * or refused by name and place: a rule that is passed over in silence is
 * worse than none.
 */
#include "dq/rules.h"

#include <math.h>
#include <stdlib.h>

#define MAX_RULES 4096
#define COUNT_MAX 0x1p53 /* more than anybody counts; a double is exact */

const char *
dq_severity_name(enum dq_severity severity)
{
	static const char *const name[] = {"info", "warning", "critical"};

	return name[severity];
}

/* ---- arguments of expectations ---- */

/* Keywords of every expectation. The last five say how Great Expectations
 * is to run, and nothing about the data. */
static const char *const common_keys[] = {
	"column",	    "mostly",		"row_condition",
	"condition_parser", "result_format",	"batch_id",
	"windows",	    "catch_exceptions", "include_config",
};
#define COMMON_KEYS (sizeof(common_keys) / sizeof(common_keys[0]))
#define OWN_KEYS    4

static int
parse_nothing(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	      struct fail *f)
{
	(void)s, (void)kwargs, (void)r, (void)f;
	return 0;
}

static int
parse_set(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	  struct fail *f)
{
	struct doc_val set;
	int rc;

	rc = doc_get_array(kwargs, "value_set", &set, f);
	return rc < 0 ? rc : dq_compile_set(s, set, &r->set, f);
}

static bool
is_upside_down(const struct dq_bound *min, const struct dq_bound *max)
{
	if (min->kind == DQ_BOUND_TEXT)
		return str_compare(min->text, max->text) > 0;
	return dq_number_compare(&min->number, &max->number) > 0;
}

static int
parse_range(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	    struct fail *f)
{
	int rc;

	(void)s;
	if ((rc = dq_compile_bound(doc_find(kwargs, "min_value"), &r->min, f)) <
		    0 ||
	    (rc = dq_compile_bound(doc_find(kwargs, "max_value"), &r->max, f)) <
		    0 ||
	    (rc = doc_opt_bool(kwargs, "strict_min", &r->min.is_strict, f)) <
		    0 ||
	    (rc = doc_opt_bool(kwargs, "strict_max", &r->max.is_strict, f)) < 0)
		return rc;
	if (r->min.kind == DQ_BOUND_NONE && r->max.kind == DQ_BOUND_NONE)
		return doc_fail(kwargs, f,
				"neither min_value nor max_value is given");
	if (r->min.kind == DQ_BOUND_NONE || r->max.kind == DQ_BOUND_NONE)
		return 0;
	if (r->min.kind != r->max.kind)
		return doc_fail(kwargs, f,
				"min_value and max_value are of two types");
	if (is_upside_down(&r->min, &r->max))
		return doc_fail(kwargs, f,
				"min_value is greater than max_value");
	return 0;
}

/* The counts between the bounds; none if the first is greater. */
static void
set_count_range(struct dq_rule *r)
{
	const struct dq_bound *min = &r->min, *max = &r->max;
	double low = 0, high = COUNT_MAX;

	if (min->kind == DQ_BOUND_NUMBER)
		low = min->is_strict ? floor(min->number.f64) + 1
				     : ceil(min->number.f64);
	if (max->kind == DQ_BOUND_NUMBER)
		high = max->is_strict ? ceil(max->number.f64) - 1
				      : floor(max->number.f64);
	if (high < low || high < 0) {
		low = 1;
		high = 0;
	}
	r->count_min = low > 0 ? (uint64_t)fmin(low, COUNT_MAX) : 0;
	r->count_max = (uint64_t)fmin(high, COUNT_MAX);
}

/* A range of a count: no texts. */
static int
parse_count_range(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
		  struct fail *f)
{
	int rc = parse_range(s, kwargs, r, f);

	if (rc < 0)
		return rc;
	if (r->min.kind == DQ_BOUND_TEXT || r->max.kind == DQ_BOUND_TEXT)
		return doc_fail(kwargs, f, "expected numbers as bounds");
	set_count_range(r);
	return 0;
}

static int
parse_count(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	    struct fail *f)
{
	int64_t value;
	int rc;

	(void)s;
	rc = doc_get_i64(kwargs, "value", &value, f);
	if (rc < 0)
		return rc;
	r->min.kind = DQ_BOUND_NUMBER;
	r->min.number.f64 = (double)value;
	r->max = r->min;
	set_count_range(r);
	return 0;
}

static int
add_type(struct doc_val v, struct dq_rule *r, struct fail *f)
{
	struct str name;
	unsigned types;
	int rc;

	rc = doc_as_str(v, &name, f);
	if (rc < 0)
		return rc;
	types = dq_type_of_name(name);
	if (types == 0)
		return doc_fail(v, f,
				"unknown type '%.*s'; known are int64, "
				"float64, str, bool, list, dict and their "
				"names in SQL, Spark and JSON Schema",
				STR_ARG(name));
	r->types |= types;
	return 0;
}

static int
parse_type(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	   struct fail *f)
{
	struct str name;
	int rc;

	(void)s;
	rc = doc_get_str(kwargs, "type_", &name, f);
	return rc < 0 ? rc : add_type(doc_find(kwargs, "type_"), r, f);
}

static int
parse_types(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	    struct fail *f)
{
	struct doc_val list;
	size_t i;
	int rc;

	(void)s;
	rc = doc_get_array(kwargs, "type_list", &list, f);
	for (i = 0; rc == 0 && i < doc_len(list); i++)
		rc = add_type(doc_item(list, i), r, f);
	return rc;
}

static int
parse_regex(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	    struct fail *f)
{
	struct str text;
	int rc;

	(void)s;
	rc = doc_get_str(kwargs, "regex", &text, f);
	return rc < 0 ? rc
		      : dq_regex_open(&r->regex, doc_find(kwargs, "regex"), f);
}

static int
parse_unique(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	     struct fail *f)
{
	(void)kwargs, (void)f;
	r->unique = s->unique_n++;
	return 0;
}

static int
parse_exists(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	     struct fail *f)
{
	struct doc_val index = doc_find(kwargs, "column_index");

	(void)s, (void)r;
	if (doc_kind(index) == DOC_ABSENT || doc_kind(index) == DOC_NULL)
		return 0;
	return doc_fail(index, f,
			"not supported: the keys of a JSON object have no "
			"order");
}

/* ---- the expectations ---- */

struct expectation {
	const char *type;
	enum dq_rule_kind kind;
	int (*parse)(struct dq_suite *s, struct doc_val kwargs,
		     struct dq_rule *r, struct fail *f);
	const char *key[OWN_KEYS]; /* keywords besides the common ones */
};

#define RANGE_KEYS                                                             \
	{                                                                      \
		"min_value", "max_value", "strict_min", "strict_max"           \
	}

static const struct expectation expectations[] = {
	{"expect_column_values_to_not_be_null",
	 DQ_RULE_NOT_NULL,
	 parse_nothing,
	 {0}},
	{"expect_column_values_to_be_null", DQ_RULE_NULL, parse_nothing, {0}},
	{"expect_column_values_to_be_in_set",
	 DQ_RULE_IN_SET,
	 parse_set,
	 {"value_set"}},
	{"expect_column_values_to_not_be_in_set",
	 DQ_RULE_NOT_IN_SET,
	 parse_set,
	 {"value_set"}},
	{"expect_column_values_to_be_between", DQ_RULE_BETWEEN, parse_range,
	 RANGE_KEYS},
	{"expect_column_values_to_be_of_type",
	 DQ_RULE_OF_TYPE,
	 parse_type,
	 {"type_"}},
	{"expect_column_values_to_be_in_type_list",
	 DQ_RULE_OF_TYPE,
	 parse_types,
	 {"type_list"}},
	{"expect_column_values_to_match_regex",
	 DQ_RULE_REGEX,
	 parse_regex,
	 {"regex"}},
	{"expect_column_values_to_not_match_regex",
	 DQ_RULE_NOT_REGEX,
	 parse_regex,
	 {"regex"}},
	{"expect_column_value_lengths_to_be_between", DQ_RULE_LENGTH,
	 parse_count_range, RANGE_KEYS},
	{"expect_column_value_lengths_to_equal",
	 DQ_RULE_LENGTH,
	 parse_count,
	 {"value"}},
	{"expect_column_values_to_be_unique",
	 DQ_RULE_UNIQUE,
	 parse_unique,
	 {0}},
	{"expect_column_to_exist",
	 DQ_RULE_EXISTS,
	 parse_exists,
	 {"column_index"}},
	{"expect_table_row_count_to_be_between", DQ_RULE_ROW_COUNT,
	 parse_count_range, RANGE_KEYS},
	{"expect_table_row_count_to_equal",
	 DQ_RULE_ROW_COUNT,
	 parse_count,
	 {"value"}},
};

static const struct expectation *
find_expectation(struct str type)
{
	size_t i;

	for (i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++)
		if (str_is(type, expectations[i].type))
			return &expectations[i];
	return NULL;
}

/* ---- one rule ---- */

int
dq_compile_column(struct dq_suite *s, struct doc_val object, const char *key,
		  uint32_t *out, struct fail *f)
{
	struct doc_val at = doc_find(object, key);
	struct str name;
	int64_t index;
	int rc;

	rc = doc_get_str(object, key, &name, f);
	if (rc < 0)
		return rc;
	if (name.n == 0 || name.n > LIMIT_NAME)
		return doc_fail(at, f, "a column's name has 1 to %d bytes",
				LIMIT_NAME);
	if (memchr(name.p, '.', name.n) != NULL)
		return doc_fail(at, f,
				"column '%.*s': paths into objects are not "
				"supported",
				STR_ARG(name));
	index = map_add(&s->columns, name, NULL);
	if (index < 0)
		return doc_fail(at, f, "more than %d columns", LIMIT_COLUMNS);
	*out = (uint32_t)index;
	return 0;
}

static int
check_keywords(const struct expectation *e, struct doc_val kwargs,
	       struct fail *f)
{
	const char *keys[COMMON_KEYS + OWN_KEYS];
	struct doc_iter it;
	struct doc_val value;
	struct str key;
	size_t n = COMMON_KEYS, i;

	memcpy(keys, common_keys, sizeof(common_keys));
	for (i = 0; i < OWN_KEYS && e->key[i] != NULL; i++)
		keys[n++] = e->key[i];
	for (it = doc_each(kwargs); doc_next(&it, &key, &value);)
		if (doc_kind(doc_find(value, "$PARAMETER")) != DOC_ABSENT)
			return doc_fail(value, f,
					"run-time parameters are not "
					"supported; write the value");
	return doc_only_keys(kwargs, keys, n, f);
}

static int
parse_common(struct dq_suite *s, struct doc_val kwargs, struct dq_rule *r,
	     struct fail *f)
{
	struct doc_val condition = doc_find(kwargs, "row_condition");
	int rc = 0;

	if (r->kind != DQ_RULE_ROW_COUNT)
		rc = dq_compile_column(s, kwargs, "column", &r->column, f);
	if (rc < 0)
		return rc;
	r->mostly = 1;
	rc = doc_opt_f64(kwargs, "mostly", &r->mostly, f);
	if (rc < 0)
		return rc;
	if (!(r->mostly >= 0 && r->mostly <= 1))
		return doc_fail(doc_find(kwargs, "mostly"), f,
				"a share lies between 0 and 1");
	r->condition = DQ_NO_CONDITION;
	if (doc_kind(condition) == DOC_ABSENT ||
	    doc_kind(condition) == DOC_NULL)
		return 0;
	if (r->kind == DQ_RULE_EXISTS)
		return doc_fail(condition, f,
				"a column exists or not, whatever the row");
	return dq_compile_condition(s, condition, &r->condition, f);
}

static int
parse_severity(struct doc_val v, struct dq_rule *r, struct fail *f)
{
	struct str name = STR_LIT("critical");
	int i, rc;

	rc = doc_opt_str(v, "severity", &name, f);
	if (rc < 0)
		return rc;
	for (i = DQ_INFO; i <= DQ_CRITICAL; i++)
		if (str_is(name, dq_severity_name((enum dq_severity)i))) {
			r->severity = (enum dq_severity)i;
			return 0;
		}
	return doc_fail(doc_find(v, "severity"), f,
			"unknown severity '%.*s'; known are critical, warning "
			"and info",
			STR_ARG(name));
}

/* Great Expectations 1.x says type, 0.x said expectation_type. */
static const char *
type_key(struct doc_val v)
{
	return doc_kind(doc_find(v, "type")) == DOC_ABSENT ? "expectation_type"
							   : "type";
}

static int
parse_rule(struct dq_suite *s, struct doc_val v, struct dq_rule *r,
	   struct fail *f)
{
	const struct expectation *e;
	struct doc_val kwargs;
	int rc;

	if (doc_kind(doc_find(v, "type")) == DOC_ABSENT &&
	    doc_kind(doc_find(v, "expectation_type")) == DOC_ABSENT)
		return doc_fail(v, f, "an expectation without a type");
	if ((rc = doc_get_str(v, type_key(v), &r->type, f)) < 0 ||
	    (rc = doc_get_object(v, "kwargs", &kwargs, f)) < 0 ||
	    (rc = parse_severity(v, r, f)) < 0)
		return rc;
	e = find_expectation(r->type);
	if (e == NULL)
		return doc_fail(doc_find(v, type_key(v)), f,
				"expectation '%.*s' is not supported; "
				"dq-check(1) lists those that are",
				STR_ARG(r->type));
	r->kind = e->kind;
	r->config = v;
	rc = check_keywords(e, kwargs, f);
	if (rc == 0)
		rc = parse_common(s, kwargs, r, f);
	return rc < 0 ? rc : e->parse(s, kwargs, r, f);
}

/* ---- the suite ---- */

static int
parse_rules(struct dq_suite *s, struct doc_val list, struct fail *f)
{
	struct doc_val item;
	struct doc_iter it;
	struct str key;
	int rc = 0;

	if (doc_len(list) == 0)
		return doc_fail(list, f, "a suite without expectations");
	if (doc_len(list) > MAX_RULES)
		return doc_fail(list, f, "more than %d expectations",
				MAX_RULES);
	for (it = doc_each(list); rc == 0 && doc_next(&it, &key, &item);) {
		if (!MEM_GROW(&s->rule, s->rule_n, &s->rule_cap))
			return fail_memory(f);
		s->rule[s->rule_n] = (struct dq_rule){.number = s->rule_n};
		rc = parse_rule(s, item, &s->rule[s->rule_n++], f);
	}
	return rc < 0 ? rc : dq_group_rules(s, f);
}

static int
parse_suite(struct dq_suite *s, struct fail *f)
{
	struct doc_val root = doc_root(s->doc), list = {0};
	int rc;

	if (doc_kind(root) != DOC_OBJECT)
		return doc_fail(root, f, "a suite is an object, found %s",
				doc_kind_name(root));
	rc = doc_get_str(root,
			 doc_kind(doc_find(root, "name")) == DOC_ABSENT
				 ? "expectation_suite_name"
				 : "name",
			 &s->name, f);
	if (rc == 0)
		rc = doc_get_array(root, "expectations", &list, f);
	return rc < 0 ? rc : parse_rules(s, list, f);
}

int
dq_suite_parse(struct dq_suite **out, struct str text, const char *source,
	       struct fail *f)
{
	struct dq_suite *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (s == NULL)
		return fail_memory(f);
	map_init(&s->columns, LIMIT_COLUMNS);
	map_init(&s->condition_texts, MAX_RULES);
	rc = doc_parse(&s->doc, text, source, FAIL_USAGE, DOC_UNIQUE_KEYS, f);
	if (rc == 0)
		rc = parse_suite(s, f);
	if (rc < 0) {
		dq_suite_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
dq_suite_close(struct dq_suite *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->rule_n; i++) {
		dq_set_release(&s->rule[i].set);
		dq_regex_close(s->rule[i].regex);
	}
	for (i = 0; i < s->condition_n; i++)
		dq_condition_release(&s->condition[i]);
	free(s->rule);
	free(s->condition);
	map_release(&s->columns);
	map_release(&s->condition_texts);
	arena_release(&s->mem);
	doc_close(s->doc);
	free(s);
}

struct str
dq_suite_name(const struct dq_suite *s)
{
	return s->name;
}

const struct str *
dq_suite_columns(const struct dq_suite *s, size_t *n)
{
	*n = s->columns.len;
	return s->columns.key;
}

bool
dq_suite_is_stateful(const struct dq_suite *s)
{
	return s->unique_n > 0;
}

size_t
dq_rule_count(const struct dq_suite *s)
{
	return s->rule_n;
}
