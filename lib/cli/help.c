/* SPDX-License-Identifier: MIT */
/*
 * Help from the rows: a short one that fits a screen, and all of it, with
 * the examples first, since they are what most readers came for.
 */
#include "cli/cli_private.h"

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
	{74, "input or output failed, or the reader went away"},
	{75, "remote trouble, a lock, a stage before died: try again"},
	{77, "not allowed"},
	{99, "nothing to do, with --skip-empty"},
};

/* Append words, wrapped, each line after n blanks; ends the line. */
static int
add_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = 0;
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > WIDTH) {
			rc = buf_add_char(out, '\n');
			column = 0;
		}
		if (rc == 0 && column == 0)
			rc = buf_addf(out, "%*s", (int)indent, "");
		else if (rc == 0)
			rc = buf_add_char(out, ' ');
		column += (column == 0 ? indent : 1) + n;
		if (rc == 0)
			rc = buf_add(out, text, n);
		text += n + (text[n] == ' ');
	}
	return rc == 0 ? buf_add_char(out, '\n') : rc;
}

/* "  -o, --output FILE" */
static int
add_names(struct buf *out, const struct cli_option *o)
{
	int rc = o->short_name != 0 ? buf_addf(out, "  -%c, ", o->short_name)
				    : buf_add_cstr(out, "      ");

	if (rc == 0)
		rc = buf_addf(out, "--%s", o->name);
	if (rc == 0 && o->arg != NULL)
		rc = buf_addf(out, " %s", o->arg);
	return rc;
}

static int
add_usage(const struct cli *c, struct buf *out)
{
	const struct cli_tool *t = c->tool;

	return buf_addf(out, "%s %s\n\nUsage: %s [OPTION...]%s%s\n", t->name,
			t->summary, t->name, *t->operands == '\0' ? "" : " ",
			t->operands);
}

int
cli_help_short(struct cli *c, struct buf *out)
{
	struct cli_private *p = c->private;
	int rc = add_usage(c, out);

	for (size_t i = 0; rc == 0 && i < p->row_n; i++) {
		const struct cli_option *o = p->row[i].option;
		size_t before = out->len, n;

		if (i == 0 || i == c->tool->option_n)
			rc = buf_add_char(out, '\n');
		before = out->len;
		if (rc == 0)
			rc = add_names(out, o);
		n = out->len - before;
		n = n + 2 > SHORT_ALIGN ? 2 : SHORT_ALIGN - n;
		if (rc == 0)
			rc = buf_addf(out, "%*s%s\n", (int)n, "", o->help);
	}
	if (rc == 0)
		rc = buf_addf(out, "\n'%s --help' tells more, 'man %s' all.\n",
			      c->tool->name, c->tool->name);
	return rc;
}

/* "show progress (auto|always|never; default auto)" */
static int
describe(const struct cli_option *o, struct buf *out)
{
	const char *next = " (";
	int rc = buf_add_cstr(out, o->help);

	if (rc == 0 && o->choices != NULL) {
		rc = buf_addf(out, "%s%s", next, o->choices);
		next = "; ";
	}
	if (rc == 0 && (o->min != 0 || o->max != 0)) {
		rc = buf_addf(out, "%s%lld to %lld", next, (long long)o->min,
			      (long long)o->max);
		next = "; ";
	}
	if (rc == 0 && o->initial != NULL && o->type != CLI_COUNT) {
		rc = buf_addf(out, "%sdefault %s", next, o->initial);
		next = "; ";
	}
	if (rc == 0 && o->type == CLI_LIST) {
		rc = buf_addf(out, "%smay be repeated", next);
		next = "; ";
	}
	if (rc == 0 && o->env != NULL) {
		rc = buf_addf(out, "%senvironment %s", next, o->env);
		next = "; ";
	}
	if (rc == 0 && *next == ';')
		rc = buf_add_char(out, ')');
	return rc == 0 ? buf_add_char(out, '\0') : rc;
}

static int
add_option(const struct cli_option *o, struct buf *out)
{
	struct buf text;
	int rc;

	buf_init(&text, CLI_TEXT_MAX);
	rc = add_names(out, o);
	if (rc == 0)
		rc = buf_add_char(out, '\n');
	if (rc == 0)
		rc = describe(o, &text);
	if (rc == 0)
		rc = add_wrapped(out, text.p, HELP_INDENT);
	buf_release(&text);
	return rc;
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

static int
add_options(struct cli *c, struct buf *out)
{
	struct cli_private *p = c->private;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->row_n; i++) {
		const char *category = category_of(&p->row[i]);

		if (!is_first(p, i))
			continue;
		rc = buf_addf(out, "\n%s:\n", category);
		for (size_t j = i; rc == 0 && j < p->row_n; j++)
			if (strcmp(category_of(&p->row[j]), category) == 0)
				rc = add_option(p->row[j].option, out);
	}
	return rc;
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

static int
add_exit_codes(struct cli *c, struct buf *out)
{
	int rc = buf_add_cstr(out, "\nExit status:\n");

	for (size_t i = 0;
	     rc == 0 && i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
		if (has_code(c->tool->exit_codes, exit_codes[i].code))
			rc = buf_addf(out, "  %-6d%s\n", exit_codes[i].code,
				      exit_codes[i].meaning);
	return rc == 0 ? buf_add_cstr(out, "  128+n ended by signal n\n") : rc;
}

int
cli_help_full(struct cli *c, struct buf *out)
{
	const struct cli_tool *t = c->tool;
	int rc = add_usage(c, out);

	if (rc == 0 && t->example_n > 0)
		rc = buf_add_cstr(out, "\nExamples:\n");
	for (size_t i = 0; rc == 0 && i < t->example_n; i++)
		rc = buf_addf(out, "  # %s\n  %s\n", t->example[i].what,
			      t->example[i].command);
	if (rc == 0)
		rc = add_options(c, out);
	if (rc == 0)
		rc = add_exit_codes(c, out);
	if (rc == 0)
		rc = buf_addf(out,
			      "\nAn option beats its environment variable, "
			      "which beats the file of\n--config, which beats "
			      "the default. See %s(1) and playpipe(7).\n",
			      t->name);
	return rc;
}

int
cli_version(struct cli *c, struct buf *out)
{
	const char *libraries = c->tool->libraries == NULL
					? NULL
					: c->tool->libraries();
	int rc = buf_addf(out, "%s (playpipe) " CLI_VERSION "\n",
			  c->tool->name);

	if (rc == 0 && libraries != NULL)
		rc = buf_addf(out, "libraries: %s\n", libraries);
#ifdef PLAYPIPE_BUILD
	if (rc == 0)
		rc = buf_addf(out, "build: %s\n", PLAYPIPE_BUILD);
#endif
	return rc;
}
