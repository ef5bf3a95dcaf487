/* SPDX-License-Identifier: MIT */
/*
 * Values of a line. A time or a count that cannot be shown exactly is
 * refused, not rounded.
 */
#include "chart/cell.h"

#include "chart/tally.h"

#include "base/banned.h"

#define NAME_BYTES 400 /* kept of a title; cut at a character */

int
cell_name(const struct ndjson_val *v, struct arena *a, struct str *out,
	  struct fail *f)
{
	*out = ndjson_string(v, a);
	if (out->p == NULL && out->n > 0)
		return fail_memory(f);
	if (out->n > NAME_BYTES) {
		out->n = NAME_BYTES;
		while (out->n > 0 &&
		       ((unsigned char)out->p[out->n] & 0xC0) == 0x80)
			out->n--;
	}
	return 0;
}

int
cell_time(const struct ndjson_val *v, struct str member, int64_t *us,
	  struct fail *f)
{
	int64_t ms;

	if ((v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT) &&
	    num_parse_whole(v->p, v->n, &ms) == NUM_OK &&
	    ms >= UTC_MIN / UTC_MS && ms <= UTC_MAX / UTC_MS) {
		*us = ms * UTC_MS;
		return 0;
	}
	if (v->kind == NDJSON_STRING && utc_parse_loose(v->p, v->n, us) == 0)
		return 0;
	if (v->kind == NDJSON_ABSENT || v->kind == NDJSON_NULL)
		return fail_set(f, FAIL_DATA,
				"%.*s is missing: is this a line "
				"of agg-hourly?",
				STR_ARG(member));
	return fail_set(f, FAIL_DATA,
			"%.*s: expected a time in epoch ms or RFC 3339, found "
			"%s",
			STR_ARG(member), ndjson_kind_name(v->kind));
}

int
cell_count(const struct ndjson_val *v, struct str member, int64_t *out,
	   bool *is_known, struct fail *f)
{
	if (v->kind == NDJSON_ABSENT || v->kind == NDJSON_NULL)
		return 0;
	if ((v->kind != NDJSON_INT && v->kind != NDJSON_FLOAT) ||
	    num_parse_whole(v->p, v->n, out) != NUM_OK || *out < 0 ||
	    *out > TALLY_MAX)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected a count, found %s '%.*s'",
				STR_ARG(member), ndjson_kind_name(v->kind),
				STR_ARG(ndjson_text(v)));
	*is_known = true;
	return 0;
}
