/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/payload.c - bodies of requests: their hash in the signature, and their checksum.
 *
 * As botocore has it, but for where a checksum goes:
 *
 *   memory             in a header: it is summed by whoever submits, and sent without a copy
 *   read, over https   behind the body (aws-chunked with a trailer), so that it is read once
 *   read, over http    in a header: it is read twice, because the signature needs its SHA-256, too
 *
 * A body with a checksum is not hashed for the signature over https ("UNSIGNED-PAYLOAD"): TLS and
 * the checksum guard it, an order of magnitude cheaper. What the client's settings say about that
 * comes first. Documents are small and always hashed.
 *
 * What an endpoint refused is left out: checksums behind bodies, then checksums at all (recover.c).
 * So an attempt may go another way than the one before it; sums are kept.
 */
#include <stdatomic.h>

#include "auth/chunked.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/str.h"
#include "s3/op.h"

#define UNSIGNED "UNSIGNED-PAYLOAD"
#define READ_CHUNK (128 * 1024)
#define FRAME (128 * 1024) /* of aws-chunked: so much memory each such upload under way takes */

/* ---- Describing ---- */

static enum pail_checksum_alg alg_of(const struct pail_s3_op *op, enum pail_s3_checksum choice)
{
    switch (choice) {
    case PAIL_S3_CRC32:
        return PAIL_CK_CRC32;
    case PAIL_S3_CRC32C:
        return PAIL_CK_CRC32C;
    case PAIL_S3_CRC64NVME:
        return PAIL_CK_CRC64NVME;
    case PAIL_S3_SHA1:
        return PAIL_CK_SHA1;
    case PAIL_S3_SHA256:
        return PAIL_CK_SHA256;
    case PAIL_S3_CHECKSUM_DEFAULT:
        break;
    }
    return op->s3->fixed.request_checksums == PAIL_WHEN_SUPPORTED ? op->s3->fixed.checksum_alg
                                                                  : PAIL_CK_NONE;
}

enum pail_s3_checksum pail_s3_op_algorithm(const struct pail_s3_op *op)
{
    switch (op->checksum.alg) {
    case PAIL_CK_CRC32C:
        return PAIL_S3_CRC32C;
    case PAIL_CK_CRC64NVME:
        return PAIL_S3_CRC64NVME;
    case PAIL_CK_SHA1:
        return PAIL_S3_SHA1;
    case PAIL_CK_SHA256:
        return PAIL_S3_SHA256;
    case PAIL_CK_CRC32:
    case PAIL_CK_NONE:
    case PAIL_CK_COUNT:
        break;
    }
    return PAIL_S3_CRC32;
}

const char *pail_s3_checksum_element(enum pail_s3_checksum algorithm)
{
    static const char *const names[] = {
        [PAIL_S3_CHECKSUM_DEFAULT] = "ChecksumCRC32",
        [PAIL_S3_CRC32] = "ChecksumCRC32",
        [PAIL_S3_CRC32C] = "ChecksumCRC32C",
        [PAIL_S3_CRC64NVME] = "ChecksumCRC64NVME",
        [PAIL_S3_SHA1] = "ChecksumSHA1",
        [PAIL_S3_SHA256] = "ChecksumSHA256",
    };
    return names[algorithm];
}

void pail_s3_op_announce(struct pail_s3_op *op, enum pail_s3_checksum choice)
{
    op->checksum.alg = alg_of(op, choice);
    op->checksum.announce = op->checksum.alg != PAIL_CK_NONE;
}

static void set_source(struct pail_s3_op *op, const struct pail_body *b)
{
    op->payload.present = true;
    op->payload.body = op->payload.plain = op->payload.source = *b;
}

void pail_s3_op_no_bytes(struct pail_s3_op *op)
{
    static const struct pail_bytes nothing = {"", 0};

    set_source(op, &(struct pail_body){.segments = &nothing});
}

