/* SPDX-License-Identifier: MIT */
/*
 * The index of a piece of text: where its structure is. Made by one of
 * several kernels, 64 bytes at a time, all with the same result.
 */
#ifndef NDJSON_SCAN_H
#define NDJSON_SCAN_H

#include "base/base.h"

#define SCAN_BLOCK 64

/* Indexed at once: small enough to be still in the first-level cache when its
 * lines are looked at. */
#define SCAN_CHUNK ((size_t)16 << 10)

/* What the kernels may read before the text, and behind its end. */
#define SCAN_FRONT SCAN_BLOCK
#define SCAN_PAD   (2 * SCAN_BLOCK)

/*
 * Offsets are into the text. All arrays grow on demand and belong to the
 * scan; a line may be looked at when its LF is among the positions.
 */
struct scan {
	/* , { } [ ] outside strings, and every LF, in order. */
	uint32_t *pos;
	size_t n_pos;
	size_t pos_cap;

	/*
	 * Places that only the exact parser may judge, in order: control
	 * characters (but for TAB and CR outside strings), a LF in a string,
	 * bad UTF-8. Such a place lies at or before the LF of its line.
	 * Behind the last one stands UINT32_MAX.
	 */
	uint32_t *odd;
	size_t n_odd;
	size_t odd_cap;

	size_t end;	/* text[0..end) is indexed */
	size_t n_lines; /* pos[n_lines - 1] is the last LF; 0: none yet */

	/* The state behind the last whole block, from which to go on: */
	size_t whole;	    /* its offset */
	size_t whole_pos;   /* n_pos there */
	size_t whole_odd;   /* n_odd there */
	uint64_t in_string; /* all ones: whole is inside a string */
	uint64_t escape;    /* 1: a backslash escapes text[whole] */
};

/* Index text[begin..end), whole blocks, a chunk at most; both arrays have room
 * for it. */
typedef void (*scan_kernel_fn)(struct scan *s, const char *text, size_t begin,
			       size_t end);

/* A kernel for lines alone: LFs are the only positions, and nothing is odd. */
void scan_lines(struct scan *s, const char *text, size_t begin, size_t end);

/* Forget the text: the next one begins outside strings. */
void scan_reset(struct scan *s);
void scan_release(struct scan *s);

/*
 * Index on, a chunk at most, when there are `end` bytes of text now. Bytes
 * behind end, up to a whole block, are overwritten by blanks.
 */
int scan_more(struct scan *s, scan_kernel_fn kernel, char *text, size_t end,
	      struct fail *f) PORT_MUST_CHECK;

/* ---- for kernels ---- */

/*
 * A block's bytes by class, a bit a byte. low takes two classes together:
 * control characters and bytes that are not ASCII.
 */
struct scan_masks {
	uint64_t quote;
	uint64_t slash;
	uint64_t bracket; /* , { } [ ] */
	uint64_t lf;
	uint64_t low; /* below U+0020 as a signed byte; LFs too */
};

/*
 * Which bytes are escaped: those behind the first, third, fifth ...
 * backslash of a run. So one has to know, of each run, whether it begins at
 * an even bit. Adding the first bits of those that do makes a carry ripple
 * through just these runs and clear them.
 */
PORT_INLINE uint64_t
scan_escaped(uint64_t slash, uint64_t *carry)
{
	const uint64_t even = 0x5555555555555555u;
	uint64_t runs = slash & ~*carry;
	uint64_t first, even_runs, escaping, escaped;

	first = runs & ~(runs << 1);
	even_runs = runs & ~(runs + (first & even));
	escaping = (even_runs & even) | (runs & ~even_runs & ~even);
	escaped = escaping << 1 | *carry;
	*carry = escaping >> 63;
	return escaped;
}

/*
 * The quotes that are not escaped. Backslashes only matter where one stands
 * right before a quote or ends the block, which is rare; to ask for any
 * would be a coin toss in some data, such as addresses with \/ in them.
 */
PORT_INLINE uint64_t
scan_quotes(const struct scan_masks *m, uint64_t *carry)
{
	if (PORT_LIKELY(((m->quote & (m->slash << 1 | *carry)) |
			 m->slash >> 63) == 0)) {
		*carry = 0;
		return m->quote;
	}
	return m->quote & ~scan_escaped(m->slash, carry);
}

