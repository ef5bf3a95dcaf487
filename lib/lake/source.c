/* SPDX-License-Identifier: MIT */
/*
 * Which files a reader wants. Without a job: those of one snapshot, or those
 * added since a version. With one: the commits behind the position that the
 * sink has recorded, in order, up to a snapshot pinned at the start, cut into
 * batches at whole versions; or, with a touched column, at that snapshot all
 * rows of the values that those commits touch.
 */
#include "lake/source.h"

#include <stdlib.h>

struct delta *
lake_source_table(struct lake_source *s)
{
	return s->d;
}

const struct delta_snapshot *
lake_source_snapshot(const struct lake_source *s)
{
	return s->pinned;
}

const struct barrier *
lake_source_start(const struct lake_source *s)
{
	return s->o.job.n == 0 ? NULL : &s->start;
}

const struct lake_passed *
lake_source_passed(const struct lake_source *s, size_t *n)
{
	*n = s->passed_n;
	return s->passed;
}

uint64_t
lake_source_passed_rows(const struct lake_source *s)
{
	return s->passed_rows;
}

static int
add_file(struct lake_source *s, const struct delta_file *file, struct fail *f)
{
	uint64_t rows;

	if (!MEM_GROW(&s->file, s->file_n, &s->file_cap))
		return fail_memory(f);
	s->file[s->file_n++] = file;
	if (delta_file_rows(file, &rows))
		s->rows += rows;
	return 0;
}

static int
add_live_files(struct lake_source *s, const struct delta_snapshot *of,
	       struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < of->file_n; i++)
		if (of->is_live[i])
			rc = add_file(s, &of->file[i], f);
	return rc;
}

/* Remember that these versions were not read; neighbours become one. */
static int
pass_over(struct lake_source *s, struct lake_passed p, struct fail *f)
{
	struct lake_passed *last = NULL;

	if (s->passed_n > 0)
		last = &s->passed[s->passed_n - 1];
	if (last != NULL && last->is_gone == p.is_gone &&
	    last->last + 1 == p.first) {
		last->last = p.last;
		return 0;
	}
	if (!MEM_GROW(&s->passed, s->passed_n, &s->passed_cap))
		return fail_memory(f);
	s->passed[s->passed_n++] = p;
	return 0;
}

/* ---- opening ---- */

static int
pin_snapshot(struct lake_source *s, struct fail *f)
{
	int64_t version = DELTA_LATEST;
	int rc = 0;

	if (s->o.at_version >= 0)
		version = s->o.at_version;
	else if (s->o.as_of_us != INT64_MIN)
		rc = delta_version_at(s->d, s->o.as_of_us, &version, f);
	if (rc == 0)
		rc = delta_load(s->d, version, &s->pinned, f);
	if (rc == 0 && s->pinned->version < 0 && s->o.may_be_none)
		return fail_set(f, FAIL_NOTHING, "'%s' is no table yet",
				s->o.url);
	if (rc == 0 && s->pinned->version < 0)
		rc = delta_no_table(s->d, f);
	return rc;
}

/* Rule 1: is the recorded position one of this table, and can we go on? */
static int
find_position(struct lake_source *s, struct fail *f)
{
	int rc = delta_position_read(s->o.resume, s->o.job, &s->mem,
				     &s->recorded, f);
	struct str id = s->pinned->meta.id;

	if (rc != 0 || !s->recorded.is_recorded)
		return rc;
	if (!barrier_get(&s->recorded.at, id, &s->from))
		return fail_set(
			f, FAIL_DATA,
			"'%s' is the table %.*s, but job '%.*s' has read up to "
			"%lld of '%.*s', says '%s': another table",
			s->o.url, STR_ARG(id), STR_ARG(s->o.job),
			(long long)s->recorded.at.item[0].value,
			STR_ARG(s->recorded.at.item[0].name), s->o.resume);
	if (s->from > s->pinned->version + 1)
		return fail_set(f, FAIL_DATA,
				"'%s' is at version %lld, but job '%.*s' has "
				"read up to version %lld: the table has gone "
				"back",
				s->o.url, (long long)s->pinned->version,
				STR_ARG(s->o.job), (long long)s->from - 1);
	return 0;
}

/* The snapshot before `from`, if all commits from there on are left; *gap
 * says why not. */
