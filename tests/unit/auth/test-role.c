/* SPDX-License-Identifier: Apache-2.0 */
/* Roles by keys and by web identity: what is asked, what is remembered. */
#include "auth/role.h"

#include "base/clock.h"
#include "unit/auth/home.h"
#include "unit/auth/scripted.h"
#include "unit/test.h"
#include "unit/torture.h"

#define STS "https://sts.us-east-1.amazonaws.com/"
#define ARN(name) "arn:aws:iam::111122223333:role/" name
#define ROLE(name) "role_arn = " ARN(name) "\n"
#define KEYS "aws_access_key_id = AKID\naws_secret_access_key = SK\n"
#define ANSWER(action, key)                                                                        \
    "<" action "Response><" action "Result><AssumedRoleUser><Arn>arn:aws:sts::111122223333:"       \
    "assumed-role/x/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser><Credentials>"   \
    "<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T"        \
    "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></" action          \
    "Result></" action "Response>"
#define FOUND "assume-role ASIA S T 111122223333 4070908800"

static const struct script sts[] = {{"POST " STS, 200, ANSWER("AssumeRole", "ASIA")}, {NULL}};
static const struct script web[] = {
    {"POST " STS, 200, ANSWER("AssumeRoleWithWebIdentity", "ASIAW")}, {NULL}};

static int setup(void **state)
{
    if (home_setup(state) != 0)
        return -1;
    home_set("AWS_REGION", "us-east-1");
    home_set("AWS_EC2_METADATA_DISABLED", "true");
    return 0;
}

/* The file's name is the AWS CLI's: sha1 of the sorted arguments. */
static void test_cache(void **state)
{
    home_file(".aws/config",
              "[default]\n" ROLE("alpha") "source_profile = base\n[profile base]\n" KEYS);
    assert_found(NULL, sts, FOUND);
    assert_int_equal(scripted.requests, 1);
    assert_non_null(
        home_text(home_path(".aws/cli/cache/6f96a64b38ad424d6e87e342777fc914e97ef34b.json")));
    assert_found(NULL, sts, FOUND);
    assert_int_equal(scripted.requests, 0);
    /* A duration, an id or a session name of its own make it another role. */
    home_file(".aws/config",
              "[default]\n" ROLE("alpha") "source_profile = base\n"
                                          "role_session_name = me\n[profile base]\n" KEYS);
    assert_found(NULL, sts, FOUND);
    assert_non_null(
        home_text(home_path(".aws/cli/cache/6fd1553b36d8f090cc66f1774db77862c237ecf5.json")));
    home_file(".aws/config", "[default]\n" ROLE("alpha") "source_profile = base\n"
                                                         "duration_seconds = 900\n"
                                                         "external_id = e\"\xc3\xbc\n"
                                                         "[profile base]\n" KEYS);
    assert_found(NULL, sts, FOUND);
    assert_int_equal(scripted.requests, 1);
    assert_non_null(strstr(scripted.log, "&ExternalId=e%22%C3%BC&DurationSeconds=900"));
    assert_non_null(
        home_text(home_path(".aws/cli/cache/99e295219b3a5d9384a7e14566a2eaac8aec23a8.json")));
}

/* Each role is asked for with the credentials of the one before. */
static void test_chain(void **state)
{
    static const struct script rules[] = {
        {"POST " STS, 200, ANSWER("AssumeRole", "ASIAONE"), .times = 1},
        {"POST " STS, 200, ANSWER("AssumeRole", "ASIATWO")},
        {NULL}};
    char expected[512];
    home_file(".aws/config",
              "[default]\n" ROLE("two") "source_profile = one\n"
                                        "role_session_name = n\n"
                                        "[profile one]\n" ROLE(
                                            "one") "source_profile = base\nrole_session_name = "
                                                   "n\n[profile base]\n" KEYS);
    assert_found(NULL, rules, "assume-role ASIATWO S T 111122223333 4070908800");
    snprintf(expected, sizeof(expected), "%s%s",
             "POST " STS " by=AKID Action=AssumeRole&Version=2011-06-15&RoleArn="
             "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fone&RoleSessionName=n\n",
             "POST " STS " X-Amz-Security-Token=T by=ASIAONE Action=AssumeRole&Version=2011-06-15&"
             "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ftwo&RoleSessionName=n\n");
    assert_log(expected);
}

