/* SPDX-License-Identifier: MIT */
/*
 * A predicate over a row that is but a text: a line that could not be read. It
 * is looked at twice. First without the text: is it true whatever the lost
 * values are? Then with it: an equality of a lost column is taken for true
 * where its literal stands in the text as a word, and for false where it does
 * not, and every other comparison may be either. Without a sign, an equality
 * that holds, a row is let be: "older than" alone must not take all lines
 * whose time cannot be read.
 */
#include "expr/tree.h"

struct search {
	const struct expr *e;
	const struct expr_cell *cell;
	const enum expr_origin *origin;
	struct str text; /* p NULL: none */
	bool has_sign;
};

static bool
is_word_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80;
}

/* May a word end between these two bytes? */
static bool
is_edge(char a, char b)
{
	return !is_word_byte((unsigned char)a) ||
	       !is_word_byte((unsigned char)b);
}

static bool
has_word(struct str text, struct str word)
{
	const char *end = text.p + text.n, *p = text.p;

	if (word.n == 0)
		return false;
	for (; (size_t)(end - p) >= word.n; p++) {
		p = memchr(p, word.p[0], (size_t)(end - p) - word.n + 1);
		if (p == NULL)
			return false;
		if (memcmp(p, word.p, word.n) == 0 &&
		    (p == text.p || is_edge(p[-1], p[0])) &&
		    (p + word.n == end || is_edge(p[word.n - 1], p[word.n])))
			return true;
	}
	return false;
}

static unsigned
look_at(struct search *s, const struct expr_node *node)
{
	if (s->text.p == NULL)
		return EXPR_MAY_BE_UNKNOWN;
	if (node->op != EXPR_OP_EQ)
		return EXPR_MAY_BE_FALSE | EXPR_MAY_BE_TRUE;
	if (!has_word(s->text, node->literal.text))
		return EXPR_MAY_BE_FALSE;
	s->has_sign = true;
	return EXPR_MAY_BE_TRUE;
}

static unsigned
search_node(struct search *s, size_t i)
{
	const struct expr_node *node = &s->e->node[i];
	unsigned left;

	switch (node->op) {
	case EXPR_OP_AND:
		left = search_node(s, node->left);
		return expr_both(left, search_node(s, node->right));
	case EXPR_OP_OR:
		left = expr_inverse(search_node(s, node->left));
		return expr_inverse(expr_both(
			left, expr_inverse(search_node(s, node->right))));
	case EXPR_OP_NOT:
		return expr_inverse(search_node(s, node->left));
	default:
		break;
	}
	if (s->origin[node->column] == EXPR_LOST)
		return look_at(s, node);
	switch (expr_test_node(s->e, i, s->cell)) {
	case EXPR_TRUE:
		s->has_sign = s->has_sign ||
			      (node->op == EXPR_OP_EQ &&
			       s->origin[node->column] == EXPR_OF_TEXT);
		return EXPR_MAY_BE_TRUE;
	case EXPR_FALSE:
		return EXPR_MAY_BE_FALSE;
	default:
		return EXPR_MAY_BE_UNKNOWN;
	}
}

bool
expr_is_in_text(const struct expr *e, const struct expr_cell *cell,
		const enum expr_origin *origin, struct str text)
{
	struct search s = {.e = e, .cell = cell, .origin = origin};
	unsigned may = search_node(&s, e->root);

	if (may == EXPR_MAY_BE_TRUE)
		return true;
	s.text = text;
	s.has_sign = false;
	may = search_node(&s, e->root);
	return s.has_sign && (may & EXPR_MAY_BE_TRUE) != 0;
}
