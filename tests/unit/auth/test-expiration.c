/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/expiration.h"

#include "unit/test.h"

static void assert_time(const char *text, int64_t expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int64_t got;
    assert_ok(pail_expiration_parse(pail_str(text), &got, &err), &err);
    assert_int_equal(got, expected);
}

static void test_times(void **state)
{
    assert_time("2013-05-24T00:00:00Z", 1369353600);
    assert_time("2013-05-24T02:00:00.5+02:00", 1369353600);
    assert_time("2261-12-31T23:59:59Z", INT64_C(9214646399));
    assert_time("2262-12-31T23:59:59Z", INT64_C(9214646399));
    assert_time("9999-12-31T23:59:59Z", INT64_C(9214646399));
    assert_time("2264-02-29T00:00:00Z", INT64_C(9188121600)); /* 28 February 2261 */
}

static void test_no_times(void **state)
{
    static const char *const bad[] = {"", "9999", "never", "9999-13-01T00:00:00Z",
                                      "9999-12-31T23:59:59"};
    int64_t got = 7;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_expiration_parse(pail_str(bad[i]), &got, NULL), PAIL_E_PARSE);
    assert_int_equal(got, 7);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_times), cmocka_unit_test(test_no_times))
