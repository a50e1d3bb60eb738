/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/rand.h"

#include "unit/test.h"
#include "unit/torture.h"

#define N 3000

static char values[N]; /* only their addresses matter */

static struct pail_str key_of(int i, char *buf, size_t size)
{
    return pail_strn(buf, (size_t)snprintf(buf, size, "some/prefix/%d", i));
}

static void test_put_get_remove(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *m = NULL;
    char buf[64];
    void *old = &old;

    assert_ok(pail_map_new(&m, &err), &err);
    assert_null(pail_map_get(m, PAIL_STR("x")));
    assert_null(pail_map_remove(m, PAIL_STR("x")));
    for (int i = 0; i < N; i++)
        assert_ok(pail_map_put(m, key_of(i, buf, sizeof(buf)), &values[i], &old, &err), &err);
    assert_null(old);
    assert_int_equal(pail_map_len(m), N);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(pail_map_get(m, key_of(i, buf, sizeof(buf))), &values[i]);
    assert_null(pail_map_get(m, PAIL_STR("some/prefix/")));

    assert_ok(pail_map_put(m, PAIL_STR("some/prefix/5"), &values[6], &old, &err), &err);
    assert_ptr_equal(old, &values[5]);
    assert_int_equal(pail_map_len(m), N);
    assert_ptr_equal(pail_map_remove(m, PAIL_STR("some/prefix/5")), &values[6]);
    assert_null(pail_map_remove(m, PAIL_STR("some/prefix/5")));
    assert_null(pail_map_get(m, PAIL_STR("some/prefix/5")));
    assert_int_equal(pail_map_len(m), N - 1);
}

static void test_strange_keys(void **state)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *m = NULL;
    static const char zeros[40];
    char text[40];
    assert_ok(pail_map_new(&m, NULL), NULL);
    /* Same bytes, different lengths; the empty key; keys copied. */
    for (size_t n = 0; n < sizeof(zeros); n++)
        assert_ok(pail_map_put(m, pail_strn(zeros, n), &values[n], NULL, NULL), NULL);
    for (size_t n = 0; n < sizeof(zeros); n++)
        assert_ptr_equal(pail_map_get(m, pail_strn(zeros, n)), &values[n]);
    assert_ptr_equal(pail_map_get(m, pail_strn(NULL, 0)), &values[0]);
    memcpy(text, "copied", 7);
    assert_ok(pail_map_put(m, pail_str(text), &values[99], NULL, NULL), NULL);
    memset(text, 'z', sizeof(text));
    assert_ptr_equal(pail_map_get(m, PAIL_STR("copied")), &values[99]);
}

/* Against a plain array: any sequence of calls, and order of insertion among what lives. */
static void test_model(void **state)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *m = NULL;
    char *present[64] = {0}, buf[64];
    uint64_t born[64] = {0}, clock = 0, lcg = 7;
    assert_ok(pail_map_new(&m, NULL), NULL);
    for (int round = 0; round < 40000; round++) {
        lcg = lcg * UINT64_C(6364136223846793005) + 1442695040888963407;
        int i = (int)(lcg >> 40) % 64, what = (int)(lcg >> 50) % 3;
        struct pail_str key = key_of(i, buf, sizeof(buf));
        if (what == 0) {
            void *old = NULL;
            assert_ok(pail_map_put(m, key, &values[round % N], &old, NULL), NULL);
            assert_ptr_equal(old, present[i]);
            if (!present[i])
                born[i] = ++clock;
            present[i] = &values[round % N];
        } else if (what == 1) {
            assert_ptr_equal(pail_map_remove(m, key), present[i]);
            present[i] = NULL;
        } else {
            assert_ptr_equal(pail_map_get(m, key), present[i]);
        }
        if (round % 100)
            continue;
        size_t n = 0;
        uint64_t before = 0;
        void *value;
        for (size_t it = 0; pail_map_next(m, &it, &key, &value); n++) {
            uint64_t k = 0;
            assert_true(pail_str_to_u64(pail_str_from(key, strlen("some/prefix/")), &k));
            assert_ptr_equal(value, present[k]);
            assert_true(born[k] > before);
            before = born[k];
        }
        assert_int_equal(n, pail_map_len(m));
    }
}

