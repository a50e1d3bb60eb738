/* SPDX-License-Identifier: Apache-2.0 */
/* Table cases; diff-ini.py compares thousands of files with the reference implementation. */
#include "base/ini.h"

#include "base/buf.h"

#include "unit/test.h"
#include "unit/torture.h"

static struct pail_ini *parse(const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_ini *ini = NULL;

    assert_ok(pail_ini_parse(pail_str(text), "config", &ini, &err), &err);
    return ini;
}

/* Key k of the first section, or key k in its block sub; NULL: absent. */
static void assert_value(const char *text, const char *sub, const char *key, const char *value)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = parse(text);
    struct pail_str s = pail_ini_get(ini, 0, sub, key);

    if (!value)
        assert_null(s.ptr);
    else
        assert_str(s, value);
    assert_int_equal(s.ptr != NULL, value != NULL);
}

static void test_values(void **state)
{
    static const struct {
        const char *text, *sub, *key, *value;
    } cases[] = {
        {"[a]\nk = v\n", NULL, "k", "v"},
        {"[a]\nk=v", NULL, "k", "v"},
        {"[a]\nK : v w \n", NULL, "k", "v w"},
        {"[a]\nk = V=W:x\n", NULL, "k", "V=W:x"},
        {"[a]\nk : a = b\n", NULL, "k", "a = b"},
        {"[a]\nk =\n", NULL, "k", ""},
        {"[a]\nk =\nl = 1\n", NULL, "k", ""},
        {"[a]\nk\tx = v\n", NULL, "k\tx", "v"},
        {"[a]\nk = v # no comment ; either\n", NULL, "k", "v # no comment ; either"},
        {"# c\n; c\n  # c\n\n[a]\n# c\nk = v\n", NULL, "k", "v"},
        {"[a]\nk = %(x)s $Y\n", NULL, "k", "%(x)s $Y"},
        {"[a]\r\nk = v\r\nl = w\rm = x", NULL, "m", "x"},
        {"[a]\n\xc3\x84 = v\n", NULL, "\xc3\xa4", "v"},
        {"[a]\nk = v\n", NULL, "K", NULL},
        {"[a]\nk = v\n", "k", "v", NULL},
        /* continuation */
        {"[a]\nk = 1\n 2\n   3\nl = 4\n", NULL, "k", "1\n2\n3"},
        {"[a]\nk = 1\n # c\n 2\n", NULL, "k", "1\n2"},
        {"[a]\nk = 1\n\n 2\n\n\nl = 3\n", NULL, "k", "1\n\n2"},
        {"[a]\nk = 1\n[b]\n", NULL, "k", "1"},
        {"[a]\nk = 1\n [b]\n l = 2\n", NULL, "k", "1\n[b]\nl = 2"},
        {"[a]\n  k = 1\n  l = 2\n", NULL, "l", "2"},
        {"[a]\n  k = 1\n   2\n l = 3\n", NULL, "k", "1\n2"},
        {"[a]\n  k = 1\n   2\n l = 3\n", NULL, "l", "3"},
        {"[a]\nk = 1\n\xc2\xa0=2\n", NULL, "k", "1\n=2"},
        /* blocks */
        {"[a]\ns3 =\n  x = 1\n  Y=2=3 \n", "s3", "x", "1"},
        {"[a]\ns3 =\n  x = 1\n  Y=2=3 \n", "s3", "Y", "2=3"},
        {"[a]\ns3 =\n  x = 1\n  Y=2=3 \n", "s3", "y", NULL},
        {"[a]\ns3 =\n  x = 1\n", NULL, "s3", NULL},
        {"[a]\ns3 =\n\n\n  x = 1\n\n  x = 2\n", "s3", "x", "2"},
        {"[a]\ns3 =\n  = 1\n", "s3", "", "1"},
        {"[a]\ns3 =\n  x = 1\n    y = 2\n", "s3", "y", "2"},
        {"[a]\ns3 = z\n  x = 1\n", NULL, "s3", "z\nx = 1"},
        {"[a]\ns3 =\n  x = 1\xe2\x80\xa8y = 2\n", "s3", "y", "2"},
        /* defaults */
        {"[DEFAULT]\nk = 1\n[a]\n", NULL, "k", "1"},
        {"[DEFAULT]\nk = 1\n[a]\nk = 2\n", NULL, "k", "2"},
        {"[a]\n[DEFAULT]\nk = 1\n[b]\n[DEFAULT]\nl = 2\n", NULL, "l", "2"},
        {"[DEFAULT]\nb =\n  x = 1\n[a]\n", "b", "x", "1"},
        {"[DEFAULT]\nb =\n  broken\n[a]\nb = 1\n", NULL, "b", "1"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        assert_value(cases[i].text, cases[i].sub, cases[i].key, cases[i].value);
}

static void test_sections(void **state)
{
    PAIL_CLEANUP(pail_ini_free_p)
    struct pail_ini *ini = parse("[default]\n[profile a b] x\n[DEFAULT]\n[a]b]\n[ c ]\n");

    assert_str(pail_ini_section(ini, 0), "default");
    assert_str(pail_ini_section(ini, 1), "profile a b");
    assert_str(pail_ini_section(ini, 2), "a]b");
    assert_str(pail_ini_section(ini, 3), " c ");
    assert_null(pail_ini_section(ini, 4).ptr);
    assert_null(pail_ini_get(ini, 4, NULL, "k").ptr);

    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *empty = parse("");
    assert_null(pail_ini_section(empty, 0).ptr);
    /* Nobody sees this block, so nobody minds. */
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *unseen = parse("[DEFAULT]\nb =\n  broken\n");
    assert_null(pail_ini_section(unseen, 0).ptr);
}

static void test_keys(void **state)
{
    PAIL_CLEANUP(pail_ini_free_p)
    struct pail_ini *ini = parse(
        "[DEFAULT]\nx = 0\ny = 0\n[a]\nk = 1\nb =\n  p = 1\n  q = 2\nx = 3\n");
    static const char *const names[] = {"k", "b", "x", "y"};
    struct pail_str key, value;
    bool is_block;

    for (size_t k = 0; k < PAIL_ARRAY_LEN(names); k++) {
        assert_true(pail_ini_key(ini, 0, k, &key, &value, &is_block));
        assert_str(key, names[k]);
        assert_int_equal(is_block, k == 1);
    }
    assert_false(pail_ini_key(ini, 0, 4, &key, &value, &is_block));
    assert_false(pail_ini_key(ini, 1, 0, &key, &value, &is_block));
    assert_true(pail_ini_block_key(ini, 0, 1, 1, &key, &value));
    assert_str(key, "q");
    assert_str(value, "2");
    assert_false(pail_ini_block_key(ini, 0, 1, 2, &key, &value));
    assert_false(pail_ini_block_key(ini, 0, 0, 0, &key, &value));
    assert_false(pail_ini_block_key(ini, 0, 9, 0, &key, &value));
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"k = v\n", 1},
        {"\n# c\n k = v\n[a]\n", 3},
        {"[a]\n[b]\n[a]\n", 3},
        {"[a]\nk = 1\nK = 2\n", 3},
        {"[a]\n\xc3\x84 = 1\n\xc3\xa4 = 2\n", 3},
        {"[DEFAULT]\nk = 1\n[DEFAULT]\nk = 2\n", 4},
        {"[a]\nk\n", 2},
        {"[a]\n[b\n", 2},
        {"[]\n", 1},
        {"[a]\n = v\n", 2},
        {"[a]\n: v\n", 2},
        {"[a]\nk = \xff\n", 2},
        {"[a]\n# \xc0\x80\n", 2},
        {"\xef\xbb\xbf[a]\n", 1},
        {"[a]\nl = 1\ns3 =\n  x: 1\n", 3},
        {"[DEFAULT]\nb =\n  broken\n[a]\n", 2},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_ini *ini = NULL;
        char start[40];
        assert_code(pail_ini_parse(pail_str(cases[i].text), "~/.aws/config", &ini, &err),
                    PAIL_E_PARSE);
        assert_null(ini);
        assert_int_equal(err.domain, PAIL_D_CONFIG);
        snprintf(start, sizeof(start), "~/.aws/config: line %u: ", cases[i].line);
        if (strncmp(err.message, start, strlen(start)) != 0)
            fail_msg("case %zu: \"%s\" does not begin with \"%s\"", i, err.message, start);
    }
}

