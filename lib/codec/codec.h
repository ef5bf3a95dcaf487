/* SPDX-License-Identifier: MIT */
/*
 * codec - compression and checksums; the only module that knows zstd, zlib,
 * snappy and lz4. Block functions work on whole memory blocks (Parquet pages);
 * a codec_stream decodes a file as it is read.
 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* The numbers are Parquet's CompressionCodec (parquet.thrift). */
enum codec_kind {
	CODEC_NONE = 0,
	CODEC_SNAPPY = 1,
	CODEC_GZIP = 2,
	CODEC_LZ4 =
		5, /* deprecated: in Hadoop's frames, or bare; not written */
	CODEC_ZSTD = 6,
	CODEC_LZ4_RAW = 7, /* bare blocks */
};

/* "none", "snappy", ...; NULL for a number that names no codec. */
const char *codec_name(int kind);

/* Reusable working memory; NULL is allowed and costs an allocation a call.
 * codec_scratch_close(NULL) is allowed. */
struct codec_scratch;
struct codec_scratch *codec_scratch_open(void);
void codec_scratch_close(struct codec_scratch *s);

/* Append src compressed to out. level: zstd 1 to 19, gzip 1 to 9, else
 * ignored. */
int codec_compress(struct codec_scratch *s, enum codec_kind kind, int level,
		   struct str src, struct buf *out,
		   struct fail *f) PORT_MUST_CHECK;

/* Decompress src into dst, which must be filled to exactly n bytes. */
int codec_decompress(struct codec_scratch *s, int kind, struct str src,
		     void *dst, size_t n, struct fail *f) PORT_MUST_CHECK;

/* CRC-32 (zlib's polynomial), as Parquet pages and gzip use it. */
uint32_t codec_crc32(const void *p, size_t n);

/* Which codec the first bytes of a file name: gzip, zstd, or CODEC_NONE. */
enum codec_kind codec_sniff(const void *p, size_t n);

/*
 * Streaming decoder for gzip (concatenated members) and zstd (concatenated
 * frames).
 */
struct codec_stream;
int codec_stream_open(struct codec_stream **out, enum codec_kind kind,
		      struct fail *f) PORT_MUST_CHECK;
void codec_stream_close(struct codec_stream *s);

/*
 * Decode from *src (advanced past what was used) into dst; *got is the bytes
 * written. *got 0 with an empty *src means: give more input.
 */
int codec_stream_read(struct codec_stream *s, struct str *src, void *dst,
		      size_t cap, size_t *got, struct fail *f) PORT_MUST_CHECK;

/* At the end of input: true when it stopped inside a frame. */
bool codec_stream_is_cut(const struct codec_stream *s);

#endif
