/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/list.c - ListObjectsV2, the hot path of metadata.
 *
 * encoding-type=url is always asked for, because XML cannot carry every key. Services that do not
 * know it leave EncodingType out of their answer, which may come after the keys: texts are decoded
 * at the end, in place.
 *
 * S3 sends keys and common prefixes each in byte order; the page has them merged. Services that
 * order otherwise are sorted, so that callers may rely on it. A truncated page without a token to
 * go on from is an error, not the end of the listing.
 */
#include "s3/list.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/rows.h"

#define MAX_PAGE_BODY (32u << 20)

/* ---- Parsing ---- */

struct parse {
    struct pail_s3_rows rows;
    struct pail_str token, storage_class;
    bool in_contents, root_seen;
    bool v1; /* an answer to ListObjects */
};

static struct pail_s3_entry *entry_at(const struct pail_s3_rows *r, size_t i)
{
    return pail_s3_rows_at(r, i);
}

static int garbage(struct parse *p, const char *why, struct pail_str text, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s \"%.*s\"", why, PAIL_STR_ARG(text));
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct parse *p = ud;

    if (!p->root_seen && !pail_str_eq(path, PAIL_STR("ListBucketResult")))
        return garbage(p, "a document", path, err);
    p->root_seen = true;
    if (pail_str_eq(path, PAIL_STR("ListBucketResult/Contents"))) {
        if (!pail_s3_rows_add(&p->rows))
            return pail_error_nomem(err);
        p->in_contents = true;
    }
    return 0;
}

static int on_close(void *ud, struct pail_str path, struct pail_error *err)
{
    struct parse *p = ud;

    if (pail_str_eq(path, PAIL_STR("ListBucketResult/Contents")))
        p->in_contents = false;
    return 0;
}

static int on_contents(struct parse *p, struct pail_str name, struct pail_str text,
                       struct pail_error *err)
{
    struct pail_s3_entry *e = entry_at(&p->rows, p->rows.n - 1);

    if (pail_str_eq(name, PAIL_STR("Key"))) {
        e->key = pail_s3_arena_add(&p->rows.text, text);
    } else if (pail_str_eq(name, PAIL_STR("ETag"))) {
        e->etag = pail_s3_arena_etag(&p->rows.text, text);
    } else if (pail_str_eq(name, PAIL_STR("Size"))) {
        if (!pail_str_to_u64(text, &e->size))
            return garbage(p, "a size", text, err);
    } else if (pail_str_eq(name, PAIL_STR("LastModified"))) {
        if (pail_s3_parse_time(text, &e->mtime_ns, NULL) < 0)
            return garbage(p, "a time", text, err);
    } else if (pail_str_eq(name, PAIL_STR("StorageClass"))) {
        if (!pail_str_eq(p->storage_class, text)) /* mostly the same one */
            p->storage_class = pail_s3_arena_add(&p->rows.text, text);
        e->storage_class = p->storage_class;
    }
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    const struct pail_str root = PAIL_STR("ListBucketResult/"), contents = PAIL_STR("Contents/");
    struct parse *p = ud;

    if (!pail_str_starts(path, root)) { /* an empty listing of nothing but a root is none */
        if (!p->root_seen && !pail_str_eq(path, PAIL_STR("ListBucketResult")))
            return garbage(p, "a document", path, err);
        return 0;
    }
    struct pail_str name = pail_str_from(path, root.len);
    if (p->in_contents && pail_str_starts(name, contents))
        return on_contents(p, pail_str_from(name, contents.len), text, err);
    if (pail_str_eq(name, PAIL_STR("CommonPrefixes/Prefix"))) {
        struct pail_s3_entry *e = pail_s3_rows_add(&p->rows);
        if (!e)
            return pail_error_nomem(err);
        e->key = pail_s3_arena_add(&p->rows.text, text);
        e->is_prefix = true;
    } else if (pail_str_eq(name, PAIL_STR("NextContinuationToken"))) {
        p->token = pail_s3_arena_add(&p->rows.text, text);
    } else if (p->v1 && pail_str_eq(name, PAIL_STR("NextMarker"))) {
        p->token = pail_s3_arena_add(&p->rows.text, text);
    } else {
        (void)pail_s3_rows_field(&p->rows, name, text);
    }
    return 0;
}

