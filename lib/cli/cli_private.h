/* SPDX-License-Identifier: MIT */
/*
 * What the files of this module share. A tool's rows and the common rows are
 * one array of struct cli_row; all that is known about a row at run time is
 * there: where its value goes, who set it, and the text it was set to.
 */
#ifndef CLI_CLI_PRIVATE_H
#define CLI_CLI_PRIVATE_H

#include "cli/cli.h"
#include "doc/doc.h"

/* Who set a value; a later one beats an earlier one. */
enum cli_source {
	CLI_UNSET,
	CLI_DEFAULT,
	CLI_CONFIG,
	CLI_ENVIRONMENT,
	CLI_COMMAND_LINE,
};

struct cli_row {
	const struct cli_option *option;
	void *value; /* borrowed: the member of the tool's struct */
	enum cli_source source;
	struct cli_list text; /* as set; one item but for CLI_LIST */
	size_t text_cap;
};

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* The values of the common rows. */
struct cli_common {
	bool is_help;
	bool is_version;
	int completions; /* enum cli_shell */
	const char *config;
	bool is_print_config;
	int verbose;
	bool is_quiet;
	const char *stats;
	int log_format; /* 1: json */
	int color;	/* enum cli_when */
	int progress;	/* enum cli_when */
};

enum cli_shell { CLI_BASH, CLI_ZSH, CLI_FISH };

/* A value of the statistics object. */
struct cli_stat {
	const char *key;
	enum { CLI_STAT_U64, CLI_STAT_F64, CLI_STAT_TEXT, CLI_STAT_IN } kind;
	uint64_t u64;
	double f64;
	const char *text;    /* in the arena */
	struct cli_stat *in; /* owned; members of CLI_STAT_IN */
	size_t in_n, in_cap;
};

struct cli_private {
	struct arena mem;
	struct cli_common common;
	struct cli_row *row; /* the tool's rows, then the common ones */
	size_t row_n;
	int64_t now; /* at the start */

	struct cli_stat *stat; /* owned */
	size_t stat_n, stat_cap;
	int64_t began_us; /* monotonic */

	uint64_t complaints;	 /* so far, told or not */
	int64_t progress_due_us; /* monotonic */
	bool is_progress_shown;
	bool is_stderr_terminal;
};

/* Complaints told without -v. */
#define CLI_COMPLAINTS 10

/* A help text, script or template, at most. */
#define CLI_TEXT_MAX ((size_t)1 << 20)

/* ---- cli_rows.c ---- */

extern const struct cli_option cli_common_option[];
extern const size_t cli_common_option_n;

/* The row of a long name, or NULL. */
struct cli_row *cli_row_find(struct cli *c, struct str name);
/* Does what follows the option not matter: help, version, completions? */
bool cli_is_final(const struct cli *c, const struct cli_row *row);
/* Is the option for the command line only? */
bool cli_row_is_command(const struct cli *c, const struct cli_row *row);
bool cli_type_has_value(enum cli_type type);

/*
 * Set a row from text, which is borrowed until cli_end; a value from a lower
 * source is replaced, one of the same source added to (lists) or replaced.
 */
int cli_row_set(struct cli *c, struct cli_row *row, const char *text,
		enum cli_source source, struct fail *f) PORT_MUST_CHECK;

/* ---- text.c ---- */

/* A text that grows; the first failure sticks and makes the rest no-ops. */
struct cli_text {
	struct buf buf;
	int code; /* 0, or FAIL_MEMORY */
};

void cli_text_init(struct cli_text *t);
void cli_text_release(struct cli_text *t);
void cli_text_add(struct cli_text *t, const char *fmt, ...) PORT_PRINTF(2, 3);
/* "a|b|c" with another separator. */
void cli_text_add_choices(struct cli_text *t, const char *choices,
			  const char *separator);

/* ---- cli_parse.c ---- */

/* The name nearest to what was typed, if one is near at all. */
struct cli_near {
	struct str typed;
	size_t below;	  /* so many wrong letters are too many */
	const char *name; /* the nearest one so far, or NULL */
};

void cli_near_init(struct cli_near *n, struct str typed);
/* Is this one nearer? name is borrowed. */
void cli_near_try(struct cli_near *n, const char *name);

/* One option as it was given on the command line. */
struct cli_given {
	struct cli_row *row;
	const char *value; /* NULL for flags */
	bool is_long;
};

struct cli_given_list {
	struct cli_given *item; /* in the arena */
	size_t n;
};

/* Split argv; operands go to c->operand. Stops behind a final option. */
int cli_parse(struct cli *c, int argc, char **argv, struct cli_given_list *out,
	      struct fail *f) PORT_MUST_CHECK;

/* ---- config.c ---- */

int cli_config_read(struct cli *c, const char *path,
		    struct fail *f) PORT_MUST_CHECK;
void cli_config_print(struct cli *c, struct cli_text *out);

/* ---- help.c, complete.c ---- */

void cli_help_short(struct cli *c, struct cli_text *out);
void cli_help_full(struct cli *c, struct cli_text *out);
void cli_version(struct cli *c, struct cli_text *out);
void cli_complete(struct cli *c, enum cli_shell shell, struct cli_text *out);

/* ---- report.c ---- */

enum cli_level { CLI_ERROR, CLI_WARNING, CLI_INFO };

/* One message; code is an exit status, 0 for none; hint may be NULL. */
void cli_report(struct cli *c, enum cli_level level, int code, const char *text,
		const char *hint);
void cli_progress_erase(struct cli *c);
/* How many complaints were not told. */
void cli_complaints_end(struct cli *c);

/* ---- cli_stats.c ---- */

/* Fail if the object could not be written where it is wanted. */
int cli_stats_check(const struct cli *c, struct fail *f) PORT_MUST_CHECK;
int cli_stats_write(struct cli *c, int status, struct fail *f) PORT_MUST_CHECK;
void cli_stats_release(struct cli_private *p);

#endif
