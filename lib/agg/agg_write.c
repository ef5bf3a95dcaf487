/* SPDX-License-Identifier: MIT */
/*
 * Rows out, in order of window and group, so that equal results are equal
 * bytes. In NDJSON a null is an absent key; in CSV an empty field.
 */
#include <stdlib.h>

#include "agg/agg_private.h"
#include "csv/csv.h"

#define BIT(m) (1u << (m))

/* A top list's text at most, so that a partial stays a line that our own
 * readers take; what does not fit is cut like what is beyond the k-th. */
#define LIST_TEXT_MAX ((size_t)256 << 10)

/* The text of a group's value in by column i. */
static struct str
by_text_of(const struct agg *a, const struct group *g, size_t i)
{
	return a->by[i].value.key[tuple_value(a, g->tuple, i)];
}

/* ---- order ---- */

static int
compare_groups(const void *ctx, uint32_t x, uint32_t y)
{
	const struct agg *a = ctx;
	const struct group *g = &a->groups.item[x], *h = &a->groups.item[y];

	if (g->start_us != h->start_us)
		return g->start_us < h->start_us ? -1 : 1;
	for (size_t i = 0; i < a->o.by_n; i++) {
		int c = str_compare(by_text_of(a, g, i), by_text_of(a, h, i));

		if (c != 0)
			return c;
	}
	return 0;
}

int
agg_finish(struct agg *a, size_t *rows, struct fail *f)
{
	size_t n = a->groups.n;
	int rc = tops_settle(a, f);

	if (rc != 0)
		return rc;
	free(a->order);
	a->order = malloc((n + 1) * sizeof(*a->order));
	if (a->order == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n; i++)
		a->order[i] = (uint32_t)i;
	if (mem_sort(a->order, n, compare_groups, a) != 0)
		return fail_memory(f);
	*rows = n;
	return 0;
}

/* ---- values ---- */

/* Where there were plays, but none with a user, 0 listeners would read as
 * measured: the row says nothing of them. */
static bool
has_listeners(const struct group *g, const struct group_sets *sets)
{
	bool is_without_plays = (g->has & BIT(AGG_PLAYS)) != 0 &&
				g->sum[AGG_PLAYS] == 0;

	return (g->has & BIT(AGG_LISTENERS)) != 0 &&
	       (is_without_plays || hll_estimate(&sets->listeners) > 0);
}

/* Microseconds as seconds with the fewest decimals that lose nothing. */
static int
put_seconds(struct buf *out, int64_t us)
{
	uint64_t n = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	char decimals[6];
	size_t len = 6;

	if ((us < 0 && buf_add_char(out, '-') != 0) ||
	    buf_add_i64(out, (int64_t)(n / 1000000)) != 0)
		return FAIL_MEMORY;
	if (n % 1000000 == 0)
		return 0;
	num_format_padded(decimals, n % 1000000, 6);
	while (decimals[len - 1] == '0')
		len--;
	if (buf_add_char(out, '.') != 0)
		return FAIL_MEMORY;
	return buf_add(out, decimals, len);
}

static int
put_list_item(struct buf *out, bool is_first, struct str name, uint64_t count)
{
	int rc = is_first ? 0 : buf_add_char(out, ',');

	if (rc == 0)
		rc = buf_add_char(out, '{');
	if (rc == 0)
		rc = buf_add_str(out, name);
	if (rc == 0)
		rc = buf_add_cstr(out, ",\"count\":");
	if (rc == 0)
		rc = buf_add_i64(out, (int64_t)count);
	return rc == 0 ? buf_add_char(out, '}') : rc;
}

/*
 * Append a top list as a JSON array. *cut: what a count may be short of, for
 * final measures by earlier cuts, for a partial by this one too.
 */
static int
put_list(const struct agg *a, const struct topk *t, unsigned list,
	 struct buf *out, uint64_t *cut)
{
	size_t k = a->o.is_partial ? AGG_PARTIAL_TOP : a->o.top, n;
	struct topk_count *top = malloc((k + 1) * sizeof(*top));
	const struct str *name = a->name[list].key;
	size_t start = out->len;
	uint64_t dropped;
	int rc;

