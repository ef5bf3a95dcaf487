/* SPDX-License-Identifier: MIT */
/*
 * Whole files and folders: what configuration, schemas and small results
 * need. Built on the inputs and outputs of this module, so a .gz suite or a
 * full disk are treated as everywhere.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"

bool
io_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int
io_read_file(const char *path, size_t max, struct buf *out, struct fail *f)
{
	size_t start = out->len, got;
	struct io_in *in;
	int rc = io_in_open(&in, path, f);

	if (rc != 0)
		return rc;
	do {
		if (buf_reserve(out, 1) != 0) {
			rc = fail_memory(f);
			break;
		}
		rc = io_in_read(in, out->p + out->len, out->cap - out->len,
				&got, f);
		if (rc != 0)
			break;
		out->len += got;
		if (out->len - start > max)
			rc = fail_set(f, FAIL_USAGE,
				      "'%s' is larger than %zu bytes", path,
				      max);
	} while (rc == 0 && got > 0);
	io_in_close(in);
	return rc;
}

static int
is_json(const struct dirent *e)
{
	return str_ends(str_of(e->d_name), ".json");
}

/* "playpipe, sessions": what is shipped of a kind; empty if that cannot be
 * seen. */
static void
list_named(const char *share, const char *kind, struct buf *out)
{
	char folder[LIMIT_PATH];
	struct dirent **entry = NULL;
	int n = snprintf(folder, sizeof(folder), "%s/%ss", share, kind);
	int rc = 0;

	n = n > 0 && n < LIMIT_PATH
		    ? scandir(folder, &entry, is_json, alphasort)
		    : 0;
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;

		if (rc == 0)
			rc = buf_addf(out, "%s%.*s", out->len > 0 ? ", " : "",
				      (int)(strlen(name) - strlen(".json")),
				      name);
		free(entry[i]);
	}
	free(entry);
}

static int
unknown_name(const char *share, const char *kind, const char *name,
	     struct fail *f)
{
	struct buf names;
	int rc;

	buf_init(&names, FAIL_TEXT_MAX / 2);
	list_named(share, kind, &names);
	if (names.len > 0)
		fail_set(f, FAIL_USAGE,
			 "unknown %s '%s': there are %.*s; another is named "
			 "by its path, with a '/' or '.' in it",
			 kind, name, STR_ARG(buf_str(&names)));
	rc = names.len > 0 ? FAIL_USAGE : FAIL_IO;
	buf_release(&names);
	return rc;
}

int
io_read_named(const char *share, const char *kind, const char *name,
	      char path[LIMIT_PATH], struct buf *out, struct fail *f)
{
	bool is_path = strpbrk(name, "/.") != NULL;
	int n = is_path ? snprintf(path, LIMIT_PATH, "%s", name)
			: snprintf(path, LIMIT_PATH, "%s/%ss/%s.json", share,
				   kind, name);
	int rc = 0;

	if (n < 0 || n >= LIMIT_PATH)
		rc = fail_set(f, FAIL_IO, "its path is too long");
	else if (!is_path && !io_is_file(path) &&
		 unknown_name(share, kind, name, f) == FAIL_USAGE)
		return FAIL_USAGE;
	if (rc == 0)
		rc = io_read_file(path, LIMIT_CONFIG, out, f);
	if (rc == FAIL_IO)
		fail_prefix(f, "unknown %s '%s': ", kind, name);
	return fail_named(rc, f);
}

int
io_write_file(const char *path, struct str data, struct fail *f)
{
	struct io_out *o;
	int rc = io_out_create(&o, path, f);

	if (rc != 0)
		return rc;
	rc = io_out_write(o, data.p, data.n, f);
	if (rc == 0)
		rc = io_out_commit(o, f);
	io_out_close(o);
	return rc;
}

int
io_sync_folder(const char *path, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	/* Some file systems cannot sync a folder and say EINVAL. */
	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
		rc = fail_errno(f, FAIL_IO, errno,
				"cannot make the folder '%s' durable", path);
	if (fd >= 0)
		close(fd);
	return rc;
}
