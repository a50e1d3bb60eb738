/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_chain.c over the cross-SDK cases: an environment and a file tree in, credentials
 * out. Those that need a web server (SSO, containers, instance metadata, web identity) are not in
 * the list. Order and texts of our own: test-provider.c.
 */
#include "auth/session.h"

#include "base/env.h"
#include "base/file.h"
#include "base/json.h"
#include "unit/auth/canned.h"
#include "unit/test.h"

static const char *const cases[] = {
    "environment_variables",
    "environment_variables_blank",
    "prefer_environment",
    "profile_name",
    "profile_overrides_web_identity",
    "profile_static_keys",
    "profile_static_keys_case_insensitive",
};

static struct {
    char home[1200];
    const struct pail_jnode *env;
    char value[8][256]; /* ring: what the last calls returned */
    unsigned next;
} world;

static const char *world_get(const char *name)
{
    if (strcmp(name, "HOME") == 0)
        return world.home;
    struct pail_str v = pail_json_str(pail_json_get(world.env, name));
    if (!v.ptr)
        return NULL;
    char *value = world.value[world.next++ % PAIL_ARRAY_LEN(world.value)];
    snprintf(value, sizeof(world.value[0]), "%.*s", PAIL_STR_ARG(v));
    return value;
}

static struct pail_json *read_json(const char *dir, const char *name, const char *file)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    char path[1200], *text = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
    assert_ok(pail_file_read_all(path, 1 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), path, &doc, &err), &err);
    pail_free(text);
    return doc;
}

static void assert_same(const struct pail_jnode *expected, const char *key, struct pail_str got)
{
    struct pail_str want = pail_json_str(pail_json_get(expected, key));
    if (want.ptr && !pail_str_eq(want, got))
        fail_msg("%s: %.*s instead of %.*s", key, PAIL_STR_ARG(got), PAIL_STR_ARG(want));
}

static void run_case(const char *dir, const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *env = read_json(dir, name, "env.json");
    struct pail_json *test = read_json(dir, name, "test-case.json");
    const struct pail_jnode *result = pail_json_get(pail_json_root(test), "result");
    const struct pail_jnode *expected = pail_json_get(result, "Ok");
    struct pail_session *s = NULL;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;

    print_message("%s\n", name);
    world.env = pail_json_root(env);
    snprintf(world.home, sizeof(world.home), "%s/%s/fs/home", dir, name);
    assert_ok(pail_session_new_on(NULL, &canned_new(500, "")->transport, &s, &err), &err);
    int rc = pail_session_credentials(s, &c, &err);
    if (expected) {
        assert_ok(rc, &err);
        pail_credentials_get(c, &f);
        assert_same(expected, "access_key_id", f.access_key);
        assert_same(expected, "secret_access_key", f.secret_key);
        assert_same(expected, "session_token", f.session_token);
        assert_same(expected, "account_id", f.account_id);
    } else {
        assert_non_null(pail_json_get(result, "ErrorContains"));
        assert_code(rc, PAIL_E_CREDENTIALS);
    }
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
    pail_json_free(env);
    pail_json_free(test);
}

static void test_cases(void **state)
{
    char dir[1024];
    if (!pail_test_shared("vectors/credentials/chain", dir, sizeof(dir)))
        skip();
    pail_env_set_source(world_get);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        run_case(dir, cases[i]);
    pail_env_set_source(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_cases))
