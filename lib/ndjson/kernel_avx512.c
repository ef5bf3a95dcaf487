/* SPDX-License-Identifier: MIT */
/* The kernel for AVX-512 (BW, VL, VBMI2): a vector a block, masks for free,
 * and positions by compression of their bytes. */
#include "kernel.h"

#if PORT_X86_64

#include <immintrin.h>

#include "utf8_vector.h"

#define TARGET                                                                 \
	PORT_TARGET("avx512f,avx512bw,avx512vl,avx512vbmi2,pclmul,bmi,"        \
		    "popcnt,lzcnt")

static const uint8_t counting_bytes[64] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

#define FOURFOLD(t) _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)(t)))

TARGET static inline void
classify(const char *p, struct scan_masks *m)
{
	__m512i v = _mm512_loadu_si512(p);
	__m512i folded = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
	__m512i would_be = _mm512_shuffle_epi8(FOURFOLD(scan_bracket_by_low),
					       v);

	m->quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"'));
	m->slash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\'));
	m->bracket = _mm512_cmpeq_epi8_mask(folded, would_be);
	m->lf = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n'));
	m->low = _mm512_cmplt_epi8_mask(v, _mm512_set1_epi8(0x20));
	/* Else gcc 12 ands into the compares, with masks that wait for the
	 * block before: 20 cycles a block instead of 10. */
	PORT_OPAQUE(m->quote);
	PORT_OPAQUE(m->slash);
	PORT_OPAQUE(m->lf);
}

TARGET static inline uint64_t
prefix_xor(uint64_t x)
{
	__m128i v = _mm_cvtsi64_si128((long long)x);
	__m128i product = _mm_clmulepi64_si128(v, _mm_set1_epi8(-1), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

/* See utf8_vector.h. */
TARGET static inline uint64_t
bad_utf8(const char *p)
{
	const __m512i low_bits = _mm512_set1_epi8(0x0f);
	__m512i v = _mm512_loadu_si512(p);
	__m512i before = _mm512_loadu_si512(p - 1);
	__m512i first_high = _mm512_shuffle_epi8(
		FOURFOLD(utf8_first_high),
		_mm512_and_si512(_mm512_srli_epi16(before, 4), low_bits));
	__m512i first_low = _mm512_shuffle_epi8(
		FOURFOLD(utf8_first_low), _mm512_and_si512(before, low_bits));
	__m512i second_high = _mm512_shuffle_epi8(
		FOURFOLD(utf8_second_high),
		_mm512_and_si512(_mm512_srli_epi16(v, 4), low_bits));
	__m512i third = _mm512_subs_epu8(_mm512_loadu_si512(p - 2),
					 _mm512_set1_epi8(0x60));
	__m512i fourth = _mm512_subs_epu8(_mm512_loadu_si512(p - 3),
					  _mm512_set1_epi8(0x70));
	__m512i tail = _mm512_and_si512(_mm512_or_si512(third, fourth),
					_mm512_set1_epi8((char)0x80));
	__m512i pair = _mm512_and_si512(_mm512_and_si512(first_high, first_low),
					second_high);

	return _mm512_cmpneq_epi8_mask(pair, tail);
}

TARGET static inline uint64_t
control(const char *p)
{
	__m512i v = _mm512_loadu_si512(p);

	return _mm512_mask_cmpneq_epi8_mask(
		_mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)), v,
		_mm512_set1_epi8('\n'));
}

/* The lowest 8 bytes of v, each added to base. */
TARGET PORT_INLINE void
enter8(uint32_t *pos, __m256i base, __m128i v)
{
	__m256i offset = _mm256_cvtepu8_epi32(v);

	_mm256_storeu_si256((void *)pos, _mm256_add_epi32(base, offset));
}

/* Of the bytes 0 to 63 keep those whose bits are set, closed up. Few blocks
 * have more than eight. */
TARGET static inline uint32_t *
enter(uint32_t *pos, uint32_t base, uint64_t bits)
{
	const __m512i counting = _mm512_loadu_si512(counting_bytes);
	const __m256i bases = _mm256_set1_epi32((int)base);
	__m512i v = _mm512_maskz_compress_epi8(bits, counting);
	unsigned n = port_popcount64(bits);

	enter8(pos, bases, _mm512_castsi512_si128(v));
	for (unsigned i = 8; PORT_UNLIKELY(i < n); i += 8) {
		v = _mm512_alignr_epi64(v, v, 1); /* down by 8 bytes */
		enter8(pos + i, bases, _mm512_castsi512_si128(v));
	}
	return pos + n;
}

TARGET static void
scan(struct scan *s, const char *text, size_t begin, size_t end)
{
	static const struct scan_steps steps = {classify, prefix_xor, enter,
						control, bad_utf8};

	scan_blocks(s, text, begin, end, &steps);
}

TARGET static inline bool
begins_at(const struct head *h, const char *p)
{
	uint32_t differs = _mm256_cmpneq_epi8_mask(
		_mm256_loadu_si256((const __m256i *)(const void *)p),
		_mm256_load_si256((const __m256i *)(const void *)h->text));

	/* Else gcc ands into the compare, with a mask register to load. */
	PORT_OPAQUE(differs);
	return (differs & (uint32_t)h->mask) == 0;
}

TARGET static inline size_t
plain(const char *p)
{
	__m512i v = _mm512_loadu_si512(p);

	return _tzcnt_u64(_mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')) |
			  _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')));
}

TARGET static inline uint32_t
digits(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);

	v = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
	return _mm256_cmplt_epu8_mask(v, _mm256_set1_epi8(10));
}

TARGET static size_t
walk(struct walk *w, const uint32_t *pos)
{
	static const struct walk_steps steps = {begins_at, plain, digits};

	return walk_path(w, pos, &steps);
}

const struct kernel kernel_avx512 = {"avx512", scan, walk};

#endif
