/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws-chunked: "SIZE[;chunk-signature=HEX]\r\n" data "\r\n" ... "0[;chunk-signature=HEX]\r\n"
 * [trailers] "\r\n".
 *
 * Each chunk's signature covers the one before, so they form a chain that starts with the signature
 * of the head and ends with the trailer's. Data moves down within the buffer: no second one is
 * needed.
 */
#include "fake/chunked.h"

#include "fake/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CHUNK 8192 /* all but the last */

struct decoder {
    struct fake_call *c;
    const char *p, *end;
    char *out;
    size_t n_out;
    char last[65]; /* signature before */
    bool signed_chunks, check;
};

/* The line at p without CRLF; p moves behind it. */
static bool read_line(struct decoder *d, struct fake_view *ret)
{
    const char *cr = memmem(d->p, (size_t)(d->end - d->p), "\r\n", 2);
    if (!cr)
        return fake_fail(d->c, 400, "IncompleteBody", "The request body terminated unexpectedly");
    *ret = (struct fake_view){d->p, (size_t)(cr - d->p)};
    d->p = cr + 2;
    return true;
}

static bool malformed(struct decoder *d, const char *what)
{
    return fake_fail(d->c, 400, "InvalidRequest", "The aws-chunked body is malformed: %s", what);
}

/* Verifies one link of the chain; middle is what stands between the previous signature and the
 * digest of the data. */
static bool check_link(struct decoder *d, const char *kind, const char *middle, const void *data,
                       size_t n, struct fake_view claimed)
{
    if (!d->check)
        return true;
    uint8_t digest[32];
    char hex[65];
    struct fake_buf b = {0};
    fake_hash_of(FAKE_SHA256, data, n, digest);
    fake_hex(digest, 32, hex);
    fake_buf_fmt(&b, "%s\n%s\n%s\n%s\n%s%s", kind, d->c->sig.amz_date, d->c->sig.scope, d->last,
                 middle, hex);
    fake_hmac_sha256(d->c->sig.key, 32, b.p, b.n, digest);
    fake_buf_done(&b);
    fake_hex(digest, 32, d->last);
    if (fake_view_eq(claimed, fake_view_of(d->last)))
        return true;
    return fake_fail(
        d->c, 403, "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check "
        "your key and signing method.");
}

static bool read_size(struct fake_view *line, uint64_t *ret)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < line->n && i < 16; i++) {
        char c = line->p[i];
        if (c >= '0' && c <= '9')
            v = v << 4 | (uint64_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            v = v << 4 | (uint64_t)((c | 32) - 'a' + 10);
        else
            break;
    }
    line->p += i;
    line->n -= i;
    *ret = v;
    return i > 0 && (line->n == 0 || *line->p == ';');
}

/* One chunk; *ret_last: it was the empty one that ends the data. */
static bool read_chunk(struct decoder *d, bool *short_before, bool *ret_last)
{
    static const char extension[] = ";chunk-signature=";
    static const char empty_sha[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
    struct fake_view line, signature = {0};
    uint64_t n;
    if (!read_line(d, &line))
        return false;
    if (!read_size(&line, &n))
        return malformed(d, "no chunk size");
    if (d->signed_chunks) {
        if (!fake_has_prefix(line, fake_view_of(extension)))
            return malformed(d, "no chunk-signature");
        signature = (struct fake_view){line.p + sizeof(extension) - 1,
                                       line.n - sizeof(extension) + 1};
    }
    if (n > (uint64_t)(d->end - d->p))
        return fake_fail(d->c, 400, "IncompleteBody", "The request body terminated unexpectedly");
    if (n && *short_before)
        return fake_fail(d->c, 403, "InvalidChunkSizeError",
                         "Only the last chunk is allowed to have a size less than 8192 bytes");
    *short_before = n < SMALLEST_CHUNK;
    if (d->signed_chunks &&
        !check_link(d, "AWS4-HMAC-SHA256-PAYLOAD", empty_sha, d->p, (size_t)n, signature))
        return false;
    memmove(d->out + d->n_out, d->p, (size_t)n);
    d->n_out += (size_t)n;
    d->p += n;
    *ret_last = n == 0;
    if (n && (d->end - d->p < 2 || memcmp(d->p, "\r\n", 2) != 0))
        return malformed(d, "no line end behind a chunk");
    d->p += n ? 2 : 0;
    return true;
}

static void trim(struct fake_view *v)
{
    while (v->n && *v->p == ' ')
        v->p++, v->n--;
    while (v->n && v->p[v->n - 1] == ' ')
        v->n--;
}

static bool read_trailers(struct decoder *d)
{
    struct fake_buf canonical = {0};
    struct fake_view line = {0}, signature = {0};
    bool ok = true;
    while ((ok = read_line(d, &line)) && line.n) {
        const char *colon = memchr(line.p, ':', line.n);
        if (!colon) {
            ok = malformed(d, "a trailer without a colon");
            break;
        }
        struct fake_view name = {line.p, (size_t)(colon - line.p)};
        struct fake_view value = {colon + 1, line.n - name.n - 1};
        trim(&value);
        if (fake_view_eq(name, fake_view_of("x-amz-trailer-signature"))) {
            signature = value;
            continue;
        }
        fake_buf_fmt(&canonical, "%.*s:%.*s\n", (int)name.n, name.p, (int)value.n, value.p);
        char *n = fake_dup(name.p, name.n), *v = fake_dup(value.p, value.n);
        fake_headers_add(&d->c->trailers, n, v);
        free(n);
        free(v);
    }
    if (ok && d->signed_chunks && d->c->sig.trailer)
        ok = check_link(d, "AWS4-HMAC-SHA256-TRAILER", "", canonical.p ? canonical.p : "",
                        canonical.n, signature);
    fake_buf_done(&canonical);
    return ok;
}

/* x-amz-trailer announces what must come. */
static bool check_announced(struct fake_call *c)
{
    const char *names = fake_call_header(c, "x-amz-trailer");
    bool known = true;
    if (c->sig.trailer && names) {
        char *list = fake_dups(names), *save = NULL;
        for (char *n = strtok_r(list, ", ", &save); n; n = strtok_r(NULL, ", ", &save))
            known = known && fake_headers_get(&c->trailers, n);
        free(list);
    }
    if (known && (c->sig.trailer || c->trailers.n == 0))
        return true;
    return fake_fail(
        c, 400, "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to "
        "our published schema.");
}

bool fake_chunked_decode(struct fake_call *c, struct fake_blob *b)
{
    struct decoder d = {.c = c, .p = b->p, .end = b->p + b->n, .out = b->p};
    const char *length = fake_call_header(c, "x-amz-decoded-content-length");
    uint64_t expected;
    d.signed_chunks = c->sig.payload == FAKE_PAYLOAD_CHUNKS;
    d.check = d.signed_chunks && c->sig.checked;
    snprintf(d.last, sizeof(d.last), "%s", c->sig.signature);
    if (!length)
        return fake_fail(c, 411, "MissingContentLength",
                         "You must provide the Content-Length HTTP header.");
    if (!fake_number(length, FAKE_MAX_PUT, &expected))
        return fake_fail(c, 400, "InvalidArgument", "x-amz-decoded-content-length is not a size");
    for (bool last = false, is_short = false; !last;)
        if (!read_chunk(&d, &is_short, &last))
            return false;
    if (!read_trailers(&d) || !check_announced(c))
        return false;
    if (d.p != d.end)
        return malformed(&d, "data behind its end");
    if (d.n_out != expected)
        return fake_fail(
            c, 400, "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP "
            "header");
    b->n = d.n_out;
    return true;
}
