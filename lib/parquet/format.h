/* SPDX-License-Identifier: MIT */
/*
 * format - private to parquet: parquet.thrift's numbers, and a schema with
 * its levels worked out. Private names of this module begin with pq_.
 */
#ifndef PARQUET_FORMAT_H
#define PARQUET_FORMAT_H

#include "parquet/parquet.h"

#define PQ_MAGIC	"PAR1"
#define PQ_MAGIC_SECRET "PARE"
#define PQ_MAGIC_N	4
#define PQ_CREATED_BY	"playpipe version 0.1.0"
#define PQ_FOOTER_MAX	((size_t)64 << 20)    /* bytes of a footer we read */
#define PQ_PAGE_MAX	((size_t)256 << 20)   /* bytes of a page we read */
#define PQ_HELD_MAX	((size_t)1 << 30)     /* of all pages at once */
#define PQ_DEPTH_MAX	(2 * LIMIT_DEPTH + 4) /* two nodes a list or map */
#define PQ_LEVEL_MAX	PQ_DEPTH_MAX	      /* definition levels */
#define PQ_GROUP_ROWS	((size_t)1 << 20)     /* rows of a group we write */
#define PQ_GROUP_BYTES	((size_t)64 << 20)    /* of nested rows, in memory */

enum pq_physical {
	PQ_BOOLEAN = 0,
	PQ_INT32 = 1,
	PQ_INT64 = 2,
	PQ_INT96 = 3,
	PQ_FLOAT = 4,
	PQ_DOUBLE = 5,
	PQ_BYTE_ARRAY = 6,
	PQ_FIXED = 7,
};

enum pq_encoding {
	PQ_PLAIN = 0,
	PQ_PLAIN_DICTIONARY = 2,
	PQ_RLE = 3,
	PQ_BIT_PACKED = 4,
	PQ_DELTA_BINARY_PACKED = 5,
	PQ_DELTA_LENGTH = 6,
	PQ_DELTA_BYTE_ARRAY = 7,
	PQ_RLE_DICTIONARY = 8,
	PQ_BYTE_STREAM_SPLIT = 9,
};

enum pq_page {
	PQ_PAGE_DATA = 0,
	PQ_PAGE_INDEX = 1,
	PQ_PAGE_DICTIONARY = 2,
	PQ_PAGE_DATA_V2 = 3,
};

/* ConvertedType; PQ_NO_CONVERTED where there is none. */
enum pq_converted {
	PQ_NO_CONVERTED = -1,
	PQ_UTF8 = 0,
	PQ_CONVERTED_MAP = 1,
	PQ_MAP_KEY_VALUE = 2,
	PQ_CONVERTED_LIST = 3,
	PQ_ENUM = 4,
	PQ_CONVERTED_DECIMAL = 5,
	PQ_CONVERTED_DATE = 6,
	PQ_TIME_MILLIS = 7,
	PQ_TIME_MICROS = 8,
	PQ_TIMESTAMP_MILLIS = 9,
	PQ_TIMESTAMP_MICROS = 10,
	PQ_UINT_8 = 11,
	PQ_UINT_16 = 12,
	PQ_UINT_32 = 13,
	PQ_UINT_64 = 14,
	PQ_INT_8 = 15,
	PQ_INT_16 = 16,
	PQ_INT_32 = 17,
	PQ_INT_64 = 18,
	PQ_JSON = 19,
	PQ_BSON = 20,
	PQ_INTERVAL = 21,
};

/* Field ids of the union LogicalType. */
enum pq_logical {
	PQ_NO_LOGICAL = 0,
	PQ_LOGICAL_STRING = 1,
	PQ_LOGICAL_MAP = 2,
	PQ_LOGICAL_LIST = 3,
	PQ_LOGICAL_ENUM = 4,
	PQ_LOGICAL_DECIMAL = 5,
	PQ_LOGICAL_DATE = 6,
	PQ_LOGICAL_TIME = 7,
	PQ_LOGICAL_TIMESTAMP = 8,
	PQ_LOGICAL_INTEGER = 10,
	PQ_LOGICAL_UNKNOWN = 11,
	PQ_LOGICAL_JSON = 12,
	PQ_LOGICAL_UUID = 14,
	PQ_LOGICAL_FLOAT16 = 15,
};

/* How a stored time becomes microseconds. */
enum pq_unit {
	PQ_MICROS,
	PQ_MILLIS,
	PQ_NANOS,
};

/* A node of the schema, stated and derived. */
struct pq_node {
	struct str name;
	int32_t field_id; /* PARQUET_NO_ID: none */
	enum parquet_repetition repetition;
	enum parquet_kind kind;
	size_t child_n;
	size_t end;    /* index behind the last node beneath it */
	size_t parent; /* the root's is itself */
	unsigned max_def;
	unsigned max_rep;
	/* leaves */
	size_t leaf; /* its number among the leaves */
	enum pq_physical physical;
	uint32_t type_length; /* FIXED: bytes of a value */
	enum table_type type; /* what it is read as; TABLE_TYPES: it is not */
	const char *unread;   /* why not: "an unsigned integer", ... */
	enum pq_unit unit;    /* timestamps, times of day */
	uint8_t precision, scale;
	bool is_null;	  /* UNKNOWN: a column of nulls of no type */
	bool is_unsigned; /* an integer of 32 or 64 bits */
	bool is_uuid;	  /* 16 bytes, read as their text */
	bool is_wide;	  /* a decimal of over 18 digits: texts */
};

struct pq_schema {
	struct pq_node *node; /* in an arena of the owner */
	size_t node_n;
	size_t leaf_n;
	size_t *leaf; /* node of each leaf */
};

/*
 * Work out parent, end, levels and leaves of nodes whose name, repetition,
 * kind and child_n are stated; kind and child_n tell leaves from groups.
 * FAIL_DATA when the tree does not fit together.
 */
int pq_schema_link(struct pq_schema *s, struct arena *a,
		   struct fail *f) PORT_MUST_CHECK;

/* How we store a type. */
enum pq_physical pq_physical_of(enum table_type type, unsigned precision);

/* "INT96", ... for messages. */
const char *pq_physical_name(enum pq_physical physical);

/* Bytes of a stored number: 4 or 8; 0 for others. */
size_t pq_physical_size(enum pq_physical physical);

#endif
