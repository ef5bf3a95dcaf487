/* SPDX-License-Identifier: MIT */
/*
 * Values of a page. Each encoding fills a block of raw 64-bit numbers or of
 * texts; what the schema makes of them (meaning.c) is one pass over the block
 * afterwards, or over the dictionary once.
 */
#include "parquet/values.h"

#include <stdlib.h>

#define BUILT_MAX ((size_t)256 << 20)

static int
damaged(struct fail *f)
{
	return fail_set(f, FAIL_DATA, "damaged values");
}

static size_t
left(const struct pq_values_in *v)
{
	return (size_t)(v->end - v->p);
}

bool
pq_is_bytes(const struct pq_node *node)
{
	return node->physical == PQ_BYTE_ARRAY || node->physical == PQ_FIXED ||
	       node->physical == PQ_INT96;
}

static size_t
fixed_size(const struct pq_node *node)
{
	return node->physical == PQ_INT96 ? 12 : node->type_length;
}

/* ---- encodings of numbers ---- */

static int64_t
float_bits(uint32_t bits)
{
	float f32;
	double f64;
	int64_t v;

	memcpy(&f32, &bits, sizeof(f32));
	f64 = (double)f32;
	memcpy(&v, &f64, sizeof(v));
	return v;
}

static bool
plain_booleans(struct pq_values_in *v, size_t n, int64_t *out)
{
	if (n > left(v) * 8 - (left(v) > 0 ? v->bit : 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		out[i] = *v->p >> v->bit & 1;
		v->bit = (v->bit + 1) % 8;
		v->p += v->bit == 0;
	}
	return true;
}

static bool
plain_numbers(struct pq_values_in *v, size_t n, int64_t *out)
{
	size_t size = pq_physical_size(v->node->physical);

	if (v->node->physical == PQ_BOOLEAN)
		return plain_booleans(v, n, out);
	if (n > left(v) / size)
		return false;
	if (size == 8)
		memcpy(out, v->p, n * size);
	else if (v->node->physical == PQ_INT32)
		for (size_t i = 0; i < n; i++)
			out[i] = (int32_t)load_u32(v->p + i * 4);
	else
		for (size_t i = 0; i < n; i++)
			out[i] = float_bits(load_u32(v->p + i * 4));
	v->p += n * size;
	return true;
}

static bool
split_numbers(struct pq_values_in *v, size_t n, int64_t *out)
{
	size_t size = pq_physical_size(v->node->physical);

	if (n > v->split_n - v->split_i)
		return false;
	for (size_t i = 0; i < n; i++, v->split_i++) {
		uint64_t bits = 0;

		for (size_t k = 0; k < size; k++)
			bits |= (uint64_t)v->p[k * v->split_n + v->split_i]
				<< (8 * k);
		if (v->node->physical == PQ_FLOAT)
			out[i] = float_bits((uint32_t)bits);
		else if (v->node->physical == PQ_INT32)
			out[i] = (int32_t)(uint32_t)bits;
		else
			out[i] = (int64_t)bits;
	}
	return true;
}

static bool
delta_numbers(struct pq_values_in *v, size_t n, int64_t *out)
{
	if (!unpack_get(&v->ints, out, n))
		return false;
	if (v->node->physical == PQ_INT32) /* wraps round in 32 bits */
		for (size_t i = 0; i < n; i++)
			out[i] = (int32_t)(uint32_t)out[i];
	return true;
}

static bool
rle_booleans(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	if (!rle_get(&v->codes, out->code, n))
		return false;
	for (size_t i = 0; i < n; i++)
		out->number[i] = out->code[i];
	return true;
}

/* ---- encodings of byte strings ---- */

static bool
plain_texts(struct pq_values_in *v, size_t n, struct str *out)
{
	size_t size = fixed_size(v->node);

	for (size_t i = 0; i < n; i++) {
		if (v->node->physical == PQ_BYTE_ARRAY) {
			if (left(v) < 4)
				return false;
			size = load_u32(v->p);
			v->p += 4;
		}
		if (size > left(v))
			return false;
		out[i] = (struct str){(const char *)v->p, size};
		v->p += size;
	}
	return true;
}

static bool
delta_length_texts(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	if (!unpack_get(&v->lengths, out->number, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t size = out->number[i];

		if (size < 0 || (uint64_t)size > left(v))
			return false;
		out->text[i] = (struct str){(const char *)v->p, (size_t)size};
		v->p += size;
	}
	return true;
}

/* Prefix of the value before, and the rest: built one behind the other. Those
 * of a fixed size must have it. */
static bool
delta_byte_texts(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	int64_t prefix[PQ_BLOCK];
	size_t start = 0;

	buf_reset(&v->built);
	/* reserved: empty texts point somewhere, too */
	if (buf_reserve(&v->built, 1) != 0 ||
	    !unpack_get(&v->ints, prefix, n) || !delta_length_texts(v, n, out))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct str rest = out->text[i];

		if (prefix[i] < 0 || (uint64_t)prefix[i] > v->last.len)
			return false;
		v->last.len = (size_t)prefix[i];
		if (buf_add_str(&v->last, rest) != 0 ||
		    buf_add_str(&v->built, buf_str(&v->last)) != 0)
			return false;
		if (v->node->physical == PQ_FIXED &&
		    v->last.len != v->node->type_length)
			return false;
		out->text[i].n = v->last.len;
	}
	for (size_t i = 0; i < n; i++) { /* built moves no more */
		out->text[i].p = v->built.p + start;
		start += out->text[i].n;
	}
	return true;
}

/* Byte k of value i is in the kth stream. */
static bool
split_texts(struct pq_values_in *v, size_t n, struct str *out)
{
	size_t size = v->node->type_length;

	buf_reset(&v->built);
	if (n > v->split_n - v->split_i ||
	    buf_reserve(&v->built, n * size + 1) != 0)
		return false;
	for (size_t i = 0; i < n; i++, v->split_i++) {
		char *text = v->built.p + i * size;

		for (size_t k = 0; k < size; k++)
			text[k] = (char)v->p[k * v->split_n + v->split_i];
		out[i] = (struct str){text, size};
	}
	return true;
}

static bool
get_texts(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	switch (v->encoding) {
	case PQ_PLAIN:
		return plain_texts(v, n, out->text);
	case PQ_DELTA_LENGTH:
		return delta_length_texts(v, n, out);
	case PQ_BYTE_STREAM_SPLIT:
		return split_texts(v, n, out->text);
	default:
		return delta_byte_texts(v, n, out);
	}
}

static bool
get_numbers(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	switch (v->encoding) {
	case PQ_PLAIN:
		return plain_numbers(v, n, out->number);
	case PQ_RLE:
		return rle_booleans(v, n, out);
	case PQ_BYTE_STREAM_SPLIT:
		return split_numbers(v, n, out->number);
	default:
		return delta_numbers(v, n, out->number);
	}
}

static bool
get_coded(struct pq_values_in *v, size_t n, struct pq_block *out)
{
	bool is_text = table_type_is_text(v->node->type);

	if (!rle_get(&v->codes, out->code, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (out->code[i] >= v->dict->n)
			return false;
		if (!is_text)
			out->number[i] = v->dict->number[out->code[i]];
	}
	out->is_coded = is_text;
	return true;
}

int
pq_values_get(struct pq_values_in *v, size_t n, struct pq_block *out,
	      struct fail *f)
{
	bool is_ok;

	out->is_coded = false;
	if (n == 0)
		return 0;
	if (v->encoding == PQ_RLE_DICTIONARY)
		return get_coded(v, n, out) ? 0 : damaged(f);
	is_ok = pq_is_bytes(v->node) ? get_texts(v, n, out)
				     : get_numbers(v, n, out);
	if (is_ok && !table_type_is_text(v->node->type))
		is_ok = pq_make_numbers(v->node, out->text, n, out->number);
	if (is_ok && v->node->is_uuid)
		is_ok = pq_make_uuids(&v->made, out->text, n);
	return is_ok ? 0 : damaged(f);
}

/* ---- the beginning of a page ---- */

/* May the physical type be stored so? */
static bool
is_allowed(const struct pq_node *node, int32_t encoding)
{
	switch (encoding) {
	case PQ_PLAIN:
		return true;
	case PQ_PLAIN_DICTIONARY:
	case PQ_RLE_DICTIONARY:
		return node->physical != PQ_BOOLEAN;
	case PQ_RLE:
		return node->physical == PQ_BOOLEAN;
	case PQ_DELTA_BINARY_PACKED:
		return node->physical == PQ_INT32 || node->physical == PQ_INT64;
	case PQ_DELTA_LENGTH:
		return node->physical == PQ_BYTE_ARRAY;
	case PQ_DELTA_BYTE_ARRAY:
		return node->physical == PQ_BYTE_ARRAY ||
		       node->physical == PQ_FIXED;
	case PQ_BYTE_STREAM_SPLIT:
		return pq_physical_size(node->physical) > 0 ||
		       node->physical == PQ_FIXED;
	default:
		return false;
	}
}

static bool
begin_codes(struct pq_values_in *v)
{
	unsigned width;

	if (left(v) == 0) { /* a page of nulls may end before the width */
		rle_in_init(&v->codes, (struct str){(const char *)v->p, 0}, 0);
		return true;
	}
	width = *v->p++;
	rle_in_init(&v->codes, (struct str){(const char *)v->p, left(v)},
		    width);
	return width <= 32;
}

/* Behind a stream of packed integers, which is bytes from v->p. */
static bool
begin_packed(struct pq_values_in *v, struct unpack_in *ints, bool is_last)
{
	struct str bytes = {(const char *)v->p, left(v)};

	if (!unpack_init(ints, bytes))
		return false;
	if (!is_last)
		v->p = unpack_end(ints);
	return v->p != NULL;
}

static bool
begin_encoding(struct pq_values_in *v)
{
	size_t size = v->node->physical == PQ_FIXED
			      ? v->node->type_length
			      : pq_physical_size(v->node->physical);

	switch (v->encoding) {
	case PQ_RLE_DICTIONARY:
		return begin_codes(v);
	case PQ_RLE:
		if (left(v) < 4)
			return left(v) == 0;
		v->p += 4; /* its length, which is the rest */
		rle_in_init(&v->codes,
			    (struct str){(const char *)v->p, left(v)}, 1);
		return true;
	case PQ_DELTA_BINARY_PACKED:
		return begin_packed(v, &v->ints, true);
	case PQ_DELTA_BYTE_ARRAY:
		v->last.len = 0;
		return begin_packed(v, &v->ints, false) &&
		       begin_packed(v, &v->lengths, false);
	case PQ_DELTA_LENGTH:
		return begin_packed(v, &v->lengths, false);
	case PQ_BYTE_STREAM_SPLIT:
		v->split_n = left(v) / size;
		v->split_i = 0;
		return true;
	default:
		return true;
	}
}

int
pq_values_begin(struct pq_values_in *v, const struct pq_node *node,
		const struct pq_entries *dict, int32_t encoding,
		struct str bytes, struct fail *f)
{
	if (!is_allowed(node, encoding))
		return fail_set(f, FAIL_DATA,
				"encoding %d of %s values is not supported",
				encoding, pq_physical_name(node->physical));
	if (v->last.max == 0) {
		buf_init(&v->last, BUILT_MAX);
		buf_init(&v->built, BUILT_MAX);
		buf_init(&v->made, PQ_BLOCK * PQ_UUID_TEXT + 1);
	}
	v->node = node;
	v->dict = dict;
	/* the two names of one encoding */
	v->encoding = encoding == PQ_PLAIN_DICTIONARY
			      ? PQ_RLE_DICTIONARY
			      : (enum pq_encoding)encoding;
	v->p = (const unsigned char *)bytes.p;
	v->end = v->p + bytes.n;
	v->bit = 0;
	return begin_encoding(v) ? 0 : damaged(f);
}

void
pq_values_release(struct pq_values_in *v)
{
	buf_release(&v->last);
	buf_release(&v->built);
	buf_release(&v->made);
}

/* ---- dictionaries ---- */

void
pq_entries_release(struct pq_entries *d)
{
	free(d->number);
	free(d->text);
	buf_release(&d->bytes);
	buf_release(&d->made);
	*d = (struct pq_entries){0};
}

int
pq_entries_fill(struct pq_entries *d, const struct pq_node *node, size_t n,
		struct fail *f)
{
	struct pq_values_in v = {.node = node};
	size_t size = pq_is_bytes(node) ? fixed_size(node)
					: pq_physical_size(node->physical);

	if (node->physical == PQ_BYTE_ARRAY)
		size = 4; /* its length, at least */
	/* so that the arrays are at most 4 times the page */
	if (size == 0 || n > d->bytes.len / size)
		return damaged(f);
	d->n = 0;
	free(d->number);
	free(d->text);
	d->number = malloc((n + 1) * sizeof(*d->number));
	d->text = pq_is_bytes(node) ? malloc((n + 1) * sizeof(*d->text)) : NULL;
	if (d->number == NULL || (pq_is_bytes(node) && d->text == NULL))
		return fail_memory(f);
	v.p = (const unsigned char *)d->bytes.p;
	v.end = v.p + d->bytes.len;
	if (pq_is_bytes(node) ? !plain_texts(&v, n, d->text)
			      : !plain_numbers(&v, n, d->number))
		return damaged(f);
	if (!table_type_is_text(node->type) &&
	    !pq_make_numbers(node, d->text, n, d->number))
		return damaged(f);
	if (node->is_uuid && !pq_make_uuids(&d->made, d->text, n))
		return damaged(f);
	d->n = n;
	return 0;
}
