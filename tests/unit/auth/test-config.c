/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "auth/config.h"

#include "base/file.h"
#include "base/str.h"
#include "unit/auth/home.h"
#include "unit/test.h"
#include "unit/torture.h"

static struct pail_config *load(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *c = NULL;
    assert_ok(pail_config_load(&c, &err), &err);
    return c;
}

static void assert_value(const struct pail_config *c, const char *profile, const char *key,
                         const char *expected)
{
    struct pail_str v = pail_config_get(c, pail_str(profile), key);
    if (!expected)
        assert_null(v.ptr);
    else
        assert_str(v, expected);
}

static void test_nothing(void **state)
{
    struct pail_config *c = load();
    assert_false(pail_config_has_profile(c, PAIL_STR("default")));
    assert_value(c, "default", "region", NULL);
    assert_null(pail_config_profile(c, 0).ptr);
    assert_false(pail_config_changed(c));
    assert_string_equal(pail_config_path(c), home_path(".aws/config"));
    assert_string_equal(pail_config_credentials_path(c), home_path(".aws/credentials"));
    (void)pail_config_unref(c);

    home_set("HOME", NULL);
    c = load();
    assert_null(pail_config_path(c));
    assert_false(pail_config_changed(c));
    (void)pail_config_unref(c);
}

static void test_sections(void **state)
{
    home_file(".aws/config", "[default]\nregion = a\n"
                             "[profile one]\nregion = b\n"
                             "[profile \"two words\"]\nregion = c\n"
                             "[profile too many words]\nregion = d\n"
                             "[plugins]\nregion = e\n"
                             "[sso-session s]\nsso_region = f\n"
                             "[services v]\ns3 =\n  endpoint_url = http://g\n");
    home_file(".aws/credentials", "[one]\naws_access_key_id = k\n[profile x]\na = b\n");
    struct pail_config *c = load();
    assert_value(c, "default", "region", "a");
    assert_value(c, "one", "region", "b");
    assert_value(c, "one", "aws_access_key_id", "k");
    assert_value(c, "two words", "region", "c");
    assert_value(c, "profile x", "a", "b");
    assert_false(pail_config_has_profile(c, PAIL_STR("plugins")));
    assert_false(pail_config_has_profile(c, PAIL_STR("s")));
    static const char *const names[] = {"default", "one", "two words", "profile x"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++)
        assert_str(pail_config_profile(c, i), names[i]);
    assert_null(pail_config_profile(c, PAIL_ARRAY_LEN(names)).ptr);

    assert_true(pail_config_has_section(c, "sso-session", PAIL_STR("s")));
    assert_false(pail_config_has_section(c, "services", PAIL_STR("s")));
    assert_str(pail_config_get_section(c, "sso-session", PAIL_STR("s"), NULL, "sso_region"), "f");
    assert_str(pail_config_get_section(c, "services", PAIL_STR("v"), "s3", "endpoint_url"),
               "http://g");
    assert_null(pail_config_get_section(c, "services", PAIL_STR("v"), "ec2", "endpoint_url").ptr);
    (void)pail_config_unref(c);
}

/* [default] and [profile default] are one profile; the later one counts, as a whole. */
static void test_two_defaults(void **state)
{
    home_file(".aws/config", "[default]\nregion = a\nold = 1\n[profile default]\nregion = b\n");
    struct pail_config *c = load();
    assert_value(c, "default", "region", "b");
    assert_value(c, "default", "old", NULL);
    (void)pail_config_unref(c);
}

static void test_merge(void **state)
{
    home_file(".aws/config", "[default]\nkey = config\nonly = here\n"
                             "s3 =\n  a = 1\n  b = 2\nplain = x\n");
    home_file(".aws/credentials", "[default]\nkey = credentials\ns3 =\n  a = 3\n"
                                  "plain =\n  sub = y\n");
    struct pail_config *c = load();
    assert_value(c, "default", "key", "credentials");
    assert_value(c, "default", "only", "here");
    assert_str(pail_config_get_config_file(c, PAIL_STR("default"), "key"), "config");
    assert_str(pail_config_get_credentials_file(c, PAIL_STR("default"), "key"), "credentials");
    assert_null(pail_config_get_credentials_file(c, PAIL_STR("default"), "only").ptr);
    /* A block replaces a block, it is not mixed with it. */
    assert_str(pail_config_get_sub(c, PAIL_STR("default"), "s3", "a"), "3");
    assert_null(pail_config_get_sub(c, PAIL_STR("default"), "s3", "b").ptr);
    assert_null(pail_config_get(c, PAIL_STR("default"), "plain").ptr);
    assert_str(pail_config_get_sub(c, PAIL_STR("default"), "plain", "sub"), "y");
    (void)pail_config_unref(c);
}

