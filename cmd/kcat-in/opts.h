/* SPDX-License-Identifier: MIT */
/*
 * opts - what the command line of kcat-in says.
 */
#ifndef KCAT_IN_OPTS_H
#define KCAT_IN_OPTS_H

#include "cli/cli.h"
#include "kafka/kafka.h"

enum format {
	FORMAT_RAW,
	FORMAT_SPLICE,
	FORMAT_ENVELOPE,
};

struct opts {
	struct kafka_options kafka;
	struct cli_list partitions; /* "0", "3-5" */
	const char *shard;	    /* "I/N" */
	const char *group;
	int isolation; /* 0 committed, 1 uncommitted */
	bool want_list;

	const char *start;
	const char *until;
	const char *manifest;
	int64_t limit;	     /* records, -1: none */
	int64_t max_bytes;   /* -1: none */
	int64_t max_time_us; /* 0: none */

	const char *job;
	const char *resume;
	int64_t barrier_us;
	bool is_gap_accepted;

	int format; /* enum format */
	bool is_line_buffered;
	bool is_skip_empty;
};

extern const struct cli_tool opts_tool;

#endif
