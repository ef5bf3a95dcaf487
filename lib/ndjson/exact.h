/* SPDX-License-Identifier: MIT */
/*
 * The exact parser: one byte after the other, iterative, bounds checked. It
 * decides every doubt of the fast path, and names the reason and the byte.
 */
#ifndef NDJSON_EXACT_H
#define NDJSON_EXACT_H

#include "ndjson/ndjson.h"

#define EXACT_DEPTH_MAX 1024 /* deepest nesting that can be asked for */

/* A cursor over text. All functions begin at p[at] and leave at behind what
 * they read, or, with a reason, on the byte where it was seen. */
struct exact {
	const char *p; /* borrowed */
	size_t n;
	size_t at;
	unsigned depth;	    /* of the containers around p[at] */
	unsigned max_depth; /* at most EXACT_DEPTH_MAX */
	bool allow_lone_surrogates;
};

void exact_blanks(struct exact *x);

/* A value of full grammar, cursor on its first byte; v may be NULL. */
enum ndjson_reason exact_value(struct exact *x, struct ndjson_val *v);

/* A key with its colon, cursor where a key must begin; key may be NULL. */
enum ndjson_reason exact_key(struct exact *x, struct ndjson_val *key);

/* Behind a member or item: the closing bracket, or a comma and the blanks
 * behind it. */
enum ndjson_reason exact_comma(struct exact *x, char close);

/* A string, cursor on its opening quote. */
enum ndjson_reason exact_string(struct exact *x, struct ndjson_val *v);

/* An escape, cursor on its backslash. */
enum ndjson_reason exact_escape(struct exact *x);

/*
 * A member's value by the structural mode's rule: up to a comma or closing
 * brace outside strings and brackets, not empty.
 */
enum ndjson_reason exact_skip(struct exact *x);

/* What is wrong with p[at], which can stand neither here nor there: the end,
 * a control character, bad UTF-8 ..., else `otherwise`. */
enum ndjson_reason exact_blame(const struct exact *x,
			       enum ndjson_reason otherwise);

#endif
