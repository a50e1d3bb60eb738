/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/s3.h - Amazon S3 and what speaks its protocol.
 *
 * Each operation has a blocking form and an _async form (see <pail/call.h>); the blocking form is
 * the other one and a wait. Arguments are structs that may be zero-initialised; views in them are
 * copied before the call returns, except bodies and destinations, which must live until done.
 * Results are structs of the caller, valid until their _done function is called, and filled before
 * done runs. A result of a failed call is zeroed and needs no _done. Clients: any thread; an
 * arguments or result struct: one at a time. Blocking forms are not for done callbacks.
 *
 * ETags are passed and returned as S3 writes them, with quotes. Sizes and offsets in bytes. Times
 * in Unix nanoseconds. Names of operations, headers and errors: the S3 API Reference. Keys are
 * bytes; nothing is normalised.
 */
#ifndef PAIL_S3_H
#define PAIL_S3_H

#include <pail/call.h>
#include <pail/session.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_s3; /* client: session + addressing rules; immutable; any thread; reference-counted */

enum pail_s3_addressing { PAIL_S3_AUTO, PAIL_S3_VIRTUAL, PAIL_S3_PATH };
enum pail_s3_choice { PAIL_S3_DEFAULT, PAIL_S3_ON, PAIL_S3_OFF };
enum pail_s3_when { PAIL_S3_WHEN_DEFAULT, PAIL_S3_WHEN_SUPPORTED, PAIL_S3_WHEN_REQUIRED };

struct pail_s3_options {
    size_t size;
    const char *endpoint_url; /* NULL: the session's */
    const char *region; /* NULL: the session's; "us-east-1" for custom endpoints without any */
    enum pail_s3_addressing addressing; /* AUTO: profile's setting, else as botocore decides */
    bool requester_pays;
    const char *expected_bucket_owner;
    /* DEFAULT: the environment's or profile's setting of that name, else botocore's. */
    enum pail_s3_choice fips, dualstack, accelerate;
    enum pail_s3_choice us_east_1_regional; /* OFF: us-east-1 is s3.amazonaws.com */
    enum pail_s3_choice use_arn_region;     /* OFF: ARNs of other regions are refused */
    enum pail_s3_choice multi_region_access_points;
    enum pail_s3_choice express_sessions; /* OFF: directory buckets are signed for like others */
    enum pail_s3_choice payload_signing;  /* SHA-256 of bodies in signatures */
    /* Without payload_signing: a checksum in a signed header is enough over plain http too, and
     * bodies are not hashed. */
    bool checksums_suffice;
    enum pail_s3_when request_checksums, response_checksums;
    /* Let the service look at a request before its body is sent (Expect: 100-continue), for a round
     * trip. ON: always, as boto3 does; DEFAULT: bodies above 1 MiB that go to AWS. */
    enum pail_s3_choice expect_continue;
};
#ifdef __cplusplus
#define PAIL_S3_OPTIONS_INIT                                                                       \
    {                                                                                              \
        sizeof(struct pail_s3_options)                                                             \
    }
#else
#define PAIL_S3_OPTIONS_INIT                                                                       \
    {                                                                                              \
        .size = sizeof(struct pail_s3_options)                                                     \
    }
#endif

/* opt may be NULL; copied. Holds the session. Sends nothing. PAIL_E_CONFIG, PAIL_E_INVALID: options
 * that exclude each other, a bad endpoint URL. That no region is known (PAIL_E_NO_REGION) is found
 * by the first operation. */
PAIL_API PAIL_CHECK int pail_s3_new(struct pail_session *session, const struct pail_s3_options *opt,
                                    struct pail_s3 **ret, struct pail_error *err);
/* Another reference; returns s3. */
PAIL_API struct pail_s3 *pail_s3_ref(struct pail_s3 *s3);
/* Calls under way go on. Returns NULL, accepts NULL. */
PAIL_API struct pail_s3 *pail_s3_unref(struct pail_s3 *s3);

/* ---- What an object is ----------------------------------------------------------------------- */

struct pail_s3_meta {
    struct pail_str name;  /* lower case, without "x-amz-meta-" */
    struct pail_str value; /* as sent; RFC 2047 words decoded on receipt */
};

