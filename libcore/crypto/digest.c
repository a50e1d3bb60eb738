/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL 3 looks an algorithm up by name at every use of EVP_sha256(), which costs more than
 * hashing a short text. So each one is fetched once and kept for the life of the process; two
 * threads that come first at the same time both fetch, and one copy is dropped.
 *
 * HMAC stands on the plain digest instead of EVP_MAC: one context for both passes instead of the
 * three that EVP_MAC allocates per signature.
 */
#include "crypto/digest.h"

#include <stdatomic.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"

#define SHA256_BLOCK 64

struct pail_hasher {
    EVP_MD_CTX *ctx;
    const char *name;
};

static const struct {
    const char *name; /* as OpenSSL and error texts call it */
    size_t len;
} algorithms[] = {
    [PAIL_SHA256] = {"SHA256", PAIL_SHA256_LEN},
    [PAIL_SHA1] = {"SHA1", PAIL_SHA1_LEN},
    [PAIL_MD5] = {"MD5", PAIL_MD5_LEN},
};

static int broken(const char *name, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "%s: OpenSSL reports an error", name);
}

static int fetch(enum pail_digest_alg alg, const EVP_MD **ret, struct pail_error *err)
{
    static _Atomic(EVP_MD *) cache[PAIL_ARRAY_LEN(algorithms)];
    EVP_MD *md = atomic_load_explicit(&cache[alg], memory_order_acquire);

    if (PAIL_UNLIKELY(!md)) {
        EVP_MD *expected = NULL;
        md = EVP_MD_fetch(NULL, algorithms[alg].name, NULL);
        if (!md) /* MD5 where only approved algorithms are allowed */
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                                  "%s: not available in this OpenSSL", algorithms[alg].name);
        if (!atomic_compare_exchange_strong(&cache[alg], &expected, md)) {
            EVP_MD_free(md);
            md = expected;
        }
    }
    *ret = md;
    return 0;
}

int pail_digest(enum pail_digest_alg alg, struct pail_bytes data, uint8_t *ret,
                struct pail_error *err)
{
    const EVP_MD *md = NULL;
    uint8_t out[EVP_MAX_MD_SIZE];

    int rc = fetch(alg, &md, err);
    if (rc)
        return rc;
    if (!EVP_Digest(data.ptr ? data.ptr : "", data.len, out, NULL, md, NULL))
        return broken(algorithms[alg].name, err);
    memcpy(ret, out, algorithms[alg].len);
    return 0;
}

int pail_sha256_hex(struct pail_bytes data, char ret[65], struct pail_error *err)
{
    uint8_t digest[PAIL_SHA256_LEN];

    int rc = pail_digest(PAIL_SHA256, data, digest, err);
    if (!rc)
        pail_hex_encode(digest, sizeof(digest), ret);
    return rc;
}

int pail_hasher_new(enum pail_digest_alg alg, struct pail_hasher **ret, struct pail_error *err)
{
    const EVP_MD *md = NULL;

    int rc = fetch(alg, &md, err);
    if (rc)
        return rc;
    struct pail_hasher *h = pail_zalloc(sizeof(*h));
    if (!h)
        return pail_error_nomem(err);
    h->name = algorithms[alg].name;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx)
        rc = pail_error_nomem(err);
    else if (!EVP_DigestInit_ex2(h->ctx, md, NULL))
        rc = broken(h->name, err);
    if (rc) {
        pail_hasher_free(h);
        return rc;
    }
    *ret = h;
    return 0;
}

int pail_hasher_add(struct pail_hasher *h, struct pail_bytes data, struct pail_error *err)
{
    if (data.len && !EVP_DigestUpdate(h->ctx, data.ptr, data.len))
        return broken(h->name, err);
    return 0;
}

int pail_hasher_finish(struct pail_hasher *h, uint8_t *ret, struct pail_error *err)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len;

    if (!EVP_DigestFinal_ex(h->ctx, out, &len))
        return broken(h->name, err);
    memcpy(ret, out, len);
    return 0;
}

void pail_hasher_free(struct pail_hasher *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    pail_free(h);
}

/* One pass of HMAC: digest(pad, text). */
static bool hmac_pass(EVP_MD_CTX *ctx, const EVP_MD *md, const uint8_t pad[SHA256_BLOCK],
                      const void *text, size_t n, uint8_t ret[PAIL_SHA256_LEN])
{
    return EVP_DigestInit_ex2(ctx, md, NULL) && EVP_DigestUpdate(ctx, pad, SHA256_BLOCK) &&
           (n == 0 || EVP_DigestUpdate(ctx, text, n)) && EVP_DigestFinal_ex(ctx, ret, NULL);
}

int pail_hmac_sha256(struct pail_bytes key, struct pail_bytes data, uint8_t ret[PAIL_SHA256_LEN],
                     struct pail_error *err)
{
    uint8_t inner[SHA256_BLOCK] = {0}, outer[SHA256_BLOCK], digest[PAIL_SHA256_LEN];
    const EVP_MD *md = NULL;

    int rc = fetch(PAIL_SHA256, &md, err);
    if (rc)
        return rc;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx)
        return pail_error_nomem(err);

    bool ok = true;
    if (key.len > SHA256_BLOCK)
        ok = EVP_DigestInit_ex2(ctx, md, NULL) && EVP_DigestUpdate(ctx, key.ptr, key.len) &&
             EVP_DigestFinal_ex(ctx, inner, NULL);
    else if (key.len)
        memcpy(inner, key.ptr, key.len);
    for (size_t i = 0; i < SHA256_BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    ok = ok && hmac_pass(ctx, md, inner, data.ptr, data.len, digest) &&
         hmac_pass(ctx, md, outer, digest, sizeof(digest), digest);
    if (ok)
        memcpy(ret, digest, sizeof(digest));
    else
        rc = broken("HMAC-SHA256", err);
    EVP_MD_CTX_free(ctx);
    OPENSSL_cleanse(inner, sizeof(inner));
    OPENSSL_cleanse(outer, sizeof(outer));
    OPENSSL_cleanse(digest, sizeof(digest));
    return rc;
}
