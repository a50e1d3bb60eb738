/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/resource.h - buckets and objects as things: what boto3's s3.Bucket and s3.Object are to its
 * client.
 *
 *     pail_bucket_new(s3, PAIL_STR("photos"), &bucket, &err);
 *     pail_bucket_object(bucket, PAIL_STR("2026/a.jpg"), &object, &err);
 *     pail_object_upload(object, "a.jpg", NULL, &err);
 *
 * A thin layer over <pail/s3.h> and <pail/transfer.h>, where each function has more to offer. All
 * of it blocks, except where it says that nothing is sent; not for done callbacks. Errors are those
 * of the operations below: PAIL_E_NOT_FOUND, PAIL_E_NO_BUCKET, PAIL_E_ACCESS and the others.
 *
 * Reference-counted: _new and pail_bucket_object give a reference that _unref takes back; a bucket
 * holds its client, an object its bucket. A bucket is immutable: any thread. An object remembers
 * what it learned of itself, and an iteration where it is: one thread at a time, each its own.
 *
 * Sizes and offsets in bytes, times in Unix nanoseconds, delays in seconds. Views that come in are
 * copied. Names and behaviour: boto3's Bucket, Object and ObjectSummary, and the S3 API Reference.
 */
#ifndef PAIL_RESOURCE_H
#define PAIL_RESOURCE_H

#include <pail/service.h>
#include <pail/transfer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_bucket;
struct pail_object;
struct pail_objects; /* an iteration over objects */

/* ---- Buckets --------------------------------------------------------------------------------- */

/* Sends nothing; whether there is such a bucket is not looked at. PAIL_E_INVALID: no name. */
PAIL_API PAIL_CHECK int pail_bucket_new(struct pail_s3 *s3, struct pail_str name,
                                        struct pail_bucket **ret, struct pail_error *err);
PAIL_API struct pail_bucket *pail_bucket_ref(struct pail_bucket *b);
PAIL_API struct pail_bucket *
pail_bucket_unref(struct pail_bucket *b); /* NULL is fine; gives NULL */
/* NUL-terminated; lives as long as the bucket. */
PAIL_API const char *pail_bucket_name(const struct pail_bucket *b);
/* Borrowed; lives as long as the bucket. */
PAIL_API struct pail_s3 *pail_bucket_s3(const struct pail_bucket *b);

/* In the client's region. PAIL_E_BUCKET_EXISTS. */
PAIL_API PAIL_CHECK int pail_bucket_create(struct pail_bucket *b, struct pail_error *err);
/* PAIL_E_BUCKET_NOT_EMPTY: see pail_objects_delete. */
PAIL_API PAIL_CHECK int pail_bucket_delete(struct pail_bucket *b, struct pail_error *err);
/* A bucket that others own and do not let us see exists, too. */
PAIL_API PAIL_CHECK int pail_bucket_exists(struct pail_bucket *b, bool *ret,
                                           struct pail_error *err);
/* Until it is there, or is not. options NULL: every 5 s, 20 times. PAIL_E_RETRIES_EXCEEDED,
 * "Waiter BucketExists failed: Max attempts exceeded"; any other error ends the wait. */
PAIL_API PAIL_CHECK int pail_bucket_wait(struct pail_bucket *b, bool exists,
                                         const struct pail_wait_options *options,
                                         struct pail_error *err);
/* "eu-west-1", NUL-terminated. */
PAIL_API PAIL_CHECK int pail_bucket_region(struct pail_bucket *b, char ret[64],
                                           struct pail_error *err);
/* boto3's creation_date; PAIL_E_NO_BUCKET where it is none of this account's. */
PAIL_API PAIL_CHECK int pail_bucket_created(struct pail_bucket *b, int64_t *ret_ns,
                                            struct pail_error *err);

/* ---- Objects of a bucket --------------------------------------------------------------------- */

/* What to go over: boto3's objects.filter(Prefix=...).limit(...).page_size(...). All zero: all. */
struct pail_objects_options {
    struct pail_str prefix;
    struct pail_str start_after; /* keys behind this one */
    uint64_t limit;              /* at most so many objects; 0: no limit */
    unsigned page_size;          /* objects a request; 0: 1000, which is the most */
    struct pail_s3_access access;
};
/* Sends nothing. options may be NULL; copied. Of access only who pays and whose
 * bucket it is count. */
PAIL_API PAIL_CHECK int pail_bucket_objects(struct pail_bucket *b,
                                            const struct pail_objects_options *options,
                                            struct pail_objects **ret, struct pail_error *err);
PAIL_API struct pail_objects *
pail_objects_free(struct pail_objects *it); /* NULL is fine; gives NULL */
/* The next object, in byte order of keys; *ret NULL: there are no more. It is valid until the next
 * call with this iteration. A request where a page is at its end. After an error the same page is
 * asked for again. */
PAIL_API PAIL_CHECK int pail_objects_next(struct pail_objects *it, const struct pail_s3_entry **ret,
                                          struct pail_error *err);
/* What is left of the page at hand, or the next page: *ret_n objects, 0: there are no more. Valid
 * until the next call with this iteration. */
PAIL_API PAIL_CHECK int pail_objects_page(struct pail_objects *it, const struct pail_s3_entry **ret,
                                          size_t *ret_n, struct pail_error *err);
/* Deletes all that the iteration would still give, a request for each page (DeleteObjects). The
 * first key that the service keeps ends it after its page, with its error. *ret_n (may be NULL)
 * tells how many are gone, after a failure too. Versions stay in buckets that keep them. */
