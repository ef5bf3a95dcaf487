/* SPDX-License-Identifier: MIT */
/*
 * kafka - the one place that talks to Kafka, by librdkafka: connections and
 * their settings, topics and offsets, reading ranges of partitions, reading
 * as a member of a group, writing with an account of every record. What is
 * read or written means nothing here.
 *
 * A struct kafka belongs to one thread. librdkafka's own threads never call
 * back: whatever they have to tell waits until one of these functions runs.
 * No function waits longer than --timeout for a broker; then it is
 * FAIL_RETRY. Wrong credentials are FAIL_DENIED, settings and topics that do
 * not exist FAIL_USAGE, offsets that are gone FAIL_DATA.
 */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "mem/mem.h"

/* ---- settings ---- */

enum kafka_profile {
	KAFKA_PROFILE_NONE,
	KAFKA_PROFILE_EVENT_HUBS, /* Azure Event Hubs' Kafka endpoint */
};

/* What the command line says of the connection; KAFKA_ROWS fills it. */
struct kafka_options {
	const char *brokers;	   /* HOST:PORT,... */
	int profile;		   /* enum kafka_profile */
	struct cli_list property;  /* NAME=VALUE or NAME=@FILE */
	const char *property_file; /* or NULL */
	const char *token_command; /* or NULL */
	int64_t mem_limit;	   /* bytes of records on their way */
	int64_t timeout_us;
};

#define KAFKA_CATEGORY "Connection"
#define KAFKA_MEM_MIN  ((int64_t)8 << 20)
#define KAFKA_MEM_MAX  ((int64_t)64 << 30)

/* The option rows of a tool that keeps them in its member `o`. */
#define KAFKA_ROWS(o)                                                          \
	{'b',                                                                  \
	 "brokers",                                                            \
	 CLI_TEXT,                                                             \
	 "LIST",                                                               \
	 NULL,                                                                 \
	 "KAFKA_BROKERS",                                                      \
	 KAFKA_CATEGORY,                                                       \
	 "the brokers to begin with: HOST:PORT,...",                           \
	 NULL,                                                                 \
	 0,                                                                    \
	 0,                                                                    \
	 AT(o.brokers)},                                                       \
		{'X',                                                          \
		 "property",                                                   \
		 CLI_LIST,                                                     \
		 "NAME=VALUE",                                                 \
		 NULL,                                                         \
		 NULL,                                                         \
		 KAFKA_CATEGORY,                                               \
		 "set a property of librdkafka; NAME=@FILE takes it from a "   \
		 "file",                                                       \
		 NULL,                                                         \
		 0,                                                            \
		 0,                                                            \
		 AT(o.property)},                                              \
		{0,                                                            \
		 "properties",                                                 \
		 CLI_PATH,                                                     \
		 "FILE",                                                       \
		 NULL,                                                         \
		 NULL,                                                         \
		 KAFKA_CATEGORY,                                               \
		 "read properties of librdkafka from FILE, one NAME=VALUE a "  \
		 "line",                                                       \
		 NULL,                                                         \
		 0,                                                            \
		 0,                                                            \
		 AT(o.property_file)},                                         \
		{0,                                                            \
		 "profile",                                                    \
		 CLI_CHOICE,                                                   \
		 "NAME",                                                       \
		 "none",                                                       \
		 NULL,                                                         \
		 KAFKA_CATEGORY,                                               \
		 "settings a kind of broker needs",                            \
		 "none|event-hubs",                                            \
		 0,                                                            \
		 0,                                                            \
		 AT(o.profile)},                                               \
		{0,                                                            \
		 "token-command",                                              \
		 CLI_TEXT,                                                     \
		 "COMMAND",                                                    \
		 NULL,                                                         \
		 NULL,                                                         \
		 KAFKA_CATEGORY,                                               \
		 "run COMMAND by the shell for each OAUTHBEARER token",        \
		 NULL,                                                         \
		 0,                                                            \
		 0,                                                            \
		 AT(o.token_command)},                                         \
		{0,                                                            \
		 "mem-limit",                                                  \
		 CLI_SIZE,                                                     \
		 "SIZE",                                                       \
		 "256M",                                                       \
		 NULL,                                                         \
		 KAFKA_CATEGORY,                                               \
		 "memory of the whole process",                                \
		 NULL,                                                         \
		 KAFKA_MEM_MIN,                                                \
		 KAFKA_MEM_MAX,                                                \
		 AT(o.mem_limit)},                                             \
	{                                                                      \
		0, "timeout", CLI_DURATION, "D", "30s", NULL, KAFKA_CATEGORY,  \
			"wait so long for an answer of the brokers", NULL,     \
			100000, (int64_t)86400 * 1000000, AT(o.timeout_us)     \
	}

/* "librdkafka 2.0.2", for --version. Static. */
const char *kafka_library(void);

/* ---- a connection ---- */

struct kafka;

enum kafka_kind {
	KAFKA_READER,
	KAFKA_WRITER,
};

/* One more setting; a name that ends a list is NULL. */
struct kafka_setting {
	const char *name;
	const char *value;
};

