/* SPDX-License-Identifier: MIT */
/*
 * Deletion vectors, from where the log says they are: inline in Z85, in a
 * file of the table named by a UUID, or in a file at any path. A vector must
 * have the size, the checksum and the count that are claimed of it: rows that
 * come back by a damaged one would be rows that somebody deleted.
 */
#include "codec/codec.h"
#include "delta/log.h"
#include "delta/roaring.h"

#define UUID_Z85_N 20			/* of a UUID in Z85 */
#define DV_BYTES   ((int64_t)512 << 20) /* of a vector, at most */
#define DV_VERSION 1			/* of a file of them */

/* ---- Z85 ---- */

/* The digit's value, or -1. */
static int
z85_digit(char c)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     ".-:+=^!/*?&<>()[]{}@%$#";
	const char *at = memchr(digits, c, sizeof(digits) - 1);

	return at == NULL ? -1 : (int)(at - digits);
}

int
log_z85_decode(struct str text, struct buf *out, struct fail *f)
{
	if (text.n % 5 != 0)
		return fail_set(f, FAIL_DATA, "'%.*s' is not Z85",
				STR_ARG(text));
	for (size_t i = 0; i < text.n; i += 5) {
		uint64_t v = 0;
		char four[4];

		for (size_t k = 0; k < 5; k++) {
			int digit = z85_digit(text.p[i + k]);

			if (digit < 0 || v * 85 + (unsigned)digit > UINT32_MAX)
				return fail_set(f, FAIL_DATA,
						"'%.*s' is not Z85",
						STR_ARG(text));
			v = v * 85 + (unsigned)digit;
		}
		for (unsigned k = 0; k < 4; k++)
			four[k] = (char)(v >> (24 - 8 * k) & 0xff);
		if (buf_add(out, four, 4) != 0)
			return fail_memory(f);
	}
	return 0;
}

/* ---- files ---- */

/* Below the table: "PREFIX/deletion_vector_UUID.bin". */
static int
file_path(const struct delta_dv *dv, struct buf *out, struct fail *f)
{
	struct str prefix = dv->place, id;
	struct buf bytes;
	int rc;

	if (dv->place.n < UUID_Z85_N)
		return fail_set(f, FAIL_DATA, "'%.*s' is no UUID in Z85",
				STR_ARG(dv->place));
	prefix.n -= UUID_Z85_N;
	id = (struct str){prefix.p + prefix.n, UUID_Z85_N};
	buf_init(&bytes, UUID_Z85_N);
	rc = log_z85_decode(id, &bytes, f);
	if (rc == 0 && ((prefix.n > 0 && (log_encode_path(prefix, out) != 0 ||
					  buf_add_char(out, '/') != 0)) ||
			buf_add_cstr(out, "deletion_vector_") != 0))
		rc = fail_memory(f);
	for (size_t i = 0; rc == 0 && i < bytes.len; i++)
		if (buf_addf(out,
			     i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x"
								   : "%02x",
			     (unsigned)(unsigned char)bytes.p[i]) != 0)
			rc = fail_memory(f);
	if (rc == 0 && buf_add_cstr(out, ".bin") != 0)
		rc = fail_memory(f);
	buf_release(&bytes);
	return rc;
}

static uint32_t
load_u32_big(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 |
	       (uint32_t)u[2] << 8 | u[3];
}

/* PROTOCOL.md, Deletion Vector File Storage Format: length, bytes, CRC-32. */
static int
read_range(struct store_reader *file, uint64_t offset, size_t n,
	   struct arena *a, struct str *out, struct fail *f)
{
	uint64_t size = store_reader_bytes(file);
	char version;
	char *p;
	int rc;

	if (offset > size || n + 8 > size - offset)
		return fail_set(f, FAIL_DATA,
				"it ends at byte %llu, before the %zu bytes at "
				"%llu",
				(unsigned long long)size, n,
				(unsigned long long)offset);
	p = arena_alloc(a, n + 8);
	if (p == NULL)
		return fail_memory(f);
	rc = store_reader_get(file, 0, &version, 1, f);
	if (rc == 0)
		rc = store_reader_get(file, offset, p, n + 8, f);
	if (rc != 0)
		return rc;
	if (version != DV_VERSION)
		return fail_set(f, FAIL_DATA,
				"it is of version %d; we know version %d",
				version, DV_VERSION);
	if (load_u32_big(p) != n)
		return fail_set(f, FAIL_DATA,
				"there are %lu bytes at %llu, the log says %zu",
				(unsigned long)load_u32_big(p),
				(unsigned long long)offset, n);
	if (codec_crc32(p + 4, n) != load_u32_big(p + 4 + n))
		return fail_set(f, FAIL_DATA,
				"the checksum of the %zu bytes at %llu is "
				"wrong",
				n, (unsigned long long)offset);
	*out = (struct str){p + 4, n};
	return 0;
}

