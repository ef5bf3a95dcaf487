/* SPDX-License-Identifier: MIT */
/*
 * Heads in an open-addressing table, filled until it is full and then begun
 * anew: there is no better guess at which ones will come again.
 */
#include "heads.h"

#include <stdlib.h>

#define HEADS_MAX 2048
#define SLOTS	  (2 * HEADS_MAX)

/* When the table is full, keys are many or change all the time, and learning
 * does not pay; it is begun anew only after so many lines. */
#define LINES_BETWEEN_RESETS 65536

int
heads_init(struct heads *h, size_t n_slots, bool want_all, struct fail *f)
{
	*h = (struct heads){.seed = hash_seed(),
			    .n_slots = n_slots,
			    .use = want_all ? HEAD_CHECK : HEAD_SKIP};
	h->head = aligned_alloc(sizeof(*h->head), HEADS_MAX * sizeof(*h->head));
	h->paths = calloc(PATHS + 1, sizeof(*h->paths));
	h->slot = calloc(SLOTS, sizeof(*h->slot));
	if (h->head == NULL || h->paths == NULL || h->slot == NULL)
		return fail_memory(f);
	/* Heads are looked for at brackets, commas and LFs: never at this. */
	h->head[0] = (struct head){
		.text = {1}, .mask = 1, .next = h->head, .n = 1};
	heads_reset(h);
	return 0;
}

void
heads_release(struct heads *h)
{
	free(h->head);
	free(h->paths);
	free(h->slot);
}

void
heads_reset(struct heads *h)
{
	memset(h->slot, 0, SLOTS * sizeof(*h->slot));
	h->n = 1;
	h->missed = 0;
	for (size_t i = 0; i < PATHS; i++) {
		h->known[i] = &h->paths[i];
		h->known[i]->head[0] = h->head;
		h->known[i]->n = 0;
	}
	h->spare = &h->paths[PATHS];
	h->path = h->known[0];
	h->is_clear = false;
}

void
heads_keep(struct heads *h)
{
	struct path *new = h->spare;

	h->spare = h->known[h->oldest];
	h->path = h->known[h->oldest] = new;
	h->oldest = (h->oldest + 1) % PATHS;
}

/* The known path that is the same as spare, or NULL. */
static struct path *
find_spare(const struct heads *h)
{
	size_t size = (h->spare->n + 1) * sizeof(h->spare->head[0]);

	for (size_t i = 0; i < PATHS; i++) {
		if (h->known[i]->n == h->spare->n &&
		    memcmp(h->known[i]->head, h->spare->head, size) == 0)
			return h->known[i];
	}
	return NULL;
}

/* Of p[0..n); seeded, since keys come from outside. */
static uint64_t
hash(const struct heads *h, const char *p, size_t n)
{
	uint64_t x = h->seed ^ n;
	size_t i = 0;

	for (; i + 8 < n; i += 8)
		x = (x ^ load_u64(p + i)) * 0x9e3779b97f4a7c15u;
	return hash_mix(x ^ load_u64(p + i) << 8 * (i + 8 - n));
}

/* The slot that holds the head, or the free one where it belongs. */
static size_t
probe(const struct heads *h, const char *p, size_t n)
{
	size_t i = (size_t)hash(h, p, n) % SLOTS;

	for (;; i = (i + 1) % SLOTS) {
		const struct head *head = &h->head[h->slot[i]];

		if (h->slot[i] == 0 || (head->n == n && head_is_at(head, p)))
			return i;
	}
}

struct head *
heads_find(const struct heads *h, const char *p, size_t n)
{
	uint16_t i = h->slot[probe(h, p, n)];

	return i == 0 ? NULL : &h->head[i];
}

/* The head at p[0..n), of this member or the line's end; added if new. */
static struct head *
add(struct heads *h, const char *p, size_t n, const struct object_member *m)
{
	size_t i = probe(h, p, n);
	struct head *head;

	if (h->slot[i] != 0)
		return &h->head[h->slot[i]];
	head = &h->head[h->n];
	*head = (struct head){.mask = ~(uint64_t)0 >> (HEADS_TEXT - n),
			      .next = h->head,
			      .n = (uint32_t)n,
			      .use = HEAD_END};
	if (m != NULL) {
		head->id = m->id;
		head->key = (uint16_t)(m->key.p - p);
		head->key_n = (uint16_t)m->key.n;
		head->use = m->id < h->n_slots ? HEAD_KEEP : h->use;
		if (head->use == HEAD_SKIP && n <= HEADS_STEP)
			head->probe = head->n;
	}
	memcpy(head->text, p, n);
	h->slot[i] = (uint16_t)h->n++;
	return head;
}

static bool
is_learnable(const struct object_member *m)
{
	return m->value - m->head <= HEADS_TEXT && m->id < HEADS_IDS &&
	       memchr(m->key.p, '\\', m->key.n) == NULL;
}

void
heads_learn(struct heads *h, const struct object *o, const char *line,
	    size_t lf)
{
	size_t end_n = lf + 1 - o->end;
	struct path *path = h->spare;
	struct head *last = h->head;

	if (h->n + o->n + 1 > HEADS_MAX) {
		if (++h->missed < LINES_BETWEEN_RESETS)
			return;
		heads_reset(h);
		path = h->spare;
	}
	if (o->n == 0 || o->n > HEADS_IDS || end_n > HEADS_TEXT)
		return;
	memset(path->has_id, 0, sizeof(path->has_id));
	for (size_t i = 0; i < o->n; i++) {
		const struct object_member *m = &o->member[i];

		if (!is_learnable(m))
			return;
		last->next = add(h, line + m->head, m->value - m->head, m);
		last = path->head[i] = last->next;
		path->has_id[m->id / 64] |= (uint64_t)1 << m->id % 64;
	}
	last->next = add(h, line + o->end, end_n, NULL);
	path->head[o->n] = last->next;
	path->n = o->n;
	path = find_spare(h);
	if (path != NULL)
		h->path = path;
	else
		heads_keep(h);
	h->is_clear = true;
}
