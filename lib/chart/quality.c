/* SPDX-License-Identifier: MIT */
/*
 * Reads validation results: Great Expectations 1.x and 0.18, and dq-check,
 * whose result also counts rows. Only what the page shows is looked at; what
 * is not understood is passed over, as other versions add members.
 */
#include "chart/board.h"

#include <stdlib.h>

#include "base/banned.h"

/* The member of an object; ABSENT when there is none, or v is no object. */
static struct ndjson_val
member_of(struct ndjson_val v, const char *name)
{
	struct ndjson_val member, absent = {.kind = NDJSON_ABSENT};
	struct ndjson_iter it;
	struct str key;

	if (v.kind != NDJSON_OBJECT)
		return absent;
	it = ndjson_members(ndjson_raw(&v));
	while (ndjson_iter_next(&it, &key, &member))
		if (str_is(key, name))
			return member;
	return absent;
}

static bool
is_number(struct ndjson_val v)
{
	return v.kind == NDJSON_INT || v.kind == NDJSON_FLOAT;
}

static bool
count_of(struct ndjson_val v, int64_t *out)
{
	return is_number(v) && num_parse_whole(v.p, v.n, out) == NUM_OK &&
	       *out >= 0;
}

/* A text of v, or of its older name, copied; empty if absent. */
static int
keep_text(struct chart_board *b, struct ndjson_val v, const char *name,
	  const char *older, struct str *out, struct fail *f)
{
	struct ndjson_val text = member_of(v, name);
	struct str s;

	*out = (struct str){0};
	if (text.kind != NDJSON_STRING)
		text = member_of(v, older);
	if (text.kind != NDJSON_STRING)
		return 0;
	s = ndjson_string(&text, &b->texts);
	if (s.p == NULL && s.n > 0)
		return fail_memory(f);
	out->p = arena_copy(&b->texts, s);
	if (out->p == NULL)
		return fail_memory(f);
	out->n = s.n;
	return 0;
}

/* ---- rules ---- */

static int
add_failed_rule(struct chart_board *b, struct ndjson_val result,
		struct ndjson_val config, struct fail *f)
{
	struct board_quality *q = &b->quality;
	struct ndjson_val kwargs = member_of(config, "kwargs");
	struct ndjson_val figures = member_of(result, "result");
	struct ndjson_val percent = member_of(figures, "unexpected_percent");
	struct board_rule r = {.unexpected = -1, .share = -1};
	int rc;

	if (q->rule_n == BOARD_RULES)
		return 0;
	rc = keep_text(b, config, "type", "expectation_type", &r.type, f);
	if (rc == 0)
		rc = keep_text(b, kwargs, "column", "column_A", &r.column, f);
	if (rc == 0)
		rc = keep_text(b, config, "severity", "", &r.severity, f);
	if (rc != 0)
		return rc;
	if (!count_of(member_of(figures, "unexpected_count"), &r.unexpected))
		r.unexpected = -1;
	if (is_number(percent) &&
	    num_parse_f64(percent.p, percent.n, &r.share) == NUM_OK)
		r.share /= 100;
	q->rule[q->rule_n++] = r;
	return 0;
}

/* Most rows first; then by name, so that runs are alike. */
static int
by_rows(const void *a, const void *b)
{
	const struct board_rule *x = a, *y = b;
	int c;

	if (x->unexpected != y->unexpected)
		return x->unexpected < y->unexpected ? 1 : -1;
	c = str_compare(x->column, y->column);
	return c != 0 ? c : str_compare(x->type, y->type);
}

static int
add_rules(struct chart_board *b, struct ndjson_val results, struct fail *f)
{
	struct ndjson_iter it = ndjson_members(ndjson_raw(&results));
	struct ndjson_val result;
	struct str unused;
	int rc;

	while (ndjson_iter_next(&it, &unused, &result)) {
		struct ndjson_val success = member_of(result, "success");

		if (success.kind != NDJSON_TRUE && success.kind != NDJSON_FALSE)
			return fail_set(f, FAIL_DATA,
					"results: an entry has no success");
		b->quality.rules++;
		if (success.kind == NDJSON_TRUE)
			continue;
		b->quality.failed++;
		rc = add_failed_rule(
			b, result, member_of(result, "expectation_config"), f);
		if (rc != 0)
			return rc;
	}
	qsort(b->quality.rule, b->quality.rule_n, sizeof(*b->quality.rule),
	      by_rows);
	return 0;
}

/* ---- rows ---- */

static void
add_rows(struct board_quality *q, struct ndjson_val rows)
{
	int64_t good, bad, malformed = 0;

	if (!count_of(member_of(rows, "good"), &good) ||
	    !count_of(member_of(rows, "bad"), &bad))
		return;
	if (!count_of(member_of(rows, "malformed"), &malformed))
		malformed = 0;
	if (i64_add(q->good, good, &q->good) && i64_add(q->bad, bad, &q->bad) &&
	    i64_add(q->bad, malformed, &q->bad))
		q->has_rows = true;
}

int
chart_board_add_quality(struct chart_board *b, struct str json, struct fail *f)
{
	struct ndjson_val document, results;
	size_t at = 0;
	enum ndjson_reason reason = ndjson_validate(json.p, json.n, LIMIT_DEPTH,
						    0, &at);

	if (reason != NDJSON_OK)
		return fail_set(f, FAIL_DATA, "byte %zu: %s: %s", at,
				ndjson_reason_name(reason),
				ndjson_reason_hint(reason));
	document = ndjson_value_of(json);
	results = member_of(document, "results");
	if (results.kind != NDJSON_ARRAY)
		return fail_set(f, FAIL_DATA,
				"not a validation result: no array 'results'");
	b->quality.is_known = true;
	add_rows(&b->quality,
		 member_of(member_of(document, "meta"), "playpipe"));
	return add_rules(b, results, f);
}
