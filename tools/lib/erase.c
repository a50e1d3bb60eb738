/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of a listing and a batch have the same size, so each page is deleted as it is, before the
 * next one is asked for: nothing is copied, and as many requests delete as list.
 */
#include "tools/lib/erase.h"

#include "base/alloc.h"
#include "base/macros.h"
#include "base/str.h"
#include "tools/lib/walk.h"

#define BATCH 1000

struct erase {
    struct pail_s3 *s3;
    struct pail_str bucket;
    size_t cut; /* of the keys: the prefix */
    const struct pail_erase_ops *ops;
    struct pail_str keys[BATCH];
    struct pail_error results[BATCH]; /* stay without errors in a dry run */
};

static void delete_alone(const struct erase *e, struct pail_str key, struct pail_error *ret)
{
    struct pail_s3_delete_args args = {.bucket = e->bucket, .key = key, .access = e->ops->access};
    *ret = (struct pail_error)PAIL_ERROR_INIT;
    (void)!pail_s3_delete(e->s3, &args, ret);
}

/* XML cannot carry every key: those are refused, one by one or, when there are no others, with the
 * whole batch. */
static bool is_refused(const struct pail_error *why)
{
    return why->domain == PAIL_D_USAGE && why->code == PAIL_E_INVALID;
}

static int delete_batch(struct erase *e, size_t n, struct pail_error *err)
{
    struct pail_s3_delete_many_args args = {
        .bucket = e->bucket, .keys = e->keys, .n_keys = n, .access = e->ops->access};
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = e->ops->dry_run ? 0 : pail_s3_delete_many(e->s3, &args, e->results, &why);
    if (rc && !is_refused(&why)) {
        pail_error_copy(err, &why);
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        struct pail_error *result = &e->results[i];
        if (rc || is_refused(result))
            delete_alone(e, e->keys[i], result);
        e->ops->told(e->ops->ud, e->keys[i], result->code ? result : NULL);
    }
    return 0;
}

/* 1: it is to go. */
static int takes(const struct erase *e, struct pail_str key, struct pail_error *err)
{
    if (!e->ops->takes)
        return 1;
    PAIL_AUTOFREE char *name = pail_strndup(pail_str_from(key, e->cut));
    if (!name)
        return pail_error_nomem(err);
    return e->ops->takes(e->ops->ud, name);
}

static int delete_page(void *ud, const struct pail_s3_page *page, struct pail_error *err)
{
    struct erase *e = ud;
    size_t n = 0;
    int rc = 0;
    for (size_t i = 0; i < page->n && rc >= 0; i++) {
        rc = takes(e, page->entries[i].key, err);
        if (rc > 0)
            e->keys[n++] = page->entries[i].key;
        if (rc >= 0)
            rc = n == BATCH || (n && i + 1 == page->n) ? delete_batch(e, n, err) : 0;
        n = n == BATCH ? 0 : n;
    }
    return rc;
}

int pail_erase(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
               const struct pail_erase_ops *ops, struct pail_error *err)
{
    struct pail_s3_list_args args = {
        .bucket = bucket, .prefix = prefix, .max_keys = ops->page_size, .access = ops->access};
    PAIL_AUTOFREE struct erase *e = pail_zalloc(sizeof(*e));
    if (!e)
        return pail_error_nomem(err);
    e->s3 = s3;
    e->bucket = bucket;
    e->cut = prefix.len;
    e->ops = ops;
    return pail_walk_list(s3, &args, delete_page, e, err);
}
