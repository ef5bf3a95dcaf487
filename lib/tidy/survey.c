/* SPDX-License-Identifier: MIT */
/*
 * What lies below a table's root, file by file: live, removed, or named by
 * nobody. Names that begin with '_' or '.' belong to engines and are passed
 * over, but for change data and for folders of partition columns; so is a
 * table inside of the table. Young files are nobody's business: a tombstone's
 * age counts from its removal, an orphan's from its last change, and an orphan
 * may be a writer's that has not committed yet.
 */
#include "tidy/care.h"

#include <stdlib.h>

#define CHANGE_DATA "_change_data/"

/* What the snapshot knows of a key: a data file's, or a file's of deletion
 * vectors, which several data files may share. */
struct use {
	bool is_live;
	bool is_there;	 /* the list has it */
	int64_t gone_ms; /* else: when its last user was removed */
};

struct known {
	struct map keys;
	struct use *use; /* one a key */
	bool has_outside;
};

/* ---- names ---- */

static bool
is_partition_folder(const struct delta_meta *m, struct str part)
{
	for (size_t i = 0; i < m->partition_n; i++) {
		struct str name = m->partition[i];

		if (part.n > name.n && part.p[name.n] == '=' &&
		    memcmp(part.p, name.p, name.n) == 0)
			return true;
	}
	return false;
}

/* Has the key a part that is an engine's? */
static bool
is_hidden(const struct delta_meta *m, struct str key)
{
	size_t from = 0;

	for (size_t i = 0; i <= key.n; i++) {
		struct str part = {key.p + from, i - from};

		if (i < key.n && key.p[i] != '/')
			continue;
		if (part.n > 0 && (part.p[0] == '_' || part.p[0] == '.') &&
		    !(i < key.n && is_partition_folder(m, part)))
			return true;
		from = i + 1;
	}
	return false;
}

/* The length of the folder that holds another table's log; 0: none. */
static size_t
table_below(struct str key)
{
	static const char log[] = "/_delta_log/";

	for (size_t i = 1; i + sizeof(log) - 1 <= key.n; i++)
		if (memcmp(key.p + i, log, sizeof(log) - 1) == 0)
			return i + 1;
	return 0;
}

/* Mark the files of tables inside of the table as hidden ones: their keys
 * stand together. */
static void
pass_over_tables(struct survey *s, bool *is_other)
{
	for (size_t i = 0; i < s->list.n; i++) {
		struct str root = s->list.item[i].key;

		root.n = table_below(root);
		if (root.n == 0 || is_other[i])
			continue;
		for (size_t k = 0; k < s->list.n; k++) {
			struct str key = s->list.item[k].key;

			if (key.n >= root.n &&
			    memcmp(key.p, root.p, root.n) == 0)
				is_other[k] = true;
		}
	}
}

/* ---- judging ---- */

static int
know_key(struct known *k, struct str key, bool is_live, int64_t gone_ms,
	 struct fail *f)
{
	bool is_new;
	int64_t at;
	struct use *use;

	if (key.n == 0)
		return 0;
	at = map_add(&k->keys, key, &is_new);
	if (at < 0)
		return fail_memory(f);
	use = &k->use[at];
	if (is_new)
		*use = (struct use){.gone_ms = gone_ms};
	use->is_live = use->is_live || is_live;
	if (gone_ms > use->gone_ms)
		use->gone_ms = gone_ms;
	return 0;
}

static int
know_files(struct tidy *t, struct known *k, struct arena *a, struct fail *f)
{
	const struct delta_snapshot *s = t->s;
	struct arena mem = {0};
	int rc = 0;

	map_init(&k->keys, CARE_FILES);
	k->use = arena_zalloc(a, s->file_n * 2 + 1, sizeof(*k->use));
	if (k->use == NULL)
		return fail_memory(f);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		const struct delta_file *file = &s->file[i];
		struct str key, vector = {"", 0};

		arena_reset(&mem);
		rc = care_key(t, file, &mem, &key, f);
		k->has_outside = k->has_outside || key.n == 0;
		if (rc == 0 && key.n > 0 && file->dv != NULL)
			rc = delta_dv_key(t->d, file->dv, &mem, &vector, f);
		if (rc == 0)
			rc = know_key(k, key, s->is_live[i], file->mtime_ms, f);
		if (rc == 0)
			rc = know_key(k, vector, s->is_live[i], file->mtime_ms,
				      f);
	}
	arena_release(&mem);
	return rc;
}

