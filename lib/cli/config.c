/* SPDX-License-Identifier: MIT */
/*
 * The configuration file, one for all tools: lines of "key = value", comments
 * behind "#" at the start of a line. A key is tool.option, or a bare option
 * that every tool has. Settings of other tools and of the scripts are passed
 * over, but a name that is none of theirs is refused: it may be meant for this
 * tool, and whatever concerns this tool must be right. A list option may stand
 * several times.
 */
#include "cli/cli_private.h"

/* What may stand before the dot: all tools of the suite, and "flow", which is
 * for the scripts that run the stages. */
static const char *const sections[] = {
	"agg-hourly", "dash-html", "dq-check",	 "evgen",
	"flow",	      "kcat-in",   "kcat-out",	 "lake-cat",
	"lake-put",   "lake-tidy", "sessionize",
};

/* May the section be another's? Else a failure that suggests one. */
static int
check_section(const struct cli *c, struct str name, struct fail *f)
{
	struct cli_near near;

	cli_near_init(&near, name);
	cli_near_try(&near, c->tool->name);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (str_is(name, sections[i]))
			return 0;
		cli_near_try(&near, sections[i]);
	}
	if (near.name == NULL)
		return fail_set(f, FAIL_USAGE, "unknown tool '%.*s'",
				STR_ARG(name));
	return fail_set(f, FAIL_USAGE,
			"unknown tool '%.*s', did you mean '%s'?",
			STR_ARG(name), near.name);
}

/*
 * The row that a key names; NULL with code 0 in *rc when it is another
 * tool's.
 */
static struct cli_row *
row_of_key(struct cli *c, struct str key, int *rc, struct fail *f)
{
	const char *dot = memchr(key.p, '.', key.n);
	struct str name = key;
	struct cli_row *row;

	*rc = 0;
	if (dot != NULL) {
		struct str tool = {key.p, (size_t)(dot - key.p)};

		if (!str_is(tool, c->tool->name)) {
			*rc = check_section(c, tool, f);
			return NULL;
		}
		name = (struct str){dot + 1, key.n - tool.n - 1};
	}
	row = cli_row_find(c, name);
	if (row == NULL || cli_row_is_command(c, row))
		*rc = fail_set(f, FAIL_USAGE, "unknown setting '%.*s'",
			       STR_ARG(key));
	else if (dot == NULL && row < c->private->row + c->tool->option_n)
		*rc = fail_set(f, FAIL_USAGE,
			       "setting '%.*s' needs the tool's name: %s.%.*s",
			       STR_ARG(key), c->tool->name, STR_ARG(key));
	return *rc == 0 ? row : NULL;
}

static int
take_line(void *ctx, struct str line, struct fail *f)
{
	const char *equals = memchr(line.p, '=', line.n);
	struct cli *c = ctx;
	struct cli_row *row;
	struct str key;
	char *value;
	int rc;

	if (equals == NULL)
		return fail_set(f, FAIL_USAGE, "expected 'key = value'");
	key = str_trim((struct str){line.p, (size_t)(equals - line.p)});
	row = row_of_key(c, key, &rc, f);
	if (row == NULL)
		return rc;
	line.n -= (size_t)(equals + 1 - line.p);
	line.p = equals + 1;
	value = arena_copy(&c->private->mem, str_trim(line));
	if (value == NULL)
		return fail_memory(f);
	rc = cli_row_set(c, row, value, CLI_CONFIG, f);
	if (rc != 0)
		fail_prefix(f, "%.*s: ", STR_ARG(key));
	return rc;
}

int
cli_read_settings(const char *path,
		  int (*take)(void *ctx, struct str line, struct fail *f),
		  void *ctx, struct fail *f)
{
	unsigned long number = 0;
	struct str rest, line;
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_CONFIG);
	rc = io_read_file(path, LIMIT_CONFIG, &text, f);
	rc = fail_named(rc, f);
	rest = buf_str(&text);
	while (rc == 0 && str_line(&rest, &line)) {
		number++;
		line = str_trim(line);
		if (line.n > 0 && line.p[0] != '#')
			rc = take(ctx, line, f);
		if (rc != 0)
			fail_prefix(f, "'%s': line %lu: ", path, number);
	}
	buf_release(&text);
	return rc;
}

int
cli_config_read(struct cli *c, const char *path, struct fail *f)
{
	return cli_read_settings(path, take_line, c, f);
}

/* ---- the template ---- */

static const char *
source_name(enum cli_source source)
{
	static const char *const names[] = {
		"not set",
		"the default",
		"from the configuration file",
		"from the environment",
		"from the command line",
	};

	return names[source];
}

static void
print_row(struct cli *c, const struct cli_row *row, bool is_common,
	  struct cli_text *out)
{
	const struct cli_option *o = row->option;
	const char *tool = is_common ? "" : c->tool->name;
	const char *dot = is_common ? "" : ".";
	const char *off = row->source > CLI_DEFAULT ? "" : "#";

	cli_text_add(out, "\n# %s (%s)\n", o->help, source_name(row->source));
	if (row->text.n == 0)
		cli_text_add(out, "#%s%s%s = %s\n", tool, dot, o->name,
			     o->type == CLI_FLAG ? "false" : o->arg);
	for (size_t i = 0; i < row->text.n; i++)
		cli_text_add(out, "%s%s%s%s = %s\n", off, tool, dot, o->name,
			     row->text.item[i]);
}

void
cli_config_print(struct cli *c, struct cli_text *out)
{
	struct cli_private *p = c->private;

	cli_text_add(out,
		     "# Settings of %s for --config FILE or PLAYPIPE_CONFIG.\n",
		     c->tool->name);
	for (size_t i = 0; i < p->row_n; i++)
		if (!cli_row_is_command(c, &p->row[i]))
			print_row(c, &p->row[i], i >= c->tool->option_n, out);
}
