/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/http/tcp_server.h - a listening socket whose connections are played by a function of the
 * test, and exchanges to talk to it.
 */
#ifndef PAIL_TESTS_UNIT_HTTP_TCP_SERVER_H
#define PAIL_TESTS_UNIT_HTTP_TCP_SERVER_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "http/transport.h"
#include "unit/test.h"

#define SERVER_CONNS 1024

struct server;

struct conn {
    struct server *server;
    unsigned index; /* of the connection, from 0 */
    int fd;
    struct pail_thread *thread;
    char buf[4096]; /* received, not yet taken */
    size_t len;
};

struct server {
    int fd;
    unsigned port;
    void (*play)(struct conn *c);
    struct pail_thread *thread;
    struct conn conns[SERVER_CONNS];
    atomic_uint n_conns, requests;
    atomic_bool flag;  /* for the test */
    atomic_ullong sum; /* for the test */
};

/* ---- A connection --------------------------------------------------------------------------- */

static bool conn_fill(struct conn *c)
{
    ssize_t n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);
    if (n <= 0)
        return false;
    c->len += (size_t)n;
    return true;
}

static void conn_take(struct conn *c, size_t n)
{
    memmove(c->buf, c->buf + n, c->len - n);
    c->len -= n;
}

/* The head of the next request with its empty line; false: the peer is gone. */
PAIL_UNUSED static bool conn_head(struct conn *c, char *dst, size_t cap)
{
    for (;;) {
        char *end = memmem(c->buf, c->len, "\r\n\r\n", 4);
        if (end) {
            size_t n = (size_t)(end - c->buf) + 4;
            snprintf(dst, cap, "%.*s", (int)n, c->buf);
            conn_take(c, n);
            c->server->requests++;
            return true;
        }
        if (!conn_fill(c))
            return false;
    }
}

/* Reads and adds up n bytes of a body; how many came. */
PAIL_UNUSED static uint64_t conn_body(struct conn *c, uint64_t n, uint64_t *ret_sum)
{
    uint64_t got = 0;
    while (got < n) {
        if (c->len == 0 && !conn_fill(c))
            break;
        size_t part = pail_min_u64(c->len, n - got);
        for (size_t i = 0; i < part; i++)
            *ret_sum = *ret_sum * 31 + (unsigned char)c->buf[i];
        conn_take(c, part);
        got += part;
    }
    return got;
}

PAIL_UNUSED static bool conn_send(struct conn *c, const void *p, size_t n)
{
    while (n) {
        ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p = (const char *)p + sent;
        n -= (size_t)sent;
    }
    return true;
}

PAIL_UNUSED static bool conn_say(struct conn *c, const char *text)
{
    return conn_send(c, text, strlen(text));
}

/* Until the peer closes. */
PAIL_UNUSED static void conn_drain(struct conn *c)
{
    c->len = 0;
    while (conn_fill(c))
        c->len = 0;
}

static void conn_main(void *arg)
{
    struct conn *c = arg;
    c->server->play(c);
    shutdown(c->fd, SHUT_RDWR); /* closed by server_free, so that the number stays ours */
}

/* ---- The server ----------------------------------------------------------------------------- */

static void server_main(void *arg)
{
    struct server *s = arg;
    while (s->n_conns < SERVER_CONNS) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            return;
        struct conn *c = &s->conns[s->n_conns];
        c->server = s;
        c->index = s->n_conns;
        c->fd = fd;
        s->n_conns++;
        if (pail_thread_start(&c->thread, "conn", conn_main, c, NULL) < 0)
            return;
    }
}

static void server_listen(struct server *s, int backlog)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(listen(s->fd, backlog), 0);
    s->port = ntohs(a.sin_port);
}

PAIL_UNUSED static struct server *server_new(void (*play)(struct conn *c))
{
    struct server *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    s->play = play;
    server_listen(s, 64);
    assert_ok(pail_thread_start(&s->thread, "server", server_main, s, NULL), NULL);
    return s;
}

PAIL_UNUSED static void server_free(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pail_thread_join(s->thread);
    close(s->fd);
    for (unsigned i = 0; i < s->n_conns; i++) {
        shutdown(s->conns[i].fd, SHUT_RDWR);
        pail_thread_join(s->conns[i].thread);
        close(s->conns[i].fd);
    }
    free(s);
}

PAIL_UNUSED static struct pail_transport *transport_new(struct pail_transport_options opt)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transport *t = NULL;
    assert_ok(pail_transport_curl_new(&opt, &t, &err), &err);
    return t;
}

/* ---- Exchanges ------------------------------------------------------------------------------ */

