/* SPDX-License-Identifier: Apache-2.0 */
/* Plain values to typed ones and back, numbers, sets; and where values are in calls. */
#include "unit/test.h"

#include <pail/dynamodb.h>

#include "base/value_json.h"
#include "dynamodb/number.h"
#include "unit/torture.h"

static struct pail_values *vs;

static int setup(void **state)
{
    return pail_values_new(&vs, NULL);
}

static int teardown(void **state)
{
    pail_values_free(vs);
    return 0;
}

static struct pail_value *json(const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;
    assert_ok(pail_value_from_json(vs, pail_str(text), "test", &v, &err), &err);
    return v;
}

static void assert_json(const struct pail_value *v, const char *expected)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 16);
    pail_value_to_json(&b, v, NULL);
    assert_string_equal(pail_buf_cstr(&b), expected);
    pail_buf_done(&b);
}

static void assert_typed(const struct pail_value *plain, const char *expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *typed, *back;
    assert_ok(pail_dynamodb_serialize(vs, plain, &typed, &err), &err);
    assert_json(typed, expected);
    assert_ok(pail_dynamodb_deserialize(vs, typed, &back, &err), &err);
    assert_true(pail_value_eq(plain, back));
}

static void assert_refused(const struct pail_value *plain, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *typed = NULL;
    assert_code(pail_dynamodb_serialize(vs, plain, &typed, &err), PAIL_E_INVALID);
    assert_string_equal(err.message, message);
    assert_null(typed);
}

static void test_ten_types(void **state)
{
    assert_typed(json("null"), "{\"NULL\": true}");
    assert_typed(json("true"), "{\"BOOL\": true}");
    assert_typed(json("-17"), "{\"N\": \"-17\"}");
    assert_typed(json("\"\""), "{\"S\": \"\"}");
    assert_typed(pail_value_blob(vs, (struct pail_bytes){"\0\1\xff", 3}), "{\"B\": \"AAH/\"}");
    assert_typed(json("[1, [], \"x\"]"), "{\"L\": [{\"N\": \"1\"}, {\"L\": []}, {\"S\": \"x\"}]}");
    assert_typed(json("{\"b\": 1, \"a\": {}}"),
                 "{\"M\": {\"b\": {\"N\": \"1\"}, \"a\": {\"M\": {}}}}");
    /* What looks like a typed value is a map like any other. */
    assert_typed(json("{\"SS\": [\"a\"]}"), "{\"M\": {\"SS\": {\"L\": [{\"S\": \"a\"}]}}}");

    struct pail_value *ss = pail_dynamodb_set(vs, "SS");
    pail_dynamodb_set_add(vs, ss, pail_value_str(vs, PAIL_STR("a")));
    pail_dynamodb_set_add(vs, ss, pail_value_str(vs, PAIL_STR("b")));
    assert_typed(ss, "{\"SS\": [\"a\", \"b\"]}");
    struct pail_value *ns = pail_dynamodb_set(vs, "NS");
    pail_dynamodb_set_add(vs, ns, pail_value_int(vs, 3));
    pail_dynamodb_set_add(vs, ns, pail_value_number(vs, PAIL_STR("0.5")));
    assert_typed(ns, "{\"NS\": [\"3\", \"0.5\"]}");
    struct pail_value *bs = pail_dynamodb_set(vs, "BS");
    pail_dynamodb_set_add(vs, bs, pail_value_blob(vs, (struct pail_bytes){"ab", 2}));
    assert_typed(bs, "{\"BS\": [\"YWI=\"]}");
}

static void test_sets(void **state)
{
    struct pail_value *set = pail_dynamodb_set(vs, "NS"), *typed;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_null(pail_dynamodb_set(vs, "XS"));
    assert_string_equal(pail_dynamodb_set_kind(set), "NS");
    assert_int_equal(pail_value_len(pail_dynamodb_set_elements(set)), 0);
    assert_null(pail_dynamodb_set_kind(json("{\"NS\": []}")));
    assert_null(pail_dynamodb_set_elements(json("[]")));
    assert_null(pail_dynamodb_set_kind(NULL));

    /* Equal elements count once, the first as it is written. */
    pail_dynamodb_set_add(vs, set, pail_value_number(vs, PAIL_STR("1.0")));
    pail_dynamodb_set_add(vs, set, pail_value_int(vs, 1));
    pail_dynamodb_set_add(vs, set, pail_value_number(vs, PAIL_STR("10E-1")));
    pail_dynamodb_set_add(vs, set, pail_value_int(vs, 10));
    assert_ok(pail_dynamodb_serialize(vs, set, &typed, &err), &err);
    assert_json(typed, "{\"NS\": [\"1.0\", \"10\"]}");

    pail_dynamodb_set_add(vs, set, pail_value_str(vs, PAIL_STR("x")));
    assert_refused(set,
                   "Unsupported type \"<class 'set'>\" for value \"[1.0, 1, 10E-1, 10, 'x']\"");
    set = pail_dynamodb_set(vs, "SS");
    pail_dynamodb_set_add(vs, set, pail_value_real(vs, 0.5));
    assert_refused(set, "Float types are not supported. Use Decimal types instead.");
}

