/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/session.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "unit/auth/canned.h"
#include "unit/auth/home.h"
#include "unit/test.h"
#include "unit/torture.h"

static int new_session(const struct pail_session_options *opt, struct pail_session **ret,
                       struct pail_error *err)
{
    struct canned *c = canned_new(500, "");
    return c ? pail_session_new_on(opt, &c->transport, ret, err) : pail_error_nomem(err);
}

static struct pail_session *session(const struct pail_session_options *opt)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    assert_ok(new_session(opt, &s, &err), &err);
    return s;
}

static void assert_refused(const struct pail_session_options *opt, enum pail_code code,
                           const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    assert_code(new_session(opt, &s, &err), code);
    assert_null(s);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
}

/* ---- Settings ---- */

static void test_defaults(void **state)
{
    struct pail_session *s = session(NULL);
    assert_string_equal(pail_session_profile(s), "default");
    assert_null(pail_session_region(s));
    assert_null(pail_session_endpoint_url(s, "s3"));
    assert_null(pail_session_setting(s, NULL, "region").ptr);
    assert_non_null(pail_session_engine(s));
    assert_ptr_equal(pail_session_ref(s), s);
    assert_null(pail_session_unref(s));
    assert_null(pail_session_unref(s));
    assert_null(pail_session_unref(NULL));
}

static void assert_profile(const char *option, const char *expected)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.profile = option;
    struct pail_session *s = session(&opt);
    assert_string_equal(pail_session_profile(s), expected);
    (void)pail_session_unref(s);
}

static void test_profile(void **state)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    home_file(".aws/config", "[profile a]\n[profile b]\n[profile c]\n");
    home_set("AWS_DEFAULT_PROFILE", "a");
    assert_profile(NULL, "a");
    home_set("AWS_PROFILE", "b");
    assert_profile(NULL, "b");
    assert_profile("c", "c");
    assert_profile("default", "default"); /* needs no section */
    home_set("AWS_PROFILE", "");          /* set all the same */
    assert_refused(NULL, PAIL_E_PROFILE_NOT_FOUND, "The config profile () could not be found");
    home_set("AWS_PROFILE", NULL);
    assert_profile(NULL, "a");
    opt.profile = "missing";
    assert_refused(&opt, PAIL_E_PROFILE_NOT_FOUND,
                   "The config profile (missing) could not be found");
    home_set("AWS_DEFAULT_PROFILE", "gone");
    assert_refused(NULL, PAIL_E_PROFILE_NOT_FOUND, "The config profile (gone) could not be found");
}

static void assert_region(const char *option, const char *expected)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.region = option;
    struct pail_session *s = session(&opt);
    assert_string_equal(pail_session_region(s), expected);
    (void)pail_session_unref(s);
}

static void test_region(void **state)
{
    home_file(".aws/config", "[default]\nregion = file\n");
    assert_region(NULL, "file");
    home_set("AWS_DEFAULT_REGION", "second");
    assert_region(NULL, "second");
    home_set("AWS_REGION", "first");
    assert_region(NULL, "first");
    assert_region("option", "option");
    home_set("AWS_REGION", "no region!");
    assert_refused(NULL, PAIL_E_CONFIG,
                   "Provided region_name 'no region!' doesn't match a supported format.");
}

static void test_refused_settings(void **state)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    home_file(".aws/config", "[default]\na = 1\na = 2\n");
    assert_refused(NULL, PAIL_E_CONFIG, "line 3");
    home_file(".aws/config", "[default]\nmax_attempts = many\n");
    assert_refused(NULL, PAIL_E_CONFIG, "invalid literal for int() with base 10: 'many'");
    home_file(".aws/config", "[default]\ns3 = path\nsts =\n  a = b\n");
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = session(NULL);
    assert_ok(pail_session_check_block(s, "sts", &err), &err);
    assert_ok(pail_session_check_block(s, "ec2", &err), &err);
    assert_code(pail_session_check_block(s, "s3", &err), PAIL_E_CONFIG);
    assert_non_null(strstr(err.message, "s3 = path: "));
    (void)pail_session_unref(s);
    opt.checksum_algorithm = "CRC16";
    assert_refused(&opt, PAIL_E_INVALID, "Unsupported checksum algorithm: CRC16");
    opt.checksum_algorithm = NULL;
    home_set("AWS_MAX_ATTEMPTS", "0");
    assert_refused(NULL, PAIL_E_CONFIG, "\"max_attempts\": 0 must be");
    home_set("AWS_MAX_ATTEMPTS", "7");
    (void)pail_session_unref(session(NULL));
    home_file(".aws/config", "[default]\nservices = none\n");
    assert_refused(NULL, PAIL_E_CONFIG, "\"none\" services configuration does not exist");
    home_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
    (void)pail_session_unref(session(NULL));
    home_file(".aws/config", "");
    opt.endpoint_url = "localhost:9000";
    assert_refused(&opt, PAIL_E_CONFIG, "Invalid endpoint: localhost:9000");
    opt.endpoint_url = "ftp://localhost";
    assert_refused(&opt, PAIL_E_CONFIG, "Invalid endpoint: ftp://localhost");
}

