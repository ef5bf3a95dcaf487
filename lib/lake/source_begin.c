/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a job's reading. Commits are read in order as long as the
 * files that they added are there. Early ones may not be: the log was cleaned
 * up, or a vacuum took files that a compaction or an overwrite had removed. And
 * some should not be read any more: rows that were erased, deleted or replaced
 * since. Then the first batch is a snapshot behind all of that.
 */
#include "lake/source.h"

/* A file that a commit removed. */
struct gone {
	struct gone *before;
	int64_t version;
	struct str key;
};

struct look {
	struct lake_source *s;
	struct delta_snapshot *walk;
	struct gone *last;
	int64_t start; /* the best known so far */
	struct arena mem;
};

static int
take_removes(struct look *l, const struct delta_actions *a, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < a->remove_n; i++) {
		struct gone *one = arena_zalloc(&l->mem, 1, sizeof(*one));
		struct fail own = {0};

		if (one == NULL)
			return fail_memory(f);
		*one = (struct gone){.before = l->last, .version = a->version};
		rc = delta_file_key(l->s->d, &a->remove[i], &l->mem, &one->key,
				    &own);
		/* another table's, of which ours is a clone */
		if (rc == FAIL_USAGE)
			rc = 0;
		else if (rc == 0)
			l->last = one;
		else
			rc = fail_set(f, rc, "%s", own.text);
	}
	return rc;
}

static int
walk_log(struct look *l, struct fail *f)
{
	int rc = delta_load(l->s->d, l->start, &l->walk, f);

	while (rc == 0 && l->walk->version < l->s->pinned->version) {
		struct delta_actions a;

		rc = delta_step(l->s->d, l->walk, &a, f);
		if (rc == STORE_ABSENT)
			return fail_set(f, FAIL_DATA,
					"'%s': version %lld of the log went "
					"away while it was read",
					l->s->o.url,
					(long long)l->walk->version + 1);
		if (rc == 0 && source_has_removes(&a))
			l->start = a.version;
		if (rc == 0)
			rc = take_removes(l, &a, f);
	}
	return rc;
}

/* From the newest on: a vacuum takes the oldest first. */
static int
find_missing(struct look *l, struct fail *f)
{
	int rc = 0;

	for (const struct gone *one = l->last;
	     rc == 0 && one != NULL && one->version > l->start;
	     one = one->before) {
		struct store_info info;

		rc = store_stat(delta_store(l->s->d), one->key, &info, f);
		if (rc == STORE_ABSENT) {
			l->start = one->version;
			return 0;
		}
	}
	return rc;
}

int
source_begin(struct lake_source *s, struct fail *f)
{
	struct look l = {.s = s};
	int rc = delta_oldest(s->d, &l.start, f);

	if (rc == 0 && l.start == 0)
		l.start = -1;
	if (rc == 0)
		rc = walk_log(&l, f);
	if (rc == 0)
		rc = find_missing(&l, f);
	if (rc == 0)
		rc = delta_load(s->d, l.start, &s->walk, f);
	s->is_snapshot_first = l.start >= 0;
	delta_snapshot_close(l.walk);
	arena_release(&l.mem);
	return rc;
}
