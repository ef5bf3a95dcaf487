/* SPDX-License-Identifier: MIT */
/* Private to agg: its state. agg_plan.c plans, groups.c keeps rows and names,
 * tops.c counts names, events.c and partials.c put lines in, agg_write.c gets
 * rows out. */
#ifndef AGG_PRIVATE_H
#define AGG_PRIVATE_H

#include "agg/agg.h"
#include "sketch/sketch.h"

#define NO_GROUP UINT32_MAX

/* Measures that are sums: the first in enum agg_measure. */
#define SUMS (AGG_DURATION + 1)

/* The values of an event that some measure may want. */
enum input {
	IN_TIME,
	IN_PLAY,
	IN_UNLESS,
	IN_USER,
	IN_TRACK_ID,
	IN_TRACK,
	IN_ARTIST_ID,
	IN_ARTIST,
	IN_DURATION,
	IN_MS_PLAYED,
	IN_SKIPPED,
	IN_REASON_END,
	INPUTS,
};

/* The keys of a partial, in the order of its line. */
enum partial_key {
	PARTIAL_START,
	PARTIAL_WINDOW,
	PARTIAL_DATE,
	PARTIAL_SUM, /* SUMS keys from here on */
	PARTIAL_LISTENERS = PARTIAL_SUM + SUMS,
	PARTIAL_TOP, /* two lists, each followed by its cut */
	PARTIAL_TOP_CUT,
	PARTIAL_BY = PARTIAL_TOP + 4, /* the groups' columns */
};

/* A column to group by. Values are kept as canonical JSON text, null as an
 * empty one, by index. */
struct by_column {
	struct str name;		   /* key in the output */
	const struct event_column *column; /* NULL when merging */
	int slot;			   /* index into a line's values */
	bool is_seen;			   /* some line had a value */
	struct map value;		   /* text -> index */
	struct by_cache *cache;		   /* recent values as they stood */
};

struct group {
	int64_t start_us;
	uint32_t tuple; /* of the by columns' values */
	uint32_t has;	/* measures that anything was added to */
	int64_t sum[SUMS];
};

/* What a group has beside sums; only kept when wanted. */
struct group_sets {
	struct hll listeners;
	struct topk top[2]; /* tracks, artists */
};

struct group_slot {
	int64_t start_us;
	uint32_t tuple;
	uint32_t group; /* NO_GROUP: free */
};

#define RECENT_TUPLES 32 /* remembered with the current window */

struct groups {
	struct group *item;	 /* owned */
	struct group_sets *sets; /* owned; NULL when not wanted */
	size_t n, cap, sets_cap;
	bool want_sets;
	struct group_slot *slot; /* owned; 2^bits */
	unsigned bits;
	/* The window of the line before, and its groups by tuple. */
	int64_t recent_start_us;
	bool has_recent;
	uint32_t recent[RECENT_TUPLES];
};

/* An item of a top list. */
struct agg_item {
	struct str name; /* JSON members, without brackets */
	int64_t count;
	uint32_t hash; /* of the name */
	uint32_t group;
	unsigned list; /* 0: tracks, 1: artists */
};

#define NOTED_MAX 64

struct agg {
	struct agg_options o;
	struct arena mem;   /* texts and arrays of the plan */
	unsigned available; /* of o.measures */
	unsigned of_plays;  /* of available: those that only plays count in */

	int at[INPUTS]; /* index into a line's values, -1: not read */
	const struct event_column *column[INPUTS];
	struct str *key;
	int *slot;
	size_t key_n;

	struct by_column *by; /* o.by_n */
	struct map tuple;     /* array of value indexes -> tuple */
	uint32_t *tuple_key;  /* o.by_n indexes: of the line at hand */
	struct map name[2];   /* entries of top lists, as JSON members */

	struct groups groups;
	uint32_t *order; /* owned: groups in order of output */

