/* SPDX-License-Identifier: MIT */
/*
 * Keeps some unexpected values of each rule for the report: copies, since a
 * row's own bytes are gone with the next one.
 */
#include "dq/judge.h"

/* Bounds for the unexpected values that are kept. A longer value is shown by
 * its beginning. */
#define SAMPLE_BYTES	 ((size_t)1000)
#define ALL_SAMPLE_BYTES ((size_t)64 << 20)

struct str
dq_value_json(const struct ndjson_val *v, struct arena *a)
{
	struct str raw = ndjson_raw(v);
	size_t n = SAMPLE_BYTES;
	char *p;

	if (v->kind == NDJSON_ABSENT)
		return STR_LIT("null");
	if (raw.n <= SAMPLE_BYTES) {
		p = arena_copy(a, raw);
		return (struct str){p, p == NULL ? 0 : raw.n};
	}
	/* Cut at a whole character, and quoted whatever it was. */
	while (n > 0 && ((unsigned char)raw.p[n] & 0xc0) == 0x80)
		n--;
	p = arena_alloc(a, 6 * n + 8);
	if (p == NULL)
		return (struct str){NULL, 0};
	raw.n = ndjson_format_string(p, raw.p, n);
	memcpy(p + raw.n - 1, "...\"", 4);
	return (struct str){p, raw.n + 3};
}

static bool
is_sample_space_full(const struct dq_judge *j)
{
	return j->sample_mem.used + j->sample_n * sizeof(struct dq_sample) >=
	       ALL_SAMPLE_BYTES;
}

/* False when there is no room for it. */
static bool
keep_sample(struct dq_judge *j, struct dq_tally *t, const struct ndjson_val *v,
	    bool has_row)
{
	struct dq_sample sample = {.row = j->counts.rows - 1,
				   .has_row = has_row};

	if (t->sample_n >= DQ_SAMPLES &&
	    (!j->options.want_complete || is_sample_space_full(j)))
		return false;
	sample.json = dq_value_json(v, &j->sample_mem);
	if (sample.json.p == NULL ||
	    !MEM_GROW(&t->sample, t->sample_n, &t->sample_cap))
		return false;
	t->sample[t->sample_n++] = sample;
	j->sample_n++;
	return true;
}

void
dq_keep_samples(struct dq_judge *j, struct dq_tally *t, uint32_t column,
		bool is_first_again)
{
	const struct ndjson_val *v = &j->val[column];
	bool is_kept = true;

	if (is_first_again && !j->options.is_unique_window)
		is_kept = keep_sample(j, t, v, false);
	if (!keep_sample(j, t, v, true) || !is_kept)
		j->has_lost_samples = true;
}
