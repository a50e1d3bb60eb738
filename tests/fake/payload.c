/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second stage of a call: its body is there. Decoding and every digest happen here, because
 * this stage runs without the model's lock.
 *
 * Checked are: the signed SHA-256, Content-MD5, and one x-amz-checksum-*, from the head or from a
 * trailer. The MD5 is needed anyway as ETag.
 */
#include "fake/call.h"

#include "fake/chunked.h"
#include "fake/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool check_sha256(struct fake_call *c)
{
    if (c->sig.payload != FAKE_PAYLOAD_HASH || !c->s->opt.access_key)
        return true;
    uint8_t digest[32];
    char hex[65], extra[256];
    fake_hash_of(FAKE_SHA256, c->body->p, c->body->n, digest);
    fake_hex(digest, 32, hex);
    if (strcmp(hex, c->sig.content_sha256) == 0)
        return true;
    snprintf(extra, sizeof(extra),
             "<ClientComputedContentSHA256>%s</ClientComputedContentSHA256>"
             "<S3ComputedContentSHA256>%s</S3ComputedContentSHA256>",
             c->sig.content_sha256, hex);
    return fake_fail_with(
        c, 400, "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.", extra);
}

/* The MD5, where an ETag or a Content-MD5 wants it. */
static bool check_md5(struct fake_call *c)
{
    const char *claimed = fake_call_header(c, "content-md5");
    uint8_t md5[FAKE_SUM_MAX], want[64];
    if (c->follow) {
        fake_follow_finish(c->follow, md5);
        c->follow = NULL;
    } else if (claimed || c->op->flags & FAKE_OP_DATA) {
        fake_hash_of(FAKE_MD5, c->body->p, c->body->n, md5);
    } else {
        return true;
    }
    memcpy(c->md5, md5, 16);
    if (!claimed)
        return true;
    if (strlen(claimed) != 24 || fake_unbase64(claimed, want) != 16)
        return fake_fail(c, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
    if (memcmp(want, md5, 16) != 0)
        return fake_fail(c, 400, "BadDigest",
                         "The Content-MD5 you specified did not match what we received.");
    return true;
}

/* x-amz-checksum-NAME among headers; the one found last, and how many. */
static const char *find_sum(const struct fake_header *v, size_t n, enum fake_sum *ret_kind,
                            int *count)
{
    const char *value = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strncasecmp(v[i].name, "x-amz-checksum-", 15) != 0)
            continue;
        enum fake_sum kind = fake_sum_by_name(v[i].name + 15);
        if (kind == FAKE_NO_SUM)
            continue;
        *ret_kind = kind;
        value = v[i].value;
        ++*count;
    }
    return value;
}

static bool compute_sum(struct fake_call *c, enum fake_sum kind)
{
    uint8_t sum[FAKE_SUM_MAX];
    size_t n = fake_hash_of(kind, c->body->p, c->body->n, sum);
    c->sum.kind = kind;
    fake_base64(sum, n, c->sum.text);
    return true;
}

static bool check_sum(struct fake_call *c)
{
    enum fake_sum kind = FAKE_NO_SUM;
    int count = 0;
    const char *value = find_sum(c->rq->headers, c->rq->n_headers, &kind, &count);
    const char *trailer = find_sum(c->trailers.v, c->trailers.n, &kind, &count);
    const char *announced = fake_call_header(c, "x-amz-sdk-checksum-algorithm");
    uint8_t raw[FAKE_SUM_TEXT];
    if (trailer)
        value = trailer;
    if (count > 1)
        return fake_fail(c, 400, "InvalidRequest",
                         "Expecting a single x-amz-checksum- header. Multiple "
                         "checksum Types are not allowed.");
    if (!value && announced && c->op->flags & FAKE_OP_DATA)
        return fake_fail(
            c, 400, "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
            "x-amz-trailer headers were found.");
    if (!value)
        return c->want == FAKE_NO_SUM || compute_sum(c, c->want);
    if (strlen(value) >= FAKE_SUM_TEXT || fake_unbase64(value, raw) != (long)fake_sum_size(kind))
        return fake_fail(c, 400, "InvalidRequest", "Value for x-amz-checksum-%s header is invalid.",
                         fake_sum_name(kind));
    compute_sum(c, kind);
    if (strcmp(c->sum.text, value) != 0)
        return fake_fail(c, 400, "BadDigest",
                         "The %s you specified did not match the calculated checksum.",
                         fake_sum_upper(kind));
    return true;
}

static void hash_source(struct fake_call *c)
{
    struct fake_source *src = &c->source;
    if (!src->object)
        return;
    struct fake_rope *r = fake_rope_slice(src->object->body, src->off, src->n);
    uint8_t md5[FAKE_SUM_MAX];
    fake_rope_hash(r, FAKE_MD5, md5);
    memcpy(src->md5, md5, 16);
    if (src->kind != FAKE_NO_SUM)
        fake_rope_hash(r, src->kind, src->sum);
    fake_rope_unref(r);
    src->hashed = true;
}

/* The form is the request: its Action says which operation. */
static bool read_form(struct fake_call *c)
{
    if (!fake_sig_check_form(c))
        return false;
    if (!fake_params_parse(&c->params, c->body->p, c->body->n))
        return fake_fail(c, 400, "MalformedInput", "Could not parse the form");
    const char *action = fake_call_param(c, "Action");
    const struct fake_op *op = action ? fake_op_named(action) : NULL;
    if (!op || !(op->flags & FAKE_OP_STS))
        return fake_fail(c, 400, "InvalidAction",
                         "Could not find operation %s for version 2011-06-15",
                         action ? action : "");
    c->op = op;
    return true;
}

void fake_call_payload(struct fake_call *c, struct fake_blob *take_body)
{
    c->body = take_body ? take_body : fake_blob_copy("", 0);
    bool ok = !c->failed;
    if (ok && c->op->flags & FAKE_OP_STS) {
        read_form(c);
        return;
    }
    if (ok && (c->sig.payload == FAKE_PAYLOAD_CHUNKS || c->sig.payload == FAKE_PAYLOAD_TRAILER))
        ok = fake_chunked_decode(c, c->body);
    ok = ok && check_sha256(c) && check_sum(c) && check_md5(c);
    if (ok)
        hash_source(c);
    if (c->follow) {
        uint8_t ignored[FAKE_SUM_MAX];
        fake_follow_finish(c->follow, ignored);
        c->follow = NULL;
    }
}
