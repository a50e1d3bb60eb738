/* SPDX-License-Identifier: Apache-2.0 */
/* Assuming roles: profile to credentials, over HTTP with the fake server, and against answers it
 * would not give. */
#include "auth/session.h"

#include "base/clock.h"
#include "fake/server.h"
#include "unit/auth/canned.h"
#include "unit/auth/home.h"
#include "unit/test.h"
#include "unit/torture.h"

#define ROLE(name) "role_arn = arn:aws:iam::123456789012:role/" name "\n"
#define KEYS "aws_access_key_id = AKIDFAKE\naws_secret_access_key = hidden\n"

static struct fake_server *server;

static int server_setup(void **state)
{
    char url[64];
    struct fake_server_options opt = {
        .s3 = {.access_key = "AKIDFAKE", .secret_key = "hidden", .region = "us-east-1"}};
    if (home_setup(state) != 0)
        return -1;
    server = fake_server_start(&opt);
    if (!server)
        return -1;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", fake_server_port(server));
    home_set("AWS_ENDPOINT_URL_STS", url);
    home_set("AWS_REGION", "us-east-1");
    return 0;
}

static int server_teardown(void **state)
{
    fake_server_stop(server);
    return home_teardown(state);
}

static uint64_t assumed(void)
{
    fake_server_lock(server);
    uint64_t n = fake_s3_count(fake_server_s3(server), "AssumeRole");
    fake_server_unlock(server);
    return n;
}

static struct pail_session *session(const char *profile)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.profile = profile;
    opt.io_threads = 1;
    /* Not for STS: nobody listens there. */
    opt.endpoint_url = "http://127.0.0.1:1";
    assert_ok(pail_session_new(&opt, &s, &err), &err);
    return s;
}

static void assert_role(const char *profile, unsigned calls)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = session(profile);
    struct pail_credentials *c = NULL, *again = NULL;
    struct pail_credentials_fields f;
    uint64_t before = assumed();
    assert_int_equal(pail_session_sign_credentials(s, false, false, &c, &err),
                     PAIL_PREPARE_WOULD_BLOCK);
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    assert_int_equal(assumed() - before, calls);
    pail_credentials_get(c, &f);
    assert_string_equal(f.method, "assume-role");
    assert_true(pail_str_starts(f.access_key, PAIL_STR("ASIA")));
    assert_true(f.session_token.len > 0);
    assert_str(f.account_id, "123456789012");
    int64_t left = f.expires_unix_s - pail_clock_wall_s();
    assert_in_range(left, 3500, 3600);
    /* Kept. */
    assert_ok(pail_session_sign_credentials(s, false, false, &again, &err), &err);
    assert_ptr_equal(again, c);
    (void)pail_credentials_unref(again);
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
}

