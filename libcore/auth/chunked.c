/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame at a time is in memory: its head, and its data. The transport takes it in
 * pieces of any size. The state is a place in the encoded body and the sums so far, so that
 * beginning anew is setting both to nothing.
 */
#include "auth/chunked.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/str.h"

#define CHUNK ((size_t)1 << 20)
#define SIGNED_CHUNK ((size_t)64 << 10)
#define HEAD_MAX 1024
#define SIGNATURE_LEN 64 /* hex digits */

struct pail_chunked {
    struct pail_body body;
    const struct pail_body *source;
    enum pail_checksum_alg alg;
    bool sign;
    size_t chunk_size;
    char *data; /* of one chunk */
    struct {
        struct pail_sign_params params;
        struct pail_credentials *credentials; /* a reference */
        char seed[PAIL_SIGNATURE_CAP];
    } attempt;
    struct {
        uint64_t taken;       /* of the source */
        uint64_t at;          /* encoded: where the frame begins */
        struct pail_buf head; /* of the frame; of the last one all of it */
        size_t len;           /* of its data; 0: it is the last one, or there is none yet */
        struct pail_sum sum;
        char previous[PAIL_SIGNATURE_CAP];
    } now;
};

/* ---- Lengths --------------------------------------------------------------------------------- */

static uint64_t hex_digits(uint64_t n)
{
    uint64_t digits = 1;
    while (n >>= 4)
        digits++;
    return digits;
}

static uint64_t frame_length(const struct pail_chunked *c, uint64_t n)
{
    return hex_digits(n) + (c->sign ? strlen(";chunk-signature=") + SIGNATURE_LEN : 0) + 2 + n +
           (n ? 2 : 0);
}

/* "name:value\r\n", and its signature. */
static uint64_t trailer_length(const struct pail_chunked *c)
{
    const struct pail_checksum_info *info = pail_checksum_info(c->alg);
    if (c->alg == PAIL_CK_NONE)
        return 0;
    return strlen(info->header) + 1 + (info->len + 2) / 3 * 4 + 2 +
           (c->sign ? strlen("x-amz-trailer-signature:") + SIGNATURE_LEN + 2 : 0);
}

static uint64_t encoded_length(const struct pail_chunked *c)
{
    uint64_t whole = c->source->length / c->chunk_size, rest = c->source->length % c->chunk_size;
    return whole * frame_length(c, c->chunk_size) + (rest ? frame_length(c, rest) : 0) +
           frame_length(c, 0) + trailer_length(c) + 2;
}

/* ---- Frames ---------------------------------------------------------------------------------- */

static int restart(struct pail_chunked *c, struct pail_error *err)
{
    c->now.taken = c->now.at = 0;
    c->now.len = 0;
    pail_buf_reset(&c->now.head);
    memcpy(c->now.previous, c->attempt.seed, sizeof(c->now.previous));
    return pail_sum_begin(&c->now.sum, c->alg, err);
}

static int sign_frame(struct pail_chunked *c, struct pail_bytes data, struct pail_error *err)
{
    if (!c->sign)
        return 0;
    int rc = pail_sign_chunk(&c->attempt.params, c->attempt.credentials, data, c->now.previous,
                             err);
    pail_buf_fmt(&c->now.head, ";chunk-signature=%s", c->now.previous);
    return rc;
}

/* The frame behind the data: "0", the trailer, an empty line. */
static int last_frame(struct pail_chunked *c, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(256);
    struct pail_buf *to = &c->now.head;
    char sum[PAIL_SUM_CAP];
    pail_buf_char(to, '0');
    int rc = sign_frame(c, (struct pail_bytes){"", 0}, err);
    pail_buf_z(to, "\r\n");
    if (!rc && c->alg != PAIL_CK_NONE) {
        rc = pail_sum_end(&c->now.sum, sum, err);
        if (rc)
            return rc;
        pail_buf_fmt(&line, "%s:%s", pail_checksum_info(c->alg)->header, sum);
        pail_buf_str(to, pail_buf_view(&line));
        pail_buf_z(to, "\r\n");
        rc = pail_buf_check(&line, "trailer", err);
    }
    if (!rc && c->alg != PAIL_CK_NONE && c->sign) {
        pail_buf_char(&line, '\n');
        rc = pail_buf_check(&line, "trailer", err);
        if (!rc)
            rc = pail_sign_trailer(&c->attempt.params, c->attempt.credentials, pail_buf_view(&line),
                                   c->now.previous, err);
        pail_buf_fmt(to, "x-amz-trailer-signature:%s\r\n", c->now.previous);
    }
    pail_buf_z(to, "\r\n");
    return rc;
}

static int read_all(const struct pail_body *b, uint64_t offset, char *dst, size_t n,
                    struct pail_error *err)
{
    for (size_t done = 0; done < n;) {
        size_t got = 0;
        int rc = pail_body_read(b, offset + done, dst + done, n - done, &got, err);
        if (rc)
            return rc;
        done += got;
    }
    return 0;
}

static int data_frame(struct pail_chunked *c, size_t n, struct pail_error *err)
{
    struct pail_bytes data = {c->data, n};
    int rc = read_all(c->source, c->now.taken, c->data, n, err);
    if (!rc)
        rc = pail_sum_add(&c->now.sum, data.ptr, data.len, err);
    pail_buf_fmt(&c->now.head, "%zx", n);
    if (!rc)
        rc = sign_frame(c, data, err);
    pail_buf_z(&c->now.head, "\r\n");
    c->now.len = n;
    c->now.taken += n;
    return rc;
}

