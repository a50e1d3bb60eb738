/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/buckets.c - ListBuckets: one page, and all of them.
 *
 * max-buckets is always sent: AWS then answers in pages and tells each bucket's region. Services
 * that do not know it answer everything at once and no token. The pages are kept until the last
 * one, then put together in one block and sorted.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"
#include "s3/answer.h"
#include "s3/rows.h"

#define PAGE 1000
#define MAX_PAGE_BODY (16u << 20)
#define MAX_PAGES 1000 /* a million buckets is S3's own limit */

struct buckets_op {
    struct pail_s3_op op;
    struct pail_s3_rows *rows; /* the page's; the caller's */
    struct pail_str *token;    /* into its texts */
    /* Of a page that is asked for by itself. */
    struct pail_s3_buckets *ret;
    struct pail_s3_rows own;
    struct pail_str own_token;
};

static struct pail_s3_bucket *bucket_at(const struct pail_s3_rows *r, size_t i)
{
    return pail_s3_rows_at(r, i);
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct buckets_op *b = ud;

    if (pail_str_eqz(path, "ListAllMyBucketsResult/Buckets/Bucket") && !pail_s3_rows_add(b->rows))
        return pail_error_nomem(err);
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct buckets_op *b = ud;
    const struct pail_str root = PAIL_STR("ListAllMyBucketsResult/"),
                          bucket = PAIL_STR("Buckets/Bucket/");

    if (!pail_str_starts(path, root))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a document \"%.*s\"",
                              PAIL_STR_ARG(path));
    struct pail_str name = pail_str_from(path, root.len);
    if (pail_str_eqz(name, "ContinuationToken"))
        *b->token = pail_s3_arena_add(&b->rows->text, text);
    if (!pail_str_starts(name, bucket) || b->rows->n == 0)
        return 0;
    struct pail_s3_bucket *last = bucket_at(b->rows, b->rows->n - 1);
    name = pail_str_from(name, bucket.len);
    if (pail_str_eqz(name, "Name"))
        last->name = pail_s3_arena_add(&b->rows->text, text);
    else if (pail_str_eqz(name, "BucketRegion"))
        last->region = pail_s3_arena_add(&b->rows->text, text);
    else if (pail_str_eqz(name, "CreationDate") &&
             pail_s3_parse_time(text, &last->created_ns, NULL) < 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a time \"%.*s\"",
                              PAIL_STR_ARG(text));
    return 0;
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.open = on_open, .leaf = on_leaf};
    struct buckets_op *b = PAIL_CONTAINER(op, struct buckets_op, op);

    *b->token = PAIL_STR("");
    int rc = pail_s3_rows_init(b->rows, sizeof(struct pail_s3_bucket), rs->body.len, err);
    if (rc == 0)
        rc = pail_s3_parse_xml(rs->body, &handler, b, err);
    for (size_t i = 0; rc == 0 && i < b->rows->n; i++) {
        if (bucket_at(b->rows, i)->name.len == 0)
            rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "bucket %zu without a name", i);
    }
    if (rc < 0)
        pail_s3_rows_done(b->rows);
    return rc;
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_rows_done(PAIL_CONTAINER(op, struct buckets_op, op)->rows);
}

static const struct pail_s3_op_kind buckets_kind = {
    .name = "ListBuckets",
    .method = "GET",
    .size = sizeof(struct buckets_op),
    .xml = true,
    .on_service = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse,
    .drop = drop,
};

static int get_page(struct pail_s3 *s3, const struct pail_call_options *call, struct pail_str from,
                    struct pail_s3_rows *ret, struct pail_str *ret_token, struct pail_error *err)
{
    struct pail_s3_op *op;
    struct pail_s3_wait w;

