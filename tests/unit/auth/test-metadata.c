/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of containers and of EC2 instances. */
#include "auth/imds.h"
#include "auth/provider.h"

#include "unit/auth/scripted.h"
#include "unit/auth/still.h"
#include "unit/test.h"
#include "unit/torture.h"

#define KEYS(expires)                                                                              \
    "{\"Code\": \"Success\", \"AccessKeyId\": \"ASIA\", \"SecretAccessKey\": \"S\", \"Token\": "   \
    "\"T\", \"Expiration\": \"" expires "\", \"AccountId\": \"1\"}"
#define LATER "2023-11-15T04:13:20Z"
#define IMDS "http://169.254.169.254/latest/"
#define PUT_TOKEN "PUT " IMDS "api/token"
#define GET_ROLE "GET " IMDS "meta-data/iam/security-credentials/"
#define GET_KEYS GET_ROLE "my-role"
#define TTL " x-aws-ec2-metadata-token-ttl-seconds=21600"
#define WITH " x-aws-ec2-metadata-token=TOKEN"
#define FOUND "iam-role ASIA S T 1 1700021600"
#define V2_LOG PUT_TOKEN TTL "\n" GET_ROLE WITH "\n" GET_KEYS WITH "\n"
#define V1_LOG PUT_TOKEN TTL "\n" GET_ROLE "\n" GET_KEYS "\n"
#define NONE "PAIL_E_NO_CREDENTIALS "

static const struct script instance[] = {
    {PUT_TOKEN, 200, "TOKEN"}, {GET_KEYS, 200, KEYS(LATER)}, {GET_ROLE, 200, "my-role"}, {NULL}};

static void assert_begins(const char *got, const char *expected)
{
    if (strncmp(got, expected, strlen(expected)) != 0)
        fail_msg("%s", got);
}

/* ---- EC2 ---- */

static void test_imds(void **state)
{
    assert_found(NULL, instance, FOUND);
    assert_log(V2_LOG);
}

/* No token, for whatever reason: as in version 1. */
static void test_imds_v1(void **state)
{
    static const int statuses[] = {401, 403, 404, 405, 500, 0};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(statuses); i++) {
        const struct script rules[] = {{PUT_TOKEN, statuses[i], "x"},
                                       {GET_KEYS, 200, KEYS(LATER)},
                                       {GET_ROLE, 200, "my-role"},
                                       {NULL}};
        home_set("AWS_EC2_METADATA_V1_DISABLED", NULL);
        assert_found(NULL, rules, FOUND);
        assert_log(V1_LOG);
        home_set("AWS_EC2_METADATA_V1_DISABLED", "True");
        assert_found(
            NULL, rules,
            "PAIL_E_CREDENTIALS Error retrieving metadata: Unable to retrieve token for use "
            "in IMDSv2 call and IMDSv1 has been disabled");
        assert_log(PUT_TOKEN TTL "\n");
    }
    const struct script bad_request[] = {{PUT_TOKEN, 400, ""}, {NULL}};
    home_set("AWS_EC2_METADATA_V1_DISABLED", NULL);
    assert_begins(scripted_result(NULL, bad_request), NONE);
    assert_log(PUT_TOKEN TTL "\n");
}

static void test_imds_attempts(void **state)
{
    static const struct script rules[] = {{PUT_TOKEN, 503, "", .times = 1},
                                          {PUT_TOKEN, 200, "TOKEN"},
                                          {GET_KEYS, 200, "nope", .times = 1},
                                          {GET_KEYS, 200, KEYS(LATER)},
                                          {GET_ROLE, 200, "", .times = 1},
                                          {GET_ROLE, 200, "my-role"},
                                          {NULL}};
    home_set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2");
    assert_found(NULL, rules, FOUND);
    assert_int_equal(scripted.requests, 6);
    home_set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    assert_begins(scripted_result(NULL, rules), NONE);
    home_set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0");
    assert_begins(scripted_result(NULL, rules), NONE);
    assert_int_equal(scripted.requests, 0);
}

