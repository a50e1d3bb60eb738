/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "unit/test.h"
#include "unit/torture.h"

static struct pail_json *parse(const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;

    assert_ok(pail_json_parse(pail_str(text), "test", &doc, &err), &err);
    return doc;
}

static void test_read(void **state)
{
    PAIL_CLEANUP(pail_json_free_p)
    struct pail_json *doc = parse(
        "{\"s\": \"x\\u00e4\\u0000y\", \"i\": -9223372036854775808, \"r\": 1.5, \"t\": true,"
        "\"n\": null, \"a\": [1, [2], {}], \"o\": {\"k\": 1}, \"Token\": \"T\"}");
    const struct pail_jnode *root = pail_json_root(doc);
    int64_t i = 7;
    double r;
    bool b;

    assert_int_equal(pail_json_type(root), PAIL_JSON_OBJECT);
    assert_int_equal(pail_json_len(root), 8);
    struct pail_str s = pail_json_str(pail_json_get(root, "s"));
    assert_int_equal(s.len, 5);
    assert_memory_equal(s.ptr, "x\xc3\xa4\0y", 5);
    assert_true(pail_json_int(pail_json_get(root, "i"), &i));
    assert_true(i == INT64_MIN);
    assert_true(pail_json_real(pail_json_get(root, "i"), &r) && r < -9e18);
    assert_true(pail_json_real(pail_json_get(root, "r"), &r) && r > 1.4 && r < 1.6);
    assert_false(pail_json_int(pail_json_get(root, "r"), &i));
    assert_true(pail_json_bool(pail_json_get(root, "t"), &b) && b);
    assert_int_equal(pail_json_type(pail_json_get(root, "n")), PAIL_JSON_NULL);
    const struct pail_jnode *a = pail_json_get(root, "a");
    assert_int_equal(pail_json_len(a), 3);
    assert_true(pail_json_int(pail_json_at(pail_json_at(a, 1), 0), &i) && i == 2);
    assert_str(pail_json_str(pail_json_iget(root, "tOKEN")), "T");
    assert_null(pail_json_get(root, "token"));
}

/* Chains end quietly, whatever is asked of whatever. */
static void test_total(void **state)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = parse("[\"x\"]");
    const struct pail_jnode *a = pail_json_root(doc), *x = pail_json_at(a, 0), *value;
    struct pail_str key;
    void *it = NULL;
    int64_t i;
    double r;
    bool b;

    assert_null(pail_json_root(NULL));
    assert_null(pail_json_at(a, 1));
    assert_null(pail_json_at(x, 0));
    assert_null(pail_json_get(pail_json_get(a, "k"), "k"));
    assert_null(pail_json_iget(NULL, "k"));
    assert_int_equal(pail_json_type(NULL), PAIL_JSON_NONE);
    assert_int_equal(pail_json_len(NULL), 0);
    assert_int_equal(pail_json_len(x), 0);
    assert_null(pail_json_str(a).ptr);
    assert_null(pail_json_str(NULL).ptr);
    assert_false(pail_json_int(x, &i) || pail_json_int(NULL, &i));
    assert_false(pail_json_real(x, &r) || pail_json_real(NULL, &r));
    assert_false(pail_json_bool(x, &b) || pail_json_bool(NULL, &b));
    assert_false(pail_json_each(a, &it, &key, &value));
    assert_false(pail_json_each(NULL, &it, &key, &value));
    pail_json_free(NULL);
}

static void test_each_keeps_order(void **state)
{
    PAIL_CLEANUP(pail_json_free_p)
    struct pail_json *doc = parse("{\"zz\":0,\"a\":1,\"m\":2,\"\":3,\"a\":4,\"b\":5}");
    static const char *const order[] = {"zz", "a", "m", "", "b"};
    static const int64_t values[] = {0, 4, 2, 3, 5}; /* the last of two equal keys wins */
    const struct pail_jnode *value;
    struct pail_str key;
    size_t n = 0;

    for (void *it = NULL; pail_json_each(pail_json_root(doc), &it, &key, &value); n++) {
        int64_t i;
        assert_true(n < PAIL_ARRAY_LEN(order));
        assert_str(key, order[n]);
        assert_true(pail_json_int(value, &i) && i == values[n]);
    }
    assert_int_equal(n, PAIL_ARRAY_LEN(order));
}

