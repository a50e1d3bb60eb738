/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/redirect.c - as much of an HTTP server as a browser needs that brings a code: one connection
 * after the other, the first line of the request, a page.
 *
 * A connection that says nothing is given up after some seconds, so that one that a browser opens
 * in advance does not keep the next from being heard.
 */
#include "auth/redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/uri.h"

#define REQUEST_MAX 16384
#define REQUEST_NS (5 * PAIL_NS_PER_S)

struct pail_redirect {
    int fd;
    char uri[64];
};

void pail_redirect_free(struct pail_redirect *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    pail_free(r);
}

int pail_redirect_new(struct pail_redirect **ret, struct pail_error *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    PAIL_CLEANUP(pail_redirect_free_p) struct pail_redirect *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&a, len) || listen(r->fd, 8) ||
        getsockname(r->fd, (struct sockaddr *)&a, &len))
        return pail_error_os(err, errno, "listening on 127.0.0.1");
    (void)snprintf(r->uri, sizeof(r->uri), "http://127.0.0.1:%u/oauth/callback",
                   (unsigned)ntohs(a.sin_port));
    *ret = r;
    r = NULL;
    return 0;
}

const char *pail_redirect_uri(const struct pail_redirect *r)
{
    return r->uri;
}

/* ---- Requests ---- */

/* Waits until fd can be read or written; false: the deadline passed first. */
static bool ready(int fd, short events, int64_t deadline_mono_ns)
{
    for (;;) {
        int64_t left = deadline_mono_ns - pail_clock_mono_ns();
        if (left <= 0)
            return false;
        struct pollfd p = {.fd = fd, .events = events};
        int64_t ms = left / PAIL_NS_PER_MS + 1;
        int n = poll(&p, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

/* The head of a request, or as much of it as came. */
static void read_head(int fd, int64_t deadline_mono_ns, struct pail_buf *head)
{
    while (head->len < REQUEST_MAX &&
           pail_str_find_str(pail_buf_view(head), PAIL_STR("\r\n\r\n")) == SIZE_MAX) {
        char chunk[2048];
        if (!ready(fd, POLLIN, deadline_mono_ns))
            return;
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return;
        pail_buf_append(head, chunk, (size_t)n);
    }
}

/* Sent with MSG_NOSIGNAL: the browser may be gone. */
static void answer(int fd, int64_t deadline_mono_ns, const char *status, const char *text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf page = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(8192);
    pail_buf_fmt(&page,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>pail"
                 "</title></head>\n<body style=\"font-family: sans-serif; margin: 4em\"><p>%s</p>"
                 "</body></html>\n",
                 text);
    pail_buf_fmt(&all,
                 "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
                 status, page.len);
    pail_buf_str(&all, pail_buf_view(&page));
    for (size_t sent = 0; !all.failed && sent < all.len;) {
        if (!ready(fd, POLLOUT, deadline_mono_ns))
            return;
        ssize_t n = send(fd, all.ptr + sent, all.len - sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            return;
        sent += (size_t)n;
    }
}

/* The query of "GET /oauth/callback?code=x HTTP/1.1"; ptr NULL: it is another request. */
static struct pail_str query_of(struct pail_str head)
{
    struct pail_str line, method, target, rest = head;
    if (!pail_str_split(&rest, '\n', &line) || !pail_str_split(&line, ' ', &method) ||
        !pail_str_split(&line, ' ', &target) || !pail_str_eqz(method, "GET"))
        return pail_strn(NULL, 0);
    size_t mark = pail_str_find(target, '?');
    return mark == SIZE_MAX ? pail_strn(NULL, 0) : pail_str_from(target, mark + 1);
}

/* A parameter, decoded. False: it is not there, or empty. */
static bool parameter(struct pail_str query, const char *name, struct pail_buf *to)
{
    struct pail_str pair;
    while (pail_str_split(&query, '&', &pair)) {
        size_t eq = pail_str_find(pair, '=');
        if (eq == SIZE_MAX || !pail_str_eqz(pail_str_sub(pair, 0, eq), name))
            continue;
        pail_uri_decode(to, pail_str_from(pair, eq + 1), true);
        return to->len > 0;
    }
    return false;
}

/* True: this was it. */
static bool serve(int fd, struct pail_buf *code, struct pail_buf *state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf head = PAIL_BUF_INIT(2 * REQUEST_MAX);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(REQUEST_MAX);
    int64_t deadline = pail_deadline_after_ns(REQUEST_NS);
    read_head(fd, deadline, &head);
    struct pail_str query = query_of(pail_buf_view(&head));
    if (parameter(query, "error", &why)) {
        answer(fd, deadline, "200 OK", "The login was refused. You can close this window.");
        return true;
    }
    if (parameter(query, "code", code) && parameter(query, "state", state)) {
        answer(fd, deadline, "200 OK",
               "Your credentials have been shared with the command line. You can close this "
               "window.");
        return true;
    }
    pail_buf_reset(code);
    pail_buf_reset(state);
    if (head.len)
        answer(fd, deadline, "404 Not Found", "There is nothing here.");
    return false;
}

int pail_redirect_wait(struct pail_redirect *r, int64_t deadline_mono_ns, struct pail_buf *code,
                       struct pail_buf *state, struct pail_error *err)
{
    for (;;) {
        if (!ready(r->fd, POLLIN, deadline_mono_ns))
            return pail_error_set(err, PAIL_D_AUTH, PAIL_E_DEADLINE,
                                  "nobody came back from the browser in time");
        int fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
            return pail_error_os(err, errno, "the browser's connection");
        if (fd < 0) /* it is gone already */
            continue;
        bool done = serve(fd, code, state);
        close(fd);
        if (done)
            return pail_buf_check(code, "code", err);
    }
}
