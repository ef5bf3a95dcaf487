/* SPDX-License-Identifier: MIT */
/*
 * Texts of a column as a dictionary that gives up. A slot holds 32 bits of
 * hash beside the entry, so a probe touches bytes only when those agree. A
 * column like an event id has no repeats: once there are DISTINCT_TRIAL
 * entries and more than half as many as rows, or the dictionary has outgrown
 * the caches, values are only appended, which costs a copy.
 */
#include "table/texts.h"

#include <stdlib.h>

#define SLOT_BITS_MIN  10
#define DISTINCT_TRIAL 4096
#define DISTINCT_MAX   ((size_t)1 << 18)
#define SLOT_EMPTY     UINT32_MAX

struct table_slot {
	uint32_t hash;
	uint32_t entry; /* SLOT_EMPTY, or the entry */
};

int
table_texts_init(struct table_texts *x, size_t max_bytes, struct fail *f)
{
	*x = (struct table_texts){.slot_bits = SLOT_BITS_MIN};
	buf_init(&x->bytes, max_bytes);
	x->slot = malloc(sizeof(*x->slot) << x->slot_bits);
	/* bytes reserved: empty texts point somewhere, too */
	if (x->slot == NULL || !MEM_GROW(&x->start, 0, &x->start_cap) ||
	    buf_reserve(&x->bytes, 1) != 0) {
		table_texts_release(x);
		return fail_memory(f);
	}
	table_texts_reset(x);
	return 0;
}

void
table_texts_release(struct table_texts *x)
{
	buf_release(&x->bytes);
	free(x->start);
	free(x->slot);
	*x = (struct table_texts){0};
}

void
table_texts_reset(struct table_texts *x)
{
	memset(x->slot, 0xff, sizeof(*x->slot) << x->slot_bits);
	buf_reset(&x->bytes);
	x->start[0] = 0;
	x->entry_n = 0;
	x->is_distinct = true;
}

size_t
table_texts_bytes(const struct table_texts *x)
{
	return x->bytes.len + x->entry_n * sizeof(*x->start) +
	       (sizeof(*x->slot) << x->slot_bits);
}

int
table_texts_add(struct table_texts *x, struct str s, uint32_t *code)
{
	if (x->entry_n >= SLOT_EMPTY - 1 ||
	    !MEM_GROW(&x->start, x->entry_n + 1, &x->start_cap) ||
	    buf_add_str(&x->bytes, s) != 0)
		return FAIL_MEMORY;
	*code = (uint32_t)x->entry_n++;
	x->start[x->entry_n] = (uint32_t)x->bytes.len; /* max: 4 GiB */
	return 0;
}

static size_t
slot_home(const struct table_texts *x, uint32_t hash)
{
	return hash >> (32 - x->slot_bits);
}

static bool
entry_is(const struct table_texts *x, uint32_t entry, struct str s)
{
	uint32_t start = x->start[entry];

	return x->start[entry + 1] - start == s.n &&
	       (s.n == 0 || memcmp(x->bytes.p + start, s.p, s.n) == 0);
}

/* Twice the slots. The stored hash bits suffice: slot_bits stays under 32. */
static bool
grow_slots(struct table_texts *x)
{
	size_t old_n = (size_t)1 << x->slot_bits;
	size_t mask = old_n * 2 - 1;
	struct table_slot *old = x->slot;
	struct table_slot *slot = malloc(sizeof(*slot) * old_n * 2);

	if (slot == NULL)
		return false;
	memset(slot, 0xff, sizeof(*slot) * old_n * 2);
	x->slot = slot;
	x->slot_bits++;
	for (size_t k = 0; k < old_n; k++) {
		size_t i;

		if (old[k].entry == SLOT_EMPTY)
			continue;
		i = slot_home(x, old[k].hash);
		while (slot[i].entry != SLOT_EMPTY)
			i = (i + 1) & mask;
		slot[i] = old[k];
	}
	free(old);
	return true;
}

static bool
lookup_pays(const struct table_texts *x, size_t rows)
{
	return x->entry_n < DISTINCT_TRIAL ||
	       (x->entry_n < DISTINCT_MAX && x->entry_n * 2 <= rows);
}

uint32_t
table_texts_hash(struct str s)
{
	return (uint32_t)hash_bytes(s.p, s.n, hash_seed());
}

/* The first slot of the hash, or an empty one. */
static const struct table_slot *
find_slot(const struct table_texts *x, uint32_t hash)
{
	size_t mask = ((size_t)1 << x->slot_bits) - 1;
	size_t i = slot_home(x, hash);

	while (x->slot[i].entry != SLOT_EMPTY && x->slot[i].hash != hash)
		i = (i + 1) & mask;
	return &x->slot[i];
}

void
table_texts_fetch_slot(const struct table_texts *x, uint32_t hash)
{
	if (x->is_distinct)
		PORT_PREFETCH(&x->slot[slot_home(x, hash)]);
}

void
table_texts_fetch_entry(const struct table_texts *x, uint32_t hash)
{
	uint32_t entry;

	if (!x->is_distinct)
		return;
	entry = find_slot(x, hash)->entry;
	if (entry != SLOT_EMPTY)
		PORT_PREFETCH(&x->start[entry]);
}

void
table_texts_fetch_text(const struct table_texts *x, uint32_t hash)
{
	uint32_t entry;

	if (!x->is_distinct)
		return;
	entry = find_slot(x, hash)->entry;
	if (entry != SLOT_EMPTY)
		PORT_PREFETCH(x->bytes.p + x->start[entry]);
}

int
table_texts_put(struct table_texts *x, struct str s, uint32_t hash, size_t rows,
		uint32_t *code)
{
	size_t mask, i;

	if (!x->is_distinct)
		return table_texts_add(x, s, code);
	mask = ((size_t)1 << x->slot_bits) - 1;
	for (i = slot_home(x, hash); x->slot[i].entry != SLOT_EMPTY;
	     i = (i + 1) & mask) {
		if (x->slot[i].hash == hash &&
		    entry_is(x, x->slot[i].entry, s)) {
			*code = x->slot[i].entry;
			return 0;
		}
	}
	if (table_texts_add(x, s, code) != 0)
		return FAIL_MEMORY;
	x->slot[i] = (struct table_slot){hash, *code};
	x->is_distinct = lookup_pays(x, rows);
	/* load at most 1/2 */
	if (x->is_distinct && x->entry_n * 2 > mask && !grow_slots(x))
		x->is_distinct = false;
	return 0;
}
