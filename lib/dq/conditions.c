/* SPDX-License-Identifier: MIT */
/*
 * Compiles a row_condition: the tree of objects that Great Expectations 1.9
 * and later write. Condition strings, which are programs for pandas, Spark or
 * an older Great Expectations, are refused: never guessed, never ignored.
 */
#include "dq/rules.h"

/* Great Expectations nests two deep; this leaves room. */
#define MAX_DEPTH 8

struct operator_name {
	const char *name;
	enum dq_condition_kind kind;
};

static const struct operator_name operator_names[] = {
	{"==", DQ_EQUAL},      {"!=", DQ_NOT_EQUAL},  {"<", DQ_LESS},
	{"<=", DQ_LESS_EQUAL}, {">", DQ_GREATER},     {">=", DQ_GREATER_EQUAL},
	{"IN", DQ_IN},	       {"NOT_IN", DQ_NOT_IN},
};

static int compile_node(struct dq_suite *s, struct doc_val v, unsigned depth,
			struct dq_condition *c, struct fail *f);

static int
compile_children(struct dq_suite *s, struct doc_val v, unsigned depth,
		 struct dq_condition *c, struct fail *f)
{
	struct doc_val list, item;
	struct doc_iter it;
	struct str key;
	int rc;

	rc = doc_get_array(v, "conditions", &list, f);
	if (rc < 0)
		return rc;
	if (doc_len(list) == 0)
		return doc_fail(list, f, "no conditions");
	c->child = arena_zalloc(&s->mem, doc_len(list), sizeof(*c->child));
	if (c->child == NULL)
		return fail_memory(f);
	for (it = doc_each(list); rc == 0 && doc_next(&it, &key, &item);)
		rc = compile_node(s, item, depth + 1, &c->child[c->child_n++],
				  f);
	return rc;
}

static int
compile_operator(struct doc_val v, enum dq_condition_kind *kind, struct fail *f)
{
	struct doc_val at = doc_find(v, "operator");
	struct str name;
	size_t i;
	int rc;

	rc = doc_get_str(v, "operator", &name, f);
	if (rc < 0)
		return rc;
	for (i = 0; i < sizeof(operator_names) / sizeof(operator_names[0]); i++)
		if (str_is(name, operator_names[i].name)) {
			*kind = operator_names[i].kind;
			return 0;
		}
	return doc_fail(at, f, "unknown operator '%.*s'", STR_ARG(name));
}

static int
compile_comparison(struct dq_suite *s, struct doc_val v, struct dq_condition *c,
		   struct fail *f)
{
	struct doc_val parameter = doc_find(v, "parameter");
	bool is_list;
	int rc;

	rc = compile_operator(v, &c->kind, f);
	if (rc < 0)
		return rc;
	is_list = c->kind == DQ_IN || c->kind == DQ_NOT_IN;
	if (doc_kind(parameter) == DOC_ABSENT ||
	    doc_kind(parameter) == DOC_NULL)
		return doc_fail(v, f,
				"no parameter to compare with; to ask for "
				"null use a condition of type nullity");
	if (is_list != (doc_kind(parameter) == DOC_ARRAY))
		return doc_fail(parameter, f, "expected %s, found %s",
				is_list ? "an array" : "one value",
				doc_kind_name(parameter));
	if (is_list || c->kind == DQ_EQUAL || c->kind == DQ_NOT_EQUAL)
		return dq_compile_set(s, parameter, &c->set, f);
	return dq_compile_bound(parameter, &c->bound, f);
}

static int
compile_column(struct dq_suite *s, struct doc_val v, uint32_t *out,
	       struct fail *f)
{
	struct doc_val column;
	int rc;

	rc = doc_get_object(v, "column", &column, f);
	return rc < 0 ? rc : dq_compile_column(s, column, "name", out, f);
}

static int
compile_node(struct dq_suite *s, struct doc_val v, unsigned depth,
	     struct dq_condition *c, struct fail *f)
{
	struct str type;
	bool is_null = true;
	int rc;

	if (depth > MAX_DEPTH)
		return doc_fail(v, f, "conditions nest deeper than %d",
				MAX_DEPTH);
	rc = doc_get_str(v, "type", &type, f);
	if (rc < 0)
		return rc;
	if (str_is(type, "and") || str_is(type, "or")) {
		c->kind = str_is(type, "and") ? DQ_AND : DQ_OR;
		return compile_children(s, v, depth, c, f);
	}
	if (str_is(type, "pass_through"))
		return doc_fail(v, f,
				"a condition written for pandas or Spark is "
				"not supported; write it as objects of type "
				"comparison, nullity, and, or");
	if (!str_is(type, "comparison") && !str_is(type, "nullity"))
		return doc_fail(v, f, "unknown type of condition '%.*s'",
				STR_ARG(type));
	rc = compile_column(s, v, &c->column, f);
	if (rc < 0)
		return rc;
	if (str_is(type, "comparison"))
		return compile_comparison(s, v, c, f);
	rc = doc_get_bool(v, "is_null", &is_null, f);
	c->kind = is_null ? DQ_IS_NULL : DQ_IS_NOT_NULL;
	return rc;
}

void
dq_condition_release(struct dq_condition *c)
{
	size_t i;

	for (i = 0; i < c->child_n; i++)
		dq_condition_release(&c->child[i]);
	dq_set_release(&c->set);
}

/* Add a condition, whose text is a new one, to the suite. */
static int
add_condition(struct dq_suite *s, struct doc_val v, struct fail *f)
{
	struct dq_condition *c;

	if (!MEM_GROW(&s->condition, s->condition_n, &s->condition_cap))
		return fail_memory(f);
	c = &s->condition[s->condition_n++];
	*c = (struct dq_condition){0};
	return compile_node(s, v, 1, c, f);
}

/*
 * Rules often share a condition ("topic is listen_events"): equal texts are
 * one condition, looked at once a row.
 */
int
dq_compile_condition(struct dq_suite *s, struct doc_val v, size_t *out,
		     struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	int64_t index;
	bool is_new;
	int rc;

	if (doc_kind(v) != DOC_OBJECT)
		return doc_fail(v, f,
				"expected an object, found %s; a condition is "
				"written as objects of type comparison, "
				"nullity, and, or",
				doc_kind_name(v));
	buf_init(&text, LIMIT_CONFIG);
	doc_writer_init(&w, &text, 0);
	doc_put_val(&w, NULL, v);
	rc = doc_writer_end(&w, f);
	if (rc < 0)
		goto out;
	index = map_add(&s->condition_texts, buf_str(&text), &is_new);
	if (index < 0) {
		rc = fail_memory(f);
		goto out;
	}
	*out = (size_t)index;
	if (is_new)
		rc = add_condition(s, v, f);
out:
	buf_release(&text);
	return rc;
}
