/* SPDX-License-Identifier: MIT */
/*
 * Events in. This is the loop that the speed of agg-hourly hangs on: of a
 * line only what its measures need is looked at, plays are told first since
 * other events often end there, the window of the event before is tried
 * before any division, and a group's value is compared as it stands in the
 * line, up to 16 bytes in two words, before anything is decoded or hashed.
 */
#include "agg/agg_private.h"

#define BIT(m) (1u << (m))
/* No track and no play is longer than 31 years: a sum of many still fits. */
#define MS_MAX ((int64_t)1000000000000)
#define US_MAX (MS_MAX * 1000)
#define NONE   INT64_MIN /* no such length */

/* ---- groups' values ---- */

/* A value of up to 16 bytes as it stood in a line. */
struct by_cache {
	uint64_t lo, hi;
	uint32_t id;
	uint32_t shape; /* kind and length; 0 when nothing is here */
};

#define CACHE_BITS 4

/* The first n (at most 8) bytes at p; the reader's padding may be read. */
static uint64_t
load_some(const char *p, size_t n)
{
	if (n == 0)
		return 0;
	return load_u64(p) & UINT64_MAX >> (64 - 8 * n);
}

static void
prepare_play(struct agg *a)
{
	const struct event_schema *s = a->o.schema;

	if (a->at[IN_PLAY] < 0 || s->play_unless >= 0 || s->play_value_n != 1 ||
	    s->play_value[0].n > 8)
		return;
	a->play_n = s->play_value[0].n;
	memcpy(&a->play_text, s->play_value[0].p, a->play_n);
	a->play_mask = a->play_n == 0 ? 0 : UINT64_MAX >> (64 - 8 * a->play_n);
}

int
events_prepare(struct agg *a, struct fail *f)
{
	prepare_play(a);
	for (size_t i = 0; i < a->o.by_n; i++) {
		a->by[i].cache = arena_zalloc(&a->mem, (size_t)1 << CACHE_BITS,
					      sizeof(*a->by[i].cache));
		if (a->by[i].cache == NULL)
			return fail_memory(f);
	}
	return 0;
}

void
events_forget(struct agg *a)
{
	for (size_t i = 0; i < a->o.by_n; i++)
		memset(a->by[i].cache, 0,
		       sizeof(*a->by[i].cache) << CACHE_BITS);
}

/* The value's canonical JSON text in a->text, empty for null. */
static int
by_text(struct agg *a, const struct by_column *b, const struct ndjson_val *v,
	struct fail *f)
{
	struct event_cell cell = {.kind = EVENT_CELL_STR};
	int rc;

	buf_reset(&a->text);
	if (v->kind <= NDJSON_NULL)
		return 0;
	if (b->column != NULL) {
		event_decode(b->column, v, &a->line, &cell);
		if (cell.kind == EVENT_CELL_MISFIT)
			a->misfit_values++;
		if (cell.kind == EVENT_CELL_NULL ||
		    cell.kind == EVENT_CELL_MISFIT)
			return 0;
		rc = event_encode(b->column, &cell, &a->text);
	} else if (v->kind == NDJSON_STRING) {
		rc = ndjson_put_string(&a->text, ndjson_string(v, &a->line));
	} else {
		rc = buf_add_str(&a->text, ndjson_raw(v));
	}
	return rc != 0 ? fail_memory(f) : 0;
}

/* The index of a value by its text; *slot, if any, will know it next time. */
static PORT_NOINLINE uint32_t
by_slow(struct agg *a, struct by_column *b, const struct ndjson_val *v,
	struct by_cache *slot, struct by_cache entry, struct fail *f)
{
	if (by_text(a, b, v, f) != 0)
		return UINT32_MAX;
	entry.id = by_index(b, buf_str(&a->text), f);
	if (slot != NULL && entry.id != UINT32_MAX)
		*slot = entry;
	return entry.id;
}

/* The index of a line's value among its column's; UINT32_MAX: see f. */
PORT_INLINE uint32_t
by_value(struct agg *a, struct by_column *b, const struct ndjson_val *v,
	 struct fail *f)
{
	struct by_cache now = {.shape = 1u << 31 | (uint32_t)v->kind << 8 |
					v->n};
	struct by_cache *c;

