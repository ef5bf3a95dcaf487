/* SPDX-License-Identifier: MIT */
/*
 * Private to dq: what a judge counts. judge.c and samples.c fill it,
 * verdicts.c, badline.c and result.c report it, dq_state.c keeps a part of it.
 */
#ifndef DQ_JUDGE_H
#define DQ_JUDGE_H

#include "dq/fingerprints.h"
#include "dq/rules.h"

/* An unexpected value, as JSON text in the judge's arena. */
struct dq_sample {
	struct str json;
	uint64_t row; /* 0 for the first row */
	bool has_row; /* false for the first of equal values: it went by */
};

/* The counts of one rule. */
struct dq_tally {
	uint64_t failed;    /* rows that failed */
	uint64_t groups;    /* of equal values, for uniqueness */
	uint64_t undecided; /* rows where the rule could not be judged */
	struct dq_sample *sample;
	size_t sample_n;
	size_t sample_cap;
};

/* A column's value in the current row, converted when first asked for. */
struct dq_cell {
	uint64_t text_row; /* row whose text stands in text; 0: none */
	uint64_t number_row;
	struct str text;
	struct dq_number number;
};

/* A value whose uniqueness is judged at the end of its row: its fingerprint's
 * place in the table is on its way until then. */
struct dq_expected {
	const struct dq_rule *rule;
	uint64_t word[2];
};

struct dq_judge {
	const struct dq_suite *suite;
	struct dq_options options;
	struct dq_tally *tally; /* one a rule */
	struct dq_cell *cell;	/* one a column */
	uint64_t *held;		/* one a condition: rows where it held */
	uint64_t *missing;	/* one a group: nulls in those rows */
	uint32_t *unseen;	/* columns that no row had so far */
	size_t unseen_n;
	struct dq_fingerprints *unique; /* one a uniqueness rule */
	uint64_t unique_seed;
	struct dq_expected *expected; /* of this row */
	size_t expected_n;
	const struct ndjson_val *val; /* of the current row; borrowed */
	uint32_t *failed;	      /* rules that the current row failed */
	size_t failed_n;
	bool is_bad;		 /* a failed rule is a gate */
	struct arena row_mem;	 /* unescaped texts of the current row */
	struct arena sample_mem; /* texts of samples */
	size_t sample_n;	 /* of all rules */
	bool has_lost_samples;
	struct dq_counts counts;
};

/* The value's JSON text for a report, copied to the arena; a long one is cut
 * and becomes a string. A NULL p: out of memory. */
struct str dq_value_json(const struct ndjson_val *v, struct arena *a);

/* Keep the value of a row that failed a rule; of one that came a second time
 * also for the first row, as Great Expectations lists it. */
void dq_keep_samples(struct dq_judge *j, struct dq_tally *t, uint32_t column,
		     bool is_first_again);

#endif
