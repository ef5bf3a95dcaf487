/* SPDX-License-Identifier: MIT */
/*
 * State snapshots in a folder:
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

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"

#define STATE_KEEP_US (7 * UTC_DAY)
#define STATE_MAX     ((size_t)4 << 30)
#define PATH_ROOM     (LIMIT_PATH + 300) /* a folder and a file name in it */

struct state {
	char *owner;  /* PLACE/JOB */
	char *folder; /* PLACE/JOB/FILTER-HASH */
	char *filter;
	int64_t loaded;
};

/* A job's name becomes a file name: keep what is harmless, %XX the rest. */
static int
add_file_name(struct buf *out, struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		bool is_plain = (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || c == '-' ||
				c == '_' || (c == '.' && i > 0);
		int rc = is_plain ? buf_add_char(out, (char)c)
				  : buf_addf(out, "%%%02X", c);

		if (rc != 0)
			return rc;
	}
	return 0;
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
build_paths(struct state *s, const char *place, struct str job,
	    const char *filter, struct str meaning)
{
	uint64_t h = hash_bytes(meaning.p, meaning.n, 0);
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_PATH);
	rc = buf_addf(&b, "%s/", place);
	if (rc == 0)
		rc = add_file_name(&b, job);
	s->owner = rc == 0 ? take_text(&b) : NULL;
	if (s->owner != NULL && buf_addf(&b, "%s/%s-%016llx", s->owner, filter,
					 (unsigned long long)h) == 0)
		s->folder = take_text(&b);
	if (s->folder != NULL && buf_add_cstr(&b, filter) == 0)
		s->filter = take_text(&b);
	buf_release(&b);
	return s->filter == NULL ? FAIL_MEMORY : 0;
}

/* The folder, with the meaning in it, durable up to PLACE. */
static int
make_folder(struct state *s, struct str meaning, struct fail *f)
{
	char path[PATH_ROOM];
	int rc;

	rc = io_make_folders(s->folder, f);
	snprintf(path, sizeof(path), "%s/meaning", s->folder);
	if (rc == 0 && access(path, F_OK) != 0)
		rc = io_write_file(path, meaning, f);
	if (rc == 0)
		rc = io_sync_folder(s->owner, f);
	return rc;
}

int
state_open(struct state **out, const char *place, struct str job,
	   const char *filter, struct str meaning, struct fail *f)
{
	struct state *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	rc = build_paths(s, place, job, filter, meaning);
	if (rc != 0)
		fail_set(f, rc, "the state's path is too long: '%s'", place);
	if (rc == 0)
		rc = make_folder(s, meaning, f);
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
snapshot_path(char *path, size_t size, const char *folder, int64_t id)
{
	snprintf(path, size, "%s/%016llx.state", folder,
		 (unsigned long long)id);
}

/* Is the snapshot in a folder of the same filter with another meaning? */
static bool
find_elsewhere(const struct state *s, int64_t id, char *meaning, size_t size)
{
	size_t n = strlen(s->filter);
	DIR *dir = opendir(s->owner);
	struct dirent *e;
	bool is_found = false;

	while (dir != NULL && !is_found && (e = readdir(dir)) != NULL) {
		char folder[PATH_ROOM], path[PATH_ROOM + 32];
		struct fail ignored = {0};
		struct buf text;

		if (strncmp(e->d_name, s->filter, n) != 0 ||
		    e->d_name[n] != '-')
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", s->owner, e->d_name);
		snapshot_path(path, sizeof(path), folder, id);
		if (access(path, F_OK) != 0)
			continue;
		is_found = true;
		snprintf(path, sizeof(path), "%s/meaning", folder);
		buf_init(&text, LIMIT_CONFIG);
		if (io_read_file(path, LIMIT_LINE, &text, &ignored) == 0)
			snprintf(meaning, size, "%.*s",
				 STR_ARG(buf_str(&text)));
		buf_release(&text);
	}
	if (dir != NULL)
		closedir(dir);
	return is_found;
}

static int
absent(const struct state *s, int64_t id, struct fail *f)
{
	char meaning[FAIL_TEXT_MAX / 2] = "";

	if (find_elsewhere(s, id, meaning, sizeof(meaning)))
		return fail_set(f, FAIL_USAGE,
				"the state of this job was saved by %s with "
				"other options (%s); use those, or a new job "
				"name",
				s->filter, meaning);
	return fail_set(f, FAIL_DATA,
			"the state %016llx of %s is missing in '%s'; bring "
			"the folder back, or make the table anew from its "
			"source under a new job name",
			(unsigned long long)id, s->filter, s->folder);
}

int
state_load(struct state *s, int64_t id, struct buf *out, struct fail *f)
{
	char path[PATH_ROOM];
	size_t start = out->len;
	struct str data;
	int rc;

	snapshot_path(path, sizeof(path), s->folder, id);
	if (access(path, F_OK) != 0)
		return absent(s, id, f);
	rc = io_read_file(path, STATE_MAX, out, f);
	if (rc != 0)
		return rc;
	data = (struct str){out->p + start, out->len - start};
	if (id_of(data) != id)
		return fail_set(f, FAIL_DATA,
				"the state '%s' is damaged: its content does "
				"not match its name",
				path);
	s->loaded = id;
	return 0;
}

/* Remove what no commit can name any more. Failing to is no failure. */
static void
remove_old(const struct state *s, int64_t newest)
{
	DIR *dir = opendir(s->folder);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char path[PATH_ROOM], keep[2][32];
		struct stat st;

		snapshot_path(keep[0], sizeof(keep[0]), ".", newest);
		snapshot_path(keep[1], sizeof(keep[1]), ".", s->loaded);
		if (!str_ends(str_of(e->d_name), ".state") ||
		    strcmp(e->d_name, keep[0] + 2) == 0 ||
		    strcmp(e->d_name, keep[1] + 2) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", s->folder, e->d_name);
		if (stat(path, &st) == 0 &&
		    utc_now() - (int64_t)st.st_mtime * UTC_SECOND >
			    STATE_KEEP_US)
			unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
}

int
state_save(struct state *s, struct str data, int64_t *id, struct fail *f)
{
	char path[PATH_ROOM];
	int rc;

	*id = id_of(data);
	snapshot_path(path, sizeof(path), s->folder, *id);
	rc = io_write_file(path, data, f);
	if (rc == 0)
		remove_old(s, *id);
	return rc;
}