static uint64_t frame_end(const struct pail_chunked *c)
{
    return c->now.at + c->now.head.len + c->now.len + (c->now.len ? 2 : 0);
}

static int next_frame(struct pail_chunked *c, struct pail_error *err)
{
    uint64_t left = c->source->length - c->now.taken;
    c->now.at = frame_end(c);
    c->now.len = 0;
    pail_buf_reset(&c->now.head);
    int rc = left ? data_frame(c, pail_min_u64(left, c->chunk_size), err) : last_frame(c, err);
    return rc ? rc : pail_buf_check(&c->now.head, "chunk", err);
}

/* As much as lies together at this place of the frame. */
static struct pail_bytes piece(const struct pail_chunked *c, size_t from)
{
    if (from < c->now.head.len)
        return (struct pail_bytes){c->now.head.ptr + from, c->now.head.len - from};
    from -= c->now.head.len;
    if (from < c->now.len)
        return (struct pail_bytes){c->data + from, c->now.len - from};
    from -= c->now.len;
    return (struct pail_bytes){&"\r\n"[from], 2 - from};
}

static int read_encoded(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                        struct pail_error *err)
{
    struct pail_chunked *c = ud;
    size_t done = 0;
    int rc = offset < c->now.at || !offset ? restart(c, err) : 0;
    while (!rc && done < cap && offset + done < c->body.length) {
        if (offset + done >= frame_end(c)) {
            rc = next_frame(c, err);
            continue;
        }
        struct pail_bytes p = piece(c, offset + done - c->now.at);
        size_t n = pail_min_u64(cap - done, p.len);
        memcpy((char *)dst + done, p.ptr, n);
        done += n;
    }
    if (!rc)
        *ret_n = done;
    return rc;
}

/* ---- Life ------------------------------------------------------------------------------------ */

int pail_chunked_new(const struct pail_chunked_options *opt, struct pail_chunked **ret,
                     struct pail_error *err)
{
    if (opt->alg == PAIL_CK_NONE && !opt->sign)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "chunks need a checksum or a signature");
    struct pail_chunked *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    c->source = opt->source;
    c->alg = opt->alg;
    c->sign = opt->sign;
    c->chunk_size = opt->chunk_size ? opt->chunk_size : opt->sign ? SIGNED_CHUNK : CHUNK;
    c->body = (struct pail_body){.read = read_encoded, .ud = c, .length = encoded_length(c)};
    c->data = pail_alloc(pail_min_u64(c->chunk_size, opt->source->length + 1));
    if (!c->data) {
        pail_free(c);
        return pail_error_nomem(err);
    }
    pail_buf_init(&c->now.head, HEAD_MAX);
    *ret = c;
    return 0;
}

void pail_chunked_free(struct pail_chunked *c)
{
    if (!c)
        return;
    pail_sum_done(&c->now.sum);
    pail_buf_done(&c->now.head);
    pail_free(c->data);
    (void)pail_credentials_unref(c->attempt.credentials);
    pail_free(c);
}

const struct pail_body *pail_chunked_body(const struct pail_chunked *c)
{
    return &c->body;
}

int pail_chunked_headers(const struct pail_chunked *c, struct pail_request *r,
                         struct pail_error *err)
{
    const struct pail_checksum_info *info = pail_checksum_info(c->alg);
    char length[24];
    struct pail_str before = pail_headers_get(&r->headers, "Content-Encoding");
    PAIL_CLEANUP(pail_buf_done) struct pail_buf encoding = PAIL_BUF_INIT(4096);
    if (before.len) {
        pail_buf_str(&encoding, before);
        pail_buf_char(&encoding, ',');
    }
    pail_buf_z(&encoding, "aws-chunked");
    snprintf(length, sizeof(length), "%llu", (unsigned long long)c->source->length);
    int rc = pail_buf_check(&encoding, "Content-Encoding", err);
    if (!rc)
        rc = pail_headers_set(&r->headers, PAIL_STR("Content-Encoding"), pail_buf_view(&encoding),
                              err);
    if (!rc)
        rc = pail_headers_set(&r->headers, PAIL_STR("X-Amz-Decoded-Content-Length"),
                              pail_str(length), err);
    if (!rc && c->alg != PAIL_CK_NONE)
        rc = pail_headers_set(&r->headers, PAIL_STR("X-Amz-Trailer"), pail_str(info->header), err);
    if (!rc && c->alg != PAIL_CK_NONE)
        rc = pail_headers_set(&r->headers, PAIL_STR("x-amz-sdk-checksum-algorithm"),
                              pail_str(info->name), err);
    return rc;
}

const char *pail_chunked_payload_hash(const struct pail_chunked *c)
{
    return pail_sign_streaming(c->sign, false, c->alg != PAIL_CK_NONE);
}

void pail_chunked_begin(struct pail_chunked *c, const struct pail_sign_params *params,
                        struct pail_credentials *credentials, struct pail_str seed)
{
    size_t n = pail_min_u64(seed.len, PAIL_SIGNATURE_CAP - 1);
    c->attempt.params = *params;
    (void)pail_credentials_unref(c->attempt.credentials);
    c->attempt.credentials = pail_credentials_ref(credentials);
    if (n)
        memcpy(c->attempt.seed, seed.ptr, n);
    c->attempt.seed[n] = '\0';
    c->now.at = UINT64_MAX; /* whatever comes next begins anew */
}
