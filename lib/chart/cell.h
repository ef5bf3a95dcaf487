/* SPDX-License-Identifier: MIT */
/*
 * cell - the values of a line of measures: times, counts, names. A value of
 * the wrong kind is FAIL_DATA, with a sentence that names the member.
 */
#ifndef CHART_CELL_H
#define CHART_CELL_H

#include "ndjson/ndjson.h"

/* Epoch ms, or text by RFC 3339; must be there. */
int cell_time(const struct ndjson_val *v, struct str member, int64_t *us,
	      struct fail *f) PORT_MUST_CHECK;

/* A whole number from 0 to TALLY_MAX; absent or null leaves both as they
 * were. */
int cell_count(const struct ndjson_val *v, struct str member, int64_t *out,
	       bool *is_known, struct fail *f) PORT_MUST_CHECK;

/* The text of a string, cut to a length that a page has room for. Borrows
 * from the line or the arena. */
int cell_name(const struct ndjson_val *v, struct arena *a, struct str *out,
	      struct fail *f) PORT_MUST_CHECK;

#endif
