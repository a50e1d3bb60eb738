/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/resource_bucket.c - a bucket with its name, and waiting until it is there.
 *
 * Waiters are botocore's: BucketExists counts a 403 as success, because somebody has the bucket;
 * the answer that they wait for being absent, they ask at once and then after each delay. Files go
 * through a manager made for the call, as boto3's upload_file makes one: a manager kept in the
 * bucket would keep its threads between two calls that are hours apart.
 */
#include "transfer/resource.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"

#define WAIT_DELAY_S 5
#define WAIT_ATTEMPTS 20

int pail_bucket_new(struct pail_s3 *s3, struct pail_str name, struct pail_bucket **ret,
                    struct pail_error *err)
{
    if (!name.len)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "a bucket needs a name");
    struct pail_bucket *b = pail_zalloc(sizeof(*b) + name.len + 1);
    if (!b)
        return pail_error_nomem(err);
    atomic_init(&b->refs, 1);
    b->s3 = pail_s3_ref(s3);
    memcpy(b->text, name.ptr, name.len);
    b->name = pail_strn(b->text, name.len);
    *ret = b;
    return 0;
}

struct pail_bucket *pail_bucket_ref(struct pail_bucket *b)
{
    if (b)
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

struct pail_bucket *pail_bucket_unref(struct pail_bucket *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) {
        (void)pail_s3_unref(b->s3);
        pail_free(b);
    }
    return NULL;
}

const char *pail_bucket_name(const struct pail_bucket *b)
{
    return b->text;
}

struct pail_s3 *pail_bucket_s3(const struct pail_bucket *b)
{
    return b->s3;
}

int pail_bucket_create(struct pail_bucket *b, struct pail_error *err)
{
    return pail_s3_bucket_create(b->s3, NULL, b->name, err);
}

int pail_bucket_delete(struct pail_bucket *b, struct pail_error *err)
{
    return pail_s3_bucket_delete(b->s3, NULL, b->name, err);
}

static int bucket_exists(void *ud, bool *ret, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_bucket *b = ud;
    int rc = pail_s3_bucket_head(b->s3, NULL, b->name, NULL, &e);

    if (rc == PAIL_E_NO_BUCKET || rc == PAIL_E_NOT_FOUND) {
        *ret = false;
        return 0;
    }
    if (rc < 0 && rc != PAIL_E_ACCESS) {
        if (err)
            pail_error_copy(err, &e);
        return rc;
    }
    *ret = true;
    return 0;
}

int pail_bucket_exists(struct pail_bucket *b, bool *ret, struct pail_error *err)
{
    return bucket_exists(b, ret, err);
}

int pail_resource_wait(const char *waiter, bool exists, const struct pail_wait_options *options,
                       int (*ask)(void *ud, bool *ret, struct pail_error *err), void *ud,
                       struct pail_error *err)
{
    unsigned delay_s = options && options->delay_s ? options->delay_s : WAIT_DELAY_S;
    unsigned attempts = options && options->max_attempts ? options->max_attempts : WAIT_ATTEMPTS;

    for (unsigned i = 0; i < attempts; i++) {
        bool is = false;
        if (i > 0)
            pail_sleep_ns(delay_s * PAIL_NS_PER_S);
        int rc = ask(ud, &is, err);
        if (rc < 0 && err)
            pail_error_prefix(err, "Waiter %s failed", waiter);
        if (rc < 0 || is == exists)
            return rc;
    }
    return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_RETRIES_EXCEEDED,
                          "Waiter %s failed: Max attempts exceeded", waiter);
}

int pail_bucket_wait(struct pail_bucket *b, bool exists, const struct pail_wait_options *options,
                     struct pail_error *err)
{
    return pail_resource_wait(exists ? "BucketExists" : "BucketNotExists", exists, options,
                              bucket_exists, b, err);
}

int pail_bucket_region(struct pail_bucket *b, char ret[64], struct pail_error *err)
{
    return pail_s3_bucket_location(b->s3, NULL, b->name, ret, err);
}

int pail_bucket_created(struct pail_bucket *b, int64_t *ret_ns, struct pail_error *err)
{
    return pail_s3_bucket_load(b->s3, NULL, b->name, ret_ns, err);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static const struct pail_file_options no_options;

int pail_bucket_upload(struct pail_bucket *b, const char *path, struct pail_str key,
                       const struct pail_file_options *options, struct pail_error *err)
{
    const struct pail_file_options *o = options ? options : &no_options;
    struct pail_upload_args args = {.bucket = b->name,
                                    .key = key,
                                    .path = path,
                                    .access = o->access,
                                    .progress = o->progress,
                                    .progress_ud = o->progress_ud};
    struct pail_transfers *m = NULL;

    if (o->attributes)
        args.attributes = *o->attributes;
    int rc = pail_transfers_new(b->s3, o->config, &m, err);
    if (rc == 0)
        rc = pail_upload(m, &args, NULL, err);
    pail_transfers_free(m);
    return rc;
}

int pail_bucket_download(struct pail_bucket *b, struct pail_str key, const char *path,
                         const struct pail_file_options *options, struct pail_error *err)
{
    const struct pail_file_options *o = options ? options : &no_options;
    struct pail_download_args args = {.bucket = b->name,
                                      .key = key,
                                      .path = path,
                                      .access = o->access,
                                      .progress = o->progress,
                                      .progress_ud = o->progress_ud};
    struct pail_transfers *m = NULL;

    int rc = pail_transfers_new(b->s3, o->config, &m, err);
    if (rc == 0)
        rc = pail_download(m, &args, NULL, err);
    pail_transfers_free(m);
    return rc;
}
