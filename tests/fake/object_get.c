/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetObject and HeadObject, which differ in the body only.
 *
 * Metadata outside ASCII comes back as S3 sends it: its bytes taken for Latin-1, put into UTF-8 and
 * wrapped as an RFC 2047 word. So a client that stores raw UTF-8 in x-amz-meta-* sees here what it
 * would see there.
 */
#include "fake/call.h"
#include "fake/conditions.h"
#include "fake/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

static void answer_meta(struct fake_call *c, const char *name, const char *value)
{
    if (is_ascii(value)) {
        fake_answer(c, name, value);
        return;
    }
    struct fake_buf utf8 = {0}, word = {0};
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        char two[2] = {(char)(0xc0 | *p >> 6), (char)(0x80 | (*p & 63))};
        fake_buf_put(&utf8, *p < 0x80 ? (const char *)p : two, *p < 0x80 ? 1 : 2);
    }
    char *b64 = fake_xalloc(utf8.n * 2 + 8);
    fake_base64(utf8.p, utf8.n, b64);
    fake_buf_fmt(&word, "=?UTF-8?B?%s?=", b64);
    fake_answer(c, name, word.p);
    free(b64);
    fake_buf_done(&utf8);
    fake_buf_done(&word);
}

/* response-content-type and the like replace what is stored. */
static const char *override_of(const struct fake_call *c, const char *name)
{
    char param[48];
    snprintf(param, sizeof(param), "response-%s", name);
    return fake_call_param(c, param);
}

static void answer_headers(struct fake_call *c, const struct fake_object *o)
{
    static const char *const names[] = {"content-type",     "content-disposition",
                                        "content-language", "content-encoding",
                                        "cache-control",    "expires"};
    char date[FAKE_DATE], number[24];
    fake_answer_etag(c, o->etag);
    fake_date_http(o->modified_ms, date);
    fake_answer(c, "Last-Modified", date);
    fake_answer(c, "Accept-Ranges", "bytes");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *v = override_of(c, names[i]);
        if (!v)
            v = fake_headers_get(&o->headers, names[i]);
        if (!v && i == 0)
            v = "binary/octet-stream";
        if (v)
            fake_answer(c, i == 0 ? "Content-Type" : names[i], v);
    }
    for (size_t i = 0; i < o->headers.n; i++) {
        const struct fake_header *h = &o->headers.v[i];
        bool standard = strcmp(h->name, "x-amz-storage-class") == 0 &&
                        strcmp(h->value, "STANDARD") == 0;
        if (strncmp(h->name, "x-amz-", 6) != 0 || strcmp(h->name, "x-amz-tagging") == 0 || standard)
            continue;
        answer_meta(c, h->name, h->value);
    }
    const char *tags = fake_headers_get(&o->headers, "x-amz-tagging");
    if (tags && *tags) {
        int n = 1;
        for (; *tags; tags++)
            n += *tags == '&';
        snprintf(number, sizeof(number), "%d", n);
        fake_answer(c, "x-amz-tagging-count", number);
    }
}

enum range { WHOLE, PART, UNSATISFIABLE };

/* "bytes=a-b", "bytes=a-", "bytes=-n"; anything else asks for the whole object. */
static enum range read_range(const char *v, uint64_t size, uint64_t *off, uint64_t *n)
{
    uint64_t first, last;
    char a[24] = "", b[24] = "";
    if (strncmp(v, "bytes=", 6) != 0)
        return WHOLE;
    v += 6;
    const char *dash = strchr(v, '-');
    if (!dash || dash - v >= 24 || strlen(dash + 1) >= 24)
        return WHOLE;
    memcpy(a, v, (size_t)(dash - v));
    strncpy(b, dash + 1, sizeof(b) - 1);
    if (!*a) {
        if (!fake_number(b, UINT64_MAX, &last))
            return WHOLE;
        if (last == 0 || size == 0)
            return UNSATISFIABLE;
        *n = last < size ? last : size;
        *off = size - *n;
        return PART;
    }
    if (!fake_number(a, UINT64_MAX, &first))
        return WHOLE;
    if (!*b)
        last = UINT64_MAX;
    else if (!fake_number(b, UINT64_MAX, &last) || last < first)
        return WHOLE;
    if (first >= size)
        return UNSATISFIABLE;
    *off = first;
    *n = (last < size ? last : size - 1) - first + 1;
    return PART;
}

