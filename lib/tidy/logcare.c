/* SPDX-License-Identifier: MIT */
/*
 * The log's own upkeep. What may go is what stands before a checkpoint that is
 * old enough, as old as delta.logRetentionDuration says: readers then begin
 * there. So it was read wholly, as they will, before anything goes on its
 * strength; one that cannot be read holds nothing. That checkpoint's own commit
 * stays, for it says what was done; and where jobs read the table, the
 * checkpoint is one that their next version follows. Nothing goes within an
 * hour: a writer that began before has to go through the commits that it has
 * not seen, and would take a missing one for the end of the log. Old
 * checkpoints go first and commits in rising order, so that a run that is
 * killed leaves no hole.
 */
#include "tidy/care.h"

#define LOG_DAYS ((int64_t)30)

/* Commits from this version on must stay for the table's consumers. */
static int64_t
needed_version(const struct tidy *t)
{
	return t->has_consumer ? t->slowest.next - 1 : INT64_MAX;
}

static bool
has_commit(const struct delta_log *log, int64_t version)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->item[i].kind == DELTA_LOG_COMMIT &&
		    log->item[i].version == version)
			return true;
	return false;
}

static bool
has_checkpoint(const struct delta_log *log, int64_t version)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->item[i].kind == DELTA_LOG_CHECKPOINT &&
		    log->item[i].is_whole && log->item[i].version == version)
			return true;
	return false;
}

int
log_is_sound(struct tidy *t, int64_t version, bool *is_sound, struct fail *f)
{
	struct fail own = {0};
	int rc = 0;

	if (t->sound != version)
		rc = delta_check_checkpoint(t->d, version, &own);
	*is_sound = rc == 0;
	if (rc == 0)
		t->sound = version;
	if (rc == FAIL_DATA || rc == FAIL_USAGE)
		return care_note_damage(t, &own, f);
	return rc == 0 ? 0 : fail_set(f, rc, "%s", own.text);
}

/* The newest checkpoint below a version that has all its parts and is old
 * enough; -1: none. */
static int64_t
find_bound(const struct tidy *t, const struct delta_log *log, int64_t oldest_ms,
	   int64_t below)
{
	int64_t bound = -1;

	for (size_t i = 0; i < log->n; i++) {
		const struct delta_log_file *file = &log->item[i];

		if (file->kind == DELTA_LOG_CHECKPOINT && file->is_whole &&
		    file->mtime_ms <= oldest_ms && file->version > bound &&
		    file->version < below &&
		    file->version <= needed_version(t) &&
		    has_commit(log, file->version))
			bound = file->version;
	}
	return bound;
}

/* The log is cut where the checkpoint is, or before the first commit that is
 * young itself: files that were copied have no order of times. */
static int64_t
cut_before(const struct delta_log *log, int64_t bound, int64_t oldest_ms)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->item[i].kind == DELTA_LOG_COMMIT &&
		    log->item[i].version < bound &&
		    log->item[i].mtime_ms > oldest_ms)
			return log->item[i].version; /* sorted by version */
	return bound;
}

static bool
is_gone(const struct delta_log_file *file, int64_t cut, int64_t oldest_ms)
{
	switch (file->kind) {
	case DELTA_LOG_COMMIT:
	case DELTA_LOG_CHECKPOINT:
	case DELTA_LOG_CHECKSUM:
	case DELTA_LOG_COMPACTED:
		return file->version < cut && file->mtime_ms <= oldest_ms;
	case DELTA_LOG_TEMP:
		return file->mtime_ms <= oldest_ms;
	case DELTA_LOG_SIDECAR:
	case DELTA_LOG_OTHER:
		break;
	}
	return false;
}

/* Does the log lose more than what killed writers left in it? */
static bool
is_cutting(const struct delta_log *log, int64_t cut, int64_t oldest_ms)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->item[i].kind != DELTA_LOG_TEMP &&
		    is_gone(&log->item[i], cut, oldest_ms))
			return true;
	return false;
}

/* Where the newest checkpoint that serves, and can be read, lets the log be
 * cut; -1: nowhere. */
static int
find_cut(struct tidy *t, const struct delta_log *log, int64_t oldest_ms,
	 int64_t *cut, struct fail *f)
{
	int64_t bound = INT64_MAX;
	bool is_sound = false;
	int rc = 0;

	while (rc == 0 && !is_sound) {
		bound = find_bound(t, log, oldest_ms, bound);
		*cut = cut_before(log, bound, oldest_ms);
		if (!is_cutting(log, *cut, oldest_ms))
			return 0;
		rc = log_is_sound(t, bound, &is_sound, f);
	}
	return rc;
}

/* Sidecars of checkpoints that go, unless one that stays names them too: of one
 * that cannot be read nobody knows which, so all stay. */
