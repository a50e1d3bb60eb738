/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_chain.c over the cross-SDK cases: an environment, a file tree and recorded answers
 * of web servers in, credentials out. The tree is copied, since credentials are cached in it. Order
 * and texts of our own: test-provider.c. Where botocore does something else than the SDKs that the
 * cases were made for, it is listed here with the reason.
 */
#include "auth/session.h"

#include "base/file.h"
#include "base/json.h"
#include "unit/auth/scripted.h"
#include "unit/auth/still.h"
#include "unit/test.h"

static const struct deviation {
    const char *name, *result, *why;
} deviations[] = {
    {"imds_default_chain_retries", "error", "the metadata service is tried once by default"},
};

static const char *const cases[] = {
    "e2e_fips_and_dual_stack_sso",
    "ecs_assume_role",
    "ecs_credentials",
    "ecs_credentials_invalid_profile",
    "eks_pod_identity_credentials",
    "eks_pod_identity_no_token_file",
    "environment_variables",
    "environment_variables_blank",
    "imds_assume_role",
    "imds_config_with_no_creds",
    "imds_default_chain_error",
    "imds_default_chain_retries",
    "imds_default_chain_success",
    "imds_disabled",
    "imds_no_iam_role",
    "imds_token_fail",
    "prefer_environment",
    "profile_name",
    "profile_overrides_web_identity",
    "profile_static_keys",
    "profile_static_keys_case_insensitive",
    "sso_assume_role",
    "sso_no_token_file",
    "sso_server_error",
    "web_identity_source_profile_no_env",
    "web_identity_token_env",
    "web_identity_token_invalid_jwt",
    "web_identity_token_profile",
    "web_identity_token_source_profile",
};

/* NULL: no such file. */
static struct pail_json *read_json(const char *dir, const char *name, const char *file)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    char path[1200], *text = NULL;
    size_t len;
    snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
    if (pail_file_read_all(path, 1 << 20, &text, &len, NULL) < 0)
        return NULL;
    assert_ok(pail_json_parse(pail_strn(text, len), path, &doc, &err), &err);
    pail_free(text);
    return doc;
}

/* ---- Files and environment ---- */

/* The root of the case's file tree becomes our home directory's parent; paths in files and
 * variables are from there. */
static void copy_tree(const char *dir, const char *name)
{
    char command[4096];
    snprintf(command, sizeof(command),
             "rm -rf '%s/.aws' '%s/root' && mkdir '%s/root' && cp -r '%s/%s/fs/.' '%s/root' "
             "2>/dev/null; chmod -R u+w '%s/root'; cd '%s/root' && test ! -f home/.aws/config || "
             "sed -i 's,^\\(web_identity_token_file *= *\\)/,\\1%s/root/,' home/.aws/config",
             home.dir, home.dir, home.dir, dir, name, home.dir, home.dir, home.dir, home.dir);
    assert_int_equal(system(command), 0);
}

static void set_environment(const struct pail_jnode *env)
{
    struct pail_str key;
    const struct pail_jnode *value;
    home_clear();
    home_set("HOME", home_path("root/home"));
    for (void *it = NULL; pail_json_each(env, &it, &key, &value);) {
        char name[64], text[400];
        struct pail_str v = pail_json_str(value);
        snprintf(name, sizeof(name), "%.*s", PAIL_STR_ARG(key));
        bool path = pail_str_ends(key, PAIL_STR("_FILE"));
        snprintf(text, sizeof(text), "%s%s%.*s", path ? home.dir : "", path ? "/root" : "",
                 PAIL_STR_ARG(v));
        if (strcmp(name, "HOME") != 0)
            home_set(name, text);
    }
}

/* ---- Answers ---- */

#define RULES 16

static struct {
    struct script rule[RULES + 1];
    char what[RULES][512], body[RULES][4096];
    size_t n;
} recorded;

static void record_request(const struct pail_jnode *request)
{
    struct pail_str uri = pail_json_str(pail_json_get(request, "uri"));
    assert_true(recorded.n < RULES);
    snprintf(recorded.what[recorded.n], sizeof(recorded.what[0]), "%.*s %.*s",
             PAIL_STR_ARG(pail_json_str(pail_json_get(request, "method"))),
             PAIL_STR_ARG(pail_str_sub(uri, 0, pail_str_find(uri, '?'))));
    recorded.rule[recorded.n] = (struct script){
        .what = recorded.what[recorded.n], .body = recorded.body[recorded.n], .times = 1};
    recorded.n++;
}

static const struct pail_jnode *walk(const struct pail_jnode *n, const char *a, const char *b,
                                     const char *c)
{
    return pail_json_get(pail_json_get(pail_json_get(n, a), b), c);
}

