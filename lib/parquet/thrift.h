/* SPDX-License-Identifier: MIT */
/*
 * thrift - private to parquet: Apache Thrift's compact protocol, as far as
 * parquet.thrift needs it. Both sides keep a sticky failure, so that callers
 * write and read straight on and look once at the end.
 */
#ifndef PARQUET_THRIFT_H
#define PARQUET_THRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* The wire's types of a field or of a list's items. */
enum thrift_type {
	THRIFT_STOP = 0,
	THRIFT_TRUE = 1, /* as a list's item type: any bool */
	THRIFT_FALSE = 2,
	THRIFT_I8 = 3,
	THRIFT_I16 = 4,
	THRIFT_I32 = 5,
	THRIFT_I64 = 6,
	THRIFT_DOUBLE = 7,
	THRIFT_BINARY = 8,
	THRIFT_LIST = 9,
	THRIFT_SET = 10,
	THRIFT_MAP = 11,
	THRIFT_STRUCT = 12,
};

#define THRIFT_DEPTH 16 /* parquet.thrift nests 8 deep */

/* ---- writing ---- */

struct thrift_out {
	struct buf *b; /* borrowed */
	int16_t last_id[THRIFT_DEPTH];
	unsigned depth;
	bool has_failed; /* out of memory */
};

/* Begin the outermost struct. */
void thrift_out_init(struct thrift_out *o, struct buf *b);

void thrift_put_bool(struct thrift_out *o, int16_t id, bool v);
void thrift_put_i16(struct thrift_out *o, int16_t id, int16_t v);
void thrift_put_i32(struct thrift_out *o, int16_t id, int32_t v);
void thrift_put_i64(struct thrift_out *o, int16_t id, int64_t v);
void thrift_put_i8(struct thrift_out *o, int16_t id, int8_t v);
void thrift_put_bytes(struct thrift_out *o, int16_t id, struct str v);

/* A field that is a struct: open, put its fields, close. */
void thrift_open(struct thrift_out *o, int16_t id);
void thrift_close(struct thrift_out *o);

/* A struct without fields: a member of a union. */
void thrift_put_empty(struct thrift_out *o, int16_t id);

/* A list of n items, which follow by the functions below. */
void thrift_put_list(struct thrift_out *o, int16_t id, enum thrift_type item,
		     size_t n);
void thrift_item_i32(struct thrift_out *o, int32_t v);
void thrift_item_i64(struct thrift_out *o, int64_t v);
void thrift_item_bool(struct thrift_out *o, bool v);
void thrift_item_bytes(struct thrift_out *o, struct str v);
void thrift_item_open(struct thrift_out *o); /* end by thrift_close */

/* End the outermost struct. */
void thrift_out_end(struct thrift_out *o);

/* ---- reading ---- */

struct thrift_in {
	const unsigned char *p; /* borrowed */
	const unsigned char *end;
	bool has_failed;
};

struct thrift_field {
	int16_t id; /* initialise with {0} before a struct's first field */
	enum thrift_type type;
};

void thrift_in_init(struct thrift_in *in, struct str bytes);

/* The struct's next field; false at its end or after a failure. The field's
 * value must be read or skipped before the next call. */
bool thrift_next(struct thrift_in *in, struct thrift_field *f);

bool thrift_bool(struct thrift_in *in, const struct thrift_field *f);
int64_t thrift_i64(struct thrift_in *in, const struct thrift_field *f);
int32_t thrift_i32(struct thrift_in *in, const struct thrift_field *f);
struct str thrift_bytes(struct thrift_in *in, const struct thrift_field *f);

/* The field is a struct: read its fields next. */
bool thrift_enter(struct thrift_in *in, const struct thrift_field *f);

/* A list's length, at most the bytes that are left; its items follow. */
size_t thrift_list(struct thrift_in *in, const struct thrift_field *f,
		   enum thrift_type item);
struct str thrift_next_bytes(struct thrift_in *in);
int64_t thrift_next_i64(struct thrift_in *in);

/* Pass over a value of any type. */
void thrift_skip(struct thrift_in *in, const struct thrift_field *f);

#endif
