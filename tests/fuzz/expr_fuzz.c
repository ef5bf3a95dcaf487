/* SPDX-License-Identifier: MIT */
/*
 * Fuzz the predicate language: parse, bind, evaluate. What pruning says about
 * a set of one row must agree with the row itself.
 */
#include <stdlib.h>

#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first byte chooses types and values of the columns. */
static struct expr_cell
make_cell(unsigned seed)
{
	static const char *const texts[] = {"", "good", "2026-11-22", "zz"};

	return (struct expr_cell){
		.is_null = seed % 5 == 0,
		.i64 = (int64_t)(seed % 7) - 3,
		.f64 = (double)(seed % 9) / 2,
		.str = str_of(texts[seed % 4]),
	};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct expr_cell cell[256];
	struct expr_range range[256];
	struct expr *e;
	enum expr_truth truth;

	if (n == 0 ||
	    expr_parse(&e, (struct str){(const char *)data + 1, n - 1}, NULL) !=
		    0)
		return 0;
	for (size_t i = 0; i < expr_columns(e); i++) {
		unsigned seed = data[0] + (unsigned)i;

		if (expr_bind(e, i, (enum expr_type)(seed % (EXPR_OTHER + 1)),
			      2, "type", NULL) != 0) {
			expr_close(e);
			return 0;
		}
		cell[i] = make_cell(seed);
		range[i] = (struct expr_range){
			.has_min = !cell[i].is_null,
			.has_max = !cell[i].is_null,
			.min = cell[i],
			.max = cell[i],
			.may_be_null = cell[i].is_null,
			.is_all_null = cell[i].is_null,
		};
	}
	truth = expr_test(e, cell);
	if (truth == EXPR_TRUE && !expr_may_match(e, range))
		abort();
	if (truth != EXPR_TRUE && expr_must_match(e, range))
		abort();
	expr_close(e);
	return 0;
}