/* Brokers must be named. */
int kafka_check_options(const struct kafka_options *o,
			struct fail *f) PORT_MUST_CHECK;

/*
 * A client, not connected yet. Settings are weaker than what the options
 * say, and may be NULL. Warnings and librdkafka's log (with -v) are told
 * through c. All is borrowed until close but the settings.
 */
int kafka_open(struct kafka **out, enum kafka_kind kind,
	       const struct kafka_options *o,
	       const struct kafka_setting *setting, struct cli *c,
	       struct fail *f) PORT_MUST_CHECK;

/* Waits some seconds at most: a librdkafka that hangs is left to exit(3). */
void kafka_close(struct kafka *k);

/* The cluster's id; borrowed until close. */
int kafka_cluster(struct kafka *k, struct str *id,
		  struct fail *f) PORT_MUST_CHECK;

/* ---- topics and offsets ---- */

/* One partition of a topic. */
struct kafka_part {
	const char *topic; /* borrowed from the client */
	int32_t number;
	int32_t leader; /* broker id, -1: none now */
	int32_t all;	/* partitions that the topic has */
	int64_t low;	/* oldest offset there is */
	int64_t high;	/* the end; read_committed: the last stable offset */
	int64_t start;	/* to read from; set by the caller */
	int64_t end;	/* to read up to, not with it; set by the caller */
	int64_t next;	/* kafka_next: all before it was read */
};

/* May a topic be named so? Letters, digits, '.', '_' and '-', but not "." or
 * "..". Pure. */
bool kafka_is_topic_name(const char *name);

/*
 * The partitions of topics (n 0: of all topics but internal ones), sorted by
 * topic and number, appended to *part, which the caller frees. An unknown
 * topic is FAIL_USAGE, and its index in *unknown (may be NULL).
 */
int kafka_partitions(struct kafka *k, const char *const *topic, size_t topic_n,
		     struct kafka_part **part, size_t *part_n, size_t *unknown,
		     struct fail *f) PORT_MUST_CHECK;

/* Set low and high of each. */
int kafka_watermarks(struct kafka *k, struct kafka_part *part, size_t n,
		     struct fail *f) PORT_MUST_CHECK;

/* The offset of the first record at or after a time (epoch ms), high when
 * there is none: to at[i]. Needs watermarks. */
int kafka_offsets_at(struct kafka *k, const struct kafka_part *part, size_t n,
		     int64_t time_ms, int64_t *at,
		     struct fail *f) PORT_MUST_CHECK;

/* What a group has committed, -1 where nothing: to at[i]. */
int kafka_committed(struct kafka *k, const struct kafka_part *part, size_t n,
		    int64_t *at, struct fail *f) PORT_MUST_CHECK;

/* Commit at[i] of the client's group (setting "group.id"); -1: not. */
int kafka_commit(struct kafka *k, const struct kafka_part *part, size_t n,
		 const int64_t *at, struct fail *f) PORT_MUST_CHECK;

/* ---- reading ---- */

/* Borrowed until the next kafka_next. */
struct kafka_record {
	size_t part; /* index into the assigned partitions */
	int64_t offset;
	const char *key; /* NULL: none */
	size_t key_n;
	const char *value; /* NULL: a tombstone */
	size_t value_n;
	const void *message; /* private */
};

/* The record's time in epoch ms, or -1; *is_append: the broker's, when it
 * appended the record. May be NULL. */
int64_t kafka_record_time(const struct kafka_record *r, bool *is_append);

/* Header i; false behind the last. A value may be NULL. */
bool kafka_record_header(const struct kafka_record *r, size_t i,
			 const char **name, const char **value, size_t *n);

/* The end of a partition that is read for ever. */
#define KAFKA_FOREVER INT64_MAX

/*
 * Read the range start to end of each partition; the array is borrowed, and
 * next kept in it, until close or the next assignment. FAIL_DATA later when
 * an offset is gone.
 */
int kafka_assign(struct kafka *k, struct kafka_part *part, size_t n,
		 struct fail *f) PORT_MUST_CHECK;

/*
 * Read as a member of the group "group.id", from where the group stands; a
 * partition it has not read begins at its end (is_latest) or its beginning.
 * Partitions come and go: see kafka_assigned.
 */
int kafka_subscribe(struct kafka *k, const char *const *topic, size_t topic_n,
		    bool is_latest, struct fail *f) PORT_MUST_CHECK;

/*
 * Set each end so that at most this many offsets lie between next and end in
 * all, none behind until[i], and each partition has its fair share: all are
 * filled to one level, as water finds its own. Pure.
 */
void kafka_share(struct kafka_part *part, const int64_t *until, size_t n,
		 uint64_t records);

/* Offsets from next to until in all. Pure. */
uint64_t kafka_left(const struct kafka_part *part, const int64_t *until,
		    size_t n);

/* The partitions that records are of; borrowed. With a group they change, but
 * inside kafka_next only. */
const struct kafka_part *kafka_assigned(const struct kafka *k);

/* Let kafka_next hand out at most so many records at once. */
void kafka_limit(struct kafka *k, uint64_t n);

