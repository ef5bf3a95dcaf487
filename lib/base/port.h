/* SPDX-License-Identifier: MIT */
/*
 * The only place for compiler extensions. Everything degrades to nothing on
 * a plain C11 compiler, but for the vector kernels, which then do not exist.
 */
#ifndef BASE_PORT_H
#define BASE_PORT_H

#if defined(__GNUC__) || defined(__clang__)
#define PORT_MUST_CHECK	       __attribute__((warn_unused_result))
#define PORT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PORT_LIKELY(x)	       __builtin_expect(!!(x), 1)
#define PORT_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define PORT_INLINE	       static inline __attribute__((always_inline))
#define PORT_NOINLINE	       __attribute__((noinline))
#define PORT_PURE	       __attribute__((pure))
#define PORT_UNUSED	       __attribute__((unused))
#define PORT_TARGET(isa)       __attribute__((target(isa)))
#define PORT_PREFETCH(p)       __builtin_prefetch(p)
/* Make the compiler forget how the integer variable x came about. */
#define PORT_OPAQUE(x)	   __asm__("" : "+r"(x))
#define port_ctz64(x)	   ((unsigned)__builtin_ctzll(x))
#define port_clz64(x)	   ((unsigned)__builtin_clzll(x))
#define port_popcount64(x) ((unsigned)__builtin_popcountll(x))
#define port_bswap64(x)	   ((uint64_t)__builtin_bswap64(x))
#else
#error "playpipe needs gcc or clang"
#endif

#if defined(__x86_64__)
#define PORT_X86_64 1
#else
#define PORT_X86_64 0
#endif

#endif
