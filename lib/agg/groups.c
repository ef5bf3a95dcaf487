/* SPDX-License-Identifier: MIT */
/*
 * The rows under construction: a table from (window, tuple of group values)
 * to sums and sets. Events mostly come in order of time, so the groups of
 * the window last asked for are remembered by tuple, and the table is only
 * asked when the window or a rare tuple comes up.
 */
#include <stdlib.h>

#include "agg/agg_private.h"

#define SLOT_BITS_MIN 6

int64_t
window_start(const struct agg_options *o, int64_t t_us)
{
	return utc_floor(t_us + o->zone_us, o->window_us) - o->zone_us;
}

static struct group_slot *
slot_of(const struct groups *g, int64_t start_us, uint32_t tuple)
{
	size_t mask = ((size_t)1 << g->bits) - 1;
	uint64_t h = hash_mix((uint64_t)start_us ^ hash_seed()) + tuple;
	size_t i = (size_t)hash_mix(h) & mask;

	while (g->slot[i].group != NO_GROUP &&
	       (g->slot[i].start_us != start_us || g->slot[i].tuple != tuple))
		i = (i + 1) & mask;
	return &g->slot[i];
}

static bool
rehash(struct groups *g, unsigned bits)
{
	struct group_slot *slot = malloc(sizeof(*slot) << bits);

	if (slot == NULL)
		return false;
	memset(slot, 0xff, sizeof(*slot) << bits); /* NO_GROUP everywhere */
	free(g->slot);
	g->slot = slot;
	g->bits = bits;
	for (size_t i = 0; i < g->n; i++) {
		const struct group *item = &g->item[i];

		*slot_of(g, item->start_us, item->tuple) = (struct group_slot){
			item->start_us, item->tuple, (uint32_t)i};
	}
	return true;
}

static uint32_t
add_group(struct groups *g, int64_t start_us, uint32_t tuple, struct fail *f)
{
	if (g->n >= LIMIT_GROUPS) {
		fail_set(f, FAIL_MEMORY,
			 "more than %zu rows: use a larger --window or fewer "
			 "columns in --by",
			 LIMIT_GROUPS);
		return NO_GROUP;
	}
	if (((g->n + 1) * 2 > (size_t)1 << g->bits &&
	     !rehash(g, g->bits + 1)) ||
	    !MEM_GROW(&g->item, g->n, &g->cap) ||
	    (g->want_sets && !MEM_GROW(&g->sets, g->n, &g->sets_cap))) {
		fail_memory(f);
		return NO_GROUP;
	}
	g->item[g->n] = (struct group){.start_us = start_us, .tuple = tuple};
	if (g->want_sets)
		g->sets[g->n] = (struct group_sets){.listeners = {0}};
	*slot_of(g, start_us, tuple) = (struct group_slot){start_us, tuple,
							   (uint32_t)g->n};
	return (uint32_t)g->n++;
}

uint32_t
groups_look_up(struct groups *g, int64_t start_us, uint32_t tuple,
	       struct fail *f)
{
	uint32_t group;

	if (start_us != g->recent_start_us || !g->has_recent) {
		if (g->slot == NULL && !rehash(g, SLOT_BITS_MIN)) {
			fail_memory(f);
			return NO_GROUP;
		}
		for (size_t i = 0; i < RECENT_TUPLES; i++)
			g->recent[i] = NO_GROUP;
		g->recent_start_us = start_us;
		g->has_recent = true;
	}
	group = slot_of(g, start_us, tuple)->group;
	if (group == NO_GROUP)
		group = add_group(g, start_us, tuple, f);
	if (tuple < RECENT_TUPLES)
		g->recent[tuple] = group;
	return group;
}

static void
release_sets(struct groups *g)
{
	for (size_t i = 0; g->want_sets && i < g->n; i++) {
		hll_release(&g->sets[i].listeners);
		topk_release(&g->sets[i].top[0]);
		topk_release(&g->sets[i].top[1]);
	}
}

void
groups_reset(struct groups *g)
{
	release_sets(g);
	g->n = 0;
	g->has_recent = false;
	if (g->slot != NULL)
		memset(g->slot, 0xff, sizeof(*g->slot) << g->bits);
}

void
groups_release(struct groups *g)
{
	release_sets(g);
	free(g->item);
	free(g->sets);
	free(g->slot);
	*g = (struct groups){0};
}

/* ---- names ---- */

uint32_t
index_of(const struct map *m, int64_t i, const char *what, struct fail *f)
{
	if (i >= 0)
		return (uint32_t)i;
	if (m->len >= m->max)
		fail_set(f, FAIL_MEMORY, "more than %zu different %s", m->max,
			 what);
	else
		fail_memory(f);
	return UINT32_MAX;
}

uint32_t
by_index(struct by_column *b, struct str text, struct fail *f)
{
	b->is_seen |= text.n > 0;
	return index_of(&b->value, map_add(&b->value, text, NULL),
			"values to group by", f);
}

uint32_t
tuple_index(struct agg *a, struct fail *f)
{
	struct str key = {(const char *)a->tuple_key,
			  a->o.by_n * sizeof(*a->tuple_key)};

	if (a->o.by_n <= 1) /* the value's index, or none: the only tuple */
		return a->tuple_key[0];
	return index_of(&a->tuple, map_add(&a->tuple, key, NULL), "groups", f);
}
