/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "base/value_json.h"
#include "jmespath/jmespath.h"

struct row {
    const char *expression, *in, *out; /* JSON */
};

/* The result as JSON, or the whole message. */
static void search(const char *expression, const char *in, struct pail_buf *to)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_values *vs = NULL;
    struct pail_value *doc = NULL, *found = NULL;
    struct pail_jmes *j = NULL;
    assert_ok(pail_values_new(&vs, &err), &err);
    assert_ok(pail_value_from_json(vs, pail_str(in), "input", &doc, &err), &err);
    int rc = pail_jmes_compile_why(pail_str(expression), &j, to, &err);
    if (!rc)
        rc = pail_jmes_search_why(j, doc, vs, &found, to, &err);
    assert_int_equal(rc, err.code);
    if (!rc)
        pail_value_to_json(to, found, &(struct pail_json_style){.compact = true});
    pail_jmes_free(j);
    pail_values_free(vs);
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        search(rows[i].expression, rows[i].in, &out);
        if (strcmp(pail_buf_cstr(&out), rows[i].out) != 0) {
            print_error("%s of %s\n  gives    %s\n  expected %s\n", rows[i].expression, rows[i].in,
                        pail_buf_cstr(&out), rows[i].out);
            fail();
        }
    }
}

static const char people[] = "{\"p\":[{\"n\":\"b\",\"a\":30,\"t\":[\"x\",\"y\"]},"
                             "{\"n\":\"a\",\"a\":50,\"t\":[]},{\"n\":\"c\",\"a\":40}],"
                             "\"m\":{\"k1\":{\"v\":1},\"k2\":{\"v\":2},\"k3\":null},\"e\":[]}";

static void test_paths(void **state)
{
    static const struct row rows[] = {
        {"p[0].n", people, "\"b\""},
        {"p[-1].n", people, "\"c\""},
        {"p[3]", people, "null"},
        {"p[*].n", people, "[\"b\",\"a\",\"c\"]"},
        {"p[].t", people, "[[\"x\",\"y\"],[]]"},
        {"p[].t[]", people, "[\"x\",\"y\"]"},
        {"p[*].t[0]", people, "[\"x\"]"},
        {"m.*.v", people, "[1,2]"},
        {"*.k1", people, "[{\"v\":1}]"},
        {"m.\"k1\".v", people, "1"},
        {"p[1:].n", people, "[\"a\",\"c\"]"},
        {"p[::-1].n", people, "[\"c\",\"a\",\"b\"]"},
        {"p[-2:-1].n", people, "[\"a\"]"},
        {"p[5:0:-2].n", people, "[\"c\"]"},
        {"p[0:9:9223372036854775807].n", people, "[\"b\"]"},
        {"p[0].n | @", people, "\"b\""},
        {"p[*].n | [0]", people, "\"b\""},
        {"n.o.p", people, "null"},
        {"p.n", people, "null"},
        {"e[0]", people, "null"},
        {"[*].n", "[{\"n\":1},{\"x\":2},{\"n\":null}]", "[1]"},
        {"[][0]", "[[1,2],[3]]", "[]"},
        {"a[0][1]", "{\"a\":[[5,6]]}", "6"},
        {"\"\\u00fc \\\"x\"", "{\"\xc3\xbc \\\"x\":1}", "1"},
        {"@", "null", "null"},
    };
    check_rows(rows, PAIL_ARRAY_LEN(rows));
}

static void test_conditions_and_selections(void **state)
{
    static const struct row rows[] = {
        {"p[?a > `35`].n", people, "[\"a\",\"c\"]"},
        {"p[?n == 'b' || n == 'c'].a", people, "[30,40]"},
        {"p[?!t].n", people, "[\"a\",\"c\"]"},
        {"p[?t && a < `40`] | [0].n", people, "\"b\""},
        {"p[?n >= 'b'].n", people, "[\"b\",\"c\"]"},
        {"p[?contains(n, `c`)].a", people, "[40]"},
        {"p[*].[n, a]", people, "[[\"b\",30],[\"a\",50],[\"c\",40]]"},
        {"p[0].{N: n, T: t[0], \"x y\": `1`}", people, "{\"N\":\"b\",\"T\":\"x\",\"x y\":1}"},
        {"nothing.{a: b}", people, "null"},
        {"nothing.[a]", people, "null"},
        {"e || p[0].n", people, "\"b\""},
        {"(e || m).k1.v", people, "1"},
        {"`0` && 'y'", people, "\"y\""},
        {"`1` == `1.0`", people, "true"},
        {"`1` == `true`", people, "false"},
        {"`[1]` == `[true]`", people, "true"},
        {"`true` < `2`", people, "null"},
        {"`{\"a\": [1, null]}` == `{\"a\": [1, null]}`", people, "true"},
        {"'it\\'s'", people, "\"it's\""},
        {"`it\\`s`", people, "\"it`s\""},
        {"`  text`", people, "\"text\""},
        {"`12345678901234567890`", people, "12345678901234567890"},
    };
    check_rows(rows, PAIL_ARRAY_LEN(rows));
}

