/* SPDX-License-Identifier: MIT */
/*
 * Listing a folder in the order of keys. Names that begin with a dot are
 * temporary files of writers (ours and Hadoop's) and not objects; but who
 * looks at all that is there sees ours, to clean up behind writers that died.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/backend.h"

struct walk {
	struct store *store;
	struct str from;
	bool is_deep;
	struct store_found found;
	struct buf key; /* of the entry being looked at */
};

static bool
is_passed_over(const struct walk *w, const char *name)
{
	return name[0] == '.' &&
	       !(w->is_deep && str_ends(str_of(name), ".tmp"));
}

static int list_folder(struct walk *w, unsigned depth, struct fail *f);

static int
add_item(struct walk *w, struct str key, const struct stat *st, struct fail *f)
{
	if (str_compare(key, w->from) < 0)
		return 0;
	return store_found_add(&w->found, key, (uint64_t)st->st_size,
			       (int64_t)st->st_mtim.tv_sec * 1000 +
				       st->st_mtim.tv_nsec / 1000000,
			       f);
}

/* The entry whose key stands in w->key. */
static int
list_entry(struct walk *w, unsigned depth, struct fail *f)
{
	char path[LIMIT_PATH];
	struct stat st;
	int rc;

	/* Passed over without a look at the file: a log has thousands. */
	if (!w->is_deep && str_compare(buf_str(&w->key), w->from) < 0)
		return 0;
	rc = folder_path(w->store, buf_str(&w->key), path, f);
	if (rc != 0)
		return rc;
	if (stat(path, &st) != 0) {
		if (errno == ENOENT) /* deleted since the folder was read */
			return 0;
		return fail_errno(f, FAIL_IO, errno, "cannot look at '%s'",
				  path);
	}
	if (S_ISREG(st.st_mode))
		return add_item(w, buf_str(&w->key), &st, f);
	if (!S_ISDIR(st.st_mode) || !w->is_deep)
		return 0;
	if (depth == 0)
		return fail_set(f, FAIL_IO, "'%s': folders are nested too deep",
				path);
	if (buf_add_char(&w->key, '/') != 0)
		return fail_memory(f);
	return list_folder(w, depth - 1, f);
}

/* The folder whose key, with its slash, stands in w->key ("": the root). */
static int
list_folder(struct walk *w, unsigned depth, struct fail *f)
{
	char path[LIMIT_PATH];
	size_t len = w->key.len;
	struct dirent *e;
	DIR *dir;
	int n, rc = 0;

	n = snprintf(path, sizeof(path), "%s/%.*s", folder_root(w->store),
		     (int)len, len == 0 ? "" : w->key.p);
	if (n < 0 || n >= (int)sizeof(path))
		return fail_set(f, FAIL_IO, "'%s': a path is too long",
				store_url(w->store));
	dir = opendir(path);
	if (dir == NULL) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return fail_errno(f, FAIL_IO, errno, "cannot list '%s'", path);
	}
	while (rc == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		if (is_passed_over(w, e->d_name))
			continue;
		w->key.len = len;
		rc = buf_add_cstr(&w->key, e->d_name);
		rc = rc != 0 ? fail_memory(f) : list_entry(w, depth, f);
	}
	if (rc == 0 && errno != 0)
		rc = fail_errno(f, FAIL_IO, errno, "cannot list '%s'", path);
	closedir(dir);
	w->key.len = len;
	return rc;
}

int
folder_list(struct store *s, const char *folder, struct str from, bool is_deep,
	    struct arena *a, struct store_list *out, struct fail *f)
{
	struct walk w = {.store = s,
			 .from = from,
			 .is_deep = is_deep,
			 .found = {.mem = a}};
	int rc;

	buf_init(&w.key, LIMIT_PATH);
	rc = buf_add_cstr(&w.key, folder);
	rc = rc != 0 ? fail_memory(f) : list_folder(&w, LIMIT_DEPTH, f);
	if (rc == 0)
		rc = store_found_take(&w.found, out, f);
	store_found_release(&w.found);
	buf_release(&w.key);
	return rc;
}
