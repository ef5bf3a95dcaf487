/* SPDX-License-Identifier: MIT */
/*
 * The open sessions. A user's sessions hang together in a list, the latest
 * first, so an event in order of time finds its own at the head. They are
 * more than the gap apart, so an event touches two at most, and then makes
 * them one.
 */
#include <stdlib.h>

#include "session/session_private.h"

/* ---- sets of hashes ---- */

static int
compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Most sets are small, where insertion beats qsort by far. */
static void
sort_hashes(uint64_t *hash, uint32_t n)
{
	if (n > 32) {
		qsort(hash, n, sizeof(*hash), compare_hashes);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		uint64_t h = hash[i];
		uint32_t k = i;

		for (; k > 0 && hash[k - 1] > h; k--)
			hash[k] = hash[k - 1];
		hash[k] = h;
	}
}

uint32_t
seen_count(struct seen *set)
{
	uint32_t n = 0;

	sort_hashes(set->hash, set->n);
	for (uint32_t i = 0; i < set->n; i++)
		if (i == 0 || set->hash[i] != set->hash[n - 1])
			set->hash[n++] = set->hash[i];
	set->n = n;
	return n;
}

/* Grows only when more than half is left after duplicates went, so that the
 * sorting costs O(log n) an addition. */
int
seen_add(struct seen *set, uint64_t hash)
{
	if (set->n == set->cap && seen_count(set) * 2 >= set->cap) {
		uint32_t cap = set->cap == 0 ? 8 : set->cap * 2;
		uint64_t *grown = cap > set->cap ? realloc(set->hash,
							   cap * sizeof(*grown))
						 : NULL;

		if (grown == NULL)
			return FAIL_MEMORY;
		set->hash = grown;
		set->cap = cap;
	}
	set->hash[set->n++] = hash;
	return 0;
}

static void
seen_release(struct seen *set)
{
	free(set->hash);
	*set = (struct seen){0};
}

static int
seen_join(struct seen *into, const struct seen *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		if (seen_add(into, from->hash[i]) != 0)
			return FAIL_MEMORY;
	return 0;
}

/* ---- first and last values ---- */

/* Of two events in one millisecond the smaller value is the first, the
 * greater the last, so that the choice does not depend on order. */
void
edge_offer(const struct sessions *s, struct edge *e, enum edge_kind kind,
	   int64_t t_us, uint32_t value)
{
	bool want_last = kind == EDGE_LEVEL_END;

	if (value == NONE)
		return;
	if (e->value != NONE && t_us != e->t_us &&
	    (t_us > e->t_us) != want_last)
		return;
	if (e->value != NONE && t_us == e->t_us &&
	    (str_compare(s->value.key[value], s->value.key[e->value]) > 0) !=
		    want_last)
		return;
	*e = (struct edge){t_us, value};
}

/* ---- slots ---- */

uint32_t
book_new(struct sessions *s, uint32_t user, uint32_t next, struct fail *f)
{
	uint32_t i = s->free;

	if (i != NONE) {
		s->free = s->item[i].next;
	} else if (s->n >= LIMIT_NAMES) {
		fail_set(f, FAIL_MEMORY, "more than %zu sessions at once",
			 LIMIT_NAMES);
		return NONE;
	} else if (!MEM_GROW(&s->item, s->n, &s->cap)) {
		fail_memory(f);
		return NONE;
	} else {
		i = (uint32_t)s->n++;
	}
	s->item[i] = (struct session){
		.user = user, .next = next, .is_open = true};
	for (size_t k = 0; k < EDGES; k++)
		s->item[i].edge[k].value = NONE;
	s->open_n++;
	return i;
}

static void
free_slot(struct sessions *s, uint32_t i)
{
	struct session *item = &s->item[i];

	seen_release(&item->tracks);
	seen_release(&item->artists);
	item->is_open = false;
	item->next = s->free;
	s->free = i;
}

static uint32_t
index_in(struct map *m, struct str text, bool *is_new, struct fail *f)
{
	int64_t i = map_add(m, text, is_new);

	if (i >= 0)
		return (uint32_t)i;
	if (m->len >= m->max)
		fail_set(f, FAIL_MEMORY, "more than %zu users at once", m->max);
	else
		fail_memory(f);
	return NONE;
}

