/* SPDX-License-Identifier: MIT */
/*
 * Partials in: lines that agg-hourly --partial wrote, perhaps through a
 * table, and other aggregators of this process. Sums add, sketches and lists
 * merge. A line is checked whole before any of it is added, so that a
 * refused line leaves no trace.
 */
#include <stdlib.h>

#include "agg/agg_private.h"

#define BIT(m) (1u << (m))

/* What a line says, before it is added. */
struct partial {
	int64_t start_us;
	unsigned has;
	int64_t sum[SUMS];
	struct hll listeners;
	int64_t cut[2];
	size_t item_begin[2], item_end[2]; /* of each list, in agg.item */
};

static int
refuse(struct agg *a, const char *key, const char *why)
{
	struct buf b;

	buf_init(&b, sizeof(a->why) - 1);
	if (buf_addf(&b, "%s: %s", key, why) == 0)
		memcpy(a->why, b.p, b.len);
	a->why[b.len] = '\0';
	buf_release(&b);
	return AGG_MISFIT;
}

/* A whole number of the line; *is_there tells null apart. */
static bool
read_i64(const struct ndjson_val *v, int64_t *out, bool *is_there)
{
	*is_there = v->kind > NDJSON_NULL;
	if (!*is_there)
		return true;
	return (v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT) &&
	       num_parse_whole(v->p, v->n, out) == NUM_OK;
}

static int
read_window(struct agg *a, const struct ndjson_val *val, struct partial *p,
	    struct fail *f)
{
	const struct ndjson_val *date = &val[PARTIAL_DATE];
	int64_t start_ms, window_ms, end_us, days;
	bool has_start, has_window;

	if (!read_i64(&val[PARTIAL_START], &start_ms, &has_start) ||
	    !has_start || start_ms > UTC_MAX / UTC_MS ||
	    start_ms < UTC_MIN / UTC_MS)
		return refuse(a, "windowStart", "no time in epoch ms");
	if (!read_i64(&val[PARTIAL_WINDOW], &window_ms, &has_window) ||
	    !has_window || window_ms < 1 || window_ms > UTC_MAX / UTC_MS)
		return refuse(a, "windowMs",
			      "no length in ms, so not a partial");
	p->start_us = window_start(&a->o, start_ms * UTC_MS);
	end_us = (start_ms + window_ms) * UTC_MS;
	if (end_us > p->start_us + a->o.window_us)
		return fail_set(f, FAIL_USAGE,
				"a partial of %lld ms from %lld does not lie "
				"in one window of this --window and --tz: "
				"both must be multiples of the partials' own",
				(long long)window_ms, (long long)start_ms);
	days = utc_floor(start_ms * UTC_MS + a->o.zone_us, UTC_DAY) / UTC_DAY;
	if (a->want_dates && date->kind == NDJSON_STRING) {
		char text[10];

		utc_format_date(text, days);
		if (!str_equal(ndjson_text(date), (struct str){text, 10}))
			return refuse(a, "date",
				      "not the window's in this --tz");
	}
	return 0;
}

static int
read_sums(struct agg *a, const struct ndjson_val *val, struct partial *p)
{
	for (unsigned m = 0; m < SUMS; m++) {
		bool is_there;

		if ((a->available & BIT(m)) == 0)
			continue;
		if (!read_i64(&val[PARTIAL_SUM + m], &p->sum[m], &is_there))
			return refuse(a, partial_key_name(PARTIAL_SUM + m),
				      "not a whole number");
		p->has |= is_there ? BIT(m) : 0;
	}
	return 0;
}

static int
read_listeners(struct agg *a, const struct ndjson_val *val, struct partial *p)
{
	const struct ndjson_val *v = &val[PARTIAL_LISTENERS];
	struct fail why = {0};

	if ((a->available & BIT(AGG_LISTENERS)) == 0 || v->kind <= NDJSON_NULL)
		return 0;
	p->has |= BIT(AGG_LISTENERS);
	if (v->kind != NDJSON_STRING)
		return refuse(a, "listeners", "not a string");
	if (hll_parse(&p->listeners, ndjson_string(v, &a->line), &why) == 0)
		return 0;
	if (why.code == FAIL_MEMORY)
		return FAIL_MEMORY;
	return refuse(a, "listeners", why.text);
}

static int
check_list(struct agg *a, const struct ndjson_val *val, unsigned list,
	   struct partial *p)
{
	const struct ndjson_val *v = &val[PARTIAL_TOP + 2 * list];
	const char *key = partial_key_name(PARTIAL_TOP + 2 * list);
	bool is_there;
	int rc = 0;

	p->item_begin[list] = p->item_end[list] = a->item_n;
	if (!read_i64(&val[PARTIAL_TOP_CUT + 2 * list], &p->cut[list],
		      &is_there) ||
	    (is_there && (p->cut[list] < 0 || p->cut[list] > LIST_COUNT_MAX)))
		return refuse(a, partial_key_name(PARTIAL_TOP_CUT + 2 * list),
			      "not a count");
	if ((a->available & BIT(AGG_TOP_TRACKS + list)) == 0 ||
	    v->kind <= NDJSON_NULL)
		return 0;
	p->has |= BIT(AGG_TOP_TRACKS + list);
	rc = list_read(a, v);
	p->item_end[list] = a->item_n;
	if (rc <= 0)
		return rc;
	return refuse(a, key,
		      rc == LIST_NONE ? "not a list"
				      : "an item has no name or count");
}

