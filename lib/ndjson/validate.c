/* SPDX-License-Identifier: MIT */
/*
 * Whole documents: the exact parser with nothing but blanks around.
 */
#include "exact.h"

enum ndjson_reason
ndjson_validate(const char *p, size_t n, unsigned max_depth, int flags,
		size_t *at)
{
	struct exact x = {
		.p = p,
		.n = n,
		.max_depth = max_depth < EXACT_DEPTH_MAX ? max_depth
							 : EXACT_DEPTH_MAX,
		.allow_lone_surrogates = (flags &
					  NDJSON_ALLOW_LONE_SURROGATES) != 0,
	};
	enum ndjson_reason reason;

	exact_blanks(&x);
	reason = exact_value(&x, NULL);
	if (reason == NDJSON_OK) {
		exact_blanks(&x);
		if (x.at < n)
			reason = exact_blame(&x, NDJSON_TRAILING);
	}
	*at = x.at;
	return reason;
}