	if (top == NULL)
		return FAIL_MEMORY;
	n = topk_list(t, name, k, top, &dropped);
	rc = buf_add_char(out, '[');
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (out->len - start + name[top[i].id].n > LIST_TEXT_MAX) {
			dropped = top[i].count; /* the greatest left out */
			break;
		}
		rc = put_list_item(out, i == 0, name[top[i].id], top[i].count);
	}
	if (rc == 0)
		rc = buf_add_char(out, ']');
	*cut = t->cut + (a->o.is_partial ? dropped : 0);
	free(top);
	return rc;
}

/* ---- NDJSON ---- */

static int
put_key(struct buf *out, struct str key)
{
	int rc = buf_add_char(out, ',');

	if (rc == 0)
		rc = ndjson_put_string(out, key);
	return rc == 0 ? buf_add_char(out, ':') : rc;
}

static int
put_number(struct buf *out, const char *key, int64_t v)
{
	int rc = put_key(out, str_of(key));

	return rc == 0 ? buf_add_i64(out, v) : rc;
}

/* The window: its start, (in a partial) its length, its date. */
static int
put_window(const struct agg *a, int64_t start_us, struct buf *out)
{
	char date[10];
	int rc = buf_add_cstr(out, "{\"windowStart\":");

	if (rc == 0)
		rc = buf_add_i64(out, start_us / UTC_MS);
	if (rc == 0 && a->o.is_partial)
		rc = put_number(out, "windowMs", a->o.window_us / UTC_MS);
	utc_format_date(date,
			utc_floor(start_us + a->o.zone_us, UTC_DAY) / UTC_DAY);
	if (rc == 0)
		rc = buf_add_cstr(out, ",\"date\":\"");
	if (rc == 0)
		rc = buf_add(out, date, 10);
	return rc == 0 ? buf_add_char(out, '"') : rc;
}

static int
put_sums(const struct agg *a, const struct group *g, struct buf *out)
{
	int rc = 0;

	for (unsigned m = 0; rc == 0 && m < SUMS; m++) {
		if ((g->has & BIT(m)) == 0)
			continue;
		if (m == AGG_DURATION && !a->o.is_partial) {
			rc = put_key(out, STR_LIT("duration"));
			if (rc == 0)
				rc = put_seconds(out, g->sum[m]);
			continue;
		}
		rc = put_number(out, partial_key_name(PARTIAL_SUM + m),
				g->sum[m]);
	}
	return rc;
}

static int
put_listeners(const struct agg *a, const struct hll *h, struct buf *out)
{
	int rc;

	if (!a->o.is_partial)
		return put_number(out, "listeners", (int64_t)hll_estimate(h));
	rc = buf_add_cstr(out, ",\"listeners\":\"");
	if (rc == 0)
		rc = hll_format(h, out);
	return rc == 0 ? buf_add_char(out, '"') : rc;
}

static int
put_sets(const struct agg *a, const struct group *g,
	 const struct group_sets *sets, struct buf *out)
{
	int rc = 0;

	if (has_listeners(g, sets))
		rc = put_listeners(a, &sets->listeners, out);
	for (unsigned list = 0; rc == 0 && list < 2; list++) {
		unsigned key = PARTIAL_TOP + 2 * list;
		uint64_t cut = 0;

		if ((g->has & BIT(AGG_TOP_TRACKS + list)) == 0)
			continue;
		rc = put_key(out, str_of(partial_key_name(key)));
		if (rc == 0)
			rc = put_list(a, &sets->top[list], list, out, &cut);
		if (rc == 0 && cut > 0)
			rc = put_number(out, partial_key_name(key + 1),
					(int64_t)cut);
	}
	return rc;
}

static int
format_ndjson(const struct agg *a, uint32_t i, struct buf *out)
{
	const struct group *g = &a->groups.item[i];
	int rc = put_window(a, g->start_us, out);

	for (size_t b = 0; rc == 0 && b < a->o.by_n; b++) {
		struct str text = by_text_of(a, g, b);

		if (text.n == 0)
			continue;
		rc = put_key(out, a->by[b].name);
		if (rc == 0)
			rc = buf_add_str(out, text);
	}
	if (rc == 0)
		rc = put_sums(a, g, out);
	if (rc == 0 && a->groups.want_sets)
		rc = put_sets(a, g, &a->groups.sets[i], out);
	return rc == 0 ? buf_add_cstr(out, "}\n") : rc;
}

