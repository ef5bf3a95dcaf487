/* SPDX-License-Identifier: MIT */
/*
 * Rows erased for good. First every file that may hold such a row is looked
 * at, then those that do are written anew without it, in one commit. The
 * commit says what it is, so that jobs pass over it: its new files hold only
 * rows that were in the old ones, which every consumer had read. It names no
 * predicate: that would be the person's name again. What a rival adds
 * meanwhile is looked at too: if such a row is in it, all is planned anew.
 */
#include "tidy/care.h"

#include <stdlib.h>

#define TRIES 20 /* plans that rivals may spoil */

enum verdict {
	VERDICT_NONE, /* not looked at yet */
	VERDICT_CLEAN,
	VERDICT_SOME, /* a row of it is to be erased */
	VERDICT_ALL,
};

struct erase {
	struct tidy *t;
	struct match *match;
	struct delta_scan *scan; /* of the match's columns */
	unsigned char *verdict;	 /* owned; one a file of the snapshot */
	size_t verdict_n;
	size_t hit_n;
	struct tidy_erasure *out;
	uint64_t rows; /* erased by this plan */
};

/* ---- looking ---- */

static int
open_match(struct erase *e, struct str where, struct fail *f)
{
	struct delta_scan_options o = {.meta = &e->t->meta};
	int rc;

	delta_scan_close(e->scan);
	match_close(e->match);
	e->scan = NULL;
	e->match = NULL;
	rc = match_open(&e->match, e->t, where, f);
	if (rc != 0)
		return rc;
	o.column = match_columns(e->match, &o.column_n);
	return delta_scan_open(&e->scan, e->t->d, &o, f);
}

/* Is a row of the file to be erased? */
static int
has_match(struct erase *e, const struct delta_file *file, bool *has,
	  struct fail *f)
{
	struct delta_batch batch;
	bool is_skipped;
	int rc = delta_scan_file(e->scan, file, &is_skipped, f);

	*has = false;
	while (rc == 0 && !*has &&
	       (rc = delta_scan_next(e->scan, &batch, f)) > 0) {
		rc = care_check(e->t, f);
		for (size_t i = 0; rc == 0 && !*has && i < batch.row_n; i++)
			rc = match_row(e->match, &batch, batch.row[i], false,
				       has, f);
	}
	return rc;
}

static int
look_at(struct erase *e, const struct delta_file *file, enum verdict *out,
	struct fail *f)
{
	bool may, must, has = false;
	int rc = match_judge(e->match, file, &may, &must, f);

	*out = VERDICT_CLEAN;
	if (rc != 0 || !may)
		return rc;
	if (must) {
		*out = VERDICT_ALL;
		return 0;
	}
	rc = has_match(e, file, &has, f);
	/* what a deletion vector hides may match, and is still in the file */
	*out = has || file->dv != NULL ? VERDICT_SOME : VERDICT_CLEAN;
	return rc;
}

/* A rival's file; what cannot be read may hold such a row. */
static bool
is_rival_match(void *ctx, const struct delta_file *file)
{
	enum verdict verdict;

	return look_at(ctx, file, &verdict, NULL) != 0 ||
	       verdict != VERDICT_CLEAN;
}

static int
refuse_needed(const struct erase *e, const struct delta_file *file,
	      struct fail *f)
{
	const struct tidy_consumer *c = &e->t->slowest;

	if (c->job.n == 0)
		return fail_set(f, FAIL_RETRY,
				"'%s': the consumer '%s' has read nothing yet, "
				"and '%.*s' holds rows to be erased: run its "
				"job first",
				e->t->o.url, c->url, STR_ARG(file->path));
	return fail_set(f, FAIL_RETRY,
			"'%s': the consumer '%s' (job '%.*s') reads version "
			"%lld next, and '%.*s', which holds rows to be erased, "
			"came with it or later: run the job first",
			e->t->o.url, c->url, STR_ARG(c->job),
			(long long)c->next, STR_ARG(file->path));
}

static int
check_file(const struct erase *e, const struct delta_file *file, struct fail *f)
{
	struct arena mem = {0};
	struct str key;
	int rc = delta_file_key(e->t->d, file, &mem, &key, f);

	if (rc == 0 && care_is_needed(e->t, key))
		rc = refuse_needed(e, file, f);
	arena_release(&mem);
	return rc;
}

/* Of files that were looked at in an earlier plan the verdict stands. */
static int
look_at_all(struct erase *e, struct fail *f)
{
	const struct delta_snapshot *s = e->t->s;
	unsigned char *verdict = realloc(e->verdict, s->file_n + 1);
	int rc = 0;

	if (verdict == NULL)
		return fail_memory(f);
	e->verdict = verdict;
	for (; e->verdict_n <= s->file_n; e->verdict_n++)
		verdict[e->verdict_n] = VERDICT_NONE;
	e->verdict_n = s->file_n;
	e->hit_n = 0;
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		enum verdict v = verdict[i];

		if (!s->is_live[i])
			continue;
		if (v == VERDICT_NONE)
			rc = look_at(e, &s->file[i], &v, f);
		verdict[i] = (unsigned char)v;
		if (rc != 0 || v == VERDICT_CLEAN)
			continue;
		rc = check_file(e, &s->file[i], f);
		e->hit_n++;
	}
	return rc;
}

/* ---- erasing ---- */

static int
is_kept(void *ctx, const struct delta_batch *batch, size_t row, bool *kept,
	struct fail *f)
{
	struct erase *e = ctx;
	bool is_match;
	int rc = match_row(e->match, batch, row, true, &is_match, f);

