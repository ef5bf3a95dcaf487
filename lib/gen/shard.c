/* SPDX-License-Identifier: MIT */
#include "gen/shard.h"

#include <stdlib.h>

#include "gen/fault.h"
#include "gen/queue.h"
#include "gen/gen_session.h"
#include "gen/write.h"

#include "base/banned.h"

/*
 * A slice is as long as all listeners need for about 4,000 events: its lines
 * then stay in the second-level cache from their making to their writing.
 */
#define SLICE_MS_PER_LISTENER INT64_C(36000000000)
#define SLICE_MIN_MS	      INT64_C(1000)
#define SLICE_MAX_MS	      (6 * MODEL_HOUR_MS)

/* The latest start of a day's plan to the place of its last late event. */
#define RING_MS                                                                \
	(MODEL_DAY_MS + MODEL_SESSION_MS + MODEL_LATE_MS + MODEL_DUPLICATE_MS)

#define SORT_BITS 11
#define SORT_SIZE (1u << SORT_BITS)

/* A session with records that wait. */
struct playing {
	struct session s;
	struct session_text text;
	uint32_t waiting; /* records in the ring */
	uint32_t next;	  /* free list */
};
#define NO_PLAYING UINT32_MAX

struct sort_item {
	uint32_t key; /* place in the slice, ms */
	uint32_t at;  /* index of the record */
};

struct shard {
	const struct gen_model *m;
	uint32_t first, step;
	int64_t slice_ms;
	int64_t at_ms;	    /* start of the next slice */
	int64_t planned_ms; /* starts before this are in the ring */

	struct queue starts;  /* struct session_start */
	struct queue records; /* struct record */
	struct playing *playing;
	size_t playing_n, playing_cap;
	uint32_t playing_free;

	struct record script[SESSION_EVENTS_MAX];
	struct record *due; /* the slice's records */
	size_t due_n, due_cap;
	struct sort_item *item, *item_other;
	size_t item_cap, item_other_cap;
};

static int64_t
slice_length(const struct gen_model *m)
{
	int64_t ms = SLICE_MS_PER_LISTENER / m->o.users * m->o.threads *
		     m->o.shards;

	if (ms < SLICE_MIN_MS)
		return SLICE_MIN_MS;
	return ms > SLICE_MAX_MS ? SLICE_MAX_MS : ms;
}