/* ---- CSV ---- */

/* A group's value: a string without its quotes and escapes. */
static int
csv_value(struct csvrow *row, struct str text, struct buf *spare)
{
	if (text.n == 0)
		return csvrow_null(row);
	if (text.p[0] != '"')
		return csvrow_text(row, text);
	buf_reset(spare);
	if (buf_reserve(spare, text.n) != 0)
		return FAIL_MEMORY;
	spare->len = ndjson_unescape(text.p + 1, text.n - 2, spare->p);
	return csvrow_text(row, buf_str(spare));
}

/* One measure of a row: `spare` holds texts under construction. */
static int
csv_measure(const struct agg *a, const struct group *g,
	    const struct group_sets *sets, unsigned m, struct csvrow *row,
	    struct buf *spare)
{
	uint64_t cut;

	buf_reset(spare);
	if ((g->has & BIT(m)) == 0)
		return csvrow_null(row);
	if (m == AGG_DURATION)
		return put_seconds(spare, g->sum[m]) != 0
			       ? FAIL_MEMORY
			       : csvrow_plain(row, buf_str(spare));
	if (m < SUMS)
		return csvrow_i64(row, g->sum[m]);
	if (m == AGG_LISTENERS && !has_listeners(g, sets))
		return csvrow_null(row);
	if (m == AGG_LISTENERS)
		return csvrow_i64(row, (int64_t)hll_estimate(&sets->listeners));
	if (put_list(a, &sets->top[m - AGG_TOP_TRACKS], m - AGG_TOP_TRACKS,
		     spare, &cut) != 0)
		return FAIL_MEMORY;
	return csvrow_text(row, buf_str(spare));
}

static int
format_csv(const struct agg *a, uint32_t i, struct buf *out)
{
	const struct group *g = &a->groups.item[i];
	const struct group_sets *sets = a->groups.want_sets ? &a->groups.sets[i]
							    : NULL;
	struct csvrow row = csvrow_begin(out);
	struct buf spare;
	char date[10];
	int rc;

	buf_init(&spare, out->max);
	utc_format_date(date, utc_floor(g->start_us + a->o.zone_us, UTC_DAY) /
				      UTC_DAY);
	rc = csvrow_i64(&row, g->start_us / UTC_MS);
	if (rc == 0)
		rc = csvrow_plain(&row, (struct str){date, 10});
	for (size_t b = 0; rc == 0 && b < a->o.by_n; b++)
		rc = csv_value(&row, by_text_of(a, g, b), &spare);
	for (unsigned m = 0; rc == 0 && m < AGG_MEASURES; m++)
		if ((a->o.measures & BIT(m)) != 0)
			rc = csv_measure(a, g, sets, m, &row, &spare);
	buf_release(&spare);
	return rc == 0 ? csvrow_end(&row) : rc;
}

int
agg_header(const struct agg *a, struct buf *out)
{
	struct csvrow row = csvrow_begin(out);
	int rc = csvrow_text(&row, STR_LIT("windowStart"));

	if (rc == 0)
		rc = csvrow_text(&row, STR_LIT("date"));
	for (size_t b = 0; rc == 0 && b < a->o.by_n; b++)
		rc = csvrow_text(&row, a->by[b].name);
	for (unsigned m = 0; rc == 0 && m < AGG_MEASURES; m++)
		if ((a->o.measures & BIT(m)) != 0)
			rc = csvrow_text(&row, str_of(agg_measure_name(
						       (enum agg_measure)m)));
	return rc == 0 ? csvrow_end(&row) : rc;
}

int
agg_format(const struct agg *a, size_t i, enum agg_form form, struct buf *out)
{
	size_t start = out->len;
	int rc = form == AGG_CSV ? format_csv(a, a->order[i], out)
				 : format_ndjson(a, a->order[i], out);

	if (rc != 0)
		out->len = start;
	return rc;
}
