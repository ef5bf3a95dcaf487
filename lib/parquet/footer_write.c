/* SPDX-License-Identifier: MIT */
/*
 * The footer and the page index as thrift. Field ids are parquet.thrift's;
 * both the old converted types and the logical types are written, since
 * readers differ in which they look at.
 */
#include "parquet/footer.h"
#include "parquet/thrift.h"

/* converted and logical type of a leaf; 0 fields where it has none. */
static void
put_timestamp_type(struct thrift_out *o, bool is_utc)
{
	thrift_open(o, PQ_LOGICAL_TIMESTAMP);
	thrift_put_bool(o, 1, is_utc);
	thrift_open(o, 2);	/* unit */
	thrift_put_empty(o, 2); /* MICROS */
	thrift_close(o);
	thrift_close(o);
}

static void
put_decimal_type(struct thrift_out *o, const struct pq_node *n)
{
	thrift_open(o, PQ_LOGICAL_DECIMAL);
	thrift_put_i32(o, 1, n->scale);
	thrift_put_i32(o, 2, n->precision);
	thrift_close(o);
}

static void
put_integer_type(struct thrift_out *o, int8_t bits)
{
	thrift_open(o, PQ_LOGICAL_INTEGER);
	thrift_put_i8(o, 1, bits);
	thrift_put_bool(o, 2, true);
	thrift_close(o);
}

static enum pq_converted
converted_of(const struct pq_node *n)
{
	if (n->kind == PARQUET_LIST)
		return PQ_CONVERTED_LIST;
	if (n->kind == PARQUET_MAP)
		return PQ_CONVERTED_MAP;
	if (n->kind == PARQUET_GROUP)
		return PQ_NO_CONVERTED;
	switch (n->type) {
	case TABLE_STRING:
		return PQ_UTF8;
	case TABLE_DATE:
		return PQ_CONVERTED_DATE;
	case TABLE_TIMESTAMP:
		return PQ_TIMESTAMP_MICROS;
	case TABLE_DECIMAL:
		return PQ_CONVERTED_DECIMAL;
	case TABLE_INT8:
		return PQ_INT_8;
	case TABLE_INT16:
		return PQ_INT_16;
	default:
		/* a converted TIMESTAMP_MICROS would make an ntz an instant */
		return PQ_NO_CONVERTED;
	}
}

static void
put_logical_leaf(struct thrift_out *o, const struct pq_node *n)
{
	switch (n->type) {
	case TABLE_STRING:
		thrift_put_empty(o, PQ_LOGICAL_STRING);
		break;
	case TABLE_DATE:
		thrift_put_empty(o, PQ_LOGICAL_DATE);
		break;
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ:
		put_timestamp_type(o, n->type == TABLE_TIMESTAMP);
		break;
	case TABLE_DECIMAL:
		put_decimal_type(o, n);
		break;
	case TABLE_INT8:
	case TABLE_INT16:
		put_integer_type(o, n->type == TABLE_INT8 ? 8 : 16);
		break;
	default:
		break;
	}
}

static bool
has_logical(const struct pq_node *n)
{
	if (n->kind != PARQUET_LEAF)
		return n->kind != PARQUET_GROUP;
	return converted_of(n) != PQ_NO_CONVERTED ||
	       n->type == TABLE_TIMESTAMP_NTZ;
}

static void
put_logical(struct thrift_out *o, const struct pq_node *n)
{
	thrift_open(o, 10);
	if (n->kind == PARQUET_LIST)
		thrift_put_empty(o, PQ_LOGICAL_LIST);
	else if (n->kind == PARQUET_MAP)
		thrift_put_empty(o, PQ_LOGICAL_MAP);
	else
		put_logical_leaf(o, n);
	thrift_close(o);
}

static void
put_node(struct thrift_out *o, const struct pq_node *n, bool is_root)
{
	enum pq_converted converted = converted_of(n);

	thrift_item_open(o);
	if (n->kind == PARQUET_LEAF)
		thrift_put_i32(o, 1, (int32_t)n->physical);
	if (!is_root)
		thrift_put_i32(o, 3, (int32_t)n->repetition);
	thrift_put_bytes(o, 4, n->name);
	if (n->kind != PARQUET_LEAF)
		thrift_put_i32(o, 5, (int32_t)n->child_n);
	if (converted != PQ_NO_CONVERTED)
		thrift_put_i32(o, 6, converted);
	if (converted == PQ_CONVERTED_DECIMAL) {
		thrift_put_i32(o, 7, n->scale);
		thrift_put_i32(o, 8, n->precision);
	}
	if (has_logical(n))
		put_logical(o, n);
	thrift_close(o);
}

