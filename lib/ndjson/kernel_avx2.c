/* SPDX-License-Identifier: MIT */
/* The kernel for AVX2 with PCLMUL and BMI: two vectors a block. */
#include "kernel.h"

#if PORT_X86_64

#include <immintrin.h>

#include "utf8_vector.h"

#define TARGET	 PORT_TARGET("avx2,pclmul,bmi,popcnt,lzcnt")

#define TWICE(t) _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(t)))

TARGET PORT_INLINE __m256i
load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

TARGET PORT_INLINE uint64_t
both(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
	       (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

TARGET PORT_INLINE uint64_t
equal(__m256i low, __m256i high, char c)
{
	__m256i v = _mm256_set1_epi8(c);

	return both(_mm256_cmpeq_epi8(low, v), _mm256_cmpeq_epi8(high, v));
}

/* , { } [ ]: with bit 5 set there are three of them, and their low four bits
 * tell which one a byte would have to be. */
TARGET PORT_INLINE __m256i
is_bracket(__m256i v)
{
	const __m256i by_low = TWICE(scan_bracket_by_low);
	__m256i folded = _mm256_or_si256(v, _mm256_set1_epi8(0x20));

	return _mm256_cmpeq_epi8(folded, _mm256_shuffle_epi8(by_low, v));
}

TARGET static inline void
classify(const char *p, struct scan_masks *m)
{
	__m256i low = load(p);
	__m256i high = load(p + 32);
	const __m256i limit = _mm256_set1_epi8(0x20);

	m->quote = equal(low, high, '"');
	m->slash = equal(low, high, '\\');
	m->bracket = both(is_bracket(low), is_bracket(high));
	m->lf = equal(low, high, '\n');
	m->low = both(_mm256_cmpgt_epi8(limit, low),
		      _mm256_cmpgt_epi8(limit, high));
}

TARGET static inline uint64_t
prefix_xor(uint64_t x)
{
	__m128i v = _mm_cvtsi64_si128((long long)x);
	__m128i product = _mm_clmulepi64_si128(v, _mm_set1_epi8(-1), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

/* See utf8_vector.h. Nonzero bytes are bad. */
TARGET PORT_INLINE __m256i
bad_utf8_half(const char *p)
{
	const __m256i low_bits = _mm256_set1_epi8(0x0f);
	__m256i v = load(p);
	__m256i before = load(p - 1);
	__m256i pair = _mm256_and_si256(
		_mm256_shuffle_epi8(
			TWICE(utf8_first_high),
			_mm256_and_si256(_mm256_srli_epi16(before, 4),
					 low_bits)),
		_mm256_shuffle_epi8(TWICE(utf8_first_low),
				    _mm256_and_si256(before, low_bits)));
	__m256i third = _mm256_subs_epu8(load(p - 2), _mm256_set1_epi8(0x60));
	__m256i fourth = _mm256_subs_epu8(load(p - 3), _mm256_set1_epi8(0x70));
	__m256i tail = _mm256_and_si256(_mm256_or_si256(third, fourth),
					_mm256_set1_epi8((char)0x80));

	pair = _mm256_and_si256(
		pair,
		_mm256_shuffle_epi8(
			TWICE(utf8_second_high),
			_mm256_and_si256(_mm256_srli_epi16(v, 4), low_bits)));
	return _mm256_xor_si256(pair, tail);
}

TARGET static uint64_t
bad_utf8(const char *p)
{
	const __m256i zero = _mm256_setzero_si256();

	return ~both(_mm256_cmpeq_epi8(bad_utf8_half(p), zero),
		     _mm256_cmpeq_epi8(bad_utf8_half(p + 32), zero));
}

TARGET PORT_INLINE __m256i
is_control(__m256i v)
{
	__m256i is_low = _mm256_cmpeq_epi8(
		v, _mm256_min_epu8(v, _mm256_set1_epi8(0x1f)));

	return _mm256_andnot_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n')),
				   is_low);
}

TARGET static uint64_t
control(const char *p)
{
	return both(is_control(load(p)), is_control(load(p + 32)));
}

/* Four at once without asking how many there are; ctz of 0 is 64 here. */
TARGET static inline uint32_t *
enter(uint32_t *pos, uint32_t base, uint64_t bits)
{
	uint32_t *end = pos + port_popcount64(bits);

	do {
		for (int k = 0; k < 4; k++) {
			*pos++ = base + (uint32_t)_tzcnt_u64(bits);
			bits = _blsr_u64(bits);
		}
	} while (PORT_UNLIKELY(bits != 0));
	return end;
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
	uint32_t equal = (uint32_t)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(load(p), load(h->text)));

	return ((uint32_t)h->mask & ~equal) == 0;
}

TARGET static inline size_t
plain(const char *p)
{
	__m256i low = load(p);
	__m256i high = load(p + 32);

	return _tzcnt_u64(equal(low, high, '"') | equal(low, high, '\\'));
}

TARGET static inline uint32_t
digits(const char *p)
{
	__m256i v = _mm256_sub_epi8(load(p), _mm256_set1_epi8('0'));

	return (uint32_t)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(v, _mm256_min_epu8(v, _mm256_set1_epi8(9))));
}

TARGET static size_t
walk(struct walk *w, const uint32_t *pos)
{
	static const struct walk_steps steps = {begins_at, plain, digits};

	return walk_path(w, pos, &steps);
}

const struct kernel kernel_avx2 = {"avx2", scan, walk};

#endif