/* A caller that was built against an older header, and one that did not use the macro. */
static void test_option_size(void **state)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.region = "unknown to the old header";
    opt.size = offsetof(struct pail_session_options, region);
    (void)pail_session_unref(session(&opt));
    opt.size = 0;
    assert_refused(&opt, PAIL_E_INVALID, "PAIL_SESSION_OPTIONS_INIT");
}

static void test_settings(void **state)
{
    home_file(".aws/config", "[default]\nkey = v\ns3 =\n  addressing_style = path\n");
    struct pail_session *s = session(NULL);
    assert_str(pail_session_setting(s, NULL, "key"), "v");
    assert_str(pail_session_setting(s, "s3", "addressing_style"), "path");
    assert_null(pail_session_setting(s, "s3", "key").ptr);
    (void)pail_session_unref(s);
}

/* The one that is used outside of tests. */
static void test_real_transport(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    opt.user_agent_extra = "test/1";
    assert_ok(pail_session_new(&opt, &s, &err), &err);
    (void)pail_session_unref(s);
    opt.user_agent_extra = "test\r\nX-Evil: 1";
    assert_code(pail_session_new(&opt, &s, &err), PAIL_E_INVALID);
}

/* ---- Credentials ---- */

static void test_no_credentials(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    char report[2048];
    struct pail_session *s = session(NULL);
    assert_code(pail_session_credentials(s, &c, &err), PAIL_E_NO_CREDENTIALS);
    assert_true(pail_str_starts(pail_str(err.message),
                                PAIL_STR("Unable to locate credentials; tried env: ")));
    assert_true(pail_session_credentials_report(s, report, sizeof(report)) > 0);
    assert_non_null(strstr(report, "\nconfig-file: "));
    assert_non_null(strstr(report, "\niam-role: instance metadata: status 500 without"));
    (void)pail_session_unref(s);
}

static void test_anonymous(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_credentials *c = (void *)&opt;
    char report[128];
    home_set("AWS_ACCESS_KEY_ID", "half"); /* would be an error if anybody looked */
    opt.no_sign_request = true;
    struct pail_session *s = session(&opt);
    assert_ok(pail_session_sign_credentials(s, false, false, &c, &err), &err);
    assert_null(c);
    assert_code(pail_session_credentials(s, &c, &err), PAIL_E_NO_CREDENTIALS);
    (void)pail_session_credentials_report(s, report, sizeof(report));
    assert_string_equal(report, "none: the session does not sign requests\n");
    (void)pail_session_unref(s);
}

static void test_given_provider(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_credentials *c = NULL, *got = NULL;
    char report[128];
    struct pail_credentials_fields f = {.access_key = PAIL_STR("A"), .secret_key = PAIL_STR("S")};
    home_set("AWS_ACCESS_KEY_ID", "half");
    assert_ok(pail_credentials_new(&f, &c, &err), &err);
    assert_ok(pail_provider_static(c, &opt.provider, &err), &err);
    struct pail_session *s = session(&opt);
    (void)pail_provider_unref(opt.provider);
    assert_ok(pail_session_credentials(s, &got, &err), &err);
    assert_ptr_equal(got, c);
    (void)pail_credentials_unref(got);
    (void)pail_credentials_unref(c);
    (void)pail_session_credentials_report(s, report, sizeof(report));
    assert_string_equal(report, "explicit: the session was given a provider\n");
    (void)pail_session_unref(s);
}

/* Keys in the options: nobody else is asked. */
static void test_explicit(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    home_set("AWS_ACCESS_KEY_ID", "half");
    opt.access_key = "A";
    assert_refused(&opt, PAIL_E_PARTIAL_CREDENTIALS,
                   "Partial credentials found in explicit, missing: aws_secret_access_key");
    opt.secret_key = "S";
    opt.session_token = "T";
    struct pail_session *s = session(&opt);
    assert_ok(pail_session_credentials(s, &c, &err), &err);
    pail_credentials_get(c, &f);
    assert_str(f.access_key, "A");
    assert_str(f.session_token, "T");
    assert_string_equal(f.method, "explicit");
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
    opt.access_key = NULL;
    assert_refused(&opt, PAIL_E_PARTIAL_CREDENTIALS,
                   "Partial credentials found in explicit, missing: aws_access_key_id");
}

