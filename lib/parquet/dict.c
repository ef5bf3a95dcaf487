/* SPDX-License-Identifier: MIT */
/*
 * Dictionaries. Texts come with a dictionary of their whole batch, so a
 * chunk only renumbers the entries that its rows use: one load a value and
 * no hashing. Numbers are hashed here; a column without repeats is noticed
 * after the first few thousand values.
 */
#include "parquet/dict.h"

#include <stdlib.h>

#include "parquet/rle.h"

#define BLOCK	    ((size_t)2048) /* numbers gathered at once */
#define TRIAL	    4096	   /* values before we judge */
#define TEXT_TRIAL  ((size_t)16384)
#define NUMBERS_MAX ((size_t)1 << 16)
#define TEXT_MAX    ((size_t)8 << 20) /* bytes of a dictionary page */
#define SLOT_BITS   8
#define UNUSED	    UINT32_MAX

struct pq_dict_slot {
	int64_t key;
	uint32_t entry; /* UNUSED, or the entry */
};

void
pq_dict_release(struct pq_dict *d)
{
	free(d->code);
	free(d->number);
	free(d->text);
	free(d->remap);
	free(d->slot);
	*d = (struct pq_dict){0};
}

void
pq_gather(const struct table_column *c, const uint32_t *row, size_t from,
	  size_t n, int64_t *out)
{
	size_t size = table_type_size(c->field.type);

	if (row != NULL)
		row += from;
	if (size == 8 && row == NULL)
		memcpy(out, c->value.i64 + from, n * sizeof(*out));
	else if (size == 8)
		for (size_t i = 0; i < n; i++)
			out[i] = c->value.i64[row[i]];
	else if (size == 4)
		for (size_t i = 0; i < n; i++)
			out[i] = c->value.i32[row == NULL ? from + i : row[i]];
	else
		for (size_t i = 0; i < n; i++)
			out[i] = c->value.u8[row == NULL ? from + i : row[i]];
}

/* Room for n items in all; contents may be lost. */
static int
fit(uint32_t **p, size_t *cap, size_t n, struct fail *f)
{
	if (n <= *cap)
		return 0;
	free(*p);
	*cap = 0;
	*p = malloc(n * sizeof(**p));
	if (*p == NULL)
		return fail_memory(f);
	*cap = n;
	return 0;
}

/* Codes and entries against values one by one, with some margin, since a
 * dictionary costs the reader an indirection. */
static bool
is_smaller(size_t n, size_t entry_n, size_t entry_bytes)
{
	double codes = (double)n * rle_width((uint32_t)entry_n) / 8;
	double plain = (double)entry_bytes / (double)entry_n * (double)n;

	return codes + (double)entry_bytes < plain * 0.9;
}

static int
build_text(struct pq_dict *d, const struct table_column *c, const uint32_t *row,
	   size_t n, bool *pays, struct fail *f)
{
	const struct table_texts *x = &c->texts;
	size_t bytes = 0, entry_n = 0;

	if (!x->is_distinct) /* who filled the column has tried */
		return 0;
	if (fit(&d->remap, &d->remap_cap, x->entry_n, f) != 0 ||
	    fit(&d->text, &d->text_cap, x->entry_n, f) != 0)
		return FAIL_MEMORY;
	memset(d->remap, 0xff, x->entry_n * sizeof(*d->remap));
	for (size_t i = 0; i < n; i++) {
		uint32_t entry = c->value.code[row == NULL ? i : row[i]];

		if (d->remap[entry] == UNUSED) {
			d->text[entry_n] = entry;
			d->remap[entry] = (uint32_t)entry_n++;
			bytes += x->start[entry + 1] - x->start[entry] + 4;
		}
		d->code[i] = d->remap[entry];
		if (i == TEXT_TRIAL && entry_n > TEXT_TRIAL / 8 * 7)
			return 0;
	}
	d->entry_n = entry_n;
	d->text_bytes = bytes;
	*pays = bytes <= TEXT_MAX && is_smaller(n, entry_n, bytes);
	return 0;
}

static size_t
slot_of(const struct pq_dict *d, int64_t key)
{
	size_t mask = ((size_t)1 << d->slot_bits) - 1;
	size_t i = (size_t)(((uint64_t)key * 0x9e3779b97f4a7c15u) >>
			    (64 - d->slot_bits));

	/* Keys chosen to collide cost time only: NUMBERS_MAX bounds it */
	while (d->slot[i].entry != UNUSED && d->slot[i].key != key)
		i = (i + 1) & mask;
	return i;
}

static int
resize_slots(struct pq_dict *d, unsigned bits, struct fail *f)
{
	size_t n = (size_t)1 << bits;

	if (bits != d->slot_bits || d->slot == NULL) {
		free(d->slot);
		d->slot = malloc(n * sizeof(*d->slot));
		d->slot_bits = bits;
		if (d->slot == NULL)
			return fail_memory(f);
	}
	for (size_t i = 0; i < n; i++)
		d->slot[i].entry = UNUSED;
	for (size_t i = 0; i < d->entry_n; i++)
		d->slot[slot_of(d, d->number[i])] = (struct pq_dict_slot){
			d->number[i], (uint32_t)i};
	return 0;
}

static int
add_number(struct pq_dict *d, int64_t key, size_t slot, struct fail *f)
{
	if (!MEM_GROW(&d->number, d->entry_n, &d->number_cap))
		return fail_memory(f);
	d->slot[slot] = (struct pq_dict_slot){key, (uint32_t)d->entry_n};
	d->number[d->entry_n++] = key;
	/* load at most 1/2 */
	if (d->entry_n * 2 > (size_t)1 << d->slot_bits)
		return resize_slots(d, d->slot_bits + 1, f);
	return 0;
}

static int
build_numbers(struct pq_dict *d, const struct table_column *c,
	      const uint32_t *row, size_t n, size_t value_size, bool *pays,
	      struct fail *f)
{
	int64_t block[BLOCK];
	int rc = resize_slots(d, SLOT_BITS, f);

	for (size_t i = 0; i < n && rc == 0; i += BLOCK) {
		size_t take = n - i < BLOCK ? n - i : BLOCK;

		pq_gather(c, row, i, take, block);
		for (size_t k = 0; k < take && rc == 0; k++) {
			size_t slot = slot_of(d, block[k]);

			d->code[i + k] = d->slot[slot].entry;
			if (d->code[i + k] != UNUSED)
				continue;
			d->code[i + k] = (uint32_t)d->entry_n;
			rc = add_number(d, block[k], slot, f);
		}
		if (d->entry_n > NUMBERS_MAX ||
		    (i + take >= TRIAL && d->entry_n > (i + take) / 2))
			return rc;
	}
	*pays = rc == 0 && is_smaller(n, d->entry_n, d->entry_n * value_size);
	return rc;
}

int
pq_dict_build(struct pq_dict *d, const struct table_column *c,
	      const uint32_t *row, size_t n, size_t value_size, bool *pays,
	      struct fail *f)
{
	*pays = false;
	d->entry_n = 0;
	if (n == 0 || c->field.type == TABLE_BOOLEAN)
		return 0;
	if (fit(&d->code, &d->code_cap, n, f) != 0)
		return FAIL_MEMORY;
	if (table_type_is_text(c->field.type))
		return build_text(d, c, row, n, pays, f);
	return build_numbers(d, c, row, n, value_size, pays, f);
}