/* Requests are made one after the other, so what comes belongs to the last one. */
static void record_event(const struct pail_jnode *action)
{
    const struct pail_jnode *request = pail_json_get(pail_json_get(action, "Request"), "request");
    const struct pail_jnode *data = pail_json_get(action, "Data");
    int64_t status;

    if (request)
        record_request(request);
    else if (pail_json_int(pail_json_get(walk(action, "Response", "response", "Ok"), "status"),
                           &status))
        recorded.rule[recorded.n - 1].status = (int)status;
    else if (data && pail_str_eqz(pail_json_str(pail_json_get(data, "direction")), "Response"))
        snprintf(recorded.body[recorded.n - 1], sizeof(recorded.body[0]), "%.*s",
                 PAIL_STR_ARG(pail_json_str(pail_json_get(pail_json_get(data, "data"), "Utf8"))));
}

static void record(const struct pail_json *traffic)
{
    const struct pail_jnode *events = NULL;
    memset(&recorded, 0, sizeof(recorded));
    if (traffic)
        events = pail_json_get(pail_json_root(traffic), "events");
    for (size_t i = 0; i < pail_json_len(events); i++)
        record_event(pail_json_get(pail_json_at(events, i), "action"));
}

/* ---- Results ---- */

static void append(char *to, size_t size, struct pail_str s)
{
    size_t n = strlen(to);
    snprintf(to + n, size - n, " %.*s", s.len ? (int)s.len : 1, s.len ? s.ptr : "-");
}

static bool account_matters; /* some cases do not say */

/* "found KEY SECRET TOKEN [ACCOUNT] EXPIRES", or "error". */
static void expected_of(const struct pail_jnode *result, char *ret, size_t size)
{
    static const char *const keys[] = {"access_key_id", "secret_access_key", "session_token"};
    const struct pail_jnode *ok = pail_json_get(result, "Ok");
    int64_t expiry = 0;
    snprintf(ret, size, "%s", ok ? "found" : "error");
    for (size_t i = 0; ok && i < PAIL_ARRAY_LEN(keys); i++)
        append(ret, size, pail_json_str(pail_json_get(ok, keys[i])));
    account_matters = pail_json_get(ok, "account_id") != NULL;
    if (account_matters)
        append(ret, size, pail_json_str(pail_json_get(ok, "account_id")));
    if (ok) {
        (void)pail_json_int(pail_json_get(ok, "expiry"), &expiry);
        size_t n = strlen(ret);
        snprintf(ret + n, size - n, " %lld", (long long)expiry);
    }
    still.now_s = expiry ? expiry - 3600 : 1600000000;
}

static void actual(char *ret, size_t size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    if (scripted_find(NULL, recorded.rule, &c, &err) < 0) {
        snprintf(ret, size, "error");
        print_message("  %s\n", err.message);
        return;
    }
    pail_credentials_get(c, &f);
    snprintf(ret, size, "found");
    append(ret, size, f.access_key);
    append(ret, size, f.secret_key);
    append(ret, size, f.session_token);
    if (account_matters)
        append(ret, size, f.account_id);
    size_t n = strlen(ret);
    snprintf(ret + n, size - n, " %lld", (long long)f.expires_unix_s);
    (void)pail_credentials_unref(c);
}

static bool run_case(const char *dir, const char *name)
{
    struct pail_json *env = read_json(dir, name, "env.json");
    struct pail_json *test = read_json(dir, name, "test-case.json");
    struct pail_json *traffic = read_json(dir, name, "http-traffic.json");
    char expected[2048], got[2048];
    const char *wanted = expected;

    print_message("%s\n", name);
    copy_tree(dir, name);
    set_environment(pail_json_root(env));
    record(traffic);
    expected_of(pail_json_get(pail_json_root(test), "result"), expected, sizeof(expected));
    actual(got, sizeof(got));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(deviations); i++) {
        if (strcmp(deviations[i].name, name) == 0) {
            assert_string_not_equal(got, expected); /* else the entry is out of date */
            wanted = deviations[i].result;
        }
    }
    bool same = strcmp(got, wanted) == 0;
    if (!same)
        print_error("%s: %s\ninstead of %s\n%s", name, got, wanted, scripted.log);
    pail_json_free(env);
    pail_json_free(test);
    pail_json_free(traffic);
    return same;
}

static void test_cases(void **state)
{
    char dir[1024];
    bool same = true;
    if (!pail_test_shared("vectors/credentials/chain", dir, sizeof(dir)))
        skip();
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        same = run_case(dir, cases[i]) && same;
    assert_true(same);
}

PAIL_TEST_MAIN(still_test(test_cases))
