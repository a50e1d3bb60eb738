/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/get.c - GetObject: head to the sink's begin, bytes to its write, checked on the way.
 *
 * What is never passed on: a whole object where a range was asked for (some services ignore Range),
 * a range other than the one asked for, and a success whose bytes are fewer or others than
 * promised. The last is known at the end only, so a sink must not act on its data before done.
 */
#include "base/str.h"
#include "s3/attributes.h"
#include "s3/object.h"
#include "s3/op.h"
#include "s3/verify.h"

struct get_op {
    struct pail_s3_op op;
    struct pail_s3_sink sink;
    struct pail_s3_object *ret; /* NULL: not wanted */
    bool ranged;
    uint64_t offset, length;
    /* of the attempt under way */
    struct pail_s3_object object;
    struct pail_s3_verify verify;
    uint64_t promised; /* bytes of this answer; UINT64_MAX: not told */
};

static struct get_op *get_of(struct pail_s3_op *op)
{
    return PAIL_CONTAINER(op, struct get_op, op);
}

/* A 206: is it the range that was asked for? *ret_total: size of the object. */
static int check_range(struct get_op *g, const struct pail_response *head, uint64_t *ret_total,
                       struct pail_error *err)
{
    struct pail_str value = pail_headers_get(head->headers, "content-range");
    uint64_t first, last, total;

    if (!pail_s3_content_range(value, &first, &last, &total))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "Content-Range is \"%.*s\"",
                              PAIL_STR_ARG(value));
    uint64_t want_last = g->length > UINT64_MAX - g->offset ? UINT64_MAX
                                                            : g->offset + g->length - 1;
    if (total != UINT64_MAX)
        want_last = pail_min_u64(want_last, total - 1);
    bool ok = g->ranged && first == g->offset &&
              (total == UINT64_MAX ? last <= want_last : last == want_last);
    if (!ok || (g->promised != UINT64_MAX && g->promised != last - first + 1))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "asked for %llu bytes at %llu, the answer is \"%.*s\"",
                              (unsigned long long)g->length, (unsigned long long)g->offset,
                              PAIL_STR_ARG(value));
    g->promised = last - first + 1;
    *ret_total = total;
    return 0;
}

static int begin(struct pail_s3_op *op, const struct pail_response *head, uint64_t length,
                 struct pail_error *err)
{
    struct get_op *g = get_of(op);
    uint64_t total = UINT64_MAX;
    int rc = 0;

    pail_s3_object_done(&g->object);
    g->promised = length;
    if (head->status == 206)
        rc = check_range(g, head, &total, err);
    else if (g->ranged && (g->offset > 0 || length == UINT64_MAX || length > g->length))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                            "asked for %llu bytes at %llu, the service sends the whole object",
                            (unsigned long long)g->length, (unsigned long long)g->offset);
    if (rc == 0)
        rc = pail_s3_object_parse(head->headers, total, &g->object, err);
    if (rc == 0 && head->status == 206)
        g->object
            .size = total; /* not the range's Content-Length, also where the total is not told */
    if (rc == 0 && head->status != 206 && op->s3->fixed.response_checksums == PAIL_WHEN_SUPPORTED)
        rc = pail_s3_verify_begin(&g->verify, &g->object, err);
    if (rc == 0 && g->sink.begin)
        rc = g->sink.begin(g->sink.ud, &g->object, g->promised, err);
    return rc;
}

static int write_body(struct pail_s3_op *op, uint64_t offset, const void *p, size_t n,
                      struct pail_error *err)
{
    struct get_op *g = get_of(op);

    if (g->promised != UINT64_MAX && (offset > g->promised || n > g->promised - offset))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "more than %llu bytes",
                              (unsigned long long)g->promised);
    int rc = pail_s3_verify_add(&g->verify, p, n, err);
    return rc < 0 ? rc : g->sink.write(g->sink.ud, offset, p, n, err);
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct get_op *g = get_of(op);

    if (g->promised != UINT64_MAX && rs->body_length != g->promised)
        return pail_error_set(err, PAIL_D_NET, PAIL_E_CLOSED, "closed after %llu of %llu bytes",
                              (unsigned long long)rs->body_length, (unsigned long long)g->promised);
    int rc = pail_s3_verify_end(&g->verify, err);
    if (rc == 0 && g->ret)
        *g->ret = g->object;
    else if (rc == 0)
        pail_s3_object_done(&g->object);
    if (rc == 0)
        pail_s3_object_clear(&g->object);
    return rc;
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_object_done(get_of(op)->ret);
}

static void free_get(struct pail_s3_op *op)
{
    struct get_op *g = get_of(op);

    pail_s3_object_done(&g->object);
    pail_s3_verify_done(&g->verify);
}

static const struct pail_s3_op_kind get_kind = {
    .name = "GetObject",
    .method = "GET",
    .size = sizeof(struct get_op),
    .begin = begin,
    .write = write_body,
    .parse = parse,
    .drop = drop,
    .free = free_get,
};

static void add_range(struct pail_s3_op *op, uint64_t offset, uint64_t length)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(64);

    if (length == 0 || (length != UINT64_MAX && length > UINT64_MAX - offset)) {
        pail_s3_op_fail(op, PAIL_E_INVALID, "a range of %llu bytes at %llu",
                        (unsigned long long)length, (unsigned long long)offset);
        return;
    }
    pail_buf_z(&text, "bytes=");
    pail_buf_u64(&text, offset);
    pail_buf_char(&text, '-');
    if (length != UINT64_MAX)
        pail_buf_u64(&text, offset + length - 1);
    if (op->problem.code == 0 && pail_buf_check(&text, "range", &op->problem) == 0)
        pail_s3_op_header(op, "Range", pail_buf_view(&text));
}

int pail_s3_get_async(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                      const struct pail_s3_sink *sink, struct pail_s3_object *ret,
                      pail_done_fn *done, void *ud, struct pail_call **ret_call,
                      struct pail_error *err)
{
    struct pail_s3_op *op;

    if (ret)
        pail_s3_object_clear(ret);
    int rc = pail_s3_op_new(s3, &get_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    struct get_op *g = get_of(op);
    if (sink && sink->write)
        g->sink = *sink;
    else
        pail_s3_op_fail(op, PAIL_E_INVALID, "a download needs a sink with a write function");
    g->ret = ret;
    g->ranged = args->ranged;
    g->offset = args->offset;
    g->length = args->length;
    if (args->version_id.len)
        pail_s3_op_query(op, "versionId", args->version_id);
    pail_s3_op_opt_header(op, "If-Match", args->if_match);
    pail_s3_op_opt_header(op, "If-None-Match", args->if_none_match);
    pail_s3_access_add(op, &args->access);
    if (args->ranged)
        add_range(op, args->offset, args->length);
    else
        op->checksum.ask = true;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_get(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                const struct pail_s3_sink *sink, struct pail_s3_object *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_get_async(s3, args, sink, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
