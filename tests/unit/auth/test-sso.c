/* SPDX-License-Identifier: Apache-2.0 */
/* Logins to IAM Identity Center: the token's file, its renewal, the role, bearer tokens. */
#include "auth/bearer.h"
#include "auth/sso_config.h"

#include "unit/auth/scripted.h"
#include "unit/auth/still.h"
#include "unit/test.h"
#include "unit/torture.h"

#define START "https://corp.awsapps.com/start"
#define PROFILE                                                                                    \
    "[default]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Dev\n"
#define SESSION "[sso-session corp]\nsso_start_url = " START "\nsso_region = eu-west-1\n"
#define LEGACY                                                                                     \
    "[default]\nsso_start_url = " START                                                            \
    "\nsso_region = eu-west-1\nsso_account_id = 111122223333\n"                                    \
    "sso_role_name = Dev\n"
#define BY_SESSION                                                                                 \
    ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json" /* sha1 of "corp" */
#define BY_URL ".aws/sso/cache/" URL_SHA1 ".json"
#define URL_SHA1 "a51746d4aa793ae07b25e90c3a5db96fc7832bd7"
#define TOKEN(expires, more)                                                                       \
    "{\"startUrl\": \"" START "\", \"region\": \"eu-west-1\", \"accessToken\": \"TOK\", "          \
    "\"expiresAt\": \"" expires "\"" more "}"
#define REGISTRATION                                                                               \
    ", \"clientId\": \"cid\", \"clientSecret\": \"csec\", \"registrationExpiresAt\": "             \
    "\"2024-01-01T00:00:00Z\", \"refreshToken\": \"rt\""
#define PORTAL "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"
#define ASKED PORTAL "?role_name=Dev&account_id=111122223333"
#define OIDC "POST https://oidc.eu-west-1.amazonaws.com/token"
#define ROLE                                                                                       \
    "{\"roleCredentials\":{\"accessKeyId\":\"ASIA\",\"secretAccessKey\":\"S\",\"sessionToken\":"   \
    "\"T\",\"expiration\":1700003600123}}"
#define FOUND "sso ASIA S T 111122223333 1700003600"
#define LATER "2023-11-15T00:00:00Z"
#define SOON "2023-11-14T22:23:20Z"  /* 10 minutes */
#define ENDED "2023-11-14T22:13:20Z" /* now */

static const struct script portal[] = {{PORTAL, 200, ROLE}, {NULL}};
static const struct script renewing[] = {
    {OIDC, 200, "{\"accessToken\":\"NEW\",\"expiresIn\":3600,\"refreshToken\":\"rt2\"}"},
    {PORTAL, 200, ROLE},
    {NULL}};
static const struct script not_renewing[] = {
    {OIDC, 400, "{\"error\":\"invalid_grant\"}", "x-amzn-errortype: InvalidGrantException"},
    {PORTAL, 200, ROLE},
    {NULL}};

static void assert_error(const struct script *rules, const char *text)
{
    assert_found(NULL, rules, text);
}

