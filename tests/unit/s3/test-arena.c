/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/arena.h"

#include "base/uri.h"
#include "unit/test.h"

static void test_unurl(void **state)
{
    static const char *const cases[] = {"",   "plain", "a+b",  "a%20b",     "%2F%2f",
                                        "%",  "%4",    "%zz",  "%4z",       "%%41",
                                        "a%", "%41%",  "%00x", "%C3%A4+%2B"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_s3_arena a;
        struct pail_buf expected = PAIL_BUF_INIT(100);
        assert_ok(pail_s3_arena_init(&a, 100, NULL), NULL);
        struct pail_str s = pail_s3_arena_add(&a, pail_str(cases[i]));
        pail_s3_arena_unurl(&s);
        pail_uri_decode(&expected, pail_str(cases[i]), true); /* must agree */
        assert_int_equal(s.len, expected.len);
        assert_memory_equal(s.ptr, pail_buf_cstr(&expected), s.len);
        pail_buf_done(&expected);
        pail_s3_arena_done(&a);
    }
}

static void test_etag(void **state)
{
    struct pail_s3_arena a;

    assert_ok(pail_s3_arena_init(&a, 100, NULL), NULL);
    assert_str(pail_s3_arena_etag(&a, PAIL_STR("abc")), "\"abc\"");
    assert_str(pail_s3_arena_etag(&a, PAIL_STR("\"abc\"")), "\"abc\"");
    assert_str(pail_s3_arena_etag(&a, PAIL_STR("W/\"abc\"")), "W/\"abc\"");
    assert_str(pail_s3_arena_etag(&a, PAIL_STR("")), "");
    pail_s3_arena_done(&a);
}

static void test_full(void **state)
{
    struct pail_s3_arena a;

    assert_ok(pail_s3_arena_init(&a, 4, NULL), NULL);
    struct pail_str s = pail_s3_arena_add(&a, PAIL_STR("123"));
    assert_str(pail_s3_arena_etag(&a, PAIL_STR("x")), "");
    assert_true(a.full);
    assert_str(s, "123");
    pail_s3_arena_done(&a);
    pail_s3_arena_done(&a);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_unurl), cmocka_unit_test(test_etag),
               cmocka_unit_test(test_full))
