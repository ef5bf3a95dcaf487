/* SPDX-License-Identifier: MIT */
/*
 * Replay: a snapshot is the newest readable checkpoint at or below the wanted
 * version and the commits behind it, applied in order. A file is known by its
 * path and its deletion vector; it keeps its place in the order of the log.
 */
#include "delta/log.h"

#include <assert.h>
#include <stdlib.h>

/* What a replay knows by name: file i of the snapshot is key i. */
struct delta_replay {
	struct arena mem;
	struct map files;
	struct map txns;
	struct buf key;
	size_t file_cap;
	int64_t *gone; /* one a file: the version that removed it, -1 none */
	size_t gone_cap;
	size_t live_cap;
	size_t txn_cap;
	int64_t read_us; /* when the log was last read, monotonic */
	size_t domain_cap;
};

#define REPLAY_FILES ((size_t)1 << 24)

struct arena *
log_arena(struct delta_snapshot *s)
{
	return &s->replay->mem;
}

static struct delta_snapshot *
snapshot_new(void)
{
	struct delta_snapshot *s = calloc(1, sizeof(*s));
	struct delta_replay *r = calloc(1, sizeof(*r));

	if (s == NULL || r == NULL) {
		free(s);
		free(r);
		return NULL;
	}
	map_init(&r->files, REPLAY_FILES);
	map_init(&r->txns, LIMIT_PARTITIONS * 4);
	buf_init(&r->key, LOG_SCHEMA_MAX); /* vectors may be inline */
	s->replay = r;
	r->read_us = utc_monotonic();
	s->version = -1;
	s->time_ms = -1;
	return s;
}

int64_t
log_age_us(const struct delta_snapshot *s)
{
	return utc_monotonic() - s->replay->read_us;
}

void
delta_snapshot_close(struct delta_snapshot *s)
{
	if (s == NULL)
		return;
	free(s->file);
	free(s->is_live);
	free(s->replay->gone);
	free(s->txn);
	free(s->domain);
	map_release(&s->replay->files);
	map_release(&s->replay->txns);
	buf_release(&s->replay->key);
	arena_release(&s->replay->mem);
	free(s->replay);
	free(s);
}

/* What a file is known by, into the replay's key. */
static int
make_key(struct delta_snapshot *s, const struct delta_file *file,
	 struct fail *f)
{
	struct buf *key = &s->replay->key;

	buf_reset(key);
	if (log_place_name(file->path, key) != 0 ||
	    buf_add_char(key, '\n') != 0 ||
	    buf_add_str(key, delta_dv_id(file)) != 0)
		return fail_memory(f);
	return 0;
}

/* The file's index, added if it is new. */
static int
file_index(struct delta_snapshot *s, const struct delta_file *file,
	   int64_t *index, struct fail *f)
{
	struct delta_replay *r = s->replay;
	bool is_new;

	if (make_key(s, file, f) != 0)
		return FAIL_MEMORY;
	*index = map_add(&r->files, buf_str(&r->key), &is_new);
	if (*index < 0)
		return fail_memory(f);
	if (!is_new)
		return 0;
	if (!MEM_GROW(&s->file, s->file_n, &r->file_cap) ||
	    !MEM_GROW(&r->gone, s->file_n, &r->gone_cap) ||
	    !MEM_GROW(&s->is_live, s->file_n, &r->live_cap))
		return fail_memory(f);
	s->file[s->file_n] = *file;
	r->gone[s->file_n] = -1;
	s->is_live[s->file_n++] = false;
	return 0;
}

static int
apply_add(struct delta_snapshot *s, const struct delta_file *add,
	  int64_t version, struct fail *f)
{
	int64_t i;
	int rc = file_index(s, add, &i, f);

	if (rc != 0)
		return rc;
	if (version >= 0 && s->replay->gone[i] == version)
		return fail_set(f, FAIL_DATA,
				"the file '%.*s' is added and removed at once",
				STR_ARG(add->path));
	s->file[i] = *add;
	s->is_live[i] = true;
	return 0;
}

