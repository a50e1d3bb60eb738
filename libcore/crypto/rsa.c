/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's EVP_PKEY does the work. From version 3.2 on, OpenSSL gives random bytes for a wrong
 * padding instead of an error, so that servers are no oracles; nobody asks us, and who has the
 * wrong key is to be told.
 */
#include "crypto/rsa.h"

#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/alloc.h"
#include "crypto/pem.h"

struct pail_rsa {
    EVP_PKEY *pkey;
};

static const EVP_MD *md_of(enum pail_digest_alg alg)
{
    return alg == PAIL_SHA256 ? EVP_sha256() : alg == PAIL_SHA1 ? EVP_sha1() : EVP_md5();
}

static int broken(struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "RSA: OpenSSL reports an error");
}

/* Takes pkey over; NULL is a key that could not be read. */
static int wrap(EVP_PKEY *take_pkey, struct pail_rsa **ret, struct pail_error *err)
{
    struct pail_rsa *key = NULL;
    int rc = 0;
    if (!take_pkey || !EVP_PKEY_is_a(take_pkey, "RSA"))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "not an RSA key");
    else if (!(key = pail_zalloc(sizeof(*key))))
        rc = pail_error_nomem(err);
    if (rc) {
        EVP_PKEY_free(take_pkey);
        return rc;
    }
    key->pkey = take_pkey;
    *ret = key;
    return 0;
}

void pail_rsa_free(struct pail_rsa *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    pail_free(key);
}

int pail_rsa_from_pem(struct pail_str pem, struct pail_rsa **ret, struct pail_error *err)
{
    return wrap(pail_pem_private_key(pem), ret, err);
}

int pail_rsa_from_public_der(struct pail_bytes der, struct pail_rsa **ret, struct pail_error *err)
{
    EVP_PKEY *pkey = NULL;
    const unsigned char *p = der.ptr;
    size_t len = der.len;
    OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", "type-specific", "RSA",
                                                          EVP_PKEY_PUBLIC_KEY, NULL, NULL);
    if (!ctx || !p || !OSSL_DECODER_from_data(ctx, &p, &len))
        pkey = NULL;
    OSSL_DECODER_CTX_free(ctx);
    return wrap(pkey, ret, err);
}

int pail_rsa_decrypt(const struct pail_rsa *key, struct pail_bytes data, struct pail_buf *to,
                     struct pail_error *err)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    size_t len = 0;
    bool ok = ctx && EVP_PKEY_decrypt_init(ctx) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
    if (ok) /* older versions do not know it, and have no need */
        (void)!EVP_PKEY_CTX_ctrl_str(ctx, "rsa_pkcs1_implicit_rejection", "0");
    ok = ok && EVP_PKEY_decrypt(ctx, NULL, &len, data.ptr, data.len) > 0;
    unsigned char *room = ok ? pail_buf_reserve(to, len) : NULL;
    ok = room && EVP_PKEY_decrypt(ctx, room, &len, data.ptr, data.len) > 0;
    if (ok)
        pail_buf_added(to, len);
    EVP_PKEY_CTX_free(ctx);
    if (to->failed)
        return pail_buf_check(to, "RSA", err);
    return ok ? 0
              : pail_error_set(err, PAIL_D_DATA, PAIL_E_INVALID, "not encrypted for this RSA key");
}

int pail_rsa_sign(const struct pail_rsa *key, enum pail_digest_alg alg, struct pail_bytes data,
                  struct pail_buf *to, struct pail_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const void *p = data.ptr ? data.ptr : "";
    size_t len = 0;
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, md_of(alg), NULL, key->pkey) > 0 &&
              EVP_DigestSign(ctx, NULL, &len, p, data.len) > 0;
    unsigned char *room = ok ? pail_buf_reserve(to, len) : NULL;
    ok = room && EVP_DigestSign(ctx, room, &len, p, data.len) > 0;
    if (ok)
        pail_buf_added(to, len);
    EVP_MD_CTX_free(ctx);
    if (to->failed)
        return pail_buf_check(to, "RSA", err);
    return ok ? 0 : broken(err);
}

bool pail_rsa_verify(const struct pail_rsa *key, enum pail_digest_alg alg, struct pail_bytes data,
                     struct pail_bytes signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, md_of(alg), NULL, key->pkey) > 0 &&
              EVP_DigestVerify(ctx, signature.ptr, signature.len, data.ptr ? data.ptr : "",
                               data.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}
