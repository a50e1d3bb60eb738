/* SPDX-License-Identifier: Apache-2.0 */
/* s3/parts.c - ListParts: what an upload has so far, to go on with it. */
#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/multipart.h"
#include "s3/rows.h"

#define MAX_PAGE_BODY (4u << 20)

struct parts_op {
    struct pail_s3_op op;
    struct pail_s3_listed_parts *ret;
    /* of the answer */
    struct pail_s3_rows rows;
    uint64_t marker;
};

static struct pail_s3_listed_part *part_at(const struct pail_s3_rows *r, size_t i)
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
    struct parts_op *p = ud;

    if (pail_str_eqz(path, "ListPartsResult/Part") && !pail_s3_rows_add(&p->rows))
        return pail_error_nomem(err);
    return 0;
}

static int on_part(struct parts_op *p, struct pail_str name, struct pail_str text,
                   struct pail_error *err)
{
    struct pail_s3_listed_part *last = part_at(&p->rows, p->rows.n - 1);
    uint64_t number;

    if (pail_str_eqz(name, "PartNumber")) {
        if (!pail_str_to_u64(text, &number) || number < 1 || number > PAIL_S3_MAX_PARTS)
            return garbage("a part number", text, err);
        last->number = (unsigned)number;
    } else if (pail_str_eqz(name, "Size")) {
        if (!pail_str_to_u64(text, &last->size))
            return garbage("a size", text, err);
    } else if (pail_str_eqz(name, "LastModified")) {
        if (pail_s3_parse_time(text, &last->mtime_ns, NULL) < 0)
            return garbage("a time", text, err);
    } else if (pail_str_eqz(name, "ETag")) {
        last->etag = pail_s3_arena_etag(&p->rows.text, text);
    } else if (pail_str_eqz(name, "ChecksumCRC32")) {
        last->checksum_crc32 = pail_s3_arena_add(&p->rows.text, text);
    }
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    const struct pail_str root = PAIL_STR("ListPartsResult/"), part = PAIL_STR("Part/");
    struct parts_op *p = ud;

    if (!pail_str_starts(path, root))
        return garbage("a document", path, err);
    struct pail_str name = pail_str_from(path, root.len);
    if (pail_str_starts(name, part) && p->rows.n)
        return on_part(p, pail_str_from(name, part.len), text, err);
    if (pail_str_eqz(name, "NextPartNumberMarker")) {
        if (text.len && !pail_str_to_u64(text, &p->marker))
            return garbage("a marker", text, err);
    } else {
        (void)pail_s3_rows_field(&p->rows, name, text);
    }
    return 0;
}

static int finish(struct parts_op *p, struct pail_error *err)
{
    struct pail_s3_rows *r = &p->rows;

    for (size_t i = 0; i < r->n; i++) {
        const struct pail_s3_listed_part *part = part_at(r, i);
        if (part->number == 0 || part->etag.len == 0 ||
            (i > 0 && part->number <= part_at(r, i - 1)->number))
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                                  "part %zu of the listing without an ETag or out of order", i);
    }
    if (r->truncated && (p->marker == 0 || p->marker > PAIL_S3_MAX_PARTS))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "a truncated listing without a marker to go on");
    struct pail_s3_listed_parts parts = {
        .parts = (struct pail_s3_listed_part *)r->ptr,
        .n = r->n,
        .next_marker = r->truncated ? (unsigned)p->marker : 0,
    };
    int rc = pail_s3_rows_give(r, &parts.impl, err);
    if (rc == 0)
        *p->ret = parts;
    return rc;
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.open = on_open, .leaf = on_leaf};
    struct parts_op *p = PAIL_CONTAINER(op, struct parts_op, op);

    p->marker = 0;
    /* An ETag may gain two quotes. */
    int rc = pail_s3_rows_init(&p->rows, sizeof(struct pail_s3_listed_part), 2 * rs->body.len, err);
    if (rc == 0)
        rc = pail_s3_parse_xml(rs->body, &handler, p, err);
    if (rc == 0)
        rc = finish(p, err);
    pail_s3_rows_done(&p->rows);
    return rc;
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_listed_parts_done(PAIL_CONTAINER(op, struct parts_op, op)->ret);
}

static const struct pail_s3_op_kind parts_kind = {
    .name = "ListParts",
    .method = "GET",
    .size = sizeof(struct parts_op),
    .xml = true,
    .max_body = MAX_PAGE_BODY,
    .parse = parse,
    .drop = drop,
};

int pail_s3_mpu_parts_async(struct pail_s3 *s3, const struct pail_s3_mpu_parts_args *args,
                            struct pail_s3_listed_parts *ret, pail_done_fn *done, void *ud,
                            struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_listed_parts){0};
    int rc = pail_s3_op_new(s3, &parts_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct parts_op, op)->ret = ret;
    pail_s3_op_upload_id(op, args->upload_id);
    if (args->marker)
        pail_s3_op_query_u64(op, "part-number-marker", args->marker);
    pail_s3_access_add(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_parts(struct pail_s3 *s3, const struct pail_s3_mpu_parts_args *args,
                      struct pail_s3_listed_parts *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_parts_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

void pail_s3_listed_parts_done(struct pail_s3_listed_parts *p)
{
    if (!p)
        return;
    pail_s3_rows_free(p->impl);
    *p = (struct pail_s3_listed_parts){0};
}
