/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "tools/service/inifile.h"
#include "tools/service/prose.h"

static void check(const char *text, struct pail_ini_edit e, const char *expected)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
    pail_ini_edit(&out, pail_str(text), &e);
    assert_string_equal(pail_buf_cstr(&out), expected);
}

#define EDIT(s, k, v)                                                                              \
    (struct pail_ini_edit)                                                                         \
    {                                                                                              \
        .section = PAIL_STR(s), .key = PAIL_STR(k), .value = PAIL_STR(v)                           \
    }
#define NESTED(s, k, n, v)                                                                         \
    (struct pail_ini_edit)                                                                         \
    {                                                                                              \
        .section = PAIL_STR(s), .key = PAIL_STR(k), .sub = PAIL_STR(n), .value = PAIL_STR(v)       \
    }

static void test_edit(void **state)
{
    check("", EDIT("default", "a", "1"), "[default]\na = 1\n");
    check("[x]\nb = 2", EDIT("default", "a", "1"), "[x]\nb = 2\n[default]\na = 1\n");
    check("[default]\n# note\na=0\nb=2\n", EDIT("default", "a", "1"),
          "[default]\n# note\na = 1\nb=2\n");
    check("[default]\nb=2\n\n[y]\na=0\n", EDIT("default", "a", "1"),
          "[default]\nb=2\na = 1\n\n[y]\na=0\n");
    check("[profile \"a b\"]\nk=1\n", EDIT("profile a b", "k", "2"), "[profile \"a b\"]\nk = 2\n");
    check("#[default]\n[default]\n", EDIT("default", "a", "1"), "#[default]\n[default]\na = 1\n");
}

static void test_edit_of_blocks(void **state)
{
    check("[d]\nr = x\n", NESTED("d", "s3", "k", "v"), "[d]\nr = x\ns3 =\n    k = v\n");
    check("[d]\ns3 =\n  k = 1\n  m = 2\nr = x\n", NESTED("d", "s3", "k", "v"),
          "[d]\ns3 =\n  k = v\n  m = 2\nr = x\n");
    check("[d]\ns3 =\n    m = 2\n[e]\nk = 1\n", NESTED("d", "s3", "k", "v"),
          "[d]\ns3 =\n    m = 2\n    k = v\n[e]\nk = 1\n");
}

static void test_newlines_are_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_ini_edit e = EDIT("d", "a", "1\n[x]");
    assert_code(pail_ini_set("/nonexistent/config", &e, &err), PAIL_E_INVALID);
}

static void test_prose(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf first = PAIL_BUF_INIT(1 << 16);
    struct pail_str html = PAIL_STR("<p>One <code>two</code> &amp; three. Four five six seven.</p>"
                                    "<ul><li><p>a</p></li><li>b</li></ul>");
    pail_prose(&out, html, 2, 24);
    assert_string_equal(pail_buf_cstr(&out), "  One two & three. Four\n  five six seven.\n\n  * a\n"
                                             "  * b\n\n");
    pail_prose_first_sentence(&first, html);
    assert_string_equal(pail_buf_cstr(&first), "One two & three.");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_edit), cmocka_unit_test(test_edit_of_blocks),
               cmocka_unit_test(test_newlines_are_refused), cmocka_unit_test(test_prose))
