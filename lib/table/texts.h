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

/* For table_texts_put. */
uint32_t table_texts_hash(struct str s);

/* The entry of s: an equal one, or a new one. rows: how many rows the column
 * has, to judge whether looking up still pays. 0 or FAIL_MEMORY. */
int table_texts_put(struct table_texts *x, struct str s, uint32_t hash,
		    size_t rows, uint32_t *code) PORT_MUST_CHECK;

/*
 * Have what a lookup will touch on its way: first its slot, then what the slot
 * leads to, then the text. Each step needs what the one before has fetched.
 */
void table_texts_fetch_slot(const struct table_texts *x, uint32_t hash);
void table_texts_fetch_entry(const struct table_texts *x, uint32_t hash);
void table_texts_fetch_text(const struct table_texts *x, uint32_t hash);

/* A new entry, not looked up. 0 or FAIL_MEMORY. */
int table_texts_add(struct table_texts *x, struct str s,
		    uint32_t *code) PORT_MUST_CHECK;

#endif
