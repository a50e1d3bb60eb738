/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rand.h"

#include "unit/test.h"

static unsigned char fixed_byte;

static void fixed(void *dst, size_t n)
{
    memset(dst, fixed_byte, n);
}

static uint64_t counter;

/* Weyl sequence: spread, and the same in every run. */
static void spread(void *dst, size_t n)
{
    counter += UINT64_C(0x9e3779b97f4a7c15);
    memcpy(dst, &counter, n);
}

static void test_system(void **state)
{
    unsigned char a[1000] = {0}, b[1000] = {0};
    pail_rand_bytes(a, sizeof(a));
    pail_rand_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_true(pail_rand_u64() != pail_rand_u64());
    pail_rand_bytes(NULL, 0);
}

static void test_below(void **state)
{
    unsigned seen[7] = {0};
    pail_rand_set_source(spread);
    for (int i = 0; i < 7000; i++)
        seen[pail_rand_below(7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 900, 1100);
    assert_int_equal(pail_rand_below(1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(pail_rand_below(UINT64_C(1) << 63 | 1) <= UINT64_C(1) << 63);
    pail_rand_set_source(NULL);
}

/* A source that always gives the rejected value must not hang. */
static void test_below_ends(void **state)
{
    pail_rand_set_source(fixed);
    fixed_byte = 0;
    assert_int_equal(pail_rand_below(3), 0);
    fixed_byte = 0xff;
    assert_int_equal(pail_rand_below(3), 2);
    pail_rand_set_source(NULL);
}

static void test_unit(void **state)
{
    pail_rand_set_source(fixed);
    fixed_byte = 0;
    assert_true(pail_rand_unit() == 0.0);
    fixed_byte = 0xff;
    assert_true(pail_rand_unit() < 1.0);
    assert_true(pail_rand_unit() > 0.999999);
    pail_rand_set_source(NULL);
}

static void test_uuid(void **state)
{
    char text[37];
    pail_rand_set_source(fixed);
    fixed_byte = 0xff;
    pail_rand_uuid(text);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    fixed_byte = 0;
    pail_rand_uuid(text);
    assert_string_equal(text, "00000000-0000-4000-8000-000000000000");
    pail_rand_set_source(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_system), cmocka_unit_test(test_below),
               cmocka_unit_test(test_below_ends), cmocka_unit_test(test_unit),
               cmocka_unit_test(test_uuid))