static void forget_roles(void)
{
    assert_int_equal(nftw(home_path(".aws/cli/cache"), home_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void assert_fails(const char *profile, enum pail_code code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_session *s = session(profile);
    assert_code(pail_session_credentials(s, &c, &err), code);
    if (!strstr(err.message, message) || strstr(err.message, "hidden"))
        fail_msg("%s", err.message);
    (void)pail_session_unref(s);
}

static void test_source_profile(void **state)
{
    home_file(
        ".aws/config",
        "[profile base]\n" KEYS
        "[profile one]\n" ROLE("one") "source_profile = base\n"
                                      "role_session_name = a/b c\nexternal_id = x=1&y\n"
                                      "[profile self]\n" ROLE("self") KEYS
        "source_profile = self\n"
        "[profile two]\n" ROLE("two") "source_profile = one\n"
                                      "[profile three]\n" ROLE("three") "source_profile = two\n"
                                                                        "duration_seconds = 1h\n");
    assert_role("one", 1);
    assert_role("self", 1);
    /* The roles on the way are in the cache by now, as is one itself. */
    assert_role("two", 1);
    assert_role("three", 1);
    assert_role("one", 0);
    assert_role("three", 0);
}

static void test_duration(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    home_file(".aws/config",
              "[default]\n" KEYS "[profile p]\n" ROLE("p") "source_profile = default\n"
                                                           "duration_seconds = 7200\n");
    struct pail_session *s = session("p");
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    pail_credentials_get(c, &f);
    int64_t left = f.expires_unix_s - pail_clock_wall_s();
    assert_in_range(left, 7100, 7200);
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
}

/* Keys may come from the other file, a process, or the environment. */
static void test_sources(void **state)
{
    home_file(".aws/config",
              "[profile p]\n" ROLE("p") "source_profile = base\n"
                                        "[profile e]\n" ROLE(
                                            "e") "credential_source = Environment\n"
                                                 "[profile q]\n" ROLE(
                                                     "q") "source_profile = process\n"
                                                          "[profile process]\ncredential_process = "
                                                          "sh -c \"echo '{\\\"Version\\\": 1, "
                                                          "\\\"AccessKeyId\\\": \\\"AKIDFAKE\\\", "
                                                          "\\\"SecretAccessKey\\\": "
                                                          "\\\"hidden\\\"}'\"\n");
    home_file(".aws/credentials", "[base]\n" KEYS);
    assert_role("p", 1);
    assert_role("q", 1);
    assert_fails("e", PAIL_E_CREDENTIALS,
                 "Error when retrieving credentials from Environment: No credentials found in "
                 "credential_source referenced in profile e");
    home_set("AWS_ACCESS_KEY_ID", "AKIDFAKE");
    home_set("AWS_SECRET_ACCESS_KEY", "hidden");
    assert_role("e", 1);
    home_set("AWS_SECRET_ACCESS_KEY", NULL);
    assert_role("e", 0);
    forget_roles();
    assert_fails("e", PAIL_E_PARTIAL_CREDENTIALS, "env");
}

static void test_source_without_keys(void **state)
{
    home_file(".aws/config",
              "[profile p]\n" ROLE("p") "source_profile = base\n"
                                        "[profile base]\nregion = x\n"
                                        "[profile h]\n" ROLE(
                                            "h") "source_profile = half\n"
                                                 "[profile half]\naws_access_key_id = x\n");
    assert_fails("p", PAIL_E_CONFIG, "The source profile \"base\" must have credentials.");
    assert_fails("h", PAIL_E_PARTIAL_CREDENTIALS,
                 "Partial credentials found in config-file, missing: aws_secret_access_key");
}

static void test_refused_by_sts(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    home_file(
        ".aws/config",
        "[default]\n" KEYS "[profile d]\n" ROLE(
            "DENIED") "source_profile = default\n"
                      "[profile x]\n" ROLE("x") "source_profile = wrong\n"
                                                "[profile wrong]\naws_access_key_id = AKIDFAKE\n"
                                                "aws_secret_access_key = WRONG\n"
                                                "[profile m]\n" ROLE(
                                                    "m") "source_profile = default\n"
                                                         "mfa_serial = arn:aws:iam::1:mfa/me\n");
    struct pail_session *s = session("d");
    assert_code(pail_session_credentials(s, &c, &err), PAIL_E_CREDENTIALS);
    assert_int_equal(err.http_status, 403);
    assert_string_equal(err.service_code, "AccessDenied");
    assert_int_equal(err.retry, PAIL_RETRY_NEVER);
    assert_true(err.request_id[0] != '\0');
    assert_true(pail_str_starts(
        pail_str(err.message),
        PAIL_STR("An error occurred (AccessDenied) when calling the AssumeRole operation: ")));
    assert_int_equal(err.domain, PAIL_D_SERVICE);
    char report[2048];
    (void)pail_session_credentials_report(s, report, sizeof(report));
    assert_non_null(strstr(report, "assume-role: An error occurred"));
    (void)pail_session_unref(s);

    assert_fails("x", PAIL_E_CREDENTIALS, "(SignatureDoesNotMatch)");
    uint64_t before = assumed();
    assert_fails("m", PAIL_E_CREDENTIALS, "MFA");
    assert_int_equal(assumed(), before);
}

/* ---- Answers the fake does not give ---- */

struct answer {
    int status;
    const char *body;
    enum pail_code code;
    enum pail_retry retry;
    const char *message;
};

#define CREDENTIALS(expiration)                                                                    \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"           \
    "<SecretAccessKey>hidden</SecretAccessKey><SessionToken>T</SessionToken>" expiration           \
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>"

static const struct answer answers[] = {
    {200, "", PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "answer of STS"},
    {200, "no XML, hidden", PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "answer of STS"},
    {200, "<a/>", PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "without complete credentials"},
    {200, CREDENTIALS(""), PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "without complete credentials"},
    {200, CREDENTIALS("<Expiration>soon</Expiration>"), PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF,
     "time \"soon\""},
    {400, "<html>a proxy</html>", PAIL_E_CREDENTIALS, PAIL_RETRY_NEVER, "(Unknown)"},
    {503, "", PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "(Unknown)"},
    {400,
     "<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error>"
     "<RequestId>r-1</RequestId></ErrorResponse>",
     PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF,
     "(Throttling) when calling the AssumeRole operation (reached max retries: 0): slow"},
    {0, "", PAIL_E_CREDENTIALS, PAIL_RETRY_BACKOFF, "canned: refused"},
};

static int fetch_canned(int status, const char *body, struct pail_credentials **ret,
                        struct pail_error *err)
{
    struct pail_session *s = NULL;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct canned *canned = canned_new(status, body);
    if (!canned)
        return pail_error_nomem(err);
    opt.max_attempts = 1;
    int rc = pail_session_new_on(&opt, &canned->transport, &s, err);
    if (rc < 0)
        return rc;
    rc = pail_session_credentials(s, ret, err);
    (void)pail_session_unref(s);
    return rc;
}

static void role_in_default(void)
{
    home_file(".aws/config", "[default]\n" ROLE("r") KEYS "source_profile = default\n");
    /* No cache: a directory that cannot be. */
    home_file(".aws/cli", "");
}

static void test_answers(void **state)
{
    role_in_default();
    for (size_t i = 0; i < PAIL_ARRAY_LEN(answers); i++) {
        const struct answer *a = &answers[i];
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_credentials *c = NULL;
        assert_code(fetch_canned(a->status, a->body, &c, &err), a->code);
        if (!strstr(err.message, a->message) || strstr(err.message, "hidden") ||
            err.retry != a->retry)
            fail_msg("%zu: retry %d, %s", i, err.retry, err.message);
    }
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = fetch_canned(200, CREDENTIALS("<Expiration>2999-01-01T00:00:00Z</Expiration>"), &c,
                          err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    role_in_default();
    pail_torture("assume-role", torture_body, NULL);
}

#define with_server(fn) cmocka_unit_test_setup_teardown(fn, server_setup, server_teardown)

PAIL_TEST_MAIN(with_server(test_source_profile), with_server(test_duration),
               with_server(test_sources), with_server(test_source_without_keys),
               with_server(test_refused_by_sts), home_test(test_answers), home_test(test_torture))