/* The list is known to be sound. */
static int
add_list(struct agg *a, unsigned list, uint32_t group, const struct partial *p,
	 struct fail *f)
{
	if ((p->has & BIT(AGG_TOP_TRACKS + list)) == 0)
		return 0;
	a->groups.sets[group].top[list].cut += (uint64_t)p->cut[list];
	for (size_t i = p->item_begin[list]; i < p->item_end[list]; i++) {
		a->item[i].group = group;
		a->item[i].list = list;
	}
	return tops_add(a, a->item + p->item_begin[list],
			p->item_end[list] - p->item_begin[list], f);
}

static int
add_sums(struct group *g, const int64_t *sum, unsigned has, struct fail *f)
{
	g->has |= has;
	for (unsigned m = 0; m < SUMS; m++)
		if ((has & BIT(m)) != 0 &&
		    !i64_add(g->sum[m], sum[m], &g->sum[m]))
			return fail_set(f, FAIL_DATA,
					"the sum of %s is too "
					"great",
					agg_measure_name((enum agg_measure)m));
	return 0;
}

static int
add_checked(struct agg *a, const struct ndjson_val *val,
	    const struct partial *p, struct fail *f)
{
	uint32_t group, tuple = tuple_of(a, val, f);
	int rc;

	if (tuple == UINT32_MAX)
		return FAIL_MEMORY;
	group = groups_find(&a->groups, p->start_us, tuple, f);
	if (group == NO_GROUP)
		return FAIL_MEMORY;
	rc = add_sums(&a->groups.item[group], p->sum, p->has, f);
	if (rc == 0 && (p->has & BIT(AGG_LISTENERS)) != 0 &&
	    hll_merge(&a->groups.sets[group].listeners, &p->listeners) != 0)
		rc = fail_memory(f);
	if (rc == 0)
		rc = add_list(a, 0, group, p, f);
	if (rc == 0)
		rc = add_list(a, 1, group, p, f);
	return rc != 0 ? rc : AGG_COUNTED;
}

int
add_partial(struct agg *a, const struct ndjson_val *val, struct fail *f)
{
	struct partial p = {.has = 0};
	int rc = read_window(a, val, &p, f);

	a->item_n = 0;
	if (rc == 0)
		rc = read_sums(a, val, &p);
	if (rc == 0)
		rc = read_listeners(a, val, &p);
	for (unsigned list = 0; rc == 0 && list < 2; list++)
		rc = check_list(a, val, list, &p);
	if (rc == 0)
		rc = add_checked(a, val, &p, f);
	hll_release(&p.listeners);
	return rc == FAIL_MEMORY ? fail_memory(f) : rc;
}

/* ---- other aggregators ---- */

/* The indexes in `into` of all names of `from`; NULL: out of memory. */
static uint32_t *
translate(struct map *into, const struct map *from)
{
	uint32_t *id = malloc((from->len + 1) * sizeof(*id));

	for (size_t i = 0; id != NULL && i < from->len; i++) {
		int64_t to = map_add(into, from->key[i], NULL);

		if (to < 0) {
			free(id);
			return NULL;
		}
		id[i] = (uint32_t)to;
	}
	return id;
}

static int
absorb_sets(struct group_sets *to, const struct group_sets *from,
	    uint32_t *const id[2])
{
	if (hll_merge(&to->listeners, &from->listeners) != 0)
		return FAIL_MEMORY;
	for (size_t list = 0; list < 2; list++) {
		const struct topk *t = &from->top[list];

		to->top[list].cut += t->cut;
		for (size_t i = 0; t->n > 0 && i < (size_t)1 << t->slot_bits;
		     i++)
			if (t->slot[i].count != 0 &&
			    topk_add(&to->top[list], id[list][t->slot[i].id],
				     t->slot[i].count) != 0)
				return FAIL_MEMORY;
	}
	return 0;
}

/* The tuple in `into` of a tuple of `from`; UINT32_MAX: see f. */
static uint32_t
translate_tuple(struct agg *into, const struct agg *from, uint32_t tuple,
		struct fail *f)
{
	for (size_t i = 0; i < from->o.by_n; i++) {
		uint32_t value = tuple_value(from, tuple, i);

		into->tuple_key[i] = by_index(&into->by[i],
					      from->by[i].value.key[value], f);
		if (into->tuple_key[i] == UINT32_MAX)
			return UINT32_MAX;
	}
	return tuple_index(into, f);
}

int
agg_absorb(struct agg *into, struct agg *from, struct fail *f)
{
	uint32_t *id[2] = {NULL, NULL};
	int rc = tops_settle(from, f);

	for (size_t list = 0; rc == 0 && list < 2; list++) {
		id[list] = translate(&into->name[list], &from->name[list]);
		rc = id[list] == NULL ? fail_memory(f) : 0;
	}
	for (size_t i = 0; rc == 0 && i < from->groups.n; i++) {
		const struct group *g = &from->groups.item[i];
		uint32_t tuple = translate_tuple(into, from, g->tuple, f);
		uint32_t to = NO_GROUP;

		if (tuple != UINT32_MAX)
			to = groups_find(&into->groups, g->start_us, tuple, f);
		if (to == NO_GROUP)
			rc = FAIL_MEMORY;
		if (rc == 0)
			rc = add_sums(&into->groups.item[to], g->sum, g->has,
				      f);
		if (rc == 0 && into->groups.want_sets &&
		    absorb_sets(&into->groups.sets[to], &from->groups.sets[i],
				id) != 0)
			rc = fail_memory(f);
	}
	into->misfit_values += from->misfit_values;
	into->has_time |= from->has_time;
	into->has_play |= from->has_play;
	free(id[0]);
	free(id[1]);
	return rc;
}