/* A tombstone keeps what the add said where the remove is silent. */
static int
apply_remove(struct delta_snapshot *s, const struct delta_file *gone,
	     int64_t version, struct fail *f)
{
	int64_t i;
	int rc = file_index(s, gone, &i, f);

	if (rc != 0)
		return rc;
	/* In a checkpoint, whose rows have no order, an add goes before a
	 * tombstone, which is there for vacuums alone. */
	if (version < 0 && s->is_live[i])
		return 0;
	s->is_live[i] = false;
	s->replay->gone[i] = version;
	s->file[i].mtime_ms = gone->mtime_ms;
	s->file[i].is_data_change = gone->is_data_change;
	s->file[i].stats = (struct str){"", 0};
	if (gone->partition.n > 0)
		s->file[i].partition = gone->partition;
	if (gone->bytes > 0)
		s->file[i].bytes = gone->bytes;
	return 0;
}

static int
apply_txn(struct delta_snapshot *s, const struct delta_txn *txn, struct fail *f)
{
	struct delta_replay *r = s->replay;
	bool is_new;
	int64_t i = map_add(&r->txns, txn->app_id, &is_new);

	if (i < 0)
		return fail_memory(f);
	if (is_new) {
		if (!MEM_GROW(&s->txn, s->txn_n, &r->txn_cap))
			return fail_memory(f);
		s->txn_n++;
	}
	assert((size_t)i < s->txn_n); /* key i of the map is txn i */
	s->txn[i] = *txn;
	return 0;
}

/* There are few. */
static int
apply_domain(struct delta_snapshot *s, const struct delta_domain *domain,
	     struct fail *f)
{
	for (size_t i = 0; i < s->domain_n; i++)
		if (str_equal(s->domain[i].name, domain->name)) {
			s->domain[i] = *domain;
			return 0;
		}
	if (!MEM_GROW(&s->domain, s->domain_n, &s->replay->domain_cap))
		return fail_memory(f);
	s->domain[s->domain_n++] = *domain;
	return 0;
}

int
log_apply(struct delta_snapshot *s, const struct delta_actions *actions,
	  struct fail *f)
{
	int64_t version = actions->version;
	int rc = 0;

	if (actions->has_meta)
		s->meta = actions->meta;
	if (actions->has_protocol)
		s->protocol = actions->protocol;
	/* Their order in a commit says nothing: a path may be removed with one
	 * deletion vector and added with another. */
	for (size_t i = 0; rc == 0 && i < actions->remove_n; i++)
		rc = apply_remove(s, &actions->remove[i], version, f);
	for (size_t i = 0; rc == 0 && i < actions->add_n; i++)
		rc = apply_add(s, &actions->add[i], version, f);
	for (size_t i = 0; rc == 0 && i < actions->txn_n; i++)
		rc = apply_txn(s, &actions->txn[i], f);
	for (size_t i = 0; rc == 0 && i < actions->domain_n; i++)
		rc = apply_domain(s, &actions->domain[i], f);
	return rc;
}

bool
delta_txn_find(const struct delta_snapshot *s, struct str app_id,
	       int64_t *version)
{
	int64_t i = map_find(&s->replay->txns, app_id);

	if (i < 0)
		return false;
	*version = s->txn[i].version;
	return true;
}

/* Removes say little; let them say what their adds said. */
static int
complete_removes(struct delta_snapshot *s, struct delta_actions *a,
		 struct fail *f)
{
	for (size_t i = 0; i < a->remove_n; i++) {
		struct delta_file *gone = &a->remove[i];
		int64_t at;

		if (make_key(s, gone, f) != 0)
			return FAIL_MEMORY;
		at = map_find(&s->replay->files, buf_str(&s->replay->key));
		if (at < 0)
			continue;
		assert(s->file != NULL); /* key i of the map is file i */
		if (gone->partition.n == 0)
			gone->partition = s->file[at].partition;
		if (gone->stats.n == 0)
			gone->stats = s->file[at].stats;
	}
	return 0;
}

