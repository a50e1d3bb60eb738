/* SPDX-License-Identifier: Apache-2.0 */
#include "http/headers.h"

#include "unit/test.h"
#include "unit/torture.h"

static void add(struct pail_headers *h, const char *name, const char *value)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_headers_add(h, pail_str(name), pail_str(value), &err), &err);
}

/* The list as one text, "A=1;B=2;". */
static const char *text(const struct pail_headers *h)
{
    static char dst[512];
    size_t at = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < h->n; i++) {
        struct pail_header f = pail_headers_at(h, i);
        at += (size_t)snprintf(dst + at, sizeof(dst) - at, "%.*s=%.*s;", PAIL_STR_ARG(f.name),
                               PAIL_STR_ARG(f.value));
    }
    return dst;
}

static void test_order_and_case(void **state)
{
    struct pail_headers h;
    pail_headers_init(&h, 1024);
    assert_null(pail_headers_get(&h, "X").ptr);
    add(&h, "Content-Type", "text/plain");
    add(&h, "x-amz-date", "");
    add(&h, "X-AMZ-META-A", "1");
    add(&h, "x-amz-meta-a", "2");
    assert_string_equal(text(&h),
                        "Content-Type=text/plain;x-amz-date=;X-AMZ-META-A=1;x-amz-meta-a=2;");
    assert_str(pail_headers_get(&h, "content-TYPE"), "text/plain");
    assert_str(pail_headers_get(&h, "x-amz-meta-A"), "1");
    assert_non_null(pail_headers_get(&h, "X-Amz-Date").ptr);
    assert_int_equal(pail_headers_get(&h, "X-Amz-Date").len, 0);
    pail_headers_done(&h);
}

static void test_set_and_remove(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_headers h;
    pail_headers_init(&h, 1024);
    add(&h, "A", "1");
    add(&h, "B", "22");
    add(&h, "a", "333");
    add(&h, "C", "4444");
    assert_ok(pail_headers_set(&h, PAIL_STR("a"), PAIL_STR("new"), &err), &err);
    assert_string_equal(text(&h), "B=22;C=4444;a=new;");
    pail_headers_remove(&h, "b");
    assert_string_equal(text(&h), "C=4444;a=new;");
    pail_headers_remove(&h, "absent");
    pail_headers_remove(&h, "A");
    pail_headers_remove(&h, "c");
    assert_int_equal(h.n, 0);
    assert_int_equal(h.text.len, 0);
    pail_headers_done(&h);
}

/* Views of the list itself, while the list moves its memory. */
static void test_own_views(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_headers h;
    pail_headers_init(&h, 1 << 20);
    add(&h, "Long", "0123456789012345678901234567890123456789");
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof(name), "N%d", i);
        assert_ok(pail_headers_add(&h, pail_str(name), pail_headers_get(&h, "Long"), &err), &err);
    }
    for (int i = 0; i < 50; i++) {
        struct pail_header first = pail_headers_at(&h, 0);
        assert_ok(pail_headers_set(&h, first.name, pail_headers_get(&h, "N99"), &err), &err);
    }
    assert_int_equal(h.n, 101);
    for (size_t i = 0; i < h.n; i++)
        assert_str(pail_headers_at(&h, i).value, "0123456789012345678901234567890123456789");
    pail_headers_done(&h);
}

static void test_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_headers h;
    pail_headers_init(&h, 16);
    assert_code(pail_headers_add(&h, PAIL_STR("A"), PAIL_STR("1\r\nB: 2"), &err), PAIL_E_INVALID);
    assert_code(pail_headers_add(&h, PAIL_STR("A\n"), PAIL_STR("1"), &err), PAIL_E_INVALID);
    assert_code(pail_headers_add(&h, PAIL_STR("A"), PAIL_STR("1\0002"), &err), PAIL_E_INVALID);
    assert_code(pail_headers_add(&h, PAIL_STR("A:"), PAIL_STR("1"), &err), PAIL_E_INVALID);
    assert_code(pail_headers_add(&h, PAIL_STR(""), PAIL_STR("1"), &err), PAIL_E_INVALID);
    assert_int_equal(h.n, 0);

    add(&h, "Eight", "123");
    assert_code(pail_headers_add(&h, PAIL_STR("Seven"), PAIL_STR("1234"), &err), PAIL_E_TOO_BIG);
    assert_string_equal(text(&h), "Eight=123;");
    add(&h, "Seven", "123"); /* the bound is a bound, and a refusal does not stick */
    pail_headers_remove(&h, "Eight");
    add(&h, "Again", "123"); /* what went makes room */
    assert_string_equal(text(&h), "Seven=123;Again=123;");
    pail_headers_reset(&h);
    add(&h, "0123456789", "012345");
    pail_headers_done(&h);
    add(&h, "A", "usable again");
    pail_headers_done(&h);
}

static int fill(void *ud, struct pail_error *err)
{
    struct pail_headers h;
    int rc = 0;
    pail_headers_init(&h, 4096);
    for (int i = 0; i < 40 && rc == 0; i++) {
        size_t n = h.n;
        rc = pail_headers_set(&h, pail_str(i % 2 ? "name" : "other-name"),
                              PAIL_STR("a value of some length, so that memory is needed"), err);
        if (rc == 0)
            rc = pail_headers_add(&h, PAIL_STR("more"), PAIL_STR("values"), err);
        if (rc < 0) {
            /* Nothing half added, and the list works on. */
            assert_true(h.n == n || h.n == n + 1);
            pail_alloc_fail_at(0);
            assert_ok(pail_headers_add(&h, PAIL_STR("after"), PAIL_STR("it"), NULL), NULL);
            assert_str(pail_headers_get(&h, "after"), "it");
        }
    }
    pail_headers_done(&h);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("headers", fill, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order_and_case), cmocka_unit_test(test_set_and_remove),
               cmocka_unit_test(test_own_views), cmocka_unit_test(test_refused),
               cmocka_unit_test(test_torture))
