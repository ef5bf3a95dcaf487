/* SPDX-License-Identifier: MIT */
/*
 * The folder backend. An object is a file; put-if-absent is a temporary file
 * that is linked to its name, for link(2) is the one call that is atomic, is
 * refused when the name is taken, and never shows half a file. Data reaches
 * the disk before the name does, and the name before the call returns.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"
#include "store/path.h"

struct store {
	char *url;
	const char *root; /* in url */
};

struct store_reader {
	char *name; /* for messages */
	int fd;
	uint64_t bytes;
};

struct store_writer {
	struct io_out *out;
};

static char *
copy_text(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = malloc(n);

	return p == NULL ? NULL : memcpy(p, s, n);
}

int
store_open(struct store **out, const char *url, struct fail *f)
{
	const char *scheme = strstr(url, "://");
	struct store *s;
	size_t n;

	if (scheme != NULL && !str_starts(str_of(url), "file://"))
		return fail_set(f, FAIL_USAGE,
				"'%s': no support for %.*s:// in this build; "
				"use a folder",
				url, (int)(scheme - url), url);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail_memory(f);
	s->url = copy_text(url);
	if (s->url == NULL) {
		free(s);
		return fail_memory(f);
	}
	for (n = strlen(s->url); n > 1 && s->url[n - 1] == '/'; n--)
		s->url[n - 1] = '\0';
	s->root = s->url + (scheme != NULL ? strlen("file://") : 0);
	if (s->root[0] == '\0') {
		store_close(s);
		return fail_set(f, FAIL_USAGE, "'%s' names no folder", url);
	}
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	free(s->url);
	free(s);
}

const char *
store_url(const struct store *s)
{
	return s->url;
}

const char *
store_root(const struct store *s)
{
	return s->root;
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

int
store_path(const struct store *s, struct str key, char *path, struct fail *f)
{
	size_t root_n = strlen(s->root);

	if (!is_key(key))
		return fail_set(f, FAIL_DATA,
				"'%s': not an object's name: '%.*s'", s->url,
				STR_ARG(key));
	if (root_n + 1 + key.n >= LIMIT_PATH)
		return fail_set(f, FAIL_IO,
				"'%s': the path of '%.*s' is too long", s->url,
				STR_ARG(key));
	memcpy(path, s->root, root_n);
	path[root_n] = '/';
	memcpy(path + root_n + 1, key.p, key.n);
	path[root_n + 1 + key.n] = '\0';
	return 0;
}

/* The folder part of a path, in place; returns where the name begins. */
static char *
cut_name(char *path)
{
	char *slash = strrchr(path, '/');

	*slash = '\0';
	return slash + 1;
}

/* mkdir -p, each new folder made durable in the one above it. */
static int
make_folders(const char *folder, struct fail *f)
{
	char above[LIMIT_PATH];
	size_t n = strlen(folder);

	for (size_t i = 1; i <= n; i++) {
		char part[LIMIT_PATH];
		char *slash;

		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		memcpy(part, folder, i);
		part[i] = '\0';
		if (mkdir(part, 0777) != 0) {
			if (errno == EEXIST)
				continue;
			return fail_errno(f, FAIL_IO, errno,
					  "cannot create the folder '%s'",
					  part);
		}
		memcpy(above, part, i + 1);
		slash = strrchr(above, '/');
		if (slash != NULL)
			slash[slash == above ? 1 : 0] = '\0';
		if (io_sync_folder(slash == NULL ? "." : above, f) != 0)
			return FAIL_IO;
	}
	return 0;
}

static int
make_parent(const char *path, struct fail *f)
{
	char folder[LIMIT_PATH];

	memcpy(folder, path, strlen(path) + 1);
	cut_name(folder);
	return make_folders(folder, f);
}

int
store_stat(struct store *s, struct str key, struct store_info *out,
	   struct fail *f)
{
	char path[LIMIT_PATH];
	struct stat st;
	int rc = store_path(s, key, path, f);

	if (rc != 0)
		return rc;
	if (stat(path, &st) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return STORE_ABSENT;
		return fail_errno(f, FAIL_IO, errno, "cannot look at '%s'",
				  path);
	}
	out->bytes = (uint64_t)st.st_size;
	out->mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 +
			st.st_mtim.tv_nsec / 1000000;
	return STORE_OK;
}

int
store_reader_open(struct store_reader **out, struct store *s, struct str key,
		  struct fail *f)
{
	char path[LIMIT_PATH];
	struct stat st;
	struct store_reader *r;
	int rc = store_path(s, key, path, f);
	int fd;

	if (rc != 0)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return STORE_ABSENT;
		return fail_errno(f, FAIL_IO, errno, "cannot open '%s'", path);
	}
	r = calloc(1, sizeof(*r));
	if (r != NULL)
		r->name = copy_text(path);
	if (r == NULL || r->name == NULL) {
		free(r);
		close(fd);
		return fail_memory(f);
	}
	r->fd = fd;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		store_reader_close(r);
		return fail_set(f, FAIL_IO, "'%s' is not a regular file", path);
	}
	r->bytes = (uint64_t)st.st_size;
	*out = r;
	return STORE_OK;
}