static void test_paths(void **state)
{
    home_file("c", "[default]\nregion = x\n");
    home_set("DIR", home.dir);
    static const char *const ways[] = {"~/c", "$DIR/c", "${DIR}/c", "$HOME//c"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(ways); i++) {
        home_set("AWS_CONFIG_FILE", ways[i]);
        struct pail_config *c = load();
        assert_value(c, "default", "region", "x");
        (void)pail_config_unref(c);
    }
    static const char *const stay[] = {"$UNSET/c", "${DIR/c", "~other/c", "$", "a$"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(stay); i++) {
        home_set("AWS_CONFIG_FILE", stay[i]);
        struct pail_config *c = load();
        assert_string_equal(pail_config_path(c), stay[i]);
        (void)pail_config_unref(c);
    }
    /* A directory is no config file, nor is a device. */
    home_set("AWS_CONFIG_FILE", "~");
    struct pail_config *c = load();
    assert_false(pail_config_changed(c));
    (void)pail_config_unref(c);
    home_set("AWS_CONFIG_FILE", "/dev/null");
    (void)pail_config_unref(load());
}

static void assert_broken(const char *file, const char *text, const char *says)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *c = NULL;
    home_file(file, text);
    assert_code(pail_config_load(&c, &err), PAIL_E_CONFIG);
    assert_int_equal(err.domain, PAIL_D_CONFIG);
    assert_int_equal(err.code, PAIL_E_CONFIG);
    if (!strstr(err.message, says) || !strstr(err.message, home_path(file)))
        fail_msg("%s", err.message);
    home_file(file, "");
}

static void test_broken(void **state)
{
    assert_broken(".aws/config", "[default]\na = 1\na = 2\n", "line 3");
    assert_broken(".aws/config", "[default]\n\n[default]\n", "line 3");
    assert_broken(".aws/credentials", "aws_access_key_id = x\n", "line 1");
    assert_broken(".aws/credentials", "[default]\nnonsense\n", "line 2");
    assert_broken(".aws/config", "[default]\ns3 =\n  nonsense\n", "line 2");
    assert_broken(".aws/config", "[default]\nregion = \xff\n", "");
}

static int deny_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    return pail_error_os(err, strstr(path, "credentials") ? EACCES : ENOENT, "%s", path);
}

static int broken_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    return pail_error_os(err, EIO, "%s", path);
}

static void test_unreadable(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    static const struct pail_file_ops deny = {.stat = deny_stat}, broken = {.stat = broken_stat};
    pail_file_set_ops(&deny);
    struct pail_config *c = load();
    pail_file_set_ops(NULL);
    assert_int_equal(pail_config_credentials_unreadable(c), EACCES);
    assert_int_equal(pail_config_unreadable(c), 0);
    (void)pail_config_unref(c);

    pail_file_set_ops(&broken);
    assert_code(pail_config_load(&c, &err), PAIL_E_OS);
    pail_file_set_ops(NULL);
    assert_int_equal(err.os_errno, EIO);
}

static void test_changed(void **state)
{
    struct pail_config *c = load();
    home_file(".aws/credentials", "[default]\n");
    assert_true(pail_config_changed(c)); /* appeared */
    (void)pail_config_unref(c);

    c = load();
    assert_false(pail_config_changed(c));
    home_file(".aws/credentials", "[default]\na = 1\n");
    assert_true(pail_config_changed(c)); /* grew */
    (void)pail_config_unref(c);

    c = load();
    struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, home_path(".aws/credentials"), times, 0), 0);
    assert_true(pail_config_changed(c)); /* another time */
    (void)pail_config_unref(c);

    c = load();
    assert_int_equal(unlink(home_path(".aws/credentials")), 0);
    assert_true(pail_config_changed(c)); /* gone */
    (void)pail_config_unref(c);
}

/* What is there to tell profiles apart by must not cost quadratic time. */
static void test_many_profiles(void **state)
{
    FILE *f = fopen(home_path(".aws/credentials"), "w");
    assert_non_null(f);
    for (int i = 0; i < 50000; i++)
        fprintf(f, "[p%d]\nk=%d\n", i, i);
    fclose(f);
    struct pail_config *c = load();
    assert_value(c, "p0", "k", "0");
    assert_value(c, "p49999", "k", "49999");
    (void)pail_config_unref(c);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_config *c = NULL;
    int rc = pail_config_load(&c, err);
    (void)pail_config_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    home_file(".aws/config", "[default]\nregion = a\n[profile \"b c\"]\ns3 =\n  a = 1\n"
                             "[sso-session s]\nx = y\n[services v]\ns3 =\n  endpoint_url = u\n");
    home_file(".aws/credentials", "[default]\naws_access_key_id = k\n");
    home_set("AWS_CONFIG_FILE", "$HOME/.aws/config");
    pail_torture("config", torture_body, NULL);
}

PAIL_TEST_MAIN(home_test(test_nothing), home_test(test_sections), home_test(test_two_defaults),
               home_test(test_merge), home_test(test_paths), home_test(test_broken),
               home_test(test_unreadable), home_test(test_changed), home_test(test_many_profiles),
               home_test(test_torture))
