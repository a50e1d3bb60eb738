/* SPDX-License-Identifier: Apache-2.0 */
/* The places where credentials are looked for, and the chain over them. AssumeRole itself:
 * test-sts.c. */
#include "auth/provider.h"

#include "base/clock.h"
#include "base/process.h"
#include "unit/auth/home.h"
#include "unit/test.h"
#include "unit/torture.h"

static struct pail_provider *chain_of(const char *profile, bool chosen)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    struct pail_provider *p = NULL;
    assert_ok(pail_config_load(&config, &err), &err);
    struct pail_chain_options opt = {
        .config = config, .profile = pail_str(profile), .profile_chosen = chosen};
    assert_ok(pail_provider_chain(&opt, &p, &err), &err);
    (void)pail_config_unref(config);
    return p;
}

static int fetch(const char *profile, bool chosen, struct pail_credentials **ret,
                 struct pail_error *err)
{
    struct pail_provider *p = chain_of(profile, chosen);
    int rc = pail_provider_fetch(p, false, ret, err);
    (void)pail_provider_unref(p);
    return rc;
}

/* The credentials of the default profile: "METHOD ACCESS SECRET TOKEN ACCOUNT EXPIRES". */
static void assert_found_as(const char *profile, bool chosen, const char *expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    char got[512];
    assert_ok(fetch(profile, chosen, &c, &err), &err);
    pail_credentials_get(c, &f);
    snprintf(got, sizeof(got), "%s %.*s %.*s %.*s %.*s %lld", f.method, PAIL_STR_ARG(f.access_key),
             PAIL_STR_ARG(f.secret_key), PAIL_STR_ARG(f.session_token), PAIL_STR_ARG(f.account_id),
             (long long)f.expires_unix_s);
    assert_string_equal(got, expected);
    (void)pail_credentials_unref(c);
}

static void assert_found(const char *expected)
{
    assert_found_as("default", false, expected);
}

static void assert_fails(enum pail_code code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    assert_code(fetch("default", false, &c, &err), code);
    assert_int_equal(err.code, code);
    assert_null(c);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" instead of \"%s\"", err.message, message);
}

/* ---- env ---- */

static void test_env(void **state)
{
    home_set("AWS_ACCESS_KEY_ID", "AK");
    home_set("AWS_SECRET_ACCESS_KEY", "SK");
    assert_found("env AK SK   0");
    home_set("AWS_SESSION_TOKEN", "new");
    assert_found("env AK SK new  0");
    home_set("AWS_SECURITY_TOKEN", "old");
    home_set("AWS_ACCOUNT_ID", "123");
    assert_found("env AK SK old 123 0");
    home_set("AWS_CREDENTIAL_EXPIRATION", "2013-05-24T00:00:00Z");
    assert_found("env AK SK old 123 1369353600");
    home_set("AWS_CREDENTIAL_EXPIRATION", "tomorrow");
    assert_fails(PAIL_E_CREDENTIALS, "AWS_CREDENTIAL_EXPIRATION is not a time");
}

static void test_env_partial(void **state)
{
    home_set("AWS_ACCESS_KEY_ID", "AK");
    static const char message[] =
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY";
    assert_fails(PAIL_E_PARTIAL_CREDENTIALS, message);
    home_set("AWS_SECRET_ACCESS_KEY", "");
    assert_fails(PAIL_E_PARTIAL_CREDENTIALS, message);
    home_set("AWS_SECRET_ACCESS_KEY", "SK");
    home_set("AWS_ACCESS_KEY_ID", " ");
    assert_fails(PAIL_E_NO_CREDENTIALS,
                 "Unable to locate credentials; tried env: AWS_ACCESS_KEY_ID is not set; ");
}