	if (PORT_UNLIKELY(v->n > 16))
		return by_slow(a, b, v, NULL, now, f);
	if (PORT_LIKELY(v->n <= 8)) {
		now.lo = load_some(v->p, v->n);
	} else {
		now.lo = load_u64(v->p);
		now.hi = load_some(v->p + 8, v->n - 8);
	}
	c = b->cache +
	    ((now.lo ^ now.hi << 1) * 0x9e3779b97f4a7c15u >> (64 - CACHE_BITS));
	if (PORT_LIKELY(c->lo == now.lo && c->hi == now.hi &&
			c->shape == now.shape))
		return c->id;
	return by_slow(a, b, v, c, now, f);
}

PORT_INLINE uint32_t
find_tuple(struct agg *a, const struct ndjson_val *val, struct fail *f)
{
	if (PORT_LIKELY(a->o.by_n == 1)) /* the value is the tuple */
		return by_value(a, &a->by[0], &val[a->by[0].slot], f);
	for (size_t i = 0; i < a->o.by_n; i++) {
		a->tuple_key[i] = by_value(a, &a->by[i], &val[a->by[i].slot],
					   f);
		if (a->tuple_key[i] == UINT32_MAX)
			return UINT32_MAX;
	}
	return tuple_index(a, f);
}

uint32_t
tuple_of(struct agg *a, const struct ndjson_val *val, struct fail *f)
{
	return find_tuple(a, val, f);
}

/* ---- values ---- */

static struct event_cell
decode(struct agg *a, enum input in, const struct ndjson_val *val)
{
	struct event_cell cell;

	event_decode(a->column[in], &val[a->at[in]], &a->line, &cell);
	if (cell.kind == EVENT_CELL_MISFIT)
		a->misfit_values++;
	return cell;
}

static bool
event_time(struct agg *a, const struct ndjson_val *v, int64_t *us)
{
	const struct event_column *c = a->column[IN_TIME];
	struct event_cell cell;
	struct buf why;

	event_decode(c, v, &a->line, &cell);
	if (cell.kind == EVENT_CELL_I64) {
		*us = cell.i64;
		return true;
	}
	buf_init(&why, sizeof(a->why) - 1);
	if (cell.kind == EVENT_CELL_NULL)
		(void)!buf_addf(&why, "%.*s: no time", STR_ARG(c->name));
	else
		event_misfit(c, v, &why);
	memcpy(a->why, why.p == NULL ? "" : why.p, why.len);
	a->why[why.len] = '\0';
	buf_release(&why);
	return false;
}

/* The first eight digits, comparable as a number. */
static uint64_t
head_of_digits(const char *p)
{
	return port_bswap64(load_u64(p));
}

/* Remember the window of time t; as text if both ends have 13 digits. */
static void
enter_window(struct agg *a, int64_t t_us)
{
	char lo[NUM_I64_MAX], hi[NUM_I64_MAX];

	a->window_lo_us = window_start(&a->o, t_us);
	a->window_hi_us = a->window_lo_us + a->o.window_us;
	a->window_lo_text = UINT64_MAX;
	if (a->window_lo_us < 0 ||
	    num_format_i64(lo, a->window_lo_us / UTC_MS) != 13 ||
	    num_format_i64(hi, a->window_hi_us / UTC_MS) != 13)
		return;
	a->window_lo_text = head_of_digits(lo);
	a->window_hi_text = head_of_digits(hi);
}

/* The window of any event; false: a misfit. */
static PORT_NOINLINE bool
any_window(struct agg *a, const struct ndjson_val *v)
{
	int64_t t;

	if (!event_time(a, v, &t))
		return false;
	if (t < a->window_lo_us || t >= a->window_hi_us)
		enter_window(a, t);
	return true;
}

/*
 * Make the event's window the current one; false: a misfit. An epoch in ms of
 * thirteen digits whose first eight are strictly between those of the
 * window's ends lies in it, whatever follows: most events end here.
 */
PORT_INLINE bool
event_window(struct agg *a, const struct ndjson_val *v)
{
	if (PORT_LIKELY(v->kind == NDJSON_INT && v->n == 13 &&
			a->column[IN_TIME]->wire == EVENT_WIRE_EPOCH_MS)) {
		uint64_t head = head_of_digits(v->p);

		if (PORT_LIKELY(head > a->window_lo_text &&
				head < a->window_hi_text))
			return true;
	}
	return any_window(a, v);
}

