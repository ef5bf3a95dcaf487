/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions by PCRE2, compiled to machine code. The syntax is
 * near enough to Python's that Great Expectations suites work as they are;
 * \d, \w and \b know all of Unicode, as they do there. A pattern that runs
 * away on some value is stopped by a limit and reported as an error of the
 * rule: it is not a pass, and it never stalls the stream.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "dq/rules.h"

#include <pcre2.h>
#include <stdlib.h>

/* Steps of one search: 0.15 ms of a catastrophic pattern on a 2020s core. */
#define MATCH_LIMIT    100000u
#define HEAP_LIMIT_KIB 4096u
#define JIT_STACK_MIN  ((size_t)32 << 10)
#define JIT_STACK_MAX  ((size_t)1 << 20)

struct dq_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL where there is no JIT */
};

static int
compile(struct dq_regex *r, struct doc_val pattern, struct fail *f)
{
	/* ALT_BSUX: \u00e9 in a pattern is é, as in Python. */
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ALT_BSUX |
			   PCRE2_NEVER_BACKSLASH_C;
	struct str text;
	PCRE2_SIZE at;
	int code, rc;

	rc = doc_as_str(pattern, &text, f);
	if (rc < 0)
		return rc;
	r->code = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &code, &at,
				NULL);
	if (r->code == NULL) {
		PCRE2_UCHAR why[120] = "";

		pcre2_get_error_message(code, why, sizeof(why));
		return doc_fail(pattern, f,
				"not a regular expression: %s (byte %zu)",
				(const char *)why, (size_t)at + 1);
	}
	return 0;
}

int
dq_regex_open(struct dq_regex **out, struct doc_val pattern, struct fail *f)
{
	struct dq_regex *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (r == NULL)
		return fail_memory(f);
	rc = compile(r, pattern, f);
	if (rc < 0)
		goto out;
	rc = fail_memory(NULL);
	r->data = pcre2_match_data_create(1, NULL);
	r->context = pcre2_match_context_create(NULL);
	if (r->data == NULL || r->context == NULL) {
		fail_memory(f);
		goto out;
	}
	pcre2_set_match_limit(r->context, MATCH_LIMIT);
	pcre2_set_heap_limit(r->context, HEAP_LIMIT_KIB);
	/* Without JIT support the interpreter does the same, only slower. */
	if (pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE) == 0) {
		r->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX,
						  NULL);
		if (r->stack == NULL) {
			fail_memory(f);
			goto out;
		}
		pcre2_jit_stack_assign(r->context, NULL, r->stack);
	}
	*out = r;
	r = NULL;
	rc = 0;
out:
	dq_regex_close(r);
	return rc;
}

void
dq_regex_close(struct dq_regex *r)
{
	if (r == NULL)
		return;
	pcre2_jit_stack_free(r->stack);
	pcre2_match_context_free(r->context);
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	free(r);
}

enum dq_match
dq_regex_search(struct dq_regex *r, struct str text)
{
	/* The reader has looked at the UTF-8 already. */
	int rc = pcre2_match(r->code, (PCRE2_SPTR)(text.n == 0 ? "" : text.p),
			     text.n, 0, PCRE2_NO_UTF_CHECK, r->data,
			     r->context);

	if (rc >= 0)
		return DQ_MATCH_YES;
	return rc == PCRE2_ERROR_NOMATCH ? DQ_MATCH_NO : DQ_MATCH_ERROR;
}

const char *
dq_libraries(void)
{
	static char text[64] = "PCRE2 ";

	/* Writes the release and its date; the buffer is large enough. */
	pcre2_config(PCRE2_CONFIG_VERSION, text + strlen("PCRE2 "));
	return text;
}