int
shard_open(struct shard **out, const struct gen_model *m, uint32_t first,
	   uint32_t step, struct fail *f)
{
	struct shard *s = calloc(1, sizeof(*s));
	int64_t before = MODEL_SESSION_MS + gen_delay_max(&m->o);
	size_t slots;
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->m = m;
	s->first = first;
	s->step = step;
	s->slice_ms = slice_length(m);
	/* What is still going on when the window opens began before it. */
	s->at_ms = utc_floor(m->o.from_ms - before, s->slice_ms);
	s->planned_ms = utc_floor(s->at_ms, MODEL_DAY_MS);
	s->playing_free = NO_PLAYING;
	slots = (size_t)(RING_MS / s->slice_ms) + 2;
	rc = queue_init(&s->starts, slots, sizeof(struct session_start), f);
	if (rc == 0)
		rc = queue_init(&s->records, slots, sizeof(struct record), f);
	if (rc < 0) {
		shard_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
shard_close(struct shard *s)
{
	if (s == NULL)
		return;
	free(s->item_other);
	free(s->item);
	free(s->due);
	free(s->playing);
	queue_release(&s->records);
	queue_release(&s->starts);
	free(s);
}

void
shard_lines_init(struct shard_lines *l)
{
	*l = (struct shard_lines){0};
	buf_init(&l->text, SIZE_MAX / 2);
	buf_init(&l->truth, SIZE_MAX / 2);
}

void
shard_lines_release(struct shard_lines *l)
{
	buf_release(&l->truth);
	buf_release(&l->text);
	free(l->line);
}

static uint64_t
slice_of(const struct shard *s, int64_t ms)
{
	return (uint64_t)(ms / s->slice_ms);
}

/* ---- planning ---- */

static int
plan_day(struct shard *s)
{
	struct session_start start[PLAN_MAX];
	int64_t from = s->planned_ms, to = from + MODEL_DAY_MS;
	int64_t at = from < s->at_ms ? s->at_ms : from;
	uint32_t users = s->m->o.users;

	for (uint64_t slot = s->first; slot < users; slot += s->step) {
		size_t n = plan_sessions(s->m, (uint32_t)slot, from, to, start);

		for (size_t i = 0; i < n; i++)
			if (start[i].at_ms >= at &&
			    queue_add(&s->starts, slice_of(s, start[i].at_ms),
				      &start[i]) < 0)
				return FAIL_MEMORY;
	}
	s->planned_ms = to;
	return 0;
}

/* ---- playing ---- */

static struct playing *
take_playing(struct shard *s, uint32_t *index)
{
	struct playing *p;

	if (s->playing_free != NO_PLAYING) {
		*index = s->playing_free;
		p = &s->playing[*index];
		s->playing_free = p->next;
	} else {
		if (!MEM_GROW(&s->playing, s->playing_n, &s->playing_cap))
			return NULL;
		*index = (uint32_t)s->playing_n++;
		p = &s->playing[*index];
	}
	p->waiting = 0;
	return p;
}

static void
give_playing(struct shard *s, uint32_t index)
{
	s->playing[index].next = s->playing_free;
	s->playing_free = index;
}

static int
add_record(struct shard *s, struct playing *p, const struct record *r)
{
	const struct gen_options *o = &s->m->o;

	if (r->place_ms < o->from_ms || r->place_ms >= o->to_ms)
		return 0;
	p->waiting++;
	return queue_add(&s->records, slice_of(s, r->place_ms), r);
}

static int
play_session(struct shard *s, const struct session_start *start)
{
	uint32_t index;
	struct playing *p = take_playing(s, &index);
	size_t n;
	int rc = 0;

	if (p == NULL)
		return FAIL_MEMORY;
	n = session_run(s->m, start, &p->s, s->script);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct record *r = &s->script[i];
		struct record copy;
		bool has_copy;

		if ((s->m->o.topics & (1u << r->topic)) == 0)
			continue;
		r->session = index;
		has_copy = s->m->has_faults &&
			   fault_draw(s->m, &p->s, r, &copy);
		rc = add_record(s, p, r);
		if (rc == 0 && has_copy)
			rc = add_record(s, p, &copy);
	}
	if (p->waiting > 0)
		write_session(s->m, &p->s, &p->text);
	else
		give_playing(s, index);
	return rc;
}

static int
play_slice(struct shard *s, uint64_t slice)
{
	const struct queue_chunk *c = queue_at(&s->starts, slice);
	int rc = 0;

	for (; c != NULL; c = c->next) {
		const struct session_start *start = (const void *)c->item;

		for (size_t i = 0; rc == 0 && i < c->n; i++)
			rc = play_session(s, &start[i]);
	}
	queue_clear(&s->starts, slice);
	return rc;
}

/* ---- order ---- */

static bool
is_before(const struct shard *s, const struct record *a, const struct record *b)
{
	uint32_t user_a = s->playing[a->session].s.account.user;
	uint32_t user_b = s->playing[b->session].s.account.user;

	if (a->place_ms != b->place_ms)
		return a->place_ms < b->place_ms;
	if (user_a != user_b)
		return user_a < user_b;
	if (a->session != b->session)
		return s->playing[a->session].s.id <
		       s->playing[b->session].s.id;
	if (a->item != b->item)
		return a->item < b->item;
	return a->is_copy < b->is_copy;
}

/* One pass of a radix sort by SORT_BITS of the key. */
static void
sort_pass(const struct sort_item *from, struct sort_item *to, size_t n,
	  unsigned shift)
{
	uint32_t count[SORT_SIZE] = {0};
	uint32_t at = 0;

	for (size_t i = 0; i < n; i++)
		count[(from[i].key >> shift) & (SORT_SIZE - 1)]++;
	for (unsigned b = 0; b < SORT_SIZE; b++) {
		uint32_t k = count[b];

		count[b] = at;
		at += k;
	}
	for (size_t i = 0; i < n; i++)
		to[count[(from[i].key >> shift) & (SORT_SIZE - 1)]++] = from[i];
}

/*
 * Sort s->item by place; records of one millisecond, which are few, are put
 * in order by insertion.
 */
static void
sort_due(struct shard *s)
{
	size_t n = s->due_n;

	for (unsigned shift = 0; s->slice_ms >> shift != 0;
	     shift += SORT_BITS) {
		struct sort_item *swap = s->item;

		sort_pass(s->item, s->item_other, n, shift);
		s->item = s->item_other;
		s->item_other = swap;
	}
	for (size_t i = 1; i < n; i++) {
		struct sort_item x = s->item[i];
		size_t k = i;

		while (k > 0 && s->item[k - 1].key == x.key &&
		       is_before(s, &s->due[x.at],
				 &s->due[s->item[k - 1].at])) {
			s->item[k] = s->item[k - 1];
			k--;
		}
		s->item[k] = x;
	}
}

static bool
grow_to(void *ptr_to_ptr, size_t n, size_t *cap, size_t item_bytes)
{
	while (*cap < n)
		if (!mem_grow(ptr_to_ptr, *cap, cap, item_bytes))
			return false;
	return true;
}

/* The slice's records into s->due, their order into s->item. */
static int
gather(struct shard *s, uint64_t slice)
{
	const struct queue_chunk *c;
	size_t n = 0;

	for (c = queue_at(&s->records, slice); c != NULL; c = c->next)
		n += c->n;
	if (!grow_to(&s->due, n, &s->due_cap, sizeof(*s->due)) ||
	    !grow_to(&s->item, n, &s->item_cap, sizeof(*s->item)) ||
	    !grow_to(&s->item_other, n, &s->item_other_cap,
		     sizeof(*s->item_other)))
		return FAIL_MEMORY;
	s->due_n = 0;
	for (c = queue_at(&s->records, slice); c != NULL; c = c->next) {
		const struct record *r = (const void *)c->item;

		for (size_t i = 0; i < c->n; i++, s->due_n++) {
			s->due[s->due_n] = r[i];
			s->item[s->due_n] = (struct sort_item){
				(uint32_t)(r[i].place_ms - s->at_ms),
				(uint32_t)s->due_n,
			};
		}
	}
	queue_clear(&s->records, slice);
	sort_due(s);
	return 0;
}

/* ---- text ---- */

static int
write_line(struct shard *s, const struct record *r, struct shard_lines *l)
{
	struct playing *p = &s->playing[r->session];
	struct gen_line *line = &l->line[l->n++];
	size_t len, truth_n = 0;
	char *dst;

	if (buf_reserve(&l->text, WRITE_LINE_MAX) < 0)
		return FAIL_MEMORY;
	dst = l->text.p + l->text.len;
	len = write_event(s->m, &p->s, &p->text, r, dst);
	if (r->fault != GEN_FAULTS || r->place_ms != r->ts_ms) {
		if (buf_reserve(&l->truth, (size_t)2 * FAULT_TRUTH_MAX) < 0)
			return FAIL_MEMORY;
		len = fault_apply(s->m, &p->s, r, dst, len,
				  l->truth.p + l->truth.len, &truth_n);
		l->truth.len += s->m->o.want_truth ? truth_n : 0;
	}
	l->text.len += len;
	*line = (struct gen_line){
		.place_ms = r->place_ms,
		.user = p->s.account.user,
		.item = ((uint32_t)r->item << 1) | r->is_copy,
		.len = (uint32_t)len,
		.truth_len = s->m->o.want_truth ? (uint16_t)truth_n : 0,
		.topic = r->topic,
		.faults = (uint8_t)fault_bits(r),
	};
	if (--p->waiting == 0)
		give_playing(s, r->session);
	return 0;
}

static int
write_due(struct shard *s, struct shard_lines *l)
{
	int rc = 0;

	l->n = 0;
	buf_reset(&l->text);
	buf_reset(&l->truth);
	if (!grow_to(&l->line, s->due_n, &l->cap, sizeof(*l->line)))
		return FAIL_MEMORY;
	for (size_t i = 0; rc == 0 && i < s->due_n; i++)
		rc = write_line(s, &s->due[s->item[i].at], l);
	return rc;
}

int
shard_next(struct shard *s, struct shard_lines *l, int64_t *until_ms,
	   struct fail *f)
{
	uint64_t slice = slice_of(s, s->at_ms);
	int rc = 0;

	while (rc == 0 && s->planned_ms < s->at_ms + s->slice_ms)
		rc = plan_day(s);
	if (rc == 0)
		rc = play_slice(s, slice);
	if (rc == 0)
		rc = gather(s, slice);
	if (rc == 0)
		rc = write_due(s, l);
	if (rc < 0)
		return fail_memory(f);
	s->at_ms += s->slice_ms;
	*until_ms = s->at_ms;
	return 0;
}
