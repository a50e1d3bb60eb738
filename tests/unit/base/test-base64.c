/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "unit/test.h"

/* RFC 4648 section 10, and the digits in which the alphabets differ. */
static const struct {
    const char *plain, *standard, *url;
} pairs[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/", "-_-_"},
};

static void test_vectors(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
        pail_buf_z(&b, "<");
        pail_base64_encode(&b, pairs[i].plain, strlen(pairs[i].plain));
        assert_str(pail_str_from(pail_buf_view(&b), 1), pairs[i].standard);
        pail_buf_truncate(&b, 1);
        pail_base64url_encode(&b, pairs[i].plain, strlen(pairs[i].plain));
        assert_str(pail_str_from(pail_buf_view(&b), 1), pairs[i].url);
        pail_buf_truncate(&b, 1);
        assert_ok(pail_base64_decode(&b, pail_str(pairs[i].standard), &err), &err);
        assert_str(pail_str_from(pail_buf_view(&b), 1), pairs[i].plain);
        pail_buf_truncate(&b, 1);
        assert_ok(pail_base64url_decode(&b, pail_str(pairs[i].url), &err), &err);
        assert_str(pail_str_from(pail_buf_view(&b), 1), pairs[i].plain);
    }
}

static void test_round_trip(void **state)
{
    uint8_t bytes[256];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1000);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf back = PAIL_BUF_INIT(1000);
        pail_base64_encode(&text, bytes, n);
        assert_ok(pail_base64_decode(&back, pail_buf_view(&text), NULL), NULL);
        assert_int_equal(back.len, n);
        assert_memory_equal(back.ptr, bytes, n);
    }
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "Z",     "Zg",   "Zg=",  "Zg===", "=",        "====",     "Z===",       "Zm9v=", "Zm9v\n",
        " Zm9v", "Zh==", "Zm9=", "Zm-_",  "Zg==Zm9v", "Zm9vZ===", "Zm\xc3\xa4", "Z=g="};
    static const char *const bad_url[] = {"Z",   "Zg=",    "Zm9v=", "Zm+/", "Zh",
                                          "Zm9", "Zm9v Z", "=",     "Zm9vZ"};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
    struct pail_error err = PAIL_ERROR_INIT;

    pail_buf_z(&b, "kept");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_base64_decode(&b, pail_str(bad[i]), &err), PAIL_E_PARSE);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad_url); i++)
        assert_code(pail_base64url_decode(&b, pail_str(bad_url[i]), &err), PAIL_E_PARSE);
    assert_str(pail_buf_view(&b), "kept");
}

static void test_bounds(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(3);

    assert_code(pail_base64_decode(&b, PAIL_STR("Zm9vYg=="), NULL), PAIL_E_TOO_BIG);
    pail_buf_reset(&b);
    pail_base64_encode(&b, "abc", 3);
    assert_int_equal(b.failed, PAIL_BUF_TOO_BIG);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_vectors), cmocka_unit_test(test_round_trip),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_bounds))
