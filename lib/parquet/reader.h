/* SPDX-License-Identifier: MIT */
/*
 * reader - private to parquet: the state of a file being read, shared by the
 * flat (parquet_reader.c) and the nested (records.c) way out.
 */
#ifndef PARQUET_READER_H
#define PARQUET_READER_H

#include "parquet/shape.h"

/* A column of the caller's table. */
struct pq_slot {
	struct pq_cursor *cursor; /* owned; NULL: not flat, or not there */
	struct pq_tree *tree;	  /* owned; of a column that comes as JSON */
	size_t leaf;
	struct pq_cast cast;
	/* dictionary code to entry of the batch's texts */
	uint32_t *entry; /* owned */
	uint32_t *stamp; /* owned; the batch that entry is of */
	size_t entry_cap;
};

struct parquet_reader {
	struct parquet_source src;
	struct arena mem;
	struct pq_file_in file;
	struct codec_scratch *codec;
	struct pq_held held;
	struct table_field *field; /* in mem */
	/* flat */
	struct pq_slot *slot; /* owned; one a column of the table */
	size_t slot_n;
	struct arena shapes; /* of the slots' trees */
	size_t group;	     /* next group to open */
	size_t group_end;    /* behind the last group to read */
	uint64_t row_left;   /* of the open group */
	uint64_t first_row;  /* of the file: the batch's first */
	uint32_t batch;	     /* stamp of the batch, from 1 */
	size_t row_bytes; /* of a row in memory, by the batch so far; 0: none */
	/* nested */
	struct pq_record *record; /* owned; NULL: none selected */
	size_t record_n;
	size_t *record_of; /* owned; node to record + 1 */
	struct arena row;  /* texts of the current row */
};

/* Is there a group to go on with? Opens the next ones that have rows. */
void pq_reader_open_group(struct parquet_reader *r);

void pq_slots_release(struct parquet_reader *r);
void pq_records_release(struct parquet_reader *r);

#endif
