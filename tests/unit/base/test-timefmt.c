/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timefmt.h"

#include "unit/test.h"

#define NS INT64_C(1000000000)

static const struct {
    int64_t unix_s;
    const char *amz, *iso, *http;
} moments[] = {
    {0, "19700101T000000Z", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, "19691231T235959Z", "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
    {1440938160, "20150830T123600Z", "2015-08-30T12:36:00Z", "Sun, 30 Aug 2015 12:36:00 GMT"},
    {1445412480, "20151021T072800Z", "2015-10-21T07:28:00Z", "Wed, 21 Oct 2015 07:28:00 GMT"},
    {951782400, "20000229T000000Z", "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
    {951868799, "20000229T235959Z", "2000-02-29T23:59:59Z", "Tue, 29 Feb 2000 23:59:59 GMT"},
    {4107542400, "21000301T000000Z", "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"},
    {INT64_C(-62167219200), "00000101T000000Z", "0000-01-01T00:00:00Z",
     "Sat, 01 Jan 0000 00:00:00 GMT"},
    {INT64_C(253402300799), "99991231T235959Z", "9999-12-31T23:59:59Z",
     "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void test_write(void **state)
{
    char amz[PAIL_TIME_AMZ_LEN], iso[PAIL_TIME_ISO_LEN], http[PAIL_TIME_HTTP_LEN], date[9];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(moments); i++) {
        pail_time_amz(moments[i].unix_s, amz);
        assert_string_equal(amz, moments[i].amz);
        pail_time_iso(moments[i].unix_s, iso);
        assert_string_equal(iso, moments[i].iso);
        pail_time_http(moments[i].unix_s, http);
        assert_string_equal(http, moments[i].http);
        pail_time_date(moments[i].unix_s, date);
        assert_memory_equal(date, moments[i].amz, 8);
        assert_int_equal(date[8], '\0');
    }
    /* Out of reach of the formats: the nearest. */
    pail_time_iso(INT64_MAX, iso);
    assert_string_equal(iso, "9999-12-31T23:59:59Z");
    pail_time_iso(INT64_MIN, iso);
    assert_string_equal(iso, "0000-01-01T00:00:00Z");
}

/* Days advance by one from 1677 to 2262, month lengths and all: written and read back. */
static void test_every_day(void **state)
{
    for (int64_t day = -106750; day <= 106750; day++) {
        char iso[PAIL_TIME_ISO_LEN], http[PAIL_TIME_HTTP_LEN];
        int64_t ns, s;
        pail_time_iso(day * 86400 + 43201, iso);
        assert_ok(pail_time_parse_iso(pail_str(iso), &ns, NULL), NULL);
        assert_true(ns == (day * 86400 + 43201) * NS);
        pail_time_http(day * 86400, http);
        assert_ok(pail_time_parse_http(pail_str(http), &s, NULL), NULL);
        assert_true(s == day * 86400);
    }
}

static void test_parse_iso(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"2015-08-30T12:36:00Z", 1440938160 * NS},
        {"2015-08-30 12:36:00Z", 1440938160 * NS},
        {"2015-08-30t12:36:00z", 1440938160 * NS},
        {"2015-08-30T12:36:00.000Z", 1440938160 * NS},
        {"2015-08-30T12:36:00.5Z", 1440938160 * NS + 500000000},
        {"2015-08-30T12:36:00.123456789Z", 1440938160 * NS + 123456789},
        {"2015-08-30T12:36:00.1234567899Z", 1440938160 * NS + 123456789},
        {"2015-08-30T14:36:00+02:00", 1440938160 * NS},
        {"2015-08-30T06:06:00-0630", 1440938160 * NS},
        {"2015-08-30T13:36:00+01", 1440938160 * NS},
        {"2015-08-30T12:36:00+00:00", 1440938160 * NS},
        {"2015-08-30T12:36:00UTC", 1440938160 * NS},
        {"1969-12-31T23:59:59.5Z", -NS / 2},
        {"2016-12-31T23:59:60Z", 1483228800 * NS},
        {"2262-04-11T23:47:16Z", INT64_C(9223372036) * NS},
        {"1677-09-21T00:12:44Z", INT64_C(-9223372036) * NS},
    };
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        int64_t ns = 7;
        assert_ok(pail_time_parse_iso(pail_str(good[i].text), &ns, &err), &err);
        assert_true(ns == good[i].ns);
    }
}

