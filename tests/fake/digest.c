/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: OpenSSL for MD5 and SHA, zlib for CRC-32, and one table-driven implementation for
 * CRC-32C and CRC-64/NVME.
 *
 * All three CRCs are reflected with all ones as start and final XOR, so that a 32-bit CRC fits the
 * 64-bit code unchanged. Eight bytes a step ("slicing by 8"): the fake must not be slower than what
 * it tests.
 */
#include "fake/digest.h"

#include "fake/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <pthread.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *upper;
    size_t size;
    uint64_t poly; /* reflected; 0: not a CRC */
} kinds[] = {
    [FAKE_CRC32] = {"crc32", "CRC32", 4, 0xEDB88320u},
    [FAKE_CRC32C] = {"crc32c", "CRC32C", 4, 0x82F63B78u},
    [FAKE_CRC64NVME] = {"crc64nvme", "CRC64NVME", 8, 0x9A6C9329AC4BC9B5u},
    [FAKE_SHA1] = {"sha1", "SHA1", 20, 0},
    [FAKE_SHA256] = {"sha256", "SHA256", 32, 0},
    [FAKE_MD5] = {"md5", "MD5", 16, 0},
};

const char *fake_sum_name(enum fake_sum k)
{
    return kinds[k].name;
}

const char *fake_sum_upper(enum fake_sum k)
{
    return kinds[k].upper;
}

size_t fake_sum_size(enum fake_sum k)
{
    return kinds[k].size;
}

enum fake_sum fake_sum_by_name(const char *name)
{
    for (int k = 0; k < FAKE_SUMS; k++)
        if (strcasecmp(name, kinds[k].name) == 0)
            return (enum fake_sum)k;
    return FAKE_NO_SUM;
}

/* ---- CRC ------------------------------------------------------------------------------------- */

static uint64_t tables[2][8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
    for (int t = 0; t < 2; t++) {
        uint64_t poly = kinds[t == 0 ? FAKE_CRC32C : FAKE_CRC64NVME].poly;
        for (unsigned i = 0; i < 256; i++) {
            uint64_t c = i;
            for (int k = 0; k < 8; k++)
                c = c & 1 ? c >> 1 ^ poly : c >> 1;
            tables[t][0][i] = c;
        }
        for (int k = 1; k < 8; k++)
            for (unsigned i = 0; i < 256; i++) {
                uint64_t c = tables[t][k - 1][i];
                tables[t][k][i] = c >> 8 ^ tables[t][0][c & 255];
            }
    }
}

static uint64_t crc_update(uint64_t crc, uint64_t (*t)[256], const unsigned char *p, size_t n)
{
    for (; n >= 8; p += 8, n -= 8) {
        for (int i = 0; i < 8; i++)
            crc ^= (uint64_t)p[i] << (8 * i);
        crc = t[7][crc & 255] ^ t[6][crc >> 8 & 255] ^ t[5][crc >> 16 & 255] ^
              t[4][crc >> 24 & 255] ^ t[3][crc >> 32 & 255] ^ t[2][crc >> 40 & 255] ^
              t[1][crc >> 48 & 255] ^ t[0][crc >> 56];
    }
    for (; n; p++, n--)
        crc = crc >> 8 ^ t[0][(crc ^ *p) & 255];
    return crc;
}

static uint64_t load_be(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static void store_be(uint8_t *p, size_t n, uint64_t v)
{
    for (size_t i = n; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
}

/* a * b modulo the polynomial; in reflected form the top bit of the width is x^0. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t poly, unsigned width)
{
    uint64_t r = 0;
    for (uint64_t bit = (uint64_t)1 << (width - 1); bit; bit >>= 1) {
        if (a & bit)
            r ^= b;
        b = b & 1 ? b >> 1 ^ poly : b >> 1;
    }
    return r;
}

void fake_crc_join(enum fake_sum kind, uint8_t a[8], const uint8_t b[8], uint64_t len_b)
{
    size_t size = kinds[kind].size;
    unsigned width = (unsigned)size * 8;
    uint64_t poly = kinds[kind].poly;
    uint64_t power = (uint64_t)1 << (width - 1);      /* x^0 */
    uint64_t square = (uint64_t)1 << (width - 1 - 8); /* x^8: one byte */
    for (uint64_t n = len_b; n; n >>= 1) {
        if (n & 1)
            power = multiply(power, square, poly, width);
        square = multiply(square, square, poly, width);
    }
    store_be(a, size, multiply(load_be(a, size), power, poly, width) ^ load_be(b, size));
}

/* ---- digests in pieces ----------------------------------------------------------------------- */

void fake_hash_init(struct fake_hash *h, enum fake_sum kind)
{
    *h = (struct fake_hash){.kind = kind};
    if (kind == FAKE_CRC64NVME)
        h->crc = ~(uint64_t)0;
    else if (kind == FAKE_CRC32C)
        h->crc = 0xFFFFFFFFu;
    if (kinds[kind].poly) {
        pthread_once(&tables_once, make_tables);
        return;
    }
    h->ctx = EVP_MD_CTX_new();
    const EVP_MD *md = kind == FAKE_MD5 ? EVP_md5() : kind == FAKE_SHA1 ? EVP_sha1() : EVP_sha256();
    EVP_DigestInit_ex(h->ctx, md, NULL);
}

void fake_hash_update(struct fake_hash *h, const void *p, size_t n)
{
    if (h->ctx)
        EVP_DigestUpdate(h->ctx, p, n);
    else if (h->kind == FAKE_CRC32)
        h->crc = crc32_z((uLong)h->crc, p, n);
    else
        h->crc = crc_update(h->crc, tables[h->kind == FAKE_CRC64NVME], p, n);
}

size_t fake_hash_final(struct fake_hash *h, uint8_t *ret)
{
    size_t size = kinds[h->kind].size;
    if (h->ctx) {
        EVP_DigestFinal_ex(h->ctx, ret, NULL);
        EVP_MD_CTX_free(h->ctx);
        h->ctx = NULL;
    } else {
        store_be(ret, size, h->kind == FAKE_CRC32 ? h->crc : ~h->crc);
    }
    return size;
}

size_t fake_hash_of(enum fake_sum kind, const void *p, size_t n, uint8_t *ret)
{
    struct fake_hash h;
    fake_hash_init(&h, kind);
    fake_hash_update(&h, p, n);
    return fake_hash_final(&h, ret);
}

void fake_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n, uint8_t ret[32])
{
    unsigned len = 32;
    HMAC(EVP_sha256(), key, (int)nkey, p, n, ret, &len);
}
