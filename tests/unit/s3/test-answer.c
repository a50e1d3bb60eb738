/* SPDX-License-Identifier: Apache-2.0 */
/* Reading answers: times (against the general parser), fixed fields. */
#include "s3/answer.h"

#include "base/timefmt.h"
#include "unit/test.h"

static void test_times(void **state)
{
    static const char *const cases[] = {
        "1970-01-01T00:00:00.000Z",
        "2000-02-28T23:59:59.999Z",
        "2000-02-29T00:00:00Z",
        "2000-03-01T00:00:00.001Z",
        "2023-02-29T00:00:00Z",
        "2024-12-31T23:59:59Z",
        "2026-07-15T12:00:00.5Z",
        "2100-02-28T00:00:00Z",
        "2100-03-01T00:00:00.000Z",
        "1969-12-31T00:00:00.000Z",
        "2024-13-01T00:00:00.000Z",
        "2024-00-10T00:00:00.000Z",
        "2024-01-00T00:00:00.000Z",
        "2024-01-01T24:00:00.000Z",
        "2024-01-01T00:60:00.000Z",
        "2024-01-01T00:00:00.00xZ",
        "2024-01-01 00:00:00.000Z",
        "2024-01-01T00:00:00+00:00",
        "2024-06-15T10:20:30.000z",
        "",
        "x",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        int64_t a = -1, b = -1;
        int ra = pail_s3_parse_time(pail_str(cases[i]), &a, NULL);
        int rb = pail_time_parse_iso(pail_str(cases[i]), &b, NULL);
        if (ra != rb || a != b)
            fail_msg("%s: %d %lld, %d %lld", cases[i], ra, (long long)a, rb, (long long)b);
    }
    /* Every day of 130 years. */
    for (int64_t day = 0; day < 366 * 130; day++) {
        char text[PAIL_TIME_ISO_LEN];
        int64_t ns;
        pail_time_iso(day * 86400 + 4711, text);
        assert_ok(pail_s3_parse_time(pail_str(text), &ns, NULL), NULL);
        assert_int_equal(ns, (day * 86400 + 4711) * 1000000000);
    }
}

static void test_fields(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char to[8];

    assert_ok(pail_s3_copy_text("a thing", PAIL_STR("1234567"), to, sizeof(to), NULL), NULL);
    assert_string_equal(to, "1234567");
    assert_code(pail_s3_copy_text("a thing", PAIL_STR("12345678"), to, sizeof(to), &err),
                PAIL_E_GARBAGE);
    assert_string_equal(err.message, "a thing of 8 bytes");
    assert_string_equal(to, "1234567");
    assert_ok(pail_s3_copy_etag(PAIL_STR("abc"), to, sizeof(to), NULL), NULL);
    assert_string_equal(to, "\"abc\"");
    assert_ok(pail_s3_copy_etag(PAIL_STR("\"abc\""), to, sizeof(to), NULL), NULL);
    assert_string_equal(to, "\"abc\"");
    assert_ok(pail_s3_copy_etag(PAIL_STR(""), to, sizeof(to), NULL), NULL);
    assert_string_equal(to, "");
    assert_code(pail_s3_copy_etag(PAIL_STR("abcdef"), to, sizeof(to), NULL), PAIL_E_GARBAGE);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_times), cmocka_unit_test(test_fields))