static _Atomic int64_t mono_s;

static int64_t mono_ns(void)
{
    return mono_s * PAIL_NS_PER_S;
}

static int64_t wall_ns(void)
{
    return INT64_C(1700000000) * PAIL_NS_PER_S;
}

static void assert_key(struct pail_session *s, bool may_block, const char *expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    assert_ok(pail_session_sign_credentials(s, may_block, false, &c, &err), &err);
    pail_credentials_get(c, &f);
    assert_str(f.access_key, expected);
    (void)pail_credentials_unref(c);
}

/* A new key pair in the file is used without a restart, a broken file is survived. */
static void test_changed_file(void **state)
{
    static const struct pail_clock_ops clock = {mono_ns, wall_ns};
    struct pail_credentials *c = NULL;
    mono_s = 1000;
    pail_clock_set_ops(&clock);
    home_file(".aws/credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = S\n");
    struct pail_session *s = session(NULL);
    assert_int_equal(pail_session_sign_credentials(s, false, false, &c, NULL),
                     PAIL_PREPARE_WOULD_BLOCK);
    assert_key(s, true, "A");
    assert_key(s, false, "A");
    home_file(".aws/credentials", "[default]\naws_access_key_id = BB\naws_secret_access_key = S\n");
    assert_key(s, true, "A"); /* not looked at all the time */
    mono_s += 30;
    assert_int_equal(pail_session_sign_credentials(s, false, false, &c, NULL),
                     PAIL_PREPARE_WOULD_BLOCK);
    assert_key(s, false, "A"); /* others go on */
    assert_key(s, true, "BB");
    home_file(".aws/credentials", "[default]\nbroken");
    mono_s += 30;
    assert_key(s, true, "BB");
    home_file(".aws/credentials",
              "[default]\naws_access_key_id = CCC\naws_secret_access_key = S\n");
    /* Refused by the service: at once. */
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_session_sign_credentials(s, true, true, &c, &err), &err);
    (void)pail_credentials_unref(c);
    assert_key(s, false, "CCC");
    (void)pail_session_unref(s);
    pail_clock_set_ops(NULL);
}

/* ---- Endpoints ---- */

static void test_endpoint_services(void **state)
{
    home_file(".aws/config", "[default]\nservices = v\n"
                             "[services v]\nsecrets_manager =\n  endpoint_url = http://sm\n");
    struct pail_session *s = session(NULL);
    const char *url = pail_session_endpoint_url(s, "secrets-manager");
    assert_string_equal(url, "http://sm");
    assert_ptr_equal(pail_session_endpoint_url(s, "secrets-manager"), url);
    assert_string_equal(pail_session_endpoint_url(s, "Secrets Manager"), "http://sm");
    assert_null(pail_session_endpoint_url(s, "s3"));
    assert_null(pail_session_endpoint_url(s, "s3"));
    (void)pail_session_unref(s);
    home_set("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://env");
    s = session(NULL);
    assert_string_equal(pail_session_endpoint_url(s, "secrets-manager"), "http://env");
    pail_alloc_fail_at(1);
    assert_string_equal(pail_session_endpoint_url(s, "s3"), "(out of memory)");
    pail_alloc_fail_at(0);
    (void)pail_session_unref(s);
}

static void print_keys(FILE *f, const struct pail_jnode *object)
{
    struct pail_str key;
    const struct pail_jnode *value;
    for (void *it = NULL; pail_json_each(object, &it, &key, &value);)
        fprintf(f, "%.*s = %.*s\n", PAIL_STR_ARG(key), PAIL_STR_ARG(pail_json_str(value)));
}

/* The suite's profiles and services as a config file. */
static void write_suite_config(const struct pail_jnode *suite)
{
    struct pail_str name, service;
    const struct pail_jnode *keys, *block;
    FILE *f = fopen(home_path(".aws/config"), "w");
    assert_non_null(f);
    for (void *it = NULL; pail_json_each(pail_json_get(suite, "profiles"), &it, &name, &keys);) {
        fprintf(f, "[profile %.*s]\n", PAIL_STR_ARG(name));
        print_keys(f, keys);
    }
    for (void *it = NULL; pail_json_each(pail_json_get(suite, "services"), &it, &name, &keys);) {
        fprintf(f, "[services %.*s]\n", PAIL_STR_ARG(name));
        for (void *jt = NULL; pail_json_each(keys, &jt, &service, &block);) {
            struct pail_str url = pail_json_str(pail_json_get(block, "endpoint_url"));
            fprintf(f, "%.*s =\n  endpoint_url = %.*s\n", PAIL_STR_ARG(service), PAIL_STR_ARG(url));
        }
    }
    fclose(f);
}

