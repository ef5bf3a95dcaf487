/* SPDX-License-Identifier: MIT */
/*
 * Streaming decoders. A file may hold several gzip members or zstd frames
 * one behind the other (that is how logs are rotated and appended), so the
 * end of one is the start of the next, and the end of input is only clean
 * between two. Apart from the block codecs, so that a tool that only reads
 * files does not load snappy and the C++ library behind it.
 */
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "codec/codec.h"

struct codec_stream {
	enum codec_kind kind;
	z_stream z;
	ZSTD_DCtx *zd;
	bool is_inside; /* a frame is begun and not ended */
};

enum codec_kind
codec_sniff(const void *p, size_t n)
{
	if (n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0)
		return CODEC_GZIP;
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return CODEC_ZSTD;
	return CODEC_NONE;
}

int
codec_stream_open(struct codec_stream **out, enum codec_kind kind,
		  struct fail *f)
{
	struct codec_stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return fail_memory(f);
	s->kind = kind;
	if (kind == CODEC_GZIP && inflateInit2(&s->z, 15 + 16) != Z_OK)
		goto out;
	if (kind == CODEC_ZSTD) {
		s->zd = ZSTD_createDCtx();
		if (s->zd == NULL)
			goto out;
	}
	*out = s;
	return 0;
out:
	free(s);
	return fail_memory(f);
}

void
codec_stream_close(struct codec_stream *s)
{
	if (s == NULL)
		return;
	if (s->kind == CODEC_GZIP)
		inflateEnd(&s->z);
	ZSTD_freeDCtx(s->zd);
	free(s);
}

static int
read_gzip(struct codec_stream *s, struct str *src, void *dst, size_t cap,
	  size_t *got, struct fail *f)
{
	uInt in = src->n > 1u << 30 ? 1u << 30 : (uInt)src->n;
	uInt room = cap > 1u << 30 ? 1u << 30 : (uInt)cap;
	int rc;

	s->z.next_in = (Bytef *)(uintptr_t)src->p;
	s->z.avail_in = in;
	s->z.next_out = dst;
	s->z.avail_out = room;
	s->is_inside = s->is_inside || in > 0;
	rc = inflate(&s->z, Z_NO_FLUSH);
	src->p += in - s->z.avail_in;
	src->n -= in - s->z.avail_in;
	*got = room - s->z.avail_out;
	if (rc == Z_STREAM_END) {
		s->is_inside = false;
		rc = inflateReset(&s->z);
	}
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return fail_set(f, FAIL_DATA, "damaged gzip data");
	return 0;
}

int
codec_stream_read(struct codec_stream *s, struct str *src, void *dst,
		  size_t cap, size_t *got, struct fail *f)
{
	ZSTD_inBuffer in = {src->p, src->n, 0};
	ZSTD_outBuffer out = {dst, cap, 0};
	size_t rc;

	if (s->kind == CODEC_GZIP)
		return read_gzip(s, src, dst, cap, got, f);
	rc = ZSTD_decompressStream(s->zd, &out, &in);
	if (ZSTD_isError(rc))
		return fail_set(f, FAIL_DATA, "damaged zstd data: %s",
				ZSTD_getErrorName(rc));
	if (in.pos > 0 || out.pos > 0)
		s->is_inside = rc != 0;
	src->p += in.pos;
	src->n -= in.pos;
	*got = out.pos;
	return 0;
}

bool
codec_stream_is_cut(const struct codec_stream *s)
{
	return s->is_inside;
}
