/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/diskcache.h"

#include "unit/auth/still.h"
#include "unit/test.h"
#include "unit/torture.h"

static const char *quoted(const char *text)
{
    static char copy[256];
    struct pail_buf b = PAIL_BUF_INIT(256);
    pail_diskcache_quote(&b, pail_str(text));
    snprintf(copy, sizeof(copy), "%s", pail_buf_cstr(&b));
    pail_buf_done(&b);
    return copy;
}

/* json.dumps of the same. */
static void test_quote(void **state)
{
    assert_string_equal(quoted(""), "\"\"");
    assert_string_equal(quoted("a/b \"c\" \\d"), "\"a/b \\\"c\\\" \\\\d\"");
    assert_string_equal(quoted("\n\r\t\b\f\x01\x7f"), "\"\\n\\r\\t\\b\\f\\u0001\\u007f\"");
    assert_string_equal(quoted("\xc3\xbc\xe2\x98\x83"), "\"\\u00fc\\u2603\"");
    assert_string_equal(quoted("\xf0\x9f\x98\x80"), "\"\\ud83d\\ude00\"");
    assert_string_equal(quoted("\xff"), "\"\\ufffd\"");
}

static void test_paths(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf b = PAIL_BUF_INIT(512);
    assert_ok(pail_diskcache_path(PAIL_CACHE_ROLES, "k", &b, &err), &err);
    assert_string_equal(b.ptr, home_path(".aws/cli/cache/k.json"));
    pail_buf_reset(&b);
    assert_ok(pail_diskcache_dir(PAIL_CACHE_SSO, &b, &err), &err);
    assert_string_equal(b.ptr, home_path(".aws/sso/cache"));
    pail_buf_reset(&b);
    assert_ok(pail_diskcache_dir(PAIL_CACHE_LOGIN, &b, &err), &err);
    assert_string_equal(b.ptr, home_path(".aws/login/cache"));
    pail_buf_reset(&b);
    home_set("AWS_LOGIN_CACHE_DIRECTORY", "/elsewhere");
    assert_ok(pail_diskcache_dir(PAIL_CACHE_LOGIN, &b, &err), &err);
    assert_string_equal(b.ptr, "/elsewhere");
    pail_buf_reset(&b);
    home_set("AWS_LOGIN_CACHE_DIRECTORY", "~/logins");
    assert_ok(pail_diskcache_dir(PAIL_CACHE_LOGIN, &b, &err), &err);
    assert_string_equal(b.ptr, home_path("logins"));
    pail_buf_done(&b);
}

static void test_key(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char key[PAIL_CACHE_KEY_LEN];
    assert_ok(pail_diskcache_key(PAIL_STR("https://ssotest.awsapps.com/start"), key, &err), &err);
    assert_string_equal(key, "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12");
}

static void test_files(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    struct stat st;
    assert_code(pail_diskcache_read(PAIL_CACHE_SSO, "k", &doc, &err), PAIL_E_NOT_FOUND);
    assert_ok(pail_diskcache_write(PAIL_CACHE_SSO, "k", PAIL_STR("{\"a\":1}"), &err), &err);
    assert_int_equal(stat(home_path(".aws/sso/cache/k.json"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(home_path(".aws/sso/cache"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_ok(pail_diskcache_read(PAIL_CACHE_SSO, "k", &doc, &err), &err);
    pail_json_free(doc);
    home_file(".aws/sso/cache/k.json", "[\"SECRET\"]");
    assert_code(pail_diskcache_read(PAIL_CACHE_SSO, "k", &doc, &err), PAIL_E_PARSE);
    home_file(".aws/sso/cache/k.json", "{\"SECRET");
    assert_code(pail_diskcache_read(PAIL_CACHE_SSO, "k", &doc, &err), PAIL_E_PARSE);
    assert_null(strstr(err.message, "SECRET"));
}

static struct pail_credentials *credentials(int64_t expires)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {
        .access_key = PAIL_STR("AK"),
        .secret_key = PAIL_STR("SK"),
        .session_token = PAIL_STR("T"),
        .account_id = PAIL_STR("1"),
        .expires_unix_s = expires,
    };
    assert_ok(pail_credentials_new(&f, &c, &err), &err);
    return c;
}

/* The files as the AWS CLI writes them, key order included. */
static void test_put_role(void **state)
{
    struct pail_credentials *c = credentials(1700003600);
    struct pail_role_answer a = {c, PAIL_STR("arn"), PAIL_STR("id"), NULL};
    pail_diskcache_put_role("role", &a);
    assert_string_equal(home_text(home_path(".aws/cli/cache/role.json")),
                        "{\"Credentials\":{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"SK\","
                        "\"SessionToken\":\"T\","
                        "\"Expiration\":\"2023-11-14T23:13:20+00:00\",\"AccountId\":\"1\"},"
                        "\"AssumedRoleUser\":{\"AssumedRoleId\":\"id\",\"Arn\":\"arn\"}}");
    struct pail_role_answer sso = {.credentials = c, .provider_type = "sso"};
    pail_diskcache_put_role("sso", &sso);
    assert_string_equal(
        home_text(home_path(".aws/cli/cache/sso.json")),
        "{\"ProviderType\":\"sso\",\"Credentials\":{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":"
        "\"SK\",\"SessionToken\":\"T\",\"Expiration\":\"2023-11-14T23:13:20Z\",\"AccountId\":\"1\"}"
        "}");
    (void)pail_credentials_unref(c);
}

static int get(const char *text, struct pail_credentials **ret, struct pail_error *err)
{
    home_file(".aws/cli/cache/k.json", text);
    return pail_diskcache_get_role("k", "m", ret, err);
}

#define ROLE(expiration)                                                                           \
    "{\"Credentials\": {\"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\", \"SessionToken\": "  \
    "\"T\", \"Expiration\": \"" expiration "\"}}"

static void test_get_role(void **state)
{
    static const char *const useless[] = {
        "",
        "{}",
        "{\"Credentials\": []}",
        "{\"Credentials\": {\"AccessKeyId\": \"AK\"}}",
        ROLE("soon"),
        ROLE("2023-11-14T22:28:19Z"), /* 14:59 left */
        ROLE("2020-01-01T00:00:00Z"),
    };
    static const char *const good[] = {
        ROLE("2023-11-14T22:28:20Z"),
        ROLE("2023-11-14T22:28:20+00:00"),
        ROLE("2023-11-14T22:28:20UTC"),
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(useless); i++)
        assert_code(get(useless[i], &c, &err), PAIL_E_NOT_FOUND);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        assert_ok(get(good[i], &c, &err), &err);
        pail_credentials_get(c, &f);
        assert_int_equal(f.expires_unix_s, 1700000900);
        assert_string_equal(f.method, "m");
        c = pail_credentials_unref(c);
    }
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    struct pail_role_answer a = {ud, PAIL_STR("arn"), PAIL_STR("id"), NULL};
    int rc = pail_diskcache_get_role("k", "m", &c, err);
    (void)pail_credentials_unref(c);
    pail_diskcache_put_role("k2", &a);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_credentials *c = credentials(1700003600);
    home_file(".aws/cli/cache/k.json", ROLE("2023-11-14T22:28:20Z"));
    pail_torture("cached role", torture_body, c);
    (void)pail_credentials_unref(c);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_quote), still_test(test_paths), cmocka_unit_test(test_key),
               still_test(test_files), still_test(test_put_role), still_test(test_get_role),
               still_test(test_torture))
