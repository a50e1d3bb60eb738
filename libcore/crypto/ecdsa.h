/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/ecdsa.h - ECDSA on the curve P-256, of SHA-256 digests: what DPoP proofs and Signature
 * Version 4a are signed with. Keys are immutable; any thread.
 */
#ifndef PAIL_CRYPTO_ECDSA_H
#define PAIL_CRYPTO_ECDSA_H

#include <pail/error.h>

#include "base/buf.h"

#define PAIL_P256_LEN 32         /* a coordinate, a scalar, a digest */
#define PAIL_P256_DER_MAX_LEN 72 /* SEQUENCE of two INTEGERs */

struct pail_p256; /* a private key and its public one */

/* "-----BEGIN PRIVATE KEY-----" or "-----BEGIN EC PRIVATE KEY-----", not encrypted. PAIL_E_PARSE;
 * the text is never quoted. */
PAIL_CHECK int pail_p256_from_pem(struct pail_str pem, struct pail_p256 **ret,
                                  struct pail_error *err);
/* From the private scalar, big-endian; 0 and what is not below the order is PAIL_E_INVALID. */
PAIL_CHECK int pail_p256_from_scalar(const uint8_t scalar[PAIL_P256_LEN], struct pail_p256 **ret,
                                     struct pail_error *err);
PAIL_CHECK int pail_p256_generate(struct pail_p256 **ret, struct pail_error *err);
void pail_p256_free(struct pail_p256 *key); /* NULL is fine */
PAIL_DEFINE_CLEANUP(struct pail_p256, pail_p256_free)

/* "-----BEGIN EC PRIVATE KEY-----": SEC 1, as the AWS CLI keeps it. */
PAIL_CHECK int pail_p256_to_pem(const struct pail_p256 *key, struct pail_buf *to,
                                struct pail_error *err);
PAIL_CHECK int pail_p256_public(const struct pail_p256 *key, uint8_t ret_x[PAIL_P256_LEN],
                                uint8_t ret_y[PAIL_P256_LEN], struct pail_error *err);

/* The signature as r and s in 32 bytes each (JOSE), or as DER (AWS). Differs each time. */
PAIL_CHECK int pail_p256_sign(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                              uint8_t ret[2 * PAIL_P256_LEN], struct pail_error *err);
PAIL_CHECK int pail_p256_sign_der(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                                  uint8_t ret[PAIL_P256_DER_MAX_LEN], size_t *ret_len,
                                  struct pail_error *err);
/* False also for a signature that is none. */
bool pail_p256_verify_der(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                          const uint8_t *signature, size_t len);
bool pail_p256_verify(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                      const uint8_t signature[2 * PAIL_P256_LEN]);

#endif
