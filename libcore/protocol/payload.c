/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As botocore has it: over TLS the checksum of a stream is put behind it (aws-chunked), because
 * that reads it once, and its signature leaves the bytes out. Over plain HTTP the signature needs
 * their SHA-256, for which they are read before; then the checksum can as well be in a header.
 * Chunks are never signed.
 */
#include "protocol/payload.h"

#include "base/hex.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "crypto/zip.h"
#include "http/engine.h"

#define STEP ((size_t)128 << 10)
#define FRAME ((size_t)1 << 20) /* of aws-chunked: botocore's */

/* ---- What is wanted ---- */

static bool has_checksum_header(const struct pail_headers *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (pail_str_ieq(pail_str_sub(pail_headers_at(h, i).name, 0, 15),
                         PAIL_STR("x-amz-checksum-")) &&
            !pail_str_ieq(pail_headers_at(h, i).name, PAIL_STR("x-amz-checksum-algorithm")) &&
            !pail_str_ieq(pail_headers_at(h, i).name, PAIL_STR("x-amz-checksum-type")))
            return true;
    return false;
}

/* The header that names the algorithm. */
static struct pail_str algorithm_header(const struct pail_operation *op)
{
    struct pail_shape input, m;

    if (!op->request_algorithm_member.len || !pail_operation_input(op, &input) ||
        !pail_shape_member(&input, op->request_algorithm_member, &m) ||
        m.location != PAIL_LOCATION_HEADER)
        return PAIL_STR("");
    return m.location_name.ptr ? m.location_name : m.member;
}

static int choose_checksum(struct pail_payload *p, const struct pail_operation *op,
                           const struct pail_value *params, const struct pail_wire *w,
                           const struct pail_payload_options *opt, struct pail_error *err)
{
    bool required = op->flags & (PAIL_OP_CHECKSUM_REQUIRED | PAIL_OP_REQUEST_CHECKSUM_REQUIRED);
    struct pail_str member = op->request_algorithm_member;
    struct pail_str chosen = pail_value_as_str(member.len ? pail_value_get(params, member) : NULL);

    if (has_checksum_header(&w->headers) || !p->present)
        return 0;
    if (chosen.len) {
        p->alg = pail_checksum_from_name(chosen);
        if (p->alg == PAIL_CK_NONE)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                  "Unsupported checksum algorithm: %.*s", PAIL_STR_ARG(chosen));
        return 0;
    }
    if (required || (member.len && opt->checksum_wanted)) {
        p->alg = opt->checksum_alg;
        p->alg_header = algorithm_header(op);
    }
    return 0;
}

/* ---- Compression ---- */

static void put_le32(struct pail_buf *to, uint32_t v)
{
    for (int i = 0; i < 4; i++, v >>= 8)
        pail_buf_char(to, (char)v);
}

/* gzip's frame around what zlib's form has inside: two bytes of head, four of its own sum. */
static int gzip(struct pail_buf *body, struct pail_error *err)
{
    static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\x02\xff";
    PAIL_CLEANUP(pail_buf_done) struct pail_buf z = PAIL_BUF_INIT(body->max);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(body->max);

    int rc = pail_zip(pail_buf_view(body), &z, err);
    if (rc < 0)
        return rc;
    pail_buf_append(&out, head, sizeof(head) - 1);
    pail_buf_str(&out, pail_str_sub(pail_buf_view(&z), 2, z.len - 6));
    put_le32(&out, pail_crc32(0, body->ptr, body->len));
    put_le32(&out, (uint32_t)body->len);
    pail_buf_reset(body);
    pail_buf_str(body, pail_buf_view(&out));
    rc = pail_buf_check(&out, "request body", err);
    return rc < 0 ? rc : pail_buf_check(body, "request body", err);
}

static int compress(const struct pail_operation *op, struct pail_wire *w, size_t from,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1024);
    struct pail_str before = pail_headers_get(&w->headers, "Content-Encoding");

    if (!pail_str_eqz(pail_strs_at(op->compression, 0), "gzip") || w->body.len < from)
        return 0;
    int rc = gzip(&w->body, err);
    if (rc < 0)
        return rc;
    if (before.len)
        pail_buf_fmt(&text, "%.*s,", PAIL_STR_ARG(before));
    pail_buf_z(&text, "gzip");
    return pail_headers_set(&w->headers, PAIL_STR("Content-Encoding"), pail_buf_view(&text), err);
}

static bool takes_stream(const struct pail_operation *op)
{
    struct pail_shape input, m;

    return pail_operation_input(op, &input) && input.payload.len &&
           pail_shape_member(&input, input.payload, &m) && m.type == PAIL_SHAPE_BLOB;
}

