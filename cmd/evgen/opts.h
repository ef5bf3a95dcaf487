/* SPDX-License-Identifier: MIT */
/*
 * The options of evgen, as parsed.
 */
#ifndef EVGEN_OPTS_H
#define EVGEN_OPTS_H

#include "cli/cli.h"

struct opts {
	/* Listeners */
	int64_t users, tracks, seed;
	int profile;
	/* Window */
	int64_t from_us, to_us; /* 0: not given */
	int64_t limit;		/* lines; 0: no limit */
	/* Events */
	int compat;	 /* 0: playpipe, else enum gen_form */
	unsigned topics; /* bits 1 << enum gen_topic; 0: not given */
	const char *tag;
	/* Faults */
	struct cli_list fault;
	const char *truth;
	/* Parallel */
	int64_t jobs;
	const char *shard;
	/* Pace */
	double speedup, rate; /* 0: as fast as possible */
	/* Exactly once */
	const char *job;
	int64_t barrier_us;
	const char *resume;
	bool is_skip_empty;
};

extern const struct cli_tool opts_tool;

#endif
