/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "unit/test.h"

static void test_set(void **state)
{
    struct pail_secret s = {0};
    assert_true(pail_secret_set(&s, PAIL_STR("first")));
    assert_str(pail_secret_reveal(&s), "first");
    assert_int_equal(s.ptr[5], '\0');
    /* A view of the old value. */
    assert_true(pail_secret_set(&s, pail_str_from(pail_secret_reveal(&s), 2)));
    assert_str(pail_secret_reveal(&s), "rst");
    pail_alloc_fail_at(1);
    assert_false(pail_secret_set(&s, PAIL_STR("lost")));
    assert_str(pail_secret_reveal(&s), "rst");
    assert_true(pail_secret_set(&s, pail_str(NULL)));
    assert_null(s.ptr);
    pail_secret_done(&s);
    pail_secret_done(&s);
}

static void test_wipe(void **state)
{
    char text[] = "secret", zeros[sizeof(text)] = {0};
    pail_wipe(text, sizeof(text));
    assert_memory_equal(text, zeros, sizeof(text));
    pail_wipe(NULL, 0);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_set), cmocka_unit_test(test_wipe))
