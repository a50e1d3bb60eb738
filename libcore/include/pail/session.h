/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/session.h - configuration, credentials and connections, shared by any number of clients.
 *
 * Reads the config and credentials files and the environment once at creation (credentials files
 * again when they change). Immutable after that; any thread; reference-counted. Precedence of a
 * setting: option here, environment, profile, default. Any number of sessions may live side by
 * side: they share nothing. Names, files, variables and rules: the AWS SDKs and Tools Reference
 * Guide, as botocore reads it.
 */
#ifndef PAIL_SESSION_H
#define PAIL_SESSION_H

#include <pail/credentials.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_session;

struct pail_session_options {
    size_t size;         /* sizeof(struct pail_session_options); set by the INIT macro */
    const char *profile; /* NULL: AWS_PROFILE, AWS_DEFAULT_PROFILE (also when empty), "default" */
    const char *region;  /* NULL: AWS_REGION, AWS_DEFAULT_REGION, profile */
    const char *endpoint_url; /* NULL: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, profile */
    const char *ca_bundle;    /* NULL: AWS_CA_BUNDLE, profile's ca_bundle, the system's */
    /* Instead of the default chain; borrowed (a reference is taken). */
    struct pail_provider *provider;
    bool no_sign_request;         /* anonymous: no credentials are looked for */
    bool no_verify_tls;           /* accept any certificate: for tests only */
    unsigned connect_timeout_ms;  /* 0: 60 000 */
    unsigned read_timeout_ms;     /* of silence on the connection; 0: 60 000 */
    unsigned timeout_ms;          /* of a whole operation with retries; 0: 600 000 */
    unsigned max_attempts;        /* 0: AWS_MAX_ATTEMPTS, profile, 3 */
    unsigned io_threads;          /* network threads; 0: 1 or 2 by the number of processors */
    unsigned max_connections;     /* to one host; 0: 64 */
    const char *user_agent_extra; /* appended to the User-Agent header */
    /* Keys, instead of a provider and of the default chain; the first two go together. Copied. */
    const char *access_key, *secret_key, *session_token;
    /* A role wants the code of an MFA device: write it to dst, NUL-terminated, or return an error.
     * May block; on whichever thread needs the credentials, never under a lock. NULL: such roles
     * cannot be assumed. Each session asks once: when the credentials end they cannot be renewed.
     */
    int (*mfa)(void *mfa_ud, const char *serial, char *dst, size_t cap, struct pail_error *err);
    void *mfa_ud;
    bool region_from_metadata; /* no region known: ask the EC2 instance metadata, while the session
                                  is made */
    bool regional_endpoints;   /* of STS, and of S3 in us-east-1, whatever is configured: as the AWS
                                  CLI has it */
    const char *checksum_algorithm; /* of uploads that name none: "CRC64NVME", as the AWS CLI; NULL:
                                       "CRC32", as boto3 */
};
#ifdef __cplusplus
#define PAIL_SESSION_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(struct pail_session_options)                                                        \
    }
#else
#define PAIL_SESSION_OPTIONS_INIT                                                                  \
    {                                                                                              \
        .size = sizeof(struct pail_session_options)                                                \
    }
#endif

/* opt may be NULL. Does not look for credentials yet and sends nothing (but for
 * region_from_metadata). Errors: a config file that does not parse, an unknown profile, a bad
 * endpoint URL, a setting with a value that it cannot have. */
PAIL_API PAIL_CHECK int pail_session_new(const struct pail_session_options *opt,
                                         struct pail_session **ret, struct pail_error *err);
/* Another reference; returns s. NULL is fine. */
PAIL_API struct pail_session *pail_session_ref(struct pail_session *s);
/* The last one cancels calls still under way, waits for their done callbacks and joins the threads;
 * not from a done callback. Returns NULL. */
PAIL_API struct pail_session *pail_session_unref(struct pail_session *s);

/* The profile in use, "default" where none was chosen; lives as long as the session. */
PAIL_API const char *pail_session_profile(const struct pail_session *s);
/* "eu-west-1"; lives as long as the session. NULL when none is known. */
PAIL_API const char *pail_session_region(const struct pail_session *s);
/* A reference for the caller. Blocking. PAIL_E_NO_CREDENTIALS's message lists what was tried; the
 * report says why each was passed over. */
PAIL_API PAIL_CHECK int pail_session_credentials(struct pail_session *s,
                                                 struct pail_credentials **ret,
                                                 struct pail_error *err);
/* One line per provider of the last search, "env: AWS_ACCESS_KEY_ID is not set\n..."; copied to
 * dst, always NUL-terminated; returns the full length. */
PAIL_API size_t pail_session_credentials_report(struct pail_session *s, char *dst, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
