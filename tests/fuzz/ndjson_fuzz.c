/* SPDX-License-Identifier: MIT */
/*
 * The reader's fast path against the exact parser, in every kernel and mode;
 * and the exact parser against jansson. The first two bytes choose options
 * and reads, the rest is the text, given twice, so that the second half
 * meets what was learnt from the first.
 */
#include <jansson.h>

#include "../unit/ndjson_twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok, const char *why)
{
	if (!ok) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
}

static void
check_kernels(const char *text, size_t n, unsigned options, unsigned reads)
{
	struct twin t = {.p = text,
			 .n = n,
			 .first_read = reads / 16,
			 .each_read = reads % 16 * 5};

	t.options = (struct ndjson_options){
		.mode = options & 1 ? NDJSON_STRUCTURAL : NDJSON_FULL,
		.max_line = options & 4 ? 33 : 4096,
		.max_depth = options & 8 ? 3 : 0,
		.want_rest = (options & 2) != 0};
	for (const char *const *k = twin_kernels(); *k != NULL; k++) {
		t.kernel = *k;
		check(twin_agrees(&t), t.why);
	}
}

/*
 * Where we and jansson differ on purpose: it refuses numbers that no double
 * or 64-bit integer holds, \u0000 in keys, and what is nested deeper than
 * 2048. It takes a NUL behind a value for the end, and goes deeper than 1024.
 */
static bool
is_known_difference(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_numeric_overflow:
	case json_error_null_byte_in_key:
	case json_error_null_character:
	case json_error_stack_overflow:
		return true;
	default:
		return false;
	}
}

static void
check_jansson(const char *text, size_t n)
{
	json_error_t e;
	size_t at;
	enum ndjson_reason reason = ndjson_validate(text, n, 1024, 0, &at);
	json_t *doc = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);

	check(at <= n, "the fault is behind the end");
	if (reason == NDJSON_OK && doc == NULL)
		check(is_known_difference(&e), e.text);
	if (reason != NDJSON_OK && doc != NULL)
		check(reason == NDJSON_TOO_DEEP || reason == NDJSON_NUL,
		      ndjson_reason_name(reason));
	json_decref(doc);
}

/* Walking and unescaping stay inside any text, and writing what was read
 * reads back the same. */
static void
check_slices(const char *text, size_t n)
{
	struct ndjson_iter it = ndjson_members((struct str){text, n});
	struct ndjson_val v;
	struct str key;
	char *bytes = malloc(n + 1);
	char *quoted = malloc(6 * n + 2);
	size_t len, at;

	check(bytes != NULL && quoted != NULL, "memory");
	while (ndjson_iter_next(&it, &key, &v)) {
		len = ndjson_unescape(v.p, v.n, bytes);
		check(len <= v.n, "unescaping lengthened");
	}
	if (ndjson_is_utf8(text, n, &at)) {
		len = ndjson_format_string(quoted, text, n);
		check(ndjson_validate(quoted, len, 1, 0, &at) == NDJSON_OK,
		      "what was quoted is no string");
		v = ndjson_value_of((struct str){quoted, len});
		len = ndjson_unescape(v.p, v.n, quoted);
		check(len == n && memcmp(quoted, text, n) == 0,
		      "a string did not come back");
	}
	free(bytes);
	free(quoted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size < 2 ? 0 : size - 2;
	char *twice;

	if (size < 2)
		return 0;
	twice = malloc(2 * n + 1);
	check(twice != NULL, "memory");
	memcpy(twice, data + 2, n);
	twice[n] = '\n';
	memcpy(twice + n + 1, data + 2, n);
	check_kernels(twice, 2 * n + 1, data[0], data[1]);
	check_jansson(twice, n);
	check_slices(twice, n);
	free(twice);
	return 0;
}
