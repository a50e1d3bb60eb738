/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/delete.c - DeleteObject and DeleteObjects.
 *
 * What is gone is deleted: a missing key is success, as S3 has it, also from services that answer
 * 404; unless the deletion was conditional.
 *
 * DeleteObjects is asked to be quiet and then only lists failures (some services list successes
 * too; those are ignored). A failure is found by its key. Keys travel in XML, which has no way to
 * write most control characters: such a key gets PAIL_E_INVALID as its result and is to be deleted
 * by itself.
 */
#include "base/alloc.h"
#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/op.h"

#define MAX_KEYS 1000
#define MAX_DOCUMENT (32u << 20) /* 1000 keys of 1024 bytes, each byte a reference */

/* ---- One ---- */

struct delete_op {
    struct pail_s3_op op;
    bool conditional;
};

static int delete_refused(struct pail_s3_op *op, struct pail_error *err)
{
    if (err->code == PAIL_E_NOT_FOUND && !PAIL_CONTAINER(op, struct delete_op, op)->conditional)
        return 0;
    return err->code;
}

static const struct pail_s3_op_kind delete_kind = {
    .name = "DeleteObject",
    .method = "DELETE",
    .size = sizeof(struct delete_op),
    .refused = delete_refused,
};

int pail_s3_delete_async(struct pail_s3 *s3, const struct pail_s3_delete_args *args,
                         pail_done_fn *done, void *ud, struct pail_call **ret_call,
                         struct pail_error *err)
{
    struct pail_s3_op *op;
    int rc = pail_s3_op_new(s3, &delete_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct delete_op, op)->conditional = args->if_match.len > 0;
    if (args->version_id.len)
        pail_s3_op_query(op, "versionId", args->version_id);
    pail_s3_op_opt_header(op, "If-Match", args->if_match);
    pail_s3_op_access(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_delete(struct pail_s3 *s3, const struct pail_s3_delete_args *args,
                   struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_delete_async(s3, args, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- Many ---- */

struct delete_many_op {
    struct pail_s3_op op;
    struct pail_str *keys; /* copies: n views, then the text */
    size_t n;
    struct pail_error *results; /* NULL: not wanted */
    /* of the answer */
    size_t hint;                        /* failures come in the order of the request */
    struct pail_buf key, code, message; /* of the failure being read */
};

static struct delete_many_op *many_of(struct pail_s3_op *op)
{
    return PAIL_CONTAINER(op, struct delete_many_op, op);
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct delete_many_op *d = ud;

    if (pail_str_eqz(path, "DeleteResult/Error")) {
        pail_buf_reset(&d->key);
        pail_buf_reset(&d->code);
        pail_buf_reset(&d->message);
    }
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct delete_many_op *d = ud;
    struct pail_buf *to = pail_str_eqz(path, "DeleteResult/Error/Key")       ? &d->key
                          : pail_str_eqz(path, "DeleteResult/Error/Code")    ? &d->code
                          : pail_str_eqz(path, "DeleteResult/Error/Message") ? &d->message
                                                                             : NULL;
    if (to)
        pail_buf_str(to, text);
    return to ? pail_buf_check(to, "failure of a key", err) : 0;
}

/* A key may have been asked for twice: every one of its results is set. */
static int on_close(void *ud, struct pail_str path, struct pail_error *err)
{
    struct delete_many_op *d = ud;
    struct pail_str key = pail_buf_view(&d->key);
    bool found = false;

    if (!pail_str_eqz(path, "DeleteResult/Error"))
        return 0;
    for (size_t i = 0; i < d->n; i++) {
        size_t at = (d->hint + i) % d->n;
        if (!pail_str_eq(d->keys[at], key))
            continue;
        if (!found)
            d->hint = at;
        found = true;
        if (!d->results || pail_str_eqz(pail_buf_view(&d->code), "NoSuchKey"))
            continue;
        (void)pail_s3_error_of_key(&d->results[at], d->op.what, key, pail_buf_view(&d->code),
                                   pail_buf_view(&d->message));
    }
    if (!found)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "a failure (%s) of key \"%.*s\", which was not asked for",
                              pail_buf_cstr(&d->code), PAIL_STR_ARG(key));
    return 0;
}

static void mark_impossible(struct delete_many_op *d)
{
    for (size_t i = 0; d->results && i < d->n; i++) {
        d->results[i] = (struct pail_error)PAIL_ERROR_INIT;
        if (!pail_xml_text_ok(d->keys[i]))
            (void)pail_error_set(&d->results[i], PAIL_D_USAGE, PAIL_E_INVALID,
                                 "%s: %.*s: XML cannot carry this key; delete it by itself",
                                 d->op.what, PAIL_STR_ARG(d->keys[i]));
    }
}

static int parse_many(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {
        .open = on_open, .leaf = on_leaf, .close = on_close};
    struct delete_many_op *d = many_of(op);

    mark_impossible(d);
    d->hint = 0;
    if (pail_str_trim(rs->body).len == 0) /* nothing to say */
        return 0;
    return pail_s3_parse_xml(rs->body, &handler, d, err);
}

static void drop_many(struct pail_s3_op *op)
{
    struct delete_many_op *d = many_of(op);

    for (size_t i = 0; d->results && i < d->n; i++)
        d->results[i] = (struct pail_error)PAIL_ERROR_INIT;
}

static void free_many(struct pail_s3_op *op)
{
    struct delete_many_op *d = many_of(op);

    pail_free(d->keys);
    pail_buf_done(&d->key);
    pail_buf_done(&d->code);
    pail_buf_done(&d->message);
}

static const struct pail_s3_op_kind delete_many_kind = {
    .name = "DeleteObjects",
    .method = "POST",
    .size = sizeof(struct delete_many_op),
    .xml = true,
    .on_bucket = true,
    .max_body = MAX_DOCUMENT,
    .parse = parse_many,
    .drop = drop_many,
    .free = free_many,
};

static int copy_keys(struct delete_many_op *d, const struct pail_s3_delete_many_args *args,
                     struct pail_error *err)
{
    size_t text = 0;

    for (size_t i = 0; i < args->n_keys; i++)
        text += args->keys[i].len;
    d->keys = pail_alloc(args->n_keys * sizeof(*d->keys) + text + 1);
    if (!d->keys)
        return pail_error_nomem(err);
    char *at = (char *)(d->keys + args->n_keys);
    for (size_t i = 0; i < args->n_keys; i++) {
        if (args->keys[i].len)
            memcpy(at, args->keys[i].ptr, args->keys[i].len);
        d->keys[i] = pail_strn(at, args->keys[i].len);
        at += args->keys[i].len;
    }
    d->n = args->n_keys;
    return 0;
}

static void add_document(struct delete_many_op *d)
{
    struct pail_buf xml = PAIL_BUF_INIT(MAX_DOCUMENT);
    size_t written = 0;

    pail_buf_z(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                     "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t i = 0; i < d->n; i++) {
        if (d->keys[i].len == 0)
            pail_s3_op_fail(&d->op, PAIL_E_INVALID, "key %zu is empty", i);
        if (!pail_xml_text_ok(d->keys[i])) {
            if (!d->results)
                pail_s3_op_fail(&d->op, PAIL_E_INVALID,
                                "%.*s: XML cannot carry this key; delete it by itself",
                                PAIL_STR_ARG(d->keys[i]));
            continue;
        }
        pail_buf_z(&xml, "<Object>");
        pail_xml_element(&xml, "Key", d->keys[i]);
        pail_buf_z(&xml, "</Object>");
        written++;
    }
    pail_buf_z(&xml, "<Quiet>true</Quiet></Delete>");
    if (written == 0)
        pail_s3_op_fail(&d->op, PAIL_E_INVALID, "no key that XML can carry");
    pail_s3_op_document(&d->op, &xml, true);
}

int pail_s3_delete_many_async(struct pail_s3 *s3, const struct pail_s3_delete_many_args *args,
                              struct pail_error *results, pail_done_fn *done, void *ud,
                              struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    for (size_t i = 0; results && i < args->n_keys; i++)
        results[i] = (struct pail_error)PAIL_ERROR_INIT;
    if (args->n_keys == 0 || args->n_keys > MAX_KEYS)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "DeleteObjects s3://%.*s: %zu keys; it takes 1 to %d",
                              PAIL_STR_ARG(args->bucket), args->n_keys, MAX_KEYS);
    int rc = pail_s3_op_new(s3, &delete_many_kind, args->bucket, PAIL_STR(""), &args->call, &op,
                            err);
    if (rc < 0)
        return rc;
    struct delete_many_op *d = many_of(op);
    d->results = results;
    pail_buf_init(&d->key, 64 * 1024);
    pail_buf_init(&d->code, 1024);
    pail_buf_init(&d->message, 64 * 1024);
    rc = copy_keys(d, args, err);
    if (rc < 0) {
        pail_s3_op_free(op);
        return rc;
    }
    pail_s3_op_query(op, "delete", PAIL_STR(""));
    pail_s3_op_access(op, &args->access);
    add_document(d);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_delete_many(struct pail_s3 *s3, const struct pail_s3_delete_many_args *args,
                        struct pail_error *results, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_delete_many_async(s3, args, results, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
