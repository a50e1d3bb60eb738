/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/pem.h - private keys as PEM text, for the kinds of keys of this folder alone: OpenSSL's
 * types are not for those above.
 */
#ifndef PAIL_CRYPTO_PEM_H
#define PAIL_CRYPTO_PEM_H

#include <openssl/evp.h>

#include <pail/error.h>

/* The key in "-----BEGIN PRIVATE KEY-----" or a form of its kind, as "-----BEGIN RSA PRIVATE
 * KEY-----", to be freed with EVP_PKEY_free. NULL: there is none, or it is encrypted: nobody is
 * asked for a password. */
EVP_PKEY *pail_pem_private_key(struct pail_str pem);

#endif
