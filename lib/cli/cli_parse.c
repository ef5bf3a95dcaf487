/* SPDX-License-Identifier: MIT */
/*
 * The command line, split: long options with "=" or a following value, short
 * ones in clusters, operands anywhere, "--" ends options. No prefix of a
 * name is a name; a name that is nearly right is suggested instead.
 */
#include "cli/cli_private.h"

#define NAME_MAX_BYTES 64 /* of a mistyped name worth a suggestion */

struct parser {
	struct cli *c;
	char **argv;
	int argc;
	int i; /* the argument being looked at */
	struct cli_given_list *out;
	bool is_done; /* an option that acts at once was seen */
};

/*
 * The edit distance of two short names: insertions, deletions and
 * replacements, one row of the table at a time.
 */
static size_t
edit_distance(struct str a, struct str b)
{
	size_t row[NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

void
cli_near_init(struct cli_near *n, struct str typed)
{
	*n = (struct cli_near){typed, typed.n / 3 + 2, NULL};
}

void
cli_near_try(struct cli_near *n, const char *name)
{
	struct str known = str_of(name);
	size_t d;

	if (n->typed.n > NAME_MAX_BYTES || known.n > NAME_MAX_BYTES)
		return;
	d = edit_distance(n->typed, known);
	if (d < n->below) {
		n->below = d;
		n->name = name;
	}
}

/* The long name nearest to what was typed, or NULL. */
static const char *
suggestion(struct cli *c, struct str typed)
{
	struct cli_near near;

	cli_near_init(&near, typed);
	for (size_t i = 0; i < c->private->row_n; i++)
		cli_near_try(&near, c->private->row[i].option->name);
	return near.name;
}

static void
give(struct parser *ps, struct cli_row *row, const char *value, bool is_long)
{
	struct cli_given *g = &ps->out->item[ps->out->n++];

	*g = (struct cli_given){row, value, is_long};
	ps->is_done = cli_is_final(ps->c, row);
}

static int
parse_long(struct parser *ps, const char *text, struct fail *f)
{
	struct str name = {text, strcspn(text, "=")};
	const char *value = text[name.n] == '=' ? text + name.n + 1 : NULL;
	struct cli_row *row = cli_row_find(ps->c, name);

	if (row == NULL) {
		const char *near = suggestion(ps->c, name);

		if (near == NULL)
			return fail_set(f, FAIL_USAGE,
					"unknown option '--%.*s'",
					STR_ARG(name));
		return fail_set(f, FAIL_USAGE,
				"unknown option '--%.*s', did you mean '--%s'?",
				STR_ARG(name), near);
	}
	if (!cli_type_has_value(row->option->type)) {
		if (value != NULL)
			return fail_set(f, FAIL_USAGE,
					"option '--%s' takes no value",
					row->option->name);
	} else if (value == NULL) {
		if (++ps->i >= ps->argc)
			return fail_set(f, FAIL_USAGE,
					"option '--%s' needs a value %s",
					row->option->name, row->option->arg);
		value = ps->argv[ps->i];
	}
	give(ps, row, value, true);
	return 0;
}

static struct cli_row *
find_short(struct cli *c, char letter)
{
	for (size_t i = 0; i < c->private->row_n; i++)
		if (c->private->row[i].option->short_name == letter)
			return &c->private->row[i];
	return NULL;
}

static int
parse_cluster(struct parser *ps, const char *p, struct fail *f)
{
	for (; *p != '\0' && !ps->is_done; p++) {
		struct cli_row *row = find_short(ps->c, *p);
		const char *value = NULL;

		if (row == NULL)
			return fail_set(f, FAIL_USAGE, "unknown option '-%c'",
					*p);
		if (!cli_type_has_value(row->option->type)) {
			give(ps, row, NULL, false);
			continue;
		}
		value = p + 1;
		if (*value == '\0') {
			if (++ps->i >= ps->argc)
				return fail_set(f, FAIL_USAGE,
						"option '-%c' needs a value %s",
						*p, row->option->arg);
			value = ps->argv[ps->i];
		}
		give(ps, row, value, false);
		break;
	}
	return 0;
}

/* A cluster may hold as many options as it has letters. */
static size_t
options_at_most(int argc, char **argv)
{
	size_t n = 0;

	for (int i = 1; i < argc; i++)
		n += argv[i][0] != '-'	 ? 0
		     : argv[i][1] == '-' ? 1
					 : strlen(argv[i]) - 1;
	return n;
}

int
cli_parse(struct cli *c, int argc, char **argv, struct cli_given_list *out,
	  struct fail *f)
{
	struct parser ps = {c, argv, argc, 1, out, false};
	bool are_options_over = false;
	int rc = 0;

	*out = (struct cli_given_list){0};
	out->item = arena_zalloc(&c->private->mem,
				 options_at_most(argc, argv) + 1,
				 sizeof(*out->item));
	c->operand = arena_zalloc(&c->private->mem, (size_t)argc + 1,
				  sizeof(*c->operand));
	if (out->item == NULL || c->operand == NULL)
		return fail_memory(f);
	for (; ps.i < argc && rc == 0 && !ps.is_done; ps.i++) {
		char *arg = argv[ps.i];

		if (are_options_over || arg[0] != '-' || arg[1] == '\0')
			c->operand[c->operand_n++] = arg;
		else if (arg[1] != '-')
			rc = parse_cluster(&ps, arg + 1, f);
		else if (arg[2] != '\0')
			rc = parse_long(&ps, arg + 2, f);
		else
			are_options_over = true;
	}
	return rc;
}
