/* SPDX-License-Identifier: Apache-2.0 */
/* The alias file: sections, names, values of several lines, and what is no such file. */
#include "tools/service/aliasfile.h"

#include "unit/test.h"

static const char file[] = "# mine\n"
                           "[toplevel]\n"
                           "whoami = sts get-caller-identity\n"
                           "Mixed: s3 ls\n"
                           "many =\n"
                           "  !f() {\n"
                           "    # gone\n"
                           "    echo a\n"
                           "\n"
                           "    echo b = c\n"
                           "  }; f\n"
                           "\n"
                           "after = x\n"
                           "[command  ec2]\n"
                           "whoami = other\n";

static void expect(const char *text, const char *section, const char *name, const char *value)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf got = PAIL_BUF_INIT(4096);
    struct pail_error err = PAIL_ERROR_INIT;
    bool found = false;
    assert_ok(
        pail_alias_find(pail_str(text), pail_str(section), pail_str(name), &got, &found, &err),
        &err);
    assert_int_equal(found, value != NULL);
    assert_string_equal(pail_buf_cstr(&got), value ? value : "");
}

static void test_values(void **state)
{
    expect(file, "toplevel", "whoami", "sts get-caller-identity");
    expect(file, "toplevel", "mixed", "s3 ls");
    expect(file, "toplevel", "many", "\n!f() {\necho a\n\necho b = c\n}; f");
    expect(file, "toplevel", "after", "x");
    expect(file, "command ec2", "whoami", "other");
    expect(file, "command s3", "whoami", NULL);
    expect(file, "toplevel", "none", NULL);
    expect("", "toplevel", "none", NULL);
    expect("[toplevel]\na = b", "toplevel", "a", "b");
}

static void refuse(const char *text, const char *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf got = PAIL_BUF_INIT(4096);
    struct pail_error err = PAIL_ERROR_INIT;
    bool found = false;
    assert_code(
        pail_alias_find(pail_str(text), PAIL_STR("toplevel"), PAIL_STR("a"), &got, &found, &err),
        PAIL_E_PARSE);
    assert_string_equal(err.message, why);
}

static void test_refused(void **state)
{
    refuse("a = b\n", "line 1: a name before any section");
    refuse("[toplevel]\nnothing\n", "line 2: neither a section nor \"name = value\"");
    refuse("[toplevel]\na = b\n\na = c\n", "line 4: the name is there twice");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_values), cmocka_unit_test(test_refused))
