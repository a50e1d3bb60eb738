/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3_tags.h - tags of buckets and objects. As in <pail/s3.h>; `put` replaces all of them. A
 * bucket without tags fails with PAIL_E_NOT_FOUND, an object without tags has none.
 */
#ifndef PAIL_S3_TAGS_H
#define PAIL_S3_TAGS_H

#include <pail/s3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which bucket, or object; part of the calls here and in <pail/s3_bucket.h>, <pail/s3_acl.h>. */
struct pail_s3_bucket_args {
    struct pail_call_options call;
    struct pail_str bucket;
    struct pail_s3_access access;
};
struct pail_s3_object_args {
    struct pail_call_options call;
    struct pail_str bucket, key, version_id;
    struct pail_s3_access access;
};

/* Several texts. */
struct pail_s3_texts {
    const struct pail_str *v;
    size_t n;
};

/* Keys up to 128, values up to 256 characters. */
struct pail_s3_tag {
    struct pail_str key, value;
};
/* In the service's order. */
struct pail_s3_tags {
    const struct pail_s3_tag *tags;
    size_t n;
    void *impl;
};
/* Frees a result's tags. */
PAIL_API void pail_s3_tags_done(struct pail_s3_tags *t);

/* GetBucketTagging, PutBucketTagging, DeleteBucketTagging. At most 50 tags. */
PAIL_API PAIL_CHECK int pail_s3_bucket_tags_get(struct pail_s3 *s3,
                                                const struct pail_s3_bucket_args *args,
                                                struct pail_s3_tags *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_tags_get_async(struct pail_s3 *s3,
                                                      const struct pail_s3_bucket_args *args,
                                                      struct pail_s3_tags *ret, pail_done_fn *done,
                                                      void *ud, struct pail_call **ret_call,
                                                      struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_tags_put(struct pail_s3 *s3,
                                                const struct pail_s3_bucket_args *args,
                                                const struct pail_s3_tags *tags,
                                                struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_bucket_tags_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                              const struct pail_s3_tags *tags, pail_done_fn *done, void *ud,
                              struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_tags_delete(struct pail_s3 *s3,
                                                   const struct pail_s3_bucket_args *args,
                                                   struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_tags_delete_async(struct pail_s3 *s3,
                                                         const struct pail_s3_bucket_args *args,
                                                         pail_done_fn *done, void *ud,
                                                         struct pail_call **ret_call,
                                                         struct pail_error *err);

/* GetObjectTagging, PutObjectTagging, DeleteObjectTagging. At most 10 tags. */
PAIL_API PAIL_CHECK int pail_s3_object_tags_get(struct pail_s3 *s3,
                                                const struct pail_s3_object_args *args,
                                                struct pail_s3_tags *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_tags_get_async(struct pail_s3 *s3,
                                                      const struct pail_s3_object_args *args,
                                                      struct pail_s3_tags *ret, pail_done_fn *done,
                                                      void *ud, struct pail_call **ret_call,
                                                      struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_tags_put(struct pail_s3 *s3,
                                                const struct pail_s3_object_args *args,
                                                const struct pail_s3_tags *tags,
                                                struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_object_tags_put_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                              const struct pail_s3_tags *tags, pail_done_fn *done, void *ud,
                              struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_tags_delete(struct pail_s3 *s3,
                                                   const struct pail_s3_object_args *args,
                                                   struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_tags_delete_async(struct pail_s3 *s3,
                                                         const struct pail_s3_object_args *args,
                                                         pail_done_fn *done, void *ud,
                                                         struct pail_call **ret_call,
                                                         struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