/* ---- Order ---- */

static int compare(const struct pail_s3_entry *a, const struct pail_s3_entry *b)
{
    int c = pail_str_cmp(a->key, b->key);
    return c ? c : (int)a->is_prefix - (int)b->is_prefix;
}

static int compare_q(const void *a, const void *b)
{
    const struct pail_s3_entry *x = a, *y = b;
    int c = compare(x, y);
    /* Equal entries keep the order of the answer: their texts stand in it. */
    return c ? c : (x->key.ptr > y->key.ptr) - (x->key.ptr < y->key.ptr);
}

static bool in_order(const struct pail_s3_entry *e, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (compare(&e[i - 1], &e[i]) > 0)
            return false;
    }
    return true;
}

/* Keys and prefixes come one after the other, each in order: S3 puts the prefixes last. Merges from
 * the back into *to (n free entries); false when either is not in order. */
static bool merge(const struct pail_s3_entry *from, size_t n, struct pail_s3_entry *to)
{
    size_t split = 0;

    while (split < n && from[split].is_prefix == from[0].is_prefix)
        split++;
    if (!in_order(from, split) || !in_order(from + split, n - split))
        return false;
    for (size_t i = 0, a = 0, b = split; i < n; i++) {
        if (b == n || (a < split && compare(&from[a], &from[b]) <= 0))
            to[i] = from[a++];
        else
            to[i] = from[b++];
    }
    return true;
}

static int sort_rows(struct pail_s3_rows *r, struct pail_error *err)
{
    struct pail_s3_entry *rows = (struct pail_s3_entry *)r->ptr;

    if (in_order(rows, r->n))
        return 0;
    struct pail_s3_entry *merged = pail_reallocarray(NULL, r->n, sizeof(*merged));
    if (!merged)
        return pail_error_nomem(err);
    if (merge(rows, r->n, merged)) {
        pail_free(r->ptr);
        r->ptr = (char *)merged;
        r->cap = r->n;
        return 0;
    }
    pail_free(merged);
    qsort(rows, r->n, sizeof(*rows), compare_q);
    return 0;
}

static int finish(struct parse *p, struct pail_s3_page *ret, struct pail_error *err)
{
    struct pail_s3_rows *r = &p->rows;
    bool last_is_token = false;

    if (r->text.full)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "no room");
    if (!r->truncated_told)
        r->truncated = p->token.len > 0;
    if (p->v1 && r->truncated && p->token.len == 0 && r->n) /* told only with a delimiter */
        last_is_token = true;
    else if (p->v1 && r->url)
        pail_s3_arena_unurl(&p->token);
    if (r->truncated && p->token.len == 0 && !last_is_token)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "a truncated listing without a token to go on");
    for (size_t i = 0; i < r->n; i++) {
        if (entry_at(r, i)->key.len == 0)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "entry %zu without a key", i);
    }
    for (size_t i = 0; r->url && i < r->n; i++)
        pail_s3_arena_unurl(&entry_at(r, i)->key);
    int rc = sort_rows(r, err);
    if (rc < 0)
        return rc;
    if (last_is_token)
        p->token = entry_at(r, r->n - 1)->key;
    struct pail_s3_page page = {
        .entries = (struct pail_s3_entry *)r->ptr,
        .n = r->n,
        .next_token = r->truncated ? p->token : PAIL_STR(""),
    };
    rc = pail_s3_rows_give(r, &page.impl, err);
    if (rc == 0)
        *ret = page;
    return rc;
}

