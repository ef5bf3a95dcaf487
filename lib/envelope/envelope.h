/* SPDX-License-Identifier: MIT */
/*
 * envelope - one Kafka record as one line of JSON, and back to the same
 * bytes (playpipe-events(5), ENVELOPES):
 *
 *   {"topic":"t","partition":0,"offset":12,"ts":1795338000000,
 *    "tsType":"create","key":"u42","headers":[["h","v"],["n",null]],
 *    "value":{...}}
 *
 * A value that is JSON stands there as it is, so that jq reaches into it;
 * any other text is "valueText", other bytes are "valueBase64", a tombstone
 * is null. Pure: text in, struct out, and back. One thread.
 */
#ifndef ENVELOPE_ENVELOPE_H
#define ENVELOPE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"
#include "ndjson/ndjson.h"

#define ENVELOPE_HEADERS_MAX 1024 /* of one record that is read */

struct envelope_header {
	struct str name;
	struct str value; /* p NULL: null */
};

struct envelope {
	struct str topic;  /* a topic's name, so UTF-8; p NULL: not told */
	int32_t partition; /* -1: not told */
	int64_t offset;	   /* -1: not told */
	int64_t time_ms;   /* -1: none */
	bool is_append;	   /* the broker's time, not the producer's */
	struct str key;	   /* p NULL: none */
	struct str value;  /* p NULL: a tombstone */
	const struct envelope_header *header; /* order and doubles matter */
	size_t header_n;
};

/* ---- writing ---- */

/* What writing keeps over records: how the lines of values look. */
struct envelope_writer;

int envelope_writer_open(struct envelope_writer **out,
			 struct fail *f) PORT_MUST_CHECK;
void envelope_writer_close(struct envelope_writer *w);

/* Append the lines of n records, with their LF: JSON whatever the bytes are.
 * Many at once are quicker. FAIL_MEMORY leaves out as it was. */
int envelope_format(struct envelope_writer *w, const struct envelope *e,
		    size_t n, struct buf *out) PORT_MUST_CHECK;

/* ---- reading ---- */

/* The keys and slots that the reader of envelopes wants; static. */
void envelope_keys(const struct str **keys, const int **slot, size_t *n);

/*
 * A record from the values of envelope_keys; what is not as it stands in the
 * line is in the arena. Needed are a key and a value, in one of their forms;
 * "offset" and "tsType" are the old place's, and ignored. FAIL_DATA says in
 * f what is wrong.
 */
int envelope_parse(const struct ndjson_val *val, struct arena *a,
		   struct envelope *out, struct fail *f) PORT_MUST_CHECK;

#endif