/* Credentials that the service refused are not taken from the disk once more. */
static void test_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_credentials *c = NULL;
    home_file(".aws/config",
              "[default]\n" ROLE("r") "source_profile = base\n[profile base]\n" KEYS);
    assert_ok(scripted_session(NULL, sts, &s, &err), &err);
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    c = pail_credentials_unref(c);
    assert_ok(pail_session_sign_credentials(s, true, true, &c, &err), &err);
    assert_int_equal(scripted.requests, 2);
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
}

static struct {
    unsigned asked;
    char serial[64];
} mfa;

static int enter_code(void *ud, const char *serial, char *dst, size_t cap, struct pail_error *err)
{
    mfa.asked++;
    snprintf(mfa.serial, sizeof(mfa.serial), "%s", serial);
    if (ud)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_CANCELLED, "nobody there");
    snprintf(dst, cap, "123456");
    return 0;
}

static int mfa_session(int (*fn)(void *, const char *, char *, size_t, struct pail_error *),
                       void *ud, struct pail_session **ret)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.mfa = fn;
    opt.mfa_ud = ud;
    opt.max_attempts = 1;
    memset(&mfa, 0, sizeof(mfa));
    home_file(".aws/config",
              "[default]\n" ROLE("m") "source_profile = base\nmfa_serial = arn:mfa/me\n"
                                      "role_session_name = n\n[profile base]\n" KEYS);
    int rc = scripted_session(&opt, sts, ret, &err);
    assert_ok(rc, &err);
    return rc;
}

/* One code, one set of credentials. */
static void test_mfa(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_credentials *c = NULL;
    (void)mfa_session(enter_code, NULL, &s);
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    c = pail_credentials_unref(c);
    assert_int_equal(mfa.asked, 1);
    assert_string_equal(mfa.serial, "arn:mfa/me");
    assert_non_null(strstr(scripted.log, "&SerialNumber=arn%3Amfa%2Fme&TokenCode=123456"));
    assert_code(pail_session_sign_credentials(s, true, true, &c, &err), PAIL_E_CREDENTIALS);
    assert_string_equal(err.message, "Cannot refresh credentials: MFA token required.");
    assert_int_equal(mfa.asked, 1);
    (void)pail_session_unref(s);
    /* The next program finds the role in the cache and need not ask. */
    (void)mfa_session(enter_code, NULL, &s);
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    c = pail_credentials_unref(c);
    assert_int_equal(mfa.asked, 0);
    (void)pail_session_unref(s);
}

static void test_mfa_failures(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_credentials *c = NULL;
    (void)mfa_session(enter_code, &mfa, &s);
    assert_code(pail_session_credentials(s, &c, &err), PAIL_E_CANCELLED);
    assert_int_equal(scripted.requests, 0);
    (void)pail_session_unref(s);
    (void)mfa_session(NULL, NULL, &s);
    assert_code(pail_session_credentials(s, &c, &err), PAIL_E_CREDENTIALS);
    assert_non_null(strstr(err.message, "MFA device (mfa_serial), which nobody can enter here"));
    (void)pail_session_unref(s);
}

/* ---- Where STS is ---- */

static void test_endpoint(void **state)
{
    static const struct script any[] = {{"POST ", 200, ANSWER("AssumeRole", "ASIA")}, {NULL}};
    static const struct {
        const char *variable, *value, *url;
    } cases[] = {
        {"AWS_USE_FIPS_ENDPOINT", "true", "POST https://sts-fips.us-east-1.amazonaws.com/ "},
        {"AWS_USE_DUALSTACK_ENDPOINT", "true", "POST https://sts.us-east-1.api.aws/ "},
        {"AWS_STS_REGIONAL_ENDPOINTS", "legacy", "POST https://sts.amazonaws.com/ "},
        {"AWS_ENDPOINT_URL_STS", "http://h:1/p/", "POST http://h:1/p "},
        {"AWS_REGION", NULL, "POST https://sts.amazonaws.com/ "},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%zu", i);
        home_file(".aws/config",
                  "[default]\n" ROLE("e") "source_profile = base\n[profile base]\n" KEYS);
        home_clear();
        home_set("AWS_REGION", "us-east-1");
        home_set(cases[i].variable, cases[i].value);
        home_set("AWS_LOGIN_CACHE_DIRECTORY", name);
        (void)nftw(home_path(".aws/cli"), home_remove, 8, FTW_DEPTH | FTW_PHYS);
        assert_found(NULL, any, FOUND);
        if (strncmp(scripted.log, cases[i].url, strlen(cases[i].url)) != 0)
            fail_msg("%s", scripted.log);
    }
}

/* ---- Web identity ---- */