static void test_scalars(void **state)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = parse(" \"x\" ");
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *null = parse("null");

    assert_str(pail_json_str(pail_json_root(doc)), "x");
    assert_int_equal(pail_json_type(pail_json_root(null)), PAIL_JSON_NULL);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\"}",
        "{'a':1}",
        "[1] x",
        "nul",
        "01",
        "1.",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\\ud83d\"",
        "\"\\x\"",
        "NaN",
        "[1e999]",
        "\xef\xbb\xbf{}",
        "9223372036854775808",
        "// c\n1",
        "{\"a\\u0000\":1}",
        "]",
        "}{",
    };
    struct pail_json *doc = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_json_parse(pail_str(bad[i]), "test", &doc, &err), PAIL_E_PARSE);
    assert_null(doc);
    assert_code(pail_json_parse(pail_strn(NULL, 0), "test", &doc, &err), PAIL_E_PARSE);
}

static void test_message(void **state)
{
    struct pail_json *doc;
    struct pail_error err = PAIL_ERROR_INIT;

    /* The place, but not the text there: it may be a secret. */
    assert_code(
        pail_json_parse(PAIL_STR("{\n \"SecretAccessKey\": wJalrXUtn}"), "token file", &doc, &err),
        PAIL_E_PARSE);
    assert_string_equal(err.message, "token file: line 2 column 29: invalid token");
    assert_int_equal(err.domain, PAIL_D_DATA);
}

static void nested(char *to, size_t depth, char open, char close)
{
    memset(to, open, depth);
    memset(to + depth, close, depth);
    to[2 * depth] = '\0';
}

static void test_depth(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    char text[600];

    nested(text, 128, '[', ']');
    assert_ok(pail_json_parse(pail_str(text), "test", &doc, &err), &err);
    pail_json_free(doc);
    nested(text, 129, '[', ']');
    assert_code(pail_json_parse(pail_str(text), "test", &doc, &err), PAIL_E_PARSE);
    assert_non_null(strstr(err.message, "nested deeper than 128"));

    /* In strings and side by side brackets do not count. */
    memset(text, '[', 400);
    text[0] = '"';
    memcpy(text + 300, "\\\"[[\"", 6);
    assert_ok(pail_json_parse(pail_str(text), "test", &doc, &err), &err);
    pail_json_free(doc);
    text[0] = '[';
    for (size_t i = 0; i < 150; i++)
        memcpy(text + 1 + 3 * i, i < 149 ? "[]," : "[]]", 4);
    assert_ok(pail_json_parse(pail_str(text), "test", &doc, &err), &err);
    pail_json_free(doc);
}

static void write_sample(struct pail_buf *to, unsigned indent)
{
    struct pail_jwriter w;

    pail_jw_init(&w, to, indent);
    pail_jw_object(&w);
    pail_jw_key(&w, PAIL_STR("a"));
    pail_jw_array(&w);
    pail_jw_int(&w, INT64_MIN);
    pail_jw_bool(&w, true);
    pail_jw_null(&w);
    pail_jw_array(&w);
    pail_jw_end_array(&w);
    pail_jw_end_array(&w);
    pail_jw_key(&w, PAIL_STR("e"));
    pail_jw_object(&w);
    pail_jw_end_object(&w);
    pail_jw_key(&w, PAIL_STR("s"));
    pail_jw_str(&w, pail_strn(NULL, 0));
    pail_jw_end_object(&w);
}