/* What answers tell of an object. Unknown: empty views, size UINT64_MAX, times 0. */
struct pail_s3_object {
    struct pail_str etag, version_id, content_type, content_encoding, cache_control,
        content_disposition, content_language, storage_class, restore, checksum_type;
    /* "x-amz-checksum-crc64nvme" -> value, whichever the answer had */
    struct pail_str checksum_name, checksum_value;
    uint64_t size; /* of the whole object, also for a ranged GET */
    int64_t mtime_ns;
    bool delete_marker;
    const struct pail_s3_meta *meta;
    size_t n_meta;
    void *impl; /* owns the views */
};
/* Frees what the views point to, and zeroes the struct; a zeroed one is fine. So do all functions
 * of this name. */
PAIL_API void pail_s3_object_done(struct pail_s3_object *o);
/* An independent copy. */
PAIL_API PAIL_CHECK int pail_s3_object_copy(struct pail_s3_object *to,
                                            const struct pail_s3_object *from,
                                            struct pail_error *err);

/* What PutObject, CopyObject and CreateMultipartUpload set. Empty: not sent. */
struct pail_s3_attributes {
    struct pail_str content_type, content_encoding, cache_control, content_disposition,
        content_language, storage_class, acl, tagging, sse, sse_kms_key_id;
    const struct pail_s3_meta *meta;
    size_t n_meta;
    struct pail_str expires;          /* an HTTP date */
    struct pail_str website_redirect; /* a path, or a URL */
    /* id="...", uri="...", emailAddress="...", separated by commas */
    struct pail_str grant_full_control, grant_read, grant_read_acp, grant_write_acp;
    struct pail_str sse_kms_context; /* base64 of a JSON object of strings */
    enum pail_s3_choice bucket_key;  /* with SSE-KMS */
    struct pail_str lock_mode;       /* "GOVERNANCE", "COMPLIANCE" */
    struct pail_str lock_until;      /* "2030-01-01T00:00:00Z" */
    struct pail_str legal_hold;      /* "ON", "OFF" */
};

/* Who pays, whose bucket it must be, and keys of one's own (SSE-C). Part of every operation on an
 * object; all zero: as the client's options say. */
struct pail_s3_access {
    struct pail_bytes sse_c_key; /* 32 bytes: AES256, of the object that is written or read */
    struct pail_bytes source_sse_c_key; /* of the source of a copy */
    bool requester_pays;
    struct pail_str expected_owner, source_expected_owner; /* account numbers */
};

/* DEFAULT: CRC32 where the client's request_checksums wants one. */
enum pail_s3_checksum {
    PAIL_S3_CHECKSUM_DEFAULT,
    PAIL_S3_CRC32,
    PAIL_S3_CRC32C,
    PAIL_S3_CRC64NVME,
    PAIL_S3_SHA1,
    PAIL_S3_SHA256
};

/* The body of an upload: either memory (data), or read at positions, which makes repeating it
 * possible. */
struct pail_s3_body {
    const struct pail_bytes *segments; /* in order; the array and the bytes live until done */
    size_t n_segments;
    /* used when segments is NULL; called on a library thread, must not block for long. Returns 0
     * and the bytes read, at least 1 before the end. */
    int (*read)(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                struct pail_error *err);
    void *ud;
    uint64_t length;
    /* May be NULL. Told (on a library thread, must not block) that [offset, offset + n) goes on its
     * way; after a failed try offset starts at 0 again. */
    void (*sent)(void *ud, uint64_t offset, size_t n);
    enum pail_s3_checksum checksum;
    /* Base64, where it is known already; else it is computed. Copied. */
    const char *checksum_value;
};

/* Where a download goes. write is called on a library thread, in order, and must not block; after a
 * failed try it starts again at offset 0 (offset counts from the first byte asked for). A negative
 * return ends the call with it. */
struct pail_s3_sink {
    /* Once per try, before the first write, when the answer's head is there; may be NULL. */
    int (*begin)(void *ud, const struct pail_s3_object *head, uint64_t body_length,
                 struct pail_error *err);
    int (*write)(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err);
    void *ud;
};

