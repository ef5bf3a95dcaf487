/* SPDX-License-Identifier: MIT */
/*
 * Committing batches, and the rules of a sink under barriers. Nothing of a
 * batch counts until a commit names its files, together with the position that
 * it leads to. A runner killed before that leaves files nobody refers to;
 * killed after, a position that the next run starts from. There is nothing in
 * between.
 */
#include "lake/put.h"

#define ALTERED_MAX 16 /* times during one commit */

/* ---- commits ---- */

/* Has the table recorded just what this barrier says? Then a batch without
 * rows needs no commit. */
static bool
is_recorded(const struct lake_put *p, const struct delta_txn *txn, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t version;

		if (!delta_txn_find(p->s, txn[i].app_id, &version) ||
		    version != txn[i].version)
			return false;
	}
	return true;
}

/* The answer to a commit never came. To add its rows again is safe only where
 * the commit says who they are from, or what they replace. */
static int
tell_doubt(const struct lake_put *p, const struct delta_change *change,
	   const struct fail *told, struct fail *f)
{
	if (change->exclusive_txn_n > 0 || change->kind != DELTA_APPEND ||
	    told->code != FAIL_RETRY)
		return fail_set(f, told->code, "%s", told->text);
	return fail_set(f, FAIL_IO,
			"whether version %lld of '%s' is ours is not known, "
			"look before you run again: %s",
			(long long)p->s->version + 1, p->o.url, told->text);
}

/* Commit, and again as long as all that is in the way is that the table was
 * altered in a way that our rows go along with. */
static int
try_commit(struct lake_put *p, struct delta_change *change,
	   struct delta_outcome *outcome, struct fail *f)
{
	struct delta_meta now;
	bool is_longer = false;
	int rc;

	change->meta = p->is_meta_new ? &p->meta : NULL;
	for (int i = 0; i < ALTERED_MAX; i++) {
		struct fail told = {0};

		change->operation = p->s->version < 0 ? "CREATE TABLE AS SELECT"
						      : "WRITE";
		rc = delta_commit(p->d, p->s, change, outcome, &told);
		if (rc != 0 && outcome->is_in_doubt)
			return tell_doubt(p, change, &told, f);
		if (rc != 0 && !outcome->is_altered)
			return fail_set(f, told.code, "%s", told.text);
		if (rc == 0)
			return 0;
		rc = put_adapt(p, &now, &is_longer, f);
		if (rc != 0)
			return rc;
		change->meta = is_longer ? &now : NULL;
	}
	return fail_set(f, FAIL_RETRY,
			"'%s': the table is altered again and again; run again",
			p->o.url);
}

/* What the commit did that its lines do not show. */
static int
tell_commit(struct lake_put *p, const struct put_change *replaced,
	    const struct delta_outcome *outcome, struct fail *f)
{
	struct buf *b = &p->notice;
	const char *url = p->o.url;
	int rc = 0;

	if (outcome->warning.code != 0)
		rc = buf_addf(b, "'%s': %s", url, outcome->warning.text);
	if (rc == 0 && p->columns_added > 0)
		rc = buf_addf(b, "%s'%s': columns added: %zu",
			      b->len > 0 ? "; " : "", url, p->columns_added);
	if (rc == 0 && p->o.job.n == 0 && p->batch_rows == 0 &&
	    replaced->rows > 0)
		rc = buf_addf(
			b,
			"%s'%s': no rows came in place of those that were "
			"removed: %llu",
			b->len > 0 ? "; " : "", url,
			(unsigned long long)replaced->rows);
	p->columns_added = 0;
	return rc != 0 ? fail_memory(f) : 0;
}

static int
commit_change(struct lake_put *p, struct delta_change *change,
	      const struct put_change *replaced, struct fail *f)
{
	struct delta_outcome outcome;
	int rc = try_commit(p, change, &outcome, f);

	if (outcome.is_in_doubt && p->writer != NULL)
		delta_writer_done(p->writer); /* the files may be needed */
	if (rc != 0)
		return rc;
	p->is_meta_new = false;
	p->counts.commits++;
	p->counts.committed_rows += p->batch_rows;
	p->counts.version = p->s->version;
	p->counts.files += change->add_n;
	p->counts.removed += change->remove_n;
	for (size_t i = 0; i < change->add_n; i++)
		p->counts.bytes += change->add[i].bytes;
	p->counts.carried += replaced->carried;
	p->counts.replaced += replaced->rows;
	return tell_commit(p, replaced, &outcome, f);
}

/* Commit what was put since the last commit, and where b says the source is
 * (b NULL: no barriers). */
static int
commit_batch(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	struct delta_change change = {.mode = "Append",
				      .advice = put_advice(p),
				      .now_ms = put_now_ms(p)};
	struct put_change replaced = {.p = p};
	struct arena mem = {0};
	struct delta_txn *txn = NULL;
	bool is_news = false; /* the barrier says what the table has not yet */
	int rc = put_end_sample(p, f);

	/* No rows and no schema yet: there is no table to write into, and
	 * nothing to write; whoever runs next starts from the start. */
	if (rc == 0 && !p->has_meta && b == NULL &&
	    buf_addf(&p->notice,
		     "'%s': no rows came, and no schema was given: no table "
		     "was made",
		     p->o.url) != 0)
		rc = fail_memory(f);
	if (rc != 0 || !p->has_meta)
		return rc;
	if (b != NULL) {
		rc = delta_position_txns(b, change.now_ms, &mem, &txn,
					 &change.txn_n, &change.exclusive_txn_n,
					 f);
		is_news = rc == 0 && !is_recorded(p, txn, change.txn_n);
	}
	change.txn = txn;
	if (rc == 0 && p->replace_where != NULL)
		rc = put_replace_rows(&replaced, &change, f);
	if (rc == 0 && p->writer != NULL)
		rc = delta_writer_files(p->writer, &change.add, &change.add_n,
					f);
	if (rc == 0 && p->o.mode != LAKE_APPEND)
		rc = put_replace_files(&replaced, &change, f);
	change.copied = replaced.carried;
	change.rows = p->batch_rows + replaced.carried;
	if (rc == 0 && (change.add_n > 0 || change.remove_n > 0 ||
			p->is_meta_new || is_news))
		rc = commit_change(p, &change, &replaced, f);
	if (rc == 0 && p->writer != NULL)
		delta_writer_done(p->writer);
	p->batch_rows = 0;
	put_change_release(&replaced);
	arena_release(&mem);
	return rc;
}

