/* SPDX-License-Identifier: MIT */
/*
 * dq - judges rows against a Great Expectations suite. A suite (1.x, or the
 * field names of 0.18) is compiled once into a list of rules; a judge then
 * takes the wanted values of one row after the other, says good or bad, and
 * counts for every rule what Great Expectations would count. Pure: no clock,
 * no files; nothing is allocated per row. One thread a judge.
 *
 * What a rule means is said in dq-check(1), EXPECTATIONS.
 */
#ifndef DQ_DQ_H
#define DQ_DQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"
#include "ndjson/ndjson.h"

/* ---- suites ---- */

enum dq_severity {
	DQ_INFO,
	DQ_WARNING,
	DQ_CRITICAL, /* what a rule has that names none */
};

const char *dq_severity_name(enum dq_severity severity);

struct dq_suite;

/*
 * Compile a suite's text; source is for messages. FAIL_USAGE, naming the
 * place, for whatever cannot be judged: nothing in a suite is passed over.
 */
int dq_suite_parse(struct dq_suite **out, struct str text, const char *source,
		   struct fail *f) PORT_MUST_CHECK;
void dq_suite_close(struct dq_suite *s);

/* Borrowed until close. */
struct str dq_suite_name(const struct dq_suite *s);

/* The columns that rules and conditions ask for: the keys for the reader,
 * in the order of the values a judge takes. Borrowed until close. */
const struct str *dq_suite_columns(const struct dq_suite *s, size_t *n);

/* The suite has a uniqueness rule: a judge of it has a state to keep. */
bool dq_suite_is_stateful(const struct dq_suite *s);

/* ---- judging ---- */

#define DQ_UNIQUE_BYTES ((size_t)128 << 20) /* default of unique_bytes */
#define DQ_SAMPLES	20		    /* unexpected values a rule shows */

struct dq_options {
	/* For the values that uniqueness rules remember, shared between them;
	 * 0: DQ_UNIQUE_BYTES. Taken as needed. */
	size_t unique_bytes;
	/* Uniqueness looks at a window of the latest values and forgets older
	 * ones; otherwise a rule that cannot remember all fails with an error.
	 */
	bool is_unique_window;
	/* A row that fails a critical rule with mostly < 1 is bad too. */
	bool is_tolerated_bad;
	/* Keep all unexpected values and rows, up to 64 MiB, for DQ_COMPLETE.
	 */
	bool want_complete;
	/* One a column of the suite: "" counts as null. NULL: nowhere;
	 * borrowed until close. */
	const bool *is_empty_null;
};

struct dq_judge;

/* The suite is borrowed until close. o may be NULL. */
int dq_judge_open(struct dq_judge **out, const struct dq_suite *s,
		  const struct dq_options *o, struct fail *f) PORT_MUST_CHECK;
void dq_judge_close(struct dq_judge *j);

/* Judge one row: true when it is good. val: one a column of the suite. */
bool dq_judge_row(struct dq_judge *j, const struct ndjson_val *val);

/* Count a line that is no row. */
void dq_judge_malformed(struct dq_judge *j, enum ndjson_reason reason);

/*
 * Append the record of a bad line, with LF: the row judged last, or, when
 * line->reason says so, a malformed line. Inline: wrapped as {"@bad":...}
 * and without the file's name.
 */
int dq_put_bad(struct dq_judge *j, const struct ndjson_line *line,
	       const char *file, bool is_inline, struct buf *out,
	       struct fail *f) PORT_MUST_CHECK;

struct dq_counts {
	uint64_t rows; /* good + bad */
	uint64_t good;
	uint64_t bad; /* failed a rule that quarantines */
	uint64_t malformed;
	uint64_t malformed_by[NDJSON_REASONS];
};
const struct dq_counts *dq_counts(const struct dq_judge *j);

/* What became of one rule, so far. Texts are borrowed. */
struct dq_verdict {
	struct str type;
	struct str column; /* empty for a rule about the table */
	enum dq_severity severity;
	bool is_success;
	bool is_map;	       /* a rule about each row's value */
	uint64_t rows;	       /* that its condition let through */
	uint64_t missing;      /* null or absent: not looked at */
	uint64_t unexpected;   /* as Great Expectations counts */
	uint64_t failed_rows;  /* rows that failed as they went by: without the
				* first of equal values */
	const char *exception; /* why it could not be judged, or NULL */
};
size_t dq_rule_count(const struct dq_suite *s);
struct dq_verdict dq_verdict_of(const struct dq_judge *j, size_t rule);

/* A rule of at least this severity failed, or could not be judged. */
bool dq_has_failed(const struct dq_judge *j, enum dq_severity at_least);

/* Some row had the column, be it as null. */
bool dq_is_column_seen(const struct dq_judge *j, size_t column);

/* ---- reports ---- */

enum dq_format {
	DQ_BOOLEAN_ONLY,
	DQ_BASIC,
	DQ_SUMMARY,
	DQ_COMPLETE,
};

/* What a result says about the run; texts are borrowed. */
struct dq_about {
	int64_t time_us;      /* of the validation */
	const char *run_name; /* or NULL */
	const char *asset;    /* what was judged: the input's name */
	const char *version;  /* of dq-check */
};

/* Append a validation result as Great Expectations writes it. */
int dq_put_result(const struct dq_judge *j, enum dq_format format,
		  const struct dq_about *about, struct buf *out,
		  struct fail *f) PORT_MUST_CHECK;

/* ---- state: what uniqueness rules remember ---- */

/* Remember nothing any more: what comes next is unique among itself. */
void dq_forget(struct dq_judge *j);

/* Append a text that differs where one state must not serve for another.
 * column_hash: how a schema reads each of the suite's columns, or NULL. */
int dq_put_meaning(const struct dq_judge *j, const uint64_t *column_hash,
		   struct buf *out, struct fail *f) PORT_MUST_CHECK;

/* Append a snapshot; and take one, into a judge that has seen no row.
 * FAIL_DATA when it is damaged or another suite's. */
int dq_save(const struct dq_judge *j, struct buf *out,
	    struct fail *f) PORT_MUST_CHECK;
int dq_load(struct dq_judge *j, struct str snapshot,
	    struct fail *f) PORT_MUST_CHECK;

/* "PCRE2 10.42": for --version. Static. */
const char *dq_libraries(void);

#endif
