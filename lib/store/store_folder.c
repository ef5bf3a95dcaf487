/* SPDX-License-Identifier: MIT */
/*
 * The folder backend. An object is a file; put-if-absent is a temporary file
 * that is linked to its name, for link(2) is the one call that is atomic, is
 * refused when the name is taken, and never shows half a file. Data reaches
 * the disk before the name does, and the name before the call returns.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"
#include "store/backend.h"

struct folder {
	struct store base;
	const char *root; /* in base.url */
};

struct folder_reader {
	struct store_reader base;
	int fd;
};

struct folder_writer {
	struct store_writer base;
	struct io_out *out;
};

static const struct store_backend backend;

int
folder_open(struct store **out, const char *url, struct fail *f)
{
	bool has_scheme = str_starts(str_of(url), "file://");
	struct folder *s = calloc(1, sizeof(*s));
	struct stat st;
	char *text;
	size_t n;

	if (s == NULL)
		return fail_memory(f);
	text = store_copy(str_of(url));
	if (text == NULL) {
		free(s);
		return fail_memory(f);
	}
	for (n = strlen(text); n > 1 && text[n - 1] == '/'; n--)
		text[n - 1] = '\0';
	s->base = (struct store){.backend = &backend, .url = text};
	s->root = text + (has_scheme ? strlen("file://") : 0);
	if (s->root[0] == '\0') {
		store_close(&s->base);
		return fail_set(f, FAIL_USAGE, "'%s' names no folder", url);
	}
	if (stat(s->root, &st) == 0 && !S_ISDIR(st.st_mode)) {
		store_close(&s->base);
		return fail_set(f, FAIL_USAGE,
				"'%s' is a file, where a folder is wanted; a "
				"table comes before input files",
				url);
	}
	*out = &s->base;
	return 0;
}

static void
close_folder(struct store *s)
{
	free(s->url);
	free(s);
}

const char *
folder_root(const struct store *s)
{
	return ((const struct folder *)s)->root;
}

static bool
is_absent(const struct store *s)
{
	struct stat st;

	return stat(folder_root(s), &st) != 0 && errno == ENOENT;
}

