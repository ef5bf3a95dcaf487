/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, one sequence at a time: what the exact parser needs.
 */
#ifndef NDJSON_UTF8_H
#define NDJSON_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/*
 * The length (1 to 4) of the sequence at p, of which n > 0 bytes are there;
 * 0 if it is none: overlong, a surrogate, over U+10FFFF, cut, or stray. Pure.
 */
size_t utf8_sequence(const char *p, size_t n) PORT_PURE;

/* Write a scalar value at dst, which holds 4 bytes; returns the length. */
size_t utf8_encode(uint32_t rune, char *dst);

#endif
