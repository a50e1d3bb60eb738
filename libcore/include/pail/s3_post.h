/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3_post.h - forms with which a web page uploads to a bucket: presigned POST, as boto3's
 * generate_presigned_post. As in <pail/s3.h>.
 */
#ifndef PAIL_S3_POST_H
#define PAIL_S3_POST_H

#include <pail/s3.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_s3_post_args {
    struct pail_str bucket;
    struct pail_str key; /* one that ends in "${filename}" allows every name that begins so */
    uint32_t expires_s;  /* 0: 3600; at most 604,800 */
    /* Fields of the form besides those made here ("acl", "Content-Type",
     * "success_action_redirect"). Each needs a condition. */
    const struct pail_s3_pair *fields;
    size_t n_fields;
    /* JSON texts, one a condition: {"acl": "public-read"}, ["content-length-range", 1, 1048576] */
    const struct pail_str *conditions;
    size_t n_conditions;
};
struct pail_s3_post {
    struct pail_str url;
    /* All of the form, in order; the file comes last, as "file". */
    const struct pail_s3_pair *fields;
    size_t n;
    void *impl;
};
/* Sends nothing. Blocks while credentials are found. Arguments are copied; the result is valid
 * until its _done. PAIL_E_INVALID: no bucket, a condition that is no JSON, expires_s beyond seven
 * days; PAIL_E_NO_CREDENTIALS. */
PAIL_API PAIL_CHECK int pail_s3_presign_post(struct pail_s3 *s3,
                                             const struct pail_s3_post_args *args,
                                             struct pail_s3_post *ret, struct pail_error *err);
/* Frees URL and fields. */
PAIL_API void pail_s3_post_done(struct pail_s3_post *p);

#ifdef __cplusplus
}
#endif
#endif