static void web_setup(void)
{
    home_file("token", "JWT.TOKEN\n");
    home_set("AWS_WEB_IDENTITY_TOKEN_FILE", home_path("token"));
    home_set("AWS_ROLE_ARN", ARN("web"));
}

static void test_web(void **state)
{
    web_setup();
    home_set("AWS_ROLE_SESSION_NAME", "n");
    assert_found(NULL, web, "assume-role-with-web-identity ASIAW S T 111122223333 4070908800");
    assert_log("POST " STS " Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="
               "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fweb&RoleSessionName=n&"
               "WebIdentityToken=JWT.TOKEN%0A\n");
    assert_found(NULL, web, "assume-role-with-web-identity ASIAW S T 111122223333 4070908800");
    assert_int_equal(scripted.requests, 0);
    /* A generated session name is no part of the cache file's name. */
    home_set("AWS_ROLE_SESSION_NAME", NULL);
    assert_found(NULL, web, "assume-role-with-web-identity ASIAW S T 111122223333 4070908800");
    assert_non_null(strstr(scripted.log, "RoleSessionName=botocore-session-"));
    assert_non_null(
        home_text(home_path(".aws/cli/cache/b9e6ba2ccf12690f5e3ad4f0c071d21291f70c99.json")));
}

/* Of a source profile, the environment apart; and of a profile that an option named. */
static void test_web_profile(void **state)
{
    char config[512];
    web_setup();
    home_set("AWS_ROLE_ARN", NULL);
    snprintf(config, sizeof(config),
             "[profile w]\nweb_identity_token_file = %s\n" ROLE("web") "[profile r]\n" ROLE(
                 "r") "source_profile = w\nrole_session_name = n\n",
             home_path("token"));
    home_file(".aws/config", config);
    static const struct script rules[] = {
        {"POST " STS, 200, ANSWER("AssumeRoleWithWebIdentity", "ASIAW"), .times = 1},
        {"POST " STS, 200, ANSWER("AssumeRole", "ASIA")},
        {NULL}};
    assert_found("r", rules, FOUND);
    assert_non_null(strstr(scripted.log, "X-Amz-Security-Token=T by=ASIAW Action=AssumeRole&"));
    home_file(".aws/config", "[profile p]\nregion = us-east-1\n");
    home_set("AWS_ROLE_ARN", ARN("web"));
    assert_true(
        pail_str_starts(pail_str(scripted_result("p", web)), PAIL_STR("PAIL_E_NO_CREDENTIALS ")));
    assert_int_equal(scripted.requests, 0);
}

static void test_web_failures(void **state)
{
    web_setup();
    home_file("token", "");
    assert_found(NULL, web,
                 "PAIL_E_INVALID Parameter validation failed: Invalid length for parameter "
                 "WebIdentityToken, value: 0, valid min length: 4");
    home_set("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token");
    assert_non_null(strstr(scripted_result(NULL, web), "/no/such/token: No such file"));
    home_set("AWS_ROLE_ARN", NULL);
    assert_non_null(
        strstr(scripted_result(NULL, web), "PAIL_E_CONFIG The provided profile or the"));
    home_set("AWS_WEB_IDENTITY_TOKEN_FILE", NULL);
    home_set("AWS_ROLE_ARN", ARN("web"));
    assert_non_null(strstr(scripted_result(NULL, web), "PAIL_E_NO_CREDENTIALS"));
}

/* STS could not reach the identity provider: worth another try. */
static void test_web_again(void **state)
{
    static const struct script rules[] = {
        {"POST " STS, 400,
         "<ErrorResponse><Error><Code>IDPCommunicationError</Code><Message>again</Message></Error>"
         "</ErrorResponse>"},
        {NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    web_setup();
    assert_code(scripted_find(NULL, rules, &c, &err), PAIL_E_CREDENTIALS);
    assert_string_equal(err.service_code, "IDPCommunicationError");
    assert_int_equal(err.retry, PAIL_RETRY_BACKOFF);
    assert_int_equal(err.domain, PAIL_D_SERVICE);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = scripted_find(NULL, ud, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    web_setup();
    home_file(".aws/cli", ""); /* no cache */
    pail_torture("web identity", torture_body, (void *)web);
}

#define with_home(fn) cmocka_unit_test_setup_teardown(fn, setup, home_teardown)

PAIL_TEST_MAIN(with_home(test_cache), with_home(test_chain), with_home(test_refused),
               with_home(test_mfa), with_home(test_mfa_failures), with_home(test_endpoint),
               with_home(test_web), with_home(test_web_profile), with_home(test_web_failures),
               with_home(test_web_again), with_home(test_torture))
