/* SPDX-License-Identifier: MIT */
/* Lines of a text as the engines get them: through the reader. */
#ifndef TESTS_LINES_H
#define TESTS_LINES_H

#include "ndjson/ndjson.h"

struct lines {
	struct ndjson *reader;
};

/* Begin to read text, which is borrowed. */
static void
lines_open(struct lines *l, const struct str *keys, const int *slot, size_t n,
	   struct str text)
{
	struct ndjson_options o = {.mode = NDJSON_FULL};

	assert_int_equal(ndjson_open(&l->reader, keys, slot, n, &o, NULL), 0);
	ndjson_start_text(l->reader, text);
}

/* The values of the next line; NULL at the end. Every line must be sound. */
static const struct ndjson_val *
lines_next(struct lines *l)
{
	struct ndjson_line line;
	int rc = ndjson_next(l->reader, &line, NULL);

	assert_true(rc >= 0);
	if (rc == 0) {
		ndjson_close(l->reader);
		return NULL;
	}
	assert_int_equal(line.reason, NDJSON_OK);
	return line.val;
}

#endif