/* Many sections and keys take time in proportion, not its square: this would not end today
 * otherwise. */
static void test_many(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1 << 24);
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = NULL;

    for (int i = 0; i < 20000; i++)
        pail_buf_fmt(&b, "[s%d]\n", i);
    for (int i = 0; i < 20000; i++)
        pail_buf_fmt(&b, "k%d =\n", i);
    for (int i = 0; i < 20000; i++)
        pail_buf_fmt(&b, " n%d = %d\n", i, i);
    assert_ok(pail_ini_parse(pail_buf_view(&b), "big", &ini, NULL), NULL);
    assert_str(pail_ini_section(ini, 19999), "s19999");
    assert_str(pail_ini_get(ini, 19999, NULL, "k777"), "");
    assert_str(pail_ini_get(ini, 19999, "k19999", "n19999"), "19999");
}

static int parse_all(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = NULL;

    return pail_ini_parse(
        PAIL_STR("[DEFAULT]\nd = 1\n[a]\nk = 1\n 2\n\n 3\ns3 =\n  x = 1\n  y = 2\n  x = 3\n"
                 "[b]\na1=\na2=\na3=\na4=\na5=\na6=\na7=\na8=\na9=\n"),
        "config", &ini, err);
}

static void test_torture(void **state)
{
    pail_torture("ini", parse_all, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_values), cmocka_unit_test(test_sections),
               cmocka_unit_test(test_keys), cmocka_unit_test(test_refused),
               cmocka_unit_test(test_many), cmocka_unit_test(test_torture))
