/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/settings.c - the table of settings, and its one reader.
 *
 * A bad value ends the creation of the session, also when this program would never have used it:
 * somebody wrote it down to be obeyed. Booleans cannot be bad: "true" in any case is true, and all
 * else is false, as in botocore.
 */
#include "auth/settings.h"

#include <limits.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/logging.h"
#include "base/str.h"

#define APP_ID_LONG 50

enum type { TEXT, BOOL, TRI, NUMBER, CHOICE };

struct setting {
    const char *name;
    size_t offset;
    enum type type;
    const char *variable[2];
    const char *key, *block, *block_key; /* the profile's key; a key of one of its blocks */
    const char *fallback;
    const char *const *choices; /* in the order of the enum; a leading "" is for unset */
    unsigned min, max;
    const char *before, *after; /* around a bad value */
};

#define AT(field) offsetof(struct pail_settings, field)
#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static const struct setting table[] = {
    {"region", AT(region), TEXT, {"AWS_REGION", "AWS_DEFAULT_REGION"}, "region"},
    {"output", AT(output), TEXT, {"AWS_DEFAULT_OUTPUT"}, "output"},
    {"data_path", AT(data_path), TEXT, {"AWS_DATA_PATH"}, "data_path"},
    {"ca_bundle", AT(ca_bundle), TEXT, {"AWS_CA_BUNDLE"}, "ca_bundle"},
    {"user_agent_appid", AT(app_id), TEXT, {"AWS_SDK_UA_APP_ID"}, "sdk_ua_app_id"},
    {"sigv4a_signing_region_set",
     AT(sigv4a_region_set),
     TEXT,
     {"AWS_SIGV4A_SIGNING_REGION_SET"},
     "sigv4a_signing_region_set"},
    {"auth_scheme_preference",
     AT(auth_scheme_preference),
     TEXT,
     {"AWS_AUTH_SCHEME_PREFERENCE"},
     "auth_scheme_preference"},
    {"ec2_metadata_service_endpoint",
     AT(imds_endpoint),
     TEXT,
     {"AWS_EC2_METADATA_SERVICE_ENDPOINT"},
     "ec2_metadata_service_endpoint"},
    {"proxy_ca_bundle", AT(proxy_ca_bundle), TEXT, .key = "proxy_ca_bundle"},
    {"proxy_client_cert", AT(proxy_client_cert), TEXT, .key = "proxy_client_cert"},

    {"retry_mode",
     AT(retry_mode),
     CHOICE,
     {"AWS_RETRY_MODE"},
     "retry_mode",
     .fallback = "standard",
     .choices = WORDS("standard", "legacy", "adaptive"),
     .before = "Invalid value provided to \"mode\": \"",
     .after = "\" must be one of: legacy, standard, adaptive"},
    {"max_attempts",
     AT(max_attempts),
     NUMBER,
     {"AWS_MAX_ATTEMPTS"},
     "max_attempts",
     .min = 1,
     .max = UINT_MAX - 1,
     .before = "Value provided to \"max_attempts\": ",
     .after = " must be an integer greater than or equal to 1."},
    {"defaults_mode",
     AT(defaults_mode),
     CHOICE,
     {"AWS_DEFAULTS_MODE"},
     "defaults_mode",
     .fallback = "legacy",
     .choices = WORDS("legacy", "standard", "in-region", "cross-region", "mobile", "auto"),
     .before = "Client configured with invalid defaults mode: ",
     .after = ". Valid defaults modes include: standard, in-region, cross-region, mobile, auto, "
              "legacy."},
    {"use_fips_endpoint", AT(use_fips), TRI, {"AWS_USE_FIPS_ENDPOINT"}, "use_fips_endpoint"},
    {"use_dualstack_endpoint",
     AT(use_dualstack),
     TRI,
     {"AWS_USE_DUALSTACK_ENDPOINT"},
     "use_dualstack_endpoint"},
    {"ignore_configured_endpoint_urls",
     AT(ignore_endpoint_urls),
     BOOL,
     {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
     "ignore_configured_endpoint_urls"},
    {"sts_regional_endpoints",
     AT(sts_regional),
     CHOICE,
     {"AWS_STS_REGIONAL_ENDPOINTS"},
     "sts_regional_endpoints",
     .fallback = "regional",
     .choices = WORDS("", "legacy", "regional"),
     .before = "STS regional endpoints option ",
     .after = " is invalid. Valid options are: \"legacy\", \"regional\""},
    {"request_checksum_calculation",
     AT(request_checksum),
     CHOICE,
     {"AWS_REQUEST_CHECKSUM_CALCULATION"},
     "request_checksum_calculation",
     .fallback = "when_supported",
     .choices = WORDS("when_supported", "when_required"),
     .before = "Unsupported configuration value for request_checksum_calculation. Expected one of "
               "('when_supported', 'when_required') but got ",
     .after = "."},
    {"response_checksum_validation",
     AT(response_checksum),
     CHOICE,
     {"AWS_RESPONSE_CHECKSUM_VALIDATION"},
     "response_checksum_validation",
     .fallback = "when_supported",
     .choices = WORDS("when_supported", "when_required"),
     .before = "Unsupported configuration value for response_checksum_validation. Expected one of "
               "('when_supported', 'when_required') but got ",
     .after = "."},
    {"account_id_endpoint_mode",
     AT(account_id_endpoint),
     CHOICE,
     {"AWS_ACCOUNT_ID_ENDPOINT_MODE"},
     "account_id_endpoint_mode",
     .fallback = "preferred",
     .choices = WORDS("preferred", "disabled", "required"),
     .before = "The configured value '",
     .after = "' for 'account_id_endpoint_mode' is invalid. Valid values are: ('preferred', "
              "'disabled', 'required')."},
    {"endpoint_discovery_enabled",
     AT(endpoint_discovery),
     CHOICE,
     {"AWS_ENDPOINT_DISCOVERY_ENABLED"},
     "endpoint_discovery_enabled",
     .fallback = "auto",
     .choices = WORDS("auto", "false", "true"),
     .before = "Unsupported configuration value for endpoint_discovery_enabled. Expected one of "
               "(\"true\", \"false\", \"auto\") but got ",
     .after = "."},
    {"new_retries_2026", AT(retries_2026), BOOL, {"AWS_NEW_RETRIES_2026"}},
    {"disable_clock_skew_correction",
     AT(disable_clock_skew_correction),
     BOOL,
     {"AWS_DISABLE_CLOCK_SKEW_CORRECTION"},
     "disable_clock_skew_correction"},
    {"disable_host_prefix_injection",
     AT(disable_host_prefix),
     BOOL,
     {"AWS_DISABLE_HOST_PREFIX_INJECTION"},
     "disable_host_prefix_injection"},
    {"disable_request_compression",
     AT(disable_request_compression),
     BOOL,
     {"AWS_DISABLE_REQUEST_COMPRESSION"},
     "disable_request_compression"},
    {"request_min_compression_size_bytes",
     AT(compression_min_bytes),
     NUMBER,
     {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"},
     "request_min_compression_size_bytes",
     .fallback = "10240",
     .min = 1,
     .max = 1048576,
     .before = "Invalid value \"",
     .after = "\" for request_min_compression_size_bytes. Value must be between 1 and 1048576."},
    {"tcp_keepalive", AT(tcp_keepalive), BOOL, {"BOTOCORE_TCP_KEEPALIVE"}, "tcp_keepalive"},
    {"parameter_validation", AT(parameter_validation), BOOL, .key = "parameter_validation",
     .fallback = "true"},

    {"metadata_service_timeout",
     AT(metadata_timeout_s),
     NUMBER,
     {"AWS_METADATA_SERVICE_TIMEOUT"},
     "metadata_service_timeout",
     .fallback = "1",
     .min = 1,
     .max = 3600,
     .before = "metadata_service_timeout: '",
     .after = "' is not a number of seconds"},
    {"metadata_service_num_attempts",
     AT(metadata_attempts),
     NUMBER,
     {"AWS_METADATA_SERVICE_NUM_ATTEMPTS"},
     "metadata_service_num_attempts",
     .fallback = "1",
     .max = 1000,
     .before = "metadata_service_num_attempts: '",
     .after = "' is not a number"},
    {"ec2_metadata_service_endpoint_mode",
     AT(imds_mode),
     CHOICE,
     {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"},
     "ec2_metadata_service_endpoint_mode",
     .choices = WORDS("", "ipv4", "ipv6"),
     .before = "Invalid EC2 Instance Metadata endpoint mode: ",
     .after = " Valid endpoint modes (case-insensitive): ('ipv4', 'ipv6')."},
    {"imds_use_ipv6", AT(imds_use_ipv6), BOOL, {"AWS_IMDS_USE_IPV6"}, "imds_use_ipv6"},
    {"ec2_metadata_v1_disabled",
     AT(imds_v1_disabled),
     BOOL,
     {"AWS_EC2_METADATA_V1_DISABLED"},
     "ec2_metadata_v1_disabled"},

    {"s3.addressing_style", AT(s3.addressing_style), CHOICE, .block = "s3",
     .block_key = "addressing_style", .choices = WORDS("", "auto", "virtual", "path"),
     .before = "S3 addressing style ",
     .after = " is invalid. Valid options are: 'auto', 'virtual', and 'path'"},
    {"s3.use_accelerate_endpoint", AT(s3.use_accelerate), TRI, .block = "s3",
     .block_key = "use_accelerate_endpoint"},
    {"s3.use_dualstack_endpoint", AT(s3.use_dualstack), TRI, .block = "s3",
     .block_key = "use_dualstack_endpoint"},
    {"s3.payload_signing_enabled", AT(s3.payload_signing), TRI, .block = "s3",
     .block_key = "payload_signing_enabled"},
    {"s3.use_arn_region",
     AT(s3.use_arn_region),
     TRI,
     {"AWS_S3_USE_ARN_REGION"},
     "s3_use_arn_region",
     "s3",
     "use_arn_region"},
    {"s3.us_east_1_regional_endpoint",
     AT(s3.us_east_1),
     CHOICE,
     {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"},
     "s3_us_east_1_regional_endpoint",
     "s3",
     "us_east_1_regional_endpoint",
     .choices = WORDS("", "legacy", "regional"),
     .before = "S3 us-east-1 regional endpoint option ",
     .after = " is invalid. Valid options are: \"legacy\", \"regional\""},
    {"s3.s3_disable_multiregion_access_points",
     AT(s3.disable_multiregion),
     TRI,
     {"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"},
     NULL,
     "s3",
     "s3_disable_multiregion_access_points"},
    {"s3_disable_express_session_auth",
     AT(s3.disable_express_auth),
     TRI,
     {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"},
     "s3_disable_express_session_auth"},
};

/* ---- Where it stands ---- */

static bool from_environment(const struct setting *s, struct pail_setting_found *ret)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(s->variable) && s->variable[i]; i++) {
        const char *v = pail_env_get_nonempty(s->variable[i]);
        if (v) {
            ret->value = pail_str(v);
            ret->variable = s->variable[i];
            return true;
        }
    }
    return false;
}

static bool from_profile(const struct setting *s, const struct pail_config *c,
                         struct pail_str profile, struct pail_setting_found *ret)
{
    if (s->key) {
        ret->value = pail_config_get(c, profile, s->key);
        ret->key = s->key;
    }
    if (!ret->value.ptr && s->block_key) {
        ret->value = pail_config_get_sub(c, profile, s->block, s->block_key);
        ret->key = s->block_key;
        ret->block = s->block;
    }
    if (ret->value.len)
        return true;
    ret->key = ret->block = NULL;
    return false;
}

bool pail_setting_find(const struct pail_config *c, struct pail_str profile, size_t i,
                       struct pail_setting_found *ret)
{
    if (i >= PAIL_ARRAY_LEN(table))
        return false;
    *ret = (struct pail_setting_found){.name = table[i].name};
    if (!from_environment(&table[i], ret) && !from_profile(&table[i], c, profile, ret))
        ret->value = pail_str(table[i].fallback);
    return true;
}

/* ---- What it says ---- */

static int bad_value(const struct setting *s, struct pail_str v, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG, "%s%.*s%s", s->before,
                          PAIL_STR_ARG(pail_str_sub(v, 0, 60)), s->after);
}

static int read_number(const struct setting *s, struct pail_str v, unsigned *to,
                       struct pail_error *err)
{
    struct pail_str digits = pail_str_trim(v);
    uint64_t n;
    bool negative = pail_str_starts(digits, PAIL_STR("-"));
    if (!pail_str_to_u64(pail_str_from(digits, negative), &n))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "invalid literal for int() with base 10: '%.*s'",
                              PAIL_STR_ARG(pail_str_sub(v, 0, 60)));
    if (negative || n < s->min || n > s->max)
        return bad_value(s, v, err);
    *to = (unsigned)n;
    return 0;
}

