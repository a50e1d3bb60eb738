/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sign_key.h - the derived signing keys of one set of credentials, remembered.
 *
 * A key is good for a day, a region and a service; deriving it takes four HMACs, signing with it
 * one. Signature Version 4a has one key for everything. Any thread.
 */
#ifndef PAIL_AUTH_SIGN_KEY_H
#define PAIL_AUTH_SIGN_KEY_H

#include "crypto/digest.h"
#include "crypto/ecdsa.h"

struct pail_sign_keys;
PAIL_CHECK int pail_sign_keys_new(struct pail_sign_keys **ret, struct pail_error *err);
void pail_sign_keys_free(struct pail_sign_keys *k); /* wipes; NULL is fine */

struct pail_sign_key_for {
    struct pail_str date; /* "20150830" */
    struct pail_str region, service;
};
/* The caller wipes ret. */
PAIL_CHECK int pail_sign_key(struct pail_sign_keys *k, struct pail_str secret_key,
                             const struct pail_sign_key_for *what, uint8_t ret[PAIL_SHA256_LEN],
                             struct pail_error *err);
/* Of Signature Version 4a; borrowed from k. */
PAIL_CHECK int pail_sign_key_4a(struct pail_sign_keys *k, struct pail_str access_key,
                                struct pail_str secret_key, const struct pail_p256 **ret,
                                struct pail_error *err);

#endif
