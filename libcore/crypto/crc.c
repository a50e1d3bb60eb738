/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three CRCs, all in the usual reflected form with inverted start and end, so that a call can
 * go on where the last one stopped.
 *
 * Portable: eight tables of 256 entries, eight bytes a step ("slicing by 8"). Entry t[k][b] is what
 * byte b contributes after k more zero bytes. Combining: the CRC of A followed by B is A's CRC
 * moved over len(B) zero bytes, xor B's; moving over n bits is a multiplication by x^n modulo the
 * polynomial, and x^n comes by repeated squaring. In reflected form the top bit is x^0, and a shift
 * to the right is a multiplication by x.
 */
#include "crypto/crc_internal.h"

#include <endian.h>

#include <zlib.h>
#ifdef PAIL_HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#endif

#include "base/thread.h"

#define POLY_CRC32 UINT64_C(0xedb88320)
#define POLY_CRC32C UINT64_C(0x82f63b78)
#define POLY_CRC64NVME UINT64_C(0x9a6c9329ac4bc9b5)
#define TOP32 (UINT64_C(1) << 31)
#define TOP64 (UINT64_C(1) << 63)

static uint32_t table32c[8][256];
static uint64_t table64[8][256];

static void fill_tables(void)
{
    for (unsigned b = 0; b < 256; b++) {
        uint64_t c32 = b, c64 = b;
        for (int bit = 0; bit < 8; bit++) {
            c32 = c32 >> 1 ^ (c32 & 1 ? POLY_CRC32C : 0);
            c64 = c64 >> 1 ^ (c64 & 1 ? POLY_CRC64NVME : 0);
        }
        table32c[0][b] = (uint32_t)c32;
        table64[0][b] = c64;
    }
    for (unsigned k = 1; k < 8; k++)
        for (unsigned b = 0; b < 256; b++) {
            uint32_t c32 = table32c[k - 1][b];
            uint64_t c64 = table64[k - 1][b];
            table32c[k][b] = c32 >> 8 ^ table32c[0][c32 & 255];
            table64[k][b] = c64 >> 8 ^ table64[0][c64 & 255];
        }
}

static void need_tables(void)
{
    static struct pail_once once = PAIL_ONCE_INIT;
    pail_once(&once, fill_tables);
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

uint32_t pail_crc32c_portable(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
    const uint32_t(*t)[256] = table32c;

    need_tables();
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = load64(p) ^ crc;
        crc = t[7][v & 255] ^ t[6][v >> 8 & 255] ^ t[5][v >> 16 & 255] ^ t[4][v >> 24 & 255] ^
              t[3][v >> 32 & 255] ^ t[2][v >> 40 & 255] ^ t[1][v >> 48 & 255] ^ t[0][v >> 56];
    }
    for (; n; n--, p++)
        crc = crc >> 8 ^ t[0][(crc ^ *p) & 255];
    return ~crc;
}

uint64_t pail_crc64nvme_portable(uint64_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
    const uint64_t(*t)[256] = table64;

    need_tables();
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = load64(p) ^ crc;
        crc = t[7][v & 255] ^ t[6][v >> 8 & 255] ^ t[5][v >> 16 & 255] ^ t[4][v >> 24 & 255] ^
              t[3][v >> 32 & 255] ^ t[2][v >> 40 & 255] ^ t[1][v >> 48 & 255] ^ t[0][v >> 56];
    }
    for (; n; n--, p++)
        crc = crc >> 8 ^ t[0][(crc ^ *p) & 255];
    return ~crc;
}

uint32_t pail_crc32(uint32_t crc, const void *p, size_t n)
{
    if (n == 0) /* zlib would take a NULL pointer as the wish for the start value */
        return crc;
#ifdef PAIL_HAVE_ISAL
    return crc32_gzip_refl(crc, p, n);
#else
    return (uint32_t)crc32_z(crc, p, n);
#endif
}

uint32_t pail_crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef PAIL_HAVE_ISAL
    /* This one of ISA-L's neither inverts nor takes more than an int. */
    const uint8_t *at = p;

    crc = ~crc;
    while (n) {
        size_t step = pail_min_u64(n, 1u << 30);
        crc = crc32_iscsi((unsigned char *)at, (int)step, crc);
        at += step;
        n -= step;
    }
    return ~crc;
#else
    return pail_crc32c_portable(crc, p, n);
#endif
}

uint64_t pail_crc64nvme(uint64_t crc, const void *p, size_t n)
{
#ifdef PAIL_HAVE_ISAL_CRC64
    return n ? crc64_rocksoft_refl(crc, p, n) : crc;
#else
    return pail_crc64nvme_clmul(&crc, p, n) ? crc : pail_crc64nvme_portable(crc, p, n);
#endif
}

/* a * b modulo the polynomial. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t poly, uint64_t top)
{
    uint64_t product = 0;

    for (uint64_t bit = top; bit && a; bit >>= 1) {
        if (a & bit) {
            product ^= b;
            a ^= bit;
        }
        b = b >> 1 ^ (b & 1 ? poly : 0);
    }
    return product;
}

/* a * x^n, with unit = x (or x^8, to count in bytes). */
static uint64_t multiply_power(uint64_t a, uint64_t unit, uint64_t n, uint64_t poly, uint64_t top)
{
    for (; n; n >>= 1) {
        if (n & 1)
            a = multiply(unit, a, poly, top);
        unit = multiply(unit, unit, poly, top);
    }
    return a;
}

uint64_t pail_crc64_power(uint64_t n)
{
    return multiply_power(TOP64, TOP64 >> 1, n, POLY_CRC64NVME, TOP64);
}

static uint64_t combine(uint64_t a, uint64_t b, uint64_t len_b, uint64_t poly, uint64_t top)
{
    return multiply_power(a, top >> 8, len_b, poly, top) ^ b;
}

uint32_t pail_crc32_combine(uint32_t a, uint32_t b, uint64_t len_b)
{
    return (uint32_t)combine(a, b, len_b, POLY_CRC32, TOP32);
}

uint32_t pail_crc32c_combine(uint32_t a, uint32_t b, uint64_t len_b)
{
    return (uint32_t)combine(a, b, len_b, POLY_CRC32C, TOP32);
}

uint64_t pail_crc64nvme_combine(uint64_t a, uint64_t b, uint64_t len_b)
{
    return combine(a, b, len_b, POLY_CRC64NVME, TOP64);
}