/* ---- Objects --------------------------------------------------------------------------------- */

/* if_match, if_none_match: ETags; empty views are not sent, here and below. version_id empty: the
 * newest. */
struct pail_s3_head_args {
    struct pail_call_options call;
    struct pail_str bucket, key, version_id, if_match, if_none_match;
    struct pail_s3_access access;
};
/* HeadObject. PAIL_E_NOT_FOUND, also for a bucket that is not there: a HEAD does not tell which.
 * PAIL_E_NOT_MODIFIED, PAIL_E_PRECONDITION with conditions. */
PAIL_API PAIL_CHECK int pail_s3_head(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                                     struct pail_s3_object *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_head_async(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                                           struct pail_s3_object *ret, pail_done_fn *done, void *ud,
                                           struct pail_call **ret_call, struct pail_error *err);

/* Conditions as in struct pail_s3_head_args. */
struct pail_s3_get_args {
    struct pail_call_options call;
    struct pail_str bucket, key, version_id, if_match, if_none_match;
    bool ranged;             /* ask for [offset, offset + length) only */
    uint64_t offset, length; /* length UINT64_MAX: to the end */
    struct pail_s3_access access;
};
/* GetObject. PAIL_E_NOT_FOUND, PAIL_E_NO_BUCKET, PAIL_E_RANGE, PAIL_E_ARCHIVED, PAIL_E_CHECKSUM:
 * what came is not what S3 has. ret may be NULL. */
PAIL_API PAIL_CHECK int pail_s3_get(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                                    const struct pail_s3_sink *sink, struct pail_s3_object *ret,
                                    struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_get_async(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                                          const struct pail_s3_sink *sink,
                                          struct pail_s3_object *ret, pail_done_fn *done, void *ud,
                                          struct pail_call **ret_call, struct pail_error *err);

struct pail_s3_put_args {
    struct pail_call_options call;
    struct pail_str bucket, key;
    struct pail_str if_match; /* an ETag */
    bool if_none_match;       /* "*": only if it does not exist */
    struct pail_s3_attributes attributes;
    struct pail_s3_access access;
};
struct pail_s3_put_result {
    char etag[128]; /* "" when the service did not say */
    char version_id[128];
};
/* PutObject, up to 5 GiB. With a condition the request is not repeated after its reply was lost:
 * err->retry is PAIL_RETRY_UNKNOWN_EFFECT and the caller must look. */
PAIL_API PAIL_CHECK int pail_s3_put(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                                    const struct pail_s3_body *body, struct pail_s3_put_result *ret,
                                    struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_put_async(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                                          const struct pail_s3_body *body,
                                          struct pail_s3_put_result *ret, pail_done_fn *done,
                                          void *ud, struct pail_call **ret_call,
                                          struct pail_error *err);

struct pail_s3_copy_args {
    struct pail_call_options call;
    struct pail_str bucket, key;
    struct pail_str source_bucket, source_key, source_version_id, source_if_match;
    struct pail_str if_match; /* of the destination; few services look at it */
    bool if_none_match;       /* of the destination */
    bool replace_attributes;  /* false: the source's metadata is kept */
    bool replace_tags;        /* attributes.tagging instead of the source's tags */
    /* Storage class, ACL, grants, encryption, lock and redirect count in any case. */
    struct pail_s3_attributes attributes;
    struct pail_s3_access access;
    enum pail_s3_checksum checksum; /* of the copy; DEFAULT: the source's */
};
/* One CopyObject: up to 5 GiB. The client's credentials must be able to read the source. */
PAIL_API PAIL_CHECK int pail_s3_copy(struct pail_s3 *s3, const struct pail_s3_copy_args *args,
                                     struct pail_s3_put_result *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_copy_async(struct pail_s3 *s3, const struct pail_s3_copy_args *args,
                                           struct pail_s3_put_result *ret, pail_done_fn *done,
                                           void *ud, struct pail_call **ret_call,
                                           struct pail_error *err);

/* version_id: this version for good; empty: the newest, which a bucket with versions keeps behind a
 * marker. if_match: an ETag. */
struct pail_s3_delete_args {
    struct pail_call_options call;
    struct pail_str bucket, key, version_id, if_match;
    struct pail_s3_access access;
};
/* DeleteObject. A key that is not there is success. */
PAIL_API PAIL_CHECK int pail_s3_delete(struct pail_s3 *s3, const struct pail_s3_delete_args *args,
                                       struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_delete_async(struct pail_s3 *s3,
                                             const struct pail_s3_delete_args *args,
                                             pail_done_fn *done, void *ud,
                                             struct pail_call **ret_call, struct pail_error *err);

/* DeleteObjects: up to 1000 keys. results[i] (NULL: not wanted) gets key i's error, code 0 where it
 * is gone. The call succeeds when the request did; look at the results. */
struct pail_s3_delete_many_args {
    struct pail_call_options call;
    struct pail_str bucket;
    const struct pail_str *keys;
    size_t n_keys;
    struct pail_s3_access access;
};
PAIL_API PAIL_CHECK int pail_s3_delete_many(struct pail_s3 *s3,
                                            const struct pail_s3_delete_many_args *args,
                                            struct pail_error *results, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_delete_many_async(struct pail_s3 *s3,
                                                  const struct pail_s3_delete_many_args *args,
                                                  struct pail_error *results, pail_done_fn *done,
                                                  void *ud, struct pail_call **ret_call,
                                                  struct pail_error *err);

/* ---- Listing --------------------------------------------------------------------------------- */

/* delimiter "/": what is below the next one is told as one prefix. start_after: a key.
 * continuation_token: next_token of the page before. */
struct pail_s3_list_args {
    struct pail_call_options call;
    struct pail_str bucket, prefix, delimiter, start_after, continuation_token;
    unsigned max_keys; /* 0: 1000 */
    struct pail_s3_access access;
};
struct pail_s3_entry {
    struct pail_str key, etag, storage_class;
    uint64_t size;
    int64_t mtime_ns;
    bool is_prefix; /* a common prefix; only key is set */
};
struct pail_s3_page {
    const struct pail_s3_entry *entries; /* keys and prefixes merged in byte order */
    size_t n;
    struct pail_str next_token; /* empty: the last page */
    void *impl;
};
/* Frees the entries. */
PAIL_API void pail_s3_page_done(struct pail_s3_page *p);
/* One page of ListObjectsV2. */
PAIL_API PAIL_CHECK int pail_s3_list(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                                     struct pail_s3_page *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_list_async(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                                           struct pail_s3_page *ret, pail_done_fn *done, void *ud,
                                           struct pail_call **ret_call, struct pail_error *err);

/* ListObjects, for services that do not know V2: the same arguments and results; the token is a
 * marker. */
PAIL_API PAIL_CHECK int pail_s3_list_v1(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                                        struct pail_s3_page *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_list_v1_async(struct pail_s3 *s3,
                                              const struct pail_s3_list_args *args,
                                              struct pail_s3_page *ret, pail_done_fn *done,
                                              void *ud, struct pail_call **ret_call,
                                              struct pail_error *err);

/* ---- Multipart uploads ----------------------------------------------------------------------- */

#define PAIL_S3_MIN_PART (UINT64_C(5) << 20)
#define PAIL_S3_MAX_PART (UINT64_C(5) << 30)
#define PAIL_S3_MAX_PARTS 10000u
#define PAIL_S3_MAX_COPY (UINT64_C(5) << 30)

/* NUL-terminated. */
struct pail_s3_upload_id {
    char id[1024];
};
struct pail_s3_mpu_create_args {
    struct pail_call_options call;
    struct pail_str bucket, key;
    struct pail_s3_attributes attributes;
    struct pail_s3_access access;
    enum pail_s3_checksum checksum; /* what all parts will have */
};
/* CreateMultipartUpload. What is uploaded is paid for until the upload is completed or aborted. */
PAIL_API PAIL_CHECK int pail_s3_mpu_create(struct pail_s3 *s3,
                                           const struct pail_s3_mpu_create_args *args,
                                           struct pail_s3_upload_id *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_mpu_create_async(struct pail_s3 *s3,
                                                 const struct pail_s3_mpu_create_args *args,
                                                 struct pail_s3_upload_id *ret, pail_done_fn *done,
                                                 void *ud, struct pail_call **ret_call,
                                                 struct pail_error *err);

struct pail_s3_part {
    unsigned number; /* 1 to 10,000 */
    char etag[128];
    char checksum[64];               /* base64; "" where none was sent */
    enum pail_s3_checksum algorithm; /* of checksum; DEFAULT: CRC32 */
};
/* number: 1 to 10,000; an earlier part of that number is replaced. */
struct pail_s3_mpu_part_args {
    struct pail_call_options call;
    struct pail_str bucket, key, upload_id;
    unsigned number;
    struct pail_s3_access access;
};
/* UploadPart: 5 MiB to 5 GiB, the last one any size. The body must live until done.
 * PAIL_E_NOT_FOUND: no such upload. */
PAIL_API PAIL_CHECK int pail_s3_mpu_part(struct pail_s3 *s3,
                                         const struct pail_s3_mpu_part_args *args,
                                         const struct pail_s3_body *body, struct pail_s3_part *ret,
                                         struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_mpu_part_async(struct pail_s3 *s3,
                                               const struct pail_s3_mpu_part_args *args,
                                               const struct pail_s3_body *body,
                                               struct pail_s3_part *ret, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);
/* UploadPartCopy. */
struct pail_s3_mpu_copy_args {
    struct pail_call_options call;
    struct pail_str bucket, key, upload_id;
    unsigned number;
    struct pail_str source_bucket, source_key, source_version_id, source_if_match;
    bool ranged;
    uint64_t offset, length;
    struct pail_s3_access access;
};
PAIL_API PAIL_CHECK int pail_s3_mpu_copy(struct pail_s3 *s3,
                                         const struct pail_s3_mpu_copy_args *args,
                                         struct pail_s3_part *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_mpu_copy_async(struct pail_s3 *s3,
                                               const struct pail_s3_mpu_copy_args *args,
                                               struct pail_s3_part *ret, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);
/* if_match, if_none_match: of the object that is there already, as for pail_s3_put. */
struct pail_s3_mpu_complete_args {
    struct pail_call_options call;
    struct pail_str bucket, key, upload_id;
    const struct pail_s3_part *parts; /* ascending numbers */
    size_t n_parts;
    struct pail_str if_match;
    bool if_none_match;
    struct pail_s3_access access;
};
/* Never repeated after a lost reply: see pail_s3_put. */
PAIL_API PAIL_CHECK int pail_s3_mpu_complete(struct pail_s3 *s3,
                                             const struct pail_s3_mpu_complete_args *args,
                                             struct pail_s3_put_result *ret,
                                             struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_mpu_complete_async(struct pail_s3 *s3, const struct pail_s3_mpu_complete_args *args,
                           struct pail_s3_put_result *ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err);
struct pail_s3_mpu_abort_args {
    struct pail_call_options call;
    struct pail_str bucket, key, upload_id;
    struct pail_s3_access access;
};
/* An upload that is gone already is success. */
PAIL_API PAIL_CHECK int pail_s3_mpu_abort(struct pail_s3 *s3,
                                          const struct pail_s3_mpu_abort_args *args,
                                          struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_mpu_abort_async(struct pail_s3 *s3,
                                                const struct pail_s3_mpu_abort_args *args,
                                                pail_done_fn *done, void *ud,
                                                struct pail_call **ret_call,
                                                struct pail_error *err);
/* One page of ListParts. */
struct pail_s3_listed_part {
    unsigned number;
    uint64_t size;
    int64_t mtime_ns;
    struct pail_str etag, checksum_crc32;
};
struct pail_s3_listed_parts {
    const struct pail_s3_listed_part *parts; /* by number */
    size_t n;
    unsigned next_marker; /* 0: the last page */
    void *impl;
};
struct pail_s3_mpu_parts_args {
    struct pail_call_options call;
    struct pail_str bucket, key, upload_id;
    unsigned marker; /* parts after this number */
    struct pail_s3_access access;
};
/* Frees the parts. */
PAIL_API void pail_s3_listed_parts_done(struct pail_s3_listed_parts *p);
PAIL_API PAIL_CHECK int pail_s3_mpu_parts(struct pail_s3 *s3,
                                          const struct pail_s3_mpu_parts_args *args,
                                          struct pail_s3_listed_parts *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_mpu_parts_async(struct pail_s3 *s3, const struct pail_s3_mpu_parts_args *args,
                        struct pail_s3_listed_parts *ret, pail_done_fn *done, void *ud,
                        struct pail_call **ret_call, struct pail_error *err);
/* One page of ListMultipartUploads, for clean-up tools. */
struct pail_s3_upload {
    struct pail_str key, upload_id;
    int64_t initiated_ns;
};
struct pail_s3_uploads {
    const struct pail_s3_upload *uploads;
    size_t n;
    struct pail_str next_key_marker, next_upload_id_marker; /* empty: the last page */
    void *impl;
};
struct pail_s3_mpu_list_args {
    struct pail_call_options call;
    struct pail_str bucket, prefix, key_marker, upload_id_marker;
};
/* Frees the uploads. */
PAIL_API void pail_s3_uploads_done(struct pail_s3_uploads *u);
PAIL_API PAIL_CHECK int pail_s3_mpu_list(struct pail_s3 *s3,
                                         const struct pail_s3_mpu_list_args *args,
                                         struct pail_s3_uploads *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_mpu_list_async(struct pail_s3 *s3,
                                               const struct pail_s3_mpu_list_args *args,
                                               struct pail_s3_uploads *ret, pail_done_fn *done,
                                               void *ud, struct pail_call **ret_call,
                                               struct pail_error *err);

/* ---- Buckets --------------------------------------------------------------------------------- */

struct pail_s3_bucket {
    struct pail_str name, region; /* region empty where the service does not tell */
    int64_t created_ns;
};
struct pail_s3_buckets {
    const struct pail_s3_bucket *buckets; /* by name */
    size_t n;
    void *impl;
    struct pail_str next_token; /* of a page; empty: the last one */
};
/* Frees the buckets. */
PAIL_API void pail_s3_buckets_done(struct pail_s3_buckets *b);
/* One page of ListBuckets. Services that know no pages answer all at once. */
struct pail_s3_buckets_args {
    struct pail_call_options call;
    struct pail_str prefix, region; /* empty: any */
    struct pail_str continuation_token;
    unsigned max_buckets; /* 0: 1000 */
};
PAIL_API PAIL_CHECK int pail_s3_buckets_page(struct pail_s3 *s3,
                                             const struct pail_s3_buckets_args *args,
                                             struct pail_s3_buckets *ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_buckets_page_async(struct pail_s3 *s3,
                                                   const struct pail_s3_buckets_args *args,
                                                   struct pail_s3_buckets *ret, pail_done_fn *done,
                                                   void *ud, struct pail_call **ret_call,
                                                   struct pail_error *err);
/* ListBuckets, all pages. Blocking: its pages have an asynchronous form. */
PAIL_API PAIL_CHECK int pail_s3_list_buckets(struct pail_s3 *s3,
                                             const struct pail_call_options *call,
                                             struct pail_s3_buckets *ret, struct pail_error *err);
/* CreateBucket, in the client's region. PAIL_E_BUCKET_EXISTS. call may be NULL, here and below. */
PAIL_API PAIL_CHECK int pail_s3_bucket_create(struct pail_s3 *s3,
                                              const struct pail_call_options *call,
                                              struct pail_str bucket, struct pail_error *err);
/* DeleteBucket. PAIL_E_BUCKET_NOT_EMPTY, PAIL_E_NO_BUCKET. */
PAIL_API PAIL_CHECK int pail_s3_bucket_delete(struct pail_s3 *s3,
                                              const struct pail_call_options *call,
                                              struct pail_str bucket, struct pail_error *err);
/* HeadBucket; *ret_region (may be NULL) is "" where the service does not tell. */
PAIL_API PAIL_CHECK int pail_s3_bucket_head(struct pail_s3 *s3,
                                            const struct pail_call_options *call,
                                            struct pail_str bucket, char ret_region[64],
                                            struct pail_error *err);
/* GetBucketLocation: "us-east-1" where S3 says nothing, NUL-terminated. */
PAIL_API PAIL_CHECK int pail_s3_bucket_location(struct pail_s3 *s3,
                                                const struct pail_call_options *call,
                                                struct pail_str bucket, char ret_region[64],
                                                struct pail_error *err);
/* The same as <pail/call.h> says; ret_region lives until done. */
PAIL_API PAIL_CHECK int pail_s3_bucket_create_async(struct pail_s3 *s3,
                                                    const struct pail_call_options *call,
                                                    struct pail_str bucket, pail_done_fn *done,
                                                    void *ud, struct pail_call **ret_call,
                                                    struct pail_error *err);
PAIL_API PAIL_CHECK int pail_s3_bucket_delete_async(struct pail_s3 *s3,
                                                    const struct pail_call_options *call,
                                                    struct pail_str bucket, pail_done_fn *done,
                                                    void *ud, struct pail_call **ret_call,
                                                    struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_bucket_head_async(struct pail_s3 *s3, const struct pail_call_options *call,
                          struct pail_str bucket, char ret_region[64], pail_done_fn *done, void *ud,
                          struct pail_call **ret_call, struct pail_error *err);
PAIL_API PAIL_CHECK int
pail_s3_bucket_location_async(struct pail_s3 *s3, const struct pail_call_options *call,
                              struct pail_str bucket, char ret_region[64], pail_done_fn *done,
                              void *ud, struct pail_call **ret_call, struct pail_error *err);
/* When a bucket of this account was created (boto3's Bucket.load); PAIL_E_NO_BUCKET where it is not
 * among them. */
PAIL_API PAIL_CHECK int pail_s3_bucket_load(struct pail_s3 *s3,
                                            const struct pail_call_options *call,
                                            struct pail_str bucket, int64_t *ret_created_ns,
                                            struct pail_error *err);

/* ---- Presigned URLs -------------------------------------------------------------------------- */

/* Not encoded yet. */
struct pail_s3_pair {
    struct pail_str name, value;
};
struct pail_s3_presign_args {
    const char *method; /* "GET", "PUT", "HEAD", "DELETE" */
    struct pail_str bucket, key, version_id;
    uint32_t expires_s; /* 0: 3600; at most 604,800 */
    /* GET: headers that the answer shall have. */
    struct pail_str response_content_type, response_content_language, response_expires,
        response_cache_control, response_content_disposition, response_content_encoding;
    /* Further parameters, such as partNumber and uploadId. */
    const struct pail_s3_pair *query;
    size_t n_query;
    /* Headers that are signed: whoever uses the URL must send them. */
    const struct pail_s3_pair *headers;
    size_t n_headers;
};
/* *ret is freed with pail_s3_free. SigV4 always. Blocks while credentials are found. */
PAIL_API PAIL_CHECK int pail_s3_presign(struct pail_s3 *s3, const struct pail_s3_presign_args *args,
                                        char **ret, struct pail_error *err);
/* Frees a text that this library gave. NULL is fine. */
PAIL_API void pail_s3_free(void *p);

/* ---- What was learned about the endpoint ----------------------------------------------------- */

enum pail_s3_etag_quotes { PAIL_S3_QUOTES_UNKNOWN, PAIL_S3_QUOTES_SENT, PAIL_S3_QUOTES_BARE };
/* Some services (Ceph before 20) compare If-Match on PutObject without quotes. Remembered by the
 * client once known; the file system's probe sets it. */
PAIL_API void pail_s3_set_etag_quotes(struct pail_s3 *s3, enum pail_s3_etag_quotes q);
/* Host (with port) that requests for this bucket go to, for messages; copied, NUL-terminated. */
PAIL_API void pail_s3_endpoint_of(struct pail_s3 *s3, struct pail_str bucket, char *dst,
                                  size_t cap);
/* Requests sent since the client was made, retries included. */
PAIL_API uint64_t pail_s3_requests_sent(const struct pail_s3 *s3);

#ifdef __cplusplus
}
#endif
#endif
