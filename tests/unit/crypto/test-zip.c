/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/zip.h"

#include "unit/test.h"

/* gzip of "hello\n", made by gzip(1). */
static const uint8_t hello_gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                   0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00,
                                   0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00};

static void test_gzip(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(100);
    struct pail_error err = PAIL_ERROR_INIT;
    char twice[2 * sizeof(hello_gz)];

    assert_ok(pail_unzip(pail_strn((const char *)hello_gz, sizeof(hello_gz)), "a.gz", &out, &err),
              &err);
    assert_str(pail_buf_view(&out), "hello\n");
    memcpy(twice, hello_gz, sizeof(hello_gz));
    memcpy(twice + sizeof(hello_gz), hello_gz, sizeof(hello_gz));
    assert_ok(pail_unzip(pail_strn(twice, sizeof(twice)), "a.gz", &out, &err), &err);
    assert_str(pail_buf_view(&out), "hello\nhello\nhello\n");
}

static void test_damaged(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t n = 0; n < sizeof(hello_gz); n++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(100);
        assert_code(pail_unzip(pail_strn((const char *)hello_gz, n), "a.gz", &out, &err),
                    PAIL_E_PARSE);
    }
    uint8_t bad[sizeof(hello_gz)];
    memcpy(bad, hello_gz, sizeof(bad));
    bad[sizeof(bad) - 6] ^= 1; /* the checksum */
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(100);
    assert_code(pail_unzip(pail_strn((const char *)bad, sizeof(bad)), "a.gz", &out, &err),
                PAIL_E_PARSE);
}

/* A bomb stops at the maximum; what fits exactly is fine. */
static void test_bound(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf big = PAIL_BUF_INIT(1 << 20), zipped = PAIL_BUF_INIT(1 << 20);
    memset(pail_buf_reserve(&big, 300000), 'x', 300000);
    pail_buf_added(&big, 300000);
    assert_ok(pail_zip(pail_buf_view(&big), &zipped, &err), &err);
    assert_true(zipped.len < 1000);

    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf small = PAIL_BUF_INIT(299999), fits = PAIL_BUF_INIT(300001);
    assert_code(pail_unzip(pail_buf_view(&zipped), "bomb", &small, &err), PAIL_E_TOO_BIG);
    assert_ok(pail_unzip(pail_buf_view(&zipped), "fits", &fits, &err), &err);
    assert_true(pail_str_eq(pail_buf_view(&fits), pail_buf_view(&big)));
}

static void test_empty(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf zipped = PAIL_BUF_INIT(100), out = PAIL_BUF_INIT(100);
    assert_ok(pail_zip(PAIL_STR(""), &zipped, &err), &err);
    assert_ok(pail_unzip(pail_buf_view(&zipped), "nothing", &out, &err), &err);
    assert_int_equal(out.len, 0);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_gzip), cmocka_unit_test(test_damaged),
               cmocka_unit_test(test_bound), cmocka_unit_test(test_empty))
