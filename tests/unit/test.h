/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/test.h - cmocka, in the order it wants to be included, and the few words our tests add.
 *
 *     static void test_something(void **state)
 *     {
 *         struct pail_error err = PAIL_ERROR_INIT;
 *         assert_ok(pail_something(&err), &err);
 *         assert_code(pail_something_else(&err), PAIL_E_NOT_FOUND);
 *     }
 *     PAIL_TEST_MAIN(cmocka_unit_test(test_something))
 *
 * PAIL_FAIL_AT=n in the environment makes the n-th allocation of the program fail, to look at one
 * case of a torture run (unit/torture.h) in a debugger.
 */
#ifndef PAIL_TESTS_UNIT_TEST_H
#define PAIL_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pail/error.h>

#include "base/alloc.h"
#include "base/str.h"

/* rc is 0; otherwise the error's message is printed. err may be NULL. */
#define assert_ok(rc, err) pail_test_ok((rc), (err), #rc, __FILE__, __LINE__)
/* rc is this enum pail_code; otherwise both names are printed. */
#define assert_code(rc, code) pail_test_code((rc), (code), #rc, __FILE__, __LINE__)
/* A view equals a C string. */
#define assert_str(view, z) pail_test_str((view), (z), #view, __FILE__, __LINE__)

/* The whole main(): the arguments are cmocka_unit_test(...) and its siblings. */
#define PAIL_TEST_MAIN(...)                                                                        \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        pail_test_begin();                                                                         \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

PAIL_UNUSED static void pail_test_begin(void)
{
    const char *fail_at = getenv("PAIL_FAIL_AT");
    uint64_t n;
    if (fail_at && pail_str_to_u64(pail_str(fail_at), &n))
        pail_alloc_fail_at(n);
}

PAIL_UNUSED static void pail_test_ok(int rc, const struct pail_error *err, const char *what,
                                     const char *file, int line)
{
    if (rc == 0)
        return;
    print_error("%s: %s (%d): %s\n", what, pail_code_name(rc), rc, err ? err->message : "");
    _fail(file, line);
}

PAIL_UNUSED static void pail_test_code(int rc, int expected, const char *what, const char *file,
                                       int line)
{
    if (rc == expected)
        return;
    print_error("%s: %s (%d), expected %s (%d)\n", what, pail_code_name(rc), rc,
                pail_code_name(expected), expected);
    _fail(file, line);
}

PAIL_UNUSED static void pail_test_str(struct pail_str s, const char *z, const char *what,
                                      const char *file, int line)
{
    if (pail_str_eqz(s, z))
        return;
    print_error("%s: \"%.*s\", expected \"%s\"\n", what, PAIL_STR_ARG(s), z);
    _fail(file, line);
}

/* Path of vectors kept beside the source tree: $PAIL_SHARED/REL, by default ../shared/REL seen from
 * the root. False, with a message, when it is not there: the caller then calls skip(). */
PAIL_UNUSED static bool pail_test_shared(const char *rel, char *ret, size_t size)
{
    const char *base = getenv("PAIL_SHARED");
#ifdef PAIL_SOURCE_ROOT
    if (!base || !*base)
        base = PAIL_SOURCE_ROOT "/../shared";
#endif
    if (base && (size_t)snprintf(ret, size, "%s/%s", base, rel) < size) {
        FILE *f = fopen(ret, "r"); /* opens directories too */
        if (f) {
            fclose(f);
            return true;
        }
    }
    print_message("%s: not found; set PAIL_SHARED to the folder that has it\n", rel);
    return false;
}

#endif