static int read_and_tell(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                         struct pail_error *err)
{
    struct pail_s3_op *op = ud;

    int rc = pail_body_read(&op->payload.source, offset, dst, cap, ret_n, err);
    if (rc == 0)
        op->payload.sent(op->payload.sent_ud, offset, *ret_n);
    return rc;
}

static void describe_checksum(struct pail_s3_op *op, const struct pail_s3_body *body)
{
    struct pail_str value = pail_str(body ? body->checksum_value : NULL);

    op->checksum.alg = alg_of(op, body ? body->checksum : PAIL_S3_CHECKSUM_DEFAULT);
    if (value.len == 0)
        return;
    if (value.len >= sizeof(op->checksum.value)) {
        pail_s3_op_fail(op, PAIL_E_INVALID, "a checksum of %zu characters", value.len);
        return;
    }
    if (op->checksum.alg == PAIL_CK_NONE)
        op->checksum.alg = op->s3->fixed.checksum_alg;
    memcpy(op->checksum.value, value.ptr, value.len + 1);
    op->checksum.given = true;
}

void pail_s3_op_body(struct pail_s3_op *op, const struct pail_s3_body *body)
{
    pail_s3_op_no_bytes(op);
    op->payload.streaming = true;
    describe_checksum(op, body);
    if (!body || (!body->segments && body->length == 0))
        return;
    if (!body->segments && !body->read) {
        pail_s3_op_fail(op, PAIL_E_INVALID, "a body with neither segments nor read");
        return;
    }
    struct pail_body b = {
        .segments = body->segments,
        .n_segments = body->segments ? body->n_segments : 0,
        .read = body->read,
        .ud = body->ud,
        .length = body->length,
    };
    if (body->segments) {
        b.length = 0;
        for (size_t i = 0; i < body->n_segments; i++)
            b.length += body->segments[i].len;
    }
    set_source(op, &b);
    if (body->sent) {
        op->payload.sent = body->sent;
        op->payload.sent_ud = body->ud;
        op->payload.plain = (struct pail_body){.read = read_and_tell, .ud = op, .length = b.length};
        op->payload.body = op->payload.plain;
    }
}

void pail_s3_op_document(struct pail_s3_op *op, struct pail_buf *take, bool guarded)
{
    op->payload.document = *take;
    pail_buf_init(take, 0);
    if (op->problem.code || pail_buf_check(&op->payload.document, "document", &op->problem) < 0)
        return;
    struct pail_bytes bytes = {op->payload.document.ptr, op->payload.document.len};
    op->payload.segment = bytes;
    set_source(op, &(struct pail_body){
                       .segments = &op->payload.segment, .n_segments = 1, .length = bytes.len});
    op->checksum.required = guarded;
    op->checksum.alg = guarded ? op->s3->fixed.checksum_alg : PAIL_CK_NONE;
    pail_s3_op_header(op, "Content-Type", PAIL_STR("application/xml"));
}

void pail_s3_payload_done(struct pail_s3_op *op)
{
    pail_chunked_free(op->payload.chunked);
    pail_buf_done(&op->payload.document);
}

/* ---- Deciding ---- */

/* True: the endpoint does not want to hear of checksums. */
static bool refused(const struct pail_s3_op *op)
{
    return op->checksum.refused || atomic_load(&op->s3->learned.no_checksums);
}

static bool wants_md5(const struct pail_s3_op *op)
{
    return op->checksum.required &&
           (refused(op) || op->checksum.wants_md5 || atomic_load(&op->s3->learned.wants_md5));
}

/* The body has a checksum, wherever it goes. */
static bool has_checksum(const struct pail_s3_op *op)
{
    return op->payload.present && op->checksum.alg != PAIL_CK_NONE && !op->checksum.announce &&
           !refused(op) && !wants_md5(op);
}

