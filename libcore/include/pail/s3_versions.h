/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3_versions.h - versions of objects, and what is known of one beyond HeadObject. As in
 * <pail/s3.h>.
 */
#ifndef PAIL_S3_VERSIONS_H
#define PAIL_S3_VERSIONS_H

#include <pail/s3_tags.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- ListObjectVersions ---------------------------------------------------------------------- */

struct pail_s3_versions_args {
    struct pail_call_options call;
    struct pail_str bucket, prefix, delimiter, key_marker, version_id_marker;
    unsigned max_keys; /* 0: 1000 */
    struct pail_s3_access access;
};
struct pail_s3_version {
    struct pail_str key, version_id, etag, storage_class, owner_id;
    uint64_t size;
    int64_t mtime_ns;
    bool is_latest, is_delete_marker;
    bool is_prefix; /* a common prefix; only key is set */
};
struct pail_s3_versions {
    /* As the service orders them: by key, the newest first; prefixes last. */
    const struct pail_s3_version *versions;
    size_t n;
    struct pail_str next_key_marker, next_version_id_marker; /* empty: the last page */
    void *impl;
};
/* One page of ListObjectVersions. */
PAIL_API void pail_s3_versions_done(struct pail_s3_versions *v);
PAIL_API PAIL_CHECK int pail_s3_versions(struct pail_s3 *s3,
                                         const struct pail_s3_versions_args *args,
                                         struct pail_s3_versions *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_versions_async(struct pail_s3 *s3,
                                               const struct pail_s3_versions_args *args,
                                               struct pail_s3_versions *ret, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);

/* ---- GetObjectAttributes --------------------------------------------------------------------- */

struct pail_s3_checksums {
    struct pail_str crc32, crc32c, crc64nvme, sha1, sha256; /* base64; empty: none */
    struct pail_str type;                                   /* "FULL_OBJECT", "COMPOSITE" */
};
/* size in bytes; the checksums are of the part. */
struct pail_s3_object_part {
    unsigned number;
    uint64_t size;
    struct pail_s3_checksums checksums;
};
struct pail_s3_about {
    struct pail_str etag, version_id, storage_class;
    uint64_t size;    /* UINT64_MAX: not told */
    int64_t mtime_ns; /* 0: not told */
    bool delete_marker;
    struct pail_s3_checksums checksums;
    const struct pail_s3_object_part *parts; /* of a multipart upload, this page */
    size_t n_parts, total_parts;
    unsigned next_part_marker; /* 0: the last page */
    void *impl;
};
struct pail_s3_about_args {
    struct pail_s3_object_args object;
    unsigned max_parts, part_marker; /* 0: the service's, from the first */
};
/* GetObjectAttributes. */
PAIL_API void pail_s3_about_done(struct pail_s3_about *a);
PAIL_API PAIL_CHECK int pail_s3_about(struct pail_s3 *s3, const struct pail_s3_about_args *args,
                                      struct pail_s3_about *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_about_async(struct pail_s3 *s3,
                                            const struct pail_s3_about_args *args,
                                            struct pail_s3_about *ret, pail_done_fn *done, void *ud,
                                            struct pail_call **ret_call, struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
