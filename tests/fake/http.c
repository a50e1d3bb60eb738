/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 for the fake server. Bodies of known length are received straight into the memory where
 * they stay; answers go out with one sendmsg of head and pieces. Blocking sockets: a thread per
 * connection waits.
 */
#include "fake/http.h"

#include "fake/follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#define MAX_HEAD 65536u
#define MAX_BODY                                                                                   \
    (((uint64_t)5 << 30) + ((uint64_t)64 << 20)) /* 5 GiB and its aws-chunked framing */
#define FOLLOW_FROM ((uint64_t)8 << 20)
#define MAX_IOV 64

/* ---- reading --------------------------------------------------------------------------------- */

static ssize_t receive(int fd, void *p, size_t n)
{
    ssize_t got;
    do
        got = recv(fd, p, n, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool fill(struct fake_wire *w)
{
    if (w->start == w->end)
        w->start = w->end = 0;
    if (w->start && w->end == sizeof(w->buf)) {
        memmove(w->buf, w->buf + w->start, w->end - w->start);
        w->end -= w->start;
        w->start = 0;
    }
    if (w->end == sizeof(w->buf))
        return false;
    ssize_t got = receive(w->fd, w->buf + w->end, sizeof(w->buf) - w->end);
    if (got <= 0)
        return false;
    w->end += (size_t)got;
    return true;
}

/* n bytes to p (NULL: forgotten), first from the buffer. */
static bool take(struct fake_wire *w, char *p, uint64_t n)
{
    while (n) {
        if (w->start == w->end && p && n >= sizeof(w->buf)) {
            ssize_t got = receive(w->fd, p, n < (1u << 20) ? (size_t)n : 1u << 20);
            if (got <= 0)
                return false;
            p += got;
            n -= (uint64_t)got;
            continue;
        }
        if (w->start == w->end && !fill(w))
            return false;
        size_t have = w->end - w->start < n ? w->end - w->start : (size_t)n;
        if (p) {
            memcpy(p, w->buf + w->start, have);
            p += have;
        }
        w->start += have;
        n -= have;
    }
    return true;
}

/* One line without its end, in the buffer; false: closed or too long. */
static bool take_line(struct fake_wire *w, struct fake_view *ret)
{
    for (;;) {
        char *from = w->buf + w->start, *nl = memchr(from, '\n', w->end - w->start);
        if (nl) {
            size_t n = (size_t)(nl - from);
            *ret = (struct fake_view){from, n && from[n - 1] == '\r' ? n - 1 : n};
            w->start += n + 1;
            return true;
        }
        if (!fill(w))
            return false;
    }
}

static bool add_header(struct fake_head *h, char *line)
{
    char *colon = line + strcspn(line, ": \t");
    if (*colon != ':' || colon == line)
        return false;
    *colon = '\0';
    char *value = colon + 1;
    value += strspn(value, " \t");
    size_t n = strlen(value);
    while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        value[--n] = '\0';
    h->headers = fake_xrealloc(h->headers, (h->n_headers + 1) * sizeof(*h->headers));
    h->headers[h->n_headers++] = (struct fake_header){line, value};
    return true;
}

/* "GET /path?query HTTP/1.1"; also "GET http://host/path HTTP/1.1", as sent to proxies. */
static bool read_request_line(struct fake_head *h, char *line)
{
    char *sp = strchr(line, ' '), *last = strrchr(line, ' ');
    if (!sp || sp == line || last == sp || strncmp(last + 1, "HTTP/1.", 7) != 0)
        return false;
    *sp = *last = '\0';
    h->method = line;
    h->path = sp + 1;
    h->keep_alive = strcmp(last + 1, "HTTP/1.0") != 0;
    if (strncmp(h->path, "http://", 7) == 0) {
        char *slash = strchr(h->path + 7, '/');
        if (!slash)
            return false;
        h->path = slash;
    }
    char *q = strchr(h->path, '?');
    h->query = q ? q + 1 : last;
    if (q)
        *q = '\0';
    return h->path[0] == '/';
}

static bool interpret(struct fake_head *h)
{
    const char *length = fake_head_get(h, "content-length");
    const char *encoding = fake_head_get(h, "transfer-encoding");
    const char *expect = fake_head_get(h, "expect"), *connection = fake_head_get(h, "connection");
    h->has_length = length != NULL;
    h->chunked = encoding && strcasecmp(encoding, "chunked") == 0;
    h->expect = expect && strcasecmp(expect, "100-continue") == 0;
    if (connection && strcasecmp(connection, "close") == 0)
        h->keep_alive = false;
    else if (connection && strcasecmp(connection, "keep-alive") == 0)
        h->keep_alive = true;
    if (encoding && (!h->chunked || length))
        return false;
    return !length || fake_number(length, UINT64_MAX, &h->length);
}

/* Text of the whole head, CRLFs turned into NULs line by line, so that names and values can point
 * into it. */
enum fake_read fake_http_head(struct fake_wire *w, struct fake_head *ret)
{
    struct fake_buf b = {0};
    struct fake_view line;
    size_t n_lines = 0;
    *ret = (struct fake_head){0};
    for (;;) {
        if (!take_line(w, &line)) {
            bool bad = b.n || w->end - w->start == sizeof(w->buf);
            fake_buf_done(&b);
            return bad ? FAKE_READ_BAD : FAKE_READ_END;
        }
        if (line.n == 0 && n_lines)
            break;
        if (line.n == 0)
            continue; /* blank lines before a request are allowed */
        fake_buf_put(&b, line.p, line.n);
        fake_buf_put(&b, "", 1);
        n_lines++;
        if (b.n > MAX_HEAD || memchr(line.p, '\0', line.n)) {
            fake_buf_done(&b);
            return FAKE_READ_BAD;
        }
    }
    ret->text = fake_buf_take(&b);
    char *p = ret->text, *next = p + strlen(p) + 1;
    bool ok = read_request_line(ret, p);
    for (size_t i = 1; ok && i < n_lines; i++) {
        p = next;
        next = p + strlen(p) + 1;
        ok = add_header(ret, p);
    }
    ok = ok && interpret(ret);
    if (!ok)
        fake_head_done(ret);
    return ok ? FAKE_READ_OK : FAKE_READ_BAD;
}

void fake_head_done(struct fake_head *h)
{
    free(h->headers);
    free(h->text);
    *h = (struct fake_head){0};
}

const char *fake_head_get(const struct fake_head *h, const char *name)
{
    for (size_t i = 0; i < h->n_headers; i++)
        if (strcasecmp(h->headers[i].name, name) == 0)
            return h->headers[i].value;
    return NULL;
}

/* One chunk-size line; extensions are ignored. */
static bool chunk_size(struct fake_wire *w, uint64_t *ret)
{
    struct fake_view line;
    char text[17] = "", *end;
    if (!take_line(w, &line))
        return false;
    size_t n = 0;
    while (n < line.n && n < 16 && line.p[n] != ';' && line.p[n] != ' ')
        n++;
    memcpy(text, line.p, n);
    *ret = strtoull(text, &end, 16);
    return n && *end == '\0';
}

/* A Transfer-Encoding: chunked body; b NULL: forgotten. */
static enum fake_read chunked_body(struct fake_wire *w, struct fake_blob *b)
{
    uint64_t n;
    struct fake_view line;
    for (;;) {
        if (!chunk_size(w, &n))
            return FAKE_READ_BAD;
        if (n == 0)
            break;
        if (b && (n > MAX_BODY || b->n + n > MAX_BODY))
            return FAKE_READ_BAD;
        if (b && b->n + n > b->cap && !fake_blob_grow(b, (b->n + (size_t)n) * 2))
            return FAKE_READ_BAD;
        if (!take(w, b ? b->p + b->n : NULL, n) || !take_line(w, &line) || line.n)
            return FAKE_READ_END;
        if (b)
            b->n += (size_t)n;
    }
    do
        if (!take_line(w, &line))
            return FAKE_READ_END;
    while (line.n);
    return FAKE_READ_OK;
}

enum fake_read fake_http_skip(struct fake_wire *w, const struct fake_head *h)
{
    if (h->chunked)
        return chunked_body(w, NULL);
    return take(w, NULL, h->length) ? FAKE_READ_OK : FAKE_READ_END;
}

enum fake_read fake_http_body(struct fake_wire *w, const struct fake_head *h,
                              struct fake_blob **ret, struct fake_follow **follow)
{
    enum fake_read r = FAKE_READ_OK;
    if (!h->chunked && h->length == 0)
        return FAKE_READ_OK;
    if (h->length > MAX_BODY)
        return FAKE_READ_BAD;
    struct fake_blob *b = fake_blob_new(h->chunked ? 65536 : (size_t)h->length);
    if (!b)
        return FAKE_READ_BAD;
    if (h->chunked) {
        b->n = 0;
        r = chunked_body(w, b);
    } else {
        if (follow && h->length >= FOLLOW_FROM)
            *follow = fake_follow_start(b->p);
        for (uint64_t done = 0; r == FAKE_READ_OK && done < h->length;) {
            uint64_t n = h->length - done < (2u << 20) ? h->length - done : 2u << 20;
            if (!take(w, b->p + done, n))
                r = FAKE_READ_END;
            done += n;
            if (r == FAKE_READ_OK && follow && *follow)
                fake_follow_advance(*follow, (size_t)done);
        }
    }
    if (r == FAKE_READ_OK) {
        *ret = b;
        return r;
    }
    if (follow && *follow) {
        uint8_t md5[FAKE_SUM_MAX];
        fake_follow_finish(*follow, md5);
        *follow = NULL;
    }
    fake_blob_unref(b);
    return r;
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool send_pieces(int fd, struct iovec *v, size_t n)
{
    while (n) {
        struct msghdr m = {.msg_iov = v, .msg_iovlen = n};
        ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        while (n && (size_t)sent >= v->iov_len) {
            sent -= (ssize_t)v->iov_len;
            v++;
            n--;
        }
        if (n) {
            v->iov_base = (char *)v->iov_base + sent;
            v->iov_len -= (size_t)sent;
        }
    }
    return true;
}

bool fake_http_send(int fd, const void *p, size_t n)
{
    struct iovec v = {(void *)p, n};
    return send_pieces(fd, &v, 1);
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {{200, "OK"},
                 {204, "No Content"},
                 {206, "Partial Content"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {409, "Conflict"},
                 {411, "Length Required"},
                 {412, "Precondition Failed"},
                 {416, "Requested Range Not Satisfiable"},
                 {429, "Too Many Requests"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {503, "Slow Down"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].status == status)
            return known[i].text;
    return "Other";
}

bool fake_http_answer(int fd, int status, const struct fake_headers *h, bool close,
                      const struct fake_rope *r, uint64_t off, uint64_t n)
{
    struct fake_buf head = {0};
    struct iovec v[MAX_IOV];
    size_t n_v = 1;
    bool ok = true;
    fake_buf_fmt(&head, "HTTP/1.1 %d %s\r\n", status, reason(status));
    for (size_t i = 0; i < h->n; i++) {
        fake_buf_str(&head, h->v[i].name);
        fake_buf_str(&head, ": ");
        fake_buf_str(&head, h->v[i].value);
        fake_buf_str(&head, "\r\n");
    }
    fake_buf_str(&head, close ? "Connection: close\r\n\r\n" : "\r\n");
    v[0] = (struct iovec){head.p, head.n};
    for (size_t i = 0; r && ok && i < r->n_segs && n; i++) {
        const struct fake_seg *s = &r->segs[i];
        if (off >= s->n) {
            off -= s->n;
            continue;
        }
        size_t have = s->n - off < n ? s->n - (size_t)off : (size_t)n;
        v[n_v++] = (struct iovec){s->blob->p + s->off + off, have};
        n -= have;
        off = 0;
        if (n_v == MAX_IOV) {
            ok = send_pieces(fd, v, n_v);
            n_v = 0;
        }
    }
    if (ok && n_v)
        ok = send_pieces(fd, v, n_v);
    fake_buf_done(&head);
    return ok;
}

void fake_http_linger(int fd)
{
    char scratch[16384];
    struct timeval second = {.tv_sec = 1};
    shutdown(fd, SHUT_WR);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    for (int i = 0; i < 4096 && receive(fd, scratch, sizeof(scratch)) > 0; i++)
        ;
}
