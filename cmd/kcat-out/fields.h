/* SPDX-License-Identifier: MIT */
/*
 * fields - from a line to the record that is sent: the line as it is, with
 * topic, key, time and partition from its members, or what an envelope says.
 */
#ifndef KCAT_OUT_FIELDS_H
#define KCAT_OUT_FIELDS_H

#include "envelope/envelope.h"
#include "event/event.h"
#include "opts.h"
#include "stream/stream.h"

enum fields_use {
	FIELDS_TOPIC,
	FIELDS_KEY,
	FIELDS_TIME,
	FIELDS_PARTITION,
	FIELDS_USES,
};

/* Where a part of the record comes from. */
struct fields_source {
	const char *name;		   /* NULL: from nowhere */
	const struct event_column *column; /* of --schema, or NULL */
	int slot;
};

struct fields {
	const struct opts *o;
	struct str topic; /* of all records; p NULL: by line */
	struct event_schema *schema;
	struct fields_source source[FIELDS_USES];
	struct str *key; /* wanted ones, for stream_open */
	int *slot;
	size_t key_n;
	const struct str *envelope_key;
	const int *envelope_slot;
	struct kafka_header *header; /* of all records */
	size_t header_n;
	uint64_t keyless; /* records sent without a key */
	struct arena mem; /* of the run */
	struct arena line_mem;
};

int fields_open(struct fields *s, const struct opts *o, const char *topic,
		struct fail *f) PORT_MUST_CHECK;
void fields_close(struct fields *s);

/* For stream_open. */
void fields_keys(const struct fields *s, const struct str **keys,
		 const int **slot, size_t *n);

/*
 * The line as a record, borrowed until the next call. FAIL_DATA: it cannot be
 * sent, *name says what kind of fault it has ("MISSING_FIELD"), f what
 * fault.
 */
int fields_read(struct fields *s, const struct stream_record *rec,
		struct kafka_out *out, const char **name,
		struct fail *f) PORT_MUST_CHECK;

#endif