PAIL_API PAIL_CHECK int pail_objects_delete(struct pail_objects *it, uint64_t *ret_n,
                                            struct pail_error *err);
/* The same for everything whose key begins with prefix; empty: the whole bucket. */
PAIL_API PAIL_CHECK int pail_bucket_delete_below(struct pail_bucket *b, struct pail_str prefix,
                                                 uint64_t *ret_n, struct pail_error *err);

/* ---- An object ------------------------------------------------------------------------------- */

/* Sends nothing. PAIL_E_INVALID: no key. */
PAIL_API PAIL_CHECK int pail_bucket_object(struct pail_bucket *b, struct pail_str key,
                                           struct pail_object **ret, struct pail_error *err);
PAIL_API struct pail_object *pail_object_ref(struct pail_object *o);
PAIL_API struct pail_object *
pail_object_unref(struct pail_object *o); /* NULL is fine; gives NULL */
/* Lives as long as the object; followed by a NUL. */
PAIL_API struct pail_str pail_object_key(const struct pail_object *o);
/* Borrowed. */
PAIL_API struct pail_bucket *pail_object_bucket(const struct pail_object *o);

/* What the service tells of it (HeadObject), asked for when nothing is known, and remembered until
 * pail_object_load or a change through this struct pail_object. *ret is borrowed, and valid until
 * then. */
PAIL_API PAIL_CHECK int pail_object_attributes(struct pail_object *o,
                                               const struct pail_s3_object **ret,
                                               struct pail_error *err);
/* Asks, whatever is known. After a failure nothing is. */
PAIL_API PAIL_CHECK int pail_object_load(struct pail_object *o, struct pail_error *err);
/* Always asks. */
PAIL_API PAIL_CHECK int pail_object_exists(struct pail_object *o, bool *ret,
                                           struct pail_error *err);
/* As pail_bucket_wait: "Waiter ObjectExists failed: ...". */
PAIL_API PAIL_CHECK int pail_object_wait(struct pail_object *o, bool exists,
                                         const struct pail_wait_options *options,
                                         struct pail_error *err);

/* All of it into memory: *ret_n bytes and a NUL, freed with pail_s3_free. PAIL_E_TOO_BIG: more than
 * max. What it is told of the object is remembered, as by pail_object_load. */
PAIL_API PAIL_CHECK int pail_object_get(struct pail_object *o, size_t max, char **ret,
                                        size_t *ret_n, struct pail_error *err);
/* The same for [offset, offset + length), clipped at the object's end; length UINT64_MAX: to the
 * end. PAIL_E_RANGE: it begins behind it. */
PAIL_API PAIL_CHECK int pail_object_get_range(struct pail_object *o, uint64_t offset,
                                              uint64_t length, size_t max, char **ret,
                                              size_t *ret_n, struct pail_error *err);
/* One PutObject, up to 5 GiB. attributes may be NULL. */
PAIL_API PAIL_CHECK int pail_object_put(struct pail_object *o, struct pail_bytes data,
                                        const struct pail_s3_attributes *attributes,
                                        struct pail_error *err);
/* What is not there is deleted with success. */
PAIL_API PAIL_CHECK int pail_object_delete(struct pail_object *o, struct pail_error *err);
/* Inside of S3, any size, in parts where it is large; attributes and tags come along. The source
 * may be another client's, which is asked for its size; this one's credentials must be able to read
 * it. */
PAIL_API PAIL_CHECK int pail_object_copy_from(struct pail_object *o, struct pail_object *source,
                                              struct pail_error *err);
/* URLs that anybody can use for expires_s seconds (0: 3600; at most 604,800); freed with
 * pail_s3_free. Nothing is sent but what finding credentials takes. */
PAIL_API PAIL_CHECK int pail_object_presign_get(struct pail_object *o, uint32_t expires_s,
                                                char **ret, struct pail_error *err);
PAIL_API PAIL_CHECK int pail_object_presign_put(struct pail_object *o, uint32_t expires_s,
                                                char **ret, struct pail_error *err);

/* ---- Files ----------------------------------------------------------------------------------- */

/* boto3's Config, ExtraArgs and Callback. All zero: defaults. Borrowed during the call. */
struct pail_file_options {
    const struct pail_transfer_config *config;
    const struct pail_s3_attributes *attributes; /* of uploads */
    struct pail_s3_access access;
    pail_progress_fn *progress; /* on library threads, perhaps several at once */
    void *progress_ud;
};
/* A file of any size, as pail_upload and pail_download do it; options may be NULL. The file is
 * replaced when the download is complete. */
PAIL_API PAIL_CHECK int pail_object_upload(struct pail_object *o, const char *path,
                                           const struct pail_file_options *options,
                                           struct pail_error *err);
PAIL_API PAIL_CHECK int pail_object_download(struct pail_object *o, const char *path,
                                             const struct pail_file_options *options,
                                             struct pail_error *err);
/* boto3's bucket.upload_file and download_file. */
PAIL_API PAIL_CHECK int pail_bucket_upload(struct pail_bucket *b, const char *path,
                                           struct pail_str key,
                                           const struct pail_file_options *options,
                                           struct pail_error *err);
PAIL_API PAIL_CHECK int pail_bucket_download(struct pail_bucket *b, struct pail_str key,
                                             const char *path,
                                             const struct pail_file_options *options,
                                             struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