static void
put_statistics(struct thrift_out *o, const struct pq_chunk_meta *m)
{
	thrift_open(o, 12);
	thrift_put_i64(o, 3, (int64_t)m->null_n);
	if (m->bounds.is_set) {
		thrift_put_bytes(o, 5, m->bounds.max);
		thrift_put_bytes(o, 6, m->bounds.min);
		thrift_put_bool(o, 7, m->bounds.is_max_exact);
		thrift_put_bool(o, 8, m->bounds.is_min_exact);
	}
	thrift_close(o);
}

/* path_in_schema: names from below the root down to the leaf. */
static void
put_path(struct thrift_out *o, const struct pq_schema *s, size_t leaf)
{
	size_t path[PQ_LEVEL_MAX];
	size_t n = 0;

	for (size_t i = leaf; i != 0 && n < PQ_LEVEL_MAX; i = s->node[i].parent)
		path[n++] = i;
	thrift_put_list(o, 3, THRIFT_BINARY, n);
	while (n > 0)
		thrift_item_bytes(o, s->node[path[--n]].name);
}

static void
put_chunk_meta(struct thrift_out *o, const struct pq_file_out *file,
	       size_t leaf, const struct pq_chunk_meta *m)
{
	size_t i = file->schema.leaf[leaf];
	bool is_coded = m->dictionary_offset != 0;

	thrift_open(o, 3);
	thrift_put_i32(o, 1, (int32_t)file->schema.node[i].physical);
	thrift_put_list(o, 2, THRIFT_I32, is_coded ? 3 : 2);
	thrift_item_i32(o, PQ_PLAIN); /* the dictionary page's, too */
	thrift_item_i32(o, PQ_RLE);
	if (is_coded)
		thrift_item_i32(o, PQ_RLE_DICTIONARY);
	put_path(o, &file->schema, i);
	thrift_put_i32(o, 4, (int32_t)file->options.codec);
	thrift_put_i64(o, 5, (int64_t)m->level_n);
	thrift_put_i64(o, 6, (int64_t)m->plain_size);
	thrift_put_i64(o, 7, (int64_t)m->packed_size);
	thrift_put_i64(o, 9, (int64_t)m->data_offset);
	if (is_coded)
		thrift_put_i64(o, 11, (int64_t)m->dictionary_offset);
	put_statistics(o, m);
	thrift_close(o);
}

static void
put_chunk(struct thrift_out *o, const struct pq_file_out *file, size_t leaf,
	  const struct pq_chunk_meta *m)
{
	thrift_item_open(o);
	thrift_put_i64(o, 2, 0); /* file_offset: deprecated */
	put_chunk_meta(o, file, leaf, m);
	if (m->offset_index_size > 0) {
		thrift_put_i64(o, 4, (int64_t)m->offset_index_offset);
		thrift_put_i32(o, 5, (int32_t)m->offset_index_size);
	}
	if (m->column_index_size > 0) {
		thrift_put_i64(o, 6, (int64_t)m->column_index_offset);
		thrift_put_i32(o, 7, (int32_t)m->column_index_size);
	}
	thrift_close(o);
}

static void
put_group(struct thrift_out *o, const struct pq_file_out *file, size_t group)
{
	const struct pq_group_out *g = &file->group[group];
	uint64_t plain = 0, packed = 0;

	thrift_item_open(o);
	thrift_put_list(o, 1, THRIFT_STRUCT, file->schema.leaf_n);
	for (size_t i = 0; i < file->schema.leaf_n; i++) {
		put_chunk(o, file, i, &g->chunk[i]);
		plain += g->chunk[i].plain_size;
		packed += g->chunk[i].packed_size;
	}
	thrift_put_i64(o, 2, (int64_t)plain);
	thrift_put_i64(o, 3, (int64_t)g->row_n);
	thrift_put_i64(o, 5, (int64_t)g->offset);
	thrift_put_i64(o, 6, (int64_t)packed);
	if (group <= INT16_MAX)
		thrift_put_i16(o, 7, (int16_t)group);
	thrift_close(o);
}

static int
emit_built(struct pq_chunker *c, const struct thrift_out *o, struct fail *f)
{
	return o->has_failed ? fail_memory(f)
			     : pq_emit(c, buf_str(&c->header), f);
}

int
pq_write_footer(struct pq_chunker *c, const struct pq_file_out *file,
		struct fail *f)
{
	const struct pq_schema *s = &file->schema;
	struct thrift_out o;
	char tail[8];
	int rc;

