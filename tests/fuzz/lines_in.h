/* SPDX-License-Identifier: MIT */
/* Fuzz input as lines: through the reader, bad ones passed over. */
#ifndef FUZZ_LINES_IN_H
#define FUZZ_LINES_IN_H

#include <stdlib.h>

#include "ndjson/ndjson.h"

/* Hand the values of each sound line to fn. */
static void
lines_in(struct str text, const struct str *keys, const int *slot, size_t n,
	 void (*fn)(void *ctx, const struct ndjson_val *val), void *ctx)
{
	struct ndjson_options o = {.mode = NDJSON_FULL};
	struct ndjson_line line;
	struct ndjson *r;

	if (ndjson_open(&r, keys, slot, n, &o, NULL) != 0)
		abort();
	ndjson_start_text(r, text);
	while (ndjson_next(r, &line, NULL) > 0)
		if (line.reason == NDJSON_OK)
			fn(ctx, line.val);
	ndjson_close(r);
}

#endif