static int
begin_at_position(struct lake_source *s, struct fail *gap, struct fail *f)
{
	int64_t oldest, newest;
	int rc = delta_versions(s->d, &oldest, &newest, f);

	if (rc != 0)
		return rc;
	if (s->from < oldest)
		fail_set(gap, FAIL_DATA,
			 "'%s': commits before version %lld are gone", s->o.url,
			 (long long)oldest);
	else
		rc = delta_load(s->d, s->from - 1, &s->walk, gap);
	return rc == 0 || rc == FAIL_DATA ? 0
					  : fail_set(f, rc, "%s", gap->text);
}

static int
begin_walk(struct lake_source *s, struct fail *f)
{
	struct fail gap = {0};
	int64_t oldest;
	int rc;

	if (s->from > s->pinned->version) /* nothing is new */
		return delta_load(s->d, s->pinned->version, &s->walk, f);
	if (s->from == 0)
		return source_begin(s, f);
	rc = begin_at_position(s, &gap, f);
	if (rc != 0 || gap.code == 0)
		return rc;
	if (!s->o.is_gap_accepted)
		return fail_set(f, FAIL_DATA,
				"cannot go on from version %lld: %s; "
				"--accept-gap goes on behind the gap",
				(long long)s->from, gap.text);
	rc = delta_oldest(s->d, &oldest, f);
	if (rc == 0)
		rc = pass_over(s, (struct lake_passed){s->from, oldest, true},
			       f);
	return rc != 0 ? rc : delta_load(s->d, oldest, &s->walk, f);
}

static int
set_position(struct lake_source *s, struct barrier *b, int64_t version,
	     struct fail *f)
{
	b->job = s->o.job;
	b->at = (struct barrier_entries){0};
	return barrier_set(&b->at, s->pinned->meta.id, version, &s->mem, f);
}

/* Where a batch ends that leads to the snapshot `at`. */
static int
end_batch(struct lake_source *s, const struct delta_snapshot *at,
	  struct fail *f)
{
	bool is_final;

	s->end = (struct barrier){.state = s->recorded.state};
	s->end.has_watermark = delta_watermark(at, &s->end.watermark_ms,
					       &is_final);
	s->end.is_final = (is_final || s->o.is_final) &&
			  at->version == s->pinned->version;
	return set_position(s, &s->end, at->version + 1, f);
}

static int
start_job(struct lake_source *s, struct fail *f)
{
	struct barrier *b = &s->start;
	int rc;

	rc = s->o.resume == NULL ? 0 : find_position(s, f);
	if (rc == 0)
		rc = begin_walk(s, f);
	if (rc == 0)
		rc = set_position(s, b, s->from, f);
	b->is_start = !s->recorded.is_recorded;
	b->state = s->recorded.state;
	b->has_watermark = s->recorded.has_watermark;
	b->watermark_ms = s->recorded.watermark_ms;
	return rc;
}

