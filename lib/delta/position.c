/* SPDX-License-Identifier: MIT */
/*
 * Positions of jobs in the transaction identifiers of their sink. A barrier
 * has one watermark, but it is recorded beside every source partition: so
 * runners that share a job, each with partitions of its own, never write the
 * same identifier.
 */
#include "delta/log.h"

#define STATE	  "state/"
#define WATERMARK "@watermark"
#define FINAL	  "@final"
#define MARK	  "@mark"

/* The part of an appId behind "job:", or false. */
static bool
cut_job(struct str app_id, struct str job, struct str *name)
{
	if (app_id.n <= job.n || memcmp(app_id.p, job.p, job.n) != 0 ||
	    app_id.p[job.n] != ':')
		return false;
	*name = (struct str){app_id.p + job.n + 1, app_id.n - job.n - 1};
	return true;
}

static struct str
cut_end(struct str s, const char *end)
{
	return (struct str){s.p, s.n - strlen(end)};
}

/* A source is at its end when each of its partitions says so, of the place
 * where it stands. */
static bool
is_final(const struct barrier_entries *at, const struct barrier_entries *final)
{
	for (size_t i = 0; i < at->n; i++) {
		int64_t value;

		if (!barrier_get(final, at->item[i].name, &value) ||
		    value != at->item[i].value)
			return false;
	}
	return at->n > 0;
}

int
delta_position_of(const struct delta_snapshot *s, struct str job,
		  struct arena *a, struct delta_position *out, struct fail *f)
{
	struct barrier_entries final = {0};
	int rc = 0;

	*out = (struct delta_position){.version = s->version,
				       .watermark_ms = INT64_MAX};
	for (size_t i = 0; rc == 0 && i < s->txn_n; i++) {
		int64_t value = s->txn[i].version;
		struct str name;

		if (!cut_job(s->txn[i].app_id, job, &name))
			continue;
		if (str_ends(name, WATERMARK)) {
			out->has_watermark = true;
			if (value < out->watermark_ms)
				out->watermark_ms = value;
		} else if (str_ends(name, FINAL)) {
			rc = barrier_set(&final, cut_end(name, FINAL), value, a,
					 f);
		} else if (str_ends(name, MARK)) {
			rc = barrier_set(&out->mark, cut_end(name, MARK), value,
					 a, f);
		} else if (str_starts(name, STATE)) {
			name.p += strlen(STATE);
			name.n -= strlen(STATE);
			rc = barrier_set(&out->state, name, value, a, f);
		} else {
			rc = barrier_set(&out->at, name, value, a, f);
		}
	}
	out->is_recorded = out->at.n > 0;
	out->is_final = is_final(&out->at, &final);
	return rc;
}

static int
copy_entries(struct barrier_entries *e, struct arena *a, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < e->n; i++)
		rc = log_copy(a, e->item[i].name, &e->item[i].name, f);
	return rc;
}

int
delta_position_read(const char *url, struct str job, struct arena *a,
		    struct delta_position *out, struct fail *f)
{
	struct delta_snapshot *s = NULL;
	struct delta *d = NULL;
	int rc = delta_open(&d, url, f);

	if (rc == 0)
		rc = delta_load(d, DELTA_LATEST, &s, f);
	if (rc == 0)
		rc = delta_position_of(s, job, a, out, f);
	if (rc == 0)
		rc = copy_entries(&out->at, a, f);
	if (rc == 0)
		rc = copy_entries(&out->state, a, f);
	if (rc == 0)
		rc = copy_entries(&out->mark, a, f);
	delta_snapshot_close(s);
	delta_close(d);
	return rc;
}

/* ---- recording ---- */

static int
make_txn(struct delta_txn *txn, struct str job, const char *before,
	 struct str name, const char *behind, int64_t version, int64_t now_ms,
	 struct arena *a, struct fail *f)
{
	struct buf id;
	int rc = 0;

	buf_init(&id, LIMIT_PATH);
	if (buf_add_str(&id, job) != 0 || buf_add_char(&id, ':') != 0 ||
	    buf_add_cstr(&id, before) != 0 || buf_add_str(&id, name) != 0 ||
	    buf_add_cstr(&id, behind) != 0)
		rc = fail_set(f, FAIL_DATA,
			      "the name of the source partition '%.*s' is too "
			      "long",
			      STR_ARG(name));
	if (rc == 0)
		rc = log_copy(a, buf_str(&id), &txn->app_id, f);
	txn->version = version;
	txn->updated_ms = now_ms;
	buf_release(&id);
	return rc;
}

