/* SPDX-License-Identifier: MIT */
/*
 * Help from the rows: a short one that fits a screen, and all of it, with
 * the examples first, since they are what most readers came for.
 */
#include "cli/cli_private.h"

#include <stdio.h>

#define WIDTH	    79
#define HELP_INDENT 10
#define SHORT_ALIGN 28

static const struct {
	int code;
	const char *meaning;
} exit_codes[] = {
	{0, "all is well"},
	{1, "a negative verdict"},
	{2, "a usage, configuration, schema or suite error"},
	{65, "bad data over the limit, or a gap in the source"},
	{70, "a bug in the tool"},
	{71, "out of memory"},
	{74, "input or output failed, or the reader went away (or 141, by "
	     "SIGPIPE)"},
	{75, "remote trouble, a lock, a stage before died: try again"},
	{77, "not allowed"},
	{99, "nothing to do, with --skip-empty"},
};

/* Append words, wrapped, each line after `indent` blanks; ends the line. */
static void
add_wrapped(struct cli_text *out, const char *text, size_t indent)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > WIDTH) {
			cli_text_add(out, "\n");
			column = 0;
		}
		if (column == 0)
			cli_text_add(out, "%*s", (int)indent, "");
		else
			cli_text_add(out, " ");
		column += (column == 0 ? indent : 1) + n;
		cli_text_add(out, "%.*s", (int)n, text);
		text += n + (text[n] == ' ');
	}
	cli_text_add(out, "\n");
}

/* "  -o, --output FILE" */
static void
add_names(struct cli_text *out, const struct cli_option *o)
{
	if (o->short_name != 0)
		cli_text_add(out, "  -%c, ", o->short_name);
	else
		cli_text_add(out, "      ");
	cli_text_add(out, "--%s", o->name);
	if (o->arg != NULL)
		cli_text_add(out, " %s", o->arg);
}

static void
add_usage(struct cli_text *out, const struct cli_tool *t)
{
	char sentence[FAIL_TEXT_MAX];

	snprintf(sentence, sizeof(sentence), "%s %s", t->name, t->summary);
	add_wrapped(out, sentence, 0);
	cli_text_add(out, "\nUsage: %s [OPTION...]%s%s\n", t->name,
		     *t->operands == '\0' ? "" : " ", t->operands);
}

void
cli_help_short(struct cli *c, struct cli_text *out)
{
	struct cli_private *p = c->private;

	add_usage(out, c->tool);
	for (size_t i = 0; i < p->row_n; i++) {
		const struct cli_option *o = p->row[i].option;
		size_t before, n;

		if (i == 0 || i == c->tool->option_n)
			cli_text_add(out, "\n");
		before = out->buf.len;
		add_names(out, o);
		n = out->buf.len - before;
		n = n + 2 > SHORT_ALIGN ? 2 : SHORT_ALIGN - n;
		cli_text_add(out, "%*s%s\n", (int)n, "", o->help);
	}
	cli_text_add(out, "\n'%s --help' tells more, 'man %s' all.\n",
		     c->tool->name, c->tool->name);
}

/* A remark behind the help: " (first; second)". */
struct remarks {
	struct cli_text *out;
	const char *before; /* the next one */
};

static void
remark(struct remarks *r, const char *what, const char *value)
{
	if (value == NULL)
		return;
	cli_text_add(r->out, "%s%s%s", r->before, what, value);
	r->before = "; ";
}

/* In the largest unit that leaves a whole number: "100ms", "1d". */
static void
format_duration(char *dst, size_t n, int64_t us)
{
	static const struct {
		const char *name;
		int64_t us;
	} unit[] = {{"d", UTC_DAY},    {"h", UTC_HOUR}, {"m", UTC_MINUTE},
		    {"s", UTC_SECOND}, {"ms", UTC_MS},	{"us", 1}};
	size_t i = 0;

	while (us % unit[i].us != 0)
		i++;
	snprintf(dst, n, "%lld%s", (long long)(us / unit[i].us), unit[i].name);
}

/* A bound of the range, as it would be typed: "64", of sizes also "64M". */
static void
format_bound(char *dst, size_t n, const struct cli_option *o, int64_t v)
{
	const char *suffix = "KMGT";
	int i = -1;

	if (o->type == CLI_DURATION) {
		format_duration(dst, n, v);
		return;
	}

	while (o->type == CLI_SIZE && v != 0 && v % 1024 == 0 && i < 3) {
		v /= 1024;
		i++;
	}
	snprintf(dst, n, "%lld%.*s", (long long)v, i >= 0,
		 &suffix[i < 0 ? 0 : i]);
}