static void test_session(void **state)
{
    home_file(".aws/config", PROFILE SESSION);
    home_file(BY_SESSION, TOKEN(LATER, ""));
    assert_found(NULL, portal, FOUND);
    assert_log(ASKED " x-amz-sso_bearer_token=TOK\n");
    assert_non_null(strstr(home_text(home_path(".aws/cli/cache/"
                                               "20985b56d713cfd135648cadc68a6115ca80d9a5.json")),
                           "{\"ProviderType\":\"sso\",\"Credentials\":{\"AccessKeyId\":\"ASIA\""));
    assert_found(NULL, portal, FOUND);
    assert_int_equal(scripted.requests, 0);
    /* Before the credentials file. */
    home_file(".aws/credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
    assert_found(NULL, portal, FOUND);
}

static void test_legacy(void **state)
{
    home_file(".aws/config", LEGACY);
    home_file(BY_URL, TOKEN("2023-11-15T00:00:00UTC", REGISTRATION)); /* as version 1 wrote it */
    assert_found(NULL, portal, FOUND);
    assert_log(ASKED " x-amz-sso_bearer_token=TOK\n");
    /* Used to the end, never renewed. */
    (void)nftw(home_path(".aws/cli"), home_remove, 8, FTW_DEPTH | FTW_PHYS);
    home_file(BY_URL, TOKEN(SOON, REGISTRATION));
    assert_found(NULL, renewing, FOUND);
    assert_int_equal(scripted.requests, 1);
    (void)nftw(home_path(".aws/cli"), home_remove, 8, FTW_DEPTH | FTW_PHYS);
    home_file(BY_URL, TOKEN(ENDED, REGISTRATION));
    assert_error(
        renewing,
        "PAIL_E_CREDENTIALS The SSO session associated with this profile has expired or is "
        "otherwise invalid. To refresh this SSO session run aws sso login with the "
        "corresponding profile.");
    assert_int_equal(scripted.requests, 0);
}

static void test_renewal(void **state)
{
    home_file(".aws/config", PROFILE SESSION);
    home_file(BY_SESSION, TOKEN(SOON, REGISTRATION));
    assert_found(NULL, renewing, FOUND);
    assert_log(OIDC " {\"grantType\": \"refresh_token\", \"clientId\": \"cid\", \"clientSecret\": "
                    "\"csec\", \"refreshToken\": \"rt\"}\n" ASKED " x-amz-sso_bearer_token=NEW\n");
    assert_string_equal(home_text(home_path(BY_SESSION)),
                        "{\"startUrl\": \"" START "\", \"region\": \"eu-west-1\", \"accessToken\": "
                        "\"NEW\", \"expiresAt\": \"2023-11-14T23:13:20Z\", \"clientId\": \"cid\", "
                        "\"clientSecret\": \"csec\", \"registrationExpiresAt\": "
                        "\"2024-01-01T00:00:00Z\", \"refreshToken\": \"rt2\"}");
}

/* The old token does as long as it lasts. */
static void test_no_renewal(void **state)
{
    static const char *const files[] = {
        TOKEN(SOON, REGISTRATION),
        TOKEN(SOON, ""),
        TOKEN(SOON, ", \"clientId\": \"c\", \"clientSecret\": \"s\", \"refreshToken\": \"r\", "
                    "\"registrationExpiresAt\": \"2023-01-01T00:00:00Z\""),
    };
    home_file(".aws/config", PROFILE SESSION);
    home_file(".aws/cli", "");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(files); i++) {
        home_file(BY_SESSION, files[i]);
        assert_found(NULL, not_renewing, FOUND);
        assert_int_equal(scripted.requests, i == 0 ? 2 : 1);
    }
    home_file(BY_SESSION, TOKEN(ENDED, REGISTRATION));
    assert_error(not_renewing, "PAIL_E_CREDENTIALS Error when retrieving token from sso: Token has "
                               "expired and refresh failed");
    home_file(BY_SESSION, TOKEN(ENDED, ""));
    assert_error(portal,
                 "PAIL_E_CREDENTIALS Error when retrieving token from sso: Token has expired "
                 "and refresh failed");
    assert_int_equal(scripted.requests, 0);
}

static void test_bad_files(void **state)
{
    home_file(".aws/config", PROFILE SESSION);
    assert_error(portal,
                 "PAIL_E_CREDENTIALS Error loading SSO Token: Token for corp does not exist");
    home_file(BY_SESSION, "{nope");
    assert_error(portal, "PAIL_E_CREDENTIALS Error loading SSO Token: Token for corp is invalid");
    home_file(BY_SESSION, "{\"accessToken\": \"TOK\"}");
    assert_error(portal, "PAIL_E_CREDENTIALS Error loading SSO Token: Token for corp is invalid");
}

static void test_answers(void **state)
{
    static const struct {
        int status;
        const char *body, *header, *result;
    } cases[] = {
        {401, "{\"message\":\"m\"}", "x-amzn-errortype: UnauthorizedException",
         "PAIL_E_CREDENTIALS The SSO session associated with this profile has expired"},
        {403, "{\"message\":\"No access\"}", "x-amzn-errortype: ForbiddenException:http://x/",
         "PAIL_E_CREDENTIALS An error occurred (ForbiddenException) when calling the "
         "GetRoleCredentials operation (reached max retries: 0): No access"},
        {400, "{\"__type\":\"com.amazonaws#Odd\",\"Message\":\"m\"}", NULL,
         "PAIL_E_CREDENTIALS An error occurred (Odd) when calling the GetRoleCredentials "
         "operation (reached max retries: 0): m"},
        {404, "<html>", NULL,
         "PAIL_E_CREDENTIALS An error occurred (404) when calling the GetRoleCredentials "
         "operation (reached max retries: 0): "},
        {200, "{}", NULL, "PAIL_E_CREDENTIALS Error when retrieving credentials from sso: "},
        {200, "[SECRET", NULL, "PAIL_E_CREDENTIALS Error when retrieving credentials from sso: "},
    };
    home_file(".aws/config", PROFILE SESSION);
    home_file(BY_SESSION, TOKEN(LATER, ""));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        const struct script rules[] = {{PORTAL, cases[i].status, cases[i].body, cases[i].header},
                                       {NULL}};
        const char *got = scripted_result(NULL, rules);
        if (strncmp(got, cases[i].result, strlen(cases[i].result)) != 0 || strstr(got, "SECRET"))
            fail_msg("%zu: %s", i, got);
    }
}

