/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/settings.h"

#include "auth/session.h"
#include "unit/auth/canned.h"
#include "unit/auth/home.h"
#include "unit/test.h"
#include "unit/torture.h"

static int read_settings(struct pail_settings *ret, struct pail_error *err)
{
    struct pail_config *c = NULL;
    int rc = pail_config_load(&c, err);
    if (rc < 0)
        return rc;
    rc = pail_settings_read(c, PAIL_STR("default"), ret, err);
    (void)pail_config_unref(c);
    return rc;
}

static struct pail_settings settings(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_settings s;
    assert_ok(read_settings(&s, &err), &err);
    return s;
}

static void assert_refused(const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_settings s;
    assert_code(read_settings(&s, &err), PAIL_E_CONFIG);
    assert_string_equal(err.message, message);
}

static void test_defaults(void **state)
{
    struct pail_settings s = settings();
    assert_null(s.region);
    assert_null(s.ca_bundle);
    assert_null(s.app_id);
    assert_int_equal(s.retry_mode, PAIL_RETRY_MODE_STANDARD);
    assert_int_equal(s.max_attempts, 0);
    assert_int_equal(s.defaults_mode, PAIL_DEFAULTS_LEGACY);
    assert_int_equal(s.connect_timeout_ms, 0);
    assert_int_equal(s.use_fips, PAIL_UNSET);
    assert_int_equal(s.sts_regional, PAIL_REGIONAL_YES);
    assert_int_equal(s.request_checksum, PAIL_WHEN_SUPPORTED);
    assert_int_equal(s.account_id_endpoint, PAIL_ACCOUNT_PREFERRED);
    assert_int_equal(s.endpoint_discovery, PAIL_DISCOVERY_AUTO);
    assert_int_equal(s.compression_min_bytes, 10240);
    assert_true(s.parameter_validation);
    assert_int_equal(s.metadata_timeout_s, 1);
    assert_int_equal(s.metadata_attempts, 1);
    assert_int_equal(s.imds_mode, PAIL_IMDS_UNSET);
    assert_int_equal(s.s3.addressing_style, PAIL_ADDRESS_UNSET);
    assert_int_equal(s.s3.us_east_1, PAIL_REGIONAL_UNSET);
    pail_settings_done(&s);
}

/* Environment over profile; the profile's own key over its s3 block; an empty variable is none. */
static void test_precedence(void **state)
{
    home_file(".aws/config", "[default]\nregion = file\nretry_mode = Adaptive\nmax_attempts = 4\n"
                             "s3_use_arn_region = true\nuse_fips_endpoint = yes\n"
                             "s3 =\n  use_arn_region = false\n  addressing_style = PATH\n"
                             "  use_accelerate_endpoint = TRUE\n"
                             "  us_east_1_regional_endpoint = regional\n");
    struct pail_settings s = settings();
    assert_string_equal(s.region, "file");
    assert_int_equal(s.retry_mode, PAIL_RETRY_MODE_ADAPTIVE);
    assert_int_equal(s.max_attempts, 4);
    assert_int_equal(s.use_fips, PAIL_NO); /* only "true" is true */
    assert_int_equal(s.s3.use_arn_region, PAIL_YES);
    assert_int_equal(s.s3.addressing_style, PAIL_ADDRESS_PATH);
    assert_int_equal(s.s3.use_accelerate, PAIL_YES);
    assert_int_equal(s.s3.us_east_1, PAIL_REGIONAL_YES);
    pail_settings_done(&s);

    home_set("AWS_DEFAULT_REGION", "second");
    home_set("AWS_RETRY_MODE", "");
    home_set("AWS_MAX_ATTEMPTS", " 7 ");
    home_set("AWS_S3_USE_ARN_REGION", "false");
    home_set("AWS_USE_FIPS_ENDPOINT", "TRUE");
    s = settings();
    assert_string_equal(s.region, "second");
    assert_int_equal(s.retry_mode, PAIL_RETRY_MODE_ADAPTIVE);
    assert_int_equal(s.max_attempts, 7);
    assert_int_equal(s.s3.use_arn_region, PAIL_NO);
    assert_int_equal(s.use_fips, PAIL_YES);
    pail_settings_done(&s);
    home_set("AWS_REGION", "first");
    s = settings();
    assert_string_equal(s.region, "first");
    pail_settings_done(&s);
}

