/* SPDX-License-Identifier: MIT */
/*
 * The beginning and the end of a run. Settings are gathered from the weakest
 * source to the strongest: default, configuration file, environment, command
 * line. The end puts every way a run can stop through one door: message,
 * closed stdout, statistics, exit status.
 */
#include "cli/cli_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * With one of the three standard descriptors closed, the next file opened
 * would take its number, and messages or data would go there. A placeholder
 * opened the wrong way round makes their use fail, as it should.
 */
static void
guard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

static void
let_go(struct cli *c)
{
	cli_stats_release(c->private);
	arena_release(&c->private->mem);
	free(c->private);
	c->private = NULL;
}

/* ---- settings ---- */

static int
make_rows(struct cli *c, void *dest, struct fail *f)
{
	struct cli_private *p = c->private;
	const struct cli_tool *tool = c->tool;

	p->row_n = tool->option_n + cli_common_option_n;
	p->row = arena_zalloc(&p->mem, p->row_n, sizeof(*p->row));
	if (p->row == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < p->row_n; i++) {
		bool is_common = i >= tool->option_n;
		const struct cli_option *o =
			is_common ? &cli_common_option[i - tool->option_n]
				  : &tool->option[i];
		char *base = is_common ? (char *)&p->common : dest;

		p->row[i].option = o;
		p->row[i].value = base + o->at;
	}
	return 0;
}

static int
set_defaults(struct cli *c, struct fail *f)
{
	struct cli_private *p = c->private;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->row_n; i++)
		if (p->row[i].option->initial != NULL)
			rc = cli_row_set(c, &p->row[i],
					 p->row[i].option->initial, CLI_DEFAULT,
					 f);
	return rc;
}

static int
set_from_environment(struct cli *c, struct fail *f)
{
	struct cli_private *p = c->private;

	for (size_t i = 0; i < p->row_n; i++) {
		const struct cli_option *o = p->row[i].option;
		const char *text = o->env == NULL ? NULL : getenv(o->env);

		/* an empty variable is as good as none */
		if (text == NULL || *text == '\0' ||
		    cli_row_is_command(c, &p->row[i]))
			continue;
		if (cli_row_set(c, &p->row[i], text, CLI_ENVIRONMENT, f) != 0) {
			fail_prefix(f, "environment variable %s: ", o->env);
			return FAIL_USAGE;
		}
	}
	return 0;
}

static int
set_given(struct cli *c, const struct cli_given *g, struct fail *f)
{
	const struct cli_option *o = g->row->option;
	const char *text = g->value;
	char count[2] = "0";

	if (o->type == CLI_COUNT) {
		int n = g->row->source == CLI_COMMAND_LINE
				? *(int *)g->row->value
				: 0;

		count[0] = (char)('0' + (n < 9 ? n + 1 : 9));
		text = arena_copy(&c->private->mem, str_of(count));
		if (text == NULL)
			return fail_memory(f);
	} else if (o->type == CLI_FLAG) {
		text = "true";
	}
	if (cli_row_set(c, g->row, text, CLI_COMMAND_LINE, f) != 0) {
		fail_prefix(f, "option '--%s': ", o->name);
		return FAIL_USAGE;
	}
	return 0;
}

/* The file named on the command line, else by the environment. */
static const char *
config_path(struct cli *c, const struct cli_given_list *given)
{
	const char *path = getenv("PLAYPIPE_CONFIG");

	for (size_t i = 0; i < given->n; i++)
		if (given->item[i].row->value == &c->private->common.config)
			path = given->item[i].value;
	return path == NULL || *path == '\0' ? NULL : path;
}

static int
gather(struct cli *c, const struct cli_given_list *given, struct fail *f)
{
	const char *path = config_path(c, given);
	int rc = path == NULL ? 0 : cli_config_read(c, path, f);

	if (rc == 0)
		rc = set_from_environment(c, f);
	/* even behind an error: --help must help to mend it */
	for (size_t i = 0; i < given->n; i++) {
		int given_rc = set_given(c, &given->item[i], f);

		if (rc == 0)
			rc = given_rc;
	}
	return rc;
}

