/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3_bucket.h - what a bucket is configured to: CORS, encryption, life cycle, policy,
 * versioning.
 *
 * As in <pail/s3.h>: arguments may be zero-initialised and are copied; results are valid until
 * their _done function, and need none after a failure. Each `put` replaces the whole configuration.
 * Where there is none, `get` fails with PAIL_E_NOT_FOUND (versioning: it is
 * PAIL_S3_VERSIONING_NEVER). Deleting what is not there is success.
 */
#ifndef PAIL_S3_BUCKET_H
#define PAIL_S3_BUCKET_H

#include <pail/s3_tags.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- CORS ------------------------------------------------------------------------------------ */

struct pail_s3_cors_rule {
    struct pail_str id;
    struct pail_s3_texts methods, origins; /* "GET"; a web site, perhaps with one asterisk */
    struct pail_s3_texts headers, expose_headers;
    bool has_max_age;
    uint32_t max_age_s;
};
/* At most 100 rules. */
struct pail_s3_cors {
    const struct pail_s3_cors_rule *rules;
    size_t n;
    void *impl;
};
/* GetBucketCors, PutBucketCors, DeleteBucketCors. */
PAIL_API void pail_s3_cors_done(struct pail_s3_cors *c);
PAIL_API PAIL_CHECK int pail_s3_cors_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                         struct pail_s3_cors *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_cors_get_async(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               struct pail_s3_cors *ret, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_cors_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                         const struct pail_s3_cors *cors, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_cors_put_async(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               const struct pail_s3_cors *cors, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_cors_delete(struct pail_s3 *s3,
                                            const struct pail_s3_bucket_args *args,
                                            struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_cors_delete_async(struct pail_s3 *s3,
                                                  const struct pail_s3_bucket_args *args,
                                                  pail_done_fn *done, void *ud,
                                                  struct pail_call **ret_call,
                                                  struct pail_error *err);

/* ---- Encryption by default ------------------------------------------------------------------- */

struct pail_s3_encryption_rule {
    struct pail_str sse;        /* "AES256", "aws:kms", "aws:kms:dsse" */
    struct pail_str kms_key_id; /* empty: the account's */
    bool bucket_key;
};
struct pail_s3_encryption {
    const struct pail_s3_encryption_rule *rules; /* S3 takes one */
    size_t n;
    void *impl;
};
/* GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption. */
PAIL_API void pail_s3_encryption_done(struct pail_s3_encryption *e);
PAIL_API PAIL_CHECK int pail_s3_encryption_get(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               struct pail_s3_encryption *ret,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_encryption_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             struct pail_s3_encryption *ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_encryption_put(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               const struct pail_s3_encryption *encryption,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_encryption_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             const struct pail_s3_encryption *encryption, pail_done_fn *done,
                             void *ud, struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_encryption_delete(struct pail_s3 *s3,
                                                  const struct pail_s3_bucket_args *args,
                                                  struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_encryption_delete_async(struct pail_s3 *s3,
                                                        const struct pail_s3_bucket_args *args,
                                                        pail_done_fn *done, void *ud,
                                                        struct pail_call **ret_call,
                                                        struct pail_error *err);

/* ---- Life cycle ------------------------------------------------------------------------------ */

/* Days after creation, or a date (midnight UTC); 0: not set. */
struct pail_s3_transition {
    uint32_t days;
    int64_t date_ns;
    struct pail_str storage_class;
};
struct pail_s3_noncurrent_transition {
    uint32_t days, newer_versions;
    struct pail_str storage_class;
};
struct pail_s3_lifecycle_rule {
    struct pail_str id;
    bool enabled;
    /* Which objects: all of these that are set; none: every object. */
    struct pail_str prefix;
    const struct pail_s3_tag *tags;
    size_t n_tags;
    uint64_t larger_than, smaller_than; /* 0: not set */
    bool old_form; /* get: the prefix stood outside of a filter; put: it shall */
    /* What happens. */
    const struct pail_s3_transition *transitions;
    size_t n_transitions;
    uint32_t expire_days;
    int64_t expire_date_ns;
    bool expire_delete_markers;
    const struct pail_s3_noncurrent_transition *noncurrent_transitions;
    size_t n_noncurrent_transitions;
    uint32_t noncurrent_expire_days, noncurrent_newer_versions;
    uint32_t abort_uploads_days;
};
struct pail_s3_lifecycle {
    const struct pail_s3_lifecycle_rule *rules;
    size_t n;
    void *impl;
};
/* GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration, DeleteBucketLifecycle. */
PAIL_API void pail_s3_lifecycle_done(struct pail_s3_lifecycle *l);
PAIL_API PAIL_CHECK int pail_s3_lifecycle_get(struct pail_s3 *s3,
                                              const struct pail_s3_bucket_args *args,
                                              struct pail_s3_lifecycle *ret,
                                              struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_lifecycle_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                            struct pail_s3_lifecycle *ret, pail_done_fn *done, void *ud,
                            struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_lifecycle_put(struct pail_s3 *s3,
                                              const struct pail_s3_bucket_args *args,
                                              const struct pail_s3_lifecycle *lifecycle,
                                              struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_lifecycle_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                            const struct pail_s3_lifecycle *lifecycle, pail_done_fn *done, void *ud,
                            struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_lifecycle_delete(struct pail_s3 *s3,
                                                 const struct pail_s3_bucket_args *args,
                                                 struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_lifecycle_delete_async(struct pail_s3 *s3,
                                                       const struct pail_s3_bucket_args *args,
                                                       pail_done_fn *done, void *ud,
                                                       struct pail_call **ret_call,
                                                       struct pail_error *err);

/* ---- Policy ---------------------------------------------------------------------------------- */

/* A policy document of IAM's language. */
struct pail_s3_policy {
    struct pail_str json;
    void *impl;
};
/* GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy. The JSON is not looked at here. */
PAIL_API void pail_s3_policy_done(struct pail_s3_policy *p);
PAIL_API PAIL_CHECK int pail_s3_policy_get(struct pail_s3 *s3,
                                           const struct pail_s3_bucket_args *args,
                                           struct pail_s3_policy *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_policy_get_async(struct pail_s3 *s3,
                                                 const struct pail_s3_bucket_args *args,
                                                 struct pail_s3_policy *ret, pail_done_fn *done,
                                                 void *ud, struct pail_call **ret_call,
                                                 struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_policy_put(struct pail_s3 *s3,
                                           const struct pail_s3_bucket_args *args,
                                           struct pail_str json, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_policy_put_async(struct pail_s3 *s3,
                                                 const struct pail_s3_bucket_args *args,
                                                 struct pail_str json, pail_done_fn *done, void *ud,
                                                 struct pail_call **ret_call,
                                                 struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_policy_delete(struct pail_s3 *s3,
                                              const struct pail_s3_bucket_args *args,
                                              struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_policy_delete_async(struct pail_s3 *s3,
                                                    const struct pail_s3_bucket_args *args,
                                                    pail_done_fn *done, void *ud,
                                                    struct pail_call **ret_call,
                                                    struct pail_error *err);

/* ---- Versioning ------------------------------------------------------------------------------ */

enum pail_s3_versioning_status {
    PAIL_S3_VERSIONING_NEVER,
    PAIL_S3_VERSIONING_ENABLED,
    PAIL_S3_VERSIONING_SUSPENDED
};
struct pail_s3_versioning {
    enum pail_s3_versioning_status status;
    enum pail_s3_choice mfa_delete; /* put: DEFAULT leaves it */
    struct pail_str mfa;            /* put, with mfa_delete: serial number, blank, code */
};
/* GetBucketVersioning, PutBucketVersioning. The result owns nothing. */
PAIL_API PAIL_CHECK int pail_s3_versioning_get(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               struct pail_s3_versioning *ret,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_versioning_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             struct pail_s3_versioning *ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_versioning_put(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               const struct pail_s3_versioning *versioning,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_versioning_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             const struct pail_s3_versioning *versioning, pail_done_fn *done,
                             void *ud, struct pail_call **ret_call, struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