	struct arena line;     /* unescaped texts, reset often */
	struct buf text;       /* names and values under construction */
	struct agg_item *item; /* owned: of the lists of the line at hand */
	size_t item_n, item_cap;
	struct agg_item noted[NOTED_MAX]; /* of events: see tops.c */
	size_t noted_n;
	struct arena noted_names;
	bool has_time, has_play; /* some line had these columns */
	bool want_dates;	 /* see agg_check_dates */
	uint64_t misfit_values;
	char why[FAIL_TEXT_MAX];
	/* The window of the line before, [lo, hi), also as the first eight of
	 * thirteen digits of epoch ms: see event_window. */
	int64_t window_lo_us, window_hi_us;
	uint64_t window_lo_text, window_hi_text;
	/* The only value that makes a play, if there is only one and it has
	 * at most eight bytes; else play_n is 0. */
	uint64_t play_text, play_mask;
	size_t play_n;
};

/* Note which of the columns that every stream has are in a line. */
void look_for_columns(struct agg *a, const struct ndjson_val *val);

/* The key of a sum, of listeners or of a list in a partial's line. */
const char *partial_key_name(unsigned i);

/* ---- groups.c ---- */

/* The index of a group, made if new; NO_GROUP: see f. */
uint32_t groups_look_up(struct groups *g, int64_t start_us, uint32_t tuple,
			struct fail *f);

PORT_INLINE uint32_t
groups_find(struct groups *g, int64_t start_us, uint32_t tuple, struct fail *f)
{
	if (PORT_LIKELY(g->has_recent && start_us == g->recent_start_us &&
			tuple < RECENT_TUPLES && g->recent[tuple] != NO_GROUP))
		return g->recent[tuple];
	return groups_look_up(g, start_us, tuple, f);
}

void groups_reset(struct groups *g);
void groups_release(struct groups *g);

/* The window that holds time t. */
int64_t window_start(const struct agg_options *o, int64_t t_us);

/* Index of a value's text in its column; UINT32_MAX: see f. */
uint32_t by_index(struct by_column *b, struct str text, struct fail *f);

/* The tuple of a->tuple_key; UINT32_MAX: see f. */
uint32_t tuple_index(struct agg *a, struct fail *f);

/* The index of a tuple's value in by column i. */
PORT_INLINE uint32_t
tuple_value(const struct agg *a, uint32_t tuple, size_t i)
{
	uint32_t value = tuple; /* of one column, the tuple is the value */

	if (a->o.by_n > 1)
		memcpy(&value, a->tuple.key[tuple].p + i * sizeof(value),
		       sizeof(value));
	return value;
}

/* An index that map_add gave, or UINT32_MAX: see f, `what` are the keys. */
uint32_t index_of(const struct map *m, int64_t i, const char *what,
		  struct fail *f);

/* ---- tops.c ---- */

/* Add the items' counts to those of their names. */
int tops_add(struct agg *a, struct agg_item *item, size_t n,
	     struct fail *f) PORT_MUST_CHECK;

/* Count a name once more, not later than at tops_settle. */
int tops_note(struct agg *a, uint32_t group, unsigned list, struct str name,
	      struct fail *f) PORT_MUST_CHECK;
int tops_settle(struct agg *a, struct fail *f) PORT_MUST_CHECK;

/* ---- events.c, partials.c ---- */

/* The caches of group values: made, and emptied. */
int events_prepare(struct agg *a, struct fail *f) PORT_MUST_CHECK;
void events_forget(struct agg *a);

/* The tuple of a line's group; UINT32_MAX: see f. */
uint32_t tuple_of(struct agg *a, const struct ndjson_val *val, struct fail *f);

int add_partial(struct agg *a, const struct ndjson_val *val,
		struct fail *f) PORT_MUST_CHECK;

/* ---- lists.c ---- */

/* No list of one partial counts more: thousands of them still add up. */
#define LIST_COUNT_MAX ((int64_t)1000000000000000)

#define LIST_NONE      1 /* it is no list */
#define LIST_UNSOUND   2 /* an item has no name or no count */

/* Add the items of a list's value to a->item; they live as long as the line.
 * 0, one of the above, or FAIL_MEMORY. */
int list_read(struct agg *a, const struct ndjson_val *v) PORT_MUST_CHECK;

#endif
