/* SPDX-License-Identifier: MIT */
/*
 * Texts of a column as a dictionary that gives up. A slot holds a text of up
 * to 12 bytes whole, of a longer one its hash, so that most probes end in one
 * cache line; texts of many rows are looked up one after the other, with the
 * slots they lead to fetched ahead. A column like an event id has no repeats:
 * once TRIAL texts have shown that, or the dictionary has outgrown the caches,
 * values are only appended, which costs a copy.
 */
#include "table/texts.h"

#include <stdlib.h>

#define SLOT_BITS_MIN  10
#define SLOT_BITS_NEAR 9 /* slots that are likely in the first-level cache */
#define TRIAL	       8192
#define DISTINCT_MAX   ((size_t)1 << 18)
#define INLINE_MAX     12 /* bytes of a text in its slot */
#define AHEAD	       64 /* texts whose slots are fetched together */
#define ENTRY_BITS     24
#define ENTRY_MASK     (((uint32_t)1 << ENTRY_BITS) - 1)
#define SLOT_EMPTY     UINT32_MAX /* an entry of a number that none has */

/*
 * A text in a form that is compared at once: up to INLINE_MAX bytes, then
 * zeros, and in the tag's upper byte their number; or of a longer text its
 * hash, its length, and LONG.
 */
struct key {
	uint64_t low;
	uint32_t high;
	uint32_t tag;
};

#define LONG ((uint32_t)(INLINE_MAX + 1) << ENTRY_BITS)

/* The entry's number stands in the tag's lower bits. Four to a cache line. */
struct table_slot {
	struct key key;
};

static void
clear_slots(struct table_slot *slot, size_t n)
{
	for (size_t i = 0; i < n; i++)
		slot[i].key.tag = SLOT_EMPTY;
}

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
	clear_slots(x->slot, (size_t)1 << x->slot_bits);
	buf_reset(&x->bytes);
	x->start[0] = 0;
	x->entry_n = 0;
	x->put_n = 0;
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
	if (x->entry_n >= UINT32_MAX - 1 ||
	    !MEM_GROW(&x->start, x->entry_n + 1, &x->start_cap) ||
	    buf_reserve(&x->bytes, s.n) != 0)
		return FAIL_MEMORY;
	table_copy(x->bytes.p + x->bytes.len, s.p, s.n);
	x->bytes.len += s.n;
	*code = (uint32_t)x->entry_n++;
	x->start[x->entry_n] = (uint32_t)x->bytes.len; /* max: 4 GiB */
	return 0;
}

/* ---- keys and slots ---- */

/* The upper bits of the result depend on all of both. */
static uint64_t
mix(uint64_t low, uint64_t high)
{
	low *= 0x9e3779b97f4a7c15u;
	low ^= low >> 29;
	return (low ^ high) * 0xff51afd7ed558ccdu;
}

static uint64_t
hash_long(const char *p, size_t n, uint64_t seed)
{
	return n <= 16 ? mix(load_u64(p) ^ seed, load_u64(p + n - 8))
		       : hash_bytes(p, n, seed);
}

/* Of over 8 bytes. */
static bool
is_same(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i + 8 < n; i += 8)
		if (load_u64(a + i) != load_u64(b + i))
			return false;
	return load_u64(a + n - 8) == load_u64(b + n - 8);
}

/* TABLE_PAD bytes can be read of a text, however short it is. */
static struct key
key_of(const char *p, size_t n, uint64_t seed)
{
	struct key k = {0, 0, (uint32_t)n << ENTRY_BITS};

	if (n == 0)
		return k;
	if (n > INLINE_MAX)
		return (struct key){hash_long(p, n, seed),
				    (uint32_t)n /* max: 4 GiB */, LONG};
	k.low = load_u64(p);
	if (n <= 8)
		k.low &= UINT64_MAX >> (64 - n * 8);
	else
		k.high = load_u32(p + 8) & UINT32_MAX >> (96 - n * 8);
	return k;
}

/* The upper bits tell the slot. Those who do not know the seed cannot make
 * many texts that share one. */
static uint64_t
hash_of(const struct key *k, uint64_t seed)
{
	return mix(k->low ^ seed, k->high);
}

static bool
slot_is(const struct table_texts *x, const struct table_slot *slot,
	const struct key *k, const char *p)
{
	uint32_t entry = slot->key.tag & ENTRY_MASK;

	if (slot->key.low != k->low || slot->key.high != k->high ||
	    (slot->key.tag ^ k->tag) > ENTRY_MASK)
		return false;
	return k->tag != LONG ||
	       is_same(x->bytes.p + x->start[entry], p, k->high);
}

