/* SPDX-License-Identifier: MIT */
/*
 * A judge's memory as bytes: the fingerprints of its uniqueness rules, and
 * the seed they were made with. Little-endian words:
 *
 *   magic, seed, number of rules, then for each rule its two tables
 */
#include "dq/judge.h"

#define MAGIC 0x31657461747371 /* "qstate1" */

void
dq_forget(struct dq_judge *j)
{
	size_t i;

	for (i = 0; i < j->suite->unique_n; i++)
		dq_fingerprints_reset(&j->unique[i]);
}

/* One meaning a state: the columns that must be unique, in suite order. */
int
dq_put_meaning(const struct dq_judge *j, const uint64_t *column_hash,
	       struct buf *out, struct fail *f)
{
	size_t i;
	int rc;

	rc = buf_add_cstr(out, "unique=");
	for (i = 0; rc == 0 && i < j->suite->rule_n; i++) {
		const struct dq_rule *r = &j->suite->rule[i];

		if (r->kind != DQ_RULE_UNIQUE)
			continue;
		rc = buf_add_str(out, j->suite->columns.key[r->column]);
		if (rc == 0 && column_hash != NULL)
			rc = buf_addf(
				out, ":%016llx",
				(unsigned long long)column_hash[r->column]);
		if (rc == 0)
			rc = buf_add_char(out, ',');
	}
	return rc < 0 ? fail_memory(f) : 0;
}

static int
put_word(struct buf *out, uint64_t word)
{
	char bytes[8];

	store_u64(bytes, word);
	return buf_add(out, bytes, sizeof(bytes));
}

int
dq_save(const struct dq_judge *j, struct buf *out, struct fail *f)
{
	size_t i;

	if (put_word(out, MAGIC) < 0 || put_word(out, j->unique_seed) < 0 ||
	    put_word(out, j->suite->unique_n) < 0)
		return fail_memory(f);
	for (i = 0; i < j->suite->unique_n; i++)
		if (dq_fingerprints_save(&j->unique[i], out) < 0)
			return fail_memory(f);
	return 0;
}

int
dq_load(struct dq_judge *j, struct str snapshot, struct fail *f)
{
	size_t i;
	int rc = 0;

	if (snapshot.n < 24 || load_u64(snapshot.p) != MAGIC)
		return fail_set(f, FAIL_DATA, "no state of dq-check");
	if (load_u64(snapshot.p + 16) != j->suite->unique_n)
		return fail_set(f, FAIL_DATA,
				"the state belongs to another suite");
	j->unique_seed = load_u64(snapshot.p + 8);
	snapshot.p += 24;
	snapshot.n -= 24;
	for (i = 0; rc == 0 && i < j->suite->unique_n; i++)
		rc = dq_fingerprints_load(&j->unique[i], &snapshot, f);
	if (rc == 0 && snapshot.n > 0)
		return fail_set(f, FAIL_DATA, "the state is too long");
	return rc;
}