int pail_payload_init(struct pail_payload *p, const struct pail_operation *op,
                      const struct pail_value *params, struct pail_wire *w,
                      const struct pail_body *reader, const struct pail_payload_options *opt,
                      struct pail_error *err)
{
    bool bodiless = pail_str_eqz(w->method, "GET") || pail_str_eqz(w->method, "HEAD") ||
                    pail_str_eqz(w->method, "DELETE");

    if (reader) {
        p->plain = *reader;
    } else {
        int rc = compress(op, w, opt->compress_from, err);
        if (rc < 0)
            return rc;
        p->segment = (struct pail_bytes){w->body.ptr, w->body.len};
        p->plain = (struct pail_body){
            .segments = &p->segment,
            .n_segments = 1,
            .length = w->body.len,
        };
    }
    p->body = p->plain;
    p->present = p->plain.length || !bodiless;
    p->streaming = takes_stream(op);
    return choose_checksum(p, op, params, w, opt, err);
}

void pail_payload_done(struct pail_payload *p)
{
    pail_chunked_free(p->chunked);
}

int pail_payload_begin(struct pail_payload *p, bool https, struct pail_error *err)
{
    struct pail_chunked_options opt = {.source = &p->plain, .alg = p->alg, .chunk_size = FRAME};

    p->behind = https && p->streaming && p->alg != PAIL_CK_NONE;
    p->body = p->plain;
    if (!p->behind)
        return 0;
    int rc = p->chunked ? 0 : pail_chunked_new(&opt, &p->chunked, err);
    if (rc == 0) {
        p->body = *pail_chunked_body(p->chunked);
        p->body.chunked = true;
    }
    return rc;
}

/* ---- Computing ---- */

/* Both in one reading. sha256 may be NULL. */
static int read_all(const struct pail_body *b, struct pail_hasher *sha256, struct pail_sum *sum,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf room = PAIL_BUF_INIT(STEP);
    void *dst = pail_buf_reserve(&room, STEP);
    size_t n = 0;
    int rc = pail_buf_check(&room, "request body", err);

    for (uint64_t at = 0; rc == 0 && at < b->length; at += n) {
        rc = pail_body_read(b, at, dst, STEP, &n, err); /* at least a byte */
        if (rc == 0 && sha256)
            rc = pail_hasher_add(sha256, (struct pail_bytes){dst, n}, err);
        if (rc == 0)
            rc = pail_sum_add(sum, dst, n, err);
    }
    return rc;
}

static int compute(struct pail_payload *p, struct pail_hasher *sha256, struct pail_sum *sum,
                   struct pail_error *err)
{
    uint8_t raw[PAIL_SHA256_LEN];
    int rc = read_all(&p->plain, sha256, sum, err);
    if (rc == 0 && sha256)
        rc = pail_hasher_finish(sha256, raw, err);
    if (rc == 0 && sha256) {
        pail_hex_encode(raw, PAIL_SHA256_LEN, p->sha256);
        p->hashed = true;
    }
    if (rc == 0 && sum->alg != PAIL_CK_NONE) {
        rc = pail_sum_end(sum, p->checksum, err);
        p->summed = rc == 0;
    }
    return rc;
}

int pail_payload_prepare(struct pail_payload *p, bool hash, bool may_block, struct pail_error *err)
{
    enum pail_checksum_alg alg = p->summed || p->behind ? PAIL_CK_NONE : p->alg;
    struct pail_hasher *sha256 = NULL;
    struct pail_sum sum = {0};

    hash = hash && !p->hashed;
    if (!hash && alg == PAIL_CK_NONE)
        return 0;
    if (p->plain.read && !may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    int rc = hash ? pail_hasher_new(PAIL_SHA256, &sha256, err) : 0;
    if (rc == 0)
        rc = pail_sum_begin(&sum, alg, err);
    if (rc == 0)
        rc = compute(p, sha256, &sum, err);
    pail_hasher_free(sha256);
    pail_sum_done(&sum);
    return rc;
}

int pail_payload_headers(const struct pail_payload *p, struct pail_request *rq,
                         struct pail_error *err)
{
    const struct pail_checksum_info *info = pail_checksum_info(p->alg);
    int rc = 0;

    if (p->alg == PAIL_CK_NONE)
        return 0;
    if (p->alg_header.len)
        rc = pail_headers_set(&rq->headers, p->alg_header, pail_str(info->name), err);
    if (rc < 0)
        return rc;
    return p->behind ? pail_chunked_headers(p->chunked, rq, err)
                     : pail_request_header(rq, info->header, pail_str(p->checksum), err);
}
