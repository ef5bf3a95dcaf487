/* SPDX-License-Identifier: MIT */
/*
 * Block compression, checksums and the table of names: thin calls into the
 * libraries, each library's error turned into one sentence.
 */
#include "codec/codec.h"

#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct codec_scratch {
	ZSTD_CCtx *zc;
	ZSTD_DCtx *zd;
};

const char *
codec_name(int kind)
{
	static const char *const name[] = {"none", "snappy", "gzip",
					   "lzo",  "brotli", "lz4",
					   "zstd", "lz4_raw"};

	if (kind < 0 || (size_t)kind >= sizeof(name) / sizeof(name[0]))
		return NULL;
	return name[kind];
}

struct codec_scratch *
codec_scratch_open(void)
{
	return calloc(1, sizeof(struct codec_scratch));
}

void
codec_scratch_close(struct codec_scratch *s)
{
	if (s == NULL)
		return;
	ZSTD_freeCCtx(s->zc);
	ZSTD_freeDCtx(s->zd);
	free(s);
}

static int
compress_zstd(struct codec_scratch *s, int level, struct str src,
	      struct buf *out, struct fail *f)
{
	size_t bound = ZSTD_compressBound(src.n);
	size_t n;

	if (buf_reserve(out, bound) != 0)
		return fail_memory(f);
	if (s != NULL && s->zc == NULL)
		s->zc = ZSTD_createCCtx();
	if (s != NULL && s->zc != NULL)
		n = ZSTD_compressCCtx(s->zc, out->p + out->len, bound, src.p,
				      src.n, level);
	else
		n = ZSTD_compress(out->p + out->len, bound, src.p, src.n,
				  level);
	if (ZSTD_isError(n))
		return fail_set(f, FAIL_BUG, "bug: zstd cannot compress: %s",
				ZSTD_getErrorName(n));
	out->len += n;
	return 0;
}

static int
compress_gzip(int level, struct str src, struct buf *out, struct fail *f)
{
	z_stream z = {0};
	size_t bound;
	int rc;

	if (src.n > UINT32_MAX)
		return fail_set(f, FAIL_MEMORY, "a block of over 4 GiB");
	/* 15 + 16: the largest window, gzip's frame */
	if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return fail_memory(f);
	bound = deflateBound(&z, src.n) + 32;
	if (bound > UINT32_MAX || buf_reserve(out, bound) != 0) {
		deflateEnd(&z);
		return fail_memory(f);
	}
	z.next_in = (Bytef *)(uintptr_t)src.p;
	z.avail_in = (uInt)src.n;
	z.next_out = (Bytef *)out->p + out->len;
	z.avail_out = (uInt)bound;
	rc = deflate(&z, Z_FINISH);
	out->len += z.total_out;
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return fail_set(f, FAIL_BUG, "bug: zlib cannot compress");
	return 0;
}

static int
compress_snappy(struct str src, struct buf *out, struct fail *f)
{
	size_t n = snappy_max_compressed_length(src.n);

	if (buf_reserve(out, n) != 0)
		return fail_memory(f);
	if (snappy_compress(src.p, src.n, out->p + out->len, &n) != SNAPPY_OK)
		return fail_set(f, FAIL_BUG, "bug: snappy cannot compress");
	out->len += n;
	return 0;
}

static int
compress_lz4(struct str src, struct buf *out, struct fail *f)
{
	int bound, n;

	if (src.n > LZ4_MAX_INPUT_SIZE)
		return fail_set(f, FAIL_MEMORY, "a block of over 2 GiB");
	bound = LZ4_compressBound((int)src.n);
	if (buf_reserve(out, (size_t)bound) != 0)
		return fail_memory(f);
	n = LZ4_compress_default(src.n == 0 ? "" : src.p, out->p + out->len,
				 (int)src.n, bound);
	if (n <= 0)
		return fail_set(f, FAIL_BUG, "bug: lz4 cannot compress");
	out->len += (size_t)n;
	return 0;
}

int
codec_compress(struct codec_scratch *s, enum codec_kind kind, int level,
	       struct str src, struct buf *out, struct fail *f)
{
	switch (kind) {
	case CODEC_ZSTD:
		return compress_zstd(s, level, src, out, f);
	case CODEC_GZIP:
		return compress_gzip(level, src, out, f);
	case CODEC_SNAPPY:
		return compress_snappy(src, out, f);
	case CODEC_LZ4_RAW:
		return compress_lz4(src, out, f);
	case CODEC_LZ4:
		return fail_set(f, FAIL_BUG, "bug: nothing is written as lz4");
	case CODEC_NONE:
		break;
	}
	return buf_add_str(out, src) == 0 ? 0 : fail_memory(f);
}

