/* SPDX-License-Identifier: MIT */
/*
 * A rival altered the table, or created it, while we wrote rows for it. Rows
 * that are only added need not be lost over that: their files fit the table as
 * it is now, if it still has all their columns, as they were written, and
 * wants nothing of them that it did not want before. Columns that we were to
 * add are then added to what the rival made of it.
 */
#include "lake/put.h"

static int
refuse(const struct lake_put *p, const char *why, struct str name,
       struct fail *f)
{
	return fail_set(f, FAIL_RETRY,
			"'%s': the table was %s meanwhile, by version %lld, "
			"and %s '%.*s'; run again",
			p->o.url, p->s->version == 0 ? "created" : "altered",
			(long long)p->s->version, why, STR_ARG(name));
}

/* Columns of our files in the table as it is to be. */
static int
check_columns(const struct lake_put *p, const struct delta_meta *now,
	      struct fail *f)
{
	const struct delta_meta *ours = &p->meta;

	for (size_t i = 0; i < ours->column_n; i++) {
		const struct delta_column *mine = &ours->column[i];
		int at = delta_column_find(now, mine->name);
		const struct delta_column *theirs =
			&now->column[at < 0 ? 0 : at];

		if (at < 0)
			return refuse(p, "lacks our column", mine->name, f);
		if (!str_equal(mine->type, theirs->type))
			return fail_set(
				f, FAIL_RETRY,
				"'%s': the column '%.*s' is of type %s in the "
				"table since version %lld, and of type %s in "
				"our rows; run again",
				p->o.url, STR_ARG(mine->name),
				delta_type_name(&theirs->field),
				(long long)p->s->version,
				delta_type_name(&mine->field));
		if (mine->is_partition != theirs->is_partition ||
		    (mine->is_nullable && !theirs->is_nullable))
			return refuse(p, "has another idea of the column",
				      mine->name, f);
	}
	for (size_t i = 0; i < now->column_n; i++) {
		const struct delta_column *c = &now->column[i];

		if (delta_column_find(ours, c->name) < 0 &&
		    (!c->is_nullable || c->is_partition))
			return refuse(p, "wants values of the column", c->name,
				      f);
	}
	return 0;
}

/* Conditions that the rows were not held against. */
static int
check_rules(const struct lake_put *p, const struct delta_meta *now,
	    struct fail *f)
{
	struct delta_rules ours, theirs = {0};
	struct arena mem = {0};
	int rc = delta_rules_open(&ours, &p->meta, p->o.url, &mem, f);

	if (rc == 0)
		rc = delta_rules_open(&theirs, now, p->o.url, &mem, f);
	for (size_t i = 0; rc == 0 && i < theirs.n; i++) {
		bool is_known = false;

		for (size_t k = 0; k < ours.n; k++)
			is_known |= str_equal(ours.item[k].text,
					      theirs.item[i].text);
		if (!is_known)
			rc = refuse(p, "has the new condition",
				    theirs.item[i].text, f);
	}
	delta_rules_close(&theirs);
	delta_rules_close(&ours);
	arena_release(&mem);
	return rc;
}

int
put_adapt(struct lake_put *p, struct delta_meta *now, bool *is_longer,
	  struct fail *f)
{
	size_t added = 0;
	int rc = delta_check_write(p->s, put_kind(p), p->o.url, f);

	*now = p->s->meta;
	if (rc == 0 && put_kind(p) != DELTA_APPEND)
		rc = fail_set(f, FAIL_RETRY,
			      "'%s': the table was altered meanwhile, by "
			      "version %lld; %s",
			      p->o.url, (long long)p->s->version,
			      put_advice(p));
	if (rc == 0 && p->o.want_evolve)
		rc = delta_meta_extend(&p->s->meta, p->schema, &p->mem, now,
				       &added, f);
	if (rc == 0)
		rc = check_columns(p, now, f);
	if (rc == 0)
		rc = check_rules(p, now, f);
	*is_longer = added > 0;
	p->columns_added = added;
	return rc;
}