int
delta_position_txns(const struct barrier *b, int64_t now_ms, struct arena *a,
		    struct delta_txn **txn, size_t *n, size_t *exclusive_n,
		    struct fail *f)
{
	size_t most = b->at.n * 3 + b->state.n + b->mark.n, k = 0;
	struct delta_txn *t = arena_zalloc(a, most + 1, sizeof(*t));
	int rc = 0;

	if (t == NULL)
		return fail_memory(f);
	if (memchr(b->job.p, ':', b->job.n) != NULL)
		return fail_set(
			f, FAIL_USAGE,
			"the job's name '%.*s' may not have a ':' in it",
			STR_ARG(b->job));
	for (size_t i = 0; rc == 0 && i < b->at.n; i++)
		rc = make_txn(&t[k++], b->job, "", b->at.item[i].name, "",
			      b->at.item[i].value, now_ms, a, f);
	*exclusive_n = k;
	for (size_t i = 0; rc == 0 && b->has_watermark && i < b->at.n; i++)
		rc = make_txn(&t[k++], b->job, "", b->at.item[i].name,
			      WATERMARK, b->watermark_ms, now_ms, a, f);
	for (size_t i = 0; rc == 0 && b->is_final && i < b->at.n; i++)
		rc = make_txn(&t[k++], b->job, "", b->at.item[i].name, FINAL,
			      b->at.item[i].value, now_ms, a, f);
	for (size_t i = 0; rc == 0 && i < b->mark.n; i++)
		rc = make_txn(&t[k++], b->job, "", b->mark.item[i].name, MARK,
			      b->mark.item[i].value, now_ms, a, f);
	for (size_t i = 0; rc == 0 && i < b->state.n; i++)
		rc = make_txn(&t[k++], b->job, STATE, b->state.item[i].name, "",
			      b->state.item[i].value, now_ms, a, f);
	*txn = t;
	*n = k;
	return rc;
}

/* Does id, at its place, stand at the end of its source? */
static bool
is_at_end(const struct delta_snapshot *s, const struct delta_txn *txn)
{
	char id[LIMIT_PATH];
	int64_t value;

	if (txn->app_id.n + sizeof(FINAL) > sizeof(id))
		return false;
	memcpy(id, txn->app_id.p, txn->app_id.n);
	memcpy(id + txn->app_id.n, FINAL, sizeof(FINAL) - 1);
	return delta_txn_find(
		       s, (struct str){id, txn->app_id.n + sizeof(FINAL) - 1},
		       &value) &&
	       value == txn->version;
}

static bool
is_position(struct str id)
{
	const char *colon = id.n == 0 ? NULL : memchr(id.p, ':', id.n);

	if (colon == NULL || str_ends(id, WATERMARK) || str_ends(id, FINAL) ||
	    str_ends(id, MARK))
		return false;
	return !str_starts(
		(struct str){colon + 1, (size_t)(id.p + id.n - colon) - 1},
		STATE);
}

bool
delta_position_split(struct str app_id, struct str *job, struct str *source)
{
	const char *colon;

	if (!is_position(app_id))
		return false;
	colon = memchr(app_id.p, ':', app_id.n);
	*job = (struct str){app_id.p, (size_t)(colon - app_id.p)};
	*source = (struct str){colon + 1, app_id.n - job->n - 1};
	return true;
}

bool
delta_watermark(const struct delta_snapshot *s, int64_t *watermark_ms,
		bool *is_final_out)
{
	bool has = false, all = true, some = false;

	for (size_t i = 0; i < s->txn_n; i++) {
		struct str id = s->txn[i].app_id;

		if (is_position(id)) {
			some = true;
			all = all && is_at_end(s, &s->txn[i]);
		}
		if (!str_ends(id, WATERMARK))
			continue;
		if (!has || s->txn[i].version < *watermark_ms)
			*watermark_ms = s->txn[i].version;
		has = true;
	}
	*is_final_out = some && all;
	return has;
}
