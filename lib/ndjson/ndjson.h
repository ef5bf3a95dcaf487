/* SPDX-License-Identifier: MIT */
/*
 * ndjson - the reader of newline-delimited JSON that the suite is built on.
 *
 * A reader is told once which keys are wanted; each line then comes back as
 * its original bytes plus one slice a wanted key. Nothing is copied,
 * converted or allocated per line: conversion is for whoever needs the value
 * (ndjson_get_*). How it works stands at the head of reader.c.
 *
 * Slices and lines are borrowed from the reader's block and live until the
 * next call of ndjson_next. At least NDJSON_PAD bytes may be read (not
 * relied on) behind any of them. One thread a reader.
 */
#ifndef NDJSON_NDJSON_H
#define NDJSON_NDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

#define NDJSON_PAD 64

/* ---- values ---- */

enum ndjson_kind {
	NDJSON_ABSENT = 0,
	NDJSON_NULL,
	NDJSON_FALSE,
	NDJSON_TRUE,
	NDJSON_INT,   /* a number without fraction and exponent */
	NDJSON_FLOAT, /* any other number */
	NDJSON_STRING,
	NDJSON_OBJECT,
	NDJSON_ARRAY,
};

struct ndjson_val {
	const char *p;	 /* text; of a string, between the quotes */
	uint32_t n;	 /* bytes at p */
	uint8_t kind;	 /* enum ndjson_kind */
	bool has_escape; /* a string with a backslash in it */
};

/* "a string", "an integer", ... for messages. */
const char *ndjson_kind_name(int kind);

/* The value as it stood in the line, quotes included. */
struct str ndjson_raw(const struct ndjson_val *v);

/* The text of a string as it stands, escapes and all. */
PORT_INLINE struct str
ndjson_text(const struct ndjson_val *v)
{
	return (struct str){v->p, v->n};
}

/*
 * Write the unescaped string at dst, which has room for n bytes (unescaping
 * never lengthens); returns its length. Valid escapes only, as full
 * validation assures; a lone surrogate becomes U+FFFD.
 */
size_t ndjson_unescape(const char *p, size_t n, char *dst);

/* The string's value: as it stands, or unescaped into the arena. A NULL p
 * with n > 0 means out of memory. */
struct str ndjson_string(const struct ndjson_val *v, struct arena *a);

/* ---- why a line is refused ---- */

enum ndjson_reason {
	NDJSON_OK = 0,
	NDJSON_BLANK,	   /* nothing or blanks: skipped and counted */
	NDJSON_NOT_OBJECT, /* a value, but not an object */
	NDJSON_CUT,	   /* ends inside a value: truncated */
	NDJSON_TRAILING,   /* something behind the value (glued documents) */
	NDJSON_BAD_TOKEN,  /* a byte that can begin nothing here */
	NDJSON_MISSING_COLON,
	NDJSON_MISSING_COMMA,
	NDJSON_TRAILING_COMMA,
	NDJSON_BAD_KEY,	    /* a key that is not a string */
	NDJSON_BAD_LITERAL, /* not true, false or null */
	NDJSON_BAD_NUMBER,
	NDJSON_BAD_ESCAPE,
	NDJSON_LONE_SURROGATE,
	NDJSON_CONTROL_CHAR, /* below U+0020 in a string, or outside */
	NDJSON_NUL,	     /* a byte 0 */
	NDJSON_BAD_UTF8,
	NDJSON_BOM, /* a byte order mark not at the start */
	NDJSON_TOO_DEEP,
	NDJSON_TOO_LONG, /* the line, over the limit */
	NDJSON_TOO_MANY_KEYS,
	NDJSON_DUP_KEY,
	NDJSON_REASONS,
};

/* "dup_key", "bad_utf8", ...: stable names for counters and quarantine. */
const char *ndjson_reason_name(enum ndjson_reason reason);

/* What it means and how to mend it: "two documents on one line; put each on
 * its own: awk 1 *.json". One sentence without full stop. */
const char *ndjson_reason_hint(enum ndjson_reason reason);

/* ---- whole documents (config checks, tests) ---- */

enum {
	NDJSON_ALLOW_LONE_SURROGATES = 1,
};

/*
 * Is this text one JSON value by RFC 8259, in UTF-8, LF being white space
 * outside strings, duplicate keys allowed, at most max_depth (and 1024)
 * deep? Returns NDJSON_OK, or the reason with the byte where it was seen in
 * *at.
 */
enum ndjson_reason ndjson_validate(const char *p, size_t n, unsigned max_depth,
				   int flags, size_t *at);

/* ---- small objects (barriers, nested values) ---- */

/* Walks the members of an object or the items of an array whose text is
 * grammatical. Init: it = ndjson_members(text). */
struct ndjson_iter {
	const char *p;
	const char *end;
};
struct ndjson_iter ndjson_members(struct str object_or_array);

/* The next member: true and key (between the quotes; empty for an array's
 * item) and value, or false at the end. */
bool ndjson_iter_next(struct ndjson_iter *it, struct str *key,
		      struct ndjson_val *val);

/* Classify one value's text, blanks around it allowed; grammatical text
 * only. */
struct ndjson_val ndjson_value_of(struct str text);

/* ---- the reader ---- */

