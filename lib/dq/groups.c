/* SPDX-License-Identifier: MIT */
/*
 * The order in which a row is judged: rules of one condition together, among
 * them those of one column. So a condition is looked at once a row, and a
 * column that is null is done with at once, however many rules it has.
 */
#include "dq/rules.h"

#include <stdlib.h>

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By condition (none first), column and whether null is what fails. */
static int
compare_groups(const struct dq_rule *a, const struct dq_rule *b)
{
	if (a->condition != b->condition)
		return compare_u64(a->condition + 1, b->condition + 1);
	return compare_u64(a->column, b->column);
}

static int
compare_rules(const void *pa, const void *pb)
{
	const struct dq_rule *a = *(const struct dq_rule *const *)pa;
	const struct dq_rule *b = *(const struct dq_rule *const *)pb;
	int order = compare_groups(a, b);

	if (order == 0)
		order = (b->kind == DQ_RULE_NOT_NULL) -
			(a->kind == DQ_RULE_NOT_NULL);
	return order != 0 ? order : compare_u64(a->number, b->number);
}

/* The rules about rows, in the order of judging. */
static int
sort_rules(struct dq_suite *s, struct fail *f)
{
	size_t n = 0;

	s->order = arena_zalloc(&s->mem, s->rule_n + 1, sizeof(*s->order));
	if (s->order == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < s->rule_n; i++)
		if (dq_rule_is_map(&s->rule[i]))
			s->order[n++] = &s->rule[i];
	qsort(s->order, n, sizeof(*s->order), compare_rules);
	s->order_n = n;
	return 0;
}

/* Put a rule, which comes next in the order, into its group. */
static void
take_rule(struct dq_suite *s, size_t i)
{
	struct dq_rule *r = s->order[i];
	struct dq_groups *of = r->condition == DQ_NO_CONDITION
				       ? &s->always
				       : &s->condition[r->condition].groups;
	struct dq_group *g;

	if (i == 0 || compare_groups(s->order[i - 1], r) != 0) {
		if (of->n++ == 0)
			of->first = s->group_n;
		g = &s->group[s->group_n++];
		g->column = r->column;
		g->rule = s->order + i;
	}
	r->group = s->group_n - 1;
	g = &s->group[r->group];
	g->not_null_n += r->kind == DQ_RULE_NOT_NULL;
	g->rule_n++;
}

int
dq_group_rules(struct dq_suite *s, struct fail *f)
{
	int rc = sort_rules(s, f);

	if (rc < 0)
		return rc;
	s->group = arena_zalloc(&s->mem, s->order_n + 1, sizeof(*s->group));
	if (s->group == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < s->order_n; i++)
		take_rule(s, i);
	return 0;
}
