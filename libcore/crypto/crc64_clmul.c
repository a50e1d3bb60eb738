/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC64NVME by carry-less multiplication on x86-64, for systems whose ISA-L does not have this
 * polynomial yet: the tables would be the dearest part of an upload.
 *
 * The text is taken as one long polynomial. A register of 128 bits at distance d bits from the next
 * data is moved there by multiplying its halves with x^(d+64) and x^d modulo P and adding the data;
 * four registers at once keep the multiplier busy. In reflected order a carry-less product is one
 * power of x too high, hence the -1 in the exponents. What remains in the last register is 16 bytes
 * that the tables finish, so no reduction step is needed. Where registers have 512 bits, each is
 * four of those.
 */
#include "crypto/crc_internal.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include "base/thread.h"

#define STRIDE 64       /* bytes a round: four registers */
#define WIDE_STRIDE 256 /* four of the wide ones */
#define TARGET __attribute__((target("pclmul,sse4.1")))
#define WIDE_TARGET __attribute__((target("avx512f,vpclmulqdq,pclmul,sse4.1")))

static struct {
    bool usable, wide;
    /* Multipliers for 128, 512 and 2048 bits: for the low half, the high half. */
    uint64_t near[2], far[2], farther[2];
} setup;

static void prepare(void)
{
    setup.usable = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    setup.wide = setup.usable && __builtin_cpu_supports("avx512f") &&
                 __builtin_cpu_supports("vpclmulqdq");
    setup.near[0] = pail_crc64_power(128 + 64 - 1);
    setup.near[1] = pail_crc64_power(128 - 1);
    setup.far[0] = pail_crc64_power(512 + 64 - 1);
    setup.far[1] = pail_crc64_power(512 - 1);
    setup.farther[0] = pail_crc64_power(2048 + 64 - 1);
    setup.farther[1] = pail_crc64_power(2048 - 1);
}

TARGET static inline __m128i move(__m128i r, __m128i multipliers, __m128i data)
{
    __m128i low = _mm_clmulepi64_si128(r, multipliers, 0x00);
    __m128i high = _mm_clmulepi64_si128(r, multipliers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), data);
}

/* The four registers become one, 128 bits from the next, and that the state before p[0..n). */
TARGET static uint64_t finish(__m128i r[4], const uint8_t *p, size_t n)
{
    const __m128i near = _mm_loadu_si128((const __m128i *)setup.near);
    uint8_t rest[16];

    for (int i = 1; i < 4; i++)
        r[i] = move(r[i - 1], near, r[i]);
    _mm_storeu_si128((__m128i *)rest, r[3]);
    /* A start value of all ones is inverted to zero: the register already holds the state. */
    return pail_crc64nvme_portable(pail_crc64nvme_portable(UINT64_MAX, rest, sizeof(rest)), p, n);
}

TARGET static uint64_t fold(uint64_t crc, const uint8_t *p, size_t n)
{
    const __m128i far = _mm_loadu_si128((const __m128i *)setup.far);
    __m128i r[4];

    for (int i = 0; i < 4; i++)
        r[i] = _mm_loadu_si128((const __m128i *)p + i);
    r[0] = _mm_xor_si128(r[0], _mm_cvtsi64_si128((long long)~crc));
    for (p += STRIDE, n -= STRIDE; n >= STRIDE; p += STRIDE, n -= STRIDE)
        for (int i = 0; i < 4; i++)
            r[i] = move(r[i], far, _mm_loadu_si128((const __m128i *)p + i));
    return finish(r, p, n);
}

WIDE_TARGET static inline __m512i move_wide(__m512i r, __m512i multipliers, __m512i data)
{
    __m512i low = _mm512_clmulepi64_epi128(r, multipliers, 0x00);
    __m512i high = _mm512_clmulepi64_epi128(r, multipliers, 0x11);
    return _mm512_xor_si512(_mm512_xor_si512(low, high), data);
}

WIDE_TARGET static uint64_t fold_wide(uint64_t crc, const uint8_t *p, size_t n)
{
    const __m128i far = _mm_loadu_si128((const __m128i *)setup.far);
    const __m512i wide_far = _mm512_broadcast_i32x4(far);
    const __m512i farther = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)setup.farther));
    __m512i w[4];
    __m128i r[4];

    for (int i = 0; i < 4; i++)
        w[i] = _mm512_loadu_si512(p + i * sizeof(__m512i));
    w[0] = _mm512_xor_si512(w[0], _mm512_zextsi128_si512(_mm_cvtsi64_si128((long long)~crc)));
    for (p += WIDE_STRIDE, n -= WIDE_STRIDE; n >= WIDE_STRIDE; p += WIDE_STRIDE, n -= WIDE_STRIDE)
        for (int i = 0; i < 4; i++)
            w[i] = move_wide(w[i], farther, _mm512_loadu_si512(p + i * sizeof(__m512i)));
    for (int i = 1; i < 4; i++)
        w[i] = move_wide(w[i - 1], wide_far, w[i]);
    _mm512_storeu_si512(r, w[3]);
    for (; n >= STRIDE; p += STRIDE, n -= STRIDE)
        for (int i = 0; i < 4; i++)
            r[i] = move(r[i], far, _mm_loadu_si128((const __m128i *)p + i));
    return finish(r, p, n);
}

bool pail_crc64nvme_clmul(uint64_t *crc, const void *p, size_t n)
{
    static struct pail_once once = PAIL_ONCE_INIT;

    if (n < 2 * STRIDE)
        return false;
    pail_once(&once, prepare);
    if (!setup.usable)
        return false;
    *crc = setup.wide && n >= WIDE_STRIDE ? fold_wide(*crc, p, n) : fold(*crc, p, n);
    return true;
}

#else

bool pail_crc64nvme_clmul(uint64_t *crc, const void *p, size_t n)
{
    return false;
}

#endif
