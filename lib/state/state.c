/* SPDX-License-Identifier: MIT */
/*
 * State snapshots in a store, a folder's or the lake's:
 *
 *   PLACE/JOB/FILTER-HASH/meaning      the options' text, for messages
 *   PLACE/JOB/FILTER-HASH/ID.state     the content
 *
 * HASH is of the meaning, so filters of one job with other options never
 * share a folder. ID is the hash of the content: saving the same content
 * twice gives the same id, and a snapshot that a torn disk has changed is
 * found out at load. Snapshots that no commit names any more are removed a
 * week after they were written; the one that was loaded never is.
 */
#include "state/state.h"

#include <stdlib.h>

#include "store/store.h"

#define STATE_KEEP_US (7 * UTC_DAY)
#define STATE_MAX     ((size_t)4 << 30)
#define STATE_NAME    32 /* "ID.state" */

struct state {
	struct store *store; /* PLACE */
	char *owner;	     /* "JOB/": a folder of keys */
	char *folder;	     /* "JOB/FILTER-HASH/" */
	char *filter;
	int64_t loaded;
};

/* A job's name becomes a file name: keep what is harmless, %XX the rest. */
static int
add_file_name(struct buf *out, struct str name)
{
	struct str first = {name.p, name.n > 0};
	struct str rest = {name.p + first.n, name.n - first.n};
	int rc = buf_add_encoded(out, first, "-_"); /* no "." in front */

	return rc == 0 ? buf_add_encoded(out, rest, "-_.") : rc;
}

static char *
take_text(struct buf *b)
{
	char *p;

	if (buf_add_char(b, '\0') != 0)
		return NULL;
	p = b->p;
	buf_init(b, b->max);
	return p;
}

static int
build_keys(struct state *s, struct str job, const char *filter,
	   struct str meaning)
{
	uint64_t h = hash_bytes(meaning.p, meaning.n, 0);
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_PATH);
	rc = add_file_name(&b, job);
	if (rc == 0)
		rc = buf_add_char(&b, '/');
	s->owner = rc == 0 ? take_text(&b) : NULL;
	if (s->owner != NULL && buf_addf(&b, "%s%s-%016llx/", s->owner, filter,
					 (unsigned long long)h) == 0)
		s->folder = take_text(&b);
	if (s->folder != NULL && buf_add_cstr(&b, filter) == 0)
		s->filter = take_text(&b);
	buf_release(&b);
	return s->filter == NULL ? FAIL_MEMORY : 0;
}

/* folder and name as a key of at most LIMIT_PATH bytes. */
static struct str
key_of(char key[LIMIT_PATH], const char *folder, const char *name)
{
	int n = snprintf(key, LIMIT_PATH, "%s%s", folder, name);

	return (struct str){key, n < LIMIT_PATH ? (size_t)n : LIMIT_PATH - 1};
}

/* The meaning is put there first, for who comes with another one. */
static int
put_meaning(struct state *s, struct str meaning, struct fail *f)
{
	struct store_info info;
	char key[LIMIT_PATH];
	struct str at = key_of(key, s->folder, "meaning");
	int rc = store_stat(s->store, at, &info, f);

	return rc == STORE_ABSENT ? store_put(s->store, at, meaning, f) : rc;
}