uint32_t
book_user(struct sessions *s, struct str text, struct fail *f)
{
	bool is_new;
	uint32_t user;

	/* Room first: a user that is in the map has a place in the list. */
	if (!MEM_GROW(&s->latest, s->user.len, &s->latest_cap)) {
		fail_memory(f);
		return NONE;
	}
	user = index_in(&s->user, text, &is_new, f);
	if (user != NONE && is_new)
		s->latest[user] = NONE;
	return user;
}

uint32_t
book_value(struct sessions *s, struct str text, struct fail *f)
{
	return index_in(&s->value, text, NULL, f);
}

/* ---- the session of an event ---- */

/* Put all of session b into a, and free b. */
static int
join(struct sessions *s, struct session *a, uint32_t b)
{
	const struct session *from = &s->item[b];

	if (from->start_us < a->start_us)
		a->start_us = from->start_us;
	if (from->end_us > a->end_us)
		a->end_us = from->end_us;
	for (size_t i = 0; i < COUNTS; i++)
		a->count[i] += from->count[i];
	for (size_t k = 0; k < EDGES; k++)
		edge_offer(s, &a->edge[k], (enum edge_kind)k,
			   from->edge[k].t_us, from->edge[k].value);
	if (seen_join(&a->tracks, &from->tracks) != 0 ||
	    seen_join(&a->artists, &from->artists) != 0)
		return FAIL_MEMORY;
	a->next = from->next;
	free_slot(s, b);
	s->open_n--;
	return 0;
}

uint32_t
book_find(struct sessions *s, uint32_t user, int64_t t_us, struct fail *f)
{
	uint32_t later = NONE, i = s->latest[user];
	int64_t gap = s->o.gap_us;
	struct session *item;

	while (i != NONE && t_us < s->item[i].start_us - gap) {
		later = i;
		i = s->item[i].next;
	}
	if (i == NONE || t_us > s->item[i].end_us + gap) {
		i = book_new(s, user, i, f);
		if (i == NONE)
			return NONE;
		s->item[i].start_us = s->item[i].end_us = t_us;
		if (later == NONE)
			s->latest[user] = i;
		else
			s->item[later].next = i;
		return i;
	}
	item = &s->item[i];
	if (t_us > item->end_us)
		item->end_us = t_us;
	if (t_us >= item->start_us)
		return i;
	item->start_us = t_us;
	if (item->next != NONE && s->item[item->next].end_us + gap >= t_us &&
	    join(s, item, item->next) != 0) {
		fail_memory(f);
		return NONE;
	}
	return i;
}

/* ---- closing ---- */

/* By start, then user; a user has no two open sessions of one start. */
static int
compare_rows(const void *ctx, uint32_t x, uint32_t y)
{
	const struct sessions *s = ctx;
	const struct session *a = &s->item[x], *b = &s->item[y];

	if (a->start_us != b->start_us)
		return a->start_us < b->start_us ? -1 : 1;
	return str_compare(s->user.key[a->user], s->user.key[b->user]);
}

/* Take a user's sessions that end before the horizon off the list's tail:
 * the list runs from the latest back. */
static void
unlink_before(struct sessions *s, uint32_t user, int64_t horizon_us)
{
	uint32_t *link = &s->latest[user];

	while (*link != NONE && s->item[*link].end_us >= horizon_us)
		link = &s->item[*link].next;
	*link = NONE;
}

int64_t
sessions_horizon_us(const struct sessions *s, int64_t watermark_us)
{
	if (watermark_us == INT64_MAX || watermark_us == INT64_MIN)
		return watermark_us;
	return watermark_us - s->o.lateness_us - s->o.gap_us;
}

int
sessions_close_until(struct sessions *s, int64_t watermark_us, size_t *rows,
		     struct fail *f)
{
	int64_t horizon;

	if (watermark_us != INT64_MAX && watermark_us > s->watermark_us)
		s->watermark_us = watermark_us;
	horizon = sessions_horizon_us(
		s, watermark_us == INT64_MAX ? watermark_us : s->watermark_us);
	for (size_t i = 0; i < s->n; i++) {
		struct session *item = &s->item[i];

		if (!item->is_open || item->end_us >= horizon)
			continue;
		if (!MEM_GROW(&s->closed, s->closed_n, &s->closed_cap))
			return fail_memory(f);
		s->closed[s->closed_n++] = (uint32_t)i;
		item->is_open = false;
		seen_count(&item->tracks);
		seen_count(&item->artists);
		s->open_n--;
		s->open_events -= (uint64_t)item->count[COUNT_EVENTS];
	}
	for (size_t i = 0; i < s->closed_n; i++)
		unlink_before(s, s->item[s->closed[i]].user, horizon);
	if (mem_sort(s->closed, s->closed_n, compare_rows, s) != 0)
		return fail_memory(f);
	*rows = s->closed_n;
	return 0;
}

