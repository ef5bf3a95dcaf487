/* SPDX-License-Identifier: MIT */
/*
 * gen - simulates the listeners of a music service. Everything a listener
 * does on a day is a function of the seed, the listener and the day, so any
 * part of the output (a window of time, a shard of listeners) can be made
 * alone, by any number of threads, and has the bytes it has in the whole.
 *
 * Lines come in order of (place in time, user, item). The place of a line is
 * its event's time, or later if a fault delayed it. Pure but for the worker
 * threads that gen_open starts when asked; a struct gen belongs to one
 * thread.
 */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* Bounds of the options. */
#define GEN_USERS_MAX	20000000
#define GEN_TRACKS_MAX	10000000
#define GEN_THREADS_MAX 64
#define GEN_TAG_MAX	64 /* printable ASCII, no quote or backslash */
#define GEN_FROM_MIN_MS INT64_C(978307200000)  /* 2001-01-01 */
#define GEN_TO_MAX_MS	INT64_C(4102444800000) /* 2100-01-01 */

enum gen_form {
	GEN_PLAYPIPE,  /* the playpipe schema: a play is one event at its end */
	GEN_EVENTSIM1, /* eventsim 1: pages; a play is NextSong at its start */
};

enum gen_topic {
	GEN_LISTEN,
	GEN_PAGE,
	GEN_AUTH,
	GEN_STATUS,
	GEN_TOPICS,
};

enum gen_fault {
	GEN_LATE,	  /* arrives seconds to hours after its time */
	GEN_DUPLICATE,	  /* arrives once more, up to a minute later */
	GEN_MISSING,	  /* a key is absent */
	GEN_WRONG_TYPE,	  /* a value has another type */
	GEN_OUT_OF_RANGE, /* a value cannot be */
	GEN_MALFORMED,	  /* the line is no JSON */
	GEN_FAULTS,
};

const char *gen_topic_name(enum gen_topic topic); /* "listen_events", ... */
const char *gen_fault_name(enum gen_fault fault); /* "late", ... */

struct gen_options {
	uint64_t seed;
	uint32_t users;		  /* 1 to GEN_USERS_MAX */
	uint32_t tracks;	  /* 10 to GEN_TRACKS_MAX */
	int64_t from_ms, to_ms;	  /* the window of places: from <= p < to */
	enum gen_form form;	  /* of the lines */
	unsigned topics;	  /* bit 1 << topic: wanted */
	double fault[GEN_FAULTS]; /* shares of the events, 0 to 1 */
	const char *tag;	  /* value of "tag", or NULL; borrowed */
	bool want_truth;	  /* fill gen_lines.truth */
	uint32_t shard, shards;	  /* shard 0 to shards - 1 of the listeners */
	unsigned threads;	  /* 1 to GEN_THREADS_MAX */
};

struct gen;

/*
 * Takes about 20 ms and 13 MB per 100,000 tracks, and about 35 bytes a
 * listener while it runs. Options are copied.
 */
int gen_open(struct gen **out, const struct gen_options *o,
	     struct fail *f) PORT_MUST_CHECK;
void gen_close(struct gen *g);

struct gen_line {
	int64_t place_ms;
	uint32_t user, item; /* order among lines of one place; item counts
			      * an event's copies apart */
	uint32_t len;	     /* bytes of the line, with its LF */
	uint16_t truth_len;  /* bytes of its truth lines */
	uint8_t topic;	     /* enum gen_topic */
	uint8_t faults;	     /* bits 1 << enum gen_fault */
};

/* Some lines in a row: their texts one after the other. */
struct gen_lines {
	const struct gen_line *line;
	size_t n;
	const char *text;
	const char *truth; /* NDJSON, a line a fault */
	int64_t until_ms;  /* no later line has a place before this */
};

/*
 * The next lines (there may be none of them), borrowed until the next call.
 * Returns 1, 0 at the end of the window, or a failure.
 */
int gen_next(struct gen *g, struct gen_lines *lines,
	     struct fail *f) PORT_MUST_CHECK;

/* How much later than its time a line can stand, given the faults. */
int64_t gen_delay_max(const struct gen_options *o) PORT_PURE;

/* The same for all options that give the same stream, whatever its window
 * and the number of threads. */
uint64_t gen_fingerprint(const struct gen_options *o);

#endif
