/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/config.c over the cross-SDK suite of config files. The other SDKs agree with each other
 * there; botocore, which we follow, does not in the cases listed here, each with the reason and
 * with what comes out instead. (That it is what botocore makes of them is diff-config.py's part.)
 */
#include "auth/config.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "unit/auth/home.h"
#include "unit/test.h"

enum why {
    COLON,       /* ':' separates key and value as '=' does */
    COMMENT,     /* a comment is a whole line, never the end of one */
    TWICE,       /* a section or key may appear once */
    PREFIX,      /* of [default] and [profile default] the later one counts */
    ANY_NAME,    /* no name is invalid; only what does not split into two words is passed over */
    NESTED,      /* a block is keys of its own */
    BLANKS,      /* of a section's name belong to it */
    CREDENTIALS, /* every section of the credentials file is a profile */
};

static const struct deviation {
    size_t i;
    enum why why;
    const char *result; /* NULL: an error */
} deviations[] = {
    {2, ANY_NAME, "[some-thing:long/the_one%only.foo@bar+][foo!bar]"},
    {16, COLON, "[foo]"},
    {20, COMMENT, "[foo] name=value # Comment with # sign"},
    {21, COMMENT, "[foo] name=value ; Comment with ; sign"},
    {22, COMMENT, "[foo] name=value # Comment with ; sign"},
    {23, COMMENT, "[foo] name=value ;"},
    {34, TWICE, NULL},
    {35, TWICE, NULL},
    {36, TWICE, NULL},
    {37, TWICE, NULL},
    {38, PREFIX, "[default] name=?"},
    {40, ANY_NAME, "[in valid 2]"},
    {44, NESTED, "[foo] s3=?"},
    {46, NESTED, "[foo] s3=?"},
    {47, NESTED, "[foo]"},
    {48, NESTED, "[foo] s3=?"},
    {49, NESTED, "[foo] s3=?"},
    {51, TWICE, NULL},
    {52, TWICE, NULL},
    {55, CREDENTIALS, "[profile foo]"},
    {59, BLANKS, "[bar]"},
    {60, BLANKS, "[   foo    ][profile bar]"},
};

#define WORD_MAX 4096

static void dump_profile(const struct pail_config *c, struct pail_str name,
                         const struct pail_jnode *keys, struct pail_buf *to)
{
    struct pail_str key;
    const struct pail_jnode *value;
    pail_buf_fmt(to, "[%.*s]", PAIL_STR_ARG(name));
    for (void *it = NULL; pail_json_each(keys, &it, &key, &value);) {
        char z[128];
        snprintf(z, sizeof(z), "%.*s", PAIL_STR_ARG(key));
        struct pail_str v = pail_config_get(c, name, z);
        pail_buf_fmt(to, " %s=%.*s", z, v.ptr ? (int)v.len : 1, v.ptr ? v.ptr : "?");
    }
}

/* Profiles in order with the keys that the case is about. */
static char *actual(const struct pail_jnode *profiles)
{
    struct pail_buf b = PAIL_BUF_INIT(65536);
    struct pail_config *c = NULL;
    struct pail_str name;
    if (pail_config_load(&c, NULL) < 0)
        return NULL;
    for (size_t i = 0; (name = pail_config_profile(c, i)).ptr; i++) {
        char z[128];
        snprintf(z, sizeof(z), "%.*s", PAIL_STR_ARG(name));
        dump_profile(c, name, pail_json_get(profiles, z), &b);
    }
    (void)pail_config_unref(c);
    if (!b.len)
        pail_buf_z(&b, "");
    return pail_buf_take(&b, NULL);
}

/* The same of what the suite expects, in our order of profiles. */
static bool as_expected(const struct pail_jnode *profiles)
{
    struct pail_config *c = NULL;
    struct pail_str name, key;
    const struct pail_jnode *keys, *value;
    size_t n = 0;
    bool same = pail_config_load(&c, NULL) == 0;
    for (void *it = NULL; same && pail_json_each(profiles, &it, &name, &keys);) {
        n++;
        same = pail_config_has_profile(c, name);
        for (void *jt = NULL; same && pail_json_each(keys, &jt, &key, &value);) {
            char z[128];
            snprintf(z, sizeof(z), "%.*s", PAIL_STR_ARG(key));
            struct pail_str got = pail_config_get(c, name, z);
            same = got.ptr && pail_str_eq(got, pail_json_str(value));
        }
    }
    same = same && !pail_config_profile(c, n).ptr;
    if (c)
        (void)pail_config_unref(c);
    return same;
}

static void write_input(const struct pail_jnode *input, const char *key, const char *file)
{
    char text[WORD_MAX];
    struct pail_str v = pail_json_str(pail_json_get(input, key));
    snprintf(text, sizeof(text), "%.*s", PAIL_STR_ARG(v));
    home_file(file, text);
}

static const struct deviation *deviation_of(size_t i)
{
    for (size_t k = 0; k < PAIL_ARRAY_LEN(deviations); k++) {
        if (deviations[k].i == i)
            return &deviations[k];
    }
    return NULL;
}

static void run_case(size_t i, const struct pail_jnode *test)
{
    const struct pail_jnode *output = pail_json_get(test, "output");
    const struct pail_jnode *profiles = pail_json_get(pail_json_get(output, "config"), "profiles");
    const struct deviation *d = deviation_of(i);
    struct pail_str name = pail_json_str(pail_json_get(test, "name"));

    write_input(pail_json_get(test, "input"), "configFile", ".aws/config");
    write_input(pail_json_get(test, "input"), "credentialsFile", ".aws/credentials");
    char *got = actual(profiles);
    bool fine = pail_json_get(output, "errorContaining") ? !got : as_expected(profiles);
    if (!d && !fine)
        print_error("{%zu, , \"%s\"}, /* %.*s */\n", i, got ? got : "NULL", PAIL_STR_ARG(name));
    if (d && (fine || !got != !d->result || (got && strcmp(got, d->result) != 0)))
        print_error("%zu %.*s: %s\n", i, PAIL_STR_ARG(name), got ? got : "error");
    assert_true(d ? !fine && !got == !d->result && (!got || strcmp(got, d->result) == 0) : fine);
    pail_free(got);
}

static void test_suite(void **state)
{
    char path[1024], *text = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    size_t len;

    if (!pail_test_shared("vectors/config/profile-parser-tests.json", path, sizeof(path)))
        skip();
    assert_ok(pail_file_read_all(path, 1 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), path, &doc, &err), &err);
    pail_free(text);
    const struct pail_jnode *tests = pail_json_get(pail_json_root(doc), "tests");
    for (size_t i = 0; i < pail_json_len(tests); i++)
        run_case(i, pail_json_at(tests, i));
    print_message("%zu cases, %zu of them differ on purpose\n", pail_json_len(tests),
                  PAIL_ARRAY_LEN(deviations));
    pail_json_free(doc);
}

PAIL_TEST_MAIN(home_test(test_suite))