void
store_reader_close(struct store_reader *r)
{
	if (r == NULL)
		return;
	close(r->fd);
	free(r->name);
	free(r);
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
	char *p = dst;

	if (offset > r->bytes || n > r->bytes - offset)
		return fail_set(f, FAIL_DATA,
				"'%s': wanted %zu bytes at %llu, but it has "
				"only %llu",
				r->name, n, (unsigned long long)offset,
				(unsigned long long)r->bytes);
	while (n > 0) {
		ssize_t got = pread(r->fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, FAIL_IO, errno, "cannot read '%s'",
					  r->name);
		if (got == 0)
			return fail_set(f, FAIL_DATA,
					"'%s' became shorter while it was read",
					r->name);
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
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
	assert(r != NULL);
	if (store_reader_bytes(r) > max) {
		rc = fail_set(f, FAIL_DATA, "'%s' is larger than %zu bytes",
			      r->name, max);
		goto out;
	}
	n = (size_t)store_reader_bytes(r);
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

static int
write_all(int fd, struct str data)
{
	while (data.n > 0) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data.p += n;
		data.n -= (size_t)n;
	}
	return fsync(fd) != 0 ? errno : 0;
}

/* A durable temporary file beside path, whose name begins with a dot, as
 * Hadoop's do: every Delta reader passes such names over. */
static int
write_temp(const char *folder, const char *name, struct str data, char *temp,
	   struct fail *f)
{
	int fd, error;
	int n = snprintf(temp, LIMIT_PATH, "%s/.%s.%016llx.tmp", folder, name,
			 (unsigned long long)hash_nonce());

	if (n < 0 || n >= LIMIT_PATH)
		return fail_set(f, FAIL_IO, "the path '%s/%s' is too long",
				folder, name);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot create '%s'",
				  temp);
	error = write_all(fd, data);
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0)
		return 0;
	unlink(temp);
	return fail_errno(f, FAIL_IO, error, "cannot write '%s'", temp);
}

int
store_put_if_absent(struct store *s, struct str key, struct str data,
		    struct fail *f)
{
	char path[LIMIT_PATH], folder[LIMIT_PATH], temp[LIMIT_PATH];
	const char *name;
	int rc = store_path(s, key, path, f);

	if (rc != 0)
		return rc;
	memcpy(folder, path, strlen(path) + 1);
	name = cut_name(folder);
	rc = make_folders(folder, f);
	if (rc == 0)
		rc = write_temp(folder, name, data, temp, f);
	if (rc != 0)
		return rc;
	if (link(temp, path) != 0)
		rc = errno == EEXIST ? STORE_EXISTS
				     : fail_errno(f, FAIL_IO, errno,
						  "cannot create '%s'", path);
	unlink(temp);
	if (rc == STORE_OK)
		rc = io_sync_folder(folder, f);
	return rc;
}

int
store_put(struct store *s, struct str key, struct str data, struct fail *f)
{
	char path[LIMIT_PATH], folder[LIMIT_PATH], temp[LIMIT_PATH];
	const char *name;
	int rc = store_path(s, key, path, f);

	if (rc != 0)
		return rc;
	memcpy(folder, path, strlen(path) + 1);
	name = cut_name(folder);
	rc = make_folders(folder, f);
	if (rc == 0)
		rc = write_temp(folder, name, data, temp, f);
	if (rc != 0)
		return rc;
	if (rename(temp, path) != 0) {
		rc = fail_errno(f, FAIL_IO, errno, "cannot create '%s'", path);
		unlink(temp);
		return rc;
	}
	return io_sync_folder(folder, f);
}

int
store_delete(struct store *s, struct str key, struct fail *f)
{
	char path[LIMIT_PATH];
	int rc = store_path(s, key, path, f);

	if (rc != 0)
		return rc;
	if (unlink(path) == 0)
		return STORE_OK;
	if (errno == ENOENT || errno == ENOTDIR)
		return STORE_ABSENT;
	return fail_errno(f, FAIL_IO, errno, "cannot delete '%s'", path);
}

int
store_writer_open(struct store_writer **out, struct store *s, struct str key,
		  struct fail *f)
{
	char path[LIMIT_PATH];
	struct store_writer *w;
	int rc = store_path(s, key, path, f);

	if (rc == 0)
		rc = make_parent(path, f);
	if (rc != 0)
		return rc;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return fail_memory(f);
	rc = io_out_create(&w->out, path, f);
	if (rc != 0) {
		free(w);
		return rc;
	}
	*out = w;
	return 0;
}

int
store_writer_put(struct store_writer *w, const void *p, size_t n,
		 struct fail *f)
{
	return io_out_write(w->out, p, n, f);
}

uint64_t
store_writer_bytes(const struct store_writer *w)
{
	return io_out_bytes(w->out);
}

int
store_writer_commit(struct store_writer *w, struct fail *f)
{
	return io_out_commit(w->out, f);
}

void
store_writer_close(struct store_writer *w)
{
	if (w == NULL)
		return;
	io_out_close(w->out);
	free(w);
}