static int
bad_block(const char *name, struct fail *f)
{
	return fail_set(f, FAIL_DATA, "a damaged %s block", name);
}

static int
decompress_gzip(struct str src, void *dst, size_t n, struct fail *f)
{
	z_stream z = {0};
	int rc;

	if (src.n > UINT32_MAX || n > UINT32_MAX)
		return bad_block("gzip", f);
	/* 15 + 32: the largest window, gzip or zlib frame */
	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return fail_memory(f);
	z.next_in = (Bytef *)(uintptr_t)src.p;
	z.avail_in = (uInt)src.n;
	z.next_out = dst;
	z.avail_out = (uInt)n;
	rc = inflate(&z, Z_FINISH);
	/* a block may be of several members, one behind the other */
	while (rc == Z_STREAM_END && z.avail_in > 0 && inflateReset(&z) == Z_OK)
		rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return rc == Z_STREAM_END && z.avail_out == 0 ? 0
						      : bad_block("gzip", f);
}

static bool
decompress_lz4(struct str src, void *dst, size_t n)
{
	if (src.n > INT_MAX || n > INT_MAX)
		return false;
	return LZ4_decompress_safe(src.p, dst, (int)src.n, (int)n) == (int)n;
}

/* A number of 4 bytes, big-endian, off the front of src. */
static bool
take_be32(struct str *src, size_t *out)
{
	const unsigned char *b = (const unsigned char *)src->p;

	if (src->n < 4)
		return false;
	*out = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 |
	       b[3];
	src->p += 4;
	src->n -= 4;
	return true;
}

/* Hadoop's frames: the size of a stretch, then the blocks that make it up,
 * each behind its compressed size. */
static bool
decompress_hadoop(struct str src, char *dst, size_t n)
{
	size_t stretch, packed;

	while (take_be32(&src, &stretch)) {
		if (stretch > n || stretch > INT_MAX)
			return false;
		n -= stretch;
		while (stretch > 0) {
			int got;

			if (!take_be32(&src, &packed) || packed > src.n)
				return false;
			got = LZ4_decompress_safe(src.p, dst, (int)packed,
						  (int)stretch);
			if (got <= 0)
				return false;
			src.p += packed;
			src.n -= packed;
			dst += got;
			stretch -= (size_t)got;
		}
	}
	return src.n == 0 && n == 0;
}

static int
decompress_zstd(struct codec_scratch *s, struct str src, void *dst, size_t n,
		struct fail *f)
{
	size_t got;

	if (s != NULL && s->zd == NULL)
		s->zd = ZSTD_createDCtx();
	if (s != NULL && s->zd != NULL)
		got = ZSTD_decompressDCtx(s->zd, dst, n, src.p, src.n);
	else
		got = ZSTD_decompress(dst, n, src.p, src.n);
	return ZSTD_isError(got) || got != n ? bad_block("zstd", f) : 0;
}

int
codec_decompress(struct codec_scratch *s, int kind, struct str src, void *dst,
		 size_t n, struct fail *f)
{
	size_t got = n;

	switch (kind) {
	case CODEC_NONE:
		if (src.n != n)
			return bad_block("uncompressed", f);
		if (n > 0)
			memcpy(dst, src.p, n);
		return 0;
	case CODEC_SNAPPY:
		if (snappy_uncompressed_length(src.p, src.n, &got) !=
			    SNAPPY_OK ||
		    got != n ||
		    snappy_uncompress(src.p, src.n, dst, &got) != SNAPPY_OK)
			return bad_block("snappy", f);
		return 0;
	case CODEC_GZIP:
		return decompress_gzip(src, dst, n, f);
	case CODEC_ZSTD:
		return decompress_zstd(s, src, dst, n, f);
	case CODEC_LZ4_RAW:
		return decompress_lz4(src, dst, n) ? 0 : bad_block("lz4", f);
	case CODEC_LZ4:
		return decompress_hadoop(src, dst, n) ||
				       decompress_lz4(src, dst, n)
			       ? 0
			       : bad_block("lz4", f);
	default:
		break;
	}
	if (codec_name(kind) != NULL)
		return fail_set(f, FAIL_DATA,
				"compressed by %s, which we do not have",
				codec_name(kind));
	return fail_set(f, FAIL_DATA, "compression codec %d is not known",
			kind);
}

uint32_t
codec_crc32(const void *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}