enum ndjson_mode {
	/* RFC 8259 and UTF-8, every byte of every value. */
	NDJSON_FULL,
	/*
	 * Frame, keys and no double among them, control characters, UTF-8,
	 * nesting, and the full grammar of every value that is wanted (with
	 * want_rest, of every value). A value that is not wanted is passed
	 * over: it is any text, but some, up to a comma or closing brace
	 * outside strings and brackets. Its brackets must match and its
	 * strings end; a quote behind a backslash counts nowhere.
	 */
	NDJSON_STRUCTURAL,
	/*
	 * Where lines end, and no keys: any text is NDJSON_OK. But a line that
	 * begins with a blank, as an empty one, or is special is read as in
	 * NDJSON_STRUCTURAL.
	 */
	NDJSON_LINES,
};

/* Where bytes come from: fill dst with up to cap bytes, *got 0 at the end.
 * io_in_read fits behind a cast-free wrapper. */
typedef int (*ndjson_read_fn)(void *ctx, void *dst, size_t cap, size_t *got,
			      struct fail *f);

struct ndjson_options {
	enum ndjson_mode mode;
	size_t max_line;    /* bytes; 0: LIMIT_LINE */
	unsigned max_depth; /* 0: LIMIT_DEPTH; at most 1024 */
	bool want_rest;	    /* also list members nobody named: line.rest */
};

/* A member that no wanted key names. */
struct ndjson_member {
	struct str key; /* between the quotes, as it stands */
	struct ndjson_val val;
};

struct ndjson_line {
	const char *p;	 /* the line without LF and without a CR before it */
	size_t n;	 /* bytes */
	uint64_t number; /* 1 for the first line of this input */
	uint64_t offset; /* of its first byte in this input (after .gz); a
			    byte order mark before it counts */
	size_t raw_n;	 /* bytes taken with CR and LF */
	enum ndjson_reason reason; /* NDJSON_OK: val and rest are set */
	size_t bad_at;	 /* byte in the line where the reason was seen */
	bool is_special; /* begins with {"@ : see ndjson_next */
	const struct ndjson_val *val; /* one a wanted key, ABSENT if absent */
	const struct ndjson_member *rest; /* with want_rest; borrowed */
	size_t rest_n;
};

struct ndjson;

/*
 * keys: the wanted keys, in the order of line.val; borrowed during the call.
 * Several keys may share a slot (aliases): slot[i] is then the index into
 * line.val of key i; slot NULL means i. With one slot filled twice in a
 * line, the line is refused as dup_key.
 */
int ndjson_open(struct ndjson **out, const struct str *keys, const int *slot,
		size_t n_keys, const struct ndjson_options *o,
		struct fail *f) PORT_MUST_CHECK;
void ndjson_close(struct ndjson *r);

/* Begin an input: counts go to 0, a BOM at its start is skipped. Anything
 * left of the input before is dropped. */
void ndjson_start(struct ndjson *r, ndjson_read_fn read, void *ctx);

/* The same of a text, which is borrowed until its end. */
void ndjson_start_text(struct ndjson *r, struct str text);

/*
 * The next line: 1, 0 at the end of this input, or a negative code when
 * reading failed. A refused line is returned too, with its reason. A line
 * that begins with {"@ (barriers, inline quarantine) has is_special set, and
 * is otherwise treated like any line. Of a line over max_line only the first
 * max_line bytes are returned; raw_n tells how long it was. After a failure
 * only ndjson_start and ndjson_close are of use.
 */
int ndjson_next(struct ndjson *r, struct ndjson_line *line,
		struct fail *f) PORT_MUST_CHECK;

/* How a line begins that dq-check took out of the flow but left in the
 * stream, wrapped together with the reasons. */
#define NDJSON_BAD_PREFIX "{\"@bad\":"

PORT_INLINE bool
ndjson_is_wrapped(const struct ndjson_line *line)
{
	return PORT_UNLIKELY(line->is_special) &&
	       str_starts((struct str){line->p, line->n}, NDJSON_BAD_PREFIX);
}

/* True when every byte read so far has been returned as a line: the moment
 * to flush before a read that may wait. */
bool ndjson_is_drained(const struct ndjson *r);

/*
 * The kernel in use: "avx512", "avx2", "scalar". PLAYPIPE_KERNEL forces one;
 * forcing one that the machine lacks is FAIL_USAGE from ndjson_open.
 */
const char *ndjson_kernel(void);

/* ---- writing ---- */

/* Append a JSON string, quoted and escaped: short escapes, \u00XX for other
 * control characters, all else as it is. Bytes must be UTF-8. */
int ndjson_put_string(struct buf *out, struct str s) PORT_MUST_CHECK;

/* Bytes that ndjson_put_string may need at most: 6 n + 2. At dst, returning
 * the bytes written: */
size_t ndjson_format_string(char *dst, const char *p, size_t n);

/* Append bytes as a JSON string in base64, or write it at dst, which has room
 * for BASE64_LEN(n) + 2 bytes, returning the bytes written. */
int ndjson_put_base64(struct buf *out, struct str s) PORT_MUST_CHECK;
size_t ndjson_format_base64(char *dst, const char *p, size_t n);

/* Append the member that keeps a line's bytes: "raw":"..." where they are
 * UTF-8, else "rawBase64":"...". */
int ndjson_put_raw(struct buf *out, struct str s) PORT_MUST_CHECK;

/* Is it UTF-8 (RFC 3629)? If not, *at is the first bad byte. */
bool ndjson_is_utf8(const char *p, size_t n, size_t *at);

#endif
