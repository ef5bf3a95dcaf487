/* SPDX-License-Identifier: MIT */
/*
 * The interface over the backends: chooses one by the URL, looks at keys, and
 * hands on. What every backend would do alike is here.
 */
#include "store/store.h"

#include <stdlib.h>

#include "store/backend.h"

/* "az:/lake/x" would be a folder by the name of "az:". */
static int
check_slashes(const char *url, struct fail *f)
{
	static const char *const scheme[] = {"az",   "abfs", "abfss", "https",
					     "http", "s3",   "gs",    "file"};
	struct str name = {url, strcspn(url, ":/")};
	const char *rest = url + name.n;

	if (!str_starts(str_of(rest), ":/") || str_starts(str_of(rest), "://"))
		return 0;
	for (size_t i = 0; i < sizeof(scheme) / sizeof(scheme[0]); i++)
		if (str_is(name, scheme[i]))
			return fail_set(f, FAIL_USAGE,
					"'%.*s': did you mean '%s://%.*s'?",
					(int)strcspn(url, "?"), url, scheme[i],
					(int)strcspn(rest + 2, "?"), rest + 2);
	return 0;
}

int
store_open(struct store **out, const char *url, struct fail *f)
{
	const char *scheme = strstr(url, "://");

	int rc = check_slashes(url, f);

	if (rc != 0)
		return rc;
	if (azure_is_url(url))
		return azure_open(out, url, f);
	if (scheme != NULL && !str_starts(str_of(url), "file://"))
		return fail_set(f, FAIL_USAGE,
				"'%.*s': a table is in a folder, or in "
				"abfss://CONTAINER@ACCOUNT.dfs.core.windows."
				"net/PATH, https://ACCOUNT.blob.core.windows."
				"net/CONTAINER/PATH or az://CONTAINER/PATH%s",
				(int)strcspn(url, "?"), url,
				str_starts(str_of(url), "http://")
					? "; AZURE_STORAGE_ENDPOINT names "
					  "another endpoint"
					: "");
	return folder_open(out, url, f);
}

void
store_close(struct store *s)
{
	if (s != NULL)
		s->backend->close(s);
}

const char *
store_url(const struct store *s)
{
	return s->url;
}

bool
store_is_absent(const struct store *s)
{
	return s->backend->is_absent != NULL && s->backend->is_absent(s);
}

/* A key stays below the root: no absolute path, no "..", no NUL. */
static bool
is_key(struct str key)
{
	size_t from = 0;

	if (key.n == 0 || key.p[0] == '/' || memchr(key.p, '\0', key.n) != NULL)
		return false;
	for (size_t i = 0; i <= key.n; i++) {
		if (i < key.n && key.p[i] != '/')
			continue;
		if (i - from == 2 && memcmp(key.p + from, "..", 2) == 0)
			return false;
		from = i + 1;
	}
	return true;
}

static int
check_key(const struct store *s, struct str key, struct fail *f)
{
	if (is_key(key))
		return 0;
	return fail_set(f, FAIL_DATA, "'%s': not an object's name: '%.*s'",
			s->url, STR_ARG(key));
}

int
store_stat(struct store *s, struct str key, struct store_info *out,
	   struct fail *f)
{
	int rc = check_key(s, key, f);

	return rc != 0 ? rc : s->backend->stat(s, key, out, f);
}

int
store_get(struct store *s, struct str key, size_t max, struct buf *out,
	  struct fail *f)
{
	struct store_reader *r = NULL;
	size_t n;
	int rc = store_reader_open(&r, s, key, f);

	if (rc != STORE_OK)
		return rc;
	if (r->bytes > max) {
		rc = fail_set(f, FAIL_DATA, "'%s' is larger than %zu bytes",
			      r->name, max);
		goto out;
	}
	n = (size_t)r->bytes;
	if (buf_reserve(out, n) != 0) {
		rc = fail_memory(f);
		goto out;
	}
	if (n > 0)
		rc = store_reader_get(r, 0, out->p + out->len, n, f);
	if (rc == 0)
		out->len += n;
out:
	store_reader_close(r);
	return rc;
}

