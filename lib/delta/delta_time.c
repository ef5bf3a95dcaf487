/* SPDX-License-Identifier: MIT */
/*
 * When versions were committed. Where a table has in-commit timestamps, a
 * commit says so itself, from the version on that turned them on; else it is
 * when its file was written, made to rise strictly, as Spark does, since
 * clocks of stores go back (PROTOCOL.md, In-Commit Timestamps).
 */
#include "delta/log.h"

#define KEY_FROM  "delta.inCommitTimestampEnablementVersion"
#define KEY_SINCE "delta.inCommitTimestampEnablementTimestamp"

static int64_t
number_of(const struct delta_meta *m, const char *key, int64_t otherwise)
{
	struct str text = delta_pairs_get(&m->config, str_of(key));
	int64_t v;

	return text.p != NULL && num_parse_i64(text.p, text.n, &v) == 0
		       ? v
		       : otherwise;
}

int
delta_times_read(struct delta *d, const struct delta_snapshot *s,
		 struct arena *a, struct delta_times *out, struct fail *f)
{
	struct log_listing list;
	/* from the very first name on, whatever the hint says */
	int rc = log_list(d, 0, a, &list, f);

	*out = (struct delta_times){.first = -1, .in_commit = INT64_MAX};
	if (rc != 0)
		return rc;
	if (log_has_commit_times(s))
		out->in_commit = number_of(&s->meta, KEY_FROM, 0);
	if (list.commit_n == 0)
		return 0;
	out->first = list.commit[list.run].version;
	out->n = list.commit_n - list.run;
	out->ms = arena_zalloc(a, out->n, sizeof(*out->ms));
	if (out->ms == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < out->n; i++) {
		out->ms[i] = list.commit[list.run + i].mtime_ms;
		if (i > 0 && out->ms[i] <= out->ms[i - 1])
			out->ms[i] = out->ms[i - 1] + 1;
	}
	return 0;
}

int64_t
delta_times_of(const struct delta_times *t, const struct delta_actions *a)
{
	if (a->version >= t->in_commit)
		return a->time_ms;
	if (a->version < t->first || (uint64_t)(a->version - t->first) >= t->n)
		return -1;
	return t->ms[a->version - t->first];
}

/* The same of a version whose commit is to be read for it. */
static int
time_of(struct delta *d, const struct delta_times *t, int64_t version,
	int64_t *ms, struct fail *f)
{
	struct delta_actions actions = {.version = version};
	struct arena mem = {0};
	int rc = 0;

	if (version >= t->in_commit)
		rc = delta_read_commit(d, version, &mem, &actions, f);
	if (rc == STORE_ABSENT)
		rc = fail_set(f, FAIL_DATA,
			      "'%s': version %lld of the log went away while "
			      "it was read",
			      delta_url(d), (long long)version);
	*ms = delta_times_of(t, &actions);
	if (rc == 0 && *ms < 0)
		rc = fail_set(f, FAIL_DATA,
			      "'%s': version %lld does not tell its time",
			      delta_url(d), (long long)version);
	arena_release(&mem);
	return rc;
}

/* The newest version of [low, high) at or before the time; low - 1: none. */
static int
search(struct delta *d, const struct delta_times *t, int64_t low, int64_t high,
       int64_t time_ms, int64_t *out, struct fail *f)
{
	int64_t none = low - 1;
	int rc = 0;

	while (rc == 0 && low < high) {
		int64_t mid = low + (high - low) / 2, ms = 0;

		rc = time_of(d, t, mid, &ms, f);
		if (ms <= time_ms)
			low = mid + 1;
		else
			high = mid;
	}
	*out = low - 1 < none ? none : low - 1;
	return rc;
}

static int
too_early(struct delta *d, const struct delta_times *t, int64_t version,
	  struct fail *f)
{
	char text[UTC_TEXT_MAX];
	int64_t ms;
	int rc = time_of(d, t, version, &ms, f);

	if (rc != 0)
		return rc;
	if (ms > UTC_MAX / UTC_MS)
		ms = UTC_MAX / UTC_MS;
	return fail_set(f, FAIL_DATA,
			"'%s' has no version as old as that: the oldest "
			"commit, of version %lld, is of %.*s",
			delta_url(d), (long long)version,
			(int)utc_format(text, ms * UTC_MS), text);
}

int
delta_version_at(struct delta *d, int64_t time_us, int64_t *version,
		 struct fail *f)
{
	int64_t time_ms = utc_floor(time_us, UTC_MS) / UTC_MS;
	int64_t low, high;
	struct delta_snapshot *s = NULL;
	struct delta_times t = {0};
	struct arena mem = {0};
	int rc = delta_load(d, DELTA_LATEST, &s, f);

	if (rc == 0 && s->version < 0)
		rc = delta_no_table(d, f);
	if (rc == 0)
		rc = delta_times_read(d, s, &mem, &t, f);
	if (rc == 0 && t.n == 0)
		rc = fail_set(f, FAIL_DATA,
			      "'%s' has no commits left to tell times by, only "
			      "version %lld in a checkpoint",
			      delta_url(d), (long long)s->version);
	if (rc != 0)
		goto out;
	low = t.first;
	high = low + (int64_t)t.n;
	/* Times of the two kinds are not held against each other. */
	if (t.in_commit > low && t.in_commit < high) {
		if (time_ms >= number_of(&s->meta, KEY_SINCE, INT64_MIN))
			low = t.in_commit;
		else
			high = t.in_commit;
	}
	rc = search(d, &t, low, high, time_ms, version, f);
	if (rc == 0 && *version < low)
		rc = too_early(d, &t, low, f);
out:
	arena_release(&mem);
	delta_snapshot_close(s);
	return rc;
}
