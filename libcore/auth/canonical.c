/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/canonical.c - the canonical request.
 *
 * The request holds path and query as they go on the wire, so nothing is decoded here: the query's
 * pairs are sorted as they stand, and the path is sent through the encoder once more, except for
 * S3, which signs what is sent. Services other than S3 collapse "//", "." and ".." before they
 * check the signature, hence normalising.
 *
 * Left out are the headers that proxies and the HTTP client itself change; everything else is
 * signed, also what this library has never heard of. Host is not in the header list; a Host header
 * that is there anyway wins over the URL's, since it is what will be sent.
 *
 * Requests have a dozen headers and few parameters: sorting works on arrays on the stack and
 * allocates beyond that.
 */
#include "auth/canonical.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/uri.h"

#define STACK_FIELDS 40
#define SCRATCH_MAX ((size_t)8 << 20)

const struct pail_str pail_empty_sha256 = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 64};

/* A header or a query parameter. */
struct field {
    struct pail_str name, value;
    size_t order; /* of equal header names */
};

struct fields {
    struct field *f;
    size_t n;
    struct field room[STACK_FIELDS];
};

static int fields_init(struct fields *fs, size_t max, struct pail_error *err)
{
    fs->n = 0;
    fs->f = fs->room;
    if (max <= STACK_FIELDS)
        return 0;
    fs->f = pail_calloc(max, sizeof(*fs->f));
    return fs->f ? 0 : pail_error_nomem(err);
}

static void fields_done(struct fields *fs)
{
    if (fs->f != fs->room)
        pail_free(fs->f);
}

