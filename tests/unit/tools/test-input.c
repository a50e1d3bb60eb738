/* SPDX-License-Identifier: Apache-2.0 */
/* What people write for parameters: shorthand, YAML, broken JSON. */
#include "unit/test.h"
#include "unit/torture.h"

#include "base/value_json.h"
#include "tools/service/input.h"
#include "tools/service/yaml.h"

struct row {
    const char *text, *result; /* JSON, or "! message" */
};

typedef int parse_fn(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                     struct pail_buf *why);

static void check(parse_fn *parse, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 20);
        struct pail_values *vs = NULL;
        struct pail_value *v = NULL;
        assert_ok(pail_values_new(&vs, NULL), NULL);
        if (parse(vs, pail_str(rows[i].text), &v, &why))
            pail_buf_fmt(&out, "! %s", pail_buf_cstr(&why));
        else
            pail_value_to_json(&out, v, &(struct pail_json_style){.compact = true});
        if (strcmp(pail_buf_cstr(&out), rows[i].result) != 0) {
            print_error("%s\n  gives    %s\n  expected %s\n", rows[i].text, pail_buf_cstr(&out),
                        rows[i].result);
            fail();
        }
        pail_values_free(vs);
    }
}

static void test_shorthand(void **state)
{
    static const struct row rows[] = {
        {"a=b", "{\"a\":\"b\"}"},
        {"a=b,c=d", "{\"a\":\"b\",\"c\":\"d\"}"},
        {"a=b,c", "{\"a\":[\"b\",\"c\"]}"},
        {"a=b,c,d=e", "{\"a\":[\"b\",\"c\"],\"d\":\"e\"}"},
        {"a=b,c,d=e,f", "{\"a\":[\"b\",\"c\"],\"d\":[\"e\",\"f\"]}"},
        {"Name=tag:x,Values=", "{\"Name\":\"tag:x\",\"Values\":\"\"}"},
        {"a=[b,c],d={e=f,g=[h]}", "{\"a\":[\"b\",\"c\"],\"d\":{\"e\":\"f\",\"g\":[\"h\"]}}"},
        {"T=[{K=a,V=b},{K=c,V=d}]",
         "{\"T\":[{\"K\":\"a\",\"V\":\"b\"},{\"K\":\"c\",\"V\":\"d\"}]}"},
        {"a=\"x, y\",b='q\\'r'", "{\"a\":\"x, y\",\"b\":\"q'r\"}"},
        {"a=\"say \\\"hi\\\"\"", "{\"a\":\"say \\\"hi\\\"\"}"},
        {"Key = spaced , Value = v w ", "{\"Key\":\"spaced\",\"Value\":\"v w\"}"},
        {"Key=e,Value=a\\,b", "{\"Key\":\"e\",\"Value\":\"a,b\"}"},
        {"k=x=y,z=1", "{\"k\":\"x=y\",\"z\":\"1\"}"},
        {"=a,V=b", "{\"\":\"a\",\"V\":\"b\"}"},
        {"a=\"b\",\"c\"", "{\"a\":[\"b\",\"c\"]}"},
        {"a=[]", "{\"a\":[]}"},
        {"a={}", "{\"a\":{}}"},
        {"a=\xc3\xbc", "{\"a\":\"\xc3\xbc\"}"},
        {"", "! Expected: '=', received: 'EOF' for input:\n \n^"},
        {"abc", "! Expected: '=', received: 'EOF' for input:\nabc\n   ^"},
        {"a=b,a=c",
         "! Second instance of key \"a\" encountered for input:\na=b,a=c\n    ^\nThis is often "
         "because there is a preceding \",\" instead of a space."},
        {"a=[b", "! Expected: ',', received: 'EOF' for input:\na=[b\n    ^"},
        {"a={b=c,d}", "! Expected: '=', received: '}' for input:\na={b=c,d}\n        ^"},
        {"a=\"x", "! Expected: '<double quoted>', received: '<none>' for input:\na=\"x\n  ^"},
    };
    check(pail_shorthand_parse, rows, PAIL_ARRAY_LEN(rows));
}

static int yaml(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                struct pail_buf *why)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_yaml_parse(vs, text, ret, &err);
    if (rc)
        pail_buf_z(why, err.message);
    return rc;
}

