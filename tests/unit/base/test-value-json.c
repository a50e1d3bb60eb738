/* SPDX-License-Identifier: Apache-2.0 */
#include "base/value_json.h"

#include <math.h>

#include "unit/test.h"
#include "unit/torture.h"

static struct pail_values *vs;

static int setup(void **state)
{
    return pail_values_new(&vs, NULL);
}

static int teardown(void **state)
{
    vs = pail_values_free(vs);
    return 0;
}

static struct pail_value *parse(const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;

    assert_ok(pail_value_from_json(vs, pail_str(text), "test", &v, &err), &err);
    assert_non_null(v);
    return v;
}

static void assert_written(const struct pail_value *v, const struct pail_json_style *style,
                           const char *expected)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 20);

    pail_value_to_json(&b, v, style);
    assert_ok(pail_buf_check(&b, "test", NULL), NULL);
    assert_string_equal(pail_buf_cstr(&b), expected);
}

static void test_read(void **state)
{
    struct pail_value *v = parse(
        " {\"s\": \"a\\u00e4\\ud83d\\ude00\\n\", \"i\": -9223372036854775808,"
        "\"big\": 123456789012345678901, \"r\": 1.5e3, \"t\": true,"
        "\"n\": null, \"l\": [[], {}, 0], \"nan\": NaN} ");
    int64_t i;
    double d;

    assert_str(pail_value_as_str(pail_value_get(v, PAIL_STR("s"))), "a\xc3\xa4\xf0\x9f\x98\x80\n");
    assert_true(pail_value_as_int(pail_value_get(v, PAIL_STR("i")), &i) && i == INT64_MIN);
    assert_int_equal(pail_value_type(pail_value_get(v, PAIL_STR("big"))), PAIL_VAL_NUMBER);
    assert_str(pail_value_as_str(pail_value_get(v, PAIL_STR("big"))), "123456789012345678901");
    assert_int_equal(pail_value_type(pail_value_get(v, PAIL_STR("r"))), PAIL_VAL_REAL);
    assert_true(pail_value_as_real(pail_value_get(v, PAIL_STR("r")), &d) && d == 1500.0);
    assert_int_equal(pail_value_type(pail_value_get(v, PAIL_STR("n"))), PAIL_VAL_NULL);
    assert_true(pail_value_as_real(pail_value_get(v, PAIL_STR("nan")), &d) && isnan(d));
    assert_str(pail_value_key_at(v, 6), "l");
    assert_int_equal(pail_value_len(pail_value_get(v, PAIL_STR("l"))), 3);
}

static void test_repeated_key(void **state)
{
    struct pail_value *v = parse("{\"a\": 1, \"b\": 2, \"a\": {\"c\": 3}}");

    assert_written(v, NULL, "{\"a\": {\"c\": 3}, \"b\": 2}");
}

static void test_half_surrogates(void **state)
{
    assert_str(pail_value_as_str(parse("\"\\ud800x\\udc00\"")), "\xef\xbf\xbdx\xef\xbf\xbd");
    assert_str(pail_value_as_str(parse("\"\\ud800\\u0041\"")), "\xef\xbf\xbd"
                                                               "A");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",    "{",     "[1,]", "{\"a\":}", "{\"a\" 1}", "{a: 1}",     "01",
        "1.",  ".5",    "-",    "\"a",      "\"\\x\"",   "\"\n\"",     "\"\\u12\"",
        "tru", "[1] 2", "\xff", "\"\xc3\"", "[1 2]",     "{\"a\":1,}",
    };
    struct pail_value *v = NULL;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        if (pail_value_from_json(vs, pail_str(bad[i]), "test", &v, &err) != PAIL_E_PARSE)
            fail_msg("accepted: %s", bad[i]);
        assert_null(v);
        assert_true(strncmp(err.message, "test: ", 6) == 0);
    }
}

