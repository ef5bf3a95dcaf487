/* SPDX-License-Identifier: MIT */
/*
 * The parser: recursive descent over OR, AND, NOT and comparisons, with
 * keywords in any case. What is only shorthand (!=, IN, BETWEEN, a boolean
 * column by itself) is written out as the few operations that evaluation
 * knows.
 */
#include "expr/tree.h"

#include <stdlib.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* a bare name or keyword */
	TOKEN_NAME,   /* a quoted name */
	TOKEN_STRING, /* a string, quotes off */
	TOKEN_NUMBER,
	TOKEN_SIGN, /* = != < <= > >= ( ) , */
};

struct token {
	enum token_kind kind;
	struct str text;
	size_t at;
};

struct parser {
	struct expr *e;
	struct token now;
	size_t next; /* byte behind the token */
	unsigned depth;
	struct fail *f;
};

static int parse_or(struct parser *p, size_t *out);

/* ---- tokens ---- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' ||
	       (unsigned char)c >= 0x80;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
refuse(struct parser *p, const char *wanted)
{
	struct str t = p->now.text;

	if (p->now.kind == TOKEN_END)
		return fail_set(p->f, FAIL_USAGE,
				"predicate, byte %zu: expected %s, found its "
				"end",
				p->now.at + 1, wanted);
	return fail_set(p->f, FAIL_USAGE,
			"predicate, byte %zu: expected %s, found '%.*s'",
			p->now.at + 1, wanted, STR_ARG(t));
}

/* A quoted text from the quote at `at` on; a doubled quote is one. */
static int
take_quoted(struct parser *p, size_t at)
{
	struct str all = p->e->text;
	char quote = all.p[at];
	char *copy = arena_alloc(&p->e->mem, all.n - at + 1);
	size_t n = 0, i = at + 1;

	if (copy == NULL)
		return fail_memory(p->f);
	for (; i < all.n; i++) {
		if (all.p[i] == quote) {
			if (i + 1 == all.n || all.p[i + 1] != quote)
				break;
			i++;
		}
		copy[n++] = all.p[i];
	}
	if (i >= all.n)
		return fail_set(p->f, FAIL_USAGE,
				"predicate, byte %zu: the quote %c has no end",
				at + 1, quote);
	copy[n] = '\0';
	p->now.kind = quote == '\'' ? TOKEN_STRING : TOKEN_NAME;
	p->now.text = (struct str){copy, n};
	p->next = i + 1;
	return 0;
}

static size_t
sign_length(struct str all, size_t at)
{
	static const char *const sign[] = {"!=", "<>", "<=", ">=", "=",
					   "<",	 ">",  "(",  ")",  ","};
	struct str rest = {all.p + at, all.n - at};

	for (size_t i = 0; i < sizeof(sign) / sizeof(*sign); i++)
		if (str_starts(rest, sign[i]))
			return strlen(sign[i]);
	return 0;
}

static int
advance(struct parser *p)
{
	struct str all = p->e->text;
	size_t at = p->next, n = 0;
	char c;

	while (at < all.n && is_blank(all.p[at]))
		at++;
	p->now = (struct token){TOKEN_END, {all.p + at, 0}, at};
	p->next = at;
	if (at == all.n)
		return 0;
	c = all.p[at];
	if (c == '\'' || c == '"' || c == '`')
		return take_quoted(p, at);
	n = sign_length(all, at);
	p->now.kind = TOKEN_SIGN;
	if (n == 0 && (c == '-' || (c >= '0' && c <= '9'))) {
		p->now.kind = TOKEN_NUMBER;
		while (at + n < all.n &&
		       (is_word(all.p[at + n]) || all.p[at + n] == '-' ||
			all.p[at + n] == '+'))
			n++;
	} else if (n == 0 && is_word(c)) {
		p->now.kind = TOKEN_WORD;
		while (at + n < all.n && is_word(all.p[at + n]))
			n++;
	}
	p->now.text = (struct str){all.p + at, n};
	p->next = at + n;
	if (n == 0) {
		p->now.text.n = 1;
		return refuse(p, "a column, a literal or a sign");
	}
	return 0;
}

static bool
is_keyword(const struct parser *p, const char *word)
{
	struct str t = p->now.text;

	if (p->now.kind != TOKEN_WORD || t.n != strlen(word))
		return false;
	for (size_t i = 0; i < t.n; i++)
		if ((t.p[i] & ~0x20) != word[i])
			return false;
	return true;
}

static bool
is_sign(const struct parser *p, const char *sign)
{
	return p->now.kind == TOKEN_SIGN && str_is(p->now.text, sign);
}

static int
expect_keyword(struct parser *p, const char *word)
{
	return is_keyword(p, word) ? advance(p) : refuse(p, word);
}

static int
expect_sign(struct parser *p, const char *sign)
{
	return is_sign(p, sign) ? advance(p) : refuse(p, sign);
}