static int read_choice(const struct setting *s, struct pail_str v, unsigned *to,
                       struct pail_error *err)
{
    for (unsigned i = 0; s->choices[i]; i++) {
        if (pail_str_ieq(v, pail_str(s->choices[i]))) {
            *to = i;
            return 0;
        }
    }
    return bad_value(s, v, err);
}

static int read_one(const struct setting *s, struct pail_str v, struct pail_settings *to,
                    struct pail_error *err)
{
    void *field = (char *)to + s->offset;
    bool yes = pail_str_ieq(v, PAIL_STR("true"));

    if (!v.ptr)
        return 0; /* everything is zero */
    switch (s->type) {
    case TEXT:
        *(char **)field = pail_strndup(v);
        return *(char **)field ? 0 : pail_error_nomem(err);
    case BOOL:
        *(bool *)field = yes;
        return 0;
    case TRI:
        *(enum pail_tri *)field = yes ? PAIL_YES : PAIL_NO;
        return 0;
    case NUMBER:
        return read_number(s, v, field, err);
    case CHOICE:
        break;
    }
    return read_choice(s, v, field, err);
}

/* Where this program runs, as far as the environment tells. */
static const char *region_here(void)
{
    const char *here = pail_env_get_nonempty("AWS_REGION");
    if (!pail_env_get_nonempty("AWS_EXECUTION_ENV"))
        return NULL;
    return here ? here : pail_env_get_nonempty("AWS_DEFAULT_REGION");
}