/* One commit further, whatever it needs of a reader. */
static int
step(struct delta *d, struct delta_snapshot *s, struct delta_actions *out,
     struct fail *f)
{
	int rc = delta_read_commit(d, s->version + 1, log_arena(s), out, f);

	if (rc == 0)
		rc = complete_removes(s, out, f);
	if (rc != 0)
		return rc;
	rc = log_apply(s, out, f);
	if (rc != 0) {
		fail_prefix(f, "'%s': version %lld: ", delta_url(d),
			    (long long)out->version);
		return rc;
	}
	s->version++;
	s->replay->read_us = utc_monotonic();
	s->time_ms = out->time_ms;
	return 0;
}

/* May we read the table as it is now? A feature that it had once, and has
 * dropped, is no matter. */
static int
check_readable(struct delta *d, struct delta_snapshot *s, struct fail *f)
{
	int rc = log_check_read(&s->protocol, delta_url(d), f);

	if (rc == 0)
		rc = log_check_mapping(&s->meta, &s->protocol, delta_url(d), f);
	return rc != 0 ? rc : log_check_widening(&s->meta, delta_url(d), f);
}

int
delta_step(struct delta *d, struct delta_snapshot *s, struct delta_actions *out,
	   struct fail *f)
{
	int rc = step(d, s, out, f);

	if (rc == 0 && (out->has_protocol || out->has_meta))
		rc = check_readable(d, s, f);
	return rc;
}

/* ---- loading ---- */

int
delta_no_table(struct delta *d, struct fail *f)
{
	struct store *store = delta_store(d);
	struct store_info info;
	const char *why = "it has no _delta_log";

	if (store_is_absent(store))
		why = "there is no such folder";
	else if (store_stat(store, STR_LIT("_delta_log"), &info, NULL) ==
		 STORE_OK)
		why = "its _delta_log has no commits";
	return fail_set(f, FAIL_DATA, "'%s' is no Delta table: %s",
			delta_url(d), why);
}

/* Why a version cannot be had: the commit behind `reached` is not there. */
static int
no_version(struct delta *d, int64_t version, int64_t reached,
	   const struct log_listing *list, struct fail *f)
{
	int64_t newest = list->last.version > list->newest ? list->last.version
							   : list->newest;
	const char *url = delta_url(d);
	int64_t last;

	if (version < list->begin)
		return fail_set(f, FAIL_DATA,
				"'%s' has no version %lld any more: the oldest "
				"that can be read is %lld",
				url, (long long)version,
				(long long)list->begin);
	if (!log_list_hole(list, reached + 1, &last))
		return fail_set(f, FAIL_DATA,
				"'%s' has no version %lld: the newest is %lld",
				url, (long long)version, (long long)newest);
	if (last > reached + 1)
		return fail_set(f, FAIL_DATA,
				"'%s': the log has version %lld, but not %lld "
				"to %lld: commits are missing",
				url, (long long)last + 1,
				(long long)reached + 1, (long long)last);
	return fail_set(f, FAIL_DATA,
			"'%s': the log has version %lld, but not %lld: a "
			"commit is missing",
			url, (long long)last + 1, (long long)last);
}

/* From the start, or the checkpoint, to the wanted version. *bad is the
 * version of a checkpoint that cannot be read. */
static int
replay(struct delta *d, struct delta_snapshot *s,
       const struct log_listing *list, int64_t wanted, int64_t *bad,
       struct fail *f)
{
	struct delta_actions actions;
	int rc = 0;

	if (list->best.n > 0)
		rc = log_read_checkpoint(d, &list->best, s, f);
	if (rc == FAIL_DATA || rc == FAIL_USAGE)
		*bad = list->best.version;
	while (rc == 0 && s->version < wanted)
		rc = step(d, s, &actions, f);
	if (rc != STORE_ABSENT)
		return rc;
	/* Rivals may have added versions since the listing; fewer is a hole. */
	return wanted == DELTA_LATEST && s->version >= list->newest
		       ? 0
		       : no_version(d, wanted, s->version, list, f);
}