static int
read_file(struct delta *d, const struct delta_dv *dv, struct str path,
	  struct arena *a, struct str *out, struct fail *f)
{
	uint64_t offset = dv->offset < 0 ? 0 : (uint64_t)dv->offset;
	struct log_place place;
	int rc = log_place_open(d, path, a, &place, f);

	if (rc == STORE_ABSENT)
		return fail_set(f, FAIL_DATA,
				"'%s': the deletion vector '%s' is not there: "
				"it was removed, by a vacuum perhaps",
				delta_url(d), place.name);
	if (rc != 0)
		return rc;
	rc = read_range(place.file, offset, (size_t)dv->bytes, a, out, f);
	store_reader_close(place.file);
	if (rc != 0)
		fail_prefix(f, "'%s': '%s': ", delta_url(d), place.name);
	return rc;
}

int
delta_dv_key(struct delta *d, const struct delta_dv *dv, struct arena *a,
	     struct str *out, struct fail *f)
{
	struct delta_file file = {.path = dv->place};
	struct buf path;
	int rc = 0;

	*out = (struct str){"", 0};
	if (str_is(dv->kind, "i"))
		return 0;
	buf_init(&path, LIMIT_PATH);
	if (str_is(dv->kind, "u")) {
		rc = file_path(dv, &path, f);
		file.path = buf_str(&path);
	}
	if (rc == 0)
		rc = delta_file_key(d, &file, a, out, f);
	buf_release(&path);
	return rc;
}

/* ---- the vector ---- */

static int
read_inline(const struct delta_dv *dv, struct arena *a, struct str *out,
	    struct fail *f)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, dv->place.n);
	rc = log_z85_decode(dv->place, &bytes, f);
	/* Z85 has its bytes by fours: what is more is padding */
	if (rc == 0 && ((size_t)dv->bytes > bytes.len ||
			(size_t)dv->bytes + 4 <= bytes.len))
		rc = fail_set(f, FAIL_DATA,
			      "%zu bytes are inline, the log says %lld",
			      bytes.len, (long long)dv->bytes);
	if (rc == 0)
		rc = log_copy(a, (struct str){bytes.p, (size_t)dv->bytes}, out,
			      f);
	buf_release(&bytes);
	return rc;
}

static int
read_bytes(struct delta *d, const struct delta_dv *dv, struct arena *a,
	   struct str *out, struct fail *f)
{
	struct buf path;
	int rc;

	if (dv->bytes < 0 || dv->bytes > DV_BYTES || dv->row_n < 0)
		return fail_set(f, FAIL_DATA,
				"a size of %lld bytes and %lld rows",
				(long long)dv->bytes, (long long)dv->row_n);
	if (str_is(dv->kind, "i"))
		return read_inline(dv, a, out, f);
	if (str_is(dv->kind, "p"))
		return read_file(d, dv, dv->place, a, out, f);
	if (!str_is(dv->kind, "u"))
		return fail_set(f, FAIL_USAGE,
				"the storage type '%.*s' is not known to us",
				STR_ARG(dv->kind));
	buf_init(&path, LIMIT_PATH);
	rc = file_path(dv, &path, f);
	if (rc == 0)
		rc = read_file(d, dv, buf_str(&path), a, out, f);
	buf_release(&path);
	return rc;
}

int
log_dv_read(struct delta *d, const struct delta_dv *dv, struct arena *a,
	    struct roaring *out, struct fail *f)
{
	struct str bytes = {"", 0};
	int rc = read_bytes(d, dv, a, &bytes, f);

	if (rc == 0)
		rc = roaring_parse(out, bytes, a, f);
	if (rc == 0 && out->row_n != (uint64_t)dv->row_n)
		rc = fail_set(f, FAIL_DATA,
			      "the deletion vector has %llu rows, the log says "
			      "%lld",
			      (unsigned long long)out->row_n,
			      (long long)dv->row_n);
	return rc;
}

/* ---- writing ---- */

void
delta_dv_put(struct doc_writer *w, const struct delta_dv *dv)
{
	doc_begin_object(w, "deletionVector");
	doc_put_str(w, "storageType", dv->kind);
	doc_put_str(w, "pathOrInlineDv", dv->place);
	if (dv->offset >= 0)
		doc_put_i64(w, "offset", dv->offset);
	doc_put_i64(w, "sizeInBytes", dv->bytes);
	doc_put_i64(w, "cardinality", dv->row_n);
	doc_end_object(w);
}
