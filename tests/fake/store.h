/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/store.h - what the S3 model holds: bytes, objects, uploads, buckets.
 *
 * Blobs, ropes and objects are immutable once shared and counted atomically, so a response can be
 * sent from them without the model's lock, and copies, completed uploads and clones of the whole
 * store share bytes. Buckets and uploads belong to the model and are used under its lock.
 */
#ifndef PAIL_FAKE_STORE_H
#define PAIL_FAKE_STORE_H

#include "fake/digest.h"
#include "fake/index.h"
#include "fake/s3.h"

#include <stdatomic.h>

/* Contiguous bytes. */
struct fake_blob {
    atomic_uint refs;
    size_t n, cap;
    char *p;
};
/* A blob with n bytes to be filled; NULL: no memory. */
struct fake_blob *fake_blob_new(size_t n);
struct fake_blob *fake_blob_copy(const void *p, size_t n);
bool fake_blob_grow(struct fake_blob *b, size_t cap); /* only before it is shared */
struct fake_blob *fake_blob_ref(struct fake_blob *b);
void fake_blob_unref(struct fake_blob *b);

/* Bytes in pieces of blobs. */
struct fake_seg {
    struct fake_blob *blob;
    size_t off, n;
};
struct fake_rope {
    atomic_uint refs;
    uint64_t n;
    size_t n_segs;
    struct fake_seg segs[];
};
struct fake_rope *fake_rope_of(struct fake_blob *take_blob);
/* off and n must lie within r. */
struct fake_rope *fake_rope_slice(const struct fake_rope *r, uint64_t off, uint64_t n);
struct fake_rope *fake_rope_join(struct fake_rope *const *ropes, size_t n);
struct fake_rope *fake_rope_ref(struct fake_rope *r);
void fake_rope_unref(struct fake_rope *r);
void fake_rope_copy(const struct fake_rope *r, uint64_t off, size_t n, char *ret);
void fake_rope_hash(const struct fake_rope *r, enum fake_sum kind, uint8_t *ret);

/* A checksum as S3 shows it. */
struct fake_checksum {
    enum fake_sum kind;
    bool composite;
    char text[FAKE_SUM_TEXT];
};

struct fake_headers {
    struct fake_header *v;
    size_t n;
};
void fake_headers_add(struct fake_headers *h, const char *name, const char *value);
const char *fake_headers_get(const struct fake_headers *h, const char *name);
void fake_headers_copy(struct fake_headers *to, const struct fake_headers *from);
void fake_headers_done(struct fake_headers *h);

struct fake_object {
    atomic_uint refs;
    struct fake_rope *body;
    struct fake_blob *flat; /* made when somebody wants one piece; under the lock */
    char etag[48];          /* without quotes */
    bool has_md5;
    uint8_t md5[16]; /* of the body: known for single PUTs, else when first needed */
    struct fake_checksum sum;
    int64_t modified_ms;
    struct fake_headers headers; /* lower-case names */
    uint64_t *part_ends;         /* of a multipart upload */
    size_t n_parts;
};
struct fake_object *fake_object_new(struct fake_rope *take_body);
struct fake_object *fake_object_ref(struct fake_object *o);
void fake_object_unref(struct fake_object *o);

struct fake_part {
    unsigned number;
    uint8_t md5[16];
    struct fake_rope *body;
    struct fake_checksum sum;
    int64_t modified_ms;
};
struct fake_upload {
    char id[40];
    char *key;
    size_t key_len;
    struct fake_headers headers;
    enum fake_sum kind; /* asked for at creation */
    bool full_object;
    int64_t created_ms;
    struct fake_part *parts; /* by number */
    size_t n_parts, cap_parts;
};
/* Position of the part with this number, or where it would be. */
size_t fake_upload_seek(const struct fake_upload *u, unsigned number);
struct fake_part *fake_upload_part(const struct fake_upload *u, unsigned number);
void fake_upload_put(struct fake_upload *u, struct fake_part take_part);
void fake_upload_free(struct fake_upload *u);

/* A completed upload: Complete may be repeated. */
struct fake_ended {
    char etag[48];
    struct fake_checksum sum;
};

struct fake_bucket {
    char *name;
    int64_t created_ms;
    struct fake_index objects; /* key -> struct fake_object */
    struct fake_index uploads; /* key NUL id -> struct fake_upload */
    struct fake_index ended;   /* key NUL id -> struct fake_ended */
    struct fake_index configs; /* see config.c -> struct fake_blob */
};
struct fake_bucket *fake_bucket_new(const char *name, int64_t now_ms);
struct fake_bucket *fake_bucket_clone(const struct fake_bucket *b);
void fake_bucket_free(struct fake_bucket *b);
struct fake_object *fake_bucket_get(const struct fake_bucket *b,
                                    struct fake_view key); /* borrowed */
void fake_bucket_put(struct fake_bucket *b, struct fake_view key, struct fake_object *take_o);
bool fake_bucket_remove(struct fake_bucket *b, struct fake_view key);
/* Index key of an upload; the caller frees it. */
struct fake_view fake_upload_name(struct fake_view key, const char *id);

#endif