static void test_imds_nothing(void **state)
{
    static const struct script no_role[] = {{PUT_TOKEN, 200, "TOKEN"}, {NULL}};
    static const struct script no_keys[] = {
        {PUT_TOKEN, 200, "TOKEN"},
        {GET_KEYS, 200, "{\"Code\": \"AssumeRoleUnauthorizedAccess\", \"Message\": \"no\"}"},
        {GET_ROLE, 200, "my-role"},
        {NULL}};
    static const struct script nobody[] = {{"", 0, "no route"}, {NULL}};
    assert_begins(scripted_result(NULL, no_role), NONE);
    assert_begins(scripted_result(NULL, no_keys), NONE);
    assert_begins(scripted_result(NULL, nobody), NONE);
    assert_int_equal(scripted.requests, 2);
    home_set("AWS_EC2_METADATA_DISABLED", "TRUE");
    assert_begins(scripted_result(NULL, instance), NONE);
    assert_int_equal(scripted.requests, 0);
}

static void test_imds_address(void **state)
{
    static const struct {
        const char *endpoint, *mode, *ipv6, *log;
    } cases[] = {
        {NULL, "IPv6", NULL, "PUT http://fd00:ec2::254/latest/api/token"},
        {NULL, NULL, "true", "PUT http://fd00:ec2::254/latest/api/token"},
        {NULL, "ipv4", "true", PUT_TOKEN},
        {"http://h:1", "ipv6", NULL, "PUT http://h:1/latest/api/token"},
        {"http://h:1/p/", NULL, NULL, "PUT http://h:1/p/latest/api/token"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        home_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", cases[i].endpoint);
        home_set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", cases[i].mode);
        home_set("AWS_IMDS_USE_IPV6", cases[i].ipv6);
        assert_begins(scripted_result(NULL, NULL), NONE);
        assert_begins(scripted.log, cases[i].log);
    }
    home_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254");
    assert_found(NULL, instance,
                 "PAIL_E_CONFIG Invalid endpoint EC2 Instance Metadata endpoint: "
                 "169.254.169.254");
}

/* Credentials that are about to end, or have: the service has trouble, signing goes on. */
static void test_imds_static_stability(void **state)
{
    static const char *const answers[] = {KEYS("2023-11-14T22:20:00Z"),
                                          KEYS("2023-11-14T10:00:00Z")};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(answers); i++) {
        const struct script rules[] = {{PUT_TOKEN, 200, "TOKEN"},
                                       {GET_KEYS, 200, answers[i]},
                                       {GET_ROLE, 200, "my-role"},
                                       {NULL}};
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_credentials *c = NULL;
        struct pail_credentials_fields f;
        assert_ok(scripted_find(NULL, rules, &c, &err), &err);
        pail_credentials_get(c, &f);
        assert_in_range(f.expires_unix_s - 1700000000, 900 + 120, 900 + 600);
        (void)pail_credentials_unref(c);
    }
}