static int parse_as(struct pail_str body, bool v1, struct pail_s3_page *ret, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {
        .open = on_open, .leaf = on_leaf, .close = on_close};
    struct parse p = {.token = PAIL_STR(""), .v1 = v1};

    int rc = pail_s3_rows_init(&p.rows, sizeof(struct pail_s3_entry), body.len, err);
    if (rc == 0)
        rc = pail_s3_parse_xml(body, &handler, &p, err);
    if (rc == 0)
        rc = finish(&p, ret, err);
    pail_s3_rows_done(&p.rows);
    return rc;
}

int pail_s3_list_parse(struct pail_str body, struct pail_s3_page *ret, struct pail_error *err)
{
    return parse_as(body, false, ret, err);
}

void pail_s3_page_done(struct pail_s3_page *p)
{
    if (!p)
        return;
    pail_s3_rows_free(p->impl);
    *p = (struct pail_s3_page){0};
}

/* ---- The operation ---- */

struct list_op {
    struct pail_s3_op op;
    struct pail_s3_page *ret;
};

static struct list_op *list_of(struct pail_s3_op *op)
{
    return PAIL_CONTAINER(op, struct list_op, op);
}

static int parse_page(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    return pail_s3_list_parse(rs->body, list_of(op)->ret, err);
}

static int parse_page_v1(struct pail_s3_op *op, const struct pail_response *rs,
                         struct pail_error *err)
{
    return parse_as(rs->body, true, list_of(op)->ret, err);
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_page_done(list_of(op)->ret);
}

static const struct pail_s3_op_kind list_kind = {
    .name = "ListObjectsV2",
    .method = "GET",
    .size = sizeof(struct list_op),
    .xml = true,
    .on_bucket = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse_page,
    .drop = drop,
};

int pail_s3_list_async(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                       struct pail_s3_page *ret, pail_done_fn *done, void *ud,
                       struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_page){0};
    int rc = pail_s3_op_new(s3, &list_kind, args->bucket, args->prefix, &args->call, &op, err);
    if (rc < 0)
        return rc;
    list_of(op)->ret = ret;
    pail_s3_op_query(op, "list-type", PAIL_STR("2"));
    pail_s3_op_query(op, "prefix", args->prefix);
    if (args->delimiter.len)
        pail_s3_op_query(op, "delimiter", args->delimiter);
    if (args->start_after.len)
        pail_s3_op_query(op, "start-after", args->start_after);
    if (args->continuation_token.len)
        pail_s3_op_query(op, "continuation-token", args->continuation_token);
    if (args->max_keys)
        pail_s3_op_query_u64(op, "max-keys", args->max_keys);
    pail_s3_op_query(op, "encoding-type", PAIL_STR("url"));
    pail_s3_op_access(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_list(struct pail_s3 *s3, const struct pail_s3_list_args *args, struct pail_s3_page *ret,
                 struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_list_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

static const struct pail_s3_op_kind list_v1_kind = {
    .name = "ListObjects",
    .method = "GET",
    .size = sizeof(struct list_op),
    .xml = true,
    .on_bucket = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse_page_v1,
    .drop = drop,
};

int pail_s3_list_v1_async(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                          struct pail_s3_page *ret, pail_done_fn *done, void *ud,
                          struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_str marker = args->continuation_token.len ? args->continuation_token
                                                          : args->start_after;
    struct pail_s3_op *op;

    *ret = (struct pail_s3_page){0};
    int rc = pail_s3_op_new(s3, &list_v1_kind, args->bucket, args->prefix, &args->call, &op, err);
    if (rc < 0)
        return rc;
    list_of(op)->ret = ret;
    pail_s3_op_query(op, "prefix", args->prefix);
    if (args->delimiter.len)
        pail_s3_op_query(op, "delimiter", args->delimiter);
    if (marker.len)
        pail_s3_op_query(op, "marker", marker);
    if (args->max_keys)
        pail_s3_op_query_u64(op, "max-keys", args->max_keys);
    pail_s3_op_query(op, "encoding-type", PAIL_STR("url"));
    pail_s3_op_access(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_list_v1(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                    struct pail_s3_page *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_list_v1_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