/* The number of eight digits, each 0 to 9, the first in the lowest byte: of
 * pairs, fours, eight. */
static uint64_t
eight_digits(uint64_t x)
{
	x = x * 10 + (x >> 8);
	return ((x & 0x000000ff000000ffu) * 0x000f424000000064u +
		(x >> 16 & 0x000000ff000000ffu) * 0x0000271000000001u) >>
	       32;
}

/* "218.93179": up to eight digits with a point among the first eight bytes,
 * at most six behind it; microseconds, or NONE. Lengths vary, so no branch
 * does. */
PORT_INLINE int64_t
short_seconds(const char *p, size_t n)
{
	static const int64_t pow10[] = {1,     10,     100,    1000,
					10000, 100000, 1000000};
	const uint64_t ones = 0x0101010101010101u;
	size_t point, decimals, digits = n - 1;
	uint64_t x, moved, dots;

	if (n < 3 || n > 9)
		return NONE;
	x = load_u64(p);
	/* a zero byte where a point is: the lowest one is found exactly */
	dots = x ^ ones * '.';
	dots = (dots - ones) & ~dots & ones * 0x80;
	if (dots == 0)
		return NONE;
	point = port_ctz64(dots) / 8;
	decimals = digits - point;
	if (point == 0 || decimals - 1 >= 6)
		return NONE;
	/* take the point out, the ninth byte in, and what is behind off */
	moved = x >> 8 | (uint64_t)(unsigned char)p[8] << 56;
	x = moved ^ ((x ^ moved) & (((uint64_t)1 << 8 * point) - 1));
	x = (x ^ ones * '0') << (64 - 8 * digits);
	if (((x | (x + ones * 6)) & ones * 0xf0) != 0)
		return NONE; /* not all are digits */
	return (int64_t)eight_digits(x) * pow10[6 - decimals];
}

/* Seconds as microseconds, exactly where the text has up to six decimals
 * (as all durations seen in the wild), else to the nearest. */
static int64_t
seconds_us(const struct ndjson_val *v)
{
	int64_t us = short_seconds(v->p, v->n);
	double d;

	if (us != NONE || num_parse_scaled(v->p, v->n, 6, &us) == NUM_OK)
		return us;
	if (num_parse_f64(v->p, v->n, &d) != NUM_OK || d > 1e9 || d < -1e9)
		return NONE;
	return (int64_t)(d * 1e6 + (d < 0 ? -0.5 : 0.5));
}

static PORT_NOINLINE int64_t
any_duration(struct agg *a, const struct ndjson_val *val)
{
	const struct ndjson_val *v = &val[a->at[IN_DURATION]];
	const struct event_column *c = a->column[IN_DURATION];
	struct event_cell cell;
	int64_t us = NONE;

	if (v->kind <= NDJSON_NULL)
		return NONE;
	if (c->type == EVENT_DOUBLE) {
		if (v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT ||
		    (v->kind == NDJSON_STRING && c->is_text_number &&
		     !v->has_escape))
			us = seconds_us(v);
	} else {
		cell = decode(a, IN_DURATION, val);
		if (cell.kind != EVENT_CELL_I64)
			return NONE;
		if (cell.i64 <= MS_MAX && cell.i64 >= -MS_MAX)
			us = cell.i64 * 1000;
	}
	if (us <= US_MAX && us >= -US_MAX)
		return us;
	a->misfit_values++;
	return NONE;
}

/* The track's duration; NONE when it is null or does not fit. */
PORT_INLINE int64_t
duration_us(struct agg *a, const struct ndjson_val *val)
{
	const struct ndjson_val *v = &val[a->at[IN_DURATION]];
	int64_t us = NONE;

	if (PORT_LIKELY(v->kind == NDJSON_FLOAT &&
			a->column[IN_DURATION]->type == EVENT_DOUBLE))
		us = short_seconds(v->p, v->n);
	return PORT_LIKELY(us != NONE) ? us : any_duration(a, val);
}

