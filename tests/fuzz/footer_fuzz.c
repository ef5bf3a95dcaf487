/* SPDX-License-Identifier: MIT */
/*
 * Parquet's footer from untrusted bytes, without the frame around it: it is
 * parsed or refused, and so is any struct of the thrift compact protocol.
 */
#include "parquet/footer.h"
#include "parquet/thrift.h"

#include "check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Read each field as what its header says it is. */
static void
read_struct(struct thrift_in *in, unsigned depth)
{
	struct thrift_field f = {0};
	size_t items;

	while (thrift_next(in, &f)) {
		switch (f.type) {
		case THRIFT_TRUE:
		case THRIFT_FALSE:
			check(thrift_bool(in, &f) == (f.type == THRIFT_TRUE));
			break;
		case THRIFT_I8:
		case THRIFT_I16:
		case THRIFT_I32:
		case THRIFT_I64:
			(void)thrift_i64(in, &f);
			break;
		case THRIFT_BINARY:
			check(thrift_bytes(in, &f).n <= SIZE_MAX >> 1);
			break;
		case THRIFT_LIST:
			items = thrift_list(in, &f, THRIFT_I64);
			for (size_t i = 0; i < items && !in->has_failed; i++)
				(void)thrift_next_i64(in);
			break;
		case THRIFT_STRUCT:
			if (depth > 0 && thrift_enter(in, &f))
				read_struct(in, depth - 1);
			else
				thrift_skip(in, &f);
			break;
		default:
			thrift_skip(in, &f);
		}
		check(in->p <= in->end);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str bytes = {(const char *)data, n};
	struct pq_file_in file;
	struct arena mem = {0};
	struct thrift_in in;
	struct fail f = {0};
	int rc = pq_parse_footer(bytes, (uint64_t)1 << 20, &file, &mem, &f);

	check(rc == 0 || rc == FAIL_DATA || rc == FAIL_MEMORY);
	check(rc == 0 || f.text[0] != '\0');
	for (size_t i = 0; rc == 0 && i < file.group_n; i++)
		for (size_t k = 0; k < file.schema.leaf_n; k++) {
			const struct pq_chunk_in_file *c =
				&file.group[i].chunk[k];

			check(c->offset + c->size <= (uint64_t)1 << 20);
		}
	arena_release(&mem);
	thrift_in_init(&in, bytes);
	read_struct(&in, 8);
	return 0;
}
