/* SPDX-License-Identifier: MIT */
/*
 * Values of a page from untrusted bytes: every encoding of every stored type
 * decodes or is refused, and the same however few are asked for at a time.
 * The first bytes choose: type and meaning, encoding, dictionary's size.
 */
#include "parquet/values.h"

#include "check.h"

#include "base/banned.h"

#define VALUES_MAX 5000
#define STEP	   16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct pq_node
node_of(uint8_t kind)
{
	struct pq_node n = {.kind = PARQUET_LEAF};

	n.physical = (enum pq_physical)(kind % 8);
	n.type_length = kind / 8 % 2 == 0 ? 16 : 2;
	switch (n.physical) {
	case PQ_BOOLEAN:
		n.type = TABLE_BOOLEAN;
		break;
	case PQ_INT32:
		n.type = TABLE_INT32;
		n.is_unsigned = kind / 16 % 2 == 1;
		break;
	case PQ_INT64:
		n.type = TABLE_TIMESTAMP;
		n.unit = (enum pq_unit)(kind / 16 % 3);
		break;
	case PQ_INT96:
		n.type = TABLE_TIMESTAMP;
		break;
	case PQ_FLOAT:
		n.type = TABLE_FLOAT;
		break;
	case PQ_DOUBLE:
		n.type = TABLE_DOUBLE;
		break;
	default:
		n.type = kind / 16 % 3 == 0   ? TABLE_STRING
			 : kind / 16 % 3 == 1 ? TABLE_BINARY
					      : TABLE_DECIMAL;
		n.is_uuid = n.type == TABLE_STRING && n.physical == PQ_FIXED &&
			    n.type_length == 16;
		if (n.physical == PQ_FIXED && n.type_length == 2)
			n.type = TABLE_FLOAT;
	}
	return n;
}

/* How many values came out, and a digest of them at each full step. */
struct seen {
	size_t n;
	uint64_t sum;
	uint64_t at_step[VALUES_MAX / STEP + 2];
};

static void
add(struct seen *seen, const struct pq_node *node, const struct pq_block *b,
    const struct pq_entries *dict, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v = (uint64_t)b->number[i];

		if (table_type_is_text(node->type)) {
			struct str s = b->is_coded ? dict->text[b->code[i]]
						   : b->text[i];

			v = hash_bytes(s.p, s.n, 1);
		}
		seen->sum = hash_mix(seen->sum ^ v);
		if (++seen->n % STEP == 0)
			seen->at_step[seen->n / STEP] = seen->sum;
	}
}

static void
decode(const struct pq_node *node, const struct pq_entries *dict,
       int32_t encoding, struct str bytes, size_t step, struct seen *seen)
{
	static struct pq_block block;
	struct pq_values_in v = {0};
	struct fail f = {0};
	int rc = pq_values_begin(&v, node, dict, encoding, bytes, &f);

	*seen = (struct seen){0};
	while (rc == 0 && seen->n < VALUES_MAX) {
		rc = pq_values_get(&v, step, &block, &f);
		if (rc == 0)
			add(seen, node, &block, dict, step);
	}
	check(rc == 0 || rc == FAIL_DATA);
	pq_values_release(&v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pq_entries dict = {0};
	struct pq_node node;
	struct str bytes;
	static struct seen one, many;
	size_t entries;

	if (n < 4)
		return 0;
	node = node_of(data[0]);
	bytes = (struct str){(const char *)data + 4, n - 4};
	entries = data[2] < bytes.n ? data[2] : bytes.n;
	buf_init(&dict.bytes, 1 << 20);
	buf_init(&dict.made, 1 << 20);
	check(buf_add(&dict.bytes, bytes.p, entries) == 0);
	if (entries > 0 && pq_entries_fill(&dict, &node, data[3], NULL) != 0)
		dict.n = 0;
	bytes.p += entries;
	bytes.n -= entries;
	decode(&node, &dict, data[1] % 12, bytes, 1, &one);
	decode(&node, &dict, data[1] % 12, bytes, STEP, &many);
	check(many.n <= one.n + STEP); /* one may stop in front of the last */
	for (size_t i = 1; i <= many.n / STEP && i <= one.n / STEP; i++)
		check(one.at_step[i] == many.at_step[i]);
	pq_entries_release(&dict);
	return 0;
}