/* Variable, bad value, what is said. */
static const struct {
    const char *variable, *value, *message;
} bad[] = {
    {"AWS_RETRY_MODE", "often",
     "Invalid value provided to \"mode\": \"often\" must be one of: legacy, standard, adaptive"},
    {"AWS_MAX_ATTEMPTS", "-1",
     "Value provided to \"max_attempts\": -1 must be an integer greater than or equal to 1."},
    {"AWS_MAX_ATTEMPTS", "99999999999",
     "Value provided to \"max_attempts\": 99999999999 must be an integer greater than or equal to "
     "1."},
    {"AWS_DEFAULTS_MODE", "fast",
     "Client configured with invalid defaults mode: fast. Valid defaults modes include: standard, "
     "in-region, cross-region, mobile, auto, legacy."},
    {"AWS_STS_REGIONAL_ENDPOINTS", "global",
     "STS regional endpoints option global is invalid. Valid options are: \"legacy\", "
     "\"regional\""},
    {"AWS_REQUEST_CHECKSUM_CALCULATION", "never",
     "Unsupported configuration value for request_checksum_calculation. Expected one of "
     "('when_supported', 'when_required') but got never."},
    {"AWS_ACCOUNT_ID_ENDPOINT_MODE", "x",
     "The configured value 'x' for 'account_id_endpoint_mode' is invalid. Valid values are: "
     "('preferred', 'disabled', 'required')."},
    {"AWS_ENDPOINT_DISCOVERY_ENABLED", "x",
     "Unsupported configuration value for endpoint_discovery_enabled. Expected one of (\"true\", "
     "\"false\", \"auto\") but got x."},
    {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "0",
     "Invalid value \"0\" for request_min_compression_size_bytes. Value must be between 1 and "
     "1048576."},
    {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "many", "invalid literal for int() with base 10: 'many'"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5",
     "Invalid EC2 Instance Metadata endpoint mode: ipv5 Valid endpoint modes (case-insensitive): "
     "('ipv4', 'ipv6')."},
    {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "x",
     "S3 us-east-1 regional endpoint option x is invalid. Valid options are: \"legacy\", "
     "\"regional\""},
};

static void test_bad_values(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        home_clear();
        home_set(bad[i].variable, bad[i].value);
        assert_refused(bad[i].message);
    }
    home_clear();
    home_file(".aws/config", "[default]\ns3 =\n  addressing_style = square\n");
    assert_refused(
        "S3 addressing style square is invalid. Valid options are: 'auto', 'virtual', and "
        "'path'");
    home_file(".aws/config", "[default]\nretry_mode = a long value that does not end, which nobody "
                             "wants to read in full in a message\n");
    assert_refused("Invalid value provided to \"mode\": \"a long value that does not end, which "
                   "nobody wants to read i\" must be one of: legacy, standard, adaptive");
}

static const struct {
    const char *mode, *execution, *here;
    unsigned connect_ms;
    enum pail_defaults_mode result;
} modes[] = {
    {"standard", NULL, NULL, 3100, PAIL_DEFAULTS_STANDARD},
    {"in-region", NULL, NULL, 1100, PAIL_DEFAULTS_IN_REGION},
    {"cross-region", NULL, NULL, 3100, PAIL_DEFAULTS_CROSS_REGION},
    {"mobile", NULL, NULL, 30000, PAIL_DEFAULTS_MOBILE},
    {"auto", NULL, NULL, 3100, PAIL_DEFAULTS_AUTO}, /* the session asks the metadata */
    {"auto", "AWS_Lambda", "eu-west-1", 1100, PAIL_DEFAULTS_IN_REGION},
};

