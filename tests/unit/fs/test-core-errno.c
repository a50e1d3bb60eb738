/* SPDX-License-Identifier: Apache-2.0 */
/* Every code that has a name has a row; those that the manual promises are checked one by one. */
#include "core/errno.h"

#include <errno.h>

#include "unit/test.h"

static int of(int code, int os)
{
    struct pail_error e = PAIL_ERROR_INIT;
    e.code = code;
    e.os_errno = os;
    return pail_errno(&e);
}

static void test_promised(void **state)
{
    assert_int_equal(of(0, 0), 0);
    assert_int_equal(of(PAIL_E_ACCESS, 0), EACCES);
    assert_int_equal(of(PAIL_E_NOT_FOUND, 0), ENOENT);
    assert_int_equal(of(PAIL_E_NO_BUCKET, 0), ENOENT);
    assert_int_equal(of(PAIL_E_PRECONDITION, 0), ESTALE);
    assert_int_equal(of(PAIL_E_THROTTLED, 0), EAGAIN);
    assert_int_equal(of(PAIL_E_ARCHIVED, 0), EACCES);
    assert_int_equal(of(PAIL_E_CONNECT, 0), EHOSTUNREACH);
    assert_int_equal(of(PAIL_E_READ_TIMEOUT, 0), ETIMEDOUT);
    assert_int_equal(of(PAIL_E_FS_NOSPC, 0), ENOSPC);
    assert_int_equal(of(PAIL_E_FS_STALE, 0), ESTALE);
    assert_int_equal(of(PAIL_E_FS_LOOP, 0), EINVAL);
    assert_int_equal(of(PAIL_E_FS_NODATA, 0), ENODATA);
    assert_int_equal(of(PAIL_E_SERVICE, 0), EIO);
    assert_int_equal(of(PAIL_E_OS, ENOSPC), ENOSPC);
    assert_int_equal(of(PAIL_E_OS, 0), EIO);
    assert_int_equal(of(-12345, 0), EIO);
}

static void test_complete(void **state)
{
    const char *unknown = pail_code_name(-12345);
    for (int code = -1; code > -200; code--) {
        if (strcmp(pail_code_name(code), unknown) == 0)
            continue;
        assert_true(of(code, EXDEV) > 0);
        if (code <= PAIL_E_FS_NOENT) /* each of ours has its own */
            assert_int_not_equal(of(code, 0), EIO);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_promised), cmocka_unit_test(test_complete))
