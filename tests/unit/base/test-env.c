/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include <unistd.h>

#include "unit/test.h"

static const char *fake_get(const char *name)
{
    if (strcmp(name, "SET") == 0)
        return "value";
    return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void test_replaced(void **state)
{
    pail_env_set_source(fake_get);
    assert_string_equal(pail_env_get("SET"), "value");
    assert_string_equal(pail_env_get("EMPTY"), "");
    assert_null(pail_env_get("OTHER"));
    assert_string_equal(pail_env_get_nonempty("SET"), "value");
    assert_null(pail_env_get_nonempty("EMPTY"));
    /* The account's real home does not leak into a replaced environment. */
    assert_null(pail_env_home());
    pail_env_set_source(NULL);
}

static void test_system(void **state)
{
    assert_int_equal(setenv("PAIL_TEST_VARIABLE", "x", 1), 0);
    assert_string_equal(pail_env_get("PAIL_TEST_VARIABLE"), "x");
    assert_int_equal(setenv("HOME", "/some/where", 1), 0);
    assert_string_equal(pail_env_home(), "/some/where");
    assert_int_equal(pail_env_uid(), getuid());
    assert_int_equal(pail_env_gid(), getgid());
}

static void test_home_from_passwd(void **state)
{
    assert_int_equal(unsetenv("HOME"), 0);
    const char *home = pail_env_home();
    if (!home) /* an account without an entry */
        skip();
    assert_int_equal(home[0], '/');
    assert_ptr_equal(pail_env_home(), home);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_replaced), cmocka_unit_test(test_system),
               cmocka_unit_test(test_home_from_passwd))
