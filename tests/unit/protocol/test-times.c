/* SPDX-License-Identifier: Apache-2.0 */
/* Instants as people write them. What is expected is what dateutil 2.9 makes of them. */
#include "unit/test.h"

#include "base/clock.h"
#include "base/timefmt.h"
#include "protocol/times.h"

#define TODAY INT64_C(1788393600) /* 2026-09-03, a Thursday, and an hour */

static int64_t still_ns(void)
{
    return (TODAY + 3600) * PAIL_NS_PER_S;
}

static void test_read(void **state)
{
    static const char *const cases[][2] = {
        {"Feb 27 2031", "2031-02-27T00:00:00Z"},
        {"27 Feb 2031 10:00:00 GMT", "2031-02-27T10:00:00Z"},
        {"February 27, 2031 10:30 PM", "2031-02-27T22:30:00Z"},
        {"Sat Feb 27 10:00:00 UTC 2031", "2031-02-27T10:00:00Z"},
        {"Sat, 27 Feb 2031 10:00:00 -0330", "2031-02-27T13:30:00Z"},
        {"27th of Feb 2031", "2031-02-27T00:00:00Z"},
        {"2031/02/27", "2031-02-27T00:00:00Z"},
        {"02/27/2031", "2031-02-27T00:00:00Z"},
        {"27/02/2031", "2031-02-27T00:00:00Z"},
        {"02/03/2031", "2031-02-03T00:00:00Z"},
        {"2/3/99", "1999-02-03T00:00:00Z"},
        {"27.2.2031", "2031-02-27T00:00:00Z"},
        {"27-Feb-31 10am", "2031-02-27T10:00:00Z"},
        {"2031 Feb 27", "2031-02-27T00:00:00Z"},
        {"10:00:00.25 2031-02-27", "2031-02-27T10:00:00Z"},
        {"2031-02-27 10:00 GMT+3", "2031-02-27T13:00:00Z"},
        {"2031-02-27T10", "2031-02-27T10:00:00Z"},
        {"20310227 1000", "2031-02-27T10:00:00Z"},
        {"12 am Feb 27 2031", "2031-02-27T00:00:00Z"},
        {"Feb 2031", "2031-02-03T00:00:00Z"},
        {"2031", "2031-09-03T00:00:00Z"},
        {"Feb 45 12", "2045-02-12T00:00:00Z"},
        {"45 12 Feb", "2045-02-12T00:00:00Z"},
        {"10:00", "2026-09-03T10:00:00Z"},
        {"5pm", "2026-09-03T17:00:00Z"},
        {"Thursday", "2026-09-03T00:00:00Z"},
        {"wed 8:15", "2026-09-09T08:15:00Z"},
    };
    static const struct pail_clock_ops clock = {still_ns, still_ns};
    pail_clock_set_ops(&clock);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        char text[PAIL_TIME_ISO_LEN];
        struct pail_time t = {0, 0};
        assert_true(pail_time_of_words(pail_str(cases[i][0]), &t));
        pail_time_iso(t.seconds, text);
        assert_string_equal(text, cases[i][1]);
    }
    pail_clock_set_ops(NULL);
}

static void test_refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "x",
        "now",
        "yesterday",
        "at",
        "2031-13-01",
        "2031-02-30",
        "Feb 31 2031",
        "10:60",
        "25:00",
        "12 13 14 15 16",
        "Feb Mar 2031",
        "2031-02-27 10:00 EST",
        "2031-02-27 10:00 +2 +3",
        "10h30m",
        "3 m",
        "203102",
        "10.5",
        "13:00 PM PM",
        "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9",
    };
    struct pail_time t = {7, 7};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        if (pail_time_of_words(pail_str(cases[i]), &t))
            fail_msg("taken for a time: %s", cases[i]);
    assert_int_equal(t.seconds, 7);
}

/* Whatever it is, nothing is read beyond its end. */
static void test_every_beginning(void **state)
{
    static const char text[] = "Sat, 27-Feb-31 10:00:00.5 PM GMT+3 of 2.2.2031 0330";
    for (size_t from = 0; from < sizeof(text); from++)
        for (size_t len = 0; from + len < sizeof(text); len++) {
            struct pail_time t;
            char *copy = test_malloc(len + 1);
            memcpy(copy, text + from, len);
            (void)pail_time_of_words(pail_strn(copy, len), &t);
            test_free(copy);
        }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_read), cmocka_unit_test(test_refused),
               cmocka_unit_test(test_every_beginning))