struct xfer {
    struct pail_exchange x;
    struct pail_request request;
    struct pail_transport *transport;
    struct pail_mutex lock;
    struct pail_cond cond;
    bool done, failed, body_seen;
    struct pail_error err;
    int status;
    unsigned heads, dones;
    char head[512]; /* the answer's fields, "Name: value\n" */
    struct pail_buf body;
    uint64_t received, sum;
    int head_fails, body_fails; /* codes to return */
    void (*on_body)(struct xfer *t);
};

static int xfer_head(struct pail_exchange *x, int status, const struct pail_headers *headers,
                     struct pail_error *err)
{
    struct xfer *t = PAIL_CONTAINER(x, struct xfer, x);
    size_t at = 0;
    t->heads++;
    t->status = status;
    for (size_t i = 0; i < headers->n; i++) {
        struct pail_header h = pail_headers_at(headers, i);
        at += (size_t)snprintf(t->head + at, sizeof(t->head) - at, "%.*s: %.*s\n",
                               PAIL_STR_ARG(h.name), PAIL_STR_ARG(h.value));
    }
    return t->head_fails ? pail_error_set(err, PAIL_D_OS, (enum pail_code)t->head_fails, "no") : 0;
}

static int xfer_body(struct pail_exchange *x, const void *p, size_t n, struct pail_error *err)
{
    struct xfer *t = PAIL_CONTAINER(x, struct xfer, x);
    pail_buf_append(&t->body, p, n);
    t->received += n;
    for (size_t i = 0; i < n; i++)
        t->sum = t->sum * 31 + ((const unsigned char *)p)[i];
    if (t->on_body)
        t->on_body(t);
    return t->body_fails ? pail_error_set(err, PAIL_D_OS, (enum pail_code)t->body_fails, "no") : 0;
}

static void xfer_done(struct pail_exchange *x, const struct pail_error *err)
{
    struct xfer *t = PAIL_CONTAINER(x, struct xfer, x);
    pail_assert_no_locks();
    PAIL_LOCKED(&t->lock);
    t->dones++;
    t->done = true;
    t->failed = err != NULL;
    if (err)
        t->err = *err;
    pail_cond_broadcast(&t->cond);
}

/* To http://127.0.0.1:port PATH; may be changed before xfer_start. */
static void xfer_init(struct xfer *t, struct pail_transport *transport, unsigned port,
                      const char *method, const char *path)
{
    *t = (struct xfer){.transport = transport};
    pail_mutex_init(&t->lock, "xfer",
                    PAIL_RANK_ENGINE); /* as the engine's, below the transport's */
    pail_cond_init(&t->cond);
    pail_buf_init(&t->body, 64 * 1024);
    pail_request_init(&t->request);
    snprintf(t->request.method, sizeof(t->request.method), "%s", method);
    pail_buf_z(&t->request.host, "127.0.0.1");
    t->request.port = port;
    pail_buf_z(&t->request.path, path);
    t->x = (struct pail_exchange){
        .request = &t->request,
        .head_only = strcmp(method, "HEAD") == 0,
        .connect_timeout_ms = 10000,
        .idle_timeout_ms = 10000,
        .deadline_mono_ns = PAIL_NEVER,
        .on_head = xfer_head,
        .on_body = xfer_body,
        .on_done = xfer_done,
    };
}

static void xfer_start(struct xfer *t)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(t->transport->ops->start(t->transport, &t->x, &err), &err);
}

static void xfer_wait(struct xfer *t)
{
    PAIL_LOCKED(&t->lock);
    while (!t->done)
        pail_cond_wait(&t->cond, &t->lock);
}

PAIL_UNUSED static void xfer_cancel(struct xfer *t)
{
    PAIL_LOCKED(&t->lock); /* held until on_done returns, as the rule wants */
    if (!t->done)
        t->transport->ops->cancel(t->transport, &t->x);
}

static void xfer_free(struct xfer *t)
{
    assert_int_equal(t->dones, 1);
    pail_request_done(&t->request);
    pail_buf_done(&t->body);
    pail_cond_done(&t->cond);
    pail_mutex_done(&t->lock);
}

PAIL_UNUSED static void xfer_assert_ok(const struct xfer *t, int status, const char *body)
{
    if (t->failed)
        print_error("%s\n", t->err.message);
    assert_false(t->failed);
    assert_int_equal(t->status, status);
    assert_int_equal(t->heads, 1);
    assert_string_equal(pail_buf_cstr(&t->body), body);
}

PAIL_UNUSED static void xfer_assert_failed(const struct xfer *t, int code, bool sent)
{
    if (!t->failed || t->err.code != (enum pail_code)code || t->x.request_sent != sent) {
        print_error("failed %d, %s, sent %d: %s\n", t->failed, pail_code_name(t->err.code),
                    t->x.request_sent, t->err.message);
        fail();
    }
}

#endif
