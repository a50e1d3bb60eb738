/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include "unit/test.h"

#define C_LIBRARY "libc.so.6"

struct calls {
    __typeof__(strlen) *length;
    __typeof__(strchr) *find;
};

static void test_load(void **state)
{
    static const char *const names[] = {"strlen", "strchr"};
    static const struct pail_library lib = {C_LIBRARY, "tests", names, 2};
    struct calls calls = {0};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(pail_library_load(&lib, &calls, &err), &err);
    assert_int_equal(calls.length("four"), 4);
    assert_string_equal(calls.find("four", 'u'), "ur");
}

static void test_absent(void **state)
{
    static const char *const names[] = {"strlen"};
    static const struct pail_library lib = {"libpail-absent.so.7", "tests", names, 1};
    struct calls calls = {0};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(pail_library_load(&lib, &calls, &err), PAIL_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "tests need libpail-absent.so.7: "));
    assert_null(calls.length);
    assert_code(pail_library_load(&lib, &calls, NULL), PAIL_E_UNSUPPORTED);
}

/* All functions or none. */
static void test_old_library(void **state)
{
    static const char *const names[] = {"strlen", "pail_absent_function"};
    static const struct pail_library lib = {C_LIBRARY, "tests", names, 2};
    struct calls calls = {0};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(pail_library_load(&lib, &calls, &err), PAIL_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "pail_absent_function"));
    assert_null(calls.length);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_load), cmocka_unit_test(test_absent),
               cmocka_unit_test(test_old_library))
