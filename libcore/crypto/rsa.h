/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/rsa.h - RSA with PKCS #1 v1.5 padding: what EC2 encrypts Windows passwords with, what
 * CloudFront's URLs and CloudTrail's digest files are signed with. Keys are immutable; any thread.
 */
#ifndef PAIL_CRYPTO_RSA_H
#define PAIL_CRYPTO_RSA_H

#include <pail/error.h>

#include "base/buf.h"
#include "crypto/digest.h"

struct pail_rsa; /* a private key, or a public one */

/* "-----BEGIN RSA PRIVATE KEY-----" or "-----BEGIN PRIVATE KEY-----", not encrypted. PAIL_E_PARSE;
 * the text is never quoted. */
PAIL_CHECK int pail_rsa_from_pem(struct pail_str pem, struct pail_rsa **ret,
                                 struct pail_error *err);
/* A public key as DER: PKCS #1's RSAPublicKey. PAIL_E_PARSE. */
PAIL_CHECK int pail_rsa_from_public_der(struct pail_bytes der, struct pail_rsa **ret,
                                        struct pail_error *err);
void pail_rsa_free(struct pail_rsa *key); /* NULL is fine */
PAIL_DEFINE_CLEANUP(struct pail_rsa, pail_rsa_free)

/* Appended to `to`. PAIL_E_INVALID: it was not encrypted for this key. */
PAIL_CHECK int pail_rsa_decrypt(const struct pail_rsa *key, struct pail_bytes data,
                                struct pail_buf *to, struct pail_error *err);
/* Of the digest of data; appended to `to`. */
PAIL_CHECK int pail_rsa_sign(const struct pail_rsa *key, enum pail_digest_alg alg,
                             struct pail_bytes data, struct pail_buf *to, struct pail_error *err);
/* False also for a signature that is none. */
bool pail_rsa_verify(const struct pail_rsa *key, enum pail_digest_alg alg, struct pail_bytes data,
                     struct pail_bytes signature);

#endif
