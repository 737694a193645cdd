/* SPDX-License-Identifier: MIT */
/*
 * The ground under the wire formats: fixed-width integers, static assertions that work in C11 and
 * C++17, and one pair of helpers to take a field out of a register or dword and to put one in.
 *
 * All wire integers are little-endian (Base 2.1, section 1.8); a big-endian host is refused here.
 */
#ifndef ZNVME_SPEC_TYPES_H
#define ZNVME_SPEC_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "znvme needs a little-endian host"
#endif

#ifdef __cplusplus
#define ZNVME_STATIC_ASSERT(expr, msg) static_assert(expr, msg)
#else
#define ZNVME_STATIC_ASSERT(expr, msg) _Static_assert(expr, msg)
#endif

#define ZNVME_ASSERT_SIZE(type, size) ZNVME_STATIC_ASSERT(sizeof(type) == (size), "size of " #type)
#define ZNVME_ASSERT_OFFSET(type, field, offset)                                                   \
	ZNVME_STATIC_ASSERT(offsetof(type, field) == (offset), "offset of " #type "." #field)

/*
 * The field that `mask` selects in `value`, shifted down to bit 0. `mask` is a run of adjacent bits
 * and not 0.
 */
static inline uint64_t znvme_field_get(uint64_t mask, uint64_t value)
{
	return (value & mask) / (mask & (~mask + 1));
}

/* `value` shifted up to where `mask` is; bits that do not fit the mask are dropped. */
static inline uint64_t znvme_field_put(uint64_t mask, uint64_t value)
{
	return (value * (mask & (~mask + 1))) & mask;
}

#endif