/* NONE when it is null or does not fit. */
static PORT_NOINLINE int64_t
ms_played(struct agg *a, const struct ndjson_val *val)
{
	const struct ndjson_val *v = &val[a->at[IN_MS_PLAYED]];
	struct event_cell cell;
	int64_t ms;

	if (v->kind <= NDJSON_NULL)
		return NONE;
	if (v->kind == NDJSON_INT && num_parse_i64(v->p, v->n, &ms) == NUM_OK &&
	    ms <= MS_MAX && ms >= -MS_MAX)
		return ms;
	cell = decode(a, IN_MS_PLAYED, val);
	if (cell.kind != EVENT_CELL_I64)
		return NONE;
	if (cell.i64 <= MS_MAX && cell.i64 >= -MS_MAX)
		return cell.i64;
	a->misfit_values++;
	return NONE;
}

/* ---- sets ---- */

/* The listener's id is hashed as text: 39 and "39" are one user. */
static int
add_listener(struct agg *a, struct hll *h, const struct ndjson_val *val)
{
	const struct event_column *c = a->column[IN_USER];
	const struct ndjson_val *v = &val[a->at[IN_USER]];
	char digits[NUM_I64_MAX];
	struct event_cell cell;

	if (v->kind == NDJSON_STRING && c->type == EVENT_STRING &&
	    !v->has_escape && v->n > 0)
		return hll_add(h, hll_hash(v->p, v->n));
	cell = decode(a, IN_USER, val);
	if (cell.kind == EVENT_CELL_STR)
		return hll_add(h, hll_hash(cell.str.p, cell.str.n));
	if (cell.kind == EVENT_CELL_I64)
		return hll_add(
			h, hll_hash(digits, num_format_i64(digits, cell.i64)));
	return 0;
}

/* Append "key":value unless the value is null; canonical. */
static int
put_member(struct agg *a, const char *key, enum input in,
	   const struct ndjson_val *val)
{
	const struct ndjson_val *v;
	struct event_cell cell;
	int rc = 0;

	if (a->at[in] < 0)
		return 0;
	v = &val[a->at[in]];
	if (v->kind <= NDJSON_NULL)
		return 0;
	cell = (struct event_cell){.kind = EVENT_CELL_STR};
	if (v->kind != NDJSON_STRING || v->has_escape || v->n == 0 ||
	    a->column[in]->type != EVENT_STRING)
		cell = decode(a, in, val);
	else
		cell.str = ndjson_text(v);
	if (cell.kind == EVENT_CELL_NULL || cell.kind == EVENT_CELL_MISFIT)
		return 0;
	if (a->text.len > 0)
		rc = buf_add_char(&a->text, ',');
	if (rc == 0)
		rc = buf_add_cstr(&a->text, key);
	return rc == 0 ? event_encode(a->column[in], &cell, &a->text) : rc;
}

/* Count the track (list 0) or artist (list 1) of a play. */
static int
add_name(struct agg *a, uint32_t group, unsigned list,
	 const struct ndjson_val *val, struct fail *f)
{
	int rc = 0;

	buf_reset(&a->text);
	if (list == 0)
		rc = put_member(a, "\"track\":", IN_TRACK, val);
	if (list == 0 && rc == 0) {
		size_t title = a->text.len;

		/* an artist alone is no track, an id alone is one */
		rc = put_member(a, "\"artist\":", IN_ARTIST, val);
		if (rc == 0 && title == 0)
			buf_reset(&a->text);
		if (rc == 0)
			rc = put_member(a, "\"id\":", IN_TRACK_ID, val);
	} else if (rc == 0) {
		rc = put_member(a, "\"artist\":", IN_ARTIST, val);
		if (rc == 0)
			rc = put_member(a, "\"id\":", IN_ARTIST_ID, val);
	}
	if (rc != 0)
		return fail_memory(f);
	if (a->text.len == 0)
		return 0;
	return tops_note(a, group, list, buf_str(&a->text), f);
}

static PORT_NOINLINE int
add_play_sets(struct agg *a, uint32_t group, const struct ndjson_val *val,
	      bool is_counted, struct fail *f)
{
	int rc = 0;

	if ((a->available & BIT(AGG_LISTENERS)) != 0 &&
	    add_listener(a, &a->groups.sets[group].listeners, val) != 0)
		return fail_memory(f);
	if (is_counted && (a->available & BIT(AGG_TOP_TRACKS)) != 0)
		rc = add_name(a, group, 0, val, f);
	if (is_counted && rc == 0 && (a->available & BIT(AGG_TOP_ARTISTS)) != 0)
		rc = add_name(a, group, 1, val, f);
	return rc;
}