/* ---- asking ---- */

static struct sessions_span
span_of(const struct session *item)
{
	return (struct sessions_span){
		.start_ms = utc_floor(item->start_us, UTC_MS) / UTC_MS,
		.end_ms = utc_floor(item->end_us, UTC_MS) / UTC_MS,
	};
}

bool
sessions_find(const struct sessions *s, struct str user, int64_t t_ms,
	      struct sessions_span *out)
{
	int64_t u = map_find(&s->user, user);

	for (uint32_t i = u < 0 ? NONE : s->latest[u]; i != NONE;
	     i = s->item[i].next) {
		*out = span_of(&s->item[i]);
		if (t_ms >= out->start_ms && t_ms <= out->end_ms)
			return true;
	}
	return false;
}

struct sessions_span
sessions_row_span(const struct sessions *s, size_t i)
{
	return span_of(&s->item[s->closed[i]]);
}

size_t
sessions_open_from(const struct sessions *s, int64_t from_ms, int64_t to_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		int64_t start_ms = span_of(&s->item[i]).start_ms;

		n += s->item[i].is_open && start_ms >= from_ms &&
		     start_ms < to_ms;
	}
	return n;
}

int64_t
sessions_oldest_us(const struct sessions *s)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->item[i].is_open && s->item[i].start_us < oldest)
			oldest = s->item[i].start_us;
	return oldest;
}

size_t
sessions_open_n(const struct sessions *s)
{
	return s->open_n;
}

uint64_t
sessions_open_events(const struct sessions *s)
{
	return s->open_events;
}

uint64_t
sessions_row_events(const struct sessions *s, size_t i)
{
	return (uint64_t)s->item[s->closed[i]].count[COUNT_EVENTS];
}

/* ---- letting go ---- */

/* New maps with the texts of open sessions alone. */
static int
compact(struct sessions *s)
{
	struct map user, value;
	uint32_t *latest;

	latest = malloc((s->open_n + 1) * sizeof(*latest));
	if (latest == NULL)
		return FAIL_MEMORY;
	map_init(&user, LIMIT_NAMES);
	map_init(&value, LIMIT_NAMES);
	for (size_t i = 0; i < s->n; i++) {
		struct session *item = &s->item[i];
		int64_t u;

		if (!item->is_open)
			continue;
		u = map_add(&user, s->user.key[item->user], NULL);
		if (u < 0)
			goto out;
		latest[u] = s->latest[item->user];
		for (size_t k = 0; k < EDGES; k++) {
			int64_t v;

			if (item->edge[k].value == NONE)
				continue;
			v = map_add(&value, s->value.key[item->edge[k].value],
				    NULL);
			if (v < 0)
				goto out;
		}
	}
	for (size_t i = 0; i < s->n; i++) {
		struct session *item = &s->item[i];

		if (!item->is_open)
			continue;
		item->user = (uint32_t)map_find(&user, s->user.key[item->user]);
		for (size_t k = 0; k < EDGES; k++)
			if (item->edge[k].value != NONE)
				item->edge[k].value = (uint32_t)map_find(
					&value,
					s->value.key[item->edge[k].value]);
	}
	map_release(&s->user);
	map_release(&s->value);
	free(s->latest);
	s->user = user;
	s->value = value;
	s->latest = latest;
	s->latest_cap = s->open_n + 1;
	return 0;
out:
	map_release(&user);
	map_release(&value);
	free(latest);
	return FAIL_MEMORY;
}

/* Texts worth keeping although nobody needs them now: users come back. */
#define SPARE_USERS 1024

int
sessions_forget(struct sessions *s, struct fail *f)
{
	for (size_t i = 0; i < s->closed_n; i++)
		free_slot(s, s->closed[i]);
	s->closed_n = 0;
	if (s->user.len > 2 * s->open_n + SPARE_USERS && compact(s) != 0)
		return fail_memory(f);
	return 0;
}
