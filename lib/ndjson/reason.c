/* SPDX-License-Identifier: MIT */
/*
 * The words for kinds and reasons, one table each.
 */
#include "ndjson/ndjson.h"

static const char *const kind_name[] = {
	[NDJSON_ABSENT] = "absent",   [NDJSON_NULL] = "null",
	[NDJSON_FALSE] = "a boolean", [NDJSON_TRUE] = "a boolean",
	[NDJSON_INT] = "an integer",  [NDJSON_FLOAT] = "a number",
	[NDJSON_STRING] = "a string", [NDJSON_OBJECT] = "an object",
	[NDJSON_ARRAY] = "an array",
};

static const struct {
	const char *name;
	const char *hint;
} reasons[NDJSON_REASONS] = {
	[NDJSON_OK] = {"ok", "nothing is wrong"},
	[NDJSON_BLANK] = {"blank", "an empty line; blank lines are skipped"},
	[NDJSON_NOT_OBJECT] = {"not_object",
			       "a value that is not an object; a JSON array "
			       "becomes one object a line by: jq -c '.[]'"},
	[NDJSON_CUT] = {"cut", "the line ends inside a value: cut off, or one "
			       "document over several lines, which are "
			       "joined by: jq -c ."},
	[NDJSON_TRAILING] = {"trailing",
			     "something follows the object; if files without "
			     "a last newline were glued together, name them "
			     "apart or use: awk 1 *.json; else: jq -c ."},
	[NDJSON_BAD_TOKEN] = {"bad_token",
			      "a character that cannot stand here"},
	[NDJSON_MISSING_COLON] = {"missing_colon",
				  "a key without a colon behind it"},
	[NDJSON_MISSING_COMMA] = {"missing_comma",
				  "two values without a comma between them"},
	[NDJSON_TRAILING_COMMA] = {"trailing_comma",
				   "a comma before a closing bracket"},
	[NDJSON_BAD_KEY] = {"bad_key", "a key must be a string in double "
				       "quotes"},
	[NDJSON_BAD_LITERAL] = {"bad_literal",
				"a word other than true, false and null; "
				"JSON has no NaN, Infinity or None"},
	[NDJSON_BAD_NUMBER] = {"bad_number",
			       "not a JSON number: no plus, no leading zero, "
			       "digits on both sides of the point"},
	[NDJSON_BAD_ESCAPE] = {"bad_escape",
			       "a backslash that begins no JSON escape"},
	[NDJSON_LONE_SURROGATE] = {"lone_surrogate",
				   "half of a surrogate pair is no character"},
	[NDJSON_CONTROL_CHAR] = {"control_char",
				 "a raw control character; in strings it must "
				 "be escaped"},
	[NDJSON_NUL] = {"nul", "a NUL byte: not text, or a file with holes"},
	[NDJSON_BAD_UTF8] = {"bad_utf8", "not UTF-8; if it is Latin-1: iconv "
					 "-f latin1 -t utf-8"},
	[NDJSON_BOM] = {"bom", "a byte order mark may only begin the input"},
	[NDJSON_TOO_DEEP] = {"too_deep", "nested deeper than the limit"},
	[NDJSON_TOO_LONG] = {"too_long",
			     "longer than the limit; --max-line raises it"},
	[NDJSON_TOO_MANY_KEYS] = {"too_many_keys",
				  "more keys in the object than the limit"},
	[NDJSON_DUP_KEY] = {"dup_key", "the same key twice in one object"},
};

const char *
ndjson_kind_name(int kind)
{
	if (kind < 0 || kind > NDJSON_ARRAY)
		return "unknown";
	return kind_name[kind];
}

const char *
ndjson_reason_name(enum ndjson_reason reason)
{
	return (unsigned)reason < NDJSON_REASONS ? reasons[reason].name
						 : "unknown";
}

const char *
ndjson_reason_hint(enum ndjson_reason reason)
{
	return (unsigned)reason < NDJSON_REASONS ? reasons[reason].hint
						 : "unknown";
}