static void test_defaults_mode(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(modes); i++) {
        home_clear();
        home_set("AWS_DEFAULTS_MODE", modes[i].mode);
        home_set("AWS_EXECUTION_ENV", modes[i].execution);
        home_set("AWS_REGION", modes[i].here);
        struct pail_settings s = settings();
        assert_int_equal(s.connect_timeout_ms, modes[i].connect_ms);
        assert_int_equal(s.defaults_mode, modes[i].result);
        assert_int_equal(s.s3.us_east_1, PAIL_REGIONAL_YES);
        pail_settings_done(&s);
    }
    /* What is said outright beats the mode. */
    home_set("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "legacy");
    home_set("AWS_DEFAULT_REGION", "us-east-1"); /* AWS_REGION goes before it */
    struct pail_settings s = settings();
    assert_int_equal(s.s3.us_east_1, PAIL_REGIONAL_LEGACY);
    assert_int_equal(s.defaults_mode, PAIL_DEFAULTS_IN_REGION);
    pail_settings_done(&s);
}

static void test_ca_bundle(void **state)
{
    home_set("REQUESTS_CA_BUNDLE", "/last");
    struct pail_settings s = settings();
    assert_string_equal(s.ca_bundle, "/last");
    pail_settings_done(&s);
    home_file(".aws/config", "[default]\nca_bundle = /file\n");
    s = settings();
    assert_string_equal(s.ca_bundle, "/file");
    pail_settings_done(&s);
    home_set("AWS_CA_BUNDLE", "/env");
    s = settings();
    assert_string_equal(s.ca_bundle, "/env");
    pail_settings_done(&s);
}

static void find(const char *name, struct pail_setting_found *ret)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *c = NULL;
    static char value[128];
    assert_ok(pail_config_load(&c, &err), &err);
    size_t i = 0;
    while (pail_setting_find(c, PAIL_STR("default"), i, ret) && strcmp(ret->name, name) != 0)
        i++;
    assert_string_equal(ret->name, name);
    snprintf(value, sizeof(value), "%.*s", PAIL_STR_ARG(ret->value));
    ret->value = ret->value.ptr ? pail_str(value) : ret->value;
    (void)pail_config_unref(c);
}

/* Who said it. */
static void test_find(void **state)
{
    struct pail_setting_found f;
    find("region", &f);
    assert_null(f.value.ptr);
    find("retry_mode", &f);
    assert_str(f.value, "standard");
    assert_null(f.variable);
    assert_null(f.key);
    home_file(".aws/config", "[default]\nregion = file\ns3 =\n  use_arn_region = true\n");
    find("region", &f);
    assert_str(f.value, "file");
    assert_string_equal(f.key, "region");
    find("s3.use_arn_region", &f);
    assert_string_equal(f.key, "use_arn_region");
    assert_string_equal(f.block, "s3");
    home_set("AWS_DEFAULT_REGION", "env");
    find("region", &f);
    assert_str(f.value, "env");
    assert_string_equal(f.variable, "AWS_DEFAULT_REGION");
    assert_null(f.key);
}

static struct pail_session *session(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    assert_ok(pail_session_new_on(NULL, &canned_new(500, "")->transport, &s, &err), &err);
    return s;
}

/* Old names of regions ask for FIPS endpoints. */
static void test_session_settings(void **state)
{
    home_set("AWS_REGION", "fips-us-east-2");
    struct pail_session *s = session();
    assert_string_equal(pail_session_region(s), "us-east-2");
    assert_int_equal(pail_session_settings(s)->use_fips, PAIL_YES);
    (void)pail_session_unref(s);
    home_set("AWS_REGION", "us-gov-west-1-fips");
    s = session();
    assert_string_equal(pail_session_region(s), "us-gov-west-1");
    assert_non_null(pail_session_config(s));
    (void)pail_session_unref(s);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_settings s = {0};
    int rc = read_settings(&s, err);
    pail_settings_done(&s);
    return rc;
}

static void test_torture(void **state)
{
    home_file(".aws/config", "[default]\nregion = r\nsdk_ua_app_id = a\n");
    home_set("REQUESTS_CA_BUNDLE", "/ca");
    pail_torture("settings", torture_body, NULL);
}

PAIL_TEST_MAIN(home_test(test_defaults), home_test(test_precedence), home_test(test_bad_values),
               home_test(test_defaults_mode), home_test(test_ca_bundle), home_test(test_find),
               home_test(test_session_settings), home_test(test_torture))
