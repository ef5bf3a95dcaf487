/* SPDX-License-Identifier: MIT */
/*
 * Tables of the vector kernels.
 *
 * UTF-8 after John Keiser and Daniel Lemire, "Validating UTF-8 in less than
 * one instruction per byte" (2021): whatever is wrong with a sequence shows
 * in two neighbouring bytes, more precisely in three of their half bytes;
 * but for missing or superfluous third and fourth bytes. So three tables of
 * 16 entries, a bit a fault, are looked up and and-ed: a bit that is left is
 * a fault. Two tail bytes in a row are no fault where a third or fourth byte
 * is due, so that bit (the highest) is xor-ed with where one is due.
 */
#ifndef NDJSON_UTF8_VECTOR_H
#define NDJSON_UTF8_VECTOR_H

#include <stdint.h>

enum {
	/* first byte, second byte */
	UTF8_TOO_SHORT = 1 << 0,    /* lead, no tail */
	UTF8_TOO_LONG = 1 << 1,	    /* ASCII, tail */
	UTF8_OVERLONG_3 = 1 << 2,   /* E0, 80..9F */
	UTF8_TOO_LARGE = 1 << 3,    /* F4, 90..BF and F5.., 90..BF */
	UTF8_SURROGATE = 1 << 4,    /* ED, A0..BF */
	UTF8_OVERLONG_2 = 1 << 5,   /* C0..C1, tail */
	UTF8_TOO_LARGE_80 = 1 << 6, /* F5.., 80..8F */
	UTF8_OVERLONG_4 = 1 << 6,   /* F0, 80..8F: shares the bit */
	UTF8_TWO_TAILS = 1 << 7,    /* tail, tail */
	/* Faults that the first byte's low half says nothing about. */
	UTF8_ANY_LOW = UTF8_TOO_SHORT | UTF8_TOO_LONG | UTF8_TWO_TAILS,
};

/* By the first byte's high half. */
#define UTF8_ASCII UTF8_TOO_LONG
#define UTF8_TAIL  UTF8_TWO_TAILS
static const uint8_t utf8_first_high[16] = {
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_ASCII,
	UTF8_TAIL,
	UTF8_TAIL,
	UTF8_TAIL,
	UTF8_TAIL,
	UTF8_TOO_SHORT | UTF8_OVERLONG_2,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT | UTF8_OVERLONG_3 | UTF8_SURROGATE,
	UTF8_TOO_SHORT | UTF8_TOO_LARGE | UTF8_TOO_LARGE_80,
};

/* By the first byte's low half. */
#define UTF8_F5_UP (UTF8_ANY_LOW | UTF8_TOO_LARGE | UTF8_TOO_LARGE_80)
static const uint8_t utf8_first_low[16] = {
	UTF8_ANY_LOW | UTF8_OVERLONG_2 | UTF8_OVERLONG_3 | UTF8_OVERLONG_4,
	UTF8_ANY_LOW | UTF8_OVERLONG_2,
	UTF8_ANY_LOW,
	UTF8_ANY_LOW,
	UTF8_ANY_LOW | UTF8_TOO_LARGE,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP,
	UTF8_F5_UP | UTF8_SURROGATE,
	UTF8_F5_UP,
	UTF8_F5_UP,
};

/* By the second byte's high half. */
#define UTF8_ANY_TAIL (UTF8_TOO_LONG | UTF8_OVERLONG_2 | UTF8_TWO_TAILS)
static const uint8_t utf8_second_high[16] = {
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_ANY_TAIL | UTF8_OVERLONG_3 | UTF8_OVERLONG_4 | UTF8_TOO_LARGE_80,
	UTF8_ANY_TAIL | UTF8_OVERLONG_3 | UTF8_TOO_LARGE,
	UTF8_ANY_TAIL | UTF8_SURROGATE | UTF8_TOO_LARGE,
	UTF8_ANY_TAIL | UTF8_SURROGATE | UTF8_TOO_LARGE,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
	UTF8_TOO_SHORT,
};

/* By its low half, what a bracket or comma is with bit 5 set: , is 2C, [ and
 * { become 7B, ] and } 7D. No byte with bit 5 set is 0. FF 0C becomes 2C
 * too; it is a control character, which makes its line odd anyway. */
static const uint8_t scan_bracket_by_low[16] = {
	[0xb] = 0x7b,
	[0xc] = 0x2c,
	[0xd] = 0x7d,
};

#endif