static void test_refusals(void **state)
{
    assert_refused(json("{\"a\": [1.5]}"),
                   "Float types are not supported. Use Decimal types instead.");
    assert_refused(pail_value_number(vs, PAIL_STR("NaN")), "Infinity and NaN not supported");
    assert_refused(pail_value_number(vs, PAIL_STR("-Infinity")), "Infinity and NaN not supported");
    assert_refused(pail_value_number(vs, PAIL_STR("1x")), "'1x' is no number");
    assert_refused(
        pail_value_time(vs, (struct pail_time){0, 0}),
        "Unsupported type \"<class 'datetime'>\" for value \"1970-01-01T00:00:00+00:00\"");
    struct pail_value *set = pail_dynamodb_set(vs, "SS");
    pail_value_set(vs, set, PAIL_STR("a"), pail_value_null(vs));
    assert_refused(set, "a map has the key of a set and is none");
    struct pail_value *deep = pail_value_null(vs), *typed;
    for (int i = 0; i < 200; i++) {
        struct pail_value *list = pail_value_list(vs);
        pail_value_append(vs, list, deep);
        deep = list;
    }
    assert_code(pail_dynamodb_serialize(vs, deep, &typed, NULL), PAIL_E_TOO_BIG);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *in, *out; /* or the signal */
    } cases[] = {
        {"0", "0"},
        {"-0", "-0"},
        {"007", "7"},
        {"+1.50", "1.50"},
        {"1e2", "1E+2"},
        {".5", "0.5"},
        {"5.", "5"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1E-7"},
        {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
        {"1234567890123456789012345678901234567.8", "1234567890123456789012345678901234567.8"},
        {"123456789012345678901234567890123456789", "Inexact"},
        {"123456789012345678901234567890123456780", "Rounded"},
        {"9.99E+126", "9.99E+126"},
        {"1E+127", "Overflow"},
        {"1E-128", "1E-128"},
        {"1E-165", "1E-165"},
        {"1E-166", "Underflow"},
        {"1.5E-165", "Underflow"},
        {"10E-166", "Rounded"},
        {"0E-165", "0E-165"},
        {"0E-166", "Clamped"},
        {"0E+127", "Clamped"},
        {"1E+99999999999999999999", "Overflow"},
        {"1E-99999999999999999999", "Underflow"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_buf b = PAIL_BUF_INIT(1 << 12);
        int rc = pail_dynamodb_number(&b, pail_str(cases[i].in), &err);
        if (rc == 0)
            assert_string_equal(pail_buf_cstr(&b), cases[i].out);
        else if (!strstr(err.message, cases[i].out))
            fail_msg("%s: %s", cases[i].in, err.message);
        pail_buf_done(&b);
    }
    static const char *const no[] = {"", "-", ".", "e5", "1e", "1e+", "1.2.3", " 1", "1_0", "0x1"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(no); i++) {
        struct pail_buf b = PAIL_BUF_INIT(1 << 12);
        assert_code(pail_dynamodb_number(&b, pail_str(no[i]), NULL), PAIL_E_INVALID);
        pail_buf_done(&b);
    }
}

static void test_numbers_back(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    static const struct {
        const char *text;
        enum pail_value_type type;
    } cases[] = {
        {"9223372036854775807", PAIL_VAL_INT},
        {"9223372036854775808", PAIL_VAL_NUMBER},
        {"-9223372036854775808", PAIL_VAL_INT},
        {"-0", PAIL_VAL_NUMBER},
        {"1.0", PAIL_VAL_NUMBER},
        {"1E+2", PAIL_VAL_NUMBER},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_value *typed = pail_value_map(vs), *plain, *again;
        pail_value_set(vs, typed, PAIL_STR("N"), pail_value_str(vs, pail_str(cases[i].text)));
        assert_ok(pail_dynamodb_deserialize(vs, typed, &plain, &err), &err);
        assert_int_equal(pail_value_type(plain), cases[i].type);
        assert_ok(pail_dynamodb_serialize(vs, plain, &again, &err), &err);
        assert_true(pail_value_eq(typed, again));
    }
}

static void test_bad_typed(void **state)
{
    static const struct {
        const char *typed, *message;
        int code;
    } cases[] = {
        {"{}", "Value must be a nonempty dictionary whose key is a valid dynamodb type.",
         PAIL_E_INVALID},
        {"{\"X\": 1}", "Dynamodb type X is not supported", PAIL_E_INVALID},
        {"{\"S\": 1}", "a DynamoDB value of type S has content that does not fit it",
         PAIL_E_GARBAGE},
        {"{\"SS\": [1]}", "a DynamoDB value of type SS has content that does not fit it",
         PAIL_E_GARBAGE},
        {"{\"L\": {}}", "a DynamoDB value of type L has content that does not fit it",
         PAIL_E_GARBAGE},
        {"{\"M\": []}", "a DynamoDB value of type M has content that does not fit it",
         PAIL_E_GARBAGE},
        {"{\"N\": \"x\"}", "'x' is no number", PAIL_E_INVALID},
        {"{\"M\": {\"a\": {\"L\": [1]}}}",
         "Value must be a nonempty dictionary whose key is a valid dynamodb type.", PAIL_E_INVALID},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_value *plain = NULL;
        assert_code(pail_dynamodb_deserialize(vs, json(cases[i].typed), &plain, &err),
                    cases[i].code);
        assert_string_equal(err.message, cases[i].message);
        assert_null(plain);
    }
}

static void test_wire(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v;
    assert_ok(
        pail_dynamodb_to_wire(
            vs,
            json("{\"TableName\": \"t\", \"Key\": {\"Item\": 1}, \"Limit\": 5, \"RequestItems\":"
                 " {\"a.b\": [{\"PutRequest\": {\"Item\": {\"k\": null}}}],"
                 " \"Keys\": {\"Keys\": [{\"k\": 2}], \"ConsistentRead\": true}},"
                 " \"TransactItems\": [{\"Update\": {\"Key\": {\"k\": 3}, \"TableName\": \"t\"}}],"
                 " \"Expected\": {\"a\": {\"Value\": 4, \"Exists\": true}},"
                 " \"Parameters\": [5]}"),
            &v, &err),
        &err);
    assert_json(v, "{\"TableName\": \"t\", \"Key\": {\"Item\": {\"N\": \"1\"}}, \"Limit\": 5, "
                   "\"RequestItems\": {\"a.b\": [{\"PutRequest\": {\"Item\": {\"k\": {\"NULL\": "
                   "true}}}}], \"Keys\": {\"Keys\": [{\"k\": {\"N\": \"2\"}}], \"ConsistentRead\": "
                   "true}}, \"TransactItems\": [{\"Update\": {\"Key\": {\"k\": {\"N\": \"3\"}}, "
                   "\"TableName\": \"t\"}}], \"Expected\": {\"a\": {\"Value\": {\"N\": \"4\"}, "
                   "\"Exists\": true}}, \"Parameters\": [{\"N\": \"5\"}]}");
    assert_ok(
        pail_dynamodb_from_wire(
            vs,
            json("{\"Items\": [{\"a\": {\"S\": \"x\"}}], \"Count\": 1, \"LastEvaluatedKey\": "
                 "{\"a\": {\"N\": \"1\"}}, \"Responses\": {\"t\": [{\"k\": {\"NULL\": true}}]}}"),
            &v, &err),
        &err);
    assert_json(v, "{\"Items\": [{\"a\": \"x\"}], \"Count\": 1, \"LastEvaluatedKey\": {\"a\": 1}, "
                   "\"Responses\": {\"t\": [{\"k\": null}]}}");
    assert_ok(
        pail_dynamodb_from_wire(
            vs,
            json("{\"Responses\": [{\"Item\": {\"k\": {\"N\": \"1\"}}}, {}], "
                 "\"CancellationReasons\": [{\"Code\": \"None\"}, {\"Item\": {\"k\": {\"BOOL\": "
                 "false}}}]}"),
            &v, &err),
        &err);
    assert_json(v, "{\"Responses\": [{\"Item\": {\"k\": 1}}, {}], \"CancellationReasons\": "
                   "[{\"Code\": \"None\"}, {\"Item\": {\"k\": false}}]}");
    assert_code(pail_dynamodb_to_wire(vs, json("{\"Item\": {\"a\": 0.5}}"), &v, &err),
                PAIL_E_INVALID);
}

static int torture_body(void *ud, struct pail_error *err)
{
    const struct pail_value *plain = ud;
    struct pail_values *own;
    struct pail_value *wire, *back;
    int rc = pail_values_new(&own, err);
    if (rc < 0)
        return rc;
    rc = pail_dynamodb_to_wire(own, plain, &wire, err);
    if (rc == 0)
        rc = pail_dynamodb_from_wire(own, wire, &back, err);
    pail_values_free(own);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_value *params = json("{\"Item\": {\"a\": [1, \"x\", null, true, {\"b\": {}}]}}");
    struct pail_value *set = pail_dynamodb_set(vs, "NS");
    for (int i = 0; i < 40; i++)
        pail_dynamodb_set_add(vs, set, pail_value_int(vs, i));
    pail_value_set(vs, pail_value_get(params, PAIL_STR("Item")), PAIL_STR("s"), set);
    pail_value_set(vs, pail_value_get(params, PAIL_STR("Item")), PAIL_STR("n"),
                   pail_value_number(vs, PAIL_STR("12345678901234567890.5")));
    pail_torture("to and from the wire", torture_body, params);
}

PAIL_TEST_MAIN(cmocka_unit_test_setup_teardown(test_ten_types, setup, teardown),
               cmocka_unit_test_setup_teardown(test_sets, setup, teardown),
               cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
               cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
               cmocka_unit_test_setup_teardown(test_numbers_back, setup, teardown),
               cmocka_unit_test_setup_teardown(test_bad_typed, setup, teardown),
               cmocka_unit_test_setup_teardown(test_wire, setup, teardown),
               cmocka_unit_test_setup_teardown(test_torture, setup, teardown))
