/* SPDX-License-Identifier: MIT */
/*
 * Completion scripts for bash, zsh and fish from the rows: names of options,
 * choices where there are some, files where a path is wanted, and nothing
 * where only the user can know.
 */
#include "cli/cli_private.h"

#include <stdio.h>

/* Text inside single quotes of a shell; extra: more to escape by \ (zsh). */
static int
add_quoted(struct buf *out, const char *text, const char *extra)
{
	int rc = 0;

	for (; rc == 0 && *text != '\0'; text++) {
		if (*text == '\'') {
			rc = buf_add_cstr(out, "'\\''");
			continue;
		}
		if (strchr(extra, *text) != NULL)
			rc = buf_add_char(out, '\\');
		if (rc == 0)
			rc = buf_add_char(out, *text);
	}
	return rc;
}

/* "a|b|c" with blanks. */
static int
add_choices(struct buf *out, const char *choices)
{
	int rc = 0;

	for (; rc == 0 && *choices != '\0'; choices++)
		rc = buf_add_char(out, *choices == '|' ? ' ' : *choices);
	return rc;
}

/* A name that a shell function may have: - becomes _. */
static void
function_name(const struct cli *c, char *dst, size_t n)
{
	snprintf(dst, n, "%s", c->tool->name);
	for (; *dst != '\0'; dst++)
		if (*dst == '-')
			*dst = '_';
}

/* ---- bash ---- */

/* "--output|-o" */
static int
bash_pattern(const struct cli_option *o, struct buf *out)
{
	int rc = buf_addf(out, "\t--%s", o->name);

	if (rc == 0 && o->short_name != 0)
		rc = buf_addf(out, " | -%c", o->short_name);
	return rc == 0 ? buf_add_cstr(out, ")\n") : rc;
}

static int
bash_case(const struct cli_option *o, struct buf *out)
{
	int rc;

	if (!cli_type_has_value(o->type))
		return 0;
	rc = bash_pattern(o, out);
	if (rc == 0 && o->type == CLI_CHOICE) {
		rc = buf_add_cstr(out, "\t\tmapfile -t COMPREPLY < <(compgen "
				       "-W '");
		if (rc == 0)
			rc = add_choices(out, o->choices);
		if (rc == 0)
			rc = buf_add_cstr(out, "' -- \"$cur\")\n");
	} else if (rc == 0 && o->type == CLI_PATH) {
		rc = buf_add_cstr(out, "\t\tcompopt -o filenames\n"
				       "\t\tmapfile -t COMPREPLY < <(compgen "
				       "-f -- \"$cur\")\n");
	}
	return rc == 0 ? buf_add_cstr(out, "\t\treturn\n\t\t;;\n") : rc;
}

static int
complete_bash(struct cli *c, struct buf *out)
{
	static const char head[] =
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
		"\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		"\t# --name=value comes as three words\n"
		"\tif [[ $cur == '=' ]]; then\n"
		"\t\tcur=\n"
		"\telif [[ $prev == '=' && $COMP_CWORD -gt 1 ]]; then\n"
		"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
		"\tfi\n"
		"\tcase $prev in\n";
	static const char middle[] =
		"\tesac\n"
		"\tif [[ $cur == -* ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W '";
	static const char tail[] =
		"' -- \"$cur\")\n"
		"\t\treturn\n"
		"\tfi\n"
		"\tcompopt -o filenames\n"
		"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n";
	const struct cli_private *p = c->private;
	char name[LIMIT_NAME];
	int rc;

	function_name(c, name, sizeof(name));
	rc = buf_addf(out, "# bash completion for %s\n_playpipe_%s()\n{\n%s",
		      c->tool->name, name, head);
	for (size_t i = 0; rc == 0 && i < p->row_n; i++)
		rc = bash_case(p->row[i].option, out);
	if (rc == 0)
		rc = buf_add_cstr(out, middle);
	for (size_t i = 0; rc == 0 && i < p->row_n; i++)
		rc = buf_addf(out, "%s--%s", i == 0 ? "" : " ",
			      p->row[i].option->name);
	if (rc == 0)
		rc = buf_add_cstr(out, tail);
	if (rc == 0)
		rc = buf_addf(out, "}\ncomplete -F _playpipe_%s %s\n", name,
			      c->tool->name);
	return rc;
}