    int rc = pail_s3_op_new(s3, &buckets_kind, PAIL_STR(""), PAIL_STR(""), call, &op, err);
    if (rc < 0)
        return rc;
    struct buckets_op *b = PAIL_CONTAINER(op, struct buckets_op, op);
    b->rows = ret;
    b->token = ret_token;
    pail_s3_op_query_u64(op, "max-buckets", PAGE);
    if (from.len)
        pail_s3_op_query(op, "continuation-token", from);
    rc = pail_s3_op_submit(op, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- One page -------------------------------------------------------------------------------- */

static int parse_page(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct buckets_op *b = PAIL_CONTAINER(op, struct buckets_op, op);
    struct pail_s3_buckets page = {0};

    b->rows = &b->own;
    b->token = &b->own_token;
    int rc = parse(op, rs, err);
    if (rc < 0)
        return rc;
    page.buckets = (struct pail_s3_bucket *)b->own.ptr;
    page.n = b->own.n;
    page.next_token = b->own_token;
    rc = pail_s3_rows_give(&b->own, &page.impl, err);
    if (rc == 0)
        *b->ret = page;
    return rc;
}

static void drop_page(struct pail_s3_op *op)
{
    pail_s3_buckets_done(PAIL_CONTAINER(op, struct buckets_op, op)->ret);
}

static const struct pail_s3_op_kind page_kind = {
    .name = "ListBuckets",
    .method = "GET",
    .size = sizeof(struct buckets_op),
    .xml = true,
    .on_service = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse_page,
    .drop = drop_page,
};

int pail_s3_buckets_page_async(struct pail_s3 *s3, const struct pail_s3_buckets_args *args,
                               struct pail_s3_buckets *ret, pail_done_fn *done, void *ud,
                               struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_buckets){0};
    int rc = pail_s3_op_new(s3, &page_kind, PAIL_STR(""), PAIL_STR(""), &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct buckets_op, op)->ret = ret;
    pail_s3_op_query_u64(op, "max-buckets", args->max_buckets ? args->max_buckets : PAGE);
    if (args->prefix.len)
        pail_s3_op_query(op, "prefix", args->prefix);
    if (args->region.len)
        pail_s3_op_query(op, "bucket-region", args->region);
    if (args->continuation_token.len)
        pail_s3_op_query(op, "continuation-token", args->continuation_token);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_buckets_page(struct pail_s3 *s3, const struct pail_s3_buckets_args *args,
                         struct pail_s3_buckets *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_buckets_page_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const struct pail_s3_bucket *x = a, *y = b;
    return pail_str_cmp(x->name, y->name);
}

/* One block out of many pages. */
static int put_together(const struct pail_s3_rows *pages, struct pail_s3_buckets *ret,
                        struct pail_error *err)
{
    struct pail_s3_rows all;
    size_t text = 0;

    for (size_t i = 0; i < pages->n; i++)
        text += ((struct pail_s3_rows *)pail_s3_rows_at(pages, i))->text.len;
    int rc = pail_s3_rows_init(&all, sizeof(struct pail_s3_bucket), text, err);
    for (size_t i = 0; rc == 0 && i < pages->n; i++) {
        const struct pail_s3_rows *page = pail_s3_rows_at(pages, i);
        for (size_t k = 0; rc == 0 && k < page->n; k++) {
            const struct pail_s3_bucket *from = bucket_at(page, k);
            struct pail_s3_bucket *to = pail_s3_rows_add(&all);
            if (!to) {
                rc = pail_error_nomem(err);
                break;
            }
            to->name = pail_s3_arena_add(&all.text, from->name);
            to->region = pail_s3_arena_add(&all.text, from->region);
            to->created_ns = from->created_ns;
        }
    }
    if (rc < 0) {
        pail_s3_rows_done(&all);
        return rc;
    }
    if (all.n)
        qsort(all.ptr, all.n, sizeof(struct pail_s3_bucket), compare);
    struct pail_s3_buckets buckets = {.buckets = (struct pail_s3_bucket *)all.ptr, .n = all.n};
    rc = pail_s3_rows_give(&all, &buckets.impl, err);
    if (rc == 0)
        *ret = buckets;
    return rc;
}

int pail_s3_list_buckets(struct pail_s3 *s3, const struct pail_call_options *call,
                         struct pail_s3_buckets *ret, struct pail_error *err)
{
    struct pail_s3_rows pages;
    struct pail_str token = PAIL_STR("");

    *ret = (struct pail_s3_buckets){0};
    int rc = pail_s3_rows_init(&pages, sizeof(struct pail_s3_rows), 0, err);
    while (rc == 0) {
        if (pages.n == MAX_PAGES) {
            rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "ListBuckets: more than %d pages",
                                MAX_PAGES);
            break;
        }
        struct pail_s3_rows *page = pail_s3_rows_add(&pages);
        if (!page)
            rc = pail_error_nomem(err);
        else
            rc = get_page(s3, call, token, page, &token, err);
        if (rc < 0 || token.len == 0)
            break;
    }
    if (rc == 0)
        rc = put_together(&pages, ret, err);
    for (size_t i = 0; i < pages.n; i++)
        pail_s3_rows_done(pail_s3_rows_at(&pages, i));
    pail_s3_rows_done(&pages);
    return rc;
}

int pail_s3_bucket_load(struct pail_s3 *s3, const struct pail_call_options *call,
                        struct pail_str bucket, int64_t *ret_created_ns, struct pail_error *err)
{
    struct pail_s3_buckets all;
    bool found = false;

    int rc = pail_s3_list_buckets(s3, call, &all, err);
    for (size_t i = 0; rc == 0 && !found && i < all.n; i++) {
        found = pail_str_eq(all.buckets[i].name, bucket);
        if (found)
            *ret_created_ns = all.buckets[i].created_ns;
    }
    pail_s3_buckets_done(&all);
    if (rc == 0 && !found)
        rc = pail_error_set(err, PAIL_D_SERVICE, PAIL_E_NO_BUCKET,
                            "ListBuckets: %.*s is not among this account's buckets",
                            PAIL_STR_ARG(bucket));
    return rc;
}

void pail_s3_buckets_done(struct pail_s3_buckets *b)
{
    if (!b)
        return;
    pail_s3_rows_free(b->impl);
    *b = (struct pail_s3_buckets){0};
}
