/* SPDX-License-Identifier: MIT */
/*
 * Judges rows, group by group (groups.c). Every rule looks at every row, also
 * at those that another rule has failed already, because Great Expectations
 * counts so. Values are converted when the first rule asks, and once a row;
 * failing is rare, so whatever only a failure needs is done there.
 */
#include "dq/judge.h"

#include <stdlib.h>

/* ---- the values of a row ---- */

static bool
is_null(const struct dq_judge *j, uint32_t column)
{
	const struct ndjson_val *v = &j->val[column];

	if (v->kind <= NDJSON_NULL)
		return true;
	return v->kind == NDJSON_STRING && v->n == 0 &&
	       j->options.is_empty_null != NULL &&
	       j->options.is_empty_null[column];
}

/* A string's value; of anything else the text as it stands in the line. */
static struct str
text_of(struct dq_judge *j, uint32_t column)
{
	const struct ndjson_val *v = &j->val[column];
	struct dq_cell *cell = &j->cell[column];

	if (v->kind != NDJSON_STRING || !v->has_escape)
		return ndjson_text(v);
	if (cell->text_row != j->counts.rows) {
		cell->text = ndjson_string(v, &j->row_mem);
		/* Out of memory for one value: judge it as it stands. */
		if (cell->text.p == NULL)
			cell->text = ndjson_text(v);
		cell->text_row = j->counts.rows;
	}
	return cell->text;
}

static bool
is_number(const struct ndjson_val *v)
{
	return v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT;
}

static const struct dq_number *
number_of(struct dq_judge *j, uint32_t column)
{
	struct dq_cell *cell = &j->cell[column];

	if (cell->number_row != j->counts.rows) {
		dq_number_of(&j->val[column], &cell->number);
		cell->number_row = j->counts.rows;
	}
	return &cell->number;
}

/* ---- sets and bounds ---- */

static bool
is_in_set(struct dq_judge *j, const struct dq_set *set, uint32_t column)
{
	switch (j->val[column].kind) {
	case NDJSON_STRING:
		return map_find(&set->texts, text_of(j, column)) >= 0;
	case NDJSON_INT:
	case NDJSON_FLOAT:
		return dq_set_has_number(set, number_of(j, column));
	case NDJSON_TRUE:
		return set->has_true;
	case NDJSON_FALSE:
		return set->has_false;
	default:
		return false;
	}
}

/* The value's place against a bound: below, at or above it as -1, 0, 1.
 * False when the two are not of one type. */
static bool
compare_bound(struct dq_judge *j, const struct dq_bound *bound, uint32_t column,
	      int *order)
{
	const struct ndjson_val *v = &j->val[column];

	if (bound->kind == DQ_BOUND_NUMBER && is_number(v)) {
		*order = dq_number_compare(number_of(j, column),
					   &bound->number);
		return true;
	}
	if (bound->kind == DQ_BOUND_TEXT && v->kind == NDJSON_STRING) {
		*order = str_compare(text_of(j, column), bound->text);
		return true;
	}
	return false;
}

static bool
is_between(struct dq_judge *j, const struct dq_rule *r)
{
	int order_min = 1, order_max = -1;

	if (r->min.kind != DQ_BOUND_NONE &&
	    !compare_bound(j, &r->min, r->column, &order_min))
		return false;
	if (r->max.kind != DQ_BOUND_NONE &&
	    !compare_bound(j, &r->max, r->column, &order_max))
		return false;
	return dq_is_order_within(order_min, order_max, r);
}

/* ---- conditions ---- */