/* ---- nodes ---- */

static int
add_node(struct parser *p, struct expr_node node, size_t *out)
{
	struct expr *e = p->e;

	if (e->node_n == EXPR_NODES)
		return fail_set(p->f, FAIL_USAGE,
				"the predicate has more than %d parts",
				EXPR_NODES);
	if (!MEM_GROW(&e->node, e->node_n, &e->node_cap))
		return fail_memory(p->f);
	e->node[e->node_n] = node;
	*out = e->node_n++;
	return 0;
}

static int
add_pair(struct parser *p, enum expr_op op, size_t left, size_t right,
	 size_t *out)
{
	return add_node(
		p, (struct expr_node){.op = op, .left = left, .right = right},
		out);
}

static int
parse_column(struct parser *p, size_t *out)
{
	static const char *const reserved[] = {"AND", "OR",   "NOT",	"IN",
					       "IS",  "NULL", "BETWEEN"};
	struct expr *e = p->e;

	if (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_NAME)
		return refuse(p, "a column");
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (is_keyword(p, reserved[i]))
			return refuse(p, "a column");
	for (*out = 0; *out < e->column_n; ++*out)
		if (str_equal(e->column[*out].text, p->now.text))
			return advance(p);
	if (e->column_n == EXPR_COLUMNS)
		return fail_set(p->f, FAIL_USAGE,
				"the predicate names more than %d columns",
				EXPR_COLUMNS);
	e->column[e->column_n++].text = p->now.text;
	return advance(p);
}

static int
parse_literal(struct parser *p, struct expr_literal *out)
{
	/* DATE '2026-11-22' and TIMESTAMP '...' as in SQL: the word only
	 * repeats what the column's type says. */
	if (is_keyword(p, "DATE") || is_keyword(p, "TIMESTAMP")) {
		int rc = advance(p);

		if (rc != 0)
			return rc;
		if (p->now.kind != TOKEN_STRING)
			return refuse(p, "a quoted time");
	}
	*out = (struct expr_literal){.text = p->now.text, .at = p->now.at};
	if (p->now.kind == TOKEN_STRING)
		out->kind = EXPR_LITERAL_STRING;
	else if (p->now.kind == TOKEN_NUMBER)
		out->kind = EXPR_LITERAL_NUMBER;
	else if (is_keyword(p, "TRUE") || is_keyword(p, "FALSE"))
		out->kind = EXPR_LITERAL_BOOLEAN;
	else if (is_keyword(p, "NULL"))
		return refuse(p, "a literal (for null write IS NULL)");
	else
		return refuse(p, "a literal (strings in 'single quotes')");
	return advance(p);
}

static int
parse_compare(struct parser *p, size_t column, enum expr_op op, size_t *out)
{
	struct expr_node node = {.op = op, .column = column};
	int rc = parse_literal(p, &node.literal);

	return rc != 0 ? rc : add_node(p, node, out);
}

static int
negate_if(struct parser *p, bool is_negative, size_t *out)
{
	return is_negative ? add_pair(p, EXPR_OP_NOT, *out, 0, out) : 0;
}

/* ---- grammar ---- */

static int
parse_in(struct parser *p, size_t column, size_t *out)
{
	size_t item = 0;
	int rc = expect_sign(p, "(");

	if (rc == 0)
		rc = parse_compare(p, column, EXPR_OP_EQ, out);
	while (rc == 0 && is_sign(p, ",")) {
		rc = advance(p);
		if (rc == 0)
			rc = parse_compare(p, column, EXPR_OP_EQ, &item);
		if (rc == 0)
			rc = add_pair(p, EXPR_OP_OR, *out, item, out);
	}
	return rc != 0 ? rc : expect_sign(p, ")");
}

static int
parse_between(struct parser *p, size_t column, size_t *out)
{
	size_t low = 0, high = 0;
	int rc = parse_compare(p, column, EXPR_OP_GE, &low);

	if (rc == 0)
		rc = expect_keyword(p, "AND");
	if (rc == 0)
		rc = parse_compare(p, column, EXPR_OP_LE, &high);
	return rc != 0 ? rc : add_pair(p, EXPR_OP_AND, low, high, out);
}

static int
parse_is(struct parser *p, size_t column, size_t *out)
{
	bool is_negative;
	int rc = advance(p);

	if (rc != 0)
		return rc;
	is_negative = is_keyword(p, "NOT");
	if (is_negative)
		rc = advance(p);
	if (rc == 0)
		rc = expect_keyword(p, "NULL");
	if (rc == 0)
		rc = add_node(p,
			      (struct expr_node){.op = EXPR_OP_IS_NULL,
						 .column = column},
			      out);
	return rc != 0 ? rc : negate_if(p, is_negative, out);
}

