/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include "unit/test.h"

static void test_encode(void **state)
{
    char out[9] = "xxxxxxxx";

    pail_hex_encode("\x00\x7f\x80\xff", 4, out);
    assert_string_equal(out, "007f80ff");
    pail_hex_encode("", 0, out);
    assert_string_equal(out, "");
}

static void test_decode(void **state)
{
    uint8_t out[3];

    assert_true(pail_hex_decode(PAIL_STR("00aFFa"), out, 3));
    assert_memory_equal(out, "\x00\xaf\xfa", 3);
    assert_true(pail_hex_decode(pail_strn(NULL, 0), out, 0));
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"",       "0",      "00aff",  "00affaa",
                                      "00affg", "00aff ", "0x0aff", "00aff:"};
    uint8_t out[3] = {1, 2, 3};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_false(pail_hex_decode(pail_str(bad[i]), out, 3));
    assert_false(pail_hex_decode(PAIL_STR("00"), out, SIZE_MAX));
    assert_memory_equal(out, "\1\2\3", 3);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_encode), cmocka_unit_test(test_decode),
               cmocka_unit_test(test_refused))