/* ---- zsh ---- */

/* One spec of _arguments: '(-o --output)'{-o,--output}'[help]:FILE:_files' */
static int
zsh_spec(const struct cli_option *o, struct buf *out)
{
	bool is_repeatable = o->type == CLI_LIST || o->type == CLI_COUNT;
	int rc = buf_add_cstr(out, " \\\n\t\t");

	if (rc == 0 && o->short_name != 0 && is_repeatable)
		rc = buf_addf(out, "\\*{-%c,--%s}", o->short_name, o->name);
	else if (rc == 0 && o->short_name != 0)
		rc = buf_addf(out, "'(-%c --%s)'{-%c,--%s}", o->short_name,
			      o->name, o->short_name, o->name);
	else if (rc == 0)
		rc = buf_addf(out, "'%s--%s'", is_repeatable ? "*" : "",
			      o->name);
	if (rc == 0)
		rc = buf_add_cstr(out, "'[");
	if (rc == 0)
		rc = add_quoted(out, o->help, "[]\\:");
	if (rc == 0)
		rc = buf_add_char(out, ']');
	if (rc == 0 && cli_type_has_value(o->type)) {
		rc = buf_addf(out, ":%s:", o->arg);
		if (rc == 0 && o->type == CLI_PATH)
			rc = buf_add_cstr(out, "_files");
		if (rc == 0 && o->type == CLI_CHOICE) {
			rc = buf_add_char(out, '(');
			if (rc == 0)
				rc = add_choices(out, o->choices);
			if (rc == 0)
				rc = buf_add_char(out, ')');
		}
	}
	return rc == 0 ? buf_add_char(out, '\'') : rc;
}

static int
complete_zsh(struct cli *c, struct buf *out)
{
	const struct cli_private *p = c->private;
	const char *name = c->tool->name;
	int rc = buf_addf(out,
			  "#compdef %s\n"
			  "_%s() {\n"
			  "\t_arguments -s -S",
			  name, name);

	for (size_t i = 0; rc == 0 && i < p->row_n; i++)
		rc = zsh_spec(p->row[i].option, out);
	if (rc == 0)
		rc = buf_addf(out,
			      " \\\n\t\t'*:file:_files'\n"
			      "}\n"
			      "if [ \"$funcstack[1]\" = _%s ]; then\n"
			      "\t_%s \"$@\"\n"
			      "else\n"
			      "\tcompdef _%s %s\n"
			      "fi\n",
			      name, name, name, name);
	return rc;
}

/* ---- fish ---- */

static int
fish_line(const struct cli *c, const struct cli_option *o, struct buf *out)
{
	int rc = buf_addf(out, "complete -c %s", c->tool->name);

	if (rc == 0 && o->short_name != 0)
		rc = buf_addf(out, " -s %c", o->short_name);
	if (rc == 0)
		rc = buf_addf(out, " -l %s", o->name);
	if (rc == 0 && o->type == CLI_PATH)
		rc = buf_add_cstr(out, " -r -F");
	else if (rc == 0 && cli_type_has_value(o->type))
		rc = buf_add_cstr(out, " -x");
	if (rc == 0 && o->type == CLI_CHOICE) {
		rc = buf_add_cstr(out, " -a '");
		if (rc == 0)
			rc = add_choices(out, o->choices);
		if (rc == 0)
			rc = buf_add_char(out, '\'');
	}
	if (rc == 0)
		rc = buf_add_cstr(out, " -d '");
	if (rc == 0)
		rc = add_quoted(out, o->help, "\\");
	return rc == 0 ? buf_add_cstr(out, "'\n") : rc;
}

static int
complete_fish(struct cli *c, struct buf *out)
{
	const struct cli_private *p = c->private;
	int rc = buf_addf(out, "# fish completion for %s\n", c->tool->name);

	for (size_t i = 0; rc == 0 && i < p->row_n; i++)
		rc = fish_line(c, p->row[i].option, out);
	return rc;
}

int
cli_complete(struct cli *c, enum cli_shell shell, struct buf *out)
{
	switch (shell) {
	case CLI_BASH:
		return complete_bash(c, out);
	case CLI_ZSH:
		return complete_zsh(c, out);
	case CLI_FISH:
		return complete_fish(c, out);
	}
	return FAIL_BUG;
}
