/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "unit/test.h"

static const struct pail_str none = {NULL, 0};

static void test_cmp(void **state)
{
    assert_int_equal(pail_str_cmp(PAIL_STR("a"), PAIL_STR("b")), -1);
    assert_int_equal(pail_str_cmp(PAIL_STR("b"), PAIL_STR("a")), 1);
    assert_int_equal(pail_str_cmp(PAIL_STR("a"), PAIL_STR("ab")), -1);
    assert_int_equal(pail_str_cmp(PAIL_STR("ab"), PAIL_STR("a")), 1);
    assert_int_equal(pail_str_cmp(none, PAIL_STR("")), 0);
    assert_int_equal(pail_str_cmp(none, PAIL_STR("a")), -1);
    /* Bytes are unsigned. */
    assert_int_equal(pail_str_cmp(PAIL_STR("\xc3"), PAIL_STR("z")), 1);
}

static void test_compare(void **state)
{
    assert_true(pail_str_eqz(PAIL_STR("a"), "a"));
    assert_false(pail_str_eqz(PAIL_STR("a"), "ab"));
    assert_true(pail_str_eqz(none, ""));
    assert_true(pail_str_ieq(PAIL_STR("ETag"), PAIL_STR("etAG")));
    assert_false(pail_str_ieq(PAIL_STR("ETag"), PAIL_STR("etAGs")));
    assert_false(pail_str_ieq(PAIL_STR("@"), PAIL_STR("`")));
    assert_false(pail_str_ieq(PAIL_STR("\xc3\x84"), PAIL_STR("\xc3\xa4")));
    assert_true(pail_str_starts(PAIL_STR("abc"), PAIL_STR("ab")));
    assert_true(pail_str_starts(PAIL_STR("abc"), none));
    assert_false(pail_str_starts(PAIL_STR("ab"), PAIL_STR("abc")));
    assert_false(pail_str_starts(none, PAIL_STR("a")));
    assert_true(pail_str_ends(PAIL_STR("abc"), PAIL_STR("bc")));
    assert_true(pail_str_ends(none, none));
    assert_false(pail_str_ends(PAIL_STR("abc"), PAIL_STR("ab")));
}

static void test_find(void **state)
{
    assert_int_equal(pail_str_find(PAIL_STR("a/b/c"), '/'), 1);
    assert_int_equal(pail_str_rfind(PAIL_STR("a/b/c"), '/'), 3);
    assert_true(pail_str_find(PAIL_STR("abc"), '/') == SIZE_MAX);
    assert_true(pail_str_find(none, '/') == SIZE_MAX);
    assert_true(pail_str_rfind(none, '/') == SIZE_MAX);
    assert_true(pail_str_find(pail_strn("ab/", 2), '/') == SIZE_MAX);
    assert_int_equal(pail_str_find_str(PAIL_STR("ababac"), PAIL_STR("abac")), 2);
    assert_int_equal(pail_str_find_str(PAIL_STR("a"), none), 0);
    assert_true(pail_str_find_str(none, PAIL_STR("a")) == SIZE_MAX);
    assert_true(pail_str_find_str(PAIL_STR("aba"), PAIL_STR("abac")) == SIZE_MAX);
}

static void test_sub(void **state)
{
    assert_str(pail_str_sub(PAIL_STR("abcdef"), 2, 3), "cde");
    assert_str(pail_str_sub(PAIL_STR("abcdef"), 4, SIZE_MAX), "ef");
    assert_str(pail_str_sub(PAIL_STR("abcdef"), 9, 1), "");
    assert_str(pail_str_from(PAIL_STR("abcdef"), 4), "ef");
    assert_str(pail_str_from(none, 4), "");
}

static void test_trim(void **state)
{
    assert_str(pail_str_trim(PAIL_STR(" \t a b\r\n")), "a b");
    assert_str(pail_str_trim(PAIL_STR(" \t ")), "");
    assert_str(pail_str_trim(none), "");
    assert_str(pail_str_trim(PAIL_STR("a")), "a");
}

static void test_split(void **state)
{
    struct pail_str rest = PAIL_STR("a,,b"), piece;
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_str(piece, "a");
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_str(piece, "");
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_str(piece, "b");
    assert_false(pail_str_split(&rest, ',', &piece));
    assert_null(rest.ptr);
    assert_str(piece, "b");

    rest = PAIL_STR("a,");
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_str(piece, "");
    assert_false(pail_str_split(&rest, ',', &piece));

    rest = PAIL_STR("");
    assert_true(pail_str_split(&rest, ',', &piece));
    assert_str(piece, "");
    assert_false(pail_str_split(&rest, ',', &piece));
}

static void test_to_u64(void **state)
{
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "0x",
                                      "1a",
                                      "1.0",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    uint64_t v = 7;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_false(pail_str_to_u64(pail_str(bad[i]), &v));
    assert_false(pail_str_to_u64(none, &v));
    assert_int_equal(v, 7);
    assert_true(pail_str_to_u64(PAIL_STR("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_true(pail_str_to_u64(PAIL_STR("007"), &v));
    assert_int_equal(v, 7);
}

static void test_to_i64(void **state)
{
    int64_t v = 7;
    assert_true(pail_str_to_i64(PAIL_STR("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    assert_true(pail_str_to_i64(PAIL_STR("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_true(pail_str_to_i64(PAIL_STR("-0"), &v));
    assert_int_equal(v, 0);
    assert_false(pail_str_to_i64(PAIL_STR("9223372036854775808"), &v));
    assert_false(pail_str_to_i64(PAIL_STR("-9223372036854775809"), &v));
    assert_false(pail_str_to_i64(PAIL_STR("-"), &v));
    assert_false(pail_str_to_i64(PAIL_STR("--1"), &v));
    assert_false(pail_str_to_i64(none, &v));
}

static void test_utf8(void **state)
{
    static const char *const good[] = {
        "",
        "ascii",
        "\xc2\x80",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "a\xc3\xa4z",
    };
    static const char *const bad[] = {
        "\x80",         "\xc0\xaf",         "\xc1\xbf",         "\xc3",      "\xc3z",
        "\xe0\x9f\xbf", "\xed\xa0\x80",     "\xe2\x82",         "\xe2\x82z", "\xf0\x8f\xbf\xbf",
        "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",      "a\xfe",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++)
        assert_true(pail_str_is_utf8(pail_str(good[i])));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_false(pail_str_is_utf8(pail_str(bad[i])));
    assert_true(pail_str_is_utf8(none));
}

PAIL_TEST_MAIN(cmocka_unit_test(test_cmp), cmocka_unit_test(test_compare),
               cmocka_unit_test(test_find), cmocka_unit_test(test_sub), cmocka_unit_test(test_trim),
               cmocka_unit_test(test_split), cmocka_unit_test(test_to_u64),
               cmocka_unit_test(test_to_i64), cmocka_unit_test(test_utf8))