static void test_depth(void **state)
{
    char text[2 * 130 + 1] = "";
    struct pail_value *v;

    memset(text, '[', 128);
    memset(text + 128, ']', 128);
    assert_ok(pail_value_from_json(vs, pail_str(text), "test", &v, NULL), NULL);
    memset(text, '[', 129);
    memset(text + 129, ']', 129);
    assert_code(pail_value_from_json(vs, pail_str(text), "test", &v, NULL), PAIL_E_PARSE);
}

/* The expected texts are what Python prints. */
static void test_write(void **state)
{
    static const struct pail_json_style four = {.indent = 4}, compact = {.compact = true},
                                        ascii = {.ascii = true};
    struct pail_value *v = parse(
        "{\"a\":[1,{},[]],\"\\u00e4\\u007f\\u0001\":\"\\ud83d\\ude00\\\"\"}");

    assert_written(v, NULL,
                   "{\"a\": [1, {}, []], \"\xc3\xa4\x7f\\u0001\": \"\xf0\x9f\x98\x80\\\"\"}");
    assert_written(v, &compact,
                   "{\"a\":[1,{},[]],\"\xc3\xa4\x7f\\u0001\":\"\xf0\x9f\x98\x80\\\"\"}");
    assert_written(v, &ascii,
                   "{\"a\": [1, {}, []], \"\\u00e4\\u007f\\u0001\": \"\\ud83d\\ude00\\\"\"}");
    assert_written(v, &four,
                   "{\n    \"a\": [\n        1,\n        {},\n        []\n    ],\n"
                   "    \"\xc3\xa4\x7f\\u0001\": \"\xf0\x9f\x98\x80\\\"\"\n}");
}

static void test_numbers(void **state)
{
    static const char *const pairs[][2] = {
        {"0.1", "0.1"},
        {"1E0", "1.0"},
        {"100000000000000000.0", "1e+17"},
        {"1234567890123456.0", "1234567890123456.0"},
        {"1e16", "1e+16"},
        {"0.0001", "0.0001"},
        {"0.00001", "1e-05"},
        {"123456789.123456789", "123456789.12345679"},
        {"1e400", "Infinity"},
        {"-Infinity", "-Infinity"},
        {"NaN", "NaN"},
        {"-0", "0"},
        {"-0.0", "-0.0"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"9223372036854775808", "9223372036854775808"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++)
        assert_written(parse(pairs[i][0]), NULL, pairs[i][1]);
}

static void test_special(void **state)
{
    assert_written(pail_value_time(vs, (struct pail_time){1440938160, 0}), NULL,
                   "\"2015-08-30T12:36:00+00:00\"");
    assert_written(pail_value_time(vs, (struct pail_time){1440938160, 120000999}), NULL,
                   "\"2015-08-30T12:36:00.120000+00:00\"");
    assert_written(pail_value_blob(vs, (struct pail_bytes){"\0\xff", 2}), NULL, "\"AP8=\"");
    assert_written(pail_value_number(vs, PAIL_STR("1]")), NULL, "\"1]\"");
}

static int read_and_write(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 20);
    struct pail_values *mine = NULL;
    struct pail_value *v = NULL;
    const char *text = ud;

    int rc = pail_values_new(&mine, err);
    if (rc == 0)
        rc = pail_value_from_json(mine, pail_str(text), "test", &v, err);
    if (rc == 0)
        rc = pail_values_check(mine, err);
    if (rc == 0) {
        pail_value_to_json(&b, v, NULL);
        rc = pail_buf_check(&b, "test", err);
    }
    pail_values_free(mine);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("value_json", read_and_write,
                 (void *)"{\"key\\n\": [1, \"a\\u00e4\", {\"x\": 12345678901234567890}]}");
}

PAIL_TEST_MAIN(cmocka_unit_test_setup_teardown(test_read, setup, teardown),
               cmocka_unit_test_setup_teardown(test_repeated_key, setup, teardown),
               cmocka_unit_test_setup_teardown(test_half_surrogates, setup, teardown),
               cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
               cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
               cmocka_unit_test_setup_teardown(test_write, setup, teardown),
               cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
               cmocka_unit_test_setup_teardown(test_special, setup, teardown),
               cmocka_unit_test(test_torture))