static bool goes_behind(const struct pail_s3_op *op)
{
    return op->attempt.route->https && op->payload.streaming && !op->payload.source.segments &&
           has_checksum(op) && !op->checksum.given && !op->checksum.value[0] &&
           !op->checksum.refused_trailer && !atomic_load(&op->s3->learned.no_trailers);
}

/* The signature has the body's SHA-256. */
static bool is_hashed(const struct pail_s3_op *op)
{
    const struct pail_s3 *s3 = op->s3;

    if (op->payload.source.length == 0 || op->attempt.trailer)
        return false;
    if (s3->fixed.payload_signing != PAIL_UNSET)
        return s3->fixed.payload_signing == PAIL_YES;
    if (!op->payload.streaming)
        return true;
    if (s3->fixed.checksums_suffice && has_checksum(op))
        return false;
    return !op->attempt.route->https || !has_checksum(op) || op->checksum.given;
}

static int start_frames(struct pail_s3_op *op, struct pail_error *err)
{
    struct pail_chunked_options opt = {
        .source = &op->payload.plain, .alg = op->checksum.alg, .chunk_size = FRAME};

    int rc = op->payload.chunked ? 0 : pail_chunked_new(&opt, &op->payload.chunked, err);
    if (rc == 0)
        op->payload.body = *pail_chunked_body(op->payload.chunked);
    return rc;
}

/* ---- Summing ---- */

struct sums {
    struct pail_sum checksum;
    struct pail_hasher *sha256, *md5; /* NULL: not needed */
};

static int begin_sums(struct sums *s, const struct pail_s3_op *op, bool hash,
                      struct pail_error *err)
{
    bool check = has_checksum(op) && !op->attempt.trailer && !op->checksum.value[0];
    int rc = pail_sum_begin(&s->checksum, check ? op->checksum.alg : PAIL_CK_NONE, err);

    if (rc == 0 && hash && !op->payload.sha256[0])
        rc = pail_hasher_new(PAIL_SHA256, &s->sha256, err);
    if (rc == 0 && wants_md5(op) && !op->checksum.md5[0])
        rc = pail_hasher_new(PAIL_MD5, &s->md5, err);
    return rc;
}

static bool are_needed(const struct sums *s)
{
    return s->checksum.alg != PAIL_CK_NONE || s->sha256 || s->md5;
}

static int add_to_sums(struct sums *s, const void *p, size_t n, struct pail_error *err)
{
    int rc = pail_sum_add(&s->checksum, p, n, err);

    if (rc == 0 && s->sha256)
        rc = pail_hasher_add(s->sha256, (struct pail_bytes){p, n}, err);
    if (rc == 0 && s->md5)
        rc = pail_hasher_add(s->md5, (struct pail_bytes){p, n}, err);
    return rc;
}

static int end_sums(struct sums *s, struct pail_s3_op *op, struct pail_error *err)
{
    uint8_t digest[PAIL_SHA256_LEN];
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(sizeof(op->checksum.md5) - 1);
    int rc = 0;

    if (s->checksum.alg != PAIL_CK_NONE)
        rc = pail_sum_end(&s->checksum, op->checksum.value, err);
    if (rc == 0 && s->sha256) {
        rc = pail_hasher_finish(s->sha256, digest, err);
        if (rc == 0)
            pail_hex_encode(digest, sizeof(digest), op->payload.sha256);
    }
    if (rc == 0 && s->md5) {
        rc = pail_hasher_finish(s->md5, digest, err);
        if (rc == 0) {
            pail_base64_encode(&text, digest, PAIL_MD5_LEN);
            rc = pail_buf_check(&text, "Content-MD5", err);
        }
        if (rc == 0)
            memcpy(op->checksum.md5, pail_buf_cstr(&text), text.len + 1);
    }
    return rc;
}

