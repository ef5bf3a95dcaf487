/* SPDX-License-Identifier: MIT */
/*
 * event - schemas: what the keys of an event are called, how their values
 * are read and written, and which role each plays (event time, user, track,
 * ...). Tools ask for roles, never for literal names. playpipe-events(5)
 * describes the schema file. Pure but for event_schema_load, which reads
 * a file.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"
#include "ndjson/ndjson.h"

enum event_type {
	EVENT_BOOLEAN,
	EVENT_INTEGER, /* 32 bits */
	EVENT_LONG,    /* 64 bits */
	EVENT_DOUBLE,
	EVENT_STRING,
	EVENT_TIMESTAMP, /* microseconds UTC */
	EVENT_DATE,	 /* days since 1970-01-01 */
	EVENT_BINARY,	 /* base64 on the wire */
	EVENT_TYPES,
};

/* How a value stands in the line: a timestamp, or a string that holds JSON. */
enum event_wire {
	EVENT_WIRE_DEFAULT,  /* what the type's name says */
	EVENT_WIRE_EPOCH_MS, /* 1540919166796, also 1540919166796.0 */
	EVENT_WIRE_EPOCH_S,
	EVENT_WIRE_RFC3339, /* "2026-11-22T10:00:00.000Z" */
	EVENT_WIRE_MINUTE,  /* "2021-03-04 17:05" (UTC) */
	EVENT_WIRE_JSON,    /* a string column: any value, kept as its text */
};

enum event_role {
	EVENT_ROLE_TIME, /* event time */
	EVENT_ROLE_ID,	 /* event id, unique over all events */
	EVENT_ROLE_TYPE, /* what kind of event: topic or page */
	EVENT_ROLE_USER,
	EVENT_ROLE_SESSION, /* the producer's own session id */
	EVENT_ROLE_TRACK_ID,
	EVENT_ROLE_TRACK, /* title */
	EVENT_ROLE_ARTIST_ID,
	EVENT_ROLE_ARTIST, /* name */
	EVENT_ROLE_ALBUM,
	EVENT_ROLE_DURATION, /* of the track: seconds if double, else ms */
	EVENT_ROLE_MS_PLAYED,
	EVENT_ROLE_SKIPPED,
	EVENT_ROLE_REASON_END,
	EVENT_ROLE_LEVEL, /* free, paid */
	EVENT_ROLE_COUNTRY,
	EVENT_ROLE_DEVICE, /* platform */
	EVENT_ROLE_SUCCESS,
	EVENT_ROLES,
};

struct event_column {
	struct str name;
	enum event_type type;
	enum event_wire wire;
	bool is_empty_null;  /* "" counts as null (eventsim's guests) */
	bool is_text_number; /* a number may come, or is written, as a string */
	struct str *alias;   /* other keys that are read as this column */
	size_t alias_n;
};

struct event_schema {
	struct str name;
	struct event_column *column; /* in canonical key order */
	size_t column_n;
	int role[EVENT_ROLES]; /* column index, -1: the schema has none */
	/*
	 * Which events are plays: those whose play_column is in play_value (any
	 * value when play_value_n is 0) and whose play_unless is null or
	 * absent. -1: no such column. With is_all_plays every event is one;
	 * with neither, none is.
	 */
	bool is_all_plays;
	int play_column;
	int play_unless;
	struct str *play_value;
	size_t play_value_n;
	struct arena mem; /* owns all texts */
};

/*
 * A shipped name ("playpipe", "eventsim1", "eventsim2", "spotify-history")
 * or a file's path. "playpipe" is built in; the other shipped ones are files
 * schemas/NAME.json of the folder share (cli_share()).
 */
int event_schema_load(struct event_schema **out, const char *name_or_path,
		      const char *share, struct fail *f) PORT_MUST_CHECK;

/* Parse a schema file's text; source is for messages. */
int event_schema_parse(struct event_schema **out, struct str text,
		       const char *source, struct fail *f) PORT_MUST_CHECK;
void event_schema_close(struct event_schema *s);

/* Append column i as a schema file has it: one JSON object. */
int event_column_format(const struct event_schema *s, size_t i, struct buf *out,
			struct fail *f) PORT_MUST_CHECK;

/*
 * A number for how these columns (-1: none) are read: the same for the same
 * names, aliases, types and roles, whatever the schema is called, and stable,
 * so that it may be kept with what was read.
 */
int event_columns_hash(const struct event_schema *s, const int *column,
		       size_t n, uint64_t *hash,
		       struct fail *f) PORT_MUST_CHECK;

/* Column index by name or alias, or -1. */
int event_column_find(const struct event_schema *s, struct str name);

const char *event_type_name(enum event_type type); /* "long", ... */
const char *event_role_name(enum event_role role); /* "user", ... */

/* ---- values ---- */

/* One typed value. kind says which member is set. */
enum event_cell_kind {
	EVENT_CELL_NULL,  /* absent, null, or "" where that counts as null */
	EVENT_CELL_I64,	  /* BOOLEAN (0, 1), INTEGER, LONG, TIMESTAMP, DATE */
	EVENT_CELL_F64,	  /* DOUBLE */
	EVENT_CELL_STR,	  /* STRING; BINARY decoded */
	EVENT_CELL_MISFIT /* the value does not fit the column */
};

struct event_cell {
	enum event_cell_kind kind;
	int64_t i64;
	double f64;
	struct str str; /* borrowed from the line or the arena */
};

/*
 * Read a value as its column says. a holds unescaped strings and may be
 * reset after use of the cell. MISFIT when it does not fit; event_misfit
 * says why.
 */
void event_decode(const struct event_column *c, const struct ndjson_val *v,
		  struct arena *a, struct event_cell *out);

/* "ts: expected a timestamp in epoch ms, found a string '...'" */
void event_misfit(const struct event_column *c, const struct ndjson_val *v,
		  struct buf *out);

/*
 * Append a cell's canonical JSON text (not NULL and not MISFIT): the form
 * that event_decode reads back to the same cell.
 */
int event_encode(const struct event_column *c, const struct event_cell *cell,
		 struct buf *out) PORT_MUST_CHECK;

/* ---- a reader of some columns ---- */

/*
 * The keys of the given columns for ndjson_open, aliases included: fills
 * keys and slots (arrays of the arena) so that line.val[i] is column[i].
 */
int event_keys(const struct event_schema *s, const int *column, size_t n,
	       struct arena *a, struct str **keys, int **slot, size_t *n_keys,
	       struct fail *f) PORT_MUST_CHECK;

/*
 * Is the event a play? Given the values of the play column and of the unless
 * column (NULL where the schema has none).
 */
bool event_is_play(const struct event_schema *s, const struct ndjson_val *v,
		   const struct ndjson_val *unless);

/* A play counts as a stream from here on. */
#define EVENT_STREAM_MS 30000

/*
 * Did the listener skip the play? The producer's own word (the value of role
 * skipped) if it is there; else: ended by a button (role reason_end: fwdbtn,
 * backbtn) within EVENT_STREAM_MS. Values may be NULL or null.
 */
bool event_is_skip(const struct ndjson_val *skipped,
		   const struct ndjson_val *reason_end, bool has_ms_played,
		   int64_t ms_played);

#endif
