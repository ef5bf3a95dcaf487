/* SPDX-License-Identifier: MIT */
/*
 * The portable kernel: a table gives each byte its classes, a bit a class;
 * eight bytes' classes are gathered in a word, and a multiplication brings
 * the bits of one class together.
 */
#include "kernel.h"
#include "utf8.h"

#define ONES 0x0101010101010101u

enum {
	IS_QUOTE = 1 << 0,
	IS_SLASH = 1 << 1,
	IS_BRACKET = 1 << 2,
	IS_LF = 1 << 3,
	IS_LOW = 1 << 4,
};

#define C  IS_LOW
#define C8 C, C, C, C, C, C, C, C

static const uint8_t class_of[256] = {
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C | IS_LF,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	C,
	['"'] = IS_QUOTE,
	['\\'] = IS_SLASH,
	[','] = IS_BRACKET,
	['{'] = IS_BRACKET,
	['}'] = IS_BRACKET,
	['['] = IS_BRACKET,
	[']'] = IS_BRACKET,
	[128] = C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
	C8,
};

/* The bits of one class in eight bytes' classes, first byte lowest. Each
 * byte of the word holds 0 or 1; byte i lands on bit 56 + i of the product,
 * and no two terms meet. */
static uint64_t
gather(uint64_t classes, unsigned bit)
{
	return (classes >> bit & ONES) * 0x0102040810204080u >> 56;
}

static void
classify(const char *p, struct scan_masks *m)
{
	*m = (struct scan_masks){0};
	for (unsigned i = 0; i < SCAN_BLOCK; i += 8) {
		uint64_t w = 0;

		for (unsigned k = 0; k < 8; k++)
			w |= (uint64_t)class_of[(unsigned char)p[i + k]]
			     << (8 * k);
		m->quote |= gather(w, 0) << i;
		m->slash |= gather(w, 1) << i;
		m->bracket |= gather(w, 2) << i;
		m->lf |= gather(w, 3) << i;
		m->low |= gather(w, 4) << i;
	}
}

/*
 * Bad UTF-8 in a block: its sequences, and those that begin in the three bytes
 * before it. One that is cut by the block's end is left to the next block.
 */
static uint64_t
bad_utf8(const char *p)
{
	uint64_t bad = 0;
	int i = -3;

	/* What these belong to was whole in the block before. */
	while (i < 0 && ((unsigned char)p[i] & 0xc0) == 0x80)
		i++;
	while (i < SCAN_BLOCK) {
		unsigned char c = (unsigned char)p[i];
		int need = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if (i + need > SCAN_BLOCK)
			break;
		if (utf8_sequence(p + i, (size_t)need) == 0) {
			bad |= (uint64_t)1 << (i < 0 ? 0 : i);
			need = 1;
		}
		i += need;
	}
	return bad;
}

static uint64_t
control(const char *p)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < SCAN_BLOCK; i += 8) {
		uint64_t w = load_u64(p + i);
		uint64_t v = w ^ ONES * '\n';
		/* High bits: of bytes from U+0020 on, of those but LF. */
		uint64_t from_20 = ((w & ONES * 0x7f) + ONES * 0x60) | w;
		uint64_t no_lf = ((v & ONES * 0x7f) + ONES * 0x7f) | v;

		bits |= gather(~from_20 & no_lf, 7) << i;
	}
	return bits;
}

static uint32_t *
enter(uint32_t *pos, uint32_t base, uint64_t bits)
{
	for (; bits != 0; bits &= bits - 1)
		*pos++ = base + port_ctz64(bits);
	return pos;
}

static uint64_t
prefix_xor(uint64_t x)
{
	for (unsigned k = 1; k < 64; k *= 2)
		x ^= x << k;
	return x;
}

static void
scan(struct scan *s, const char *text, size_t begin, size_t end)
{
	static const struct scan_steps steps = {classify, prefix_xor, enter,
						control, bad_utf8};

	scan_blocks(s, text, begin, end, &steps);
}

static size_t
walk(struct walk *w, const uint32_t *pos)
{
	static const struct walk_steps steps = {head_is_at, walk_plain,
						walk_digits};

	return walk_path(w, pos, &steps);
}

const struct kernel kernel_scalar = {"scalar", scan, walk};
