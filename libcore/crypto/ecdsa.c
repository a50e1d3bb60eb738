/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's EVP_PKEY does the work. A key made of a scalar alone has to bring its public point
 * along, since OpenSSL does not work that out for a key that it is given.
 */
#include "crypto/ecdsa.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "base/str.h"
#include "crypto/pem.h"

#define CURVE "prime256v1"
#define POINT_LEN (1 + 2 * PAIL_P256_LEN)

struct pail_p256 {
    EVP_PKEY *pkey;
};

static int broken(struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "P-256: OpenSSL reports an error");
}

/* Takes pkey over. */
static int wrap(EVP_PKEY *take_pkey, struct pail_p256 **ret, struct pail_error *err)
{
    struct pail_p256 *key = pail_zalloc(sizeof(*key));
    if (!key) {
        EVP_PKEY_free(take_pkey);
        return pail_error_nomem(err);
    }
    key->pkey = take_pkey;
    *ret = key;
    return 0;
}

void pail_p256_free(struct pail_p256 *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    pail_free(key);
}

/* ---- Keys ---- */

static bool is_p256(const EVP_PKEY *pkey)
{
    char name[32];
    size_t len;
    return EVP_PKEY_is_a(pkey, "EC") &&
           EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
                                          &len) &&
           pail_str_eqz(pail_strn(name, len), CURVE);
}

int pail_p256_from_pem(struct pail_str pem, struct pail_p256 **ret, struct pail_error *err)
{
    EVP_PKEY *pkey = pail_pem_private_key(pem);
    if (pkey && is_p256(pkey))
        return wrap(pkey, ret, err);
    EVP_PKEY_free(pkey);
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "not a private key of the curve P-256");
}

static OSSL_PARAM *params_of(const BIGNUM *scalar, const uint8_t *point)
{
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    if (b && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, scalar) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN))
        params = OSSL_PARAM_BLD_to_param(b);
    OSSL_PARAM_BLD_free(b);
    return params;
}

static EVP_PKEY *key_of(const BIGNUM *scalar, const uint8_t *point)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = params_of(scalar, point);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) <= 0)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return pkey;
}

/* The public point of scalar; false: out of memory, or no scalar of this curve (*valid). */
static bool multiply(const EC_GROUP *group, const BIGNUM *scalar, uint8_t ret[POINT_LEN],
                     bool *valid)
{
    EC_POINT *p = EC_POINT_new(group);
    *valid = !BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0;
    bool ok = *valid && p && EC_POINT_mul(group, p, scalar, NULL, NULL, NULL) &&
              EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, ret, POINT_LEN, NULL) ==
                  POINT_LEN;
    EC_POINT_free(p);
    return ok;
}

int pail_p256_from_scalar(const uint8_t scalar[PAIL_P256_LEN], struct pail_p256 **ret,
                          struct pail_error *err)
{
    uint8_t point[POINT_LEN];
    bool valid = true;
    EVP_PKEY *pkey = NULL;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *n = BN_bin2bn(scalar, PAIL_P256_LEN, NULL);

    if (group && n && multiply(group, n, point, &valid))
        pkey = key_of(n, point);
    BN_clear_free(n);
    EC_GROUP_free(group);
    if (pkey)
        return wrap(pkey, ret, err);
    if (!valid)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "not a scalar of the curve P-256");
    return broken(err);
}

int pail_p256_generate(struct pail_p256 **ret, struct pail_error *err)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    return pkey ? wrap(pkey, ret, err) : broken(err);
}

int pail_p256_to_pem(const struct pail_p256 *key, struct pail_buf *to, struct pail_error *err)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_secmem());
    bool ok = bio &&
              PEM_write_bio_PrivateKey_traditional(bio, key->pkey, NULL, NULL, 0, NULL, NULL);
    long len = ok ? BIO_get_mem_data(bio, &text) : 0;
    if (ok)
        pail_buf_append(to, text, (size_t)len);
    BIO_free(bio);
    return ok ? pail_buf_check(to, "private key", err) : broken(err);
}

int pail_p256_public(const struct pail_p256 *key, uint8_t ret_x[PAIL_P256_LEN],
                     uint8_t ret_y[PAIL_P256_LEN], struct pail_error *err)
{
    BIGNUM *x = NULL, *y = NULL;
    bool ok = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
              EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) &&
              BN_bn2binpad(x, ret_x, PAIL_P256_LEN) == PAIL_P256_LEN &&
              BN_bn2binpad(y, ret_y, PAIL_P256_LEN) == PAIL_P256_LEN;
    BN_free(x);
    BN_free(y);
    return ok ? 0 : broken(err);
}

/* ---- Signatures ---- */

int pail_p256_sign_der(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                       uint8_t ret[PAIL_P256_DER_MAX_LEN], size_t *ret_len, struct pail_error *err)
{
    size_t len = PAIL_P256_DER_MAX_LEN;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    bool ok = ctx && EVP_PKEY_sign_init(ctx) > 0 &&
              EVP_PKEY_sign(ctx, ret, &len, digest, PAIL_P256_LEN) > 0;
    EVP_PKEY_CTX_free(ctx);
    if (!ok)
        return broken(err);
    *ret_len = len;
    return 0;
}

int pail_p256_sign(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                   uint8_t ret[2 * PAIL_P256_LEN], struct pail_error *err)
{
    uint8_t der[PAIL_P256_DER_MAX_LEN];
    size_t len = 0;
    int rc = pail_p256_sign_der(key, digest, der, &len, err);
    if (rc < 0)
        return rc;

    const uint8_t *p = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, PAIL_P256_LEN) == PAIL_P256_LEN &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + PAIL_P256_LEN, PAIL_P256_LEN) ==
                  PAIL_P256_LEN;
    ECDSA_SIG_free(sig);
    return ok ? 0 : broken(err);
}

bool pail_p256_verify_der(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                          const uint8_t *signature, size_t len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    bool ok = ctx && EVP_PKEY_verify_init(ctx) > 0 &&
              EVP_PKEY_verify(ctx, signature, len, digest, PAIL_P256_LEN) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool pail_p256_verify(const struct pail_p256 *key, const uint8_t digest[PAIL_P256_LEN],
                      const uint8_t signature[2 * PAIL_P256_LEN])
{
    uint8_t *der = NULL;
    int len = 0;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, PAIL_P256_LEN, NULL);
    BIGNUM *s = BN_bin2bn(signature + PAIL_P256_LEN, PAIL_P256_LEN, NULL);
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s)) {
        r = s = NULL; /* the signature's now */
        len = i2d_ECDSA_SIG(sig, &der);
    }
    bool ok = len > 0 && pail_p256_verify_der(key, digest, der, (size_t)len);
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return ok;
}
