/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa.h"

#include "base/hex.h"
#include "unit/test.h"
#include "unit/torture.h"

/* RFC 6979, A.2.5. */
#define SCALAR "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define PUBLIC_X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define PUBLIC_Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define DIGEST_SAMPLE "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"
#define SIGNATURE_SAMPLE                                                                           \
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"                             \
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"

static void unhex(const char *text, uint8_t *to, size_t n)
{
    assert_true(pail_hex_decode(pail_str(text), to, n));
}

static struct pail_p256 *known_key(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_p256 *key = NULL;
    uint8_t scalar[PAIL_P256_LEN];
    unhex(SCALAR, scalar, sizeof(scalar));
    assert_ok(pail_p256_from_scalar(scalar, &key, &err), &err);
    return key;
}

static void test_public(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint8_t x[PAIL_P256_LEN], y[PAIL_P256_LEN];
    char hex[2 * PAIL_P256_LEN + 1];
    struct pail_p256 *key = known_key();
    assert_ok(pail_p256_public(key, x, y, &err), &err);
    pail_hex_encode(x, sizeof(x), hex);
    assert_string_equal(hex, PUBLIC_X);
    pail_hex_encode(y, sizeof(y), hex);
    assert_string_equal(hex, PUBLIC_Y);
    pail_p256_free(key);
    pail_p256_free(NULL);
}

static void test_verify_known(void **state)
{
    uint8_t digest[PAIL_P256_LEN], sig[2 * PAIL_P256_LEN];
    struct pail_p256 *key = known_key();
    unhex(DIGEST_SAMPLE, digest, sizeof(digest));
    unhex(SIGNATURE_SAMPLE, sig, sizeof(sig));
    assert_true(pail_p256_verify(key, digest, sig));
    sig[40] ^= 1;
    assert_false(pail_p256_verify(key, digest, sig));
    memset(sig, 0, sizeof(sig));
    assert_false(pail_p256_verify(key, digest, sig));
    assert_false(pail_p256_verify_der(key, digest, digest, sizeof(digest)));
    pail_p256_free(key);
}

static void test_sign(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint8_t digest[PAIL_P256_LEN], sig[2 * PAIL_P256_LEN], der[PAIL_P256_DER_MAX_LEN];
    struct pail_p256 *key = known_key();
    size_t len;
    unhex(DIGEST_SAMPLE, digest, sizeof(digest));
    for (int i = 0; i < 20; i++) { /* short r or s are padded: one in 128 */
        assert_ok(pail_p256_sign(key, digest, sig, &err), &err);
        assert_true(pail_p256_verify(key, digest, sig));
        assert_ok(pail_p256_sign_der(key, digest, der, &len, &err), &err);
        assert_true(len <= sizeof(der) && pail_p256_verify_der(key, digest, der, len));
        digest[0]++;
        assert_false(pail_p256_verify_der(key, digest, der, len));
    }
    pail_p256_free(key);
}

static void test_pem(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_p256 *key = NULL, *again = NULL;
    uint8_t x[2][PAIL_P256_LEN], y[2][PAIL_P256_LEN];
    struct pail_buf pem = PAIL_BUF_INIT(4096);
    assert_ok(pail_p256_generate(&key, &err), &err);
    assert_ok(pail_p256_to_pem(key, &pem, &err), &err);
    assert_true(pail_str_starts(pail_buf_view(&pem), PAIL_STR("-----BEGIN EC PRIVATE KEY-----\n")));
    assert_ok(pail_p256_from_pem(pail_buf_view(&pem), &again, &err), &err);
    assert_ok(pail_p256_public(key, x[0], y[0], &err), &err);
    assert_ok(pail_p256_public(again, x[1], y[1], &err), &err);
    assert_memory_equal(x[0], x[1], PAIL_P256_LEN);
    assert_memory_equal(y[0], y[1], PAIL_P256_LEN);
    pail_p256_free(key);
    pail_p256_free(again);
    pail_buf_done(&pem);
}

/* RSA, another curve, encrypted, cut short, not PEM. */
static const char *const refused[] = {
    "",
    "secret",
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n",
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIDaK/gGCFBLvYaPNxtfGhBJEp0u4M+gH9TNtT3xDQbQq\n"
    "-----END PRIVATE KEY-----\n",
};

static void test_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_p256 *key = NULL;
    uint8_t scalar[PAIL_P256_LEN] = {0};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(refused); i++) {
        assert_code(pail_p256_from_pem(pail_str(refused[i]), &key, &err), PAIL_E_PARSE);
        assert_null(strstr(err.message, "secret"));
    }
    assert_code(pail_p256_from_scalar(scalar, &key, &err), PAIL_E_INVALID);
    memset(scalar, 0xff, sizeof(scalar));
    assert_code(pail_p256_from_scalar(scalar, &key, &err), PAIL_E_INVALID);
    assert_null(key);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_p256 *key = NULL;
    struct pail_buf pem = PAIL_BUF_INIT(4096);
    int rc = pail_p256_generate(&key, err);
    if (rc == 0)
        rc = pail_p256_to_pem(key, &pem, err);
    pail_p256_free(key);
    pail_buf_done(&pem);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("p256", torture_body, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_public), cmocka_unit_test(test_verify_known),
               cmocka_unit_test(test_sign), cmocka_unit_test(test_pem),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_torture))
