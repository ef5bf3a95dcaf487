/* SPDX-License-Identifier: MIT */
/*
 * Values of a table's configuration that are durations or sizes, in the words
 * that Delta takes: "interval 30 days", "1 week 12 hours"; "134217728",
 * "128mb". What cannot be read is as good as absent, as in Spark's own
 * readers: a typo must not stop the table.
 */
#include "delta/log.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of *rest, lower and upper case alike; empty: no more. */
static struct str
next_word(struct str *rest)
{
	struct str word;

	while (rest->n > 0 && is_blank(rest->p[0])) {
		rest->p++;
		rest->n--;
	}
	word = (struct str){rest->p, 0};
	while (word.n < rest->n && !is_blank(rest->p[word.n]))
		word.n++;
	rest->p += word.n;
	rest->n -= word.n;
	return word;
}

/* "day" and "days"; months have no length that holds. 0: no unit. */
static int64_t
unit_us(struct str word)
{
	static const struct {
		const char *word;
		int64_t us;
	} unit[] = {{"microsecond", 1},	    {"millisecond", UTC_MS},
		    {"second", UTC_SECOND}, {"minute", UTC_MINUTE},
		    {"hour", UTC_HOUR},	    {"day", UTC_DAY},
		    {"week", 7 * UTC_DAY}};

	if (word.n > 1 && (word.p[word.n - 1] | 0x20) == 's')
		word.n--;
	for (size_t i = 0; i < sizeof(unit) / sizeof(*unit); i++)
		if (log_same_name(word, str_of(unit[i].word)))
			return unit[i].us;
	return 0;
}

static bool
parse_interval(struct str text, int64_t *ms)
{
	struct str word = next_word(&text);
	int64_t sum = 0;

	if (log_same_name(word, STR_LIT("interval")))
		word = next_word(&text);
	if (word.n == 0)
		return false;
	for (; word.n > 0; word = next_word(&text)) {
		int64_t n, unit = unit_us(next_word(&text));

		if (num_parse_i64(word.p, word.n, &n) != 0 || n < 0 ||
		    unit == 0 || n > (UTC_MAX - sum) / unit)
			return false;
		sum += n * unit;
	}
	*ms = sum / UTC_MS;
	return true;
}

int64_t
delta_meta_duration(const struct delta_meta *m, const char *key,
		    int64_t otherwise_ms)
{
	struct str text = delta_pairs_get(&m->config, str_of(key));
	int64_t ms;

	return text.p != NULL && parse_interval(text, &ms) ? ms : otherwise_ms;
}

uint64_t
delta_meta_bytes(const struct delta_meta *m, const char *key,
		 uint64_t otherwise)
{
	struct str text = delta_pairs_get(&m->config, str_of(key));
	static const char unit[] = "bkmgt";
	unsigned shift = 0;
	int64_t n;

	if (text.p == NULL || text.n == 0)
		return otherwise;
	if (text.n > 1 && (text.p[text.n - 1] | 0x20) == 'b')
		text.n--;
	for (unsigned i = 1; i < sizeof(unit) - 1; i++)
		if (text.n > 1 && (text.p[text.n - 1] | 0x20) == unit[i])
			shift = i * 10;
	text.n -= shift > 0;
	if (num_parse_i64(text.p, text.n, &n) != 0 || n <= 0 ||
	    n > INT64_MAX >> shift)
		return otherwise;
	return (uint64_t)n << shift;
}

int64_t
delta_tombstone_ms(const struct delta_meta *m)
{
	return delta_meta_duration(m, "delta.deletedFileRetentionDuration",
				   7 * 24 * DELTA_HOUR_MS);
}
