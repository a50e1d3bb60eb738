/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and times on the command line. */
#include "unit/test.h"

#include "base/clock.h"
#include "tools/lib/opt.h"

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"0", 0},
        {"17", 17},
        {"1K", 1024},
        {"1k", 1024},
        {"512M", UINT64_C(512) << 20},
        {"512MB", UINT64_C(512) << 20},
        {"512MiB", UINT64_C(512) << 20},
        {"3g", UINT64_C(3) << 30},
        {"5T", UINT64_C(5) << 40},
        {"2P", UINT64_C(2) << 50},
        {"100B", 100},
        {"16383P", UINT64_C(16383) << 50},
        {"18446744073709551615", UINT64_MAX},
    };
    static const char *const bad[] = {"",
                                      " ",
                                      "K",
                                      "B",
                                      "iB",
                                      "1.5G",
                                      "-1",
                                      "+1",
                                      "1 K",
                                      "1KK",
                                      "1Q",
                                      "x",
                                      "0x10",
                                      "1K ",
                                      "1e3",
                                      "16384P",
                                      "18446744073709551616",
                                      "18446744073709551615K"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        uint64_t n = 1;
        assert_true(pail_opt_size(pail_str(good[i].text), &n));
        assert_int_equal(n, good[i].bytes);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        uint64_t n = 77;
        if (pail_opt_size(pail_str(bad[i]), &n))
            fail_msg("\"%s\" taken for %llu", bad[i], (unsigned long long)n);
        assert_int_equal(n, 77);
    }
    uint64_t n = 0;
    assert_false(pail_opt_size(PAIL_STR("1\0"), &n)); /* the NUL is part of the view */
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0", 0},
        {"60", 60 * PAIL_NS_PER_S},
        {"60s", 60 * PAIL_NS_PER_S},
        {"1.5", 1500 * PAIL_NS_PER_MS},
        {".5", 500 * PAIL_NS_PER_MS},
        {"0.1", 100 * PAIL_NS_PER_MS},
        {"0.7", 700 * PAIL_NS_PER_MS},
        {"0.000001", 1000},
        {"5.", 5 * PAIL_NS_PER_S},
        {"250ms", 250 * PAIL_NS_PER_MS},
        {"0.5ms", 500000},
        {"10m", 600 * PAIL_NS_PER_S},
        {"1.5h", 5400 * PAIL_NS_PER_S},
        {"2d", 172800 * PAIL_NS_PER_S},
        {"9223372035", INT64_C(9223372035) * PAIL_NS_PER_S},
    };
    static const char *const bad[] = {
        "",     ".",   "s",   "ms",         "-1",      "1.2.3",
        "1..2", "1 s", "1x",  "0.1234567",  "1.-5",    "h1",
        "1.5x", "inf", "1e3", "9223372037", "200000d", "99999999999999999999"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        int64_t ns = -1;
        assert_true(pail_opt_duration(pail_str(good[i].text), &ns));
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        int64_t ns = -77;
        if (pail_opt_duration(pail_str(bad[i]), &ns))
            fail_msg("\"%s\" taken for %lld ns", bad[i], (long long)ns);
        assert_int_equal(ns, -77);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_sizes), cmocka_unit_test(test_durations))