int
store_reader_open(struct store_reader **out, struct store *s, struct str key,
		  struct fail *f)
{
	int rc = check_key(s, key, f);

	return rc != 0 ? rc : s->backend->reader_open(out, s, key, f);
}

void
store_reader_close(struct store_reader *r)
{
	if (r != NULL)
		r->backend->reader_close(r);
}

uint64_t
store_reader_bytes(const struct store_reader *r)
{
	return r->bytes;
}

int
store_reader_get(struct store_reader *r, uint64_t offset, void *dst, size_t n,
		 struct fail *f)
{
	if (offset > r->bytes || n > r->bytes - offset)
		return fail_set(f, FAIL_DATA,
				"'%s': wanted %zu bytes at %llu, but it has "
				"only %llu",
				r->name, n, (unsigned long long)offset,
				(unsigned long long)r->bytes);
	return r->backend->reader_get(r, offset, dst, n, f);
}

int
store_put_if_absent(struct store *s, struct str key, struct str data,
		    struct fail *f)
{
	int rc = check_key(s, key, f);

	return rc != 0 ? rc : s->backend->put_if_absent(s, key, data, f);
}

int
store_put(struct store *s, struct str key, struct str data, struct fail *f)
{
	int rc = check_key(s, key, f);

	return rc != 0 ? rc : s->backend->put(s, key, data, f);
}

int
store_delete(struct store *s, struct str key, struct fail *f)
{
	bool was_absent = false;
	int rc = check_key(s, key, f);

	if (rc == 0)
		rc = s->backend->delete_many(s, &key, 1, &was_absent, f);
	return rc == 0 && was_absent ? STORE_ABSENT : rc;
}

int
store_delete_many(struct store *s, const struct str *key, size_t n,
		  struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = check_key(s, key[i], f);
	return rc != 0 ? rc : s->backend->delete_many(s, key, n, NULL, f);
}

int
store_list(struct store *s, const char *folder, struct str from, bool is_deep,
	   struct arena *a, struct store_list *out, struct fail *f)
{
	*out = (struct store_list){0};
	return s->backend->list(s, folder, from, is_deep, a, out, f);
}

int
store_writer_open(struct store_writer **out, struct store *s, struct str key,
		  struct fail *f)
{
	int rc = check_key(s, key, f);

	return rc != 0 ? rc : s->backend->writer_open(out, s, key, f);
}

int
store_writer_put(struct store_writer *w, const void *p, size_t n,
		 struct fail *f)
{
	int rc = w->backend->writer_put(w, p, n, f);

	if (rc == 0)
		w->bytes += n;
	return rc;
}

uint64_t
store_writer_bytes(const struct store_writer *w)
{
	return w->bytes;
}

int
store_writer_commit(struct store_writer *w, struct fail *f)
{
	return w->backend->writer_commit(w, f);
}

void
store_writer_close(struct store_writer *w)
{
	if (w != NULL)
		w->backend->writer_close(w);
}

/* ---- shared by backends ---- */

char *
store_copy(struct str s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

int
store_found_add(struct store_found *l, struct str key, uint64_t bytes,
		int64_t mtime_ms, struct fail *f)
{
	const char *copy = arena_copy(l->mem, key);

	if (copy == NULL || !MEM_GROW(&l->item, l->n, &l->cap))
		return fail_memory(f);
	l->item[l->n++] = (struct store_info){
		.key = {copy, key.n}, .bytes = bytes, .mtime_ms = mtime_ms};
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	return str_compare(((const struct store_info *)a)->key,
			   ((const struct store_info *)b)->key);
}

int
store_found_take(struct store_found *l, struct store_list *out, struct fail *f)
{
	if (l->n == 0)
		return 0;
	qsort(l->item, l->n, sizeof(*l->item), by_key);
	out->item = arena_zalloc(l->mem, l->n, sizeof(*l->item));
	if (out->item == NULL)
		return fail_memory(f);
	memcpy(out->item, l->item, l->n * sizeof(*l->item));
	out->n = l->n;
	return 0;
}

void
store_found_release(struct store_found *l)
{
	free(l->item);
}
