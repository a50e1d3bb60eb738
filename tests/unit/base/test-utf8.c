/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "unit/test.h"

static void test_every_character(void **state)
{
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        char text[4];
        uint32_t back = cp + 1;
        if (cp == 0xd800)
            cp = 0xe000;
        size_t n = pail_utf8_encode(cp, text);
        assert_int_equal(pail_utf8_decode(pail_strn(text, n), &back), n);
        assert_int_equal(back, cp);
        assert_int_equal(pail_utf8_decode(pail_strn(text, n - 1), &back), 0);
    }
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xc3(",
                                      "\xe2\x82("};
    uint32_t cp = 7;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_int_equal(pail_utf8_decode(pail_str(bad[i]), &cp), 0);
    assert_int_equal(cp, 7);
}

static void test_lower(void **state)
{
    static const struct {
        uint32_t upper, lower;
    } pairs[] = {{'A', 'a'},          {'Z', 'z'},       {'@', '@'},         {'[', '['},
                 {'a', 'a'},          {0xc4, 0xe4},     {0xd7, 0xd7},       {0xde, 0xfe},
                 {0x100, 0x101},      {0x101, 0x101},   {0x178, 0xff},      {0x1c5, 0x1c6},
                 {0x3a3, 0x3c3},      {0x416, 0x436},   {0x1e9e, 0xdf},     {0x2126, 0x3c9},
                 {0x212a, 'k'},       {0xff21, 0xff41}, {0x10400, 0x10428}, {0x1e921, 0x1e943},
                 {0x10ffff, 0x10ffff}};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++)
        assert_int_equal(pail_utf8_lower(pairs[i].upper), pairs[i].lower);
}

static void test_trim(void **state)
{
    struct pail_str s = PAIL_STR("\t\xc2\xa0\xe3\x80\x80 a\xc2\xa0"
                                 "b\x1f\xe2\x80\xa9");

    assert_str(pail_utf8_trim_right(pail_utf8_trim_left(s)), "a\xc2\xa0"
                                                             "b");
    assert_int_equal(pail_utf8_trim_left(PAIL_STR(" \n")).len, 0);
    assert_int_equal(pail_utf8_trim_right(PAIL_STR("\xc2\x85 \n")).len, 0);
    /* Neither white space: zero-width space, byte order mark. */
    assert_int_equal(pail_utf8_trim_left(PAIL_STR("\xe2\x80\x8b")).len, 3);
    assert_int_equal(pail_utf8_trim_left(PAIL_STR("\xef\xbb\xbf")).len, 3);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_every_character), cmocka_unit_test(test_refused),
               cmocka_unit_test(test_lower), cmocka_unit_test(test_trim))
