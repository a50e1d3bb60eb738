/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/request.c - one request's head, and reading its body.
 *
 * What is stored is what is signed and what is sent: nothing here or below decodes, encodes or
 * normalises a path again. The buffers keep their memory from attempt to attempt.
 */
#include "http/request.h"

#include "base/str.h"
#include "base/uri.h"
#include "http/transport.h"

#define HOST_MAX 256
#define PATH_MAX_BYTES (16 * 1024) /* a key of 1024 bytes, all encoded, under a base path */
#define QUERY_MAX_BYTES (64 * 1024)
#define HEADERS_MAX_BYTES (64 * 1024)

void pail_request_init(struct pail_request *r)
{
    *r = (struct pail_request){.method = ""};
    pail_buf_init(&r->host, HOST_MAX);
    pail_buf_init(&r->path, PATH_MAX_BYTES);
    pail_buf_init(&r->query, QUERY_MAX_BYTES);
    pail_headers_init(&r->headers, HEADERS_MAX_BYTES);
}

void pail_request_done(struct pail_request *r)
{
    pail_buf_done(&r->host);
    pail_buf_done(&r->path);
    pail_buf_done(&r->query);
    pail_headers_done(&r->headers);
}

void pail_request_reset(struct pail_request *r)
{
    r->method[0] = '\0';
    r->https = r->direct = false;
    r->port = 0;
    pail_buf_reset(&r->host);
    pail_buf_reset(&r->path);
    pail_buf_reset(&r->query);
    pail_headers_reset(&r->headers);
}

/* A base URL is configuration: name it, but never with what might be a password in it. */
static int bad_base(struct pail_error *err, const struct pail_uri *u, const char *why)
{
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_INVALID, "endpoint %.*s://%.*s: %s",
                          PAIL_STR_ARG(u->scheme), PAIL_STR_ARG(u->host), why);
}

int pail_request_base(struct pail_request *r, struct pail_str url, struct pail_error *err)
{
    struct pail_uri u;
    int rc = pail_uri_parse(url, &u, err);
    if (rc < 0)
        return rc;

    bool https = pail_str_ieq(u.scheme, PAIL_STR("https"));
    if (!https && !pail_str_ieq(u.scheme, PAIL_STR("http")))
        return bad_base(err, &u, "scheme is neither http nor https");
    if (u.userinfo.len)
        return bad_base(err, &u, "user name or password in the URL");
    if (u.query.ptr || u.fragment.len)
        return bad_base(err, &u, "query or fragment in the URL");

    r->https = https;
    r->port = u.port ? u.port : https ? 443 : 80;
    pail_buf_reset(&r->host);
    pail_buf_str(&r->host, u.host);
    struct pail_str path = u.path;
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    pail_buf_reset(&r->path);
    pail_buf_str(&r->path, path);
    return pail_request_check(r, err);
}

void pail_request_query(struct pail_request *r, struct pail_str name, struct pail_str value)
{
    if (r->query.len)
        pail_buf_char(&r->query, '&');
    pail_uri_encode(&r->query, name, PAIL_URI_COMPONENT);
    pail_buf_char(&r->query, '=');
    pail_uri_encode(&r->query, value, PAIL_URI_COMPONENT);
}

int pail_request_header(struct pail_request *r, const char *name, struct pail_str value,
                        struct pail_error *err)
{
    return pail_headers_set(&r->headers, pail_str(name), value, err);
}

static void authority(const struct pail_request *r, struct pail_buf *to)
{
    struct pail_str host = pail_buf_view(&r->host);
    bool ipv6 = pail_str_find(host, ':') != SIZE_MAX;

    if (ipv6)
        pail_buf_char(to, '[');
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        pail_buf_char(to, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
    }
    if (ipv6)
        pail_buf_char(to, ']');
    if (r->port != (r->https ? 443u : 80u)) {
        pail_buf_char(to, ':');
        pail_buf_u64(to, r->port);
    }
}

void pail_request_host(const struct pail_request *r, struct pail_buf *to)
{
    authority(r, to);
}

void pail_request_url(const struct pail_request *r, bool with_query, struct pail_buf *to)
{
    pail_buf_z(to, r->https ? "https://" : "http://");
    authority(r, to);
    if (r->path.len)
        pail_buf_str(to, pail_buf_view(&r->path));
    else
        pail_buf_char(to, '/');
    if (with_query && r->query.len) {
        pail_buf_char(to, '?');
        pail_buf_str(to, pail_buf_view(&r->query));
    }
}

int pail_request_check(const struct pail_request *r, struct pail_error *err)
{
    int rc = pail_buf_check(&r->host, "host name", err);
    if (rc == 0)
        rc = pail_buf_check(&r->path, "path of the request", err);
    if (rc == 0)
        rc = pail_buf_check(&r->query, "query of the request", err);
    return rc;
}

static size_t read_segments(const struct pail_body *b, uint64_t offset, char *dst, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_segments && n < cap; i++) {
        const struct pail_bytes *s = &b->segments[i];
        if (offset >= s->len) {
            offset -= s->len;
            continue;
        }
        size_t part = pail_min_u64(s->len - offset, cap - n);
        memcpy(dst + n, (const char *)s->ptr + offset, part);
        n += part;
        offset = 0;
    }
    return n;
}

int pail_body_read(const struct pail_body *b, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                   struct pail_error *err)
{
    if (offset >= b->length || cap == 0) {
        *ret_n = 0;
        return 0;
    }
    cap = pail_min_u64(cap, b->length - offset);

    size_t n = 0;
    if (b->segments) {
        n = read_segments(b, offset, dst, cap);
    } else {
        int rc = b->read(b->ud, offset, dst, cap, &n, err);
        if (rc < 0)
            return rc;
    }
    if (n == 0 || n > cap)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "request body: %zu bytes at offset %llu of %llu", n,
                              (unsigned long long)offset, (unsigned long long)b->length);
    *ret_n = n;
    return 0;
}