/* ---- the event ---- */

/* The value of an input, NULL when it is not read. */
static const struct ndjson_val *
value_of(const struct agg *a, enum input in, const struct ndjson_val *val)
{
	return a->at[in] < 0 ? NULL : &val[a->at[in]];
}

static void
add_sum(struct agg *a, int64_t *sum, int64_t value)
{
	if (!i64_add(*sum, value, sum))
		a->misfit_values++;
}

static int
add_play(struct agg *a, uint32_t group, const struct ndjson_val *val,
	 struct fail *f)
{
	int64_t *sum = a->groups.item[group].sum;
	int64_t ms = a->at[IN_MS_PLAYED] < 0 ? NONE : ms_played(a, val);
	int64_t us = a->at[IN_DURATION] < 0 ? NONE : duration_us(a, val);
	bool is_stream = ms >= EVENT_STREAM_MS;

	sum[AGG_PLAYS]++;
	if (us != NONE) {
		add_sum(a, &sum[AGG_DURATION], us);
		a->groups.item[group].has |= a->available & BIT(AGG_DURATION);
	}
	if (ms != NONE) {
		add_sum(a, &sum[AGG_MS_PLAYED], ms);
		sum[AGG_STREAMS] += is_stream;
		/* 95 %: ms * 1000 / us >= 19 / 20 */
		sum[AGG_COMPLETED] += us > 0 && ms * 20000 >= us * 19;
	}
	if ((a->available & BIT(AGG_SKIPS)) != 0)
		sum[AGG_SKIPS] += event_is_skip(value_of(a, IN_SKIPPED, val),
						value_of(a, IN_REASON_END, val),
						ms != NONE,
						ms == NONE ? 0 : ms);
	if (PORT_LIKELY(!a->groups.want_sets))
		return 0;
	return add_play_sets(a, group, val,
			     is_stream || a->at[IN_MS_PLAYED] < 0, f);
}

static bool
is_play(const struct agg *a, const struct ndjson_val *val)
{
	const struct ndjson_val *v = value_of(a, IN_PLAY, val);

	if (PORT_LIKELY(a->play_n > 0))
		return v->kind == NDJSON_STRING && v->n == a->play_n &&
		       !v->has_escape &&
		       (load_u64(v->p) & a->play_mask) == a->play_text;
	return event_is_play(a->o.schema, v, value_of(a, IN_UNLESS, val));
}

PORT_INLINE int
add_event(struct agg *a, const struct ndjson_val *val, struct fail *f)
{
	bool counts = a->of_plays != 0 && is_play(a, val);
	uint32_t tuple, group;
	int rc = 0;

	if (PORT_UNLIKELY(!a->has_play || !a->has_time))
		look_for_columns(a, val);
	if (!counts && (a->available & BIT(AGG_EVENTS)) == 0)
		return AGG_NO_PLAY;
	if (!event_window(a, &val[a->at[IN_TIME]]))
		return AGG_MISFIT;
	tuple = find_tuple(a, val, f);
	if (PORT_UNLIKELY(tuple == UINT32_MAX))
		return FAIL_MEMORY;
	group = groups_find(&a->groups, a->window_lo_us, tuple, f);
	if (PORT_UNLIKELY(group == NO_GROUP))
		return FAIL_MEMORY;
	a->groups.item[group].has |= a->available & ~BIT(AGG_DURATION);
	a->groups.item[group].sum[AGG_EVENTS]++;
	if (counts)
		rc = add_play(a, group, val, f);
	return rc != 0 ? rc : AGG_COUNTED;
}

int
agg_add(struct agg *a, const struct ndjson_val *val, struct fail *f)
{
	/* 64 KiB: rarely, and long before memory matters */
	if (PORT_UNLIKELY(a->line.used > (size_t)64 << 10))
		arena_reset(&a->line);
	if (PORT_UNLIKELY(a->o.schema == NULL))
		return add_partial(a, val, f);
	return add_event(a, val, f);
}
