/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <pail/error.h>

#include "unit/test.h"

static void test_set(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    err.http_status = 500;
    memcpy(err.service_code, "Old", 4);
    int rc = pail_error_set(&err, PAIL_D_DATA, PAIL_E_PARSE, "line %d: %s", 3, "no colon");
    assert_int_equal(rc, PAIL_E_PARSE);
    assert_int_equal(err.code, PAIL_E_PARSE);
    assert_int_equal(err.domain, PAIL_D_DATA);
    assert_string_equal(err.message, "line 3: no colon");
    /* Nothing of an earlier error remains. */
    assert_int_equal(err.http_status, 0);
    assert_string_equal(err.service_code, "");
}

static void test_null(void **state)
{
    assert_int_equal(pail_error_set(NULL, PAIL_D_DATA, PAIL_E_PARSE, "x"), PAIL_E_PARSE);
    assert_int_equal(pail_error_os(NULL, ENOENT, "x"), PAIL_E_OS);
    assert_int_equal(pail_error_nomem(NULL), PAIL_E_NOMEM);
    assert_int_equal(pail_error_prefix(NULL, "x"), PAIL_E_INTERNAL);
    pail_error_copy(NULL, NULL);
}

static void test_own_message_as_argument(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_DATA, PAIL_E_PARSE, "inner");
    pail_error_set(&err, PAIL_D_DATA, PAIL_E_GARBAGE, "outer (%s)", err.message);
    assert_string_equal(err.message, "outer (inner)");
    pail_error_prefix(&err, "%s again", err.message);
    assert_string_equal(err.message, "outer (inner) again: outer (inner)");
}

static void test_os(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_int_equal(pail_error_os(&err, ENOENT, "/a/%s", "b"), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOENT);
    assert_int_equal(err.domain, PAIL_D_OS);
    assert_string_equal(err.message, "/a/b: No such file or directory");
    assert_int_equal(pail_error_os(&err, ENOMEM, "x"), PAIL_E_NOMEM);
    assert_int_equal(pail_error_nomem(&err), PAIL_E_NOMEM);
    assert_string_equal(err.message, "Cannot allocate memory");
}

static void test_os_keeps_the_cause(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char path[1000];
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    pail_error_os(&err, ENOSPC, "%s", path);
    assert_true(pail_str_ends(pail_str(err.message), PAIL_STR("...: No space left on device")));
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void test_prefix(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_DATA, PAIL_E_PARSE, "cause");
    assert_int_equal(pail_error_prefix(&err, "reading %s", "f"), PAIL_E_PARSE);
    assert_int_equal(pail_error_prefix(&err, "mounting b"), PAIL_E_PARSE);
    assert_string_equal(err.message, "mounting b: reading f: cause");
}

/* Whatever the lengths: terminated, the cause whole, cuts marked. */
static void test_prefix_of_every_length(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const size_t cap = sizeof(err.message), more = cap + 80;
    char context[sizeof(err.message) + 80], cause[sizeof(err.message) + 80];
    for (size_t i = 0; i < more; i += i < 20 || i > cap - 40 ? 1 : 13) {
        for (size_t j = 1; j < more; j += 7) {
            memset(context, 'c', i);
            context[i] = '\0';
            memset(cause, 'x', j);
            cause[j] = '\0';
            pail_error_set(&err, PAIL_D_DATA, PAIL_E_PARSE, "%s", cause);
            size_t kept = strlen(err.message);
            pail_error_prefix(&err, "%s", context);
            size_t len = strlen(err.message);
            assert_true(len >= kept && len < sizeof(err.message));
            size_t tail = kept < cap - 20 ? kept : 3;
            assert_memory_equal(err.message + len - tail, j < cap ? cause : "...", tail);
            if (i + 2 + j < sizeof(err.message) && i > 0)
                assert_int_equal(len, i + 2 + j);
        }
    }
}

static void test_control_characters(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_DATA, PAIL_E_PARSE, "a\nb\tc\x1b[31m\x7f \xc3\xa4");
    assert_string_equal(err.message, "a?b?c?[31m? \xc3\xa4");
    pail_error_prefix(&err, "x\ry");
    assert_string_equal(err.message, "x?y: a?b?c?[31m? \xc3\xa4");
    pail_error_os(&err, ENOENT, "f\n");
    assert_string_equal(err.message, "f?: No such file or directory");
}

static void test_copy(void **state)
{
    struct pail_error a = PAIL_ERROR_INIT, b = PAIL_ERROR_INIT;
    pail_error_set(&a, PAIL_D_SERVICE, PAIL_E_NOT_FOUND, "s3://b/k");
    a.http_status = 404;
    pail_error_copy(&b, &a);
    assert_memory_equal(&a, &b, sizeof(a));
}

static void test_code_names(void **state)
{
    assert_string_equal(pail_code_name(0), "PAIL_OK");
    assert_string_equal(pail_code_name(PAIL_E_NOT_FOUND), "PAIL_E_NOT_FOUND");
    assert_string_equal(pail_code_name(PAIL_E_FS_ACCES), "PAIL_E_FS_ACCES");
    assert_string_equal(pail_code_name(-9999), "PAIL_E_?");
    assert_string_equal(pail_code_name(1), "PAIL_E_?");
}

static void test_version(void **state)
{
    char numbers[32];
    snprintf(numbers, sizeof(numbers), "%d.%d.%d", PAIL_VERSION_MAJOR, PAIL_VERSION_MINOR,
             PAIL_VERSION_PATCH);
    assert_string_equal(pail_version(), numbers);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_set), cmocka_unit_test(test_null),
               cmocka_unit_test(test_own_message_as_argument), cmocka_unit_test(test_os),
               cmocka_unit_test(test_os_keeps_the_cause), cmocka_unit_test(test_prefix),
               cmocka_unit_test(test_prefix_of_every_length),
               cmocka_unit_test(test_control_characters), cmocka_unit_test(test_copy),
               cmocka_unit_test(test_code_names), cmocka_unit_test(test_version))