int
lake_put_settle(struct lake_put *p, struct fail *f)
{
	return put_end_sample(p, f);
}

int
lake_put_commit(struct lake_put *p, struct fail *f)
{
	return commit_batch(p, NULL, f);
}

/* ---- barriers ---- */

/* "id/topic/3" and "id/other/4" are of one source, as is "id" alone. */
static struct str
source_of(struct str name)
{
	const char *slash = memchr(name.p, '/', name.n);

	return (struct str){
		name.p, slash == NULL ? name.n : (size_t)(slash - name.p) + 1};
}

/* A partition the job has not recorded: new to a source that it knows? */
static bool
is_growth(const struct delta_position *recorded, struct str name)
{
	for (size_t i = 0; i < recorded->at.n; i++) {
		struct str known = recorded->at.item[i].name;

		if (known.n != source_of(known).n &&
		    str_equal(source_of(known), source_of(name)))
			return true;
	}
	return false;
}

static int
check_entry(const struct lake_put *p, const struct barrier *b,
	    const struct delta_position *recorded,
	    const struct barrier_entry *e, struct fail *f)
{
	int64_t at;

	if (barrier_get(&recorded->at, e->name, &at)) {
		if (at == e->value)
			return 0;
		return fail_set(f, at > e->value ? FAIL_RETRY : FAIL_DATA,
				"'%s' has recorded %lld of '%.*s' for job "
				"'%.*s', and the stream begins at %lld: %s",
				p->o.url, (long long)at, STR_ARG(e->name),
				STR_ARG(b->job), (long long)e->value,
				at < e->value ? "what lies between is missing"
				: b->is_start
					? "another runner was faster, or the "
					  "source has not been given this "
					  "table as --resume"
					: "another runner was faster");
	}
	if (!recorded->is_recorded ? b->is_start : is_growth(recorded, e->name))
		return 0;
	if (!recorded->is_recorded)
		return fail_set(f, FAIL_DATA,
				"'%s' has recorded nothing for job '%.*s', and "
				"the stream begins at %lld of '%.*s': what "
				"comes before is missing",
				p->o.url, STR_ARG(b->job), (long long)e->value,
				STR_ARG(e->name));
	return fail_set(f, FAIL_DATA,
			"'%s' has recorded '%.*s' for job '%.*s', and the "
			"stream is of '%.*s': another source",
			p->o.url, STR_ARG(recorded->at.item[0].name),
			STR_ARG(b->job), STR_ARG(e->name));
}

/* What others committed since the table was opened: the source may have seen
 * more of it than we did. */
static int
catch_up(struct lake_put *p, struct fail *f)
{
	struct delta_actions a;
	int rc;

	while ((rc = delta_step(p->d, p->s, &a, f)) == 0)
		if (a.has_meta || a.has_protocol)
			return fail_set(f, FAIL_RETRY,
					"'%s': the table was %s meanwhile; run "
					"again",
					p->o.url,
					a.version == 0 ? "created" : "altered");
	return rc == STORE_ABSENT ? 0 : rc;
}

static int
check_first(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	struct delta_position recorded;
	struct arena mem = {0};
	int rc;

	if (!str_equal(b->job, p->o.job))
		return p->o.job.n == 0
			       ? fail_set(f, FAIL_USAGE,
					  "the stream has barriers of job "
					  "'%.*s': say --job %.*s, so that "
					  "they are recorded",
					  STR_ARG(b->job), STR_ARG(b->job))
			       : fail_set(f, FAIL_DATA,
					  "the stream's barriers are of job "
					  "'%.*s', not '%.*s'",
					  STR_ARG(b->job), STR_ARG(p->o.job));
	rc = catch_up(p, f);
	if (rc == 0)
		rc = delta_position_of(p->s, b->job, &mem, &recorded, f);
	for (size_t i = 0; rc == 0 && i < b->at.n; i++)
		rc = check_entry(p, b, &recorded, &b->at.item[i], f);
	arena_release(&mem);
	return rc;
}

static int
check_touched(const struct lake_put *p, const struct barrier *b, struct fail *f)
{
	int at;

	if (b->touched_column.n == 0 || p->s->version < 0)
		return 0;
	at = delta_column_find(&p->s->meta, b->touched_column);
	if (at >= 0 && p->s->meta.column[at].is_partition)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"the stream replaces whole values of '%.*s', which is "
			"no partition column of '%s'",
			STR_ARG(b->touched_column), p->o.url);
}

int
lake_put_barrier(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	bool is_first = !p->is_first_seen;
	int rc = is_first ? check_first(p, b, f) : commit_batch(p, b, f);

	p->is_first_seen = true;
	if (rc == 0)
		rc = check_touched(p, b, f);
	if (rc != 0)
		return rc;
	arena_reset(&p->from_mem);
	return barrier_copy(b, &p->from_mem, &p->from, f);
}