/* A profile chosen by an option takes the environment out; one named by AWS_PROFILE does not. */
static void test_env_and_profile(void **state)
{
    home_set("AWS_ACCESS_KEY_ID", "AK");
    home_set("AWS_SECRET_ACCESS_KEY", "SK");
    home_file(".aws/credentials", "[p]\naws_access_key_id = F\naws_secret_access_key = FS\n");
    assert_found_as("p", false, "env AK SK   0");
    assert_found_as("p", true, "shared-credentials-file F FS   0");
}

/* ---- files ---- */

static void test_files(void **state)
{
    home_file(".aws/config", "[default]\naws_access_key_id = C\naws_secret_access_key = CS\n"
                             "aws_session_token = t\naws_account_id = 1\n");
    assert_found("config-file C CS t 1 0");
    home_file(".aws/credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = FS\n"
                                  "aws_session_token = new\naws_security_token = old\n");
    assert_found("shared-credentials-file F FS old  0");
    home_file(".aws/credentials", "[default]\naws_access_key_id = F\n");
    assert_fails(
        PAIL_E_PARTIAL_CREDENTIALS,
        "Partial credentials found in shared-credentials-file, missing: aws_secret_access_key");
    /* A token alone is nothing. */
    home_file(".aws/credentials", "[default]\naws_session_token = new\n");
    assert_found("config-file C CS t 1 0");
}

static void test_changed_files(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    home_file(".aws/credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = S\n");
    struct pail_provider *p = chain_of("default", false);
    assert_false(pail_chain_changed(p));
    home_file(".aws/credentials",
              "[default]\naws_access_key_id = NEW\naws_secret_access_key = S\n");
    assert_true(pail_chain_changed(p));
    assert_ok(pail_provider_fetch(p, false, &c, &err), &err);
    pail_credentials_get(c, &f);
    assert_str(f.access_key, "NEW");
    c = pail_credentials_unref(c);
    assert_false(pail_chain_changed(p));

    /* Half written: an error, and the next search tries again. */
    home_file(".aws/credentials", "[default]\naws_acc");
    assert_code(pail_provider_fetch(p, false, &c, &err), PAIL_E_CONFIG);
    assert_true(pail_chain_changed(p));
    (void)pail_provider_unref(p);
}

/* ---- process ---- */

static void script(const char *name, const char *text)
{
    home_file(name, text);
    assert_int_equal(chmod(home_path(name), 0700), 0);
}

static void process_profile(const char *arguments)
{
    char text[512];
    snprintf(text, sizeof(text), "[default]\naws_account_id = 9\ncredential_process = \"%s\" %s\n",
             home_path("my process"), arguments);
    home_file(".aws/config", text);
}

static void test_process(void **state)
{
    script("my process", "#!/bin/sh\n"
                         "printf '{\"Version\": 1, \"AccessKeyId\": \"%s\", \"SecretAccessKey\": "
                         "\"%s\"}' \"$1\" \"$2\"\n");
    process_profile("AK 'a secret'");
    assert_found("custom-process AK a secret  9 0");
    /* Not a shell. */
    process_profile("$HOME \"*\"");
    assert_found("custom-process $HOME *  9 0");

    script("my process",
           "#!/bin/sh\necho careful >&2\n"
           "echo '{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\", "
           "\"SessionToken\": \"T\", \"Expiration\": \"2013-05-24T00:00:00Z\", "
           "\"AccountId\": \"7\"}'\n");
    assert_found("custom-process AK SK T 7 1369353600");
    /* Keys in the credentials file go first, those in the config file last. */
    home_file(".aws/credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = FS\n");
    assert_found("shared-credentials-file F FS   0");
}

struct process_case {
    const char *script, *message;
};