int
state_open(struct state **out, const char *place, struct str job,
	   const char *filter, struct str meaning, struct fail *f)
{
	struct state *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	rc = build_keys(s, job, filter, meaning);
	if (rc != 0)
		fail_set(f, rc, "the state's path is too long: '%s'", place);
	if (rc == 0)
		rc = store_open(&s->store, place, f);
	if (rc == 0)
		rc = put_meaning(s, meaning, f);
	if (rc != 0) {
		state_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	store_close(s->store);
	free(s->owner);
	free(s->folder);
	free(s->filter);
	free(s);
}

/* Content hash, positive: Delta's txn versions are signed. */
static int64_t
id_of(struct str data)
{
	int64_t id = (int64_t)(hash_bytes(data.p, data.n, 0) >> 1);

	return id == 0 ? 1 : id;
}

static void
format_name(char name[STATE_NAME], int64_t id)
{
	snprintf(name, STATE_NAME, "%016llx.state", (unsigned long long)id);
}

/* Is the snapshot in a folder of the same filter with another meaning? Then
 * its meaning, cut to size. */
static bool
find_elsewhere(struct state *s, int64_t id, char *meaning, size_t size)
{
	struct arena mem = {0};
	struct store_list all;
	char name[STATE_NAME], mine[LIMIT_PATH], key[LIMIT_PATH];
	struct str begin = key_of(mine, s->owner, s->filter);
	bool is_found = false;

	format_name(name, id);
	if (store_list(s->store, s->owner, begin, true, &mem, &all, NULL) != 0)
		all.n = 0;
	for (size_t i = 0; i < all.n && !is_found; i++) {
		struct str k = all.item[i].key;
		struct buf text;

		if (!str_starts(k, mine) || k.n <= begin.n ||
		    k.p[begin.n] != '-' || !str_ends(k, name))
			continue;
		is_found = true;
		snprintf(key, sizeof(key), "%.*smeaning",
			 (int)(k.n - strlen(name)), k.p);
		buf_init(&text, LIMIT_LINE);
		if (store_get(s->store, str_of(key), LIMIT_LINE, &text, NULL) ==
		    STORE_OK)
			snprintf(meaning, size, "%.*s",
				 STR_ARG(buf_str(&text)));
		buf_release(&text);
	}
	arena_release(&mem);
	return is_found;
}

static int
absent(struct state *s, int64_t id, struct fail *f)
{
	char meaning[FAIL_TEXT_MAX / 2] = "";

	if (find_elsewhere(s, id, meaning, sizeof(meaning)))
		return fail_set(f, FAIL_USAGE,
				"the state of this job was saved by %s with "
				"other options (%s); use those, or a new job "
				"name",
				s->filter, meaning);
	return fail_set(f, FAIL_DATA,
			"the state %016llx of %s is missing in '%s/%s'; bring "
			"the folder back, or make the table anew from its "
			"source under a new job name",
			(unsigned long long)id, s->filter, store_url(s->store),
			s->folder);
}

int
state_load(struct state *s, int64_t id, struct buf *out, struct fail *f)
{
	char name[STATE_NAME], key[LIMIT_PATH];
	size_t start = out->len;
	struct str data;
	int rc;

	format_name(name, id);
	rc = store_get(s->store, key_of(key, s->folder, name), STATE_MAX, out,
		       f);
	if (rc == STORE_ABSENT)
		return absent(s, id, f);
	if (rc != 0)
		return rc;
	data = (struct str){out->p + start, out->len - start};
	if (id_of(data) != id)
		return fail_set(f, FAIL_DATA,
				"the state '%s/%s' is damaged: its content "
				"does not match its name",
				store_url(s->store), key);
	s->loaded = id;
	return 0;
}

/* Remove what no commit can name any more. Failing to is no failure. */
static void
remove_old(struct state *s, int64_t newest)
{
	int64_t oldest_ms = (utc_now() - STATE_KEEP_US) / UTC_MS;
	char keep[2][STATE_NAME];
	struct arena mem = {0};
	struct store_list all;

	format_name(keep[0], newest);
	format_name(keep[1], s->loaded);
	if (store_list(s->store, s->folder, STR_LIT(""), false, &mem, &all,
		       NULL) != 0)
		all.n = 0;
	for (size_t i = 0; i < all.n; i++) {
		struct str k = all.item[i].key;

		if (str_ends(k, ".state") && !str_ends(k, keep[0]) &&
		    !str_ends(k, keep[1]) && all.item[i].mtime_ms < oldest_ms &&
		    store_delete(s->store, k, NULL) < 0)
			break;
	}
	arena_release(&mem);
}

int
state_save(struct state *s, struct str data, int64_t *id, struct fail *f)
{
	char name[STATE_NAME], key[LIMIT_PATH];
	int rc;

	*id = id_of(data);
	format_name(name, *id);
	rc = store_put(s->store, key_of(key, s->folder, name), data, f);
	if (rc == 0)
		remove_old(s, *id);
	return rc;
}
