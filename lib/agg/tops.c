/* SPDX-License-Identifier: MIT */
/*
 * Counts of names, for top lists. There are many names, and most of the time
 * is waited for one that is in no near cache; so they are called for before
 * they are needed, and those of events wait until there are some.
 */
#include "agg/agg_private.h"

static int
add_item(struct agg *a, const struct agg_item *item, struct fail *f)
{
	struct map *m = &a->name[item->list];
	uint32_t id = index_of(m,
			       map_add_hashed(m, item->name, item->hash, NULL),
			       item->list == 0 ? "tracks" : "artists", f);

	if (id == UINT32_MAX)
		return FAIL_MEMORY;
	if (topk_add(&a->groups.sets[item->group].top[item->list], id,
		     (uint64_t)item->count) != 0)
		return fail_memory(f);
	return 0;
}

static void
expect(const struct agg *a, struct agg_item *item)
{
	item->hash = map_hash(item->name);
	map_expect(&a->name[item->list], item->hash);
}

static int
add_expected(struct agg *a, const struct agg_item *item, size_t n,
	     struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		map_expect_key(&a->name[item[i].list], item[i].hash);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_item(a, &item[i], f);
	return rc;
}

int
tops_add(struct agg *a, struct agg_item *item, size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		expect(a, &item[i]);
	return add_expected(a, item, n, f);
}

int
tops_note(struct agg *a, uint32_t group, unsigned list, struct str name,
	  struct fail *f)
{
	struct agg_item *item = &a->noted[a->noted_n];

	*item = (struct agg_item){
		.name = {arena_copy(&a->noted_names, name), name.n},
		.count = 1,
		.group = group,
		.list = list,
	};
	if (item->name.p == NULL)
		return fail_memory(f);
	expect(a, item);
	return ++a->noted_n < NOTED_MAX ? 0 : tops_settle(a, f);
}

int
tops_settle(struct agg *a, struct fail *f)
{
	int rc = add_expected(a, a->noted, a->noted_n, f);

	a->noted_n = 0;
	arena_reset(&a->noted_names);
	return rc;
}