static const struct process_case process_cases[] = {
    {"echo no token >&2; exit 1", "custom-process: no token"},
    {"exit 3", "ended with status 3"},
    {"true", "its answer: line 1"},
    {"echo SECRET", "its answer: line 1"},
    {"echo '[]'", "Unsupported version '<Version key not provided>' for"},
    {"echo '{\"Version\": 2}'", "Unsupported version '2'"},
    {"echo '{\"Version\": \"1\"}'", "Unsupported version '1' for credential process provider"},
    {"echo '{\"Version\": 1, \"SecretAccessKey\": \"s\"}'", "'AccessKeyId'"},
    {"echo '{\"Version\": 1, \"AccessKeyId\": \"s\"}'", "'SecretAccessKey'"},
    {"echo '{\"Version\": 1, \"AccessKeyId\": 1, \"SecretAccessKey\": \"s\"}'", "'AccessKeyId'"},
    {"echo '{\"Version\": 1, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"s\", \"Expiration\": "
     "\"soon\"}'",
     "Unknown string format: soon"},
    {"head -c 70000 /dev/zero", "more than 65536 bytes"},
};

static void test_process_failures(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(process_cases); i++) {
        char text[512];
        snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", process_cases[i].script);
        script("my process", text);
        process_profile("");
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_credentials *c = NULL;
        assert_code(fetch("default", false, &c, &err), PAIL_E_CREDENTIALS);
        if (!strstr(err.message, process_cases[i].message) || strstr(err.message, "SECRET"))
            fail_msg("%s: %s", process_cases[i].script, err.message);
    }
    home_file(".aws/config", "[default]\ncredential_process = /no/such/program\n");
    assert_fails(PAIL_E_CREDENTIALS, "/no/such/program: No such file");
    home_file(".aws/config", "[default]\ncredential_process = 'open\n");
    assert_fails(PAIL_E_CREDENTIALS, "credential_process of profile default: a quote");
    home_file(".aws/config", "[default]\ncredential_process = \n");
    assert_fails(PAIL_E_CREDENTIALS, "credential_process is empty");
}

static int64_t deadline_seen;

static int run_stuck(const struct pail_process *p, int *ret_status, struct pail_error *err)
{
    deadline_seen = p->deadline_mono_ns;
    return pail_error_set(err, PAIL_D_OS, PAIL_E_DEADLINE, "%s: did not end in time", p->argv[0]);
}

static int64_t an_hour(void)
{
    return 3600 * PAIL_NS_PER_S;
}

static void test_process_deadline(void **state)
{
    static const struct pail_clock_ops clock = {an_hour, an_hour};
    home_file(".aws/config", "[default]\ncredential_process = stuck\n");
    pail_clock_set_ops(&clock);
    pail_process_set_run(run_stuck);
    assert_fails(PAIL_E_CREDENTIALS, "custom-process: stuck: did not end in time");
    pail_process_set_run(NULL);
    pail_clock_set_ops(NULL);
    assert_int_equal(deadline_seen, 3660 * PAIL_NS_PER_S);
}

/* ---- assume-role: what is wrong before anything is sent ---- */

struct role_case {
    const char *config;
    enum pail_code code;
    const char *message;
};

#define ROLE "role_arn = arn:aws:iam::123456789012:role/r\n"