/* ---- what the common options mean ---- */

static bool
decide(int when, bool is_auto)
{
	return when == CLI_ALWAYS || (when == CLI_AUTO && is_auto);
}

static void
apply_common(struct cli *c)
{
	const struct cli_common *o = &c->private->common;
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	bool is_smart = is_terminal && term != NULL &&
			strcmp(term, "dumb") != 0;

	c->private->is_stderr_terminal = is_terminal;
	c->verbose = o->verbose;
	c->is_quiet = o->is_quiet;
	c->stats = o->stats;
	c->is_json_log = o->log_format == 1;
	c->want_progress = !o->is_quiet && !c->is_json_log &&
			   decide(o->progress, is_smart);
	c->want_color = decide(
		o->color, is_smart && (no_color == NULL || *no_color == '\0'));
}

/* ---- ends before the run ---- */

static int
usage_error(struct cli *c, const struct fail *f)
{
	char hint[LIMIT_NAME];

	snprintf(hint, sizeof(hint), "try '%s --help'", c->tool->name);
	cli_report(c, CLI_ERROR, -f->code, f->text,
		   f->code == FAIL_USAGE ? hint : NULL);
	return -f->code;
}

/* Print a text; 0 or an exit status. */
static int
print(struct cli *c, int fd, const struct cli_text *text)
{
	struct fail f = {0};
	struct io_out *out = NULL;
	int rc = text->code != 0
			 ? fail_memory(&f)
			 : io_out_open_fd(&out, fd,
					  fd == 1 ? "stdout" : "stderr", &f);

	if (rc == 0)
		rc = io_out_write(out, text->buf.p, text->buf.len, &f);
	if (rc == 0)
		rc = io_out_flush(out, &f);
	io_out_close(out);
	if (rc == 0 && fd == STDOUT_FILENO)
		rc = io_close_stdout(&f);
	if (rc != 0)
		cli_report(c, CLI_ERROR, -rc, f.text, NULL);
	return -rc;
}

/* The text of the option given last. */
static void
text_asked_for(struct cli *c, const struct cli_given *last,
	       struct cli_text *out)
{
	const struct cli_common *o = &c->private->common;

	if (last->row->value == &o->is_help && last->is_long)
		cli_help_full(c, out);
	else if (last->row->value == &o->is_help)
		cli_help_short(c, out);
	else if (last->row->value == &o->is_version)
		cli_version(c, out);
	else if (last->row->value == &o->completions)
		cli_complete(c, (enum cli_shell)o->completions, out);
	else
		cli_config_print(c, out);
}

/* Print what was asked for instead of a run, if it was; *status is then set.
 * rc: how the settings are; a wrong one does not stop --help. */
static bool
act_at_once(struct cli *c, const struct cli_given_list *given, int rc,
	    int *status)
{
	const struct cli_given *last = given->n == 0
					       ? NULL
					       : &given->item[given->n - 1];
	struct cli_text text;

	if (last == NULL)
		return false;
	if (!cli_is_final(c, last->row) &&
	    !(c->private->common.is_print_config && rc == 0))
		return false;
	if (last->row->value == &c->private->common.completions &&
	    last->row->source == CLI_UNSET)
		return false; /* no such shell */
	cli_text_init(&text);
	text_asked_for(c, last, &text);
	*status = print(c, STDOUT_FILENO, &text);
	cli_text_release(&text);
	return true;
}

static int
check_operands(struct cli *c, struct fail *f)
{
	const struct cli_tool *tool = c->tool;
	size_t min = (size_t)tool->min_operands;

	if (c->operand_n < min)
		return fail_set(f, FAIL_USAGE, "missing operand: %s %s",
				tool->name, tool->operands);
	if (tool->max_operands >= 0 &&
	    c->operand_n > (size_t)tool->max_operands)
		return fail_set(f, FAIL_USAGE, "unexpected operand '%s'",
				c->operand[tool->max_operands]);
	return 0;
}

