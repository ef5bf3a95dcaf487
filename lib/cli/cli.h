/* SPDX-License-Identifier: MIT */
/*
 * cli - the command line all tools share. Options are rows of a table; from
 * the rows come parsing, -h and --help, completions for three shells, the
 * configuration file and its template, and the test that the manual page
 * agrees. Also diagnostics, progress, the statistics object and the end of a
 * run (exit status, checked close of stdout, signals).
 *
 *   int main(int argc, char **argv)
 *   {
 *           struct opts o = {0};
 *           struct cli c;
 *           struct fail f = {0};
 *           int status, rc;
 *
 *           if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
 *                   return status;
 *           rc = run(&c, &o, &f);
 *           return cli_end(&c, rc, &f);
 *   }
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/io.h"
#include "mem/mem.h"

enum cli_type {
	CLI_FLAG,     /* bool */
	CLI_COUNT,    /* int: how often it was given */
	CLI_INTEGER,  /* int64_t, min to max */
	CLI_SIZE,     /* int64_t bytes: 64M, 256K, 1G (powers of 1024) */
	CLI_DURATION, /* int64_t us: 500ms, 30s, 30m, 2h, 7d */
	CLI_TIME,     /* int64_t us: RFC 3339, a date, epoch ms, now, now-3d */
	CLI_RATE,     /* double, a share: 0.001, 0.1% */
	CLI_NUMBER,   /* double, min to max */
	CLI_CHOICE,   /* int: index into choices */
	CLI_CHOICES,  /* unsigned: a,b,c as bits 1 << index into choices */
	CLI_TEXT,     /* const char *; with min 1 never empty */
	CLI_PATH,     /* const char *, never empty */
	CLI_COLUMNS,  /* struct cli_list: a,b,c */
	CLI_LIST,     /* struct cli_list: given several times */
};

struct cli_list {
	const char **item;
	size_t n;
};

struct cli_option {
	char short_name;  /* 0: none */
	const char *name; /* long name without -- */
	enum cli_type type;
	const char *arg;      /* metavariable: "FILE"; NULL for flags */
	const char *initial;  /* default as text, or NULL */
	const char *env;      /* environment variable, or NULL */
	const char *category; /* heading in --help; NULL: "Options" */
	const char *help;     /* one line, lower case, no full stop */
	const char *choices;  /* "a|b|c" for CLI_CHOICE and _CHOICES (<= 32) */
	int64_t min, max;     /* for CLI_INTEGER, CLI_SIZE; 0,0: any >= 0 */
	size_t at;	      /* offsetof(struct opts, member) */
};

struct cli_example {
	const char *what;    /* what it does, one line */
	const char *command; /* as typed */
};

struct cli_tool {
	const char *name;     /* "dq-check" */
	const char *summary;  /* one sentence of design: "judges ..." */
	const char *operands; /* "[FILE...]", "TABLE", "" */
	int min_operands, max_operands; /* max -1: any number */
	bool is_reading_stdin; /* without operands; refused on a terminal */
	bool is_stateful;      /* IO_SIGNALS_STATEFUL */
	const struct cli_option *option;
	size_t option_n;
	const struct cli_example *example; /* at least three */
	size_t example_n;
	const char *exit_codes; /* "0 1 2 65 74": its part of the table */
	const char *(*libraries)(void); /* "zstd 1.5.4, ..." or NULL */
};

/* Options every tool has; rows of their own, filled by cli_begin. */
struct cli {
	const struct cli_tool *tool;
	char **operand;
	size_t operand_n;

	int verbose;	    /* -v given so often */
	bool is_quiet;	    /* -q */
	const char *stats;  /* --stats DEST: a file, "-" is stderr */
	bool is_json_log;   /* --log-format json */
	bool want_progress; /* decided from --progress, -q and the terminal */
	bool want_color;    /* of stderr */

	struct cli_private *private;
};

/*
 * Parse, after installing signals. False: exit with *status (help, version,
 * completions and --print-config were printed, or a usage error was told).
 */
bool cli_begin(struct cli *c, const struct cli_tool *tool, int argc,
	       char **argv, void *dest, int *status);

/*
 * End the run: tell the failure (if rc < 0), write the statistics, close
 * stdout and look whether that worked, free everything. Returns the exit
 * status; does not return after FAIL_SIGNAL, but ends by that signal.
 */
int cli_end(struct cli *c, int rc, const struct fail *f);

/* Was the option (its long name) given on the command line? What the file or
 * the environment says is a default of the host, for all runs. */
bool cli_is_typed(struct cli *c, const char *option);

/* Tell a failure that does not end the run, as cli_end tells the last one. */
void cli_error(struct cli *c, const struct fail *f);
/* "tool: warning: ..." on stderr, unless -q. */
void cli_warn(struct cli *c, const char *fmt, ...) PORT_PRINTF(2, 3);
/* With -v. */
void cli_info(struct cli *c, const char *fmt, ...) PORT_PRINTF(2, 3);
/* A bad line and the like: at most 10 are told, then one that more follow;
 * all with -v. */
void cli_complain(struct cli *c, const char *fmt, ...) PORT_PRINTF(2, 3);

/* Statistics: one JSON object at the end, keys in order of first mention.
 * A second call with the same key replaces. Keys are borrowed for good. */
void cli_stat(struct cli *c, const char *key, uint64_t value);
void cli_stat_text(struct cli *c, const char *key, const char *value);
void cli_stat_f64(struct cli *c, const char *key, double value);
/* An object of counters under a key: cli_stat_in(c, "bad", "dup_key", 3). */
void cli_stat_in(struct cli *c, const char *key, const char *inner,
		 uint64_t value);

/*
 * Every line is accounted for: total must equal the sum of n parts, else
 * FAIL_BUG with the figures.
 */
int cli_balance(struct cli *c, uint64_t total, const uint64_t *part,
		const char *const *part_name, size_t n,
		struct fail *f) PORT_MUST_CHECK;

/* Show progress, if wanted and due: done of total bytes (total -1: unknown),
 * and lines. Cheap to call once a block. */
void cli_progress(struct cli *c, uint64_t done, int64_t total, uint64_t lines);

/* Parsers of option values, for LIST items such as KIND=RATE. */
int cli_parse_rate(const char *text, double *out) PORT_MUST_CHECK;
int cli_parse_duration(const char *text, int64_t *us) PORT_MUST_CHECK;
int cli_parse_size(const char *text, int64_t *bytes) PORT_MUST_CHECK;
int cli_parse_time(const char *text, int64_t now, int64_t *us) PORT_MUST_CHECK;

/* The shard of "--shard I/N" from 0, and of how many, at most max: 0 of 1
 * without text. */
int cli_parse_shard(const char *text, uint32_t max, uint32_t *shard,
		    uint32_t *shards, struct fail *f) PORT_MUST_CHECK;

/*
 * Give take each line of a file of settings, trimmed, but none that is blank
 * or begins with '#'. Its failure gets file and line in front; a file that
 * cannot be read is FAIL_USAGE.
 */
int cli_read_settings(const char *path,
		      int (*take)(void *ctx, struct str line, struct fail *f),
		      void *ctx, struct fail *f) PORT_MUST_CHECK;

/* Where shared data (schemas, suites) is: PLAYPIPE_SHARE, else
 * PREFIX/share/playpipe as built, else beside the build tree. */
const char *cli_share(void);

#define CLI_VERSION "0.1.0"

#endif