	*kept = !is_match;
	e->rows += is_match;
	return rc;
}

static int
tell(struct erase *e, const struct delta_file *file, struct fail *f)
{
	care_count(&e->out->removed, file->bytes);
	return e->t->o.tell == NULL ? 0
				    : e->t->o.tell(e->t->o.ctx, "rewrite",
						   file->path, file->bytes, f);
}

static int
rewrite_hits(struct erase *e, struct rewrite *r, struct fail *f)
{
	const struct delta_snapshot *s = e->t->s;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		uint64_t rows;

		if (!s->is_live[i] || e->verdict[i] < VERDICT_SOME)
			continue;
		if (e->t->o.is_dry) {
			rc = tell(e, &s->file[i], f);
		} else if (e->verdict[i] == VERDICT_ALL &&
			   delta_file_rows(&s->file[i], &rows)) {
			rewrite_drop(r, &s->file[i]);
			e->rows += rows;
		} else {
			rc = rewrite_file(r, &s->file[i], is_kept, e, f);
		}
	}
	return rc;
}

static int
commit(struct erase *e, struct rewrite *r, bool *is_conflict, struct fail *f)
{
	static struct delta_pair parameter[] = {
		{{DELTA_ERASURE, sizeof(DELTA_ERASURE) - 1}, {"true", 4}}};
	struct delta_change change = {
		.kind = DELTA_REPLACE,
		.operation = "DELETE",
		.parameter = {parameter, 1},
		.copied = r->rows,
		.is_read = is_rival_match,
		.is_read_ctx = e,
	};
	int rc = rewrite_commit(r, &change, is_conflict, f);

	if (rc != 0)
		return rc;
	e->out->rows += e->rows;
	e->out->kept += r->rows;
	e->out->removed = r->removed;
	e->out->added = r->added;
	return 0;
}

/* One plan, to its end. *is_conflict: a rival has spoilt it. */
static int
attempt(struct erase *e, struct str where, bool *is_conflict, struct fail *f)
{
	struct rewrite r;
	int rc = care_catch_up(e->t, f);

	*is_conflict = false;
	if (rc == 0)
		rc = rewrite_check(e->t, DELTA_REPLACE, f);
	if (rc == 0)
		rc = care_find_needed(e->t, f);
	if (rc == 0)
		rc = open_match(e, where, f);
	if (rc == 0)
		rc = look_at_all(e, f);
	if (rc != 0 || e->hit_n == 0)
		return rc;
	e->rows = 0;
	rc = rewrite_open(&r, e->t, e->hit_n, care_target(e->t), f);
	if (rc == 0)
		rc = rewrite_hits(e, &r, f);
	if (rc == 0 && !e->t->o.is_dry)
		rc = commit(e, &r, is_conflict, f);
	rewrite_close(&r);
	return rc;
}

int
tidy_erase(struct tidy *t, struct str where, struct tidy_erasure *out,
	   struct fail *f)
{
	struct erase e = {.t = t, .out = out};
	bool is_conflict = true;
	int rc = 0;

	*out = (struct tidy_erasure){0};
	for (int i = 0; is_conflict && i < TRIES; i++) {
		struct fail own = {0};

		rc = attempt(&e, where, &is_conflict, &own);
		out->conflicts += is_conflict;
		if (rc != 0 && (!is_conflict || i == TRIES - 1))
			rc = fail_set(f, rc, "%s", own.text);
	}
	delta_scan_close(e.scan);
	match_close(e.match);
	free(e.verdict);
	return rc;
}

/* ---- is it gone? ---- */

static int
find_erasure(struct tidy *t, int64_t *oldest, int64_t *erasure, struct fail *f)
{
	int64_t newest;
	int rc = delta_versions(t->d, oldest, &newest, f);

	*erasure = -1;
	for (int64_t v = newest; rc == 0 && *erasure < 0 && v >= *oldest; v--) {
		struct arena mem = {0};
		struct delta_actions a;

		rc = delta_read_commit(t->d, v, &mem, &a, f);
		if (rc == 0 && delta_is_erasure(&a))
			*erasure = v;
		arena_release(&mem);
	}
	return rc == STORE_ABSENT ? 0 : rc;
}

int
tidy_check_erased(struct tidy *t, const struct tidy_files *needed,
		  struct fail *f)
{
	int64_t oldest, erasure;
	int rc = find_erasure(t, &oldest, &erasure, f);

	if (rc != 0 || (needed->n == 0 && t->young == 0 &&
			(erasure < 0 || oldest >= erasure)))
		return rc;
	if (t->has_consumer && (needed->n > 0 || t->slowest.next <= erasure))
		return fail_set(f, FAIL_RETRY,
				"'%s': rows are erased, but files and log of "
				"before are kept for the consumer '%s' (job "
				"'%.*s'), which reads version %lld next: run "
				"the job, then this again",
				t->o.url, t->slowest.url,
				STR_ARG(t->slowest.job),
				(long long)t->slowest.next);
	if (t->young > 0)
		return fail_set(
			f, FAIL_RETRY,
			"'%s': rows are erased, but %llu removed files, "
			"which may hold them, stay until the "
			"store's clock is past their removal, and the "
			"log before, with their statistics, for an "
			"hour: run this again in a minute, and in an hour",
			t->o.url, (unsigned long long)t->young);
	return fail_set(f, FAIL_RETRY,
			"'%s': rows are erased, but their statistics stand in "
			"the log before version %lld, which is kept for an "
			"hour, for writers at work: run this again then",
			t->o.url, (long long)erasure);
}
