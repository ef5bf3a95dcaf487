/* SPDX-License-Identifier: MIT */
/*
 * The footer of a file that somebody else may have written: thrift to
 * schema and chunk places, each number checked before it is used. The
 * converted types are what all writers agree on; logical types are looked at
 * for what those cannot say.
 */
#include "parquet/footer.h"
#include "parquet/thrift.h"

#define STRUCT_MIN 4		     /* bytes of a struct of parquet.thrift */
#define NODES_MAX  ((size_t)1 << 20) /* of a schema */

/* What a schema element says of its type. */
struct stated {
	int32_t physical; /* -1: a group */
	int32_t children; /* -1: not stated */
	int32_t converted;
	enum pq_logical logical;
	bool is_utc;
	enum pq_unit unit;
	int32_t bits; /* of an integer; negative: unsigned */
	int32_t precision, scale;
	int32_t length;
};

static void
parse_unit(struct thrift_in *in, struct stated *s)
{
	struct thrift_field f = {0};

	while (thrift_next(in, &f)) {
		s->unit = f.id == 1   ? PQ_MILLIS
			  : f.id == 3 ? PQ_NANOS
				      : PQ_MICROS;
		thrift_skip(in, &f);
	}
}

static bool
is_clock(const struct stated *s)
{
	return s->logical == PQ_LOGICAL_TIMESTAMP ||
	       s->logical == PQ_LOGICAL_TIME;
}

static void
parse_logical_members(struct thrift_in *in, struct stated *s)
{
	struct thrift_field f = {0};
	bool is_signed = true;

	while (thrift_next(in, &f)) {
		if (s->logical == PQ_LOGICAL_DECIMAL && f.id == 1)
			s->scale = thrift_i32(in, &f);
		else if (s->logical == PQ_LOGICAL_DECIMAL && f.id == 2)
			s->precision = thrift_i32(in, &f);
		else if (is_clock(s) && f.id == 1)
			s->is_utc = thrift_bool(in, &f);
		else if (is_clock(s) && f.id == 2 && thrift_enter(in, &f))
			parse_unit(in, s);
		else if (s->logical == PQ_LOGICAL_INTEGER && f.id == 1)
			s->bits = thrift_i32(in, &f);
		else if (s->logical == PQ_LOGICAL_INTEGER && f.id == 2)
			is_signed = thrift_bool(in, &f);
		else
			thrift_skip(in, &f);
	}
	if (!is_signed)
		s->bits = -s->bits;
}

static void
parse_logical(struct thrift_in *in, struct stated *s)
{
	struct thrift_field f = {0};

	while (thrift_next(in, &f)) {
		/* an id that we do not know matches none of the enum's */
		s->logical = (enum pq_logical)f.id;
		if (thrift_enter(in, &f))
			parse_logical_members(in, s);
	}
}

static void
parse_element(struct thrift_in *in, struct pq_node *n, struct stated *s)
{
	struct thrift_field f = {0};
	int32_t repetition = PARQUET_REQUIRED;

	*s = (struct stated){.physical = -1,
			     .children = -1,
			     .converted = PQ_NO_CONVERTED,
			     .is_utc = true};
	n->field_id = PARQUET_NO_ID;
	while (thrift_next(in, &f)) {
		switch (f.id) {
		case 1:
			s->physical = thrift_i32(in, &f);
			break;
		case 2:
			s->length = thrift_i32(in, &f);
			break;
		case 3:
			repetition = thrift_i32(in, &f);
			break;
		case 4:
			n->name = thrift_bytes(in, &f);
			break;
		case 5:
			s->children = thrift_i32(in, &f);
			break;
		case 6:
			s->converted = thrift_i32(in, &f);
			break;
		case 7:
			s->scale = thrift_i32(in, &f);
			break;
		case 8:
			s->precision = thrift_i32(in, &f);
			break;
		case 9:
			n->field_id = thrift_i32(in, &f);
			break;
		case 10:
			if (thrift_enter(in, &f))
				parse_logical(in, s);
			break;
		default:
			thrift_skip(in, &f);
		}
	}
	if (repetition < PARQUET_REQUIRED || repetition > PARQUET_REPEATED)
		in->has_failed = true;
	n->repetition = (enum parquet_repetition)repetition;
}

/* ---- types ---- */