int
folder_path(const struct store *s, struct str key, char *path, struct fail *f)
{
	const char *root = folder_root(s);
	size_t root_n = strlen(root);

	if (root_n + 1 + key.n >= LIMIT_PATH)
		return fail_set(f, FAIL_IO,
				"'%s': the path of '%.*s' is too long", s->url,
				STR_ARG(key));
	memcpy(path, root, root_n);
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

static int
stat_file(struct store *s, struct str key, struct store_info *out,
	  struct fail *f)
{
	char path[LIMIT_PATH];
	struct stat st;
	int rc = folder_path(s, key, path, f);

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

static void
close_reader(struct store_reader *base)
{
	struct folder_reader *r = (struct folder_reader *)base;

	close(r->fd);
	free(base->name);
	free(r);
}

static int
open_reader(struct store_reader **out, struct store *s, struct str key,
	    struct fail *f)
{
	char path[LIMIT_PATH];
	struct stat st;
	struct folder_reader *r;
	int rc = folder_path(s, key, path, f);
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
		r->base.name = store_copy(str_of(path));
	if (r == NULL || r->base.name == NULL) {
		free(r);
		close(fd);
		return fail_memory(f);
	}
	r->base.backend = &backend;
	r->fd = fd;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close_reader(&r->base);
		return fail_set(f, FAIL_IO, "'%s' is not a regular file", path);
	}
	r->base.bytes = (uint64_t)st.st_size;
	*out = &r->base;
	return STORE_OK;
}

static int
get_range(struct store_reader *base, uint64_t offset, void *dst, size_t n,
	  struct fail *f)
{
	const struct folder_reader *r = (struct folder_reader *)base;
	char *p = dst;

	while (n > 0) {
		ssize_t got = pread(r->fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, FAIL_IO, errno, "cannot read '%s'",
					  base->name);
		if (got == 0)
			return fail_set(f, FAIL_DATA,
					"'%s' became shorter while it was read",
					base->name);
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
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

/* Where an object is to be, and its bytes beside it, waiting for the name. */
struct waiting {
	char path[LIMIT_PATH];
	char folder[LIMIT_PATH];
	char temp[LIMIT_PATH];
	const char *name; /* in folder, behind its end */
};

static int
prepare(struct waiting *w, struct store *s, struct str key, struct str data,
	struct fail *f)
{
	int rc = folder_path(s, key, w->path, f);

	if (rc != 0)
		return rc;
	memcpy(w->folder, w->path, strlen(w->path) + 1);
	w->name = cut_name(w->folder);
	rc = make_folders(w->folder, f);
	return rc == 0 ? write_temp(w->folder, w->name, data, w->temp, f) : rc;
}

static int
put_if_absent(struct store *s, struct str key, struct str data, struct fail *f)
{
	struct waiting w;
	int rc = prepare(&w, s, key, data, f);

	if (rc != 0)
		return rc;
	if (link(w.temp, w.path) != 0)
		rc = errno == EEXIST ? STORE_EXISTS
				     : fail_errno(f, FAIL_IO, errno,
						  "cannot create '%s'", w.path);
	unlink(w.temp);
	if (rc == STORE_OK)
		rc = io_sync_folder(w.folder, f);
	return rc;
}

/* Hadoop keeps the checksum of a file NAME in .NAME.crc, and refuses a file
 * that does not have it: what we replace or delete has none any more. */
static void
drop_checksum(const char *folder, const char *name)
{
	char path[LIMIT_PATH];
	int n = snprintf(path, sizeof(path), "%s/.%s.crc", folder, name);

	if (n > 0 && n < (int)sizeof(path))
		unlink(path);
}

static int
put(struct store *s, struct str key, struct str data, struct fail *f)
{
	struct waiting w;
	int rc = prepare(&w, s, key, data, f);

	if (rc != 0)
		return rc;
	if (rename(w.temp, w.path) != 0) {
		rc = fail_errno(f, FAIL_IO, errno, "cannot create '%s'",
				w.path);
		unlink(w.temp);
		return rc;
	}
	drop_checksum(w.folder, w.name);
	return io_sync_folder(w.folder, f);
}

static int
delete_many(struct store *s, const struct str *key, size_t n, bool *was_absent,
	    struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		char path[LIMIT_PATH];
		int rc = folder_path(s, key[i], path, f);

		if (rc != 0)
			return rc;
		if (unlink(path) == 0) {
			const char *name = cut_name(path);

			drop_checksum(path, name);
			continue;
		}
		if (errno != ENOENT && errno != ENOTDIR)
			return fail_errno(f, FAIL_IO, errno,
					  "cannot delete '%s'", path);
		if (was_absent != NULL)
			was_absent[i] = true;
	}
	return 0;
}

static int
open_writer(struct store_writer **out, struct store *s, struct str key,
	    struct fail *f)
{
	char path[LIMIT_PATH];
	struct folder_writer *w;
	int rc = folder_path(s, key, path, f);

	if (rc == 0)
		rc = make_parent(path, f);
	if (rc != 0)
		return rc;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return fail_memory(f);
	w->base.backend = &backend;
	rc = io_out_create(&w->out, path, f);
	if (rc != 0) {
		free(w);
		return rc;
	}
	*out = &w->base;
	return 0;
}

static int
put_piece(struct store_writer *w, const void *p, size_t n, struct fail *f)
{
	return io_out_write(((struct folder_writer *)w)->out, p, n, f);
}

static int
commit_writer(struct store_writer *w, struct fail *f)
{
	return io_out_commit(((struct folder_writer *)w)->out, f);
}

static void
close_writer(struct store_writer *w)
{
	io_out_close(((struct folder_writer *)w)->out);
	free(w);
}

static const struct store_backend backend = {
	.close = close_folder,
	.is_absent = is_absent,
	.stat = stat_file,
	.put = put,
	.put_if_absent = put_if_absent,
	.delete_many = delete_many,
	.list = folder_list,
	.reader_open = open_reader,
	.reader_get = get_range,
	.reader_close = close_reader,
	.writer_open = open_writer,
	.writer_put = put_piece,
	.writer_commit = commit_writer,
	.writer_close = close_writer,
};