static void test_imds_region(void **state)
{
    static const struct script rules[] = {
        {PUT_TOKEN, 200, "TOKEN"},
        {"GET " IMDS "meta-data/placement/availability-zone/", 200, "eu-south-1b"},
        {NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_session *s = NULL;
    opt.region_from_metadata = true;
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    assert_string_equal(pail_session_region(s), "eu-south-1");
    (void)pail_session_unref(s);
    assert_ok(scripted_session(&opt, NULL, &s, &err), &err); /* not to be had */
    assert_null(pail_session_region(s));
    (void)pail_session_unref(s);
    home_set("AWS_REGION", "us-east-1");
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    assert_int_equal(scripted.requests, 0);
    (void)pail_session_unref(s);
}

/* defaults_mode = auto: one question, unless the metadata are not to be asked. */
static void test_imds_defaults_mode(void **state)
{
    static const struct script rules[] = {
        {PUT_TOKEN, 200, "TOKEN"},
        {"GET " IMDS "meta-data/placement/availability-zone/", 200, "eu-south-1b"},
        {NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_session *s = NULL;

    home_set("AWS_DEFAULTS_MODE", "auto");
    opt.region = "eu-south-1";
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    assert_int_equal(pail_session_settings(s)->defaults_mode, PAIL_DEFAULTS_IN_REGION);
    assert_int_equal(pail_session_settings(s)->connect_timeout_ms, 1100);
    assert_int_equal(scripted.requests, 2);
    (void)pail_session_unref(s);
    opt.region = "us-east-1";
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    assert_int_equal(pail_session_settings(s)->defaults_mode, PAIL_DEFAULTS_CROSS_REGION);
    (void)pail_session_unref(s);
    assert_ok(scripted_session(&opt, NULL, &s, &err), &err); /* not to be had */
    assert_int_equal(pail_session_settings(s)->connect_timeout_ms, 3100);
    (void)pail_session_unref(s);
    home_set("AWS_EC2_METADATA_DISABLED", "true");
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    assert_int_equal(scripted.requests, 0);
    (void)pail_session_unref(s);
}

/* ---- Containers ---- */

#define ECS "http://169.254.170.2"

static void test_container(void **state)
{
    static const struct script rules[] = {{"GET " ECS "/creds", 200, KEYS(LATER)},
                                          {"GET http://127.0.0.1:81/", 200, KEYS(LATER)},
                                          {NULL}};
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds?id=1");
    home_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/");
    assert_found(NULL, rules, "container-role ASIA S T 1 1700021600");
    assert_log("GET " ECS "/creds?id=1 Accept=application/json\n");
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL);
    home_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:81/");
    home_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    assert_found(NULL, rules, "container-role ASIA S T 1 1700021600");
    assert_log("GET http://127.0.0.1:81/ Accept=application/json auth=Basic abc\n");
    home_file("token", "from file");
    home_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home_path("token"));
    assert_found(NULL, rules, "container-role ASIA S T 1 1700021600");
    assert_log("GET http://127.0.0.1:81/ Accept=application/json auth=from file\n");
    home_file("token", "from file\n");
    assert_found(NULL, rules, "PAIL_E_CREDENTIALS Auth token value is not a legal header value");
    home_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/no/such/file");
    assert_non_null(strstr(scripted_result(NULL, rules), "/no/such/file: No such file"));
}

static void test_container_hosts(void **state)
{
    static const char *const fine[] = {"https://10.0.0.1/",     "http://localhost/",
                                       "http://127.8.0.1/",     "http://[::1]/",
                                       "http://169.254.170.23", "http://[fd00:ec2::23]/"};
    static const char *const bad[] = {"http://10.0.0.1/", "http://127.0.0.1.example.org/",
                                      "http://[fd00:ec2::24]/", "http://localhost.example.org/"};
    static const struct script rules[] = {{"GET ", 200, KEYS(LATER)}, {NULL}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(fine); i++) {
        home_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", fine[i]);
        assert_begins(scripted_result(NULL, rules), "container-role ASIA");
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        home_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad[i]);
        assert_begins(scripted_result(NULL, rules), "PAIL_E_CREDENTIALS Unsupported host '");
        assert_int_equal(scripted.requests, 0);
    }
    home_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "10.1.2.3/creds");
    assert_begins(scripted_result(NULL, rules),
                  "PAIL_E_CREDENTIALS Error when retrieving credentials from container-role: ");
}