static void
read_as(struct pq_node *n, enum table_type type)
{
	n->type = type;
}

static void
refuse(struct pq_node *n, const char *what)
{
	n->type = TABLE_TYPES;
	n->unread = what;
}

static bool
is_decimal(const struct stated *s)
{
	return s->converted == PQ_CONVERTED_DECIMAL ||
	       s->logical == PQ_LOGICAL_DECIMAL;
}

static void
decimal_type(struct pq_node *n, const struct stated *s)
{
	if (s->precision < 1 || s->precision > 38 || s->scale < 0 ||
	    s->scale > s->precision) {
		refuse(n, "a decimal without a sound precision");
		return;
	}
	n->precision = (uint8_t)s->precision;
	n->scale = (uint8_t)s->scale;
	n->is_wide = s->precision > 18 && n->physical != PQ_INT32 &&
		     n->physical != PQ_INT64;
	read_as(n, n->is_wide ? TABLE_BINARY : TABLE_DECIMAL);
	if (s->precision > 18)
		n->unread = "a decimal of over 18 digits";
}

static void
time_type(struct pq_node *n, enum pq_unit unit)
{
	read_as(n, TABLE_INT64);
	n->unit = unit;
	n->unread = "a time of day";
}

static void
int32_type(struct pq_node *n, const struct stated *s)
{
	int32_t bits = s->bits;

	if (is_decimal(s))
		decimal_type(n, s);
	else if (s->converted == PQ_CONVERTED_DATE ||
		 s->logical == PQ_LOGICAL_DATE)
		read_as(n, TABLE_DATE);
	else if (s->converted == PQ_TIME_MILLIS ||
		 s->logical == PQ_LOGICAL_TIME)
		time_type(n, PQ_MILLIS);
	else if (s->converted == PQ_INT_8 || bits == 8)
		read_as(n, TABLE_INT8);
	else if (s->converted == PQ_INT_16 || bits == 16 ||
		 s->converted == PQ_UINT_8 || bits == -8)
		read_as(n, TABLE_INT16);
	else if (s->converted == PQ_UINT_32 || bits == -32)
		n->is_unsigned = true;
	else
		read_as(n, TABLE_INT32);
	if (n->is_unsigned)
		read_as(n, TABLE_INT64);
}

static void
int64_type(struct pq_node *n, const struct stated *s)
{
	read_as(n, TABLE_INT64);
	if (is_decimal(s)) {
		decimal_type(n, s);
	} else if (s->logical == PQ_LOGICAL_TIMESTAMP) {
		n->unit = s->unit;
		read_as(n, s->is_utc ? TABLE_TIMESTAMP : TABLE_TIMESTAMP_NTZ);
	} else if (s->converted == PQ_TIMESTAMP_MILLIS ||
		   s->converted == PQ_TIMESTAMP_MICROS) {
		n->unit = s->converted == PQ_TIMESTAMP_MILLIS ? PQ_MILLIS
							      : PQ_MICROS;
		read_as(n, TABLE_TIMESTAMP);
	} else if (s->logical == PQ_LOGICAL_TIME) {
		time_type(n, s->unit);
	} else if (s->converted == PQ_TIME_MICROS) {
		time_type(n, PQ_MICROS);
	} else {
		n->is_unsigned = s->converted == PQ_UINT_64 || s->bits < 0;
	}
}

static void
bytes_type(struct pq_node *n, const struct stated *s)
{
	bool is_fixed = n->physical == PQ_FIXED;

	if (is_decimal(s))
		decimal_type(n, s);
	else if (is_fixed && s->logical == PQ_LOGICAL_UUID && s->length == 16)
		n->is_uuid = true;
	else if (is_fixed && s->logical == PQ_LOGICAL_FLOAT16 && s->length == 2)
		read_as(n, TABLE_FLOAT);
	else if (s->converted == PQ_UTF8 || s->converted == PQ_ENUM ||
		 s->converted == PQ_JSON || s->logical == PQ_LOGICAL_STRING ||
		 s->logical == PQ_LOGICAL_ENUM || s->logical == PQ_LOGICAL_JSON)
		read_as(n, TABLE_STRING);
	else
		read_as(n, TABLE_BINARY);
	if (n->is_uuid)
		read_as(n, TABLE_STRING);
}

