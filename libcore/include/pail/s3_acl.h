/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3_acl.h - access control lists of buckets and objects. As in <pail/s3.h>.
 */
#ifndef PAIL_S3_ACL_H
#define PAIL_S3_ACL_H

#include <pail/s3_tags.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who: an account (id), a group (uri), or an account by its address (email; put only). */
struct pail_s3_grant {
    struct pail_str id, display_name, uri, email;
    struct pail_str permission; /* "FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP" */
};
struct pail_s3_acl {
    struct pail_str owner_id, owner_name;
    const struct pail_s3_grant *grants;
    size_t n;
    void *impl;
};
/* One of: a canned ACL, grants as headers have them, or the whole list (acl). */
struct pail_s3_acl_put {
    struct pail_str canned; /* "private", "public-read", ... */
    struct pail_str grant_full_control, grant_read, grant_read_acp, grant_write, grant_write_acp;
    const struct pail_s3_acl *acl;
};
/* GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl. */
PAIL_API void pail_s3_acl_done(struct pail_s3_acl *a);
PAIL_API PAIL_CHECK int pail_s3_bucket_acl_get(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               struct pail_s3_acl *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_acl_get_async(struct pail_s3 *s3,
                                                     const struct pail_s3_bucket_args *args,
                                                     struct pail_s3_acl *ret, pail_done_fn *done,
                                                     void *ud, struct pail_call **ret_call,
                                                     struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_acl_put(struct pail_s3 *s3,
                                               const struct pail_s3_bucket_args *args,
                                               const struct pail_s3_acl_put *acl,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_bucket_acl_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             const struct pail_s3_acl_put *acl, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_acl_get(struct pail_s3 *s3,
                                               const struct pail_s3_object_args *args,
                                               struct pail_s3_acl *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_acl_get_async(struct pail_s3 *s3,
                                                     const struct pail_s3_object_args *args,
                                                     struct pail_s3_acl *ret, pail_done_fn *done,
                                                     void *ud, struct pail_call **ret_call,
                                                     struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_object_acl_put(struct pail_s3 *s3,
                                               const struct pail_s3_object_args *args,
                                               const struct pail_s3_acl_put *acl,
                                               struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_object_acl_put_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                             const struct pail_s3_acl_put *acl, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