/* May a UTF-8 sequence reach into the block at p from before? */
PORT_INLINE bool
scan_is_cut_before(const char *p)
{
	return (load_u32(p - 4) & 0x80808000u) != 0;
}

/* What a kernel is made of. */
struct scan_steps {
	/* The classes of the block at p. */
	void (*classify)(const char *p, struct scan_masks *m);
	/* Bit i of the result is the xor of bits 0 to i. */
	uint64_t (*prefix_xor)(uint64_t bits);
	/* Write base + i for each bit i at pos, and up to 15 words of
	 * anything behind; returns the new end. */
	uint32_t *(*enter)(uint32_t *pos, uint32_t base, uint64_t bits);
	/* Which bytes of the block at p are control characters but LF, and
	 * which are not UTF-8, given the three before it. */
	uint64_t (*control)(const char *p);
	uint64_t (*bad_utf8)(const char *p);
};

/* Enter a block in which a string holds a LF, and end every string at one. */
void scan_odd_block(struct scan *s, const char *text, size_t at,
		    const struct scan_steps *k);

/* The odd places of the block at p but for LFs; which bytes are in strings is
 * known. */
PORT_INLINE uint64_t
scan_odd_places(const char *p, uint64_t in_string, const struct scan_steps *k)
{
	uint64_t odd = k->control(p);
	uint64_t left = odd & ~in_string;

	for (; PORT_UNLIKELY(left != 0); left &= left - 1) {
		unsigned i = port_ctz64(left);

		if (p[i] == '\t' || p[i] == '\r')
			odd ^= (uint64_t)1 << i; /* blanks */
	}
	return odd | k->bad_utf8(p);
}

/* Note the odd places of the block at `at`. */
PORT_INLINE void
scan_enter_odd(struct scan *s, size_t at, uint64_t odd)
{
	for (; PORT_UNLIKELY(odd != 0); odd &= odd - 1)
		s->odd[s->n_odd++] = (uint32_t)at + port_ctz64(odd);
}

/*
 * Blocks from `at` on, up to one where a string holds a LF: returns where
 * that is, or end. Blocks with control characters or bytes that are not ASCII
 * are noted and looked at together behind the loop: in texts of many
 * languages they come like coin tosses, and a branch for each cost more than
 * all the rest.
 */
PORT_INLINE size_t
scan_plain_blocks(struct scan *s, const char *text, size_t at, size_t end,
		  const struct scan_steps *k)
{
	uint32_t *pos = s->pos + s->n_pos;
	uint64_t in_string = s->in_string;
	uint64_t escape = s->escape;
	uint64_t cut = scan_is_cut_before(text + at);
	struct {
		uint64_t in_string;
		size_t at;
	} low[SCAN_CHUNK / SCAN_BLOCK + 1];
	size_t n_low = 0;

	for (; at < end; at += SCAN_BLOCK) {
		struct scan_masks m;
		uint64_t bits, next_escape = escape;

		k->classify(text + at, &m);
		bits = k->prefix_xor(scan_quotes(&m, &next_escape)) ^ in_string;
		if (PORT_UNLIKELY((m.lf & bits) != 0))
			break;
		low[n_low].in_string = bits;
		low[n_low].at = at;
		m.low ^= m.lf;
		n_low += (m.low | cut) != 0;
		cut = m.low >> (SCAN_BLOCK - 3);
		escape = next_escape;
		in_string = (uint64_t)0 - (bits >> 63);
		pos = k->enter(pos, (uint32_t)at, (m.bracket & ~bits) | m.lf);
	}
	for (size_t i = 0; i < n_low; i++)
		scan_enter_odd(
			s, low[i].at,
			scan_odd_places(text + low[i].at, low[i].in_string, k));
	s->n_pos = (size_t)(pos - s->pos);
	s->in_string = in_string;
	s->escape = escape;
	return at;
}

/* The body of a kernel's scan: inlined, with its steps. */
PORT_INLINE void
scan_blocks(struct scan *s, const char *text, size_t at, size_t end,
	    const struct scan_steps *k)
{
	while ((at = scan_plain_blocks(s, text, at, end, k)) < end) {
		scan_odd_block(s, text, at, k);
		at += SCAN_BLOCK;
	}
}

#endif