static const struct role_case role_cases[] = {
    {"[default]\n" ROLE, PAIL_E_PARTIAL_CREDENTIALS,
     "Partial credentials found in assume-role, missing: source_profile or credential_source"},
    {"[default]\n" ROLE "source_profile = a\ncredential_source = Environment\n[profile a]\n",
     PAIL_E_CONFIG, "The profile \"default\" contains both source_profile and credential_source."},
    {"[default]\n" ROLE "source_profile = a\n", PAIL_E_CONFIG,
     "The source_profile \"a\" referenced in the profile \"default\" does not exist."},
    {"[default]\n" ROLE "credential_source = environment\n", PAIL_E_CONFIG,
     "The credential source \"environment\" referenced in profile \"default\" is not valid."},
    {"[default]\n" ROLE "credential_source = Ec2Config\n", PAIL_E_CONFIG,
     "The credential source \"Ec2Config\" referenced in profile \"default\" is not valid."},
    /* Loops: itself, a ring, a tail into a ring. */
    {"[default]\n" ROLE "source_profile = default\n", PAIL_E_CONFIG,
     "Infinite loop in credential configuration detected. Attempting to load from profile default "
     "which has already been visited. Visited profiles: ['default']"},
    {"[default]\n" ROLE "source_profile = a\n[profile a]\n" ROLE "source_profile = default\n",
     PAIL_E_CONFIG, "Visited profiles: ['default', 'a']"},
    {"[default]\n" ROLE "source_profile = a\n[profile a]\n" ROLE
     "source_profile = b\n[profile b]\n" ROLE "source_profile = a\n",
     PAIL_E_CONFIG, "Attempting to load from profile a which"},
    /* The source has nothing, or half of something. */
    {"[default]\n" ROLE "source_profile = a\n[profile a]\nregion = x\n", PAIL_E_CREDENTIALS,
     "needs STS"},
    {"[default]\n" ROLE "web_identity_token_file = x\n", PAIL_E_CREDENTIALS,
     "Error when retrieving credentials from assume-role-with-web-identity: STS cannot be reached"},
    {"[default]\nweb_identity_token_file = x\n", PAIL_E_CONFIG, "has no role ARN configured."},
};

static void test_roles(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(role_cases); i++) {
        home_file(".aws/config", role_cases[i].config);
        assert_fails(role_cases[i].code, role_cases[i].message);
    }
}

/* ---- chain ---- */

