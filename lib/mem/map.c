/* SPDX-License-Identifier: MIT */
/*
 * A dictionary: open addressing over slots of (hash, index), so a probe touches
 * a key only when the hashes agree. The load stays at or under 1/2, so a probe
 * chain is short on average; the seed keeps anybody from making a long one.
 */
#include <stdlib.h>

#include "mem/mem.h"

#define MAP_BITS_MIN 5
#define MAP_EMPTY    UINT32_MAX

struct map_slot {
	uint32_t hash;
	uint32_t index; /* MAP_EMPTY, or into key[] */
};

void
map_init(struct map *m, size_t max_keys)
{
	*m = (struct map){.max = max_keys < MAP_EMPTY ? max_keys
						      : MAP_EMPTY - 1};
}

void
map_release(struct map *m)
{
	free(m->slot);
	free(m->key);
	arena_release(&m->bytes);
	map_init(m, m->max);
}

void
map_reset(struct map *m)
{
	if (m->slot != NULL)
		memset(m->slot, 0xff, sizeof(*m->slot) << m->bits);
	m->len = 0;
	arena_reset(&m->bytes);
}

uint32_t
map_hash(struct str key)
{
	return (uint32_t)(hash_bytes(key.p, key.n, hash_seed()) >> 32);
}

/* The slot where a search for the hash begins. */
static size_t
first_slot(const struct map *m, uint32_t hash)
{
	return hash & (((size_t)1 << m->bits) - 1);
}

/* The slot that holds the key, or the empty one where it belongs. */
static size_t
probe(const struct map *m, struct str key, uint32_t hash)
{
	size_t mask = ((size_t)1 << m->bits) - 1;
	size_t i = first_slot(m, hash);

	for (;; i = (i + 1) & mask) {
		const struct map_slot *s = &m->slot[i];

		if (s->index == MAP_EMPTY ||
		    (s->hash == hash && str_equal(m->key[s->index], key)))
			return i;
	}
}

void
map_expect(const struct map *m, uint32_t hash)
{
	if (m->slot != NULL)
		PORT_PREFETCH(&m->slot[first_slot(m, hash)]);
}

void
map_expect_key(const struct map *m, uint32_t hash)
{
	const struct map_slot *s;

	if (m->slot == NULL)
		return;
	s = &m->slot[first_slot(m, hash)];
	if (s->index != MAP_EMPTY)
		PORT_PREFETCH(m->key[s->index].p);
}

int64_t
map_find(const struct map *m, struct str key)
{
	const struct map_slot *s;

	if (m->slot == NULL)
		return -1;
	s = &m->slot[probe(m, key, map_hash(key))];
	return s->index == MAP_EMPTY ? -1 : (int64_t)s->index;
}

/* Keys need not be looked at: they differ, and slots have their hashes. */
static bool
rehash(struct map *m, unsigned bits)
{
	struct map_slot *slot = malloc(sizeof(*slot) << bits);
	size_t mask = ((size_t)1 << bits) - 1;

	if (slot == NULL)
		return false;
	memset(slot, 0xff, sizeof(*slot) << bits);
	for (size_t i = 0; m->slot != NULL && i < (size_t)1 << m->bits; i++) {
		size_t k = m->slot[i].hash & mask;

		if (m->slot[i].index == MAP_EMPTY)
			continue;
		while (slot[k].index != MAP_EMPTY)
			k = (k + 1) & mask;
		slot[k] = m->slot[i];
	}
	free(m->slot);
	m->slot = slot;
	m->bits = bits;
	return true;
}

int64_t
map_add(struct map *m, struct str key, bool *is_new)
{
	return map_add_hashed(m, key, map_hash(key), is_new);
}

int64_t
map_add_hashed(struct map *m, struct str key, uint32_t hash, bool *is_new)
{
	size_t i;
	char *copy;

	if (is_new != NULL)
		*is_new = false;
	if (m->slot == NULL && !rehash(m, MAP_BITS_MIN))
		return -1;
	i = probe(m, key, hash);
	if (m->slot[i].index != MAP_EMPTY)
		return (int64_t)m->slot[i].index;
	if (m->len >= m->max)
		return -1;
	if ((m->len + 1) * 2 > (size_t)1 << m->bits) {
		if (!rehash(m, m->bits + 1))
			return -1;
		i = probe(m, key, hash);
	}
	if (!MEM_GROW(&m->key, m->len, &m->key_cap))
		return -1;
	copy = arena_copy(&m->bytes, key);
	if (copy == NULL)
		return -1;
	m->key[m->len] = (struct str){copy, key.n};
	m->slot[i] = (struct map_slot){hash, (uint32_t)m->len};
	if (is_new != NULL)
		*is_new = true;
	return (int64_t)m->len++;
}