static void test_remove_while_walking(void **state)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *m = NULL;
    char buf[64];
    struct pail_str key;
    void *value;
    int i = 0;
    assert_ok(pail_map_new(&m, NULL), NULL);
    for (i = 0; i < 1000; i++)
        assert_ok(pail_map_put(m, key_of(i, buf, sizeof(buf)), &values[i], NULL, NULL), NULL);
    i = 0;
    for (size_t it = 0; pail_map_next(m, &it, &key, &value); i++) {
        assert_ptr_equal(value, &values[i]);
        if (i % 3)
            pail_map_remove(m, key);
    }
    assert_int_equal(i, 1000);
    assert_int_equal(pail_map_len(m), 334);
    i = 0;
    for (size_t it = 0; pail_map_next(m, &it, NULL, &value); i += 3)
        assert_ptr_equal(value, &values[i]);
    for (size_t it = 0; pail_map_next(m, &it, &key, NULL);)
        pail_map_remove(m, key);
    assert_int_equal(pail_map_len(m), 0);
    assert_ok(pail_map_put(m, PAIL_STR("again"), &values[0], NULL, NULL), NULL);
    assert_int_equal(pail_map_len(m), 1);
}

static unsigned char seed_byte;

static void seed(void *dst, size_t n)
{
    memset(dst, seed_byte, n);
}

/* Walks are the same whatever the seed; even the weakest seed finds everything. */
static void test_order_does_not_depend_on_the_seed(void **state)
{
    pail_rand_set_source(seed);
    for (int s = 0; s < 3; s++) {
        seed_byte = (unsigned char)(s * 0x55);
        struct pail_u64map *m = NULL;
        uint64_t key;
        assert_ok(pail_u64map_new(&m, NULL), NULL);
        for (uint64_t i = 0; i < 200; i++)
            assert_ok(pail_u64map_put(m, i * 4096, &values[i], NULL, NULL), NULL);
        for (uint64_t i = 0; i < 200; i += 2)
            assert_ptr_equal(pail_u64map_remove(m, i * 4096), &values[i]);
        for (uint64_t i = 0; i < 200; i += 2)
            assert_ok(pail_u64map_put(m, i * 4096, &values[i], NULL, NULL), NULL);
        uint64_t expected = 1;
        for (size_t it = 0; pail_u64map_next(m, &it, &key, NULL); expected += 2) {
            if (expected == 201)
                expected = 0;
            assert_int_equal(key, expected * 4096);
        }
        pail_u64map_free(m);
    }
    pail_rand_set_source(NULL);
}

static void test_numbers(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_u64map *m = NULL;
    void *old = NULL;
    assert_ok(pail_u64map_new(&m, &err), &err);
    assert_null(pail_u64map_get(m, 0));
    assert_ok(pail_u64map_put(m, 0, &values[1], NULL, &err), &err);
    assert_ok(pail_u64map_put(m, UINT64_MAX, &values[2], NULL, &err), &err);
    assert_ok(pail_u64map_put(m, 0, &values[3], &old, &err), &err);
    assert_ptr_equal(old, &values[1]);
    assert_ptr_equal(pail_u64map_get(m, UINT64_MAX), &values[2]);
    assert_ptr_equal(pail_u64map_remove(m, 0), &values[3]);
    assert_int_equal(pail_u64map_len(m), 1);
    pail_u64map_free(m);
    pail_u64map_free(NULL);
    pail_map_free(NULL);
}

/* A queue: the map stays small however much goes through it. */
static void test_churn_stays_small(void **state)
{
    struct pail_u64map *m = NULL;
    assert_ok(pail_u64map_new(&m, NULL), NULL);
    for (uint64_t i = 0; i < 5; i++)
        assert_ok(pail_u64map_put(m, i, &values[0], NULL, NULL), NULL);
    uint64_t count = pail_alloc_count();
    for (uint64_t i = 5; i < 8005; i++) {
        assert_ok(pail_u64map_put(m, i, &values[0], NULL, NULL), NULL);
        assert_ptr_equal(pail_u64map_remove(m, i - 5), &values[0]);
    }
    assert_int_equal(pail_u64map_len(m), 5);
    assert_true(pail_alloc_count() - count < 8000);
    pail_u64map_free(m);
}

static int fill(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *m = NULL;
    char buf[64];
    int rc = pail_map_new(&m, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < 60; i++) {
        rc = pail_map_put(m, key_of(i, buf, sizeof(buf)), &values[i], NULL, err);
        if (rc < 0) {
            /* What was there is there still. */
            assert_int_equal(pail_map_len(m), i);
            for (int k = 0; k < i; k++)
                assert_ptr_equal(pail_map_get(m, key_of(k, buf, sizeof(buf))), &values[k]);
            return rc;
        }
    }
    return 0;
}

static void test_torture(void **state)
{
    pail_torture("map", fill, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_put_get_remove), cmocka_unit_test(test_strange_keys),
               cmocka_unit_test(test_model), cmocka_unit_test(test_remove_while_walking),
               cmocka_unit_test(test_order_does_not_depend_on_the_seed),
               cmocka_unit_test(test_numbers), cmocka_unit_test(test_churn_stays_small),
               cmocka_unit_test(test_torture))