static void
remark_range(struct remarks *r, const struct cli_option *o)
{
	char min[NUM_I64_MAX + 2], max[NUM_I64_MAX + 2];
	char range[sizeof(min) + sizeof(max) + 4];

	/* no maximum: no range, or a text that may not be empty */
	if (o->max == 0 || (o->min == 0 && o->max == INT64_MAX))
		return;
	format_bound(min, sizeof(min), o, o->min);
	format_bound(max, sizeof(max), o, o->max);
	if (o->max == INT64_MAX)
		snprintf(range, sizeof(range), "at least %s", min);
	else
		snprintf(range, sizeof(range), "%s to %s", min, max);
	remark(r, "", range);
}

static void
remark_choices(struct remarks *r, const struct cli_option *o)
{
	if (o->type != CLI_CHOICES) {
		remark(r, "", o->choices);
		return;
	}
	remark(r, "any of ", "");
	cli_text_add_choices(r->out, o->choices, ", ");
}

static void
describe(struct cli_text *out, const struct cli_option *o)
{
	struct remarks r = {out, " ("};

	cli_text_add(out, "%s", o->help);
	remark_choices(&r, o);
	remark_range(&r, o);
	if (o->type != CLI_COUNT)
		remark(&r, "default ", o->initial);
	if (o->type == CLI_LIST)
		remark(&r, "", "may be repeated");
	remark(&r, "environment ", o->env);
	if (*r.before == ';')
		cli_text_add(out, ")");
}

static void
add_option(struct cli_text *out, const struct cli_option *o)
{
	struct cli_text text;

	cli_text_init(&text);
	describe(&text, o);
	add_names(out, o);
	cli_text_add(out, "\n");
	if (text.code == 0)
		add_wrapped(out, text.buf.p, HELP_INDENT);
	else
		out->code = text.code;
	cli_text_release(&text);
}

static const char *
category_of(const struct cli_row *row)
{
	const char *name = row->option->category;

	return name == NULL ? "Options" : name;
}

/* Is this the first row of its category? */
static bool
is_first(const struct cli_private *p, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(category_of(&p->row[j]), category_of(&p->row[i])) ==
		    0)
			return false;
	return true;
}

static void
add_options(struct cli_text *out, const struct cli_private *p)
{
	for (size_t i = 0; i < p->row_n; i++) {
		const char *category = category_of(&p->row[i]);

		if (!is_first(p, i))
			continue;
		cli_text_add(out, "\n%s:\n", category);
		for (size_t j = i; j < p->row_n; j++)
			if (strcmp(category_of(&p->row[j]), category) == 0)
				add_option(out, p->row[j].option);
	}
}

/* Is the code in a list such as "0 1 65"? */
static bool
has_code(const char *list, int code)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");
		int64_t v;

		if (num_parse_i64(list, n, &v) == 0 && v == code)
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

static void
add_exit_codes(struct cli_text *out, const char *list)
{
	cli_text_add(out, "\nExit status:\n");
	for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
		if (has_code(list, exit_codes[i].code))
			cli_text_add(out, "  %-6d%s\n", exit_codes[i].code,
				     exit_codes[i].meaning);
	cli_text_add(out, "  128+n ended by signal n\n");
}

void
cli_help_full(struct cli *c, struct cli_text *out)
{
	const struct cli_tool *t = c->tool;

	add_usage(out, t);
	if (t->example_n > 0)
		cli_text_add(out, "\nExamples:\n");
	for (size_t i = 0; i < t->example_n; i++)
		cli_text_add(out, "  # %s\n  %s\n", t->example[i].what,
			     t->example[i].command);
	add_options(out, c->private);
	add_exit_codes(out, t->exit_codes);
	cli_text_add(out,
		     "\nAn option beats its environment variable, which beats "
		     "the file of\n--config, which beats the default. See "
		     "%s(1) and playpipe(7).\n",
		     t->name);
}

void
cli_version(struct cli *c, struct cli_text *out)
{
	cli_text_add(out, "%s (playpipe) " CLI_VERSION "\n", c->tool->name);
	if (c->tool->libraries != NULL)
		cli_text_add(out, "libraries: %s\n", c->tool->libraries());
#ifdef PLAYPIPE_BUILD
	cli_text_add(out, "build: %s\n", PLAYPIPE_BUILD);
#endif
}
