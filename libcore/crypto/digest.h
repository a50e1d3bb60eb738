/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/digest.h - SHA-256, SHA-1, MD5 and HMAC-SHA-256. OpenSSL is visible only in this folder.
 */
#ifndef PAIL_CRYPTO_DIGEST_H
#define PAIL_CRYPTO_DIGEST_H

#include <pail/error.h>

#include "base/macros.h"

#define PAIL_SHA256_LEN 32
#define PAIL_SHA1_LEN 20
#define PAIL_MD5_LEN 16

enum pail_digest_alg { PAIL_SHA256, PAIL_SHA1, PAIL_MD5 };

/* One-shot. */
PAIL_CHECK int pail_digest(enum pail_digest_alg alg, struct pail_bytes data, uint8_t *ret,
                           struct pail_error *err);
PAIL_CHECK int pail_sha256_hex(struct pail_bytes data, char ret[65], struct pail_error *err);
/* Streaming; one thread. */
struct pail_hasher;
PAIL_CHECK int pail_hasher_new(enum pail_digest_alg alg, struct pail_hasher **ret,
                               struct pail_error *err);
PAIL_CHECK int pail_hasher_add(struct pail_hasher *h, struct pail_bytes data,
                               struct pail_error *err);
PAIL_CHECK int pail_hasher_finish(struct pail_hasher *h, uint8_t *ret, struct pail_error *err);
void pail_hasher_free(struct pail_hasher *h);

PAIL_CHECK int pail_hmac_sha256(struct pail_bytes key, struct pail_bytes data,
                                uint8_t ret[PAIL_SHA256_LEN], struct pail_error *err);

#endif
