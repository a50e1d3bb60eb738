/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "unit/test.h"

static int64_t fake_now;

static int64_t fake_mono(void)
{
    return fake_now;
}

static int64_t fake_wall(void)
{
    return fake_now + 5 * PAIL_NS_PER_S;
}

static const struct pail_clock_ops fake = {.mono_ns = fake_mono, .wall_ns = fake_wall};

static void test_system(void **state)
{
    int64_t a = pail_clock_mono_ns(), b = pail_clock_mono_ns();
    assert_true(b >= a);
    /* Between the years 2020 and 2200. */
    assert_true(pail_clock_wall_s() > INT64_C(1577836800));
    assert_true(pail_clock_wall_s() < INT64_C(7258118400));
}

static void test_replaced(void **state)
{
    pail_clock_set_ops(&fake);
    fake_now = 7;
    assert_int_equal(pail_clock_mono_ns(), 7);
    assert_int_equal(pail_clock_wall_s(), 5);
    assert_int_equal(pail_deadline_after_ns(3), 10);
    pail_clock_set_ops(NULL);
    assert_true(pail_clock_wall_s() > 5);
}

static void test_deadline_saturates(void **state)
{
    pail_clock_set_ops(&fake);
    fake_now = 100;
    assert_true(pail_deadline_after_ns(PAIL_NEVER) == PAIL_NEVER);
    assert_true(pail_deadline_after_ns(PAIL_NEVER - 100) == PAIL_NEVER);
    assert_true(pail_deadline_after_ns(PAIL_NEVER - 101) == PAIL_NEVER - 1);
    assert_int_equal(pail_deadline_after_ns(-30), 70);
    fake_now = -10;
    assert_true(pail_deadline_after_ns(INT64_MIN) == INT64_MIN);
    pail_clock_set_ops(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_system), cmocka_unit_test(test_replaced),
               cmocka_unit_test(test_deadline_saturates))