static void test_parse_iso_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2015-08-30",
        "2015-08-30T12:36:00",
        "2015-08-30T12:36Z",
        "2015-08-30T12:36:00Zx",
        "2015-08-30T12:36:00 Z",
        " 2015-08-30T12:36:00Z",
        "2015-8-30T12:36:00Z",
        "2015-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2015-13-01T00:00:00Z",
        "2015-00-01T00:00:00Z",
        "2015-01-00T00:00:00Z",
        "2015-04-31T00:00:00Z",
        "2015-08-30T24:00:00Z",
        "2015-08-30T12:60:00Z",
        "2015-08-30T12:36:61Z",
        "2015-08-30T12:36:00.Z",
        "2015-08-30T12:36:00+24:00",
        "2015-08-30T12:36:00+02:60",
        "2015-08-30T12:36:00+2:00",
        "2015-08-30T12:36:00+02:0",
        "2015-08-30X12:36:00Z",
        "-015-08-30T12:36:00Z",
        "20l5-08-30T12:36:00Z",
        "2262-04-11T23:47:17Z",
        "1677-09-21T00:12:43Z",
        "9999-12-31T23:59:59Z",
    };
    struct pail_error err = PAIL_ERROR_INIT;
    int64_t ns = 7;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_time_parse_iso(pail_str(bad[i]), &ns, &err), PAIL_E_PARSE);
    assert_true(ns == 7);
}

static void test_parse_http(void **state)
{
    static const char *const good[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                       "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                                       "Sun Nov 06 08:49:37 1994"};
    struct pail_error err = PAIL_ERROR_INIT;
    int64_t s;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        s = 7;
        assert_ok(pail_time_parse_http(pail_str(good[i]), &s, &err), &err);
        assert_true(s == 784111777);
    }
    assert_ok(pail_time_parse_http(PAIL_STR("Friday, 01-Jan-69 00:00:00 GMT"), &s, &err), &err);
    assert_true(s == -31536000);
    assert_ok(pail_time_parse_http(PAIL_STR("Sunday, 01-Jan-68 00:00:00 GMT"), &s, &err), &err);
    assert_true(s == INT64_C(3092601600));
}

static void test_parse_http_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov 6 08:49:37 1994",
        "1994-11-06T08:49:37Z",
    };
    int64_t s = 7;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_time_parse_http(pail_str(bad[i]), &s, NULL), PAIL_E_PARSE);
    assert_true(s == 7);
}

static void test_any(void **state)
{
    static const struct {
        const char *text;
        int64_t s;
        uint32_t ns;
    } good[] = {
        {"2015-08-30T12:36:00Z", 1440938160, 0},
        {"2015-08-30 12:36:00.5 +02:00", 1440930960, 500000000},
        {"2015-08-30", 1440892800, 0},
        {"2015-08-30T12:36", 1440938160, 0},
        {"20150830T123600", 1440938160, 0},
        {"0001-01-01T00:00:00Z", -62135596800, 0},
        {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999},
        {"Sun, 30 Aug 2015 12:36:00.25 GMT", 1440938160, 250000000},
        {" Sunday, 30-Aug-15 12:36:00 GMT ", 1440938160, 0},
    };
    static const char *const bad[] = {
        "", "x", "2015", "2015-13-01", "2015-08-30T", "2015-08-30T1", "2015-02-29", "0000-01-01"};
    int64_t s;
    uint32_t ns;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        assert_ok(pail_time_parse_any(pail_str(good[i].text), &s, &ns, &err), &err);
        assert_int_equal(s, good[i].s);
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_time_parse_any(pail_str(bad[i]), &s, &ns, NULL), PAIL_E_PARSE);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_any), cmocka_unit_test(test_write),
               cmocka_unit_test(test_every_day), cmocka_unit_test(test_parse_iso),
               cmocka_unit_test(test_parse_iso_refused), cmocka_unit_test(test_parse_http),
               cmocka_unit_test(test_parse_http_refused))