/*
 * The next records, in the order of each partition's offsets; waits at most
 * wait_ms for the first. *n may be 0: nothing came, or partitions reached
 * their end. A record is given once: what librdkafka repeats is dropped.
 */
int kafka_next(struct kafka *k, int wait_ms, const struct kafka_record **record,
	       size_t *n, struct fail *f) PORT_MUST_CHECK;

/* Records that librdkafka gave again, which were dropped. */
uint64_t kafka_repeated(const struct kafka *k);

/* Are all partitions read to their end? */
bool kafka_is_done(const struct kafka *k);

/* With a group: what was handed out so far is safe; librdkafka commits it by
 * and by, and when the group is left. */
void kafka_store(struct kafka *k);

/* Stop or go on handing out records of all partitions, so that kafka_next
 * only keeps the group's membership alive. */
int kafka_pause(struct kafka *k, bool is_paused,
		struct fail *f) PORT_MUST_CHECK;

/* ---- writing ---- */

struct kafka_header {
	const char *name;
	size_t name_n;
	const char *value; /* NULL: null */
	size_t value_n;
};

#define KAFKA_ANY_PARTITION (-1)

struct kafka_out {
	struct str topic;
	int32_t partition; /* or KAFKA_ANY_PARTITION: by the key */
	const char *key;   /* NULL: none */
	size_t key_n;
	const char *value; /* NULL: a tombstone */
	size_t value_n;
	int64_t time_ms; /* -1: now; librdkafka cannot send 0 */
	const struct kafka_header *header;
	size_t header_n;
};

/* A record that was not delivered; all is borrowed during the call. */
struct kafka_failure {
	const struct kafka_out *record; /* as it was to be sent */
	uint64_t number;		/* the caller's own */
	/* FAIL_DATA: the record's own fault; FAIL_USAGE: no such topic or
	 * partition; FAIL_DENIED, FAIL_RETRY. */
	int code;
	const char *name; /* "MSG_SIZE_TOO_LARGE" */
	const char *text; /* a sentence */
	bool is_late;	  /* kafka_put had taken it: it is of the open
			   * transaction, if there are any */
};

/* Told of each record that was not delivered, inside kafka_put, kafka_serve,
 * kafka_flush, kafka_end and kafka_drop. Set before the first record. */
typedef void (*kafka_failed_fn)(void *ctx, const struct kafka_failure *failure);
void kafka_on_failed(struct kafka *k, kafka_failed_fn fn, void *ctx);

/* Create topics that are written to and are not there. */
void kafka_create_missing(struct kafka *k, int partitions, int replicas);

/* Is there such a topic (by now)? FAIL_USAGE when not. */
int kafka_want_topic(struct kafka *k, struct str topic,
		     struct fail *f) PORT_MUST_CHECK;

/*
 * Send a record, copied; number is the caller's own for struct
 * kafka_failure. Waits while the queue is full. What is wrong with this
 * record alone (too large, no such topic or partition) is told as its
 * failure, and returns 0. After another failure the record is not taken.
 */
int kafka_put(struct kafka *k, const struct kafka_out *record, uint64_t number,
	      struct fail *f) PORT_MUST_CHECK;

/* Tell the failures that happened meanwhile. */
int kafka_serve(struct kafka *k, struct fail *f) PORT_MUST_CHECK;

/* Wait until every record is delivered or told as failed; a signal to stop
 * does not end the wait. FAIL_RETRY when it takes longer than limit_ms. */
int kafka_flush(struct kafka *k, int64_t limit_ms,
		struct fail *f) PORT_MUST_CHECK;

/* Give up: every record that is not delivered is told as failed. */
void kafka_drop(struct kafka *k);

/* Records taken, and those of them told as failed: the others are delivered,
 * or on their way. */
void kafka_put_counts(const struct kafka *k, uint64_t *taken, uint64_t *failed);

/*
 * Transactions, with the setting "transactional.id". A batch is one: begin,
 * put, end. Where kafka_end fails nothing of the batch will ever be seen;
 * FAIL_RETRY also means that another client has taken the id over.
 */
int kafka_transactions(struct kafka *k, struct fail *f) PORT_MUST_CHECK;
int kafka_begin(struct kafka *k, struct fail *f) PORT_MUST_CHECK;
int kafka_end(struct kafka *k, bool is_commit, struct fail *f) PORT_MUST_CHECK;

#define KAFKA_NOTE_MAX 4000 /* brokers keep 4096 */

/*
 * Put a text of at most KAFKA_NOTE_MAX bytes into the open transaction: it is
 * kept as the metadata of the offset of partition 0 of `topic` in the group
 * `group`, and number as that offset.
 */
int kafka_note(struct kafka *k, const char *group, const char *topic,
	       int64_t number, struct str text, struct fail *f) PORT_MUST_CHECK;

/* The last note that was committed (n 0: none), in the arena. For a reader
 * with the setting "group.id". */
int kafka_note_read(struct kafka *k, const char *topic, struct arena *a,
		    struct str *text, struct fail *f) PORT_MUST_CHECK;

#endif
