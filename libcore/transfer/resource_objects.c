/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/resource_objects.c - going over the objects of a bucket, and deleting them.
 *
 * One page is in memory. `at` is what was given of it; the token of the page behind it is copied
 * out before the page is freed, and stays until that page has come, so that a failed request can be
 * repeated. Deleting while listing is safe: a token of S3 means "keys behind this one".
 */
#include "transfer/resource.h"

#include "base/alloc.h"
#include "base/buf.h"

#define TOKEN_MAX (64 * 1024)
#define PAGE_MAX 1000 /* keys of one DeleteObjects, and of one listing */

struct pail_objects {
    struct pail_bucket *bucket;
    char *prefix, *start_after;
    size_t prefix_len, start_after_len;
    uint64_t left; /* of the limit */
    unsigned page_size;
    struct pail_s3_access access;
    char *expected_owner;
    struct pail_s3_page page;
    size_t at;
    struct pail_buf token;
    bool last; /* no page behind this one */
};

static int keep(char **ret, size_t *ret_len, struct pail_str v, struct pail_error *err)
{
    *ret_len = v.len;
    if (!v.len)
        return 0;
    *ret = pail_strndup(v);
    return *ret ? 0 : pail_error_nomem(err);
}

static int keep_options(struct pail_objects *it, const struct pail_objects_options *o,
                        struct pail_error *err)
{
    size_t owner_len = 0;
    int rc = keep(&it->prefix, &it->prefix_len, o->prefix, err);
    if (rc == 0)
        rc = keep(&it->start_after, &it->start_after_len, o->start_after, err);
    if (rc == 0)
        rc = keep(&it->expected_owner, &owner_len, o->access.expected_owner, err);
    if (o->limit)
        it->left = o->limit;
    if (o->page_size && o->page_size < PAGE_MAX)
        it->page_size = o->page_size;
    it->access.requester_pays = o->access.requester_pays;
    it->access.expected_owner = pail_strn(it->expected_owner, owner_len);
    return rc;
}

int pail_bucket_objects(struct pail_bucket *b, const struct pail_objects_options *options,
                        struct pail_objects **ret, struct pail_error *err)
{
    struct pail_objects *it = pail_zalloc(sizeof(*it));
    if (!it)
        return pail_error_nomem(err);
    pail_buf_init(&it->token, TOKEN_MAX);
    it->bucket = pail_bucket_ref(b);
    it->left = UINT64_MAX;
    it->page_size = PAGE_MAX;
    int rc = options ? keep_options(it, options, err) : 0;
    if (rc < 0) {
        (void)pail_objects_free(it);
        return rc;
    }
    *ret = it;
    return 0;
}

struct pail_objects *pail_objects_free(struct pail_objects *it)
{
    if (!it)
        return NULL;
    pail_s3_page_done(&it->page);
    pail_buf_done(&it->token);
    (void)pail_bucket_unref(it->bucket);
    pail_free(it->prefix);
    pail_free(it->start_after);
    pail_free(it->expected_owner);
    pail_free(it);
    return NULL;
}

static int fetch(struct pail_objects *it, struct pail_error *err)
{
    struct pail_s3_page page;
    struct pail_s3_list_args args = {
        .bucket = it->bucket->name,
        .prefix = pail_strn(it->prefix, it->prefix_len),
        .start_after = pail_strn(it->start_after, it->start_after_len),
        .continuation_token = pail_buf_view(&it->token),
        .max_keys = it->left < it->page_size ? (unsigned)it->left : it->page_size,
        .access = it->access,
    };
    int rc = pail_s3_list(it->bucket->s3, &args, &page, err);
    if (rc < 0)
        return rc;
    it->token.failed = PAIL_BUF_OK; /* an earlier try may have had no memory */
    /* Room first: after it nothing can fail, and the old token stays until then. */
    if (page.next_token.len && !pail_buf_reserve(&it->token, page.next_token.len)) {
        rc = pail_buf_check(&it->token, "continuation token", err);
        pail_s3_page_done(&page);
        return rc;
    }
    pail_buf_truncate(&it->token, 0);
    pail_buf_str(&it->token, page.next_token);
    it->last = !page.next_token.len;
    pail_s3_page_done(&it->page);
    it->page = page;
    it->at = 0;
    return 0;
}

int pail_objects_page(struct pail_objects *it, const struct pail_s3_entry **ret, size_t *ret_n,
                      struct pail_error *err)
{
    /* A page may be empty and not be the last one. */
    while (it->left && it->at == it->page.n && !it->last) {
        int rc = fetch(it, err);
        if (rc < 0)
            return rc;
    }
    size_t n = it->page.n - it->at;
    if (n > it->left)
        n = (size_t)it->left;
    *ret = n ? it->page.entries + it->at : NULL;
    *ret_n = n;
    it->at += n;
    it->left -= n;
    return 0;
}

int pail_objects_next(struct pail_objects *it, const struct pail_s3_entry **ret,
                      struct pail_error *err)
{
    size_t n;
    int rc = pail_objects_page(it, ret, &n, err);

    if (rc == 0 && n) { /* give back all but one */
        it->at -= n - 1;
        it->left += n - 1;
    }
    return rc;
}

/* ---- Delete ---------------------------------------------------------------------------------- */

struct batch {
    struct pail_str keys[PAGE_MAX];
    struct pail_error results[PAGE_MAX];
};

static int delete_page(struct pail_objects *it, struct batch *batch,
                       const struct pail_s3_entry *entries, size_t n, uint64_t *gone,
                       struct pail_error *err)
{
    struct pail_s3_delete_many_args args = {
        .bucket = it->bucket->name, .keys = batch->keys, .n_keys = n, .access = it->access};
    const struct pail_error *first = NULL;
    size_t which = 0;

    for (size_t i = 0; i < n; i++)
        batch->keys[i] = entries[i].key;
    int rc = pail_s3_delete_many(it->bucket->s3, &args, batch->results, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++) {
        if (batch->results[i].code && !first) {
            first = &batch->results[i];
            which = i;
        }
        *gone += !batch->results[i].code;
    }
    if (!first)
        return 0;
    rc = first->code;
    if (err) {
        pail_error_copy(err, first);
        pail_error_prefix(err, "s3://%.*s/%.*s", PAIL_STR_ARG(it->bucket->name),
                          PAIL_STR_ARG(batch->keys[which]));
    }
    return rc;
}

int pail_objects_delete(struct pail_objects *it, uint64_t *ret_n, struct pail_error *err)
{
    const struct pail_s3_entry *entries;
    uint64_t gone = 0;
    size_t n = 0;

    if (ret_n)
        *ret_n = 0;
    struct batch *batch = pail_alloc(sizeof(*batch));
    if (!batch)
        return pail_error_nomem(err);
    int rc;
    do {
        rc = pail_objects_page(it, &entries, &n, err);
        if (rc == 0 && n)
            rc = delete_page(it, batch, entries, n, &gone, err);
    } while (rc == 0 && n);
    pail_free(batch);
    if (ret_n)
        *ret_n = gone;
    return rc;
}

int pail_bucket_delete_below(struct pail_bucket *b, struct pail_str prefix, uint64_t *ret_n,
                             struct pail_error *err)
{
    struct pail_objects_options options = {.prefix = prefix};
    struct pail_objects *it = NULL;

    if (ret_n)
        *ret_n = 0;
    int rc = pail_bucket_objects(b, &options, &it, err);
    if (rc == 0)
        rc = pail_objects_delete(it, ret_n, err);
    (void)pail_objects_free(it);
    return rc;
}