static bool part_range(struct fake_call *c, const struct fake_object *o, const char *text,
                       uint64_t *off, uint64_t *n)
{
    uint64_t number;
    size_t parts = o->n_parts ? o->n_parts : 1;
    if (!fake_number(text, 10000, &number) || number == 0)
        return fake_fail(c, 400, "InvalidArgument",
                         "Part number must be an integer between 1 and 10000, inclusive");
    if (number > parts)
        return fake_fail(c, 416, "InvalidPartNumber",
                         "The requested partnumber is not satisfiable");
    *off = number > 1 ? o->part_ends[number - 2] : 0;
    *n = (o->n_parts ? o->part_ends[number - 1] : o->body->n) - *off;
    if (o->n_parts) {
        char text_n[24];
        snprintf(text_n, sizeof(text_n), "%zu", o->n_parts);
        fake_answer(c, "x-amz-mp-parts-count", text_n);
    }
    return true;
}

static bool fail_range(struct fake_call *c, const struct fake_object *o, const char *range)
{
    struct fake_buf extra = {0};
    char size[40];
    snprintf(size, sizeof(size), "bytes */%llu", (unsigned long long)o->body->n);
    fake_buf_fmt(&extra,
                 "<RangeRequested>%s</RangeRequested><ActualObjectSize>%llu</ActualObjectSize>",
                 strpbrk(range, "<>&") ? "" : range, (unsigned long long)o->body->n);
    fake_fail_with(c, 416, "InvalidRange", "The requested range is not satisfiable", extra.p);
    fake_buf_done(&extra);
    fake_answer(c, "Content-Range", size);
    return false;
}

static bool answer_body(struct fake_call *c, struct fake_object *o)
{
    const char *range = fake_call_header(c, "range"), *part = fake_call_param(c, "partNumber");
    const char *mode = fake_call_header(c, "x-amz-checksum-mode");
    uint64_t off = 0, n = o->body->n;
    enum range kind = WHOLE;
    if (part && range)
        return fake_fail(c, 400, "InvalidRequest",
                         "Cannot specify both Range header and partNumber query parameter");
    if (part && !part_range(c, o, part, &off, &n))
        return false;
    if (range)
        kind = read_range(range, o->body->n, &off, &n);
    if (kind == UNSATISFIABLE)
        return fail_range(c, o, range);
    if (kind == PART || part) {
        char text[80];
        snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long)off,
                 (unsigned long long)(off + n - 1), (unsigned long long)o->body->n);
        c->status = n ? 206 : 200;
        if (n)
            fake_answer(c, "Content-Range", text);
    }
    if (mode && strcmp(mode, "ENABLED") == 0 && n == o->body->n)
        fake_answer_sum(c, &o->sum);
    c->rope = fake_rope_ref(o->body);
    c->rope_off = off;
    c->rope_len = n;
    return true;
}

void fake_op_get_object(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    if (!b)
        return;
    struct fake_object *o = fake_bucket_get(b, c->key);
    const char *version = fake_call_param(c, "versionId");
    if (!o) {
        fake_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
        return;
    }
    if (version && strcmp(version, "null") != 0) {
        fake_fail(c, 404, "NoSuchVersion", "The specified version does not exist.");
        return;
    }
    if (!fake_check_read(c, o))
        return;
    if (strcmp(c->rq->method, "GET") == 0 && !fake_object_readable(c, o))
        return;
    if (answer_body(c, o))
        answer_headers(c, o);
}