static bool
holds_order(struct dq_judge *j, const struct dq_condition *c)
{
	int order;

	if (!compare_bound(j, &c->bound, c->column, &order))
		return false;
	switch (c->kind) {
	case DQ_LESS:
		return order < 0;
	case DQ_LESS_EQUAL:
		return order <= 0;
	case DQ_GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* Null equals nothing and is in no set, as in pandas: != and NOT_IN hold. */
static bool
holds_one(struct dq_judge *j, const struct dq_condition *c)
{
	switch (c->kind) {
	case DQ_IS_NULL:
		return is_null(j, c->column);
	case DQ_IS_NOT_NULL:
		return !is_null(j, c->column);
	case DQ_EQUAL:
	case DQ_IN:
		return is_in_set(j, &c->set, c->column);
	case DQ_NOT_EQUAL:
	case DQ_NOT_IN:
		return !is_in_set(j, &c->set, c->column);
	default:
		return holds_order(j, c);
	}
}

static bool
holds(struct dq_judge *j, const struct dq_condition *c)
{
	bool is_and = c->kind == DQ_AND;
	size_t i;

	if (!is_and && c->kind != DQ_OR)
		return holds_one(j, c);
	for (i = 0; i < c->child_n; i++)
		if (holds(j, &c->child[i]) != is_and)
			return !is_and;
	return is_and;
}

/* ---- the checks of a value that is not null ---- */

enum outcome {
	PASS,
	FAIL,
	FAIL_FIRST_AGAIN, /* uniqueness: the value came a second time */
	UNDECIDED,
	EXPECTED, /* uniqueness: see judge_expected */
};

static enum outcome
outcome_of(bool is_expected)
{
	return is_expected ? PASS : FAIL;
}

static bool
is_of_type(struct dq_judge *j, const struct dq_rule *r)
{
	const struct ndjson_val *v = &j->val[r->column];

	switch (v->kind) {
	case NDJSON_TRUE:
	case NDJSON_FALSE:
		return r->types & DQ_TYPE_BOOLEAN;
	case NDJSON_STRING:
		return r->types & DQ_TYPE_STRING;
	case NDJSON_OBJECT:
		return r->types & DQ_TYPE_OBJECT;
	case NDJSON_ARRAY:
		return r->types & DQ_TYPE_ARRAY;
	default:
		break;
	}
	if (r->types & DQ_TYPE_NUMBER)
		return true;
	if (r->types & DQ_TYPE_WHOLE && number_of(j, r->column)->is_int)
		return true;
	return r->types & DQ_TYPE_INT64 && v->kind == NDJSON_INT &&
	       number_of(j, r->column)->is_int;
}

static enum outcome
search(struct dq_judge *j, const struct dq_rule *r, enum dq_match wanted)
{
	enum dq_match match = dq_regex_search(r->regex, text_of(j, r->column));

	return match == DQ_MATCH_ERROR ? UNDECIDED
				       : outcome_of(match == wanted);
}

/* Code points: the bytes of UTF-8 that do not continue one. */
static uint64_t
count_code_points(struct str text)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_length_within(struct dq_judge *j, const struct dq_rule *r)
{
	struct str text = text_of(j, r->column);

	/* There are a quarter as many as bytes at least, and as many at most:
	 * mostly that says enough. */
	if (dq_is_count_within(text.n, r) &&
	    dq_is_count_within((text.n + 3) / 4, r))
		return true;
	return dq_is_count_within(count_code_points(text), r);
}

/*
 * Equal values have equal fingerprints: 3 and 3.0, "a" and "\u0061"; but not
 * 3 and "3". Objects and arrays are compared by their text.
 */
static void
fingerprint(struct dq_judge *j, uint32_t column, uint64_t word[2])
{
	const struct ndjson_val *v = &j->val[column];
	struct str text;

	if (is_number(v)) {
		const struct dq_number *n = number_of(j, column);
		char bytes[9] = {n->is_int ? 'i' : 'f'};

		if (n->is_int)
			memcpy(bytes + 1, &n->i64, 8);
		else
			memcpy(bytes + 1, &n->f64, 8);
		hash_bytes128(bytes, sizeof(bytes), j->unique_seed + 1, word);
		return;
	}
	text = text_of(j, column);
	hash_bytes128(text.p, text.n,
		      j->unique_seed + (v->kind == NDJSON_STRING ? 0 : v->kind),
		      word);
}

static enum outcome
expect_value(struct dq_judge *j, const struct dq_rule *r)
{
	struct dq_expected *x = &j->expected[j->expected_n++];

	x->rule = r;
	fingerprint(j, r->column, x->word);
	dq_fingerprints_expect(&j->unique[r->unique], x->word);
	return EXPECTED;
}

static enum outcome
note_value(struct dq_judge *j, const struct dq_expected *x)
{
	switch (dq_fingerprints_note(&j->unique[x->rule->unique], x->word)) {
	case DQ_SEEN_ONCE:
		return FAIL_FIRST_AGAIN;
	case DQ_SEEN_OFTEN:
		return FAIL;
	case DQ_SEEN_FULL:
		return UNDECIDED;
	default:
		return PASS;
	}
}

static enum outcome
check(struct dq_judge *j, const struct dq_rule *r)
{
	switch (r->kind) {
	case DQ_RULE_IN_SET:
		return outcome_of(is_in_set(j, &r->set, r->column));
	case DQ_RULE_NOT_IN_SET:
		return outcome_of(!is_in_set(j, &r->set, r->column));
	case DQ_RULE_BETWEEN:
		return outcome_of(is_between(j, r));
	case DQ_RULE_OF_TYPE:
		return outcome_of(is_of_type(j, r));
	case DQ_RULE_REGEX:
		return search(j, r, DQ_MATCH_YES);
	case DQ_RULE_NOT_REGEX:
		return search(j, r, DQ_MATCH_NO);
	case DQ_RULE_LENGTH:
		return outcome_of(is_length_within(j, r));
	case DQ_RULE_UNIQUE:
		return expect_value(j, r);
	case DQ_RULE_NULL:
		return FAIL;
	default:
		return PASS;
	}
}

/* ---- what a failure leaves behind ---- */

/* Does a row that fails this rule leave the stream? */
static bool
is_gate(const struct dq_judge *j, const struct dq_rule *r)
{
	return r->severity == DQ_CRITICAL &&
	       (r->mostly >= 1 || j->options.is_tolerated_bad);
}

/* The rules that a row failed are listed in the suite's order. */
static void
list_failed(struct dq_judge *j, size_t rule)
{
	size_t i = j->failed_n++;

	for (; i > 0 && j->failed[i - 1] > rule; i--)
		j->failed[i] = j->failed[i - 1];
	j->failed[i] = (uint32_t)rule;
}

/* Count a row that did not pass. */
static PORT_NOINLINE void
take_failure(struct dq_judge *j, const struct dq_rule *r, enum outcome outcome)
{
	struct dq_tally *t = &j->tally[r->number];

	if (outcome == UNDECIDED) {
		t->undecided++;
		/* A value that cannot be remembered is no fault of its row. */
		if (r->kind == DQ_RULE_UNIQUE)
			return;
	} else {
		t->failed++;
		t->groups += outcome == FAIL_FIRST_AGAIN;
		dq_keep_samples(j, t, r->column, outcome == FAIL_FIRST_AGAIN);
	}
	list_failed(j, r->number);
	j->is_bad |= is_gate(j, r);
}

/* ---- a row ---- */

static void
judge_group(struct dq_judge *j, const struct dq_group *g)
{
	size_t i;

	if (is_null(j, g->column)) {
		j->missing[g - j->suite->group]++;
		for (i = 0; i < g->not_null_n; i++)
			take_failure(j, g->rule[i], FAIL);
		return;
	}
	for (i = g->not_null_n; i < g->rule_n; i++) {
		enum outcome outcome = check(j, g->rule[i]);

		if (PORT_UNLIKELY(outcome != PASS) && outcome != EXPECTED)
			take_failure(j, g->rule[i], outcome);
	}
}

static void
judge_groups(struct dq_judge *j, struct dq_groups groups)
{
	const struct dq_group *g = j->suite->group + groups.first;

	for (size_t i = 0; i < groups.n; i++)
		judge_group(j, &g[i]);
}

/* The list soon is short: columns that come seldom or never. */
static void
look_for_unseen(struct dq_judge *j)
{
	size_t i = 0;

	while (i < j->unseen_n)
		if (j->val[j->unseen[i]].kind != NDJSON_ABSENT)
			j->unseen[i] = j->unseen[--j->unseen_n];
		else
			i++;
}

static void
judge_expected(struct dq_judge *j)
{
	for (size_t i = 0; i < j->expected_n; i++) {
		enum outcome outcome = note_value(j, &j->expected[i]);

		if (PORT_UNLIKELY(outcome != PASS))
			take_failure(j, j->expected[i].rule, outcome);
	}
	j->expected_n = 0;
}

bool
dq_judge_row(struct dq_judge *j, const struct ndjson_val *val)
{
	const struct dq_suite *s = j->suite;
	size_t i;

	j->val = val;
	j->counts.rows++;
	j->failed_n = 0;
	j->is_bad = false;
	if (j->row_mem.used > 0)
		arena_reset(&j->row_mem);
	if (PORT_UNLIKELY(j->unseen_n > 0))
		look_for_unseen(j);
	judge_groups(j, s->always);
	for (i = 0; i < s->condition_n; i++)
		if (holds(j, &s->condition[i])) {
			j->held[i]++;
			judge_groups(j, s->condition[i].groups);
		}
	judge_expected(j);
	*(j->is_bad ? &j->counts.bad : &j->counts.good) += 1;
	return !j->is_bad;
}

void
dq_judge_malformed(struct dq_judge *j, enum ndjson_reason reason)
{
	j->counts.malformed++;
	j->counts.malformed_by[reason]++;
}

/* ---- open and close ---- */

static int
alloc_members(struct dq_judge *j, struct fail *f)
{
	const struct dq_suite *s = j->suite;

	/* One more than needed: calloc may give NULL for none. */
	j->tally = calloc(s->rule_n + 1, sizeof(*j->tally));
	j->failed = calloc(s->rule_n + 1, sizeof(*j->failed));
	j->cell = calloc(s->columns.len + 1, sizeof(*j->cell));
	j->held = calloc(s->condition_n + 1, sizeof(*j->held));
	j->missing = calloc(s->group_n + 1, sizeof(*j->missing));
	j->unseen = calloc(s->columns.len + 1, sizeof(*j->unseen));
	j->unique = calloc(s->unique_n + 1, sizeof(*j->unique));
	j->expected = calloc(s->unique_n + 1, sizeof(*j->expected));
	if (j->tally == NULL || j->failed == NULL || j->cell == NULL ||
	    j->held == NULL || j->missing == NULL || j->unseen == NULL ||
	    j->unique == NULL || j->expected == NULL)
		return fail_memory(f);
	while (j->unseen_n < s->columns.len) {
		j->unseen[j->unseen_n] = (uint32_t)j->unseen_n;
		j->unseen_n++;
	}
	return 0;
}

int
dq_judge_open(struct dq_judge **out, const struct dq_suite *s,
	      const struct dq_options *o, struct fail *f)
{
	struct dq_judge *j = calloc(1, sizeof(*j));
	size_t bytes, i;
	int rc;

	*out = NULL;
	if (j == NULL)
		return fail_memory(f);
	j->suite = s;
	if (o != NULL)
		j->options = *o;
	rc = alloc_members(j, f);
	if (rc < 0) {
		dq_judge_close(j);
		return rc;
	}
	bytes = j->options.unique_bytes == 0 ? DQ_UNIQUE_BYTES
					     : j->options.unique_bytes;
	for (i = 0; i < s->unique_n; i++)
		dq_fingerprints_init(&j->unique[i], bytes / s->unique_n,
				     j->options.is_unique_window);
	j->unique_seed = hash_seed();
	*out = j;
	return 0;
}

void
dq_judge_close(struct dq_judge *j)
{
	size_t i;

	if (j == NULL)
		return;
	for (i = 0; j->tally != NULL && i < j->suite->rule_n; i++)
		free(j->tally[i].sample);
	for (i = 0; j->unique != NULL && i < j->suite->unique_n; i++)
		dq_fingerprints_release(&j->unique[i]);
	free(j->tally);
	free(j->failed);
	free(j->cell);
	free(j->held);
	free(j->missing);
	free(j->unseen);
	free(j->unique);
	free(j->expected);
	arena_release(&j->row_mem);
	arena_release(&j->sample_mem);
	free(j);
}