/* Data is wanted from stdin, and there sits a person who may not know. */
static bool
is_waiting_for_a_person(const struct cli *c)
{
	return c->tool->is_reading_stdin &&
	       c->operand_n == (size_t)c->tool->min_operands &&
	       io_stdin_is_terminal();
}

static int
refuse_terminal(struct cli *c)
{
	struct cli_text text;

	cli_text_init(&text);
	cli_help_short(c, &text);
	(void)print(c, STDERR_FILENO, &text);
	cli_text_release(&text);
	return -FAIL_USAGE;
}

/* ---- begin and end ---- */

/* True: go on. False: *status says how it ended. */
static bool
set_up(struct cli *c, int argc, char **argv, void *dest, int *status)
{
	struct cli_given_list given = {0};
	struct fail f = {0};
	int parsed, rc;

	rc = make_rows(c, dest, &f);
	if (rc == 0)
		rc = set_defaults(c, &f);
	if (rc != 0) {
		*status = usage_error(c, &f);
		return false;
	}
	/* Gather even behind an error, to tell it in the form asked for. */
	parsed = cli_parse(c, argc, argv, &given, &f);
	rc = gather(c, &given, &f);
	apply_common(c);
	if (parsed == 0 && act_at_once(c, &given, rc, status))
		return false;
	if (parsed != 0 || rc != 0) {
		*status = usage_error(c, &f);
		return false;
	}
	if (check_operands(c, &f) != 0) {
		*status = is_waiting_for_a_person(c) && argc == 1
				  ? refuse_terminal(c)
				  : usage_error(c, &f);
		return false;
	}
	if (is_waiting_for_a_person(c)) {
		*status = refuse_terminal(c);
		return false;
	}
	if (cli_stats_check(c, &f) != 0) {
		*status = usage_error(c, &f);
		return false;
	}
	return true;
}

bool
cli_begin(struct cli *c, const struct cli_tool *tool, int argc, char **argv,
	  void *dest, int *status)
{
	*c = (struct cli){.tool = tool};
	guard_descriptors();
	io_signals_install(tool->is_stateful ? IO_SIGNALS_STATEFUL
					     : IO_SIGNALS_FILTER);
	c->private = calloc(1, sizeof(*c->private));
	if (c->private == NULL) {
		fprintf(stderr, "%s: out of memory\n", tool->name);
		*status = -FAIL_MEMORY;
		return false;
	}
	c->private->began_us = utc_monotonic();
	c->private->now = utc_now();
	if (set_up(c, argc, argv, dest, status))
		return true;
	let_go(c);
	return false;
}

static int
exit_status(int rc)
{
	if (rc >= 0)
		return 0;
	return rc == FAIL_SIGNAL ? 128 + io_stop_signal() : -rc;
}

static void
tell_failure(struct cli *c, int rc, const struct fail *f)
{
	if (rc == FAIL_SIGNAL || f->text[0] == '\0')
		return;
	if (rc == FAIL_NOTHING)
		cli_info(c, "%s", f->text);
	else
		cli_report(c, CLI_ERROR, -rc, f->text, NULL);
}

void
cli_error(struct cli *c, const struct fail *f)
{
	tell_failure(c, f->code, f);
}

int
cli_end(struct cli *c, int rc, const struct fail *f)
{
	struct fail late = {0};
	int status, signum;

	cli_complaints_end(c);
	cli_progress_erase(c);
	if (rc < 0)
		tell_failure(c, rc, f);
	/* data lost at the last write is worse than a verdict */
	if (io_close_stdout(&late) != 0 && (rc >= 0 || rc == FAIL_VERDICT)) {
		rc = late.code;
		tell_failure(c, rc, &late);
	}
	status = exit_status(rc);
	late = (struct fail){0};
	if (cli_stats_write(c, status, &late) != 0) {
		if (status == 0)
			fail_prefix(&late, "all is done but the statistics: ");
		cli_report(c, CLI_ERROR, -late.code, late.text, NULL);
		if (status == 0)
			status = -late.code;
	}
	signum = rc == FAIL_SIGNAL ? io_stop_signal() : 0;
	let_go(c);
	if (signum != 0)
		io_die_by_signal(signum);
	return status;
}