static void test_functions(void **state)
{
    static const struct row rows[] = {
        {"[abs(`-3`), abs(`-1.5`), ceil(`1.1`), floor(`-1.1`), ceil(`7`)]", "0", "[3,1.5,2,-2,7]"},
        {"[avg(`[1, 2]`), avg(`[]`), sum(`[]`), sum(`[1, 2]`), sum(`[1, 0.5]`)]", "0",
         "[1.5,null,0,3,1.5]"},
        {"[max(`[3, 1, 4.5]`), min(`[\"b\", \"a\"]`), max(`[]`)]", "0", "[4.5,\"a\",null]"},
        {"[length('\xc3\xbc\xe2\x98\x83'), length(`[1]`), length(`{}`)]", "0", "[2,1,0]"},
        {"[reverse('a\xc3\xbc'), reverse(`[1, 2]`)]", "0",
         "[\"\xc3\xbc"
         "a\",[2,1]]"},
        {"[starts_with('abc', 'ab'), ends_with('abc', 'ab')]", "0", "[true,false]"},
        {"[contains('abc', 'bc'), contains(`[1, \"x\"]`, 'x'), contains(`[]`, `1`)]", "0",
         "[true,true,false]"},
        {"join(', ', `[\"a\", \"b\"]`)", "0", "\"a, b\""},
        {"[keys(@), values(@)]", "{\"b\":1,\"a\":2}", "[[\"b\",\"a\"],[1,2]]"},
        {"merge(`{\"a\": 1, \"b\": 1}`, `{\"b\": 2}`)", "0", "{\"a\":1,\"b\":2}"},
        {"map(&n, p)", people, "[\"b\",\"a\",\"c\"]"},
        {"map(&zz, p)", people, "[null,null,null]"},
        {"sort_by(p, &a)[].n", people, "[\"b\",\"c\",\"a\"]"},
        {"sort_by(p, &n)[].n", people, "[\"a\",\"b\",\"c\"]"},
        {"sort_by(@, &k)[].v", "[{\"k\":1,\"v\":1},{\"k\":0,\"v\":2},{\"k\":1,\"v\":3}]",
         "[2,1,3]"},
        {"[max_by(p, &a).n, min_by(p, &a).n, max_by(e, &a)]", people, "[\"a\",\"b\",null]"},
        {"[not_null(x, e, m), not_null(x)]", people, "[[],null]"},
        {"sort(`[10, 9, 1.5]`)", "0", "[1.5,9,10]"},
        {"[to_array(`1`), to_array(`[1]`)]", "0", "[[1],[1]]"},
        {"[to_number('7'), to_number(' -1.5e1 '), to_number('x'), to_number(`null`), "
         "to_number('99999999999999999999'), to_number('.5'), to_number('1_0')]",
         "0", "[7,-15.0,null,null,99999999999999999999,0.5,10]"},
        {"[to_string(`{\"a\": [1, \"\xc3\xbc\"]}`), to_string('x'), to_string(`1.0`)]", "0",
         "[\"{\\\"a\\\":[1,\\\"\\\\u00fc\\\"]}\",\"x\",\"1.0\"]"},
        {"[type(`null`), type('s'), type(`1`), type(`true`), type(`[]`), type(`{}`)]", "0",
         "[\"null\",\"string\",\"number\",\"boolean\",\"array\",\"object\"]"},
    };
    check_rows(rows, PAIL_ARRAY_LEN(rows));
}

