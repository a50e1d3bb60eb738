/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and targets: read, joined, shown as the AWS CLI shows them. */
#include <unistd.h>

#include "unit/test.h"

#include "tools/lib/side.h"

static void test_parse(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_side s;

    assert_ok(pail_side_parse("s3://b/k/x", &s, &err), &err);
    assert_true(s.s3);
    assert_str(s.bucket, "b");
    assert_str(s.key, "k/x");
    assert_ok(pail_side_parse("-", &s, &err), &err);
    assert_true(pail_side_is_standard(&s));
    assert_code(pail_side_parse("", &s, &err), PAIL_E_INVALID);
    assert_code(pail_side_parse("s3:///k", &s, &err), PAIL_E_INVALID);
}

static void shown(const char *path, const char *as)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(8192);
    struct pail_side s = {.path = path};

    pail_side_show(&text, &s);
    assert_string_equal(pail_buf_cstr(&text), as);
}

static void test_show(void **state)
{
    char dir[] = "/tmp/pail-side-XXXXXX", path[256];

    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    shown("f", "./f");
    shown("./f", "./f");
    shown("a/b", "a/b");
    shown("a/./c/../b", "a/b");
    shown("../f", "../f");
    shown("-", "-");
    snprintf(path, sizeof(path), "%s/sub/f", dir);
    shown(path, "sub/f");
    shown("/f", "../../f");
    assert_int_equal(chdir("/"), 0);
    shown("f", "./f");
    shown("/f", "./f");
    rmdir(dir);
}

static void test_safe(void **state)
{
    static const char *const good[] = {"a", "a/b", "..a", "a..", "a:b"};
    static const char *const bad[] = {"", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a"};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++)
        assert_true(pail_side_is_safe(pail_str(good[i])));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_false(pail_side_is_safe(pail_str(bad[i])));
}

PAIL_TEST_MAIN(cmocka_unit_test(test_parse), cmocka_unit_test(test_show),
               cmocka_unit_test(test_safe))
