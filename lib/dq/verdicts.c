/* SPDX-License-Identifier: MIT */
/*
 * From counts to verdicts, by Great Expectations' arithmetic.
 */
#include "dq/judge.h"

const struct dq_counts *
dq_counts(const struct dq_judge *j)
{
	return &j->counts;
}

bool
dq_is_column_seen(const struct dq_judge *j, size_t column)
{
	size_t i;

	for (i = 0; i < j->unseen_n; i++)
		if (j->unseen[i] == column)
			return false;
	return true;
}

/* As Great Expectations computes it, with the same roundings. */
static bool
is_mostly_expected(const struct dq_rule *r, uint64_t considered,
		   uint64_t unexpected)
{
	if (considered == 0)
		return true;
	return (double)(considered - unexpected) / (double)considered >=
	       r->mostly;
}

static const char *
exception_of(const struct dq_rule *r, const struct dq_tally *t)
{
	if (t->undecided == 0)
		return NULL;
	if (r->kind == DQ_RULE_UNIQUE)
		return "more distinct values than memory allows: later ones "
		       "were not remembered; raise --unique-mem";
	return "the pattern ran into the match limit on some values; write it "
	       "without nested repetition";
}

struct dq_verdict
dq_verdict_of(const struct dq_judge *j, size_t rule)
{
	const struct dq_rule *r = &j->suite->rule[rule];
	const struct dq_tally *t = &j->tally[rule];
	struct dq_verdict v = {.type = r->type,
			       .severity = r->severity,
			       .is_map = dq_rule_is_map(r),
			       .failed_rows = t->failed,
			       .exception = exception_of(r, t)};
	uint64_t considered;

	v.rows = r->condition == DQ_NO_CONDITION ? j->counts.rows
						 : j->held[r->condition];
	if (r->kind != DQ_RULE_ROW_COUNT)
		v.column = j->suite->columns.key[r->column];
	if (r->kind == DQ_RULE_EXISTS) {
		v.is_success = dq_is_column_seen(j, r->column);
		return v;
	}
	if (r->kind == DQ_RULE_ROW_COUNT) {
		v.is_success = dq_is_count_within(v.rows, r);
		return v;
	}
	v.missing = j->missing[r->group];
	/* Great Expectations also counts the first of equal values. In a
	 * window that may be a row of an earlier run, and is not counted. */
	v.unexpected = t->failed;
	if (!j->options.is_unique_window)
		v.unexpected += t->groups;
	considered = v.rows;
	if (r->kind != DQ_RULE_NOT_NULL && r->kind != DQ_RULE_NULL)
		considered -= v.missing;
	v.is_success = v.exception == NULL &&
		       is_mostly_expected(r, considered, v.unexpected);
	return v;
}

bool
dq_has_failed(const struct dq_judge *j, enum dq_severity at_least)
{
	size_t i;

	for (i = 0; i < j->suite->rule_n; i++) {
		struct dq_verdict v = dq_verdict_of(j, i);

		/* A rule that could not be judged counts as critical. */
		if (v.exception != NULL ||
		    (!v.is_success && v.severity >= at_least))
			return true;
	}
	return false;
}
