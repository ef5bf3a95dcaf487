/* SPDX-License-Identifier: MIT */
/*
 * Where a path of the log leads. It is a URI, decoded once: relative to the
 * table's folder, or absolute, as in a shallow clone, whose files are its
 * source's. An absolute one must lie in the same store as the table: a log
 * may not send a reader from a lake to the files of the reader's machine.
 */
#include "delta/log.h"

/* Behind "file:" and all slashes but one; p NULL for another path. */
static struct str
local_path(struct str path)
{
	if (str_starts(path, "file:/")) {
		path.p += strlen("file:");
		path.n -= strlen("file:");
	}
	if (!str_starts(path, "/"))
		return (struct str){NULL, 0};
	while (path.n > 1 && path.p[1] == '/') {
		path.p++;
		path.n--;
	}
	return path;
}

int
log_place_name(struct str path, struct buf *out)
{
	struct str local = local_path(path);

	return buf_add_decoded(out, local.p != NULL ? local : path);
}

/* Bytes of "scheme://authority"; 0: it has none. */
static size_t
base_bytes(struct str url)
{
	size_t i = 0;

	while (i < url.n && url.p[i] != ':' && url.p[i] != '/')
		i++;
	if (url.n - i < 3 || memcmp(url.p + i, "://", 3) != 0)
		return 0;
	for (i += 3; i < url.n && url.p[i] != '/';)
		i++;
	return i;
}

/* The store of an absolute path, and the path's part behind its root. */
static int
split_absolute(struct delta *d, struct str path, struct str *base,
	       struct str *key, struct fail *f)
{
	struct str url = str_of(delta_url(d)), local = local_path(path);
	bool is_local = base_bytes(url) == 0 || str_starts(url, "file:");
	size_t n = base_bytes(path);

	if (is_local && local.p != NULL) {
		*base = STR_LIT("/");
		*key = (struct str){local.p + 1, local.n - 1};
		return 0;
	}
	if (!is_local && n > 0 && n < path.n && n == base_bytes(url) &&
	    memcmp(path.p, url.p, n) == 0) {
		*base = (struct str){url.p, n};
		*key = (struct str){path.p + n + 1, path.n - n - 1};
		return 0;
	}
	return fail_set(f, FAIL_USAGE,
			"'%s' refers to a file of another store, which we do "
			"not read: '%.*s'",
			delta_url(d), STR_ARG(path));
}

static bool
is_absolute(struct str path)
{
	return local_path(path).p != NULL || base_bytes(path) > 0;
}

static int
decode(struct delta *d, struct str path, struct arena *a, struct str *out,
       struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_PATH);
	rc = buf_add_decoded(&text, path);
	if (rc != 0)
		rc = fail_set(f, FAIL_DATA,
			      "'%s': the path of '%.*s' is too long",
			      delta_url(d), STR_ARG(path));
	if (rc == 0)
		rc = log_copy(a, buf_str(&text), out, f);
	buf_release(&text);
	return rc;
}

int
delta_file_key(struct delta *d, const struct delta_file *file, struct arena *a,
	       struct str *out, struct fail *f)
{
	if (is_absolute(file->path))
		return fail_set(f, FAIL_USAGE,
				"'%s' refers to a file outside of it: '%.*s'",
				delta_url(d), STR_ARG(file->path));
	return decode(d, file->path, a, out, f);
}

const char *
log_url(struct store *store, struct str key, struct arena *a)
{
	struct str base = str_of(store_url(store));
	char *text = arena_alloc(a, base.n + 1 + key.n + 1);

	if (text == NULL)
		return NULL;
	memcpy(text, base.p, base.n);
	text[base.n] = '/';
	memcpy(text + base.n + 1, key.p, key.n);
	text[base.n + 1 + key.n] = '\0';
	return text;
}

int
log_place_open(struct delta *d, struct str path, struct arena *a,
	       struct log_place *out, struct fail *f)
{
	struct store *store = delta_store(d);
	struct str base = {"", 0}, key = path;
	int rc = 0;

	*out = (struct log_place){.name = "", .url = ""};
	if (is_absolute(path)) {
		rc = split_absolute(d, path, &base, &key, f);
		if (rc == 0)
			rc = delta_outside(d, base, &store, f);
	}
	if (rc == 0)
		rc = decode(d, key, a, &key, f);
	if (rc != 0)
		return rc;
	out->name = key.p;
	out->url = log_url(store, key, a);
	if (out->url == NULL)
		return fail_memory(f);
	return store_reader_open(&out->file, store, key, f);
}