static enum survey_class
judge(struct tidy *t, struct known *k, const struct store_info *file,
      int64_t now_ms)
{
	int64_t retain = care_retain_ms(t, delta_tombstone_ms(&t->s->meta));
	int64_t at = map_find(&k->keys, file->key), guard;
	bool is_old;

	if (at >= 0)
		k->use[at].is_there = true;
	if (at >= 0 && k->use[at].is_live)
		return SURVEY_LIVE;
	if (at >= 0) {
		is_old = k->use[at].gone_ms <= now_ms - retain;
		if (is_old && care_is_needed(t, file->key))
			return SURVEY_NEEDED;
		return is_old ? SURVEY_OLD_TOMBSTONE : SURVEY_TOMBSTONE;
	}
	guard = retain > TIDY_GUARD_MS ? retain : TIDY_GUARD_MS;
	is_old = file->mtime_ms <= now_ms - guard;
	/* a checkpoint may have dropped the tombstone of what jobs need */
	if (is_old && care_is_needed(t, file->key))
		return SURVEY_NEEDED;
	return is_old ? SURVEY_OLD_ORPHAN : SURVEY_ORPHAN;
}

/* What is live and not in the list was committed since, or is gone. */
static int
find_missing(struct tidy *t, const struct known *k, struct survey *s,
	     struct fail *f)
{
	for (size_t i = 0; i < k->keys.len; i++) {
		struct str key = k->keys.key[i];
		struct store_info info;
		int rc;

		if (!k->use[i].is_live || k->use[i].is_there)
			continue;
		rc = store_stat(delta_store(t->d), key, &info, f);
		if (rc != 0 && rc != STORE_ABSENT)
			return rc;
		s->missing += rc == STORE_ABSENT;
	}
	return 0;
}

static int
judge_all(struct tidy *t, struct survey *s, int64_t now_ms, struct fail *f)
{
	bool *is_other = arena_zalloc(&s->mem, s->list.n + 1, 1);
	struct known k = {0};
	int rc;

	s->item = arena_zalloc(&s->mem, s->list.n + 1, sizeof(*s->item));
	if (is_other == NULL || s->item == NULL)
		return fail_memory(f);
	pass_over_tables(s, is_other);
	rc = know_files(t, &k, &s->mem, f);
	s->has_outside = k.has_outside;
	for (size_t i = 0; rc == 0 && i < s->list.n; i++) {
		struct str key = s->list.item[i].key;

		if (is_other[i] || (is_hidden(&t->s->meta, key) &&
				    !str_starts(key, CHANGE_DATA)))
			s->item[i] = SURVEY_OTHER;
		else
			s->item[i] = judge(t, &k, &s->list.item[i], now_ms);
	}
	if (rc == 0)
		rc = find_missing(t, &k, s, f);
	map_release(&k.keys);
	return rc;
}

int
survey_make(struct tidy *t, struct survey *out, struct fail *f)
{
	int64_t now_ms;
	int rc;

	*out = (struct survey){0};
	rc = care_now(t, &now_ms, f);
	/* First the files, then the log: what is committed between is live. */
	if (rc == 0)
		rc = store_list(delta_store(t->d), "", STR_LIT(""), true,
				&out->mem, &out->list, f);
	if (rc == 0)
		rc = care_catch_up(t, f);
	if (rc == 0)
		rc = care_find_needed(t, f);
	return rc != 0 ? rc : judge_all(t, out, now_ms, f);
}

void
survey_release(struct survey *s)
{
	arena_release(&s->mem);
}

int
tidy_vacuum(struct tidy *t, struct tidy_files *deleted,
	    struct tidy_files *needed, struct fail *f)
{
	struct survey s = {0};
	int rc = delta_check_write(t->s, DELTA_APPEND, t->o.url, f);

	if (rc == 0)
		rc = survey_make(t, &s, f);
	/* an absolute path may lead into our own folder */
	if (rc == 0 && s.has_outside)
		rc = fail_set(f, FAIL_USAGE,
			      "'%s' refers to files by absolute paths, as a "
			      "shallow clone does: not vacuumed",
			      t->o.url);
	*deleted = *needed = (struct tidy_files){0};
	t->young = 0;
	for (size_t i = 0; rc == 0 && i < s.list.n; i++) {
		const struct store_info *file = &s.list.item[i];

		if (s.item[i] == SURVEY_NEEDED)
			care_count(needed, file->bytes);
		t->young += s.item[i] == SURVEY_TOMBSTONE;
		if (s.item[i] == SURVEY_OLD_TOMBSTONE ||
		    s.item[i] == SURVEY_OLD_ORPHAN)
			rc = care_delete(t, file->key, file->bytes, deleted, f);
	}
	if (rc == 0)
		rc = care_flush(t, f);
	survey_release(&s);
	return rc;
}