static int
check_whole(struct delta *d, const struct delta_snapshot *s, struct fail *f)
{
	const char *what = s->meta.id.p == NULL	     ? "metaData"
			   : s->protocol.reader == 0 ? "protocol"
						     : NULL;

	if (what == NULL)
		return 0;
	return fail_set(f, FAIL_DATA,
			"'%s': no %s action in the log up to version %lld",
			delta_url(d), what, (long long)s->version);
}

/* Build on the newest checkpoint up to `limit`; *out is NULL on failure. */
static int
build(struct delta *d, int64_t wanted, int64_t limit,
      struct delta_snapshot **out, int64_t *bad, struct fail *f)
{
	struct arena mem = {0};
	struct log_listing list;
	struct delta_snapshot *s = snapshot_new();
	bool is_empty = false;
	int rc = s == NULL ? fail_memory(f) : 0;

	*bad = -1;
	if (rc == 0)
		rc = log_list(d, limit, &mem, &list, f);
	if (rc == 0)
		is_empty = list.begin < 0 && list.newest < 0;
	if (rc == 0 && is_empty && wanted != DELTA_LATEST)
		rc = delta_no_table(d, f);
	if (rc == 0 && !is_empty)
		rc = replay(d, s, &list, wanted, bad, f);
	if (rc == 0 && !is_empty)
		rc = check_whole(d, s, f);
	if (rc == 0 && !is_empty)
		rc = check_readable(d, s, f);
	arena_release(&mem);
	if (rc != 0) {
		delta_snapshot_close(s);
		s = NULL;
	}
	*out = s;
	return rc;
}

int
delta_load(struct delta *d, int64_t version, struct delta_snapshot **out,
	   struct fail *f)
{
	struct fail first = {0}, later = {0};
	int64_t bad;
	int rc;

	if (version < 0) {
		*out = snapshot_new();
		return *out == NULL ? fail_memory(f) : 0;
	}
	rc = build(d, version, version, out, &bad, &first);
	/* What a checkpoint says, the commits up to it say too, as long as
	 * they are there. */
	while (rc != 0 && bad >= 0) {
		later = (struct fail){0};
		rc = build(d, version, bad - 1, out, &bad, &later);
	}
	if (rc != 0)
		return fail_set(f, first.code, "%s", first.text);
	(*out)->damage = first;
	return 0;
}

int
delta_check_checkpoint(struct delta *d, int64_t version, struct fail *f)
{
	struct arena mem = {0};
	struct log_listing list = {0};
	struct delta_snapshot *s = snapshot_new();
	int rc = s == NULL ? fail_memory(f)
			   : log_list(d, version, &mem, &list, f);

	if (rc == 0 && (list.best.n == 0 || list.best.version != version))
		rc = fail_set(f, FAIL_DATA,
			      "'%s': there is no checkpoint of version %lld",
			      delta_url(d), (long long)version);
	if (rc == 0)
		rc = log_read_checkpoint(d, &list.best, s, f);
	if (rc == 0)
		rc = check_whole(d, s, f);
	delta_snapshot_close(s);
	arena_release(&mem);
	return rc;
}

int
delta_versions(struct delta *d, int64_t *oldest, int64_t *newest,
	       struct fail *f)
{
	struct arena mem = {0};
	struct log_listing list;
	int rc = log_list(d, 0, &mem, &list, f);

	if (rc == 0) {
		*oldest = list.oldest;
		*newest = list.newest;
	}
	arena_release(&mem);
	return rc;
}

int
delta_oldest(struct delta *d, int64_t *version, struct fail *f)
{
	struct arena mem = {0};
	struct log_listing list;
	/* from the very first name on, whatever the hint says */
	int rc = log_list(d, 0, &mem, &list, f);

	if (rc == 0)
		*version = log_list_oldest(&list);
	arena_release(&mem);
	return rc;
}