	buf_reset(&c->header);
	thrift_out_init(&o, &c->header);
	thrift_put_i32(&o, 1, 1); /* version */
	thrift_put_list(&o, 2, THRIFT_STRUCT, s->node_n);
	for (size_t i = 0; i < s->node_n; i++)
		put_node(&o, &s->node[i], i == 0);
	thrift_put_i64(&o, 3, (int64_t)file->row_n);
	thrift_put_list(&o, 4, THRIFT_STRUCT, file->group_n);
	for (size_t i = 0; i < file->group_n; i++)
		put_group(&o, file, i);
	thrift_put_bytes(&o, 6, STR_LIT(PQ_CREATED_BY));
	thrift_put_list(&o, 7, THRIFT_STRUCT, s->leaf_n);
	for (size_t i = 0; i < s->leaf_n; i++) {
		thrift_item_open(&o);
		thrift_put_empty(&o, 1); /* TYPE_ORDER */
		thrift_close(&o);
	}
	thrift_out_end(&o);
	if (c->header.len > UINT32_MAX)
		return fail_set(f, FAIL_MEMORY, "a Parquet footer over 4 GiB");
	rc = emit_built(c, &o, f);
	store_u32(tail, (uint32_t)c->header.len);
	memcpy(tail + 4, PQ_MAGIC, PQ_MAGIC_N);
	return rc == 0 ? pq_emit(c, (struct str){tail, 8}, f) : rc;
}

/* ---- page index ---- */

/* Bounds of every page are needed, or the index would lie (NaN only). */
static bool
has_column_index(const struct pq_chunk_meta *m)
{
	for (size_t i = 0; i < m->page_n; i++)
		if (!m->page[i].is_all_null && !m->page[i].bounds.is_set)
			return false;
	return m->page_n > 0;
}

static void
put_column_index(struct thrift_out *o, const struct pq_chunk_meta *m)
{
	thrift_put_list(o, 1, THRIFT_TRUE, m->page_n);
	for (size_t i = 0; i < m->page_n; i++)
		thrift_item_bool(o, m->page[i].is_all_null);
	thrift_put_list(o, 2, THRIFT_BINARY, m->page_n);
	for (size_t i = 0; i < m->page_n; i++)
		thrift_item_bytes(o, m->page[i].bounds.min);
	thrift_put_list(o, 3, THRIFT_BINARY, m->page_n);
	for (size_t i = 0; i < m->page_n; i++)
		thrift_item_bytes(o, m->page[i].bounds.max);
	thrift_put_i32(o, 4, 0); /* UNORDERED: always true */
	thrift_put_list(o, 5, THRIFT_I64, m->page_n);
	for (size_t i = 0; i < m->page_n; i++)
		thrift_item_i64(o, (int64_t)m->page[i].null_n);
}

static void
put_offset_index(struct thrift_out *o, const struct pq_chunk_meta *m)
{
	thrift_put_list(o, 1, THRIFT_STRUCT, m->page_n);
	for (size_t i = 0; i < m->page_n; i++) {
		thrift_item_open(o);
		thrift_put_i64(o, 1, (int64_t)m->page[i].offset);
		/* a page is under 2 GiB: emit_page */
		thrift_put_i32(o, 2, (int32_t)m->page[i].size);
		thrift_put_i64(o, 3, (int64_t)m->page[i].first_row);
		thrift_close(o);
	}
}

typedef void put_index(struct thrift_out *, const struct pq_chunk_meta *);

static int
emit_index(struct pq_chunker *c, const struct pq_chunk_meta *m, put_index *put,
	   uint64_t *offset, uint64_t *size, struct fail *f)
{
	struct thrift_out o;
	int rc;

	buf_reset(&c->header);
	thrift_out_init(&o, &c->header);
	put(&o, m);
	thrift_out_end(&o);
	*offset = c->offset;
	rc = emit_built(c, &o, f);
	*size = c->offset - *offset;
	return rc;
}

int
pq_write_indexes(struct pq_chunker *c, struct pq_file_out *file, struct fail *f)
{
	int rc = 0;

	for (size_t g = 0; g < file->group_n; g++)
		for (size_t i = 0; i < file->schema.leaf_n && rc == 0; i++) {
			struct pq_chunk_meta *m = &file->group[g].chunk[i];

			if (has_column_index(m))
				rc = emit_index(c, m, put_column_index,
						&m->column_index_offset,
						&m->column_index_size, f);
		}
	for (size_t g = 0; g < file->group_n; g++)
		for (size_t i = 0; i < file->schema.leaf_n && rc == 0; i++) {
			struct pq_chunk_meta *m = &file->group[g].chunk[i];

			rc = emit_index(c, m, put_offset_index,
					&m->offset_index_offset,
					&m->offset_index_size, f);
		}
	return rc;
}
