/* SPDX-License-Identifier: MIT */
/*
 * Completion scripts for bash, zsh and fish from the rows: names of options,
 * choices where there are some, files where a path is wanted, and nothing
 * where only the user can know.
 */
#include "cli/cli_private.h"

#include <stdio.h>

/* Text inside single quotes of a shell; those in `escaped` get a backslash. */
static void
add_quoted(struct cli_text *out, const char *text, const char *escaped)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			cli_text_add(out, "'\\''");
		else if (strchr(escaped, *text) != NULL)
			cli_text_add(out, "\\%c", *text);
		else
			cli_text_add(out, "%c", *text);
	}
}

/* ---- bash ---- */

static const char bash_head[] =
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	"\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\t# --name=value comes as three words\n"
	"\tif [[ $cur == '=' ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == '=' && $COMP_CWORD -gt 1 ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tcase $prev in\n";
static const char bash_middle[] = "\tesac\n"
				  "\tif [[ $cur == -* ]]; then\n"
				  "\t\tmapfile -t COMPREPLY < <(compgen -W '";
static const char bash_tail[] =
	"' -- \"$cur\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcompopt -o filenames\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n";

/* A name that a bash function may have: - becomes _. */
static void
function_name(const struct cli *c, char *dst, size_t n)
{
	snprintf(dst, n, "_playpipe_%s", c->tool->name);
	for (; *dst != '\0'; dst++)
		if (*dst == '-')
			*dst = '_';
}

/* What follows an option with a value. */
static void
bash_case(struct cli_text *out, const struct cli_option *o)
{
	if (!cli_type_has_value(o->type))
		return;
	cli_text_add(out, "\t--%s", o->name);
	if (o->short_name != 0)
		cli_text_add(out, " | -%c", o->short_name);
	cli_text_add(out, ")\n");
	if (o->type == CLI_CHOICE) {
		cli_text_add(out, "\t\tmapfile -t COMPREPLY < <(compgen -W '");
		cli_text_add_choices(out, o->choices, " ");
		cli_text_add(out, "' -- \"$cur\")\n");
	} else if (o->type == CLI_CHOICES) {
		/* what stands before the last comma stays */
		cli_text_add(out, "\t\tcompopt -o nospace\n"
				  "\t\tmapfile -t COMPREPLY < <(compgen -W '");
		cli_text_add_choices(out, o->choices, " ");
		cli_text_add(out, "' \\\n\t\t\t-P \"${cur%%\"${cur##*,}\"}\" "
				  "-- \"${cur##*,}\")\n");
	} else if (o->type == CLI_PATH) {
		cli_text_add(out, "\t\tcompopt -o filenames\n"
				  "\t\tmapfile -t COMPREPLY < <(compgen -f "
				  "-- \"$cur\")\n");
	}
	cli_text_add(out, "\t\treturn\n\t\t;;\n");
}

static void
complete_bash(struct cli *c, struct cli_text *out)
{
	const struct cli_private *p = c->private;
	char name[LIMIT_NAME];

	function_name(c, name, sizeof(name));
	cli_text_add(out, "# bash completion for %s\n%s()\n{\n%s",
		     c->tool->name, name, bash_head);
	for (size_t i = 0; i < p->row_n; i++)
		bash_case(out, p->row[i].option);
	cli_text_add(out, "%s", bash_middle);
	for (size_t i = 0; i < p->row_n; i++)
		cli_text_add(out, "%s--%s", i == 0 ? "" : " ",
			     p->row[i].option->name);
	cli_text_add(out, "%scomplete -F %s %s\n", bash_tail, name,
		     c->tool->name);
}

/* ---- zsh ---- */

/* One spec of _arguments: '(-o --output)'{-o,--output}'[help]:FILE:_files' */
static void
zsh_spec(struct cli_text *out, const struct cli_option *o)
{
	bool is_repeatable = o->type == CLI_LIST || o->type == CLI_COUNT;

	cli_text_add(out, " \\\n\t\t");
	if (o->short_name == 0)
		cli_text_add(out, "'%s--%s", is_repeatable ? "*" : "", o->name);
	else if (is_repeatable)
		cli_text_add(out, "\\*{-%c,--%s}'", o->short_name, o->name);
	else
		cli_text_add(out, "'(-%c --%s)'{-%c,--%s}'", o->short_name,
			     o->name, o->short_name, o->name);
	cli_text_add(out, "[");
	add_quoted(out, o->help, "[]\\:");
	cli_text_add(out, "]");
	if (cli_type_has_value(o->type))
		cli_text_add(out, ":%s:", o->arg);
	if (o->type == CLI_PATH)
		cli_text_add(out, "_files");
	if (o->type == CLI_CHOICE) {
		cli_text_add(out, "(");
		cli_text_add_choices(out, o->choices, " ");
		cli_text_add(out, ")");
	}
	if (o->type == CLI_CHOICES) {
		cli_text_add(out, "_values -s , %s ", o->name);
		cli_text_add_choices(out, o->choices, " ");
	}
	cli_text_add(out, "'");
}

static void
complete_zsh(struct cli *c, struct cli_text *out)
{
	const struct cli_private *p = c->private;
	const char *name = c->tool->name;

	cli_text_add(out, "#compdef %s\n_%s() {\n\t_arguments -s -S", name,
		     name);
	for (size_t i = 0; i < p->row_n; i++)
		zsh_spec(out, p->row[i].option);
	/* loaded from a folder of functions, or sourced */
	cli_text_add(out,
		     " \\\n\t\t'*:file:_files'\n"
		     "}\n"
		     "if [ \"$funcstack[1]\" = _%s ]; then\n"
		     "\t_%s \"$@\"\n"
		     "else\n"
		     "\tcompdef _%s %s\n"
		     "fi\n",
		     name, name, name, name);
}

/* ---- fish ---- */

/* What stands before the last comma of a list; may be empty. */
static const char fish_list_head[] =
	"(string replace -r \"^--[^=]*=\" \"\" -- (commandline -ct) | "
	"string replace -r \"[^,]*\\$\" \"\")";

static void
fish_line(struct cli_text *out, const char *tool, const struct cli_option *o)
{
	cli_text_add(out, "complete -c %s", tool);
	if (o->short_name != 0)
		cli_text_add(out, " -s %c", o->short_name);
	cli_text_add(out, " -l %s", o->name);
	if (o->type == CLI_PATH)
		cli_text_add(out, " -r -F");
	else if (cli_type_has_value(o->type))
		cli_text_add(out, " -x");
	if (o->type == CLI_CHOICE) {
		cli_text_add(out, " -a '");
		cli_text_add_choices(out, o->choices, " ");
		cli_text_add(out, "'");
	}
	if (o->type == CLI_CHOICES) {
		cli_text_add(out, " -a '%s{", fish_list_head);
		cli_text_add_choices(out, o->choices, ",");
		cli_text_add(out, "}'");
	}
	cli_text_add(out, " -d '");
	add_quoted(out, o->help, "\\");
	cli_text_add(out, "'\n");
}

static void
complete_fish(struct cli *c, struct cli_text *out)
{
	const struct cli_private *p = c->private;

	cli_text_add(out, "# fish completion for %s\n", c->tool->name);
	for (size_t i = 0; i < p->row_n; i++)
		fish_line(out, c->tool->name, p->row[i].option);
}

void
cli_complete(struct cli *c, enum cli_shell shell, struct cli_text *out)
{
	switch (shell) {
	case CLI_BASH:
		complete_bash(c, out);
		break;
	case CLI_ZSH:
		complete_zsh(c, out);
		break;
	case CLI_FISH:
		complete_fish(c, out);
		break;
	}
}
