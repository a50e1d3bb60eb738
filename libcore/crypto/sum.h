/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sum.h - a running checksum of any of S3's algorithms. One owner, one thread. A zeroed
 * struct is one of PAIL_CK_NONE, whose sum is empty.
 */
#ifndef PAIL_CRYPTO_SUM_H
#define PAIL_CRYPTO_SUM_H

#include "crypto/checksum.h"
#include "crypto/digest.h"

#define PAIL_SUM_CAP 64 /* base64 of the longest, and NUL */

struct pail_sum {
    enum pail_checksum_alg alg;
    uint64_t crc;
    struct pail_hasher *hasher;
};
/* Anew. */
PAIL_CHECK int pail_sum_begin(struct pail_sum *s, enum pail_checksum_alg alg,
                              struct pail_error *err);
PAIL_CHECK int pail_sum_add(struct pail_sum *s, const void *p, size_t n, struct pail_error *err);
/* Base64; s can only begin again after that. */
PAIL_CHECK int pail_sum_end(struct pail_sum *s, char ret[PAIL_SUM_CAP], struct pail_error *err);
void pail_sum_done(struct pail_sum *s);

#endif
