/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/payload.c - bodies of requests: their hash in the signature, and their checksum.
 *
 * Data is guarded by a CRC32 in a signed header instead of by its SHA-256 in the signature
 * (UNSIGNED-PAYLOAD): an order of magnitude cheaper, and S3 verifies and keeps it. The header form
 * rather than the trailer form, because a body that can be read again can be summed first, and
 * trailers are what services other than AWS most often get wrong. Documents are small and signed
 * with their real hash.
 *
 * Memory is summed by whoever submits; a body that is read is summed where blocking is allowed,
 * once for all attempts.
 */
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/str.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"
#include "s3/op.h"

#define READ_CHUNK (128 * 1024)

/* True: the endpoint does not want to hear of checksums. */
static bool refused(const struct pail_s3_op *op)
{
    return op->checksum.refused || atomic_load(&op->s3->learned.no_checksums);
}

static int set_checksum(struct pail_s3_op *op, uint32_t crc, struct pail_error *err)
{
    const uint8_t bytes[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
                              (uint8_t)crc};
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(sizeof(op->checksum.value) -
                                                                     1);

    pail_base64_encode(&text, bytes, sizeof(bytes));
    int rc = pail_buf_check(&text, "checksum", err);
    if (rc == 0)
        memcpy(op->checksum.value, pail_buf_cstr(&text), text.len + 1);
    return rc;
}

void pail_s3_op_no_bytes(struct pail_s3_op *op)
{
    static const struct pail_bytes nothing = {"", 0};

    op->payload.present = true;
    op->payload.body.segments = op->payload.source.segments = &nothing;
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

void pail_s3_op_body(struct pail_s3_op *op, const struct pail_s3_body *body)
{
    struct pail_body *b = &op->payload.body;

    pail_s3_op_no_bytes(op);
    op->checksum.of_body = true;
    if (!body || (!body->segments && body->length == 0))
        return;
    if (!body->segments && !body->read) {
        pail_s3_op_fail(op, PAIL_E_INVALID, "a body with neither segments nor read");
        return;
    }
    b->segments = body->segments;
    b->n_segments = body->segments ? body->n_segments : 0;
    b->read = body->read;
    b->ud = body->ud;
    b->length = body->length;
    if (body->segments) {
        b->length = 0;
        for (size_t i = 0; i < body->n_segments; i++)
            b->length += body->segments[i].len;
    }
    if (b->length)
        memcpy(op->payload.hash, "UNSIGNED-PAYLOAD", sizeof("UNSIGNED-PAYLOAD"));
    op->payload.source = *b;
    if (body->sent) {
        op->payload.sent = body->sent;
        op->payload.sent_ud = body->ud;
        *b = (struct pail_body){.read = read_and_tell, .ud = op, .length = b->length};
    }
}

void pail_s3_op_document(struct pail_s3_op *op, struct pail_buf *take, bool md5)
{
    op->payload.document = *take;
    pail_buf_init(take, 0);
    struct pail_bytes bytes = {op->payload.document.ptr, op->payload.document.len};
    uint8_t digest[PAIL_MD5_LEN];

    if (op->problem.code || pail_buf_check(&op->payload.document, "document", &op->problem) < 0)
        return;
    op->payload.segment = bytes;
    op->payload.body = (struct pail_body){
        .segments = &op->payload.segment, .n_segments = 1, .length = bytes.len};
    op->payload.present = true;
    pail_s3_op_header(op, "Content-Type", PAIL_STR("application/xml"));
    if (pail_sha256_hex(bytes, op->payload.hash, &op->problem) < 0 || !md5 ||
        pail_digest(PAIL_MD5, bytes, digest, &op->problem) < 0)
        return;
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(64);
    pail_base64_encode(&text, digest, sizeof(digest));
    if (pail_buf_check(&text, "Content-MD5", &op->problem) == 0)
        pail_s3_op_header(op, "Content-MD5", pail_buf_view(&text));
}

static int sum_by_reading(struct pail_s3_op *op, struct pail_error *err)
{
    const struct pail_body *b = &op->payload.source;
    void *chunk = pail_alloc(READ_CHUNK);
    uint64_t offset = 0;
    uint32_t crc = 0;
    int rc = chunk ? 0 : pail_error_nomem(err);

    while (rc == 0 && offset < b->length) {
        size_t want = pail_min_u64(READ_CHUNK, b->length - offset), n = 0;
        rc = pail_body_read(b, offset, chunk, want, &n, err); /* at least a byte */
        if (rc == 0) {
            crc = pail_crc32(crc, chunk, n);
            offset += n;
        }
    }
    pail_free(chunk);
    return rc < 0 ? rc : set_checksum(op, crc, err);
}

int pail_s3_payload_prepare(struct pail_s3_op *op, bool may_block, struct pail_error *err)
{
    const struct pail_body *b = &op->payload.source;

    if (!op->checksum.of_body || op->checksum.value[0] || refused(op))
        return 0;
    if (!b->segments)
        return may_block ? sum_by_reading(op, err) : PAIL_PREPARE_WOULD_BLOCK;
    uint32_t crc = 0;
    for (size_t i = 0; i < b->n_segments; i++)
        crc = pail_crc32(crc, b->segments[i].ptr, b->segments[i].len);
    return set_checksum(op, crc, err);
}

int pail_s3_payload_headers(struct pail_s3_op *op, struct pail_request *rq, struct pail_error *err)
{
    int rc = 0;

    op->attempt.checksums = false;
    if (refused(op))
        return 0;
    if (op->checksum.of_body) {
        rc = pail_request_header(rq, "x-amz-sdk-checksum-algorithm", PAIL_STR("CRC32"), err);
        if (rc == 0)
            rc = pail_request_header(rq, "x-amz-checksum-crc32", pail_str(op->checksum.value), err);
    }
    if (rc == 0 && op->checksum.announce)
        rc = pail_request_header(rq, "x-amz-checksum-algorithm", PAIL_STR("CRC32"), err);
    if (rc == 0 && op->checksum.ask)
        rc = pail_request_header(rq, "x-amz-checksum-mode", PAIL_STR("ENABLED"), err);
    op->attempt.checksums = op->checksum.of_body || op->checksum.announce || op->checksum.ask;
    return rc;
}
