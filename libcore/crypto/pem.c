/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL asks on the terminal for the password of an encrypted text when nobody else answers.
 * Somebody does here, and knows none.
 */
#include "crypto/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

static int no_password(char *buf, int size, int writing, void *ud)
{
    return -1;
}

EVP_PKEY *pail_pem_private_key(struct pail_str pem)
{
    EVP_PKEY *pkey = NULL;
    BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.len ? pem.ptr : "", (int)pem.len) : NULL;
    if (bio)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    return pkey;
}
