/* SPDX-License-Identifier: MIT */
/*
 * Block compression, checksums and the table of names: thin calls into the
 * libraries, each library's error turned into one sentence.
 */
#include "codec/codec.h"

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
	switch (kind) {
	case CODEC_NONE:
		return "none";
	case CODEC_SNAPPY:
		return "snappy";
	case CODEC_GZIP:
		return "gzip";
	case CODEC_ZSTD:
		return "zstd";
	default:
		return NULL;
	}
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
	inflateEnd(&z);
	if (rc != Z_STREAM_END || z.total_out != n)
		return bad_block("gzip", f);
	return 0;
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
	default:
		return fail_set(f, FAIL_DATA,
				"compression codec %d is not supported", kind);
	}
}

uint32_t
codec_crc32(const void *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}
