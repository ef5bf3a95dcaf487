/* SPDX-License-Identifier: MIT */
/*
 * Open addressing, linear probe, load at most 3/4. The lowest bit of the
 * second word is not part of the fingerprint: it says "came again". At 127
 * bits, two of a hundred million values share a fingerprint with a chance
 * below 10^-22.
 *
 * A window is two tables: values are looked up in both and noted in the
 * newer one; when that is full it becomes the older one. So the latest
 * max .. 2 max values are remembered, at no cost a value.
 */
#include "dq/fingerprints.h"

#include <stdlib.h>

#define FIRST_SLOTS ((size_t)1024)
#define CAME_AGAIN  ((uint64_t)1)

static size_t
load_limit(size_t slots)
{
	return slots / 4 * 3;
}

void
dq_fingerprints_init(struct dq_fingerprints *s, size_t bytes, bool is_window)
{
	/* A table grows beside its old half (1.5 times), and a window has a
	 * full one besides (2.5 times). */
	size_t budget = bytes / sizeof(struct dq_fingerprint);
	size_t slots = FIRST_SLOTS;

	while (slots * 2 + slots + (is_window ? slots * 2 : 0) <= budget)
		slots *= 2;
	*s = (struct dq_fingerprints){.max_slots = slots,
				      .is_window = is_window};
}

void
dq_fingerprints_release(struct dq_fingerprints *s)
{
	free(s->now.slot);
	free(s->past.slot);
}

void
dq_fingerprints_reset(struct dq_fingerprints *s)
{
	dq_fingerprints_release(s);
	s->now = s->past = (struct dq_fingerprint_table){0};
}

size_t
dq_fingerprints_max(const struct dq_fingerprints *s)
{
	return load_limit(s->max_slots);
}

/* The slot of a fingerprint, or the free one where it would go. */
static struct dq_fingerprint *
find(const struct dq_fingerprint_table *t, struct dq_fingerprint fp)
{
	size_t i = (size_t)fp.word[0] & (t->slots - 1);

	for (;; i = (i + 1) & (t->slots - 1)) {
		struct dq_fingerprint *slot = &t->slot[i];

		if (slot->word[0] == fp.word[0] &&
		    (slot->word[1] & ~CAME_AGAIN) == fp.word[1])
			return slot;
		if (slot->word[0] == 0)
			return slot;
	}
}

static bool
grow(struct dq_fingerprint_table *t)
{
	struct dq_fingerprint_table bigger = {
		.slots = t->slots == 0 ? FIRST_SLOTS : t->slots * 2,
		.len = t->len};
	size_t i;

	bigger.slot = calloc(bigger.slots, sizeof(*bigger.slot));
	if (bigger.slot == NULL)
		return false;
	for (i = 0; i < t->slots; i++) {
		struct dq_fingerprint fp = t->slot[i];

		if (fp.word[0] == 0)
			continue;
		fp.word[1] &= ~CAME_AGAIN;
		*find(&bigger, fp) = t->slot[i];
	}
	free(t->slot);
	*t = bigger;
	return true;
}

/* Room for one more in the newer table? */
static bool
make_room(struct dq_fingerprints *s)
{
	if (s->now.len < load_limit(s->now.slots))
		return true;
	if (s->now.slots < s->max_slots && grow(&s->now))
		return true;
	if (!s->is_window || s->now.slots == 0)
		return false;
	free(s->past.slot);
	s->past = s->now;
	s->now = (struct dq_fingerprint_table){0};
	return grow(&s->now);
}

static enum dq_seen
seen_again(struct dq_fingerprint *slot)
{
	enum dq_seen seen = slot->word[1] & CAME_AGAIN ? DQ_SEEN_OFTEN
						       : DQ_SEEN_ONCE;

	slot->word[1] |= CAME_AGAIN;
	return seen;
}

void
dq_fingerprints_expect(const struct dq_fingerprints *s, const uint64_t word[2])
{
	if (s->past.slots > 0)
		PORT_PREFETCH(&s->past.slot[word[0] & (s->past.slots - 1)]);
	if (s->now.slots > 0)
		PORT_PREFETCH(&s->now.slot[word[0] & (s->now.slots - 1)]);
}

enum dq_seen
dq_fingerprints_note(struct dq_fingerprints *s, const uint64_t word[2])
{
	/* 0 in the first word marks a free slot. */
	struct dq_fingerprint fp = {
		{word[0] == 0 ? 1 : word[0], word[1] & ~CAME_AGAIN}};
	struct dq_fingerprint *slot;

	if (s->past.slots > 0) {
		slot = find(&s->past, fp);
		if (slot->word[0] != 0)
			return seen_again(slot);
	}
	if (s->now.slots > 0) {
		slot = find(&s->now, fp);
		if (slot->word[0] != 0)
			return seen_again(slot);
	}
	if (!make_room(s))
		return DQ_SEEN_FULL;
	*find(&s->now, fp) = fp;
	s->now.len++;
	return DQ_SEEN_NEVER;
}

/* ---- as bytes: the older table, then the newer, each count then slots ---- */

static int
save_table(const struct dq_fingerprint_table *t, struct buf *out)
{
	char bytes[16];
	size_t i;
	int rc;

	store_u64(bytes, t->len);
	rc = buf_add(out, bytes, 8);
	for (i = 0; rc == 0 && i < t->slots; i++) {
		if (t->slot[i].word[0] == 0)
			continue;
		store_u64(bytes, t->slot[i].word[0]);
		store_u64(bytes + 8, t->slot[i].word[1]);
		rc = buf_add(out, bytes, sizeof(bytes));
	}
	return rc;
}

int
dq_fingerprints_save(const struct dq_fingerprints *s, struct buf *out)
{
	int rc = save_table(&s->past, out);

	return rc < 0 ? rc : save_table(&s->now, out);
}

static int
load_table(struct dq_fingerprints *s, struct dq_fingerprint_table *t,
	   struct str *in, struct fail *f)
{
	struct dq_fingerprint fp, *slot;
	uint64_t n;

	if (in->n < 8)
		return fail_set(f, FAIL_DATA, "the state ends early");
	n = load_u64(in->p);
	in->p += 8;
	in->n -= 8;
	if (n > in->n / sizeof(fp) || n > load_limit(s->max_slots))
		return fail_set(f, FAIL_DATA,
				"the state ends early, or is larger than "
				"memory allows");
	for (; n > 0; n--) {
		fp.word[0] = load_u64(in->p);
		fp.word[1] = load_u64(in->p + 8);
		in->p += sizeof(fp);
		in->n -= sizeof(fp);
		if (t->len >= load_limit(t->slots) && !grow(t))
			return fail_memory(f);
		slot = find(t, (struct dq_fingerprint){
				       {fp.word[0], fp.word[1] & ~CAME_AGAIN}});
		if (fp.word[0] == 0 || slot->word[0] != 0)
			return fail_set(f, FAIL_DATA,
					"the state holds a value twice");
		*slot = fp;
		t->len++;
	}
	return 0;
}

int
dq_fingerprints_load(struct dq_fingerprints *s, struct str *in, struct fail *f)
{
	int rc = load_table(s, &s->past, in, f);

	return rc < 0 ? rc : load_table(s, &s->now, in, f);
}
