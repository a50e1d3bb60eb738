/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include "unit/test.h"

static void test_live_count_is_exact(void **state)
{
    uint64_t live = pail_alloc_live();
    bool counted;
    void *p = pail_alloc(10);
    counted = pail_alloc_live() == live + 1;
    if (!counted) {
        pail_free(p);
        skip();
    }
    p = pail_realloc(p, 1000);
    assert_int_equal(pail_alloc_live(), live + 1);
    void *q = pail_realloc(NULL, 5);
    assert_int_equal(pail_alloc_live(), live + 2);
    char *z = pail_strdup("text"), *v = pail_strndup(pail_strn("text", 2));
    void *a = pail_alloc_aligned(4096, 100), *c = pail_calloc(3, 7);
    assert_int_equal(pail_alloc_live(), live + 6);
    assert_string_equal(v, "te");
    pail_free(NULL);
    assert_int_equal(pail_alloc_live(), live + 6);
    pail_free(p);
    pail_free(q);
    pail_free(z);
    pail_free(v);
    pail_free(a);
    pail_free(c);
    assert_int_equal(pail_alloc_live(), live);
}

static void test_nth_fails_once(void **state)
{
    uint64_t before = pail_alloc_count();
    pail_alloc_fail_at(2);
    PAIL_AUTOFREE void *a = pail_alloc(1);
    PAIL_AUTOFREE void *b = pail_zalloc(1);
    PAIL_AUTOFREE void *c = pail_alloc(1);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    assert_int_equal(pail_alloc_count(), before + 3);

    pail_alloc_fail_at(1);
    pail_alloc_fail_at(0);
    PAIL_AUTOFREE void *d = pail_alloc(1);
    assert_non_null(d);
}

static void test_failed_realloc_keeps_the_old(void **state)
{
    PAIL_AUTOFREE char *p = pail_strdup("kept");
    pail_alloc_fail_at(1);
    assert_null(pail_realloc(p, 100));
    assert_string_equal(p, "kept");
    assert_null(pail_reallocarray(p, SIZE_MAX / 2, 3));
    assert_string_equal(p, "kept");
}

static void test_sizes(void **state)
{
    PAIL_AUTOFREE void *none = pail_alloc(0);
    assert_non_null(none);
    assert_null(pail_alloc(SIZE_MAX));
    assert_null(pail_zalloc((size_t)PTRDIFF_MAX + 1));
    assert_null(pail_calloc(SIZE_MAX / 2, 4));
    assert_null(pail_alloc_aligned(64, SIZE_MAX));
    PAIL_AUTOFREE unsigned char *zeros = pail_calloc(4, 4);
    for (int i = 0; i < 16; i++)
        assert_int_equal(zeros[i], 0);
}

static void test_aligned(void **state)
{
    for (size_t align = 1; align <= 8192; align *= 2) {
        PAIL_AUTOFREE unsigned char *p = pail_alloc_aligned(align, 100);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % align, 0);
        memset(p, 1, 100);
    }
}

static void test_large(void **state)
{
    PAIL_AUTOFREE unsigned char *p = pail_alloc_large(2 * PAIL_LARGE_PAGE);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % PAIL_LARGE_PAGE, 0);
    p[0] = p[2 * PAIL_LARGE_PAGE - 1] = 1;
    pail_alloc_fail_at(1);
    assert_null(pail_alloc_large(PAIL_LARGE_PAGE));
}

PAIL_TEST_MAIN(cmocka_unit_test(test_live_count_is_exact), cmocka_unit_test(test_nth_fails_once),
               cmocka_unit_test(test_failed_realloc_keeps_the_old), cmocka_unit_test(test_sizes),
               cmocka_unit_test(test_aligned), cmocka_unit_test(test_large))
