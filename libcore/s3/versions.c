/* SPDX-License-Identifier: Apache-2.0 */
/* s3/versions.c - ListObjectVersions. */
#include <pail/s3_versions.h>

#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/rows.h"

#define MAX_PAGE_BODY (32u << 20)

struct versions_op {
    struct pail_s3_op op;
    struct pail_s3_versions *ret;
    /* of the answer */
    struct pail_s3_rows rows;
    struct pail_str key_marker, id_marker;
};

static struct pail_s3_version *version_at(const struct pail_s3_rows *r, size_t i)
{
    return pail_s3_rows_at(r, i);
}

static int garbage(const char *what, struct pail_str text, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s \"%.*s\"", what,
                          PAIL_STR_ARG(text));
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct versions_op *v = ud;
    bool marker = pail_str_eqz(path, "ListVersionsResult/DeleteMarker");

    if (!marker && !pail_str_eqz(path, "ListVersionsResult/Version"))
        return 0;
    struct pail_s3_version *row = pail_s3_rows_add(&v->rows);
    if (!row)
        return pail_error_nomem(err);
    row->is_delete_marker = marker;
    return 0;
}

static int on_field(struct versions_op *v, struct pail_str name, struct pail_str text,
                    struct pail_error *err)
{
    struct pail_s3_version *row = version_at(&v->rows, v->rows.n - 1);
    struct pail_s3_arena *a = &v->rows.text;

    if (pail_str_eqz(name, "Key"))
        row->key = pail_s3_arena_add(a, text);
    else if (pail_str_eqz(name, "VersionId"))
        row->version_id = pail_s3_arena_add(a, text);
    else if (pail_str_eqz(name, "ETag"))
        row->etag = pail_s3_arena_etag(a, text);
    else if (pail_str_eqz(name, "StorageClass"))
        row->storage_class = pail_s3_arena_add(a, text);
    else if (pail_str_eqz(name, "Owner/ID"))
        row->owner_id = pail_s3_arena_add(a, text);
    else if (pail_str_eqz(name, "IsLatest"))
        row->is_latest = pail_str_ieq(text, PAIL_STR("true"));
    else if (pail_str_eqz(name, "Size") && !pail_str_to_u64(text, &row->size))
        return garbage("a size", text, err);
    else if (pail_str_eqz(name, "LastModified") &&
             pail_s3_parse_time(text, &row->mtime_ns, NULL) < 0)
        return garbage("a time", text, err);
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    const struct pail_str root = PAIL_STR("ListVersionsResult/"), version = PAIL_STR("Version/"),
                          marker = PAIL_STR("DeleteMarker/");
    struct versions_op *v = ud;

    if (pail_str_eqz(path, "ListVersionsResult"))
        return 0;
    if (!pail_str_starts(path, root))
        return garbage("a document", path, err);
    struct pail_str name = pail_str_from(path, root.len);
    if (v->rows.n && pail_str_starts(name, version))
        return on_field(v, pail_str_from(name, version.len), text, err);
    if (v->rows.n && pail_str_starts(name, marker))
        return on_field(v, pail_str_from(name, marker.len), text, err);
    if (pail_str_eqz(name, "CommonPrefixes/Prefix")) {
        struct pail_s3_version *row = pail_s3_rows_add(&v->rows);
        if (!row)
            return pail_error_nomem(err);
        row->key = pail_s3_arena_add(&v->rows.text, text);
        row->is_prefix = true;
    } else if (pail_str_eqz(name, "NextKeyMarker")) {
        v->key_marker = pail_s3_arena_add(&v->rows.text, text);
    } else if (pail_str_eqz(name, "NextVersionIdMarker")) {
        v->id_marker = pail_s3_arena_add(&v->rows.text, text);
    } else {
        (void)pail_s3_rows_field(&v->rows, name, text);
    }
    return 0;
}

static int finish(struct versions_op *v, struct pail_error *err)
{
    struct pail_s3_rows *r = &v->rows;

    for (size_t i = 0; i < r->n; i++) {
        if (version_at(r, i)->key.len == 0)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "version %zu without a key", i);
        if (r->url)
            pail_s3_arena_unurl(&version_at(r, i)->key);
    }
    if (r->url)
        pail_s3_arena_unurl(&v->key_marker);
    if (r->truncated && v->key_marker.len == 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "a truncated listing without a marker to go on");
    struct pail_s3_versions versions = {
        .versions = (struct pail_s3_version *)r->ptr,
        .n = r->n,
        .next_key_marker = r->truncated ? v->key_marker : PAIL_STR(""),
        .next_version_id_marker = r->truncated ? v->id_marker : PAIL_STR(""),
    };
    int rc = pail_s3_rows_give(r, &versions.impl, err);
    if (rc == 0)
        *v->ret = versions;
    return rc;
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.open = on_open, .leaf = on_leaf};
    struct versions_op *v = PAIL_CONTAINER(op, struct versions_op, op);

    v->key_marker = v->id_marker = PAIL_STR("");
    int rc = pail_s3_rows_init(&v->rows, sizeof(struct pail_s3_version), rs->body.len, err);
    if (rc == 0)
        rc = pail_s3_parse_xml(rs->body, &handler, v, err);
    if (rc == 0)
        rc = finish(v, err);
    pail_s3_rows_done(&v->rows);
    return rc;
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_versions_done(PAIL_CONTAINER(op, struct versions_op, op)->ret);
}

static const struct pail_s3_op_kind versions_kind = {
    .name = "ListObjectVersions",
    .method = "GET",
    .size = sizeof(struct versions_op),
    .xml = true,
    .on_bucket = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse,
    .drop = drop,
};

static void opt_query(struct pail_s3_op *op, const char *name, struct pail_str value)
{
    if (value.len)
        pail_s3_op_query(op, name, value);
}

int pail_s3_versions_async(struct pail_s3 *s3, const struct pail_s3_versions_args *args,
                           struct pail_s3_versions *ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_versions){0};
    int rc = pail_s3_op_new(s3, &versions_kind, args->bucket, args->prefix, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct versions_op, op)->ret = ret;
    pail_s3_op_query(op, "versions", PAIL_STR(""));
    pail_s3_op_query(op, "encoding-type", PAIL_STR("url"));
    opt_query(op, "prefix", args->prefix);
    opt_query(op, "delimiter", args->delimiter);
    opt_query(op, "key-marker", args->key_marker);
    opt_query(op, "version-id-marker", args->version_id_marker);
    if (args->max_keys)
        pail_s3_op_query_u64(op, "max-keys", args->max_keys);
    pail_s3_op_access(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_versions(struct pail_s3 *s3, const struct pail_s3_versions_args *args,
                     struct pail_s3_versions *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_versions_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

void pail_s3_versions_done(struct pail_s3_versions *v)
{
    if (!v)
        return;
    pail_s3_rows_free(v->impl);
    *v = (struct pail_s3_versions){0};
}
