/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/recover.c - errors that teach something: try again at once, differently.
 *
 *   a bucket of another region     sign (and on AWS, address) for that region; remembered per
 * bucket checksum headers refused       leave them out; remembered per client once a request
 * without them went through. Not on AWS, which has them. a HEAD answered 400 or 301     an answer
 * to HEAD has no body, so it cannot say whether the region is wrong, the token has expired or the
 * request is bad. The next attempt asks for a listing of one key instead; its error says why and is
 * treated like any other (another region, fresh credentials), and the attempt after it is the HEAD
 * again.
 *
 * What is taken for a region, and that nothing else in an answer changes where requests go, is in
 * auth/moved.h.
 */
#include <stdatomic.h>

#include "auth/moved.h"
#include "base/logging.h"
#include "base/str.h"
#include "s3/op.h"

static bool is_head(const struct pail_s3_op *op)
{
    return strcmp(op->kind->method, "HEAD") == 0;
}

/* ---- Regions ---- */

static bool recover_region(struct pail_s3_op *op, const struct pail_response *rs,
                           const struct pail_s3_error_doc *doc, struct pail_error *err)
{
    const struct pail_moved_hints hints = {
        .status = rs->status,
        .head = is_head(op),
        .creates = op->kind->creates_bucket,
        .code = pail_str(doc->code),
        .message = pail_str(doc->message),
        .region = pail_str(doc->region),
        .header = pail_headers_get(rs->headers, "x-amz-bucket-region"),
        .asked_region = pail_str(op->attempt.region),
    };
    if (op->bucket.len == 0 || pail_s3_bucket_is_arn(op->bucket))
        return false;
    struct pail_str region = pail_moved_to(&hints);
    if (region.len == 0)
        return false;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_s3_learn_region(op->s3, op->bucket, region, &why);
    if (rc == PAIL_E_NOMEM) /* of nonsense the service's own words tell more */
        pail_error_copy(err, &why);
    return rc == 0;
}

/* ---- HEAD ---- */

static bool want_explanation(struct pail_s3_op *op, int status, const struct pail_error *err)
{
    if (!is_head(op) || op->explain != PAIL_S3_EXPLAIN_NO || (status != 400 && status != 301))
        return false;
    op->explain = PAIL_S3_EXPLAIN_NEXT;
    op->puzzle = *err;
    return true;
}

int pail_s3_explained(struct pail_s3_op *op, const struct pail_response *rs, bool *retry_now,
                      struct pail_error *err)
{
    struct pail_s3_error_doc doc;
    struct pail_s3_error_context cx = {
        .status = rs->status, .headers = rs->headers, .body = rs->body, .on_bucket = true};

    if (rs->status >= 300) {
        (void)pail_s3_error_set(err, &cx, &doc);
        *retry_now = recover_region(op, rs, &doc, err);
        switch (err->code) {
        case PAIL_E_AUTH_EXPIRED: /* the engine repeats with others, and then the HEAD */
        case PAIL_E_AUTH_REJECTED:
        case PAIL_E_SKEW:
        case PAIL_E_NO_BUCKET:
        case PAIL_E_REDIRECT:
        case PAIL_E_THROTTLED:
        case PAIL_E_SERVER:
        case PAIL_E_NOMEM:
            return err->code;
        default: /* says nothing of the HEAD, such as no right to list */
            break;
        }
    } else {
        *retry_now = true; /* it passed meanwhile */
    }
    pail_error_copy(err, &op->puzzle);
    return err->code;
}

/* ---- Checksums ---- */

static bool names_checksum(const char *text)
{
    static const char *const names[] = {"x-amz-checksum", "x-amz-sdk-checksum"};

    for (size_t k = 0; k < PAIL_ARRAY_LEN(names); k++) {
        struct pail_str name = pail_str(names[k]), rest = pail_str(text);
        for (; rest.len >= name.len; rest = pail_str_from(rest, 1)) {
            if (pail_str_ieq(pail_str_sub(rest, 0, name.len), name))
                return true;
        }
    }
    return false;
}

static bool recover_checksums(struct pail_s3_op *op, int status,
                              const struct pail_s3_error_doc *doc)
{
    if (!op->attempt.checksums || op->s3->fixed.endpoint.aws)
        return false;
    bool named = names_checksum(doc->message) || names_checksum(doc->header);
    if (status != 501 && !(status == 400 && named))
        return false;
    op->checksum.refused = true;
    return true;
}

/* Framed bodies are refused in many ways: by their length, by their hash, as a bad signature. Until
 * an endpoint took one, any of these may be meant. */
static bool recover_trailer(struct pail_s3_op *op, int status, const struct pail_s3_error_doc *doc)
{
    if (!op->attempt.trailer || op->s3->fixed.endpoint.aws ||
        atomic_load(&op->s3->learned.trailers))
        return false;
    bool odd_signature = status == 403 && strcmp(doc->code, "SignatureDoesNotMatch") == 0;
    if (status != 400 && status != 411 && status != 501 && !odd_signature)
        return false;
    op->checksum.refused_trailer = true;
    return true;
}

/* Before other checksums there was one, and some services still insist on it. */
static bool recover_md5(struct pail_s3_op *op, int status, const struct pail_s3_error_doc *doc)
{
    if (!op->checksum.required || op->attempt.md5 || status != 400)
        return false;
    struct pail_str message = pail_str(doc->message);
    if (pail_str_find_str(message, PAIL_STR("Content-MD5")) == SIZE_MAX &&
        pail_str_find_str(pail_str(doc->code), PAIL_STR("MD5")) == SIZE_MAX &&
        pail_str_find_str(pail_str(doc->header), PAIL_STR("MD5")) == SIZE_MAX)
        return false;
    op->checksum.wants_md5 = true;
    return true;
}

static void remember(struct pail_s3_op *op, bool learned, _Atomic bool *fact, const char *text)
{
    if (learned && !atomic_exchange(fact, true))
        PAIL_LOG(PAIL_LC_S3, PAIL_LOG_WARN, "%s: this endpoint %s", op->what, text);
}

void pail_s3_accepted(struct pail_s3_op *op)
{
    struct pail_s3 *s3 = op->s3;

    if (op->attempt.trailer)
        atomic_store(&s3->learned.trailers, true);
    remember(op, op->checksum.refused, &s3->learned.no_checksums,
             "refuses checksums; none are sent to it");
    remember(op, op->checksum.refused_trailer, &s3->learned.no_trailers,
             "refuses checksums behind a body; they are computed beforehand");
    remember(op, op->checksum.wants_md5, &s3->learned.wants_md5, "wants Content-MD5; it gets one");
}

bool pail_s3_recover(struct pail_s3_op *op, const struct pail_response *rs,
                     const struct pail_s3_error_doc *doc, struct pail_error *err)
{
    int status = err->http_status;

    return recover_region(op, rs, doc, err) || recover_trailer(op, status, doc) ||
           recover_md5(op, status, doc) || recover_checksums(op, status, doc) ||
           want_explanation(op, rs->status, err);
}