static bool
leaf_type(struct pq_node *n, const struct stated *s)
{
	if (s->physical < PQ_BOOLEAN || s->physical > PQ_FIXED ||
	    (s->physical == PQ_FIXED &&
	     (s->length <= 0 || (size_t)s->length > PQ_PAGE_MAX)))
		return false;
	n->kind = PARQUET_LEAF;
	n->physical = (enum pq_physical)s->physical;
	n->type_length = (uint32_t)(s->length > 0 ? s->length : 0);
	n->is_null = s->logical == PQ_LOGICAL_UNKNOWN;
	switch (n->physical) {
	case PQ_BOOLEAN:
		read_as(n, TABLE_BOOLEAN);
		break;
	case PQ_INT32:
		int32_type(n, s);
		break;
	case PQ_INT64:
		int64_type(n, s);
		break;
	case PQ_INT96:
		read_as(n, TABLE_TIMESTAMP);
		break;
	case PQ_FLOAT:
		read_as(n, TABLE_FLOAT);
		break;
	case PQ_DOUBLE:
		read_as(n, TABLE_DOUBLE);
		break;
	case PQ_BYTE_ARRAY:
	case PQ_FIXED:
		bytes_type(n, s);
		break;
	}
	return true;
}

static void
group_type(struct pq_node *n, const struct stated *s)
{
	n->kind = PARQUET_GROUP;
	n->child_n = (size_t)(s->children > 0 ? s->children : 0);
	n->type = TABLE_TYPES;
	n->unread = "a struct";
	if (s->converted == PQ_CONVERTED_LIST ||
	    s->logical == PQ_LOGICAL_LIST) {
		n->kind = PARQUET_LIST;
		n->unread = "an array";
	} else if (s->converted == PQ_CONVERTED_MAP ||
		   s->converted == PQ_MAP_KEY_VALUE ||
		   s->logical == PQ_LOGICAL_MAP) {
		n->kind = PARQUET_MAP;
		n->unread = "a map";
	}
}

/* Where a footer's parts live, and whether it was that which failed. */
struct room {
	struct arena *a;
	bool is_full;
};

static void *
zalloc(struct room *room, size_t n, size_t size)
{
	void *p = arena_zalloc(room->a, n + 1, size);

	room->is_full |= p == NULL;
	return p;
}

/* The length of a list of structs, each of STRUCT_MIN bytes at least: so
 * much that is claimed can be there. */
static size_t
list_of_structs(struct thrift_in *in, const struct thrift_field *f)
{
	size_t n = thrift_list(in, f, THRIFT_STRUCT);

	if (n <= (size_t)(in->end - in->p) / STRUCT_MIN)
		return n;
	in->has_failed = true;
	return 0;
}

static bool
parse_schema(struct thrift_in *in, const struct thrift_field *f,
	     struct pq_schema *s, struct room *room)
{
	size_t n = list_of_structs(in, f);

	if (n == 0 || n > NODES_MAX || s->node != NULL)
		return false;
	s->node = zalloc(room, n, sizeof(*s->node));
	s->node_n = n;
	for (size_t i = 0; i < n && s->node != NULL && !in->has_failed; i++) {
		struct pq_node *node = &s->node[i];
		struct stated stated;
		char *name;

		parse_element(in, node, &stated);
		name = arena_copy(room->a, node->name);
		room->is_full |= name == NULL;
		if (name == NULL)
			return false;
		node->name.p = name;
		if (stated.physical < 0 || i == 0)
			group_type(node, &stated);
		else if (!leaf_type(node, &stated))
			return false;
	}
	return s->node != NULL && !in->has_failed;
}

/* ---- row groups ---- */

static bool
parse_chunk_meta(struct thrift_in *in, struct pq_chunk_in_file *c,
		 uint64_t file_size)
{
	struct thrift_field f = {0};
	int64_t level_n = -1, size = -1, data = -1, dictionary = 0;
	int32_t physical = -1;

	c->codec = -1;
	while (thrift_next(in, &f)) {
		switch (f.id) {
		case 1:
			physical = thrift_i32(in, &f);
			break;
		case 4:
			c->codec = thrift_i32(in, &f);
			break;
		case 5:
			level_n = thrift_i64(in, &f);
			break;
		case 7:
			size = thrift_i64(in, &f);
			break;
		case 9:
			data = thrift_i64(in, &f);
			break;
		case 11:
			dictionary = thrift_i64(in, &f);
			break;
		default:
			thrift_skip(in, &f);
		}
	}
	/* some writers state dictionary offset 0 for none */
	if (dictionary > 0 && dictionary < data)
		data = dictionary;
	if (physical < PQ_BOOLEAN || physical > PQ_FIXED || level_n < 0 ||
	    size < 0 || data < 0 || (uint64_t)data > file_size ||
	    (uint64_t)size > file_size - (uint64_t)data)
		return false;
	c->physical = (enum pq_physical)physical;
	c->level_n = (uint64_t)level_n;
	c->offset = (uint64_t)data;
	c->size = (uint64_t)size;
	return true;
}

