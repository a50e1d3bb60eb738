/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/shellwords.h"

#include "unit/test.h"
#include "unit/torture.h"

struct words_case {
    const char *text;
    const char *word[6];
};

static const struct words_case cases[] = {
    {"", {NULL}},
    {" \t\n", {NULL}},
    {"one", {"one"}},
    {"  one\ttwo\nthree ", {"one", "two", "three"}},
    {"'a b' \"c d\"", {"a b", "c d"}},
    {"a'b'\"c\"d", {"abcd"}},
    {"'' \"\" x", {"", "", "x"}},
    {"a\\ b", {"a b"}},
    {"\\\"", {"\""}},
    {"'a\\b'", {"a\\b"}},
    {"\"a\\\"b\\\\c\\d\\$\"", {"a\"b\\c\\d\\$"}},
    {"'it'\\''s'", {"it's"}},
    {"$HOME *.c # ; |", {"$HOME", "*.c", "#", ";", "|"}},
    {"caf\xc3\xa9 x", {"caf\xc3\xa9", "x"}},
};

static void test_split(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_shell_words w = {0};
        size_t n = 0;
        assert_ok(pail_shell_words_split(pail_str(cases[i].text), &w, &err), &err);
        for (; cases[i].word[n]; n++) {
            assert_true(n < w.n);
            assert_string_equal(w.word[n], cases[i].word[n]);
        }
        assert_int_equal(w.n, n);
        if (n)
            assert_null(w.word[n]);
        pail_shell_words_done(&w);
    }
}

static void test_errors(void **state)
{
    static const char *const bad[] = {"'", "\"", "a 'b", "\"a\\\"", "a\\", "\"\\"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_shell_words w = {0};
        assert_code(pail_shell_words_split(pail_str(bad[i]), &w, &err), PAIL_E_PARSE);
        assert_null(w.word);
    }
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_shell_words w = {0};
    int rc = pail_shell_words_split(PAIL_STR("a bb 'c c' d e f g h i j k l m n o p"), &w, err);
    pail_shell_words_done(&w);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("words", torture_body, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_split), cmocka_unit_test(test_errors),
               cmocka_unit_test(test_torture))