static void test_errors_of_expressions(void **state)
{
    static const struct row rows[] = {
        {"foo.(bar)", "0",
         "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: "
         "lparen: Parse error at column 4, token \"(\" (LPAREN), for expression:\n\"foo.(bar)\"\n"
         "     ^"},
        {" ", "0", "Invalid jmespath expression: Incomplete expression:\n\" \"\n  ^"},
        {"", "0", "Invalid JMESPath expression: cannot be empty."},
        {"a b", "0",
         "Unexpected token: b: Parse error at column 2, token \"b\" (UNQUOTED_IDENTIFIER), for "
         "expression:\n\"a b\"\n   ^"},
        {"a[", "0", "Invalid jmespath expression: Incomplete expression:\n\"a[\"\n   ^"},
        {"a[b]", "0",
         "Expecting: star, got: unquoted_identifier: Parse error at column 2, token \"b\" "
         "(UNQUOTED_IDENTIFIER), for expression:\n\"a[b]\"\n   ^"},
        {"a = b", "0", "Bad jmespath expression: Unknown token '=':\na = b\n  ^"},
        {"\xc3\xbc # b", "0", "Bad jmespath expression: Unknown token \xc3\xbc:\n\xc3\xbc # b\n^"},
        {"a-", "0", "Bad jmespath expression: Unknown token '-':\na-\n ^"},
        {"'abc", "0", "Bad jmespath expression: Unclosed ' delimiter:\n'abc\n^"},
        {"\"\\x\"", "0", "Bad jmespath expression: Invalid \\escape:\n\"\\x\"\n^"},
        {"\"a\"(b)", "0",
         "Quoted identifier not allowed for function names.: Parse error at column 0, token \"(\" "
         "(LPAREN), for expression:\n\"\"a\"(b)\"\n ^"},
        {"{a}", "0",
         "Expecting: colon, got: rbrace: Parse error at column 2, token \"}\" (RBRACE), for "
         "expression:\n\"{a}\"\n   ^"},
        {"a[1:2:3:4]", "0",
         "syntax error: Parse error at column 7, token \":\" (COLON), for expression:\n"
         "\"a[1:2:3:4]\"\n        ^"},
    };
    check_rows(rows, PAIL_ARRAY_LEN(rows));
}

static void test_errors_of_searches(void **state)
{
    static const struct row rows[] = {
        {"length(@)", "1",
         "In function length(), invalid type for value: 1, expected one of: ['string', 'array', "
         "'object'], received: \"number\""},
        {"sort(@)", "[1, \"a\"]",
         "In function sort(), invalid type for value: a, expected one of: ['array-string', "
         "'array-number'], received: \"str\""},
        {"keys(a)", "{}",
         "In function keys(), invalid type for value: None, expected one of: ['object'], "
         "received: \"null\""},
        {"abs(`1`, `2`)", "0", "Expected 1 argument for function abs(), received 2"},
        {"not_null()", "0", "Expected at least 1 argument for function not_null(), received 0"},
        {"nope(@)", "0", "Unknown function: nope()"},
        {"`1` < 'a'", "0", "'<' not supported between instances of 'int' and 'str'"},
        {"@[::0]", "[]", "slice step cannot be zero"},
    };
    check_rows(rows, PAIL_ARRAY_LEN(rows));
}

static void test_depth_is_bounded(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf deep = PAIL_BUF_INIT(1 << 20);
    static const char *const pieces[] = {"!", "(", "[", "a||", "a|", "f(", "a[?", "{a:"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(pieces); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        pail_buf_reset(&deep);
        for (int k = 0; k < 5000; k++)
            pail_buf_z(&deep, pieces[i]);
        pail_buf_char(&deep, 'a');
        search(pail_buf_cstr(&deep), "0", &out);
        assert_non_null(strstr(pail_buf_cstr(&out), "nests too deeply"));
    }
}

static void test_long_messages_are_whole(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf long_one = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
    for (int k = 0; k < 1000; k++)
        pail_buf_z(&long_one, "abc.");
    search(pail_buf_cstr(&long_one), "0", &out);
    assert_true(out.len > 8000);
    assert_int_equal(out.ptr[out.len - 1], '^');
}

PAIL_TEST_MAIN(cmocka_unit_test(test_paths), cmocka_unit_test(test_conditions_and_selections),
               cmocka_unit_test(test_functions), cmocka_unit_test(test_errors_of_expressions),
               cmocka_unit_test(test_errors_of_searches), cmocka_unit_test(test_depth_is_bounded),
               cmocka_unit_test(test_long_messages_are_whole))
