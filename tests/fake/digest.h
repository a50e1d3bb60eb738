/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/digest.h - the digests S3 knows: five checksums and MD5, over data in pieces.
 *
 * CRC values are big-endian bytes, as S3 writes them in base64.
 */
#ifndef PAIL_FAKE_DIGEST_H
#define PAIL_FAKE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum fake_sum {
    FAKE_NO_SUM = -1,
    FAKE_CRC32,
    FAKE_CRC32C,
    FAKE_CRC64NVME,
    FAKE_SHA1,
    FAKE_SHA256,
    FAKE_SUMS,
    FAKE_MD5 = FAKE_SUMS, /* not an x-amz-checksum, but computed the same way */
};

/* "crc32c" as in x-amz-checksum-crc32c; "CRC32C" as in XML and x-amz-checksum-algorithm. */
const char *fake_sum_name(enum fake_sum k);
const char *fake_sum_upper(enum fake_sum k);
/* By either spelling; FAKE_NO_SUM when unknown. */
enum fake_sum fake_sum_by_name(const char *name);
size_t fake_sum_size(enum fake_sum k);

#define FAKE_SUM_MAX 32
#define FAKE_SUM_TEXT 64 /* base64 of a checksum, "-10000" and NUL */

struct fake_hash {
    enum fake_sum kind;
    uint64_t crc;
    void *ctx;
};
void fake_hash_init(struct fake_hash *h, enum fake_sum kind);
void fake_hash_update(struct fake_hash *h, const void *p, size_t n);
/* Ends h. Returns the size; ret holds as much, FAKE_SUM_MAX for any kind. */
size_t fake_hash_final(struct fake_hash *h, uint8_t *ret);
size_t fake_hash_of(enum fake_sum kind, const void *p, size_t n, uint8_t *ret);

/* CRC of A followed by B (len_b bytes) from the CRCs of both; kind is one of the three CRCs. */
void fake_crc_join(enum fake_sum kind, uint8_t a[8], const uint8_t b[8], uint64_t len_b);

void fake_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n, uint8_t ret[32]);

#endif
