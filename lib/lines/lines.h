/* SPDX-License-Identifier: MIT */
/*
 * lines - what the command lines of all tools that read lines share: their
 * option rows, how a stream is set up from them, its progress, the account of
 * its lines at the end, and whether too many of them were bad.
 */
#ifndef LINES_LINES_H
#define LINES_LINES_H

#include "cli/cli.h"
#include "stream/stream.h"

/* Options that mean the same everywhere; a tool without one leaves it 0. */
struct lines_options {
	int validate;	  /* enum ndjson_mode: full|structural */
	int64_t max_line; /* bytes */
	bool is_line_buffered;
	bool is_drop_allowed;
	int64_t max_bad; /* -1, from the tool: not given */
	bool want_columns;
};

/* ---- option rows ---- */

/* Rows for a tool's table, one a macro, in the --help category named; the
 * tool's struct opts holds its struct lines_options as the member lines. */

#define LINES_AT(member) offsetof(struct opts, lines.member)

#define LINES_VALIDATE(category)                                               \
	{                                                                      \
		0, "validate", CLI_CHOICE, "MODE", "full", NULL, category,     \
			"full: every byte is JSON and UTF-8; structural: "     \
			"values that are not needed are only bracketed right", \
			"full|structural", 0, 0, LINES_AT(validate)            \
	}

#define LINES_MAX_LINE(category)                                               \
	{                                                                      \
		0, "max-line", CLI_SIZE, "SIZE", "1M", NULL, category,         \
			"a longer line is malformed", NULL, 1024,              \
			(int64_t)LIMIT_LINE_MAX, LINES_AT(max_line)            \
	}

#define LINES_ALLOW_DROP(category)                                             \
	{                                                                      \
		0, "allow-drop", CLI_FLAG, NULL, NULL, NULL, category,         \
			"take barriers whose count of lines is not what came", \
			NULL, 0, 0, LINES_AT(is_drop_allowed)                  \
	}

#define LINES_LINE_BUFFERED(category)                                          \
	{                                                                      \
		0, "line-buffered", CLI_FLAG, NULL, NULL, NULL, category,      \
			"write out before every read, not only when the "      \
			"input goes idle",                                     \
			NULL, 0, 0, LINES_AT(is_line_buffered)                 \
	}

#define LINES_PRINT_COLUMNS(category)                                          \
	{                                                                      \
		0, "print-columns", CLI_FLAG, NULL, NULL, NULL, category,      \
			"print the columns that are read, for lake-cat "       \
			"--columns, instead",                                  \
			NULL, 0, 0, LINES_AT(want_columns)                     \
	}

/* help says which lines count, when they are judged, and the default; the
 * text is that of tools that only leave lines out. */
#define LINES_LEFT_OUT                                                         \
	"exit 65 at the end when more than N lines were left out (default: 0)"
#define LINES_MAX_BAD(category, help)                                          \
	{                                                                      \
		0, "max-bad", CLI_INTEGER, "N", NULL, NULL, category, help,    \
			NULL, 0, 0, LINES_AT(max_bad)                          \
	}

/* ---- the run ---- */

/* For stream_open: these options, progress told through c, flush flushed
 * when the input goes idle (may be NULL). All is borrowed. */
struct stream_options lines_stream(const struct lines_options *o, struct cli *c,
				   struct io_out *flush);

/*
 * FAIL_USAGE when the file that an option names (NULL: none) is an input as
 * well: one of the operands from `first` on, or stdin where there are none.
 * Such a run would read what it wrote, and have no end.
 */
int lines_check_output(const struct cli *c, size_t first, const char *option,
		       const char *path, struct fail *f) PORT_MUST_CHECK;

/* Write the columns that a reader opened with these keys would find: "a,b,c",
 * without the other names they may have. */
int lines_print_columns(const struct str *key, const int *slot, size_t n,
			struct io_out *out, struct fail *f) PORT_MUST_CHECK;

/*
 * The statistics "lines" and "bytes", then the n parts that all data lines
 * fell into, then bad_by_reason, "blank", "crlf" and "barriers"; and every
 * line is in exactly one part, or FAIL_BUG.
 */
int lines_account(struct cli *c, const struct stream_counts *in,
		  const uint64_t *part, const char *const *name, size_t n,
		  struct fail *f) PORT_MUST_CHECK;

/* Complain of a malformed line. */
void lines_tell_bad(struct cli *c, const struct stream_record *rec);

/* How many bad lines --max-bad allows; without it so many as the tool says. */
uint64_t lines_max_bad(const struct lines_options *o, uint64_t otherwise);

/*
 * FAIL_DATA when that is less than n, in a sentence that begins with what is
 * counted: "lines left out: 3; --max-bad allows 2".
 */
int lines_judge(const struct lines_options *o, const char *what, uint64_t n,
		uint64_t otherwise, struct fail *f) PORT_MUST_CHECK;

#endif
