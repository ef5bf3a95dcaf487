/* SPDX-License-Identifier: MIT */
/*
 * texts - private to table: the texts of one column, each distinct text once
 * while that pays.
 */
#ifndef TABLE_TEXTS_H
#define TABLE_TEXTS_H

#include "table/table.h"

int table_texts_init(struct table_texts *x, size_t max_bytes,
		     struct fail *f) PORT_MUST_CHECK;
void table_texts_release(struct table_texts *x);
void table_texts_reset(struct table_texts *x);
size_t table_texts_bytes(const struct table_texts *x);

/* Texts to look up: TABLE_PAD bytes can be read behind each. */
struct table_asked {
	size_t n; /* at most TABLE_STAGED */
	const char *p[TABLE_STAGED];
	uint32_t len[TABLE_STAGED];
	uint32_t *code[TABLE_STAGED]; /* where the entry's number goes */
};

/* The entries of all: equal ones, or new ones. 0 or FAIL_MEMORY. */
int table_texts_put(struct table_texts *x,
		    const struct table_asked *asked) PORT_MUST_CHECK;

/* A new entry, not looked up. 0 or FAIL_MEMORY. */
int table_texts_add(struct table_texts *x, struct str s,
		    uint32_t *code) PORT_MUST_CHECK;

#endif