static void test_write(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    write_sample(&b, 0);
    assert_str(pail_buf_view(&b),
               "{\"a\":[-9223372036854775808,true,null,[]],\"e\":{},\"s\":\"\"}");
    pail_buf_reset(&b);
    write_sample(&b, 2);
    assert_str(pail_buf_view(&b), "{\n  \"a\": [\n    -9223372036854775808,\n    true,\n    null,\n"
                                  "    []\n  ],\n  \"e\": {},\n  \"s\": \"\"\n}");
}

static void test_write_strings(void **state)
{
    static const struct {
        const char *plain, *text;
    } pairs[] = {
        {"a/b", "\"a/b\""},
        {"\"\\", "\"\\\"\\\\\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\""},
        {"a\xff\xc3z\xed\xa0\x80",
         "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
        struct pail_jwriter w;
        pail_jw_init(&w, &b, 0);
        pail_jw_str(&w, pail_str(pairs[i].plain));
        assert_str(pail_buf_view(&b), pairs[i].text);
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(100);
    struct pail_jwriter w;
    pail_jw_init(&w, &b, 0);
    pail_jw_str(&w, pail_strn("a\0b", 3));
    assert_str(pail_buf_view(&b), "\"a\\u0000b\"");
}

static int parse_and_write(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    int rc = pail_json_parse(
        PAIL_STR(
            "{\"a\":[1,2.5,true,null,\"x\\n\"],\"b\":{\"c\":{},\"d\":1,\"e\":2,\"f\":3,\"g\":4,"
            "\"h\":5,\"i\":6,\"j\":7,\"k\":8},\"a\":[1,2,3,4,5,6,7,8,9,10]}"),
        "test", &doc, err);
    if (rc)
        return rc;
    write_sample(&b, 2);
    return pail_buf_check(&b, "text", err);
}

/* Longer than the parser's first buffers: what was read is whole or refused. */
static int parse_long(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    int rc = pail_json_parse(PAIL_STR("{\"a-name-longer-than-a-few-letters\": "
                                      "\"a value longer than a few letters\"}"),
                             "torture", &doc, err);
    if (rc == 0)
        assert_str(
            pail_json_str(pail_json_get(pail_json_root(doc), "a-name-longer-than-a-few-letters")),
            "a value longer than a few letters");
    return rc;
}

/* Words whose closing quote is the byte for which jansson's buffer grows. */
static int parse_full(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    return pail_json_parse(PAIL_STR("{\"0123456789abcd\": \"0123456789abcdef0123456789abcd\", "
                                    "\"0123456789abc\": \"0123456789abcdef0123456789abc\"}"),
                           "torture", &doc, err);
}

static void test_write_tree(void **state)
{
    static const char text[] = "{\"b\":[1,-2.5,1.0,100.0,1e-07,1e16,123456.789,0.0001,-0.0],\"a\":{"
                               "\"x\":null,\"y\":true},\"c\":\"\"}";
    struct pail_json *doc = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_jwriter w;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1000);

    assert_ok(pail_json_parse(pail_str(text), "tree", &doc, &err), &err);
    pail_jw_init(&w, &out, 0);
    pail_jw_node(&w, pail_json_root(doc));
    pail_json_free(doc);
    assert_str(pail_buf_view(&out), "{\"b\":[1,-2.5,1.0,100.0,1e-07,1e+16,123456.789,0.0001,-0.0],"
                                    "\"a\":{\"x\":null,\"y\":true},\"c\":\"\"}");
}

static void test_torture(void **state)
{
    pail_torture("json", parse_and_write, NULL);
    pail_torture("json, long", parse_long, NULL);
    pail_torture("json, full", parse_full, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_read), cmocka_unit_test(test_total),
               cmocka_unit_test(test_each_keeps_order), cmocka_unit_test(test_scalars),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_message),
               cmocka_unit_test(test_depth), cmocka_unit_test(test_write),
               cmocka_unit_test(test_write_strings), cmocka_unit_test(test_write_tree),
               cmocka_unit_test(test_torture))
