/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "unit/test.h"
#include "unit/torture.h"

static void test_append(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);
    assert_string_equal(pail_buf_cstr(&b), "");
    pail_buf_z(&b, "one");
    pail_buf_char(&b, ' ');
    pail_buf_str(&b, PAIL_STR("two"));
    pail_buf_str(&b, pail_strn(NULL, 0));
    pail_buf_fmt(&b, " %d", 3);
    pail_buf_append(&b, "\0x", 2);
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.ptr, "one two 3\0x", 12);
    assert_ok(pail_buf_check(&b, "text", NULL), NULL);
    pail_buf_truncate(&b, 3);
    pail_buf_truncate(&b, 100);
    assert_string_equal(pail_buf_cstr(&b), "one");
    assert_str(pail_buf_view(&b), "one");
}

static void test_u64(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
    pail_buf_u64(&b, 0);
    pail_buf_char(&b, ',');
    pail_buf_u64(&b, 1024);
    pail_buf_char(&b, ',');
    pail_buf_u64(&b, UINT64_MAX);
    assert_string_equal(pail_buf_cstr(&b), "0,1024,18446744073709551615");
}

static void test_long_format(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    for (int n = 250; n < 260; n++) {
        pail_buf_reset(&b);
        pail_buf_fmt(&b, "<%*d>", n, 7);
        assert_int_equal(b.len, (size_t)n + 2);
        assert_int_equal(b.ptr[n], '7');
        assert_string_equal(b.ptr + n + 1, ">");
    }
}

static void test_maximum(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10);
    pail_buf_z(&b, "0123456789");
    assert_ok(pail_buf_check(&b, "text", &err), &err);
    pail_buf_char(&b, 'x');
    pail_buf_z(&b, "");
    assert_code(pail_buf_check(&b, "text", &err), PAIL_E_TOO_BIG);
    assert_string_equal(err.message, "text: more than 10 bytes");
    assert_string_equal(pail_buf_cstr(&b), "0123456789");
    /* Sticky, also after room was made, until reset. */
    pail_buf_truncate(&b, 2);
    pail_buf_char(&b, 'x');
    assert_string_equal(pail_buf_cstr(&b), "01");
    assert_null(pail_buf_take(&b, NULL));
    pail_buf_reset(&b);
    pail_buf_char(&b, 'x');
    assert_string_equal(pail_buf_cstr(&b), "x");
    assert_ok(pail_buf_check(&b, "text", &err), &err);
}

static void test_format_beyond_maximum(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(300);
    pail_buf_fmt(&b, "%301d", 1);
    assert_code(pail_buf_check(&b, "text", NULL), PAIL_E_TOO_BIG);
    pail_buf_reset(&b);
    pail_buf_fmt(&b, "%300d", 1);
    assert_ok(pail_buf_check(&b, "text", NULL), NULL);
}

static void test_no_maximum(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(SIZE_MAX);
    pail_buf_z(&b, "x");
    assert_null(pail_buf_reserve(&b, SIZE_MAX - 1));
    assert_code(pail_buf_check(&b, "text", NULL), PAIL_E_NOMEM);
    pail_buf_done(&b);
    assert_null(pail_buf_reserve(&b, SIZE_MAX));
    assert_code(pail_buf_check(&b, "text", NULL), PAIL_E_NOMEM);
}

static void test_own_content(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 20);
    pail_buf_z(&b, "abc");
    for (int i = 0; i < 12; i++)
        pail_buf_str(&b, pail_buf_view(&b));
    assert_int_equal(b.len, 3 << 12);
    for (size_t i = 0; i < b.len; i++)
        assert_int_equal(b.ptr[i], "abc"[i % 3]);
}

static void test_reserve(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);
    char *p = pail_buf_reserve(&b, 500);
    assert_non_null(p);
    memset(p, 'r', 500);
    pail_buf_added(&b, 20);
    assert_int_equal(strlen(pail_buf_cstr(&b)), 20);
    assert_null(pail_buf_reserve(&b, 981));
    pail_buf_added(&b, 5);
    assert_int_equal(b.len, 20);
}

static void test_take(void **state)
{
    struct pail_buf b = PAIL_BUF_INIT(1000);
    size_t len = 99;
    char *empty = pail_buf_take(&b, &len);
    assert_string_equal(empty, "");
    assert_int_equal(len, 0);
    pail_free(empty);
    pail_buf_z(&b, "text");
    char *text = pail_buf_take(&b, &len);
    assert_string_equal(text, "text");
    assert_int_equal(len, 4);
    pail_free(text);
    assert_int_equal(b.len, 0);
    pail_buf_done(&b);
}

static int fill(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 20);
    for (int i = 0; i < 300; i++)
        pail_buf_fmt(&b, "%d %s", i, "some text to make it grow");
    pail_buf_fmt(&b, "%5000d", 1);
    int rc = pail_buf_check(&b, "text", err);
    if (rc < 0)
        return rc;
    char *text = pail_buf_take(&b, NULL);
    assert_non_null(text);
    pail_free(text);
    return 0;
}

static void test_torture(void **state)
{
    pail_torture("buf", fill, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_append), cmocka_unit_test(test_u64),
               cmocka_unit_test(test_long_format), cmocka_unit_test(test_maximum),
               cmocka_unit_test(test_format_beyond_maximum), cmocka_unit_test(test_no_maximum),
               cmocka_unit_test(test_own_content), cmocka_unit_test(test_reserve),
               cmocka_unit_test(test_take), cmocka_unit_test(test_torture))
