/* SPDX-License-Identifier: MIT */
/*
 * Rows: the options every tool has, and setting a row's value from text,
 * whichever of default, configuration, environment or command line it comes
 * from.
 */
#include "cli/cli_private.h"

#include <stdio.h>

#define COMMON	   "Common options"
#define AT(member) offsetof(struct cli_common, member)

/* The first COMMANDS rows are for the command line only. */
#define COMMANDS 5

const struct cli_option cli_common_option[] = {
	{'h', "help", CLI_FLAG, NULL, NULL, NULL, COMMON,
	 "show help: a short one with -h, all of it with --help", NULL, 0, 0,
	 AT(is_help)},
	{'V', "version", CLI_FLAG, NULL, NULL, NULL, COMMON,
	 "show the version and the build", NULL, 0, 0, AT(is_version)},
	{0, "completions", CLI_CHOICE, "SHELL", NULL, NULL, COMMON,
	 "print the completion script of a shell", "bash|zsh|fish", 0, 0,
	 AT(completions)},
	{0, "config", CLI_PATH, "FILE", NULL, "PLAYPIPE_CONFIG", COMMON,
	 "read settings from FILE", NULL, 0, 0, AT(config)},
	{0, "print-config", CLI_FLAG, NULL, NULL, NULL, COMMON,
	 "print the settings in force, as a file for --config", NULL, 0, 0,
	 AT(is_print_config)},
	{'v', "verbose", CLI_COUNT, NULL, "0", NULL, COMMON,
	 "tell more on stderr; may be repeated", NULL, 0, 0, AT(verbose)},
	{'q', "quiet", CLI_FLAG, NULL, NULL, NULL, COMMON,
	 "tell nothing on stderr but errors", NULL, 0, 0, AT(is_quiet)},
	{0, "stats", CLI_PATH, "DEST", NULL, NULL, COMMON,
	 "write a JSON object of figures to the file DEST at the end; - is "
	 "stderr",
	 NULL, 0, 0, AT(stats)},
	{0, "log-format", CLI_CHOICE, "FORMAT", "text", "PLAYPIPE_LOG_FORMAT",
	 COMMON, "form of the messages on stderr", "text|json", 0, 0,
	 AT(log_format)},
	{0, "color", CLI_CHOICE, "WHEN", "auto", NULL, COMMON,
	 "colour messages", "auto|always|never", 0, 0, AT(color)},
	{0, "progress", CLI_CHOICE, "WHEN", "auto", NULL, COMMON,
	 "show progress on stderr", "auto|always|never", 0, 0, AT(progress)},
};
const size_t cli_common_option_n = sizeof(cli_common_option) /
				   sizeof(cli_common_option[0]);

struct cli_row *
cli_row_find(struct cli *c, struct str name)
{
	struct cli_private *p = c->private;

	for (size_t i = 0; i < p->row_n; i++)
		if (str_is(name, p->row[i].option->name))
			return &p->row[i];
	return NULL;
}

bool
cli_is_typed(struct cli *c, const char *option)
{
	const struct cli_row *row = cli_row_find(c, str_of(option));

	return row != NULL && row->source == CLI_COMMAND_LINE;
}

bool
cli_row_is_command(const struct cli *c, const struct cli_row *row)
{
	size_t i = (size_t)(row - c->private->row);

	return i >= c->tool->option_n && i < c->tool->option_n + COMMANDS;
}

bool
cli_is_final(const struct cli *c, const struct cli_row *row)
{
	const struct cli_common *o = &c->private->common;

	return row->value == &o->is_help || row->value == &o->is_version ||
	       row->value == &o->completions;
}

bool
cli_type_has_value(enum cli_type type)
{
	return type != CLI_FLAG && type != CLI_COUNT;
}

/* ---- one value from text ---- */

static int
set_flag(bool *out, const char *text, struct fail *f)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
		*out = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		*out = false;
	else
		return fail_set(f, FAIL_USAGE, "'%s' is not true or false",
				text);
	return 0;
}

static bool
is_unbounded(const struct cli_option *o)
{
	return o->min == 0 && o->max == 0;
}

static int
set_integer(const struct cli_option *o, int64_t *out, const char *text,
	    struct fail *f)
{
	int64_t max = is_unbounded(o) ? INT64_MAX : o->max;
	int64_t v;

	if (o->type == CLI_SIZE) {
		if (cli_parse_size(text, &v) != 0)
			return fail_set(f, FAIL_USAGE,
					"'%s' is not a size such as 64M (K, M, "
					"G, T)",
					text);
	} else if (num_parse_i64(text, strlen(text), &v) != 0) {
		return fail_set(f, FAIL_USAGE, "'%s' is not a whole number",
				text);
	}
	if (v < o->min || v > max) {
		if (is_unbounded(o))
			return fail_set(f, FAIL_USAGE, "'%s' is negative",
					text);
		if (max == INT64_MAX)
			return fail_set(f, FAIL_USAGE, "'%s' is below %lld",
					text, (long long)o->min);
		return fail_set(f, FAIL_USAGE,
				"'%s' is not between %lld and %lld", text,
				(long long)o->min, (long long)max);
	}
	*out = v;
	return 0;
}

static int
set_number(const struct cli_option *o, double *out, const char *text,
	   struct fail *f)
{
	double v;

	if (num_parse_f64(text, strlen(text), &v) != 0)
		return fail_set(f, FAIL_USAGE, "'%s' is not a number", text);
	if (!is_unbounded(o) && (v < (double)o->min || v > (double)o->max))
		return fail_set(f, FAIL_USAGE,
				"'%s' is not between %lld and %lld", text,
				(long long)o->min, (long long)o->max);
	*out = v;
	return 0;
}