static int
plan_sidecars(struct tidy *t, const struct delta_log *log, bool *gone,
	      int64_t oldest_ms, struct fail *f)
{
	struct map named;
	struct fail own = {0};
	bool has_sidecars = false;
	int rc = 0;

	for (size_t i = 0; i < log->n; i++)
		has_sidecars = has_sidecars ||
			       log->item[i].kind == DELTA_LOG_SIDECAR;
	if (!has_sidecars)
		return 0;
	map_init(&named, CARE_FILES);
	for (size_t i = 0; rc == 0 && i < log->n; i++)
		if (log->item[i].kind == DELTA_LOG_CHECKPOINT && !gone[i])
			rc = delta_log_sidecars(t->d, log->item[i].key, &named,
						&own);
	for (size_t i = 0; rc == 0 && i < log->n; i++)
		gone[i] = gone[i] || (log->item[i].kind == DELTA_LOG_SIDECAR &&
				      log->item[i].mtime_ms <= oldest_ms &&
				      map_find(&named, log->item[i].key) < 0);
	map_release(&named);
	if (rc == FAIL_DATA || rc == FAIL_USAGE)
		return care_note_damage(t, &own, f);
	return rc == 0 ? 0 : fail_set(f, rc, "%s", own.text);
}

/* May the log be cleaned at all? What was asked for by --retain is. */
static bool
is_off(const struct tidy *t)
{
	const struct delta_protocol *p = &t->s->protocol;

	/* its checkpoints guard readers that know less */
	for (size_t i = 0; i < p->writer_feature_n; i++)
		if (str_is(p->writer_feature[i], "checkpointProtection"))
			return true;
	return t->o.retain_ms < 0 &&
	       str_is(delta_pairs_get(&t->s->meta.config,
				      STR_LIT("delta.enableExpiredLogCleanup")),
		      "false");
}

int
log_plan(struct tidy *t, const struct delta_log *log, struct arena *a,
	 bool **gone, struct fail *f)
{
	int64_t keep_ms = care_retain_ms(
		t,
		delta_meta_duration(&t->s->meta, "delta.logRetentionDuration",
				    LOG_DAYS * 24 * DELTA_HOUR_MS));
	int64_t now_ms, oldest_ms, cut = -1;
	int rc = care_now(t, &now_ms, f);

	*gone = arena_zalloc(a, log->n + 1, sizeof(**gone));
	if (rc != 0)
		return rc;
	if (*gone == NULL)
		return fail_memory(f);
	if (keep_ms < TIDY_GUARD_MS)
		keep_ms = TIDY_GUARD_MS;
	oldest_ms = now_ms - keep_ms;
	if (!is_off(t))
		rc = find_cut(t, log, oldest_ms, &cut, f);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < log->n; i++)
		(*gone)[i] = is_gone(&log->item[i], cut, oldest_ms);
	return plan_sidecars(t, log, *gone, oldest_ms, f);
}

int
tidy_clean_log(struct tidy *t, struct tidy_files *deleted, struct fail *f)
{
	static const enum delta_log_kind order[] = {
		DELTA_LOG_TEMP,	    DELTA_LOG_CHECKPOINT, DELTA_LOG_SIDECAR,
		DELTA_LOG_CHECKSUM, DELTA_LOG_COMPACTED,  DELTA_LOG_COMMIT};
	struct delta_log log = {0};
	struct arena mem = {0};
	bool *gone;
	int rc = delta_check_write(t->s, DELTA_APPEND, t->o.url, f);

	*deleted = (struct tidy_files){0};
	if (rc == 0)
		rc = delta_log_files(t->d, &mem, &log, f);
	if (rc == 0)
		rc = log_plan(t, &log, &mem, &gone, f);
	for (size_t k = 0; rc == 0 && k < sizeof(order) / sizeof(*order); k++) {
		for (size_t i = 0; rc == 0 && i < log.n; i++)
			if (gone[i] && log.item[i].kind == order[k])
				rc = care_delete(t, log.item[i].key,
						 log.item[i].bytes, deleted, f);
		if (rc == 0)
			rc = care_flush(t, f);
	}
	arena_release(&mem);
	return rc;
}

int
tidy_checkpoint(struct tidy *t, int64_t *version, bool *is_new, struct fail *f)
{
	struct delta_log log;
	struct arena mem = {0};
	bool is_there = false;
	int rc = care_catch_up(t, f);

	*version = t->s->version;
	/* what we do not know would be missing from it */
	if (rc == 0)
		rc = delta_check_write(t->s, DELTA_APPEND, t->o.url, f);
	if (rc == 0)
		rc = delta_log_files(t->d, &mem, &log, f);
	if (rc == 0 && has_checkpoint(&log, *version))
		rc = log_is_sound(t, *version, &is_there, f);
	*is_new = !is_there;
	if (rc == 0 && *is_new && !t->o.is_dry)
		rc = delta_checkpoint(t->d, t->s, f);
	arena_release(&mem);
	return rc;
}
