/* SPDX-License-Identifier: Apache-2.0 */
#include <pail/value.h>

#include "base/buf.h"
#include "base/value_json.h"
#include "unit/torture.h"

static struct pail_values *vs;

static int set_up(void **state)
{
    (void)state;
    return pail_values_new(&vs, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    vs = pail_values_free(vs);
    return 0;
}

static void is_json(const struct pail_value *v, const char *json)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    assert_int_equal(pail_values_check(vs, NULL), 0);
    pail_value_to_json(&text, v, NULL);
    assert_string_equal(pail_buf_cstr(&text), json);
}

static void test_json_is_a_form(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "{\"a\": [1, -2.5, true, false, null, \"x\"], \"b\": {\"\": \"\"}}",
        "[1e+22, 123456789012345678901234567890, \"\\\\ \\\" \\n \xc3\xa4\"]",
    };
    (void)state;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++)
        is_json(pail_value_form(vs, "%p", (void *)pail_value_form(vs, texts[i], 0)), texts[i]);
    is_json(pail_value_form(vs, "\"\\u00e4\\ud83d\\ude00\\'\""), "\"\xc3\xa4\xf0\x9f\x98\x80'\"");
}

static void test_short_form(void **state)
{
    (void)state;
    is_json(pail_value_form(vs, "UserName: 'anna', Tags: [{Key: 'k', Value: '\"'},],"),
            "{\"UserName\": \"anna\", \"Tags\": [{\"Key\": \"k\", \"Value\": \"\\\"\"}]}");
    is_json(pail_value_form(vs, "':v0' : {N: '1'} , a.b-c_1: 2"),
            "{\":v0\": {\"N\": \"1\"}, \"a.b-c_1\": 2}");
    is_json(pail_value_form(vs, " "), "{}");
    is_json(pail_value_form(vs, "'text'"), "\"text\"");
}

static void test_arguments(void **state)
{
    struct pail_str view = pail_strn("abcdef", 3);
    const char *volatile none = NULL;
    (void)state;
    is_json(pail_value_form(vs, "a: %s, b: %.*s, c: %d, d: %lld, e: %zu, f: %g, g: %hhd, h: %hhd",
                            "x\"y", PAIL_STR_ARG(view), -7, INT64_MIN + 0LL, (size_t)9, 0.5, true,
                            false),
            "{\"a\": \"x\\\"y\", \"b\": \"abc\", \"c\": -7, \"d\": -9223372036854775808, \"e\": 9, "
            "\"f\": 0.5, \"g\": true, \"h\": false}");
    is_json(pail_value_form(vs, "[%u, %lu, %llu, %ld, %i]", 4000000000U, 1UL,
                            18446744073709551615ULL, -1L, 3),
            "[4000000000, 1, 18446744073709551615, -1, 3]");
    is_json(pail_value_form(vs, "{%s: 1, 'x%sy': 'arn:aws:iam::%s:role/%.*s-%d 100%%'}", "k", "-",
                            "123", PAIL_STR_ARG(view), 4),
            "{\"k\": 1, \"x-y\": \"arn:aws:iam::123:role/abc-4 100%\"}");
    /* What is not there is left out. */
    is_json(pail_value_form(vs, "a: %s, b: [%s, 1], c: %p", none, none, NULL), "{\"b\": [1]}");
    struct pail_value *v = pail_value_form(
        vs, "a: %p", (void *)pail_value_blob(vs, (struct pail_bytes){"x", 1}));
    assert_int_equal(pail_value_as_blob(pail_value_find(v, "a")).len, 1);
}

/* What an argument has is never read as a form. */
static void test_hostile_arguments(void **state)
{
    (void)state;
    is_json(pail_value_form(vs, "a: %s, b: '%s'", "', x: {%s", "', %d \\ \""),
            "{\"a\": \"', x: {%s\", \"b\": \"', %d \\\\ \\\"\"}");
}

static void refused(const char *form, const char *why)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_values *own = NULL;
    assert_int_equal(pail_values_new(&own, NULL), 0);
    assert_null(pail_value_form(own, form, 0));
    assert_int_equal(pail_values_check(own, &err), PAIL_E_INVALID);
    assert_non_null(strstr(err.message, why));
    pail_values_free(own);
}

