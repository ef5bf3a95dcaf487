/* SPDX-License-Identifier: MIT */
/*
 * The shares of partitions in a run that may not read all. A partition with
 * less than the level has all of it read, so a large one keeps no small one
 * waiting.
 */
#include "kafka/kafka.h"

#include "base/base.h"

static uint64_t
backlog(const struct kafka_part *p, int64_t until)
{
	return until > p->next ? (uint64_t)(until - p->next) : 0;
}

uint64_t
kafka_left(const struct kafka_part *part, const int64_t *until, size_t n)
{
	uint64_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += backlog(&part[i], until[i]);
	return left;
}

/* Up to what backlog all is read; *left is what is over then, less than one
 * record for each partition that has more. */
static uint64_t
find_level(const struct kafka_part *part, const int64_t *until, size_t n,
	   uint64_t *left)
{
	uint64_t level = 0;

	for (;;) {
		uint64_t next = UINT64_MAX, step; /* lowest above the level */
		size_t open = 0;

		for (size_t i = 0; i < n; i++) {
			uint64_t b = backlog(&part[i], until[i]);

			if (b <= level)
				continue;
			open++;
			if (b < next)
				next = b;
		}
		if (open == 0 || *left < open)
			return level;
		step = *left / open;
		if (step > next - level)
			step = next - level;
		*left -= step * open;
		level += step;
	}
}

void
kafka_share(struct kafka_part *part, const int64_t *until, size_t n,
	    uint64_t records)
{
	uint64_t left = records;
	uint64_t level = find_level(part, until, n, &left);

	for (size_t i = 0; i < n; i++) {
		uint64_t take = backlog(&part[i], until[i]);

		if (take > level) {
			take = level + (left > 0);
			left -= left > 0;
		}
		part[i].end = part[i].next + (int64_t)take;
	}
}
