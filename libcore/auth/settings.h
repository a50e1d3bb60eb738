/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/settings.h - every setting that the environment and the config files have, typed and
 * checked.
 *
 * One table (settings.c) says for each: its name, variable, key, type, default, and what is wrong
 * with a bad value in botocore's words. An empty variable says nothing. Read once, when the session
 * is made; immutable after that.
 */
#ifndef PAIL_AUTH_SETTINGS_H
#define PAIL_AUTH_SETTINGS_H

#include "auth/config.h"
#include "crypto/checksum.h"
#include "http/retry.h"

enum pail_defaults_mode {
    PAIL_DEFAULTS_LEGACY,
    PAIL_DEFAULTS_STANDARD,
    PAIL_DEFAULTS_IN_REGION,
    PAIL_DEFAULTS_CROSS_REGION,
    PAIL_DEFAULTS_MOBILE,
    PAIL_DEFAULTS_AUTO,
};
enum pail_regional { PAIL_REGIONAL_UNSET, PAIL_REGIONAL_LEGACY, PAIL_REGIONAL_YES };
enum pail_checksum_when { PAIL_WHEN_SUPPORTED, PAIL_WHEN_REQUIRED };
enum pail_account_mode { PAIL_ACCOUNT_PREFERRED, PAIL_ACCOUNT_DISABLED, PAIL_ACCOUNT_REQUIRED };
enum pail_addressing {
    PAIL_ADDRESS_UNSET,
    PAIL_ADDRESS_AUTO,
    PAIL_ADDRESS_VIRTUAL,
    PAIL_ADDRESS_PATH
};
enum pail_imds_mode { PAIL_IMDS_UNSET, PAIL_IMDS_IPV4, PAIL_IMDS_IPV6 };
enum pail_discovery_choice { PAIL_DISCOVERY_AUTO, PAIL_DISCOVERY_NO, PAIL_DISCOVERY_YES };

/* Texts are NULL where nobody says anything. */
struct pail_settings {
    char *region, *ca_bundle, *data_path, *output;
    char *app_id;                 /* "app/..." of the User-Agent */
    char *sigv4a_region_set;      /* "us-east-1,eu-*" */
    char *auth_scheme_preference; /* "sigv4a,sigv4" */
    char *imds_endpoint;
    char *proxy_ca_bundle, *proxy_client_cert;

    enum pail_retry_mode retry_mode;
    unsigned max_attempts;                 /* 0: by the retry mode */
    enum pail_defaults_mode defaults_mode; /* AUTO: where it runs, only the metadata know */
    unsigned connect_timeout_ms;           /* by the defaults mode; 0: ours */
    enum pail_tri use_fips, use_dualstack;
    bool ignore_endpoint_urls;
    enum pail_regional sts_regional;
    enum pail_checksum_when request_checksum, response_checksum;
    enum pail_checksum_alg checksum_alg; /* where nobody chooses one; by the session's options */
    enum pail_account_mode account_id_endpoint;
    enum pail_discovery_choice endpoint_discovery;
    bool retries_2026;
    bool disable_clock_skew_correction;
    bool disable_host_prefix;
    bool disable_request_compression;
    unsigned compression_min_bytes;
    bool tcp_keepalive;
    bool parameter_validation;

    unsigned metadata_timeout_s, metadata_attempts;
    enum pail_imds_mode imds_mode;
    bool imds_use_ipv6, imds_v1_disabled;

    struct {
        enum pail_addressing addressing_style;
        enum pail_tri use_accelerate, use_dualstack, payload_signing;
        enum pail_tri use_arn_region, disable_multiregion, disable_express_auth;
        enum pail_regional us_east_1;
    } s3;
};

/* PAIL_E_CONFIG for a value that cannot be. */
PAIL_CHECK int pail_settings_read(const struct pail_config *c, struct pail_str profile,
                                  struct pail_settings *ret, struct pail_error *err);
/* What follows from the mode; AUTO becomes what fits a program that works with region and runs
 * `here` (NULL: not known; then it is as good as STANDARD). */
void pail_settings_settle_mode(struct pail_settings *s, const char *region, const char *here);
void pail_settings_done(struct pail_settings *s);

/* ---- The table, for those who show it ---- */

struct pail_setting_found {
    const char *name;      /* "max_attempts" */
    struct pail_str value; /* ptr NULL: neither given nor a default; a view into what was given */
    const char *variable;  /* the environment's variable that gave it, or NULL */
    const char *key;       /* the profile's key that gave it, or NULL; both NULL: the default */
    const char *block;     /* of key: "s3", or NULL */
};
/* i-th setting; false past the end. */
bool pail_setting_find(const struct pail_config *c, struct pail_str profile, size_t i,
                       struct pail_setting_found *ret);

#endif