static void test_nothing(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    char report[2048], small[8];
    struct pail_provider *p = chain_of("default", false);
    assert_int_equal(pail_chain_report(p, report, sizeof(report)), 0);
    assert_code(pail_provider_fetch(p, false, &c, &err), PAIL_E_NO_CREDENTIALS);
    static const char first[] =
        "Unable to locate credentials; tried env: AWS_ACCESS_KEY_ID is not set; "
        "assume-role: no role_arn for default; "
        "assume-role-with-web-identity: no web_identity_token_file for";
    assert_memory_equal(err.message, first, sizeof(first) - 1);
    assert_non_null(strstr(err.message, "; iam-role: "));
    size_t len = pail_chain_report(p, report, sizeof(report));
    assert_int_equal(len, strlen(report));
    char *line = report;
    static const char *const names[] = {
        "env: AWS_ACCESS_KEY_ID is not set\n",
        "assume-role: no role_arn for default\n",
        "assume-role-with-web-identity: no web_identity_token_file for default\n",
        "sso: no sso_role_name for default\n",
        "shared-credentials-file: no keys for default in ",
        "login: no login_session for default\n",
        "custom-process: no credential_process for default\n",
        "config-file: no keys for default in ",
        "ec2-credentials-file: AWS_CREDENTIAL_FILE is not set\n",
        "boto-config: ",
        "container-role: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor ",
        "iam-role: nobody can be asked from here\n",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++) {
        assert_memory_equal(line, names[i], strlen(names[i]));
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    assert_int_equal(pail_chain_report(p, small, sizeof(small)), len);
    assert_string_equal(small, "env: AW");
    assert_int_equal(pail_chain_report(p, NULL, 0), len);
    (void)pail_provider_unref(p);
}

static void test_report(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    char report[1024];
    home_file(".aws/credentials",
              "[default]\naws_access_key_id = F\naws_secret_access_key = SECRET\n");
    struct pail_provider *p = chain_of("default", false);
    assert_ok(pail_provider_fetch(p, false, &c, &err), &err);
    c = pail_credentials_unref(c);
    (void)pail_chain_report(p, report, sizeof(report));
    assert_string_equal(report, "env: AWS_ACCESS_KEY_ID is not set\nassume-role: no role_arn for "
                                "default\nassume-role-with-web-identity: no "
                                "web_identity_token_file for default\nsso: no sso_role_name for "
                                "default\nshared-credentials-file: found\n");
    (void)pail_provider_unref(p);
}

/* The profile went away while the program ran. */
static void test_profile_gone(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    home_file(".aws/credentials", "[p]\naws_access_key_id = F\naws_secret_access_key = S\n");
    struct pail_provider *p = chain_of("p", true);
    home_file(".aws/credentials", "");
    assert_code(pail_provider_fetch(p, false, &c, &err), PAIL_E_NO_CREDENTIALS);
    (void)pail_provider_unref(p);
}

/* ---- The object ---- */

static void test_static(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL, *got = NULL;
    struct pail_provider *p = NULL;
    struct pail_credentials_fields f = {.access_key = PAIL_STR("A"), .secret_key = PAIL_STR("S")};
    assert_ok(pail_credentials_new(&f, &c, &err), &err);
    assert_ok(pail_provider_static(c, &p, &err), &err);
    assert_ok(pail_provider_fetch(p, true, &got, &err), &err);
    assert_ptr_equal(got, c);
    (void)pail_credentials_unref(got);
    (void)pail_credentials_unref(c);
    (void)pail_provider_unref(p);

    f.secret_key.len = 0;
    assert_code(pail_credentials_new(&f, &c, &err), PAIL_E_INVALID);
}

static int freed;

static int fetch_nothing(void *impl, bool refresh, struct pail_credentials **ret,
                         struct pail_error *err)
{
    return 0;
}

static void count_free(void *impl)
{
    freed++;
}

static void test_own(void **state)
{
    static const struct pail_provider_ops ops = {"own", fetch_nothing, count_free};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_provider *p = NULL;
    freed = 0;
    assert_ok(pail_provider_new(&ops, NULL, &p, &err), &err);
    assert_code(pail_provider_fetch(p, false, &c, &err), PAIL_E_CREDENTIALS);
    (void)pail_provider_unref(pail_provider_ref(p));
    assert_int_equal(freed, 0);
    (void)pail_provider_unref(p);
    assert_int_equal(freed, 1);
    /* Taken over also on failure. */
    pail_alloc_fail_at(1);
    assert_code(pail_provider_new(&ops, NULL, &p, &err), PAIL_E_NOMEM);
    assert_int_equal(freed, 2);
}

/* ---- No memory ---- */

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_config *config = NULL;
    struct pail_provider *p = NULL;
    struct pail_credentials *c = NULL;
    int rc = pail_config_load(&config, err);
    struct pail_chain_options opt = {.config = config, .profile = PAIL_STR("default")};
    if (rc == 0)
        rc = pail_provider_chain(&opt, &p, err);
    (void)pail_config_unref(config);
    if (rc == 0)
        rc = pail_provider_fetch(p, false, &c, err);
    (void)pail_credentials_unref(c);
    (void)pail_provider_unref(p);
    return rc;
}

static int answer_json(const struct pail_process *p, int *ret_status, struct pail_error *err)
{
    pail_buf_z(p->out, "{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\", "
                       "\"SessionToken\": \"T\"}");
    *ret_status = 0;
    return 0;
}

static void test_torture(void **state)
{
    home_file(".aws/config", "[default]\ncredential_process = a 'b c' d\n");
    pail_process_set_run(answer_json);
    pail_torture("process", torture_body, NULL);
    pail_process_set_run(NULL);
    home_file(".aws/credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = S\n");
    pail_torture("file", torture_body, NULL);
    home_set("AWS_ACCESS_KEY_ID", "AK");
    home_set("AWS_SECRET_ACCESS_KEY", "SK");
    pail_torture("env", torture_body, NULL);
}

PAIL_TEST_MAIN(home_test(test_env), home_test(test_env_partial), home_test(test_env_and_profile),
               home_test(test_files), home_test(test_changed_files), home_test(test_process),
               home_test(test_process_failures), home_test(test_process_deadline),
               home_test(test_roles), home_test(test_nothing), home_test(test_report),
               home_test(test_profile_gone), home_test(test_static), home_test(test_own),
               home_test(test_torture))
