/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as text, table and YAML, and YAML read back. */
#include "unit/test.h"

#include "base/value_json.h"
#include "tools/service/output.h"
#include "tools/service/yaml.h"

struct row {
    const char *json, *text;
};

static struct pail_value *parse(struct pail_values **vs, const char *json)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;
    assert_ok(pail_values_new(vs, &err), &err);
    assert_ok(pail_value_from_json(*vs, pail_str(json), "test", &v, &err), &err);
    return v;
}

static void compare(const char *json, const struct pail_buf *got, const char *expected)
{
    if (strcmp(pail_buf_cstr(got), expected) == 0)
        return;
    print_error("%s\n  gives\n%s\n  expected\n%s\n", json, pail_buf_cstr(got), expected);
    fail();
}

static void test_text(void **state)
{
    static const struct row rows[] = {
        {"\"a\"", "a\n"},
        {"null", "None\n"},
        {"[1, [2, [3]], null, true]", "1\tNone\tTrue\n2\n3\n"},
        {"{\"a\": null, \"b\": [{\"c\": 1}, {\"d\": 2}]}", "None\nB\t1\t\nB\t\t2\n"},
        {"{\"z\": 1, \"a\": \"x\", \"m\": {\"k\": 1.5}}", "x\t1\nM\t1.5\n"},
        {"{\"names\": [\"a\", \"b\"]}", "NAMES\ta\nNAMES\tb\n"},
        {"[{\"n\": \"a\", \"t\": [{\"k\": 1}]}, {\"n\": \"b\"}]", "a\nT\t1\nb\n"},
        {"[]", ""},
        {"{}", ""},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        struct pail_values *vs;
        pail_out_text(&out, parse(&vs, rows[i].json));
        compare(rows[i].json, &out, rows[i].text);
        pail_values_free(vs);
    }
}

static void test_table(void **state)
{
    static const struct row rows[] = {
        {"[false]", "-----------\n|   Op    |\n+---------+\n|  False  |\n+---------+\n"},
        {"\"a\"", "----\n|Op|\n+--+\n"},
        {"[]", ""},
        {"[{\"b\": 1, \"a\": \"x\"}, {\"a\": \"yy\"}]",
         "-------------\n|    Op     |\n+-----+-----+\n|  a  |  b  |\n+-----+-----+\n|  x  |  1  "
         "|\n|  yy |     |\n+-----+-----+\n"},
        {"{\"n\": 1, \"list\": [{\"k\": \"v\"}]}",
         "------------\n|    Op    |\n+----+-----+\n|  n |  1  |\n+----+-----+\n||  list  "
         "||\n|+--------+|\n||    k   ||\n|+--------+|\n||  v     ||\n|+--------+|\n"},
    };
    struct pail_table_style style = {.width = 80};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        struct pail_values *vs;
        assert_ok(pail_out_table(&out, "Op", parse(&vs, rows[i].json), &style, NULL), NULL);
        compare(rows[i].json, &out, rows[i].text);
        pail_values_free(vs);
    }
}

static void test_wide_tables_are_turned(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
    struct pail_table_style style = {.width = 12};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_values *vs;
    struct pail_value *v = parse(&vs, "{\"first\": 1, \"second\": 2}");
    assert_ok(pail_out_table(&out, "Op", v, &style, &err), &err);
    compare("turned", &out,
            "-----------------\n|      Op       |\n+---------+-----+\n|  first  |  1  |\n|  second "
            "|  2  "
            "|\n+---------+-----+\n");
    pail_values_free(vs);
    v = parse(&vs, "[[1, 2], [3]]");
    assert_code(pail_out_table(&out, "Op", v, &style, &err), PAIL_E_INVALID);
    pail_values_free(vs);
}

static void test_width(void **state)
{
    assert_int_equal(pail_out_width(PAIL_STR("abc")), 3);
    assert_int_equal(pail_out_width(PAIL_STR("\xe6\xbc\xa2\xe5\xad\x97")), 4);
    assert_int_equal(pail_out_width(PAIL_STR("\xc3\xa9")), 2); /* ambiguous counts as wide */
}

static void test_yaml(void **state)
{
    static const struct row rows[] = {
        {"{\"b\": [{\"c\": 1, \"a\": null}], \"a\": {\"x\": []}, \"e\": {}}",
         "a:\n  x: []\nb:\n- a: null\n  c: 1\ne: {}\n"},
        {"[[1, 2], {\"a\": [true]}]", "- - 1\n  - 2\n- a:\n  - true\n"},
        {"\"text\"", "\"text\"\n"},
        {"false", "false\n"},
        {"[\"123\", \"1.5\", \"true\", \"null\", \"\", \"yes\", \"1_000\", \"0x1f\", \"1e3\"]",
         "- '123'\n- '1.5'\n- 'true'\n- 'null'\n- ''\n- yes\n- '1_000'\n- '0x1f'\n- '1e3'\n"},
        {"[\"10.0.0.0/16\", \"2031-02-27\", \"2031-02-27T23:06:40+00:00\", \"a: b\", \"a #b\", \"- "
         "a\"]",
         "- 10.0.0.0/16\n- '2031-02-27'\n- '2031-02-27T23:06:40+00:00'\n- 'a: b'\n- 'a #b'\n- '- "
         "a'\n"},
        {"[\"it's\", \"{a}\", \" a\", \"a \", \"a\\nb\", \"a\\tb\", \"\\u00fc \\u2603\", "
         "\"\\ud83d\\ude00\"]",
         "- it's\n- '{a}'\n- ' a'\n- 'a '\n- 'a\n\n  b'\n- \"a\\tb\"\n- \xc3\xbc \xe2\x98\x83\n- "
         "\"\\U0001F600\"\n"},
        {"{\"k\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "
         "cc dd\"}",
         "k: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
         "  cc dd\n"},
        {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\": {\"c\": 1}, \"d\\ne\": 2}",
         "? aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n:\n  c: 1\n? 'd\n\n  e'\n: 2\n"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 20);
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_values *vs;
        struct pail_value *v = parse(&vs, rows[i].json), *again = NULL;
        pail_out_yaml(&out, v);
        compare(rows[i].json, &out, rows[i].text);
        assert_ok(pail_yaml_parse(vs, pail_buf_view(&out), &again, &err), &err);
        if (!pail_value_eq(v, again)) {
            pail_buf_reset(&out);
            pail_value_to_json(&out, again, NULL);
            compare("read back", &out, rows[i].json);
        }
        pail_values_free(vs);
    }
}

static void test_present(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
    struct pail_values *vs;
    struct pail_value *v = parse(&vs, "{}");
    struct pail_time t = {.seconds = 1440938160, .nanos = 500000000};
    pail_value_set(vs, v, PAIL_STR("t"), pail_value_time(vs, t));
    pail_value_set(vs, v, PAIL_STR("b"), pail_value_blob(vs, (struct pail_bytes){"hello", 5}));
    pail_value_to_json(&out, pail_present(vs, v, NULL, false), NULL);
    assert_string_equal(pail_buf_cstr(&out),
                        "{\"t\": \"2015-08-30T12:36:00.500000+00:00\", \"b\": \"aGVsbG8=\"}");
    pail_values_free(vs);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_text), cmocka_unit_test(test_table),
               cmocka_unit_test(test_wide_tables_are_turned), cmocka_unit_test(test_width),
               cmocka_unit_test(test_yaml), cmocka_unit_test(test_present))