static int sum_by_reading(struct sums *s, const struct pail_body *b, struct pail_error *err)
{
    void *chunk = pail_alloc(READ_CHUNK);
    uint64_t offset = 0;
    int rc = chunk ? 0 : pail_error_nomem(err);

    while (rc == 0 && offset < b->length) {
        size_t want = pail_min_u64(READ_CHUNK, b->length - offset), n = 0;
        rc = pail_body_read(b, offset, chunk, want, &n, err); /* at least a byte */
        if (rc == 0)
            rc = add_to_sums(s, chunk, n, err);
        offset += n;
    }
    pail_free(chunk);
    return rc;
}

static int sum(struct sums *s, struct pail_s3_op *op, bool may_block, struct pail_error *err)
{
    const struct pail_body *b = &op->payload.source;
    int rc = 0;

    if (!b->segments && !may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    if (!b->segments)
        rc = sum_by_reading(s, b, err);
    for (size_t i = 0; rc == 0 && b->segments && i < b->n_segments; i++)
        rc = add_to_sums(s, b->segments[i].ptr, b->segments[i].len, err);
    return rc < 0 ? rc : end_sums(s, op, err);
}

/* ---- An attempt ---- */

static const char *hash_text(const struct pail_s3_op *op, bool hashed)
{
    if (op->attempt.trailer)
        return pail_chunked_payload_hash(op->payload.chunked);
    if (op->payload.source.length == 0)
        return op->payload.hash;
    return hashed ? op->payload.sha256 : UNSIGNED;
}

int pail_s3_payload_prepare(struct pail_s3_op *op, bool may_block, bool is_signed,
                            struct pail_error *err)
{
    struct sums s = {.sha256 = NULL};

    op->payload.hash = op->s3->fixed.payload_signing == PAIL_NO ? UNSIGNED : "";
    if (!op->payload.present)
        return 0;
    op->attempt.trailer = goes_behind(op);
    op->payload.body = op->payload.plain;
    bool hashed = is_signed && is_hashed(op);
    int rc = op->attempt.trailer ? start_frames(op, err) : 0;
    if (rc == 0)
        rc = begin_sums(&s, op, hashed, err);
    if (rc == 0 && are_needed(&s))
        rc = sum(&s, op, may_block, err);
    if (rc == 0)
        op->payload.hash = hash_text(op, hashed);
    pail_sum_done(&s.checksum);
    pail_hasher_free(s.sha256);
    pail_hasher_free(s.md5);
    return rc;
}

static int add_checksum(const struct pail_s3_op *op, struct pail_request *rq,
                        struct pail_error *err)
{
    const struct pail_checksum_info *info = pail_checksum_info(op->checksum.alg);
    int rc = 0;

    if (op->attempt.trailer)
        return pail_chunked_headers(op->payload.chunked, rq, err);
    if (!op->checksum.given)
        rc = pail_request_header(rq, "x-amz-sdk-checksum-algorithm", pail_str(info->name), err);
    if (rc == 0)
        rc = pail_request_header(rq, info->header, pail_str(op->checksum.value), err);
    return rc;
}

int pail_s3_payload_headers(struct pail_s3_op *op, struct pail_request *rq, struct pail_error *err)
{
    bool body = !op->attempt.explains && has_checksum(op);
    bool announce = op->checksum.announce && !refused(op);
    bool ask = op->checksum.ask && !refused(op) &&
               op->s3->fixed.response_checksums == PAIL_WHEN_SUPPORTED;
    int rc = 0;

    op->attempt.md5 = wants_md5(op);
    op->attempt.checksums = body || announce || ask;
    if (body)
        rc = add_checksum(op, rq, err);
    if (rc == 0 && op->attempt.md5)
        rc = pail_request_header(rq, "Content-MD5", pail_str(op->checksum.md5), err);
    if (rc == 0 && announce)
        rc = pail_request_header(rq, "x-amz-checksum-algorithm",
                                 pail_str(pail_checksum_info(op->checksum.alg)->name), err);
    if (rc == 0 && ask)
        rc = pail_request_header(rq, "x-amz-checksum-mode", PAIL_STR("ENABLED"), err);
    return rc;
}