void pail_settings_settle_mode(struct pail_settings *s, const char *region, const char *here)
{
    static const unsigned connect_ms[] = {
        [PAIL_DEFAULTS_LEGACY] = 0,       [PAIL_DEFAULTS_STANDARD] = 3100,
        [PAIL_DEFAULTS_IN_REGION] = 1100, [PAIL_DEFAULTS_CROSS_REGION] = 3100,
        [PAIL_DEFAULTS_MOBILE] = 30000,   [PAIL_DEFAULTS_AUTO] = 3100,
    };
    if (s->defaults_mode == PAIL_DEFAULTS_AUTO && here)
        s->defaults_mode = region && strcmp(here, region) == 0 ? PAIL_DEFAULTS_IN_REGION
                                                               : PAIL_DEFAULTS_CROSS_REGION;
    s->connect_timeout_ms = connect_ms[s->defaults_mode];
    if (s->defaults_mode != PAIL_DEFAULTS_LEGACY && s->s3.us_east_1 == PAIL_REGIONAL_UNSET)
        s->s3.us_east_1 = PAIL_REGIONAL_YES;
}

int pail_settings_read(const struct pail_config *c, struct pail_str profile,
                       struct pail_settings *ret, struct pail_error *err)
{
    struct pail_settings s = {0};
    struct pail_setting_found found;
    int rc = 0;

    for (size_t i = 0; rc == 0 && pail_setting_find(c, profile, i, &found); i++)
        rc = read_one(&table[i], found.value, &s, err);
    if (rc < 0) {
        pail_settings_done(&s);
        return rc;
    }
    pail_settings_settle_mode(&s, s.region, region_here());
    if (!s.ca_bundle && pail_env_get_nonempty("REQUESTS_CA_BUNDLE")) {
        s.ca_bundle = pail_strdup(pail_env_get("REQUESTS_CA_BUNDLE"));
        if (!s.ca_bundle) {
            pail_settings_done(&s);
            return pail_error_nomem(err);
        }
    }
    if (s.app_id && strlen(s.app_id) > APP_ID_LONG)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
                 "The configured value for user_agent_appid exceeds the maximum length of %d "
                 "characters.",
                 APP_ID_LONG);
    *ret = s;
    return 0;
}

void pail_settings_done(struct pail_settings *s)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(table); i++) {
        if (table[i].type != TEXT)
            continue;
        char **text = (char **)((char *)s + table[i].offset);
        pail_free(*text);
        *text = NULL;
    }
}
