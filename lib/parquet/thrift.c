/* SPDX-License-Identifier: MIT */
/*
 * The compact protocol. Integers are zigzag varints, a field header is one
 * byte as long as ids rise by at most 15. Reading takes nothing on trust: a
 * length never passes the bytes that are left, and unknown values are
 * skipped to a bounded depth.
 */
#include "parquet/thrift.h"

void
thrift_out_init(struct thrift_out *o, struct buf *b)
{
	*o = (struct thrift_out){.b = b};
}

static void
put_byte(struct thrift_out *o, unsigned v)
{
	if (buf_add_char(o->b, (char)(unsigned char)v) != 0)
		o->has_failed = true;
}

static void
put_varint(struct thrift_out *o, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_byte(o, (unsigned)(v & 0x7f) | 0x80);
	put_byte(o, (unsigned)v);
}

static uint64_t
zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static void
put_header(struct thrift_out *o, int16_t id, enum thrift_type type)
{
	int delta = id - o->last_id[o->depth];

	if (delta > 0 && delta <= 15) {
		put_byte(o, (unsigned)delta << 4 | type);
	} else {
		put_byte(o, type);
		put_varint(o, zigzag(id));
	}
	o->last_id[o->depth] = id;
}

void
thrift_put_bool(struct thrift_out *o, int16_t id, bool v)
{
	put_header(o, id, v ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_put_i8(struct thrift_out *o, int16_t id, int8_t v)
{
	put_header(o, id, THRIFT_I8);
	put_byte(o, (unsigned char)v);
}

void
thrift_put_i16(struct thrift_out *o, int16_t id, int16_t v)
{
	put_header(o, id, THRIFT_I16);
	put_varint(o, zigzag(v));
}

void
thrift_put_i32(struct thrift_out *o, int16_t id, int32_t v)
{
	put_header(o, id, THRIFT_I32);
	put_varint(o, zigzag(v));
}

void
thrift_put_i64(struct thrift_out *o, int16_t id, int64_t v)
{
	put_header(o, id, THRIFT_I64);
	put_varint(o, zigzag(v));
}

void
thrift_put_bytes(struct thrift_out *o, int16_t id, struct str v)
{
	put_header(o, id, THRIFT_BINARY);
	thrift_item_bytes(o, v);
}

static void
push(struct thrift_out *o)
{
	if (o->depth + 1 >= THRIFT_DEPTH) {
		o->has_failed = true;
		return;
	}
	o->last_id[++o->depth] = 0;
}

void
thrift_open(struct thrift_out *o, int16_t id)
{
	put_header(o, id, THRIFT_STRUCT);
	push(o);
}

void
thrift_close(struct thrift_out *o)
{
	put_byte(o, THRIFT_STOP);
	o->depth -= o->depth > 0;
}

void
thrift_put_empty(struct thrift_out *o, int16_t id)
{
	thrift_open(o, id);
	thrift_close(o);
}

void
thrift_put_list(struct thrift_out *o, int16_t id, enum thrift_type item,
		size_t n)
{
	put_header(o, id, THRIFT_LIST);
	if (n < 15) {
		put_byte(o, (unsigned)n << 4 | item);
	} else {
		put_byte(o, 0xf0u | item);
		put_varint(o, n);
	}
}

void
thrift_item_i32(struct thrift_out *o, int32_t v)
{
	put_varint(o, zigzag(v));
}

void
thrift_item_i64(struct thrift_out *o, int64_t v)
{
	put_varint(o, zigzag(v));
}

void
thrift_item_bool(struct thrift_out *o, bool v)
{
	put_byte(o, v ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_item_bytes(struct thrift_out *o, struct str v)
{
	put_varint(o, v.n);
	if (buf_add_str(o->b, v) != 0)
		o->has_failed = true;
}

void
thrift_item_open(struct thrift_out *o)
{
	push(o);
}

void
thrift_out_end(struct thrift_out *o)
{
	put_byte(o, THRIFT_STOP);
}

/* ---- reading ---- */

void
thrift_in_init(struct thrift_in *in, struct str bytes)
{
	in->p = (const unsigned char *)bytes.p;
	in->end = in->p + bytes.n;
	in->has_failed = false;
}

static size_t
left(const struct thrift_in *in)
{
	return (size_t)(in->end - in->p);
}

/* After a failure nothing is left, so every later read fails too. */
static void
fail(struct thrift_in *in)
{
	in->has_failed = true;
	in->p = in->end;
}

static unsigned
get_byte(struct thrift_in *in)
{
	if (left(in) == 0) {
		fail(in);
		return 0;
	}
	return *in->p++;
}

static uint64_t
get_varint(struct thrift_in *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned b = get_byte(in);

		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return v;
	}
	fail(in);
	return 0;
}

static int64_t
get_zigzag(struct thrift_in *in)
{
	uint64_t v = get_varint(in);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

bool
thrift_next(struct thrift_in *in, struct thrift_field *f)
{
	unsigned head = get_byte(in);
	unsigned delta = head >> 4;

	f->type = head & 0x0f;
	if (in->has_failed || head == THRIFT_STOP)
		return false;
	if (delta == 0) {
		f->id = (int16_t)get_zigzag(in); /* ids are 16 bits */
	} else {
		f->id = (int16_t)(f->id + (int)delta);
	}
	if (f->type == THRIFT_STOP || f->type > THRIFT_STRUCT)
		fail(in);
	return !in->has_failed;
}

bool
thrift_bool(struct thrift_in *in, const struct thrift_field *f)
{
	if (f->type != THRIFT_TRUE && f->type != THRIFT_FALSE)
		fail(in);
	return f->type == THRIFT_TRUE;
}

int64_t
thrift_i64(struct thrift_in *in, const struct thrift_field *f)
{
	if (f->type == THRIFT_I8)
		return (int8_t)get_byte(in); /* two's complement */
	if (f->type < THRIFT_I16 || f->type > THRIFT_I64) {
		fail(in);
		return 0;
	}
	return get_zigzag(in);
}

int32_t
thrift_i32(struct thrift_in *in, const struct thrift_field *f)
{
	int64_t v = thrift_i64(in, f);

	if (v < INT32_MIN || v > INT32_MAX) {
		fail(in);
		return 0;
	}
	return (int32_t)v;
}

struct str
thrift_next_bytes(struct thrift_in *in)
{
	uint64_t n = get_varint(in);
	struct str s;

	if (n > left(in)) {
		fail(in);
		return (struct str){0};
	}
	s = (struct str){(const char *)in->p, (size_t)n};
	in->p += n;
	return s;
}

int64_t
thrift_next_i64(struct thrift_in *in)
{
	return get_zigzag(in);
}

struct str
thrift_bytes(struct thrift_in *in, const struct thrift_field *f)
{
	if (f->type != THRIFT_BINARY) {
		fail(in);
		return (struct str){0};
	}
	return thrift_next_bytes(in);
}

bool
thrift_enter(struct thrift_in *in, const struct thrift_field *f)
{
	if (f->type != THRIFT_STRUCT)
		fail(in);
	return !in->has_failed;
}

/* A list header; every item takes at least one byte. */
static size_t
get_list(struct thrift_in *in, enum thrift_type *item)
{
	unsigned head = get_byte(in);
	uint64_t n = head >> 4;

	*item = head & 0x0f;
	if (n == 15)
		n = get_varint(in);
	if (n > left(in)) {
		fail(in);
		return 0;
	}
	return (size_t)n;
}

size_t
thrift_list(struct thrift_in *in, const struct thrift_field *f,
	    enum thrift_type item)
{
	enum thrift_type got = THRIFT_STOP;
	size_t n = 0;

	if (f->type == THRIFT_LIST)
		n = get_list(in, &got);
	/* some writers give an empty list no item type */
	if (f->type != THRIFT_LIST || (n > 0 && got != item)) {
		fail(in);
		return 0;
	}
	return n;
}

static void skip_value(struct thrift_in *in, enum thrift_type type,
		       unsigned depth, bool is_item);

static void
skip_bytes(struct thrift_in *in, size_t n)
{
	if (n > left(in))
		fail(in);
	else
		in->p += n;
}

static void
skip_map(struct thrift_in *in, unsigned depth)
{
	uint64_t n = get_varint(in);
	unsigned types = n == 0 ? 0 : get_byte(in);

	if (n > left(in))
		fail(in);
	for (; n > 0 && !in->has_failed; n--) {
		skip_value(in, types >> 4, depth + 1, true);
		skip_value(in, types & 0x0f, depth + 1, true);
	}
}

static void
skip_value(struct thrift_in *in, enum thrift_type type, unsigned depth,
	   bool is_item)
{
	struct thrift_field f = {0};
	enum thrift_type item;

	if (depth > THRIFT_DEPTH) {
		fail(in);
		return;
	}
	switch (type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE:
		skip_bytes(in, is_item); /* a field's bool is in its header */
		break;
	case THRIFT_I8:
		skip_bytes(in, 1);
		break;
	case THRIFT_I16:
	case THRIFT_I32:
	case THRIFT_I64:
		get_varint(in);
		break;
	case THRIFT_DOUBLE:
		skip_bytes(in, 8);
		break;
	case THRIFT_BINARY:
		thrift_next_bytes(in);
		break;
	case THRIFT_LIST:
	case THRIFT_SET:
		for (size_t n = get_list(in, &item); n > 0 && !in->has_failed;
		     n--)
			skip_value(in, item, depth + 1, true);
		break;
	case THRIFT_MAP:
		skip_map(in, depth);
		break;
	case THRIFT_STRUCT:
		while (thrift_next(in, &f))
			skip_value(in, f.type, depth + 1, false);
		break;
	default:
		fail(in);
	}
}

void
thrift_skip(struct thrift_in *in, const struct thrift_field *f)
{
	skip_value(in, f->type, 0, false);
}