static void copy_z(char *dst, size_t cap, struct pail_str s)
{
    snprintf(dst, cap, "%.*s", PAIL_STR_ARG(s));
}

/* ret[0]: the name of the thing; the thing itself is returned. */
static const struct pail_jnode *named(const struct pail_jnode *suite, const char *table,
                                      const struct pail_jnode *test, const char *key)
{
    char name[128];
    copy_z(name, sizeof(name), pail_json_str(pail_json_get(test, key)));
    return pail_json_get(pail_json_get(suite, table), name);
}

static void check_endpoint(const struct pail_jnode *suite, const struct pail_jnode *test)
{
    char profile[128], url[256], service[64], name[64], value[256], expected[256];
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    const struct pail_jnode *v, *config = named(suite, "client_configs", test, "client_config");
    struct pail_str key, given = pail_json_str(pail_json_get(config, "endpoint_url"));
    bool ignore = false;

    home_clear();
    for (void *it = NULL;
         pail_json_each(named(suite, "environments", test, "environment"), &it, &key, &v);) {
        copy_z(name, sizeof(name), key);
        copy_z(value, sizeof(value), pail_json_str(v));
        home_set(name, value);
    }
    (void)pail_json_bool(pail_json_get(config, "ignore_configured_endpoint_urls"), &ignore);
    if (ignore)
        home_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    copy_z(profile, sizeof(profile), pail_json_str(pail_json_get(test, "profile")));
    copy_z(service, sizeof(service), pail_json_str(pail_json_get(test, "service")));
    copy_z(url, sizeof(url), given);
    opt.profile = profile;
    opt.endpoint_url = given.ptr ? url : NULL;

    struct pail_session *s = session(&opt);
    const char *got = pail_session_endpoint_url(s, service);
    copy_z(expected, sizeof(expected),
           pail_json_str(pail_json_get(pail_json_get(test, "output"), "endpointUrl")));
    /* Where nothing is configured the suite names what the rule set makes of it. */
    if (!got && !strstr(expected, ".amazonaws.com"))
        fail_msg("%s: nothing, expected %s", service, expected);
    if (got && strcmp(got, expected) != 0)
        fail_msg("%.*s: %s, expected %s", PAIL_STR_ARG(pail_json_str(pail_json_get(test, "name"))),
                 got, expected);
    (void)pail_session_unref(s);
}

static void test_endpoint_suite(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    char path[1024], *text = NULL;
    size_t len, cases = 0;
    if (!pail_test_shared("vectors/endpoints/profile-tests.json", path, sizeof(path)))
        skip();
    assert_ok(pail_file_read_all(path, 1 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), "suite", &doc, &err), &err);
    const struct pail_jnode *suites = pail_json_get(pail_json_root(doc), "testSuites");
    for (size_t i = 0; i < pail_json_len(suites); i++) {
        const struct pail_jnode *suite = pail_json_at(suites, i);
        const struct pail_jnode *tests = pail_json_get(suite, "endpointUrlTests");
        write_suite_config(suite);
        for (size_t j = 0; j < pail_json_len(tests); j++, cases++)
            check_endpoint(suite, pail_json_at(tests, j));
    }
    print_message("%zu cases\n", cases);
    assert_true(cases >= 39);
    pail_json_free(doc);
    pail_free(text);
}

/* ---- No memory ---- */

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_session *s = NULL;
    struct pail_credentials *c = NULL;
    int rc = new_session(NULL, &s, err);
    if (rc == 0)
        rc = pail_session_credentials(s, &c, err);
    (void)pail_credentials_unref(c);
    (void)pail_session_unref(s);
    return rc;
}

static void test_torture(void **state)
{
    home_file(".aws/credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = S\n"
                                  "region = r\nendpoint_url = http://h\n");
    pail_torture("session", torture_body, NULL);
}

PAIL_TEST_MAIN(home_test(test_defaults), home_test(test_profile), home_test(test_region),
               home_test(test_refused_settings), home_test(test_option_size),
               home_test(test_settings), home_test(test_real_transport),
               home_test(test_no_credentials), home_test(test_anonymous),
               home_test(test_given_provider), home_test(test_explicit),
               home_test(test_changed_file), home_test(test_endpoint_services),
               home_test(test_endpoint_suite), home_test(test_torture))