/* A chain of its own, which does not pause between tries. */
static void assert_tries(const struct script *rules, unsigned requests, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_provider *chain = NULL;
    struct pail_credentials *c = NULL;
    assert_ok(scripted_session(NULL, rules, &s, &err), &err);
    struct pail_chain_options opt = {
        .config = pail_session_config(s),
        .profile = PAIL_STR("default"),
        .net = {pail_session_engine(s), pail_session_settings(s), NULL, 1},
    };
    assert_ok(pail_provider_chain(&opt, &chain, &err), &err);
    int rc = pail_provider_fetch(chain, false, &c, &err);
    assert_int_equal(scripted.requests, requests);
    if (message) {
        assert_code(rc, PAIL_E_CREDENTIALS);
        assert_string_equal(err.message, message);
    } else {
        assert_ok(rc, &err);
    }
    (void)pail_credentials_unref(c);
    (void)pail_provider_unref(chain);
    (void)pail_session_unref(s);
}

static void test_container_tries(void **state)
{
    static const struct script third[] = {{"GET ", 500, "", .times = 1},
                                          {"GET ", 200, "<html>", .times = 1},
                                          {"GET ", 200, KEYS(LATER)},
                                          {NULL}};
    static const struct script denied[] = {{"GET ", 401, "{\"code\":\"x\"}"}, {NULL}};
    static const struct script garbage[] = {{"GET ", 200, "<html>SECRET"}, {NULL}};
    static const struct script half[] = {{"GET ", 200, "{\"AccessKeyId\": \"A\"}"}, {NULL}};
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds");
    assert_tries(third, 3, NULL);
    assert_tries(
        denied, 3,
        "Error when retrieving credentials from container-role: Error retrieving metadata: "
        "Received non 200 response 401 from container metadata: {\"code\":\"x\"}");
    assert_tries(
        garbage, 3,
        "Error when retrieving credentials from container-role: Error retrieving metadata: "
        "Unable to parse JSON returned from container metadata services");
    assert_tries(half, 1,
                 "Error when retrieving credentials from container-role: the answer has no "
                 "SecretAccessKey");
}

/* ---- As sources of roles ---- */

static void test_sources(void **state)
{
    static const struct script rules[] = {
        {PUT_TOKEN, 200, "TOKEN"},
        {GET_KEYS, 200, KEYS(LATER)},
        {GET_ROLE, 200, "my-role"},
        {"GET " ECS, 200, KEYS(LATER)},
        {"POST https://sts.us-east-1.amazonaws.com/", 403,
         "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"},
        {NULL}};
    home_set("AWS_REGION", "us-east-1");
    home_file(".aws/config", "[default]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n"
                             "[profile c]\nrole_arn = r\ncredential_source = EcsContainer\n");
    assert_begins(scripted_result(NULL, rules),
                  "PAIL_E_CREDENTIALS An error occurred (AccessDenied)");
    assert_non_null(strstr(scripted.log, " X-Amz-Security-Token=T by=ASIA Action=AssumeRole&"));
    assert_found("c", rules,
                 "PAIL_E_CREDENTIALS Error when retrieving credentials from EcsContainer: No "
                 "credentials found in credential_source referenced in profile c");
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds");
    assert_begins(scripted_result("c", rules),
                  "PAIL_E_CREDENTIALS An error occurred (AccessDenied)");
    assert_non_null(strstr(scripted.log, " X-Amz-Security-Token=T by=ASIA Action=AssumeRole&"));
}

/* ---- Memory ---- */

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = scripted_find(NULL, ud, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    static const struct script container[] = {{"GET ", 200, KEYS(LATER)}, {NULL}};
    pail_torture("imds", torture_body, (void *)instance);
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds");
    home_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "x");
    pail_torture("container", torture_body, (void *)container);
}

PAIL_TEST_MAIN(still_test(test_imds), still_test(test_imds_v1), still_test(test_imds_attempts),
               still_test(test_imds_nothing), still_test(test_imds_address),
               still_test(test_imds_static_stability), still_test(test_imds_region),
               still_test(test_imds_defaults_mode), still_test(test_container),
               still_test(test_container_hosts), still_test(test_container_tries),
               still_test(test_sources), still_test(test_torture))