/* A boolean column by itself: column = TRUE. */
static int
parse_bare(struct parser *p, size_t column, size_t *out)
{
	struct expr_node node = {.op = EXPR_OP_EQ, .column = column};

	node.literal = (struct expr_literal){.kind = EXPR_LITERAL_BOOLEAN,
					     .text = STR_LIT("TRUE"),
					     .at = p->now.at};
	return add_node(p, node, out);
}

static int
parse_predicate(struct parser *p, size_t *out)
{
	static const struct {
		const char *sign;
		enum expr_op op;
		bool is_negative;
	} compare[] = {
		{"=", EXPR_OP_EQ, false},  {"!=", EXPR_OP_EQ, true},
		{"<>", EXPR_OP_EQ, true},  {"<", EXPR_OP_LT, false},
		{"<=", EXPR_OP_LE, false}, {">", EXPR_OP_GT, false},
		{">=", EXPR_OP_GE, false},
	};
	bool is_negative = false;
	size_t column = 0;
	int rc = parse_column(p, &column);

	if (rc != 0)
		return rc;
	if (is_keyword(p, "IS"))
		return parse_is(p, column, out);
	if (is_keyword(p, "NOT")) {
		is_negative = true;
		rc = advance(p);
		if (rc != 0)
			return rc;
		if (!is_keyword(p, "IN") && !is_keyword(p, "BETWEEN"))
			return refuse(p, "IN or BETWEEN");
	}
	if (is_keyword(p, "IN") || is_keyword(p, "BETWEEN")) {
		bool is_in = is_keyword(p, "IN");

		rc = advance(p);
		if (rc == 0)
			rc = is_in ? parse_in(p, column, out)
				   : parse_between(p, column, out);
		return rc != 0 ? rc : negate_if(p, is_negative, out);
	}
	for (size_t i = 0; i < sizeof(compare) / sizeof(*compare); i++) {
		if (!is_sign(p, compare[i].sign))
			continue;
		rc = advance(p);
		if (rc == 0)
			rc = parse_compare(p, column, compare[i].op, out);
		return rc != 0 ? rc : negate_if(p, compare[i].is_negative, out);
	}
	if (p->now.kind == TOKEN_END || is_sign(p, ")") ||
	    is_keyword(p, "AND") || is_keyword(p, "OR"))
		return parse_bare(p, column, out);
	return refuse(p, "= != < <= > >= IN BETWEEN or IS");
}

static int
parse_not(struct parser *p, size_t *out)
{
	int rc;

	if (p->depth++ == LIMIT_DEPTH)
		return fail_set(p->f, FAIL_USAGE,
				"predicate, byte %zu: nested deeper than %d",
				p->now.at + 1, LIMIT_DEPTH);
	if (is_keyword(p, "NOT")) {
		rc = advance(p);
		if (rc == 0)
			rc = parse_not(p, out);
		if (rc == 0)
			rc = negate_if(p, true, out);
	} else if (is_sign(p, "(")) {
		rc = advance(p);
		if (rc == 0)
			rc = parse_or(p, out);
		if (rc == 0)
			rc = expect_sign(p, ")");
	} else {
		rc = parse_predicate(p, out);
	}
	p->depth--;
	return rc;
}

static int
parse_and(struct parser *p, size_t *out)
{
	size_t right = 0;
	int rc = parse_not(p, out);

	while (rc == 0 && is_keyword(p, "AND")) {
		rc = advance(p);
		if (rc == 0)
			rc = parse_not(p, &right);
		if (rc == 0)
			rc = add_pair(p, EXPR_OP_AND, *out, right, out);
	}
	return rc;
}

static int
parse_or(struct parser *p, size_t *out)
{
	size_t right = 0;
	int rc = parse_and(p, out);

	while (rc == 0 && is_keyword(p, "OR")) {
		rc = advance(p);
		if (rc == 0)
			rc = parse_and(p, &right);
		if (rc == 0)
			rc = add_pair(p, EXPR_OP_OR, *out, right, out);
	}
	return rc;
}

int
expr_parse(struct expr **out, struct str text, struct fail *f)
{
	struct expr *e = calloc(1, sizeof(*e));
	struct parser p = {.e = e, .f = f};
	int rc;

	if (e == NULL)
		return fail_memory(f);
	e->text.p = arena_copy(&e->mem, text);
	e->text.n = text.n;
	rc = e->text.p == NULL ? fail_memory(f) : advance(&p);
	if (rc == 0)
		rc = parse_or(&p, &e->root);
	if (rc == 0 && p.now.kind != TOKEN_END)
		rc = refuse(&p, "AND, OR or the end");
	if (rc != 0) {
		expr_close(e);
		return rc;
	}
	*out = e;
	return 0;
}

void
expr_close(struct expr *e)
{
	if (e == NULL)
		return;
	free(e->node);
	arena_release(&e->mem);
	free(e);
}

size_t
expr_columns(const struct expr *e)
{
	return e->column_n;
}

struct str
expr_column(const struct expr *e, size_t i)
{
	return e->column[i].text;
}
