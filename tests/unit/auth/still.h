/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/still.h - a home of a test's own (home.h), and a clock that stands until the test moves
 * it.
 *
 *     still_begin/still_end as cmocka fixtures, or still_test(fn)
 *     still.now_s = STILL_START_S + 60;
 */
#ifndef PAIL_TESTS_UNIT_AUTH_STILL_H
#define PAIL_TESTS_UNIT_AUTH_STILL_H

#include "base/clock.h"
#include "unit/auth/home.h"

#define STILL_START_S INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static struct {
    int64_t now_s; /* since 1970, on both clocks: neither is ever negative */
} still;

static int64_t still_mono_ns(void)
{
    return still.now_s * PAIL_NS_PER_S;
}

static int64_t still_wall_ns(void)
{
    return still.now_s * PAIL_NS_PER_S;
}

PAIL_UNUSED static int still_begin(void **state)
{
    static const struct pail_clock_ops clock = {still_mono_ns, still_wall_ns};
    still.now_s = STILL_START_S;
    pail_clock_set_ops(&clock);
    return home_setup(state);
}

PAIL_UNUSED static int still_end(void **state)
{
    pail_clock_set_ops(NULL);
    return home_teardown(state);
}

#define still_test(fn) cmocka_unit_test_setup_teardown(fn, still_begin, still_end)

#endif
