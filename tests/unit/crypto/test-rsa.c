/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa.h"

#include "base/hex.h"
#include "unit/test.h"

/* A key made for this test with OpenSSL, and what its command made of "secret" and "text". */
static const char pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
                          "MIICWwIBAAKBgQCZezOrqJ3ugXmKSECkU8FDsY4HsE5uK/uAX8O5QatBm9f9xVbV\n"
                          "T044wm4nCA8L7E9r9JPvgPe3EvTy9HjPOrklYJrZSBm7EC7VyiVa7vQt78Dcq5HP\n"
                          "/Bupq3P4ZplUXGqQJhuNUtjvFAkwQaRkQI9QCCVGwHY8dGK9oktRBvlU6wIDAQAB\n"
                          "AoGAId0pHWrqzcELjBM9EATa05DNgazI4U4bA8wdZzayDpvQIFH2QsJow+VCYKJK\n"
                          "j5roOy2PpnySK3anTSPbs/2E8/7KiOvEsABBU8q4e3UgPa8yHF5UXSpZjxblUTJd\n"
                          "3Me/huojLQY+iLks9cPO3T/BzkOiaLqeBKHKiBTZW7MgPaECQQDKpXZpq+vq+VS/\n"
                          "0gp6AuICQEQgTZ360M/FyI+IPAcDN7Dq59GuJlkf2RowG4lO2cGxXUozz0lJJAEx\n"
                          "AD1yDLn1AkEAweP4dl8ngdAYO1NGlbxY5aU3KgXi2wDky3Xe/tCbE3CBcPw6YQFZ\n"
                          "+lGr+PNF5puZ/4YfBMdBWmxhGc9Z5LwnXwJASOfCdD4QAFd3cBOHBWJoIVsxp1WF\n"
                          "UqkxNvzy9pZyB2xP0BNa0oalZdnbnBcsDRw2nTLs8TrQKOo1K4XklVWSyQJAFQRh\n"
                          "KnOmFKw59DRSsmh4OmxuTl/U92hhZKyiP3zdUn4fid/NdDZxSnEP8yxrp1O2nbws\n"
                          "IJh4vRSCcgnH9MNwgQJAEuTjXaqA2yb9s+4AsobX6P0KTo1z3LnQcSYfch+XsKYz\n"
                          "GwHd2VPsusd3orl+uIz3Ah6yklA8CgVQFUcuLTBKBA==\n"
                          "-----END RSA PRIVATE KEY-----\n";
static const char public_der[] =
    "30818902818100997b33aba89dee81798a4840a453c143b18e07b04e6e2bfb805fc3b941"
    "ab419bd7fdc556d54f4e38c26e27080f0bec4f6bf493ef80f7b712f4f2f478cf3ab92560"
    "9ad94819bb102ed5ca255aeef42defc0dcab91cffc1ba9ab73f86699545c6a90261b8d52"
    "d8ef14093041a464408f50082546c0763c7462bda24b5106f954eb0203010001";
static const char encrypted[] =
    "2d8caa551321b81eac3ed9d610256db6e5d786c0934b2cff20647c6da794159bfdb3865a"
    "de3a971c654b5b3d003ebf343573743bd214bcbf8fc2bbab89b369c0a45ac6e9c1091ca3"
    "89f9c888903431ff53703fc46db2d58f97687f2bebddb1458ef8c2922da39f31aa6c0073"
    "cbdd60be044d7367906b3b56e99a118bc03dedbf";
static const char sha1_signature[] =
    "480e3f734a8bf6043c0eaa745e21894609bf11f76ebd4607e29ed361d84b96b38ca99b5a"
    "7b1a6b33892399d060faab090d83ed6a218d8b7d2cb2dbe3a79d24d7505feee41444e917"
    "6ddb3170afdada96c007c6dbe7153f5c19d6e90a43b7f3e62ab7d872dad1399bb91081cf"
    "750cdd583d760dc19c8e0137aa2e27da1ea488cc";

static struct pail_bytes bytes(const char *hex, uint8_t to[256])
{
    size_t n = strlen(hex) / 2;
    assert_true(n <= 256 && pail_hex_decode(pail_str(hex), to, n));
    return (struct pail_bytes){to, n};
}

static struct pail_rsa *known_key(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_rsa *key = NULL;
    assert_ok(pail_rsa_from_pem(PAIL_STR(pem), &key, &err), &err);
    return key;
}

static void test_decrypt(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf to = PAIL_BUF_INIT(1 << 10);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_rsa *key = known_key();
    uint8_t room[256];
    struct pail_bytes data = bytes(encrypted, room);
    assert_ok(pail_rsa_decrypt(key, data, &to, &err), &err);
    assert_string_equal(pail_buf_cstr(&to), "secret");
    data.len--;
    assert_int_equal(pail_rsa_decrypt(key, data, &to, &err), PAIL_E_INVALID);
    pail_rsa_free(key);
    pail_rsa_free(NULL);
}

static void test_sign(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf to = PAIL_BUF_INIT(1 << 10);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_rsa *key = known_key(), *public_key = NULL;
    uint8_t room[256], der[256];
    struct pail_bytes expected = bytes(sha1_signature, room), text = {"text", 4};
    assert_ok(pail_rsa_sign(key, PAIL_SHA1, text, &to, &err), &err);
    assert_int_equal(to.len, expected.len);
    assert_memory_equal(to.ptr, expected.ptr, to.len);
    assert_ok(pail_rsa_from_public_der(bytes(public_der, der), &public_key, &err), &err);
    assert_true(pail_rsa_verify(public_key, PAIL_SHA1, text, expected));
    assert_false(pail_rsa_verify(public_key, PAIL_SHA256, text, expected));
    assert_false(pail_rsa_verify(public_key, PAIL_SHA1, (struct pail_bytes){"texT", 4}, expected));
    assert_false(pail_rsa_verify(public_key, PAIL_SHA1, text, (struct pail_bytes){"x", 1}));
    pail_rsa_free(public_key);
    pail_rsa_free(key);
}

static void test_no_key(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_rsa *key = NULL;
    assert_int_equal(pail_rsa_from_pem(PAIL_STR("secret"), &key, &err), PAIL_E_PARSE);
    assert_null(strstr(err.message, "secret"));
    assert_int_equal(pail_rsa_from_pem(PAIL_STR(""), &key, &err), PAIL_E_PARSE);
    assert_int_equal(pail_rsa_from_public_der((struct pail_bytes){"x", 1}, &key, &err),
                     PAIL_E_PARSE);
    assert_int_equal(pail_rsa_from_public_der((struct pail_bytes){NULL, 0}, &key, &err),
                     PAIL_E_PARSE);
    assert_null(key);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_decrypt), cmocka_unit_test(test_sign),
               cmocka_unit_test(test_no_key))
