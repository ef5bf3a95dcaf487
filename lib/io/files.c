/* SPDX-License-Identifier: MIT */
/*
 * Whole files and folders: what configuration, schemas and small results
 * need. Built on the inputs and outputs of this module, so a .gz suite or a
 * full disk are treated as everywhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

int
io_read_named(const char *share, const char *kind, const char *name,
	      char path[LIMIT_PATH], struct buf *out, struct fail *f)
{
	int n = strpbrk(name, "/.") != NULL
			? snprintf(path, LIMIT_PATH, "%s", name)
			: snprintf(path, LIMIT_PATH, "%s/%ss/%s.json", share,
				   kind, name);
	int rc = n >= 0 && n < LIMIT_PATH
			 ? io_read_file(path, LIMIT_CONFIG, out, f)
			 : fail_set(f, FAIL_IO, "its path is too long");

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