int
lake_source_open(struct lake_source **out, const struct lake_source_options *o,
		 struct fail *f)
{
	struct lake_source *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->o = *o;
	map_init(&s->touched, SOURCE_TOUCHED_MAX);
	buf_init(&s->text, LIMIT_LINE_MAX);
	rc = delta_open(&s->d, o->url, f);
	if (rc == 0)
		rc = pin_snapshot(s, f);
	if (rc == 0 && o->job.n > 0)
		rc = start_job(s, f);
	if (rc == 0 && o->job.n > 0 && o->touched.n > 0)
		rc = source_find_touched(s, f);
	if (rc != 0) {
		lake_source_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
lake_source_close(struct lake_source *s)
{
	if (s == NULL)
		return;
	free(s->file);
	free(s->passed);
	map_release(&s->touched);
	buf_release(&s->text);
	delta_snapshot_close(s->walk);
	delta_snapshot_close(s->pinned);
	delta_close(s->d);
	arena_release(&s->mem);
	free(s);
}

/* ---- commits ---- */

bool
source_has_removes(const struct delta_actions *a)
{
	for (size_t i = 0; i < a->remove_n; i++)
		if (a->remove[i].is_data_change)
			return true;
	return false;
}

/*
 * Rows that went away cannot be taken back from who has read them, and among
 * the rows that came with such a commit those that only moved to another file
 * cannot be told from new ones: it is read as a whole or not at all.
 */
static int
refuse_removes(struct lake_source *s, const struct delta_actions *a,
	       struct fail *f)
{
	if (!s->o.is_gap_accepted)
		return fail_set(f, FAIL_DATA,
				"'%s': version %lld (%.*s) removed or replaced "
				"rows: a reader of what is new cannot take "
				"rows back; --accept-gap passes over it and "
				"the rows that it added",
				s->o.url, (long long)a->version,
				STR_ARG(a->operation));
	for (size_t i = 0; i < a->add_n; i++) {
		uint64_t rows;

		if (a->add[i].is_data_change &&
		    delta_file_rows(&a->add[i], &rows))
			s->passed_rows += rows;
	}
	return pass_over(s, (struct lake_passed){a->version, a->version, false},
			 f);
}

/* The files that a commit added, for the batch. */
static int
take_commit(struct lake_source *s, const struct delta_actions *a,
	    struct fail *f)
{
	int rc = 0;

	/* What its new files hold was in those that they replace. */
	if (delta_is_erasure(a))
		return 0;
	if (source_has_removes(a))
		return refuse_removes(s, a, f);
	for (size_t i = 0; rc == 0 && i < a->add_n; i++)
		if (a->add[i].is_data_change)
			rc = add_file(s, &a->add[i], f);
	return rc;
}

int
source_step(struct lake_source *s, struct delta_actions *a, struct fail *f)
{
	int rc = delta_step(s->d, s->walk, a, f);

	if (rc != STORE_ABSENT)
		return rc;
	return fail_set(f, FAIL_DATA,
			"'%s': version %lld of the log went away while it was "
			"read",
			s->o.url, (long long)s->walk->version + 1);
}

/* ---- batches ---- */

static int
next_versions(struct lake_source *s, struct fail *f)
{
	int64_t first = s->walk->version;
	int rc = 0;

	if (s->is_snapshot_first) {
		s->is_snapshot_first = false;
		return add_live_files(s, s->walk, f);
	}
	while (rc == 0 && s->walk->version < s->pinned->version &&
	       s->walk->version - first < s->o.batch_versions &&
	       s->rows < (uint64_t)s->o.batch_rows) {
		struct delta_actions a;

		rc = source_step(s, &a, f);
		if (rc == 0)
			rc = take_commit(s, &a, f);
	}
	return rc;
}

/* Without barriers: what was added behind a version, as one batch. */
static int
files_since(struct lake_source *s, struct fail *f)
{
	int rc = 0;

	if (s->o.since_version > s->pinned->version)
		return fail_set(f, FAIL_DATA,
				"'%s' is at version %lld: there is nothing "
				"since version %lld",
				s->o.url, (long long)s->pinned->version,
				(long long)s->o.since_version);
	for (int64_t v = s->o.since_version + 1;
	     rc == 0 && v <= s->pinned->version; v++) {
		struct delta_actions a;

		rc = delta_read_commit(s->d, v, &s->mem, &a, f);
		if (rc == STORE_ABSENT)
			return fail_set(f, FAIL_DATA,
					"'%s': version %lld is cleaned away",
					s->o.url, (long long)v);
		if (rc == 0)
			rc = take_commit(s, &a, f);
	}
	return rc;
}

int
lake_source_next(struct lake_source *s, struct lake_batch *out, struct fail *f)
{
	bool is_job = s->o.job.n > 0;
	int rc = 0;

	if (s->is_done)
		return 0;
	s->file_n = 0;
	s->rows = 0;
	if (!is_job && s->o.since_version >= 0)
		rc = files_since(s, f);
	else if (!is_job)
		rc = add_live_files(s, s->pinned, f);
	else if (s->o.touched.n == 0)
		rc = next_versions(s, f);
	else if (s->start.touched_n > 0)
		rc = add_live_files(s, s->pinned, f);
	if (rc == 0 && is_job)
		rc = end_batch(s, s->walk, f);
	s->is_done = !is_job || s->walk->version == s->pinned->version;
	*out = (struct lake_batch){.file = s->file,
				   .file_n = s->file_n,
				   .barrier = is_job ? &s->end : NULL};
	return rc != 0 ? rc : 1;
}