static bool
parse_chunk(struct thrift_in *in, struct pq_chunk_in_file *c,
	    uint64_t file_size)
{
	struct thrift_field f = {0};
	bool is_ok = false;

	while (thrift_next(in, &f)) {
		if (f.id == 3 && thrift_enter(in, &f))
			is_ok = parse_chunk_meta(in, c, file_size);
		else if (f.id == 1) /* data in another file */
			return false;
		else
			thrift_skip(in, &f);
	}
	return is_ok;
}

static bool
parse_group(struct thrift_in *in, struct pq_group_in *g,
	    const struct pq_schema *s, uint64_t file_size, struct room *room)
{
	struct thrift_field f = {0};
	int64_t rows = -1;

	while (thrift_next(in, &f)) {
		size_t n;

		switch (f.id) {
		case 1:
			n = list_of_structs(in, &f);
			if (n != s->leaf_n || g->chunk != NULL)
				return false;
			g->chunk = zalloc(room, n, sizeof(*g->chunk));
			for (size_t i = 0; i < n; i++)
				if (g->chunk == NULL ||
				    !parse_chunk(in, &g->chunk[i], file_size))
					return false;
			break;
		case 3:
			rows = thrift_i64(in, &f);
			break;
		default:
			thrift_skip(in, &f);
		}
	}
	g->row_n = (uint64_t)rows;
	return rows >= 0 && g->chunk != NULL;
}

static bool
parse_groups(struct thrift_in *in, const struct thrift_field *f,
	     struct pq_file_in *out, uint64_t file_size, struct room *room)
{
	size_t n = list_of_structs(in, f);

	if (out->schema.leaf == NULL || out->group != NULL)
		return false;
	out->group = zalloc(room, n, sizeof(*out->group));
	out->group_n = n;
	for (size_t i = 0; i < n; i++) {
		struct pq_group_in *g = &out->group[i];

		if (out->group == NULL ||
		    !parse_group(in, g, &out->schema, file_size, room) ||
		    in->has_failed)
			return false;
		for (size_t k = 0; k < out->schema.leaf_n; k++) {
			size_t node = out->schema.leaf[k];

			if (g->chunk[k].physical !=
			    out->schema.node[node].physical)
				return false;
		}
		out->row_n += g->row_n;
	}
	return true;
}

static int
damaged(const struct room *room, struct fail *f)
{
	return room->is_full ? fail_memory(f)
			     : fail_set(f, FAIL_DATA, "a damaged footer");
}

int
pq_parse_footer(struct str bytes, uint64_t file_size, struct pq_file_in *out,
		struct arena *a, struct fail *f)
{
	struct thrift_in in;
	struct thrift_field field = {0};
	struct room room = {.a = a};
	struct str by = {0};
	const char *copy;
	int rc = 0;

	*out = (struct pq_file_in){0};
	thrift_in_init(&in, bytes);
	while (rc == 0 && thrift_next(&in, &field)) {
		if (field.id == 2) {
			if (!parse_schema(&in, &field, &out->schema, &room))
				return damaged(&room, f);
			rc = pq_schema_link(&out->schema, a, f);
		} else if (field.id == 4) {
			if (!parse_groups(&in, &field, out, file_size, &room))
				return damaged(&room, f);
		} else if (field.id == 6) {
			by = thrift_bytes(&in, &field);
		} else {
			thrift_skip(&in, &field);
		}
	}
	if (rc != 0)
		return rc;
	if (in.has_failed || out->schema.leaf == NULL || out->group == NULL)
		return damaged(&room, f);
	copy = arena_copy(a, by);
	out->created_by = copy;
	return copy == NULL ? fail_memory(f) : 0;
}