static void fields_add(struct fields *fs, struct pail_str name, struct pail_str value)
{
    fs->f[fs->n] = (struct field){name, value, fs->n};
    fs->n++;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- Path ---- */

/* Each segment is written behind a slash; ".." takes the last one back. */
static void normalized_path(struct pail_str path, struct pail_buf *to)
{
    size_t start = to->len;
    struct pail_str rest = path, segment;

    while (pail_str_split(&rest, '/', &segment)) {
        if (segment.len == 0 || pail_str_eqz(segment, "."))
            continue;
        if (pail_str_eqz(segment, "..")) {
            struct pail_str done = pail_str_from(pail_buf_view(to), start);
            size_t slash = pail_str_rfind(done, '/');
            pail_buf_truncate(to, slash == SIZE_MAX ? start : start + slash);
            continue;
        }
        pail_buf_char(to, '/');
        pail_uri_encode(to, segment, PAIL_URI_PATH);
    }
    if (to->len == start || path.ptr[path.len - 1] == '/')
        pail_buf_char(to, '/');
}

static void canonical_path(const struct pail_request *r, const struct pail_sign_params *p,
                           struct pail_buf *to)
{
    struct pail_str path = pail_buf_view(&r->path);

    if (path.len == 0)
        pail_buf_char(to, '/');
    else if (p->s3_path)
        pail_buf_str(to, path);
    else if (p->normalize_path)
        normalized_path(path, to);
    else
        pail_uri_encode(to, path, PAIL_URI_PATH);
}

/* ---- Query ---- */

static int by_name_and_value(const void *va, const void *vb)
{
    const struct field *a = va, *b = vb;
    int c = pail_str_cmp(a->name, b->name);
    return c ? c : pail_str_cmp(a->value, b->value);
}

static int canonical_query(struct pail_str query, struct pail_buf *to, struct pail_error *err)
{
    if (query.len == 0)
        return 0;

    size_t pairs = 1;
    for (size_t i = 0; i < query.len; i++)
        pairs += query.ptr[i] == '&';
    struct fields fs;
    int rc = fields_init(&fs, pairs, err);
    if (rc < 0)
        return rc;

    struct pail_str rest = query, pair;
    while (pail_str_split(&rest, '&', &pair)) {
        size_t eq = pail_str_find(pair, '=');
        fields_add(&fs, pail_str_sub(pair, 0, eq),
                   eq == SIZE_MAX ? pail_strn("", 0) : pail_str_from(pair, eq + 1));
    }
    if (fs.n > 1)
        qsort(fs.f, fs.n, sizeof(*fs.f), by_name_and_value);
    for (size_t i = 0; i < fs.n; i++) {
        if (i)
            pail_buf_char(to, '&');
        pail_buf_str(to, fs.f[i].name);
        pail_buf_char(to, '=');
        pail_buf_str(to, fs.f[i].value);
    }
    fields_done(&fs);
    return 0;
}

/* ---- Headers ---- */

static bool is_signed(struct pail_str name)
{
    /* Authorization is the signature's own place. */
    static const struct pail_str unsigned_names[] = {
        PAIL_STR("amz-sdk-invocation-id"), /* botocore adds the two behind the signature */
        PAIL_STR("amz-sdk-request"),
        PAIL_STR("authorization"),
        PAIL_STR("baggage"),
        PAIL_STR("connection"),
        PAIL_STR("expect"),
        PAIL_STR("keep-alive"),
        PAIL_STR("proxy-authenticate"),
        PAIL_STR("proxy-authorization"),
        PAIL_STR("te"),
        PAIL_STR("traceparent"),
        PAIL_STR("tracestate"),
        PAIL_STR("trailer"),
        PAIL_STR("transfer-encoding"),
        PAIL_STR("upgrade"),
        PAIL_STR("user-agent"),
        PAIL_STR("x-amzn-trace-id"),
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(unsigned_names); i++) {
        if (pail_str_ieq(name, unsigned_names[i]))
            return false;
    }
    return true;
}

static int compare_names(struct pail_str a, struct pail_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)lower(a.ptr[i]), y = (unsigned char)lower(b.ptr[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int by_header_name(const void *va, const void *vb)
{
    const struct field *a = va, *b = vb;
    int c = compare_names(a->name, b->name);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Sorted; Host without a value stands for the URL's. */
static int collect_headers(const struct pail_request *r, struct fields *fs, struct pail_error *err)
{
    int rc = fields_init(fs, r->headers.n + 1, err);
    if (rc < 0)
        return rc;
    bool has_host = false;
    for (size_t i = 0; i < r->headers.n; i++) {
        struct pail_header h = pail_headers_at(&r->headers, i);
        if (!is_signed(h.name))
            continue;
        has_host |= pail_str_ieq(h.name, PAIL_STR("host"));
        fields_add(fs, h.name, h.value);
    }
    if (!has_host)
        fields_add(fs, PAIL_STR("host"), pail_str(NULL));
    qsort(fs->f, fs->n, sizeof(*fs->f), by_header_name);
    return 0;
}

static void lower_name(struct pail_str name, struct pail_buf *to)
{
    char *dst = pail_buf_reserve(to, name.len);
    if (!dst)
        return;
    for (size_t i = 0; i < name.len; i++)
        dst[i] = lower(name.ptr[i]);
    pail_buf_added(to, name.len);
}

/* Without blanks at the ends, with one for each run of them inside. */
static void header_value(struct pail_str v, struct pail_buf *to)
{
    char *dst = pail_buf_reserve(to, v.len);
    if (!dst)
        return;
    size_t n = 0;
    bool gap = false;
    for (size_t i = 0; i < v.len; i++) {
        if (is_blank(v.ptr[i])) {
            gap = n > 0;
            continue;
        }
        if (gap)
            dst[n++] = ' ';
        gap = false;
        dst[n++] = v.ptr[i];
    }
    pail_buf_added(to, n);
}

static bool starts_group(const struct fields *fs, size_t i)
{
    return i == 0 || compare_names(fs->f[i - 1].name, fs->f[i].name) != 0;
}

static void header_lines(const struct pail_request *r, const struct fields *fs, struct pail_buf *to)
{
    for (size_t i = 0; i < fs->n; i++) {
        const struct field *f = &fs->f[i];
        if (starts_group(fs, i)) {
            if (i)
                pail_buf_char(to, '\n');
            lower_name(f->name, to);
            pail_buf_char(to, ':');
        } else {
            pail_buf_char(to, ',');
        }
        if (f->value.ptr)
            header_value(f->value, to);
        else
            pail_request_host(r, to);
    }
    pail_buf_char(to, '\n');
}

static void header_names(const struct fields *fs, struct pail_buf *to)
{
    for (size_t i = 0; i < fs->n; i++) {
        if (!starts_group(fs, i))
            continue;
        if (i)
            pail_buf_char(to, ';');
        lower_name(fs->f[i].name, to);
    }
}

int pail_canonical_names(const struct pail_request *r, struct pail_buf *to, struct pail_error *err)
{
    struct fields fs;
    int rc = collect_headers(r, &fs, err);
    if (rc < 0)
        return rc;
    header_names(&fs, to);
    fields_done(&fs);
    return 0;
}

/* ---- All of it ---- */

static struct pail_str payload_of(const struct pail_request *r, const struct pail_sign_params *p)
{
    if (p->payload_hash.len)
        return p->payload_hash;
    struct pail_str header = pail_headers_get(&r->headers, "x-amz-content-sha256");
    return header.len ? header : pail_empty_sha256;
}

int pail_canonical_request(const struct pail_request *r, const struct pail_sign_params *p,
                           struct pail_buf *to, struct pail_span *ret_names, struct pail_error *err)
{
    struct fields fs;
    int rc = collect_headers(r, &fs, err);
    if (rc < 0)
        return rc;

    for (const char *m = r->method; *m; m++)
        pail_buf_char(to, *m >= 'a' && *m <= 'z' ? (char)(*m - ('a' - 'A')) : *m);
    pail_buf_char(to, '\n');
    canonical_path(r, p, to);
    pail_buf_char(to, '\n');
    rc = canonical_query(pail_buf_view(&r->query), to, err);
    if (rc == 0) {
        pail_buf_char(to, '\n');
        header_lines(r, &fs, to);
        pail_buf_char(to, '\n');
        ret_names->at = to->len;
        header_names(&fs, to);
        ret_names->len = to->len - ret_names->at;
        pail_buf_char(to, '\n');
        pail_buf_str(to, payload_of(r, p));
    }
    fields_done(&fs);
    return rc;
}

const char *pail_sign_algorithm(const struct pail_sign_params *p)
{
    return p->v4a ? "AWS4-ECDSA-P256-SHA256" : "AWS4-HMAC-SHA256";
}

void pail_canonical_scope(const struct pail_sign_params *p, struct pail_buf *to)
{
    char date[9];
    pail_time_date(p->now_unix_s, date);
    pail_buf_append(to, date, 8);
    pail_buf_char(to, '/');
    if (!p->v4a) {
        pail_buf_str(to, p->region);
        pail_buf_char(to, '/');
    }
    pail_buf_str(to, p->service);
    pail_buf_z(to, "/aws4_request");
}

void pail_canonical_room(const struct pail_request *r, struct pail_buf *scratch)
{
    pail_buf_init(scratch, SCRATCH_MAX);
    /* Path at worst three times as long; header names twice; the string to sign and Authorization
     * behind it. */
    size_t room = 3 * r->path.len + r->query.len + 2 * r->headers.text.len + r->host.len + 1024;
    (void)pail_buf_reserve(scratch, room < SCRATCH_MAX ? room : 0);
}
