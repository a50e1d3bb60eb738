/* SPDX-License-Identifier: Apache-2.0 */
/* s3/uploads.c - ListMultipartUploads: what clean-up tools look for. */
#include "base/str.h"
#include "s3/answer.h"
#include "s3/rows.h"

#define MAX_PAGE_BODY (16u << 20)

struct uploads_op {
    struct pail_s3_op op;
    struct pail_s3_uploads *ret;
    /* of the answer */
    struct pail_s3_rows rows;
    struct pail_str key_marker, id_marker;
};

static struct pail_s3_upload *upload_at(const struct pail_s3_rows *r, size_t i)
{
    return pail_s3_rows_at(r, i);
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct uploads_op *u = ud;

    if (pail_str_eqz(path, "ListMultipartUploadsResult/Upload") && !pail_s3_rows_add(&u->rows))
        return pail_error_nomem(err);
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct uploads_op *u = ud;
    const struct pail_str root = PAIL_STR("ListMultipartUploadsResult/");

    if (!pail_str_starts(path, root))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a document \"%.*s\"",
                              PAIL_STR_ARG(path));
    struct pail_str name = pail_str_from(path, root.len);
    if (pail_str_eqz(name, "NextKeyMarker")) {
        u->key_marker = pail_s3_arena_add(&u->rows.text, text);
    } else if (pail_str_eqz(name, "NextUploadIdMarker")) {
        u->id_marker = pail_s3_arena_add(&u->rows.text, text);
    } else if (!pail_s3_rows_field(&u->rows, name, text) && u->rows.n) {
        struct pail_s3_upload *last = upload_at(&u->rows, u->rows.n - 1);
        if (pail_str_eqz(name, "Upload/Key"))
            last->key = pail_s3_arena_add(&u->rows.text, text);
        else if (pail_str_eqz(name, "Upload/UploadId"))
            last->upload_id = pail_s3_arena_add(&u->rows.text, text);
        else if (pail_str_eqz(name, "Upload/Initiated") &&
                 pail_s3_parse_time(text, &last->initiated_ns, NULL) < 0)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a time \"%.*s\"",
                                  PAIL_STR_ARG(text));
    }
    return 0;
}

static int finish(struct uploads_op *u, struct pail_error *err)
{
    struct pail_s3_rows *r = &u->rows;

    for (size_t i = 0; i < r->n; i++) {
        struct pail_s3_upload *up = upload_at(r, i);
        if (r->url)
            pail_s3_arena_unurl(&up->key);
        if (up->key.len == 0 || up->upload_id.len == 0)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                                  "upload %zu without a key or an id", i);
    }
    if (r->url)
        pail_s3_arena_unurl(&u->key_marker);
    if (r->truncated && u->key_marker.len == 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "a truncated listing without a marker to go on");
    struct pail_s3_uploads uploads = {
        .uploads = (struct pail_s3_upload *)r->ptr,
        .n = r->n,
        .next_key_marker = r->truncated ? u->key_marker : PAIL_STR(""),
        .next_upload_id_marker = r->truncated ? u->id_marker : PAIL_STR(""),
    };
    int rc = pail_s3_rows_give(r, &uploads.impl, err);
    if (rc == 0)
        *u->ret = uploads;
    return rc;
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.open = on_open, .leaf = on_leaf};
    struct uploads_op *u = PAIL_CONTAINER(op, struct uploads_op, op);

    u->key_marker = u->id_marker = PAIL_STR("");
    int rc = pail_s3_rows_init(&u->rows, sizeof(struct pail_s3_upload), rs->body.len, err);
    if (rc == 0)
        rc = pail_s3_parse_xml(rs->body, &handler, u, err);
    if (rc == 0)
        rc = finish(u, err);
    pail_s3_rows_done(&u->rows);
    return rc;
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_uploads_done(PAIL_CONTAINER(op, struct uploads_op, op)->ret);
}

static const struct pail_s3_op_kind uploads_kind = {
    .name = "ListMultipartUploads",
    .method = "GET",
    .size = sizeof(struct uploads_op),
    .xml = true,
    .on_bucket = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse,
    .drop = drop,
};

int pail_s3_mpu_list_async(struct pail_s3 *s3, const struct pail_s3_mpu_list_args *args,
                           struct pail_s3_uploads *ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_uploads){0};
    int rc = pail_s3_op_new(s3, &uploads_kind, args->bucket, args->prefix, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct uploads_op, op)->ret = ret;
    pail_s3_op_query(op, "uploads", PAIL_STR(""));
    pail_s3_op_query(op, "encoding-type", PAIL_STR("url"));
    if (args->prefix.len)
        pail_s3_op_query(op, "prefix", args->prefix);
    if (args->key_marker.len)
        pail_s3_op_query(op, "key-marker", args->key_marker);
    if (args->upload_id_marker.len)
        pail_s3_op_query(op, "upload-id-marker", args->upload_id_marker);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_list(struct pail_s3 *s3, const struct pail_s3_mpu_list_args *args,
                     struct pail_s3_uploads *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_list_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

void pail_s3_uploads_done(struct pail_s3_uploads *u)
{
    if (!u)
        return;
    pail_s3_rows_free(u->impl);
    *u = (struct pail_s3_uploads){0};
}