static void test_yaml(void **state)
{
    static const struct row rows[] = {
        {"a: b\nc: 1\nd: 1.5\ne: true\nf: ~\ng: '1'\n",
         "{\"a\":\"b\",\"c\":1,\"d\":1.5,\"e\":true,\"f\":null,\"g\":\"1\"}"},
        {"a:\n- b\n- c: d\n  e: f\n- - g\n", "{\"a\":[\"b\",{\"c\":\"d\",\"e\":\"f\"},[\"g\"]]}"},
        {"a:\n  - b\n  -\n    c: d\nx: y", "{\"a\":[\"b\",{\"c\":\"d\"}],\"x\":\"y\"}"},
        {"a: {b: c, d: [e, 2]} # why\n# all of it\nf: \"x\\ty\"",
         "{\"a\":{\"b\":\"c\",\"d\":[\"e\",2]},\"f\":\"x\\ty\"}"},
        {"a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\n\n  three\n",
         "{\"a\":\"one\\n two\\n\\nthree\\n\",\"b\":\"one two\\nthree\"}"},
        {"a: one\n  two\nb: 'x\n  y'", "{\"a\":\"one two\",\"b\":\"x y\"}"},
        {"a:\nb:\n", "{\"a\":null,\"b\":null}"},
        {"---\na: http://x/y:z\n", "{\"a\":\"http://x/y:z\"}"},
        {"[1, 2]", "[1,2]"},
        {"- a\n- b\n", "[\"a\",\"b\"]"},
        {"{\"a\": {\"b\": [1, null]}}", "{\"a\":{\"b\":[1,null]}}"},
        {"", "null"},
        {"a: [1, 2", "! line 1: expected , or the end of the collection"},
        {"a: &x b\nc: *x\nd: [*x, &y 1, *y]", "{\"a\":\"b\",\"c\":\"b\",\"d\":[\"b\",1,1]}"},
        {"- &a\n  b: c\n- *a\n", "[{\"b\":\"c\"},{\"b\":\"c\"}]"},
        {"a: !!str 5\nb: !!binary aGk=\nc: !!int 5\nd: ! ~\ne: !!str",
         "{\"a\":\"5\",\"b\":\"aGk=\",\"c\":5,\"d\":\"~\",\"e\":\"\"}"},
        {"- !!map a: b", "! line 1: a collection begins behind a tag or an anchor"},
        {"a: &x - b", "! line 1: a collection begins behind a tag or an anchor"},
        {"a: *x", "! line 1: an alias of nothing"},
        {"a: !x b", "! line 1: an unknown tag"},
        {"a: !!binary '*'", "! line 1: not base64"},
        {"? a\n: 1\n? 'b\n  c'\n:\n  d: e\n? 5\n? |\n  f\n:\n- g\nh: {}",
         "{\"a\":1,\"b c\":{\"d\":\"e\"},\"5\":null,\"f\\n\":[\"g\"],\"h\":{}}"},
        {"- ? a\n  : 1\n- ? b", "[{\"a\":1},{\"b\":null}]"},
        {"? - a\n: b", "! Keys that are collections are not read here."},
        {"? a: b", "! Keys that are collections are not read here."},
        {"?\n: b", "! line 2: nothing behind ?"},
        {"? a\n? a", "! line 2: the same key twice"},
        {"a: ? b", "! line 1: a collection begins behind \"key:\""},
        {"{? a : b}", "! line 1: a character that begins nothing"},
        {"a: b: c", "! line 1: a collection begins behind \"key:\""},
        {"a: - b", "! line 1: a collection begins behind \"key:\""},
        {"a: @b", "! line 1: a character that begins nothing"},
        {"\ta: b", "! line 1: a character that begins nothing"},
        {"a: b\na: c", "! line 2: the same key twice"},
        {"{a: b, a: c}", "! line 1: the same key twice"},
        {"a: 'b", "! line 1: a quoted text is not closed"},
        {"a: b\n   c: d", "! line 2: indented too deeply"},
    };
    check(yaml, rows, PAIL_ARRAY_LEN(rows));
}

static int read_yaml(void *ud, struct pail_error *err)
{
    static const char text[] =
        "a: &x \"one \\\n  two\"\n'b': [*x, {c: !!str 5, 'd': no}]\ne: |\n  text\nf: !!binary "
        "aGk=\n"
        "? a key that is long, and its value a plain one that goes on and on for more than a line\n"
        ":\n- >-\n  folded text\n";
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;
    int rc = pail_values_new(&vs, err);
    if (!rc)
        rc = pail_yaml_parse(vs, PAIL_STR(text), &v, err);
    if (!rc)
        pail_value_to_json(&out, v, NULL);
    pail_values_free(vs);
    if (!rc)
        rc = pail_buf_check(&out, "json", err);
    if (!rc) /* nothing is cut short */
        assert_string_equal(
            pail_buf_cstr(&out),
            "{\"a\": \"one two\", \"b\": [\"one two\", {\"c\": \"5\", \"d\": \"no\"}], "
            "\"e\": \"text\\n\", \"f\": \"aGk=\", \"a key that is long, and its value a "
            "plain one that goes on and on for more than a line\": [\"folded text\"]}");
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("yaml", read_yaml, NULL);
}

static void test_complaints_about_json(void **state)
{
    static const struct row rows[] = {
        {"[{AttributeName=a}]",
         "Expecting property name enclosed in double quotes: line 1 column 3 (char 2)"},
        {"", "Expecting value: line 1 column 1 (char 0)"},
        {"{\"a\":1,}", "Illegal trailing comma before end of object: line 1 column 7 (char 6)"},
        {"[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
        {"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
        {"{\n \"a\": \"b", "Unterminated string starting at: line 2 column 7 (char 8)"},
        {"\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"},
        {"{} x", "Extra data: line 1 column 4 (char 3)"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
        pail_json_complaint(&out, pail_str(rows[i].text));
        assert_string_equal(pail_buf_cstr(&out), rows[i].result);
    }
}

static void test_numbers(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_values *vs = NULL;
    int64_t i;
    double d;
    assert_ok(pail_values_new(&vs, NULL), NULL);
    assert_true(pail_value_as_int(pail_input_int(vs, PAIL_STR(" +1_000 "), &why), &i));
    assert_int_equal(i, 1000);
    assert_str(pail_value_as_str(pail_input_int(vs, PAIL_STR("99999999999999999999"), &why)),
               "99999999999999999999");
    assert_true(pail_value_as_real(pail_input_real(vs, PAIL_STR("-.5e1"), &why), &d));
    assert_true(d == -5.0);
    assert_null(pail_input_int(vs, PAIL_STR("1.5"), &why));
    assert_string_equal(pail_buf_cstr(&why), "invalid literal for int() with base 10: '1.5'");
    pail_values_free(vs);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_shorthand), cmocka_unit_test(test_yaml),
               cmocka_unit_test(test_torture), cmocka_unit_test(test_complaints_about_json),
               cmocka_unit_test(test_numbers))