static void test_config(void **state)
{
    home_file(".aws/config", PROFILE);
    assert_error(portal, "PAIL_E_CONFIG The specified sso-session does not exist: \"corp\"");
    home_file(".aws/config", PROFILE "sso_region = us-east-1\n" SESSION);
    assert_error(portal, "PAIL_E_CONFIG The value for sso_region is inconsistent between profile "
                         "(us-east-1) and sso-session (eu-west-1).");
    home_file(".aws/config", "[default]\nsso_account_id = 1\n");
    assert_error(portal,
                 "PAIL_E_CONFIG The profile \"default\" is configured to use SSO but is "
                 "missing required configuration: sso_role_name, sso_start_url, sso_region");
    home_file(".aws/config", "[default]\nsso_start_url = x\n"); /* no role: not for us */
    assert_true(pail_str_starts(pail_str(scripted_result(NULL, portal)),
                                PAIL_STR("PAIL_E_NO_CREDENTIALS ")));
}

/* ---- Bearer tokens ---- */

static int token(struct pail_session *s, bool may_block, char *ret, size_t size,
                 struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = pail_session_bearer_token(s, "my-service", may_block, false, &c, err);
    if (rc == 0)
        snprintf(ret, size, "%.*s", PAIL_STR_ARG(pail_bearer_text(c)));
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_bearer(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    char text[64];
    home_file(".aws/config", PROFILE SESSION);
    home_file(BY_SESSION, TOKEN(LATER, ""));
    assert_ok(scripted_session(NULL, portal, &s, &err), &err);
    assert_int_equal(token(s, false, text, sizeof(text), &err), PAIL_PREPARE_WOULD_BLOCK);
    assert_ok(token(s, true, text, sizeof(text), &err), &err);
    assert_string_equal(text, "TOK");
    assert_ok(token(s, false, text, sizeof(text), &err), &err); /* kept */
    assert_int_equal(scripted.requests, 0);
    home_set("AWS_BEARER_TOKEN_MY_SERVICE", "ENV");
    assert_ok(token(s, false, text, sizeof(text), &err), &err);
    assert_string_equal(text, "ENV");
    (void)pail_session_unref(s);
}

static void assert_no_token(enum pail_code code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    char text[64];
    assert_ok(scripted_session(NULL, portal, &s, &err), &err);
    assert_code(token(s, true, text, sizeof(text), &err), code);
    assert_string_equal(err.message, message);
    (void)pail_session_unref(s);
}

static void test_bearer_failures(void **state)
{
    assert_no_token(PAIL_E_NO_CREDENTIALS, "Unable to locate authorization token");
    home_file(".aws/config", "[default]\nsso_session = corp\n");
    assert_no_token(PAIL_E_CONFIG,
                    "The profile \"default\" is configured to use the SSO token provider but the "
                    "\"corp\" sso_session configuration does not exist.");
    home_file(".aws/config", "[default]\nsso_session = corp\n[sso-session corp]\n");
    assert_no_token(PAIL_E_CONFIG,
                    "The profile \"default\" is configured to use the SSO token provider but is "
                    "missing the following configuration: ['sso_start_url', 'sso_region'].");
}

/* ---- Memory ---- */

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    home_file(BY_SESSION, TOKEN(SOON, REGISTRATION));
    int rc = scripted_find(NULL, renewing, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    home_file(".aws/config", PROFILE SESSION);
    home_file(".aws/cli", "");
    pail_torture("sso", torture_body, NULL);
}

PAIL_TEST_MAIN(still_test(test_session), still_test(test_legacy), still_test(test_renewal),
               still_test(test_no_renewal), still_test(test_bad_files), still_test(test_answers),
               still_test(test_config), still_test(test_bearer), still_test(test_bearer_failures),
               still_test(test_torture))
