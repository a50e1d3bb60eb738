/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/checksum.h - S3's object checksums: one table of algorithms, streaming, combining.
 *
 * CRCs run through ISA-L where it has them, else zlib (CRC32), carry-less multiplication (CRC64NVME
 * on x86-64) or slice-by-8 tables. The portable form is always built and is the oracle of the
 * tests. Values are big-endian bytes, base64 on the wire.
 */
#ifndef PAIL_CRYPTO_CHECKSUM_H
#define PAIL_CRYPTO_CHECKSUM_H

#include <pail/error.h>

#include "base/buf.h"

enum pail_checksum_alg {
    PAIL_CK_NONE,
    PAIL_CK_CRC32,
    PAIL_CK_CRC32C,
    PAIL_CK_CRC64NVME,
    PAIL_CK_SHA1,
    PAIL_CK_SHA256,
    PAIL_CK_COUNT
};

struct pail_checksum_info {
    const char *name;   /* "CRC32": x-amz-sdk-checksum-algorithm */
    const char *header; /* "x-amz-checksum-crc32" */
    size_t len;         /* bytes */
    bool combines;
};
const struct pail_checksum_info *pail_checksum_info(enum pail_checksum_alg alg);
enum pail_checksum_alg pail_checksum_from_name(struct pail_str name); /* PAIL_CK_NONE: unknown */

/* Running CRC, starting from 0; the result of one call is the start of the next. */
uint32_t pail_crc32(uint32_t crc, const void *p, size_t n);
uint32_t pail_crc32c(uint32_t crc, const void *p, size_t n);
uint64_t pail_crc64nvme(uint64_t crc, const void *p, size_t n);
/* CRC of A followed by B, from both CRCs and B's length. */
uint32_t pail_crc32_combine(uint32_t a, uint32_t b, uint64_t len_b);
uint32_t pail_crc32c_combine(uint32_t a, uint32_t b, uint64_t len_b);
uint64_t pail_crc64nvme_combine(uint64_t a, uint64_t b, uint64_t len_b);
/* Portable forms, for tests. */
uint32_t pail_crc32c_portable(uint32_t crc, const void *p, size_t n);
uint64_t pail_crc64nvme_portable(uint64_t crc, const void *p, size_t n);

/* One-shot, base64 text appended. */
PAIL_CHECK int pail_checksum_base64(enum pail_checksum_alg alg, struct pail_bytes data,
                                    struct pail_buf *to, struct pail_error *err);

#endif
