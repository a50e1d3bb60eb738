/* SPDX-License-Identifier: Apache-2.0 */
#include "base/once.h"

#include "unit/test.h"

static int calls;

static void count(void)
{
    calls++;
}

static void test_once(void **state)
{
    struct pail_once first = {0}, second = {0};

    for (int i = 0; i < 3; i++)
        pail_once_run(&first, count);
    assert_int_equal(calls, 1);
    pail_once_run(&second, count);
    assert_int_equal(calls, 2);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_once))