static void test_refused(void **state)
{
    char deep[400];
    (void)state;
    refused("a: b", "form \"a: b\": byte 3: neither a number nor a text in quotes");
    refused("a: 'b", "byte 5: a text that does not end");
    refused("a 1", "neither a number");
    refused("{a 1}", "byte 3: a colon should be here");
    refused("{a: 1 b: 2}", "byte 6: a comma or the end should be here");
    refused("{: 1}", "byte 1: a key should be here");
    refused("[1, 2", "a comma or the end should be here");
    refused("[1] 2", "byte 4: the end should be here");
    refused("a: 1}", "a comma or the end");
    refused("a: %x", "byte 4: an argument of another kind");
    refused("a: '%g'", "only texts and integers");
    refused("a: '\\q'", "no escape of JSON's");
    refused("a: '\\u12", "a text that does not end");
    refused("a: '\\ud83d", "a text that does not end");
    refused("a: 1.2.3", "neither a number");
    memset(deep, '[', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    refused(deep, "nested too deeply");
}

static void test_find(void **state)
{
    struct pail_value *v = pail_value_form(
        vs,
        "R: [{I: [{Id: 'i-1', N: 5, On: true}, {Id: 'i-2'}]}], 'a.b[0]': {c: 'x'}, L: [[1, 2]]");
    (void)state;
    assert_string_equal(pail_value_find_str(v, "R[0].I[0].Id"), "i-1");
    assert_string_equal(pail_value_find_str(v, "R[-1].I[-1].Id"), "i-2");
    assert_string_equal(pail_value_find_str(v, "['a.b[0]'].c"), "x");
    assert_string_equal(pail_value_find_str(v, "[\"a.b[0]\"].c"), "x");
    assert_int_equal(pail_value_find_int(v, "R[0].I[0].N", -1), 5);
    assert_int_equal(pail_value_find_int(v, "R[0].I[1].N", -1), -1);
    assert_int_equal(pail_value_find_int(v, "L[0][-2]", -1), 1);
    assert_true(pail_value_find_bool(v, "R[0].I[0].On", false));
    assert_true(pail_value_find_bool(v, "R[0].I[1].On", true));
    assert_ptr_equal(pail_value_find(v, ""), v);
    static const char *const nowhere[] = {
        "x",    "R.I",         "R[1]", "R[-2]", "R[0", "R[]",  "R[-0]", "R[0]I.Id",
        "['R'", "['a.b[0]']x", "[",    "[0]",   "..",  "R[-]", "R[0]]", "R[0].I[0].N.x"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(nowhere); i++)
        if (i != 7 && i != 9)
            assert_null(pail_value_find(v, nowhere[i]));
    assert_null(pail_value_find(NULL, "a"));
    assert_null(pail_value_find_str(v, "R[0].I[0].N"));
}

static void test_each(void **state)
{
    const struct pail_value *u, *k;
    char seen[32] = "";
    struct pail_value *v = pail_value_form(vs, "U: [{n: 'a', k: ['1', '2']}, {n: 'b', k: ['3']}]");
    (void)state;
    pail_value_each (u, pail_value_find(v, "U")) {
        strncat(seen, pail_value_find_str(u, "n"), 4);
        pail_value_each (k, pail_value_find(u, "k"))
            strncat(seen, pail_value_as_str(k).ptr, 4);
    }
    pail_value_each (u, pail_value_find(v, "none"))
        strncat(seen, "!", 4);
    assert_string_equal(seen, "a12b3");
}

static void test_search(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *found = NULL;
    struct pail_value *v = pail_value_form(
        vs, "R: [{I: [{Id: 'i-1', S: 'on'}, {Id: 'i-2', S: 'off'}]}]");
    (void)state;
    assert_int_equal(pail_value_search(vs, v, "R[].I[?S=='on'].Id[]", &found, &err), 0);
    is_json(found, "[\"i-1\"]");
    assert_int_equal(pail_value_search(vs, v, "`\"lit\"`", &found, &err), 0);
    is_json(found, "\"lit\"");
    assert_int_equal(pail_value_search(vs, v, "nothing", &found, &err), 0);
    assert_int_equal(pail_value_type(found), PAIL_VAL_NULL);
    assert_int_equal(pail_value_search(vs, v, "R[", &found, &err), PAIL_E_PARSE);
}

static int everything(void *ud, struct pail_error *err)
{
    struct pail_values *own = NULL;
    (void)ud;
    int rc = pail_values_new(&own, err);
    if (rc < 0)
        return rc;
    pail_value_form(own, "a: %s, 'b%d': [{c: 'x%sy\\n'}, 1.5, true]", "value", 3, "mid");
    rc = pail_values_check(own, err);
    pail_values_free(own);
    return rc;
}

static void test_memory(void **state)
{
    (void)state;
    pail_torture("form", everything, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

PAIL_TEST_MAIN(TEST(test_json_is_a_form), TEST(test_short_form), TEST(test_arguments),
               TEST(test_hostile_arguments), TEST(test_refused), TEST(test_find), TEST(test_each),
               TEST(test_search), cmocka_unit_test(test_memory))