/* The slot of the text at p, or the empty one where it belongs. */
static struct table_slot *
find_slot(const struct table_texts *x, const struct key *k, uint64_t hash,
	  const char *p)
{
	size_t mask = ((size_t)1 << x->slot_bits) - 1;
	size_t i = (size_t)(hash >> (64 - x->slot_bits));

	while (x->slot[i].key.tag != SLOT_EMPTY &&
	       !slot_is(x, &x->slot[i], k, p))
		i = (i + 1) & mask;
	return &x->slot[i];
}

/* Twice the slots. */
static bool
grow_slots(struct table_texts *x)
{
	uint64_t seed = hash_seed();
	size_t old_n = (size_t)1 << x->slot_bits;
	size_t mask = old_n * 2 - 1;
	struct table_slot *old = x->slot;
	struct table_slot *slot = calloc(old_n * 2, sizeof(*slot));

	if (slot == NULL)
		return false;
	clear_slots(slot, old_n * 2);
	x->slot = slot;
	x->slot_bits++;
	for (size_t k = 0; k < old_n; k++) {
		size_t i;

		if (old[k].key.tag == SLOT_EMPTY)
			continue;
		i = (size_t)(hash_of(&old[k].key, seed) >> (64 - x->slot_bits));
		while (slot[i].key.tag != SLOT_EMPTY)
			i = (i + 1) & mask;
		slot[i] = old[k];
	}
	free(old);
	return true;
}

/* Hardly a text has come twice: the next ones will not either. */
static bool
lookup_pays(const struct table_texts *x)
{
	return x->put_n < TRIAL ||
	       (x->entry_n < DISTINCT_MAX && x->entry_n <= x->put_n / 8 * 7);
}

/* A new entry has been made of the key: its slot, and what follows from it. */
static void
enter(struct table_texts *x, struct table_slot *slot, const struct key *k)
{
	slot->key = *k;
	slot->key.tag |= (uint32_t)x->entry_n - 1; /* < DISTINCT_MAX */
	x->is_distinct = lookup_pays(x);
	/* load at most 1/2 */
	if (x->is_distinct && x->entry_n * 2 > (size_t)1 << x->slot_bits &&
	    !grow_slots(x))
		x->is_distinct = false;
}

/* ---- looking up ---- */

/* Some texts' keys. */
struct stretch {
	size_t n;
	struct key key[AHEAD];
	uint64_t hash[AHEAD];
};

/* Keys of the texts from first on, and their slots on their way here. */
static void
look_ahead(const struct table_texts *x, const struct table_asked *asked,
	   size_t first, struct stretch *s)
{
	uint64_t seed = hash_seed();
	bool is_far = x->slot_bits > SLOT_BITS_NEAR;

	for (size_t i = 0; i < s->n; i++) {
		s->key[i] = key_of(asked->p[first + i], asked->len[first + i],
				   seed);
		s->hash[i] = hash_of(&s->key[i], seed);
		if (is_far)
			PORT_PREFETCH(
				&x->slot[s->hash[i] >> (64 - x->slot_bits)]);
	}
}

/* Look up the texts from first on, as long as that pays: *done of them. */
static int
look_up(struct table_texts *x, const struct table_asked *asked, size_t first,
	const struct stretch *s, size_t *done)
{
	size_t i = 0;

	for (; i < s->n && x->is_distinct; i++) {
		struct str text = {asked->p[first + i], asked->len[first + i]};
		uint32_t *code = asked->code[first + i];
		struct table_slot *slot = find_slot(x, &s->key[i], s->hash[i],
						    text.p);

		x->put_n++;
		if (slot->key.tag != SLOT_EMPTY) {
			*code = slot->key.tag & ENTRY_MASK;
			continue;
		}
		if (table_texts_add(x, text, code) != 0)
			return FAIL_MEMORY;
		enter(x, slot, &s->key[i]);
	}
	*done = i;
	return 0;
}

int
table_texts_put(struct table_texts *x, const struct table_asked *asked)
{
	struct stretch s;
	size_t i = 0, done = 0;
	int rc = 0;

	for (; rc == 0 && i < asked->n && x->is_distinct; i += done) {
		s.n = asked->n - i < AHEAD ? asked->n - i : AHEAD;
		look_ahead(x, asked, i, &s);
		rc = look_up(x, asked, i, &s, &done);
	}
	for (; rc == 0 && i < asked->n; i++)
		rc = table_texts_add(x,
				     (struct str){asked->p[i], asked->len[i]},
				     asked->code[i]);
	return rc;
}