/* The index of a name among the choices, or a failure that names them. */
static int
find_choice(const struct cli_option *o, struct str name, int *out,
	    struct fail *f)
{
	const char *p = o->choices;
	struct cli_text names;
	int rc;

	for (int i = 0;; i++) {
		size_t n = strcspn(p, "|");

		if (str_equal(name, (struct str){p, n})) {
			*out = i;
			return 0;
		}
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	cli_text_init(&names);
	cli_text_add_choices(&names, o->choices, ", ");
	rc = names.code != 0 ? fail_memory(f)
			     : fail_set(f, FAIL_USAGE, "'%.*s' is none of %s",
					STR_ARG(name), names.buf.p);
	cli_text_release(&names);
	return rc;
}

static int
set_choices(const struct cli_option *o, unsigned *out, const char *text,
	    struct fail *f)
{
	unsigned set = 0;

	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		int i = 0, rc = find_choice(o, (struct str){p, n}, &i, f);

		if (rc != 0)
			return rc;
		set |= 1u << i;
		p += n;
		if (*p == '\0')
			break;
	}
	*out = set;
	return 0;
}

static int
set_columns(struct cli *c, struct cli_list *out, const char *text,
	    struct fail *f)
{
	struct arena *a = &c->private->mem;
	struct cli_list list = {0};
	size_t n = 1;

	for (const char *p = text; *p != '\0'; p++)
		n += *p == ',';
	list.item = arena_zalloc(a, n, sizeof(*list.item));
	if (list.item == NULL)
		return fail_memory(f);
	for (const char *p = text;; p++) {
		size_t len = strcspn(p, ",");

		if (len == 0)
			return fail_set(f, FAIL_USAGE,
					"'%s' has an empty name in it", text);
		list.item[list.n] = arena_copy(a, (struct str){p, len});
		if (list.item[list.n++] == NULL)
			return fail_memory(f);
		p += len;
		if (*p == '\0')
			break;
	}
	*out = list;
	return 0;
}

static int
set_value(struct cli *c, struct cli_row *row, const char *text, struct fail *f)
{
	const struct cli_option *o = row->option;

	switch (o->type) {
	case CLI_FLAG:
		return set_flag(row->value, text, f);
	case CLI_COUNT: {
		int64_t v;

		if (num_parse_i64(text, strlen(text), &v) != 0 || v < 0 ||
		    v > 9)
			return fail_set(f, FAIL_USAGE,
					"'%s' is not between 0 and 9", text);
		*(int *)row->value = (int)v;
		return 0;
	}
	case CLI_INTEGER:
	case CLI_SIZE:
		return set_integer(o, row->value, text, f);
	case CLI_DURATION:
		if (cli_parse_duration(text, row->value) == 0)
			return 0;
		return fail_set(f, FAIL_USAGE,
				"'%s' is not a duration such as 500ms, 30s, "
				"15m, 2h or 7d",
				text);
	case CLI_TIME:
		if (cli_parse_time(text, c->private->now, row->value) == 0)
			return 0;
		return fail_set(f, FAIL_USAGE,
				"'%s' is not a time such as 2026-11-22, "
				"2026-11-22T10:00:00Z, epoch ms, now or now-3d",
				text);
	case CLI_RATE:
		if (cli_parse_rate(text, row->value) == 0)
			return 0;
		return fail_set(f, FAIL_USAGE,
				"'%s' is not a share such as 0.001 or 0.1%%",
				text);
	case CLI_NUMBER:
		return set_number(o, row->value, text, f);
	case CLI_CHOICE:
		return find_choice(o, str_of(text), row->value, f);
	case CLI_CHOICES:
		return set_choices(o, row->value, text, f);
	case CLI_PATH:
	case CLI_TEXT:
		if (*text == '\0' && (o->type == CLI_PATH || o->min > 0))
			return fail_set(f, FAIL_USAGE, "the value is empty");
		*(const char **)row->value = text;
		return 0;
	case CLI_COLUMNS:
		return set_columns(c, row->value, text, f);
	case CLI_LIST:
		return 0; /* cli_row_set: the list is row->text */
	}
	return fail_set(f, FAIL_BUG, "bug: option '%s' has no type", o->name);
}

/* Add to row->text, which lives in the arena. */
static int
add_text(struct cli *c, struct cli_row *row, const char *text, struct fail *f)
{
	if (row->text.n == row->text_cap) {
		size_t cap = row->text_cap == 0 ? 4 : row->text_cap * 2;
		const char **item = arena_zalloc(&c->private->mem, cap,
						 sizeof(*item));

		if (item == NULL)
			return fail_memory(f);
		if (row->text.n > 0)
			memcpy(item, row->text.item,
			       row->text.n * sizeof(*item));
		row->text.item = item;
		row->text_cap = cap;
	}
	row->text.item[row->text.n++] = text;
	return 0;
}

int
cli_row_set(struct cli *c, struct cli_row *row, const char *text,
	    enum cli_source source, struct fail *f)
{
	bool is_list = row->option->type == CLI_LIST;
	int rc = set_value(c, row, text, f);

	if (rc != 0)
		return rc;
	if (!is_list || row->source != source)
		row->text.n = 0;
	row->source = source;
	rc = add_text(c, row, text, f);
	if (rc == 0 && is_list)
		*(struct cli_list *)row->value = row->text;
	return rc;
}
