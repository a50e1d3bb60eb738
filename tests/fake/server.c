/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: one thread accepts, one thread per connection serves, one lock guards the model.
 *
 * A request's way: head read -> begin (locked) -> errors that need no body are answered, 100
 * Continue otherwise -> body -> payload -> run (locked) -> answer. Threads end when their peer does
 * or when stop shuts their socket down; the acceptor joins the ended ones whenever it takes a new
 * one.
 */
#include "fake/server.h"

#include "fake/admin.h"
#include "fake/call.h"
#include "fake/follow.h"
#include "fake/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
    struct fake_server *sv;
    struct connection *next; /* sv->conns_lock */
    pthread_t thread;
    int fd;     /* -1 after the end; sv->conns_lock */
    bool ended; /* sv->conns_lock */
    struct fake_wire wire;
};

struct fake_server {
    int listener, stop_fd, port;
    bool verbose;
    pthread_t acceptor;
    pthread_mutex_t lock; /* s3, knobs */
    struct fake_s3 *s3;
    struct fake_knobs knobs;
    pthread_mutex_t conns_lock; /* conns */
    struct connection *conns;
};

static int64_t now_ms(const struct fake_server *sv)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + sv->knobs.clock_offset_ms;
}

/* False: the server stops, or the peer has gone. */
static bool pause_for(struct connection *cn, int64_t ms)
{
    struct pollfd p[2] = {{cn->sv->stop_fd, POLLIN, 0}, {cn->fd, POLLRDHUP, 0}};
    while (ms > 0) {
        int step = ms > 60000 ? 60000 : (int)ms;
        if (poll(p, 2, step) != 0)
            return false;
        ms -= step;
    }
    return true;
}

/* ---- one request ----------------------------------------------------------------------------- */

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Sends the call's answer as its fate wants. True: the connection goes on. */
static bool deliver(struct connection *cn, struct fake_call *c, bool close)
{
    static const char garbage[] = "\x16\x03\x01 this is not HTTP\r\n\r\n\x00\xff\xfe";
    uint64_t n = c->no_body ? 0 : fake_call_len(c);
    if (!c->rope && n) {
        c->rope = fake_rope_of(fake_blob_copy(c->out.p, c->out.n));
        c->rope_len = n;
    }
    switch (c->fault.fate) {
    case FAKE_RESET:
        reset(cn->fd);
        return false;
    case FAKE_LOST:
        return false;
    case FAKE_GARBAGE:
        fake_http_send(cn->fd, garbage, sizeof(garbage) - 1);
        return false;
    case FAKE_CUT:
        fake_http_answer(cn->fd, c->status, &c->headers, close, c->rope, c->rope_off,
                         n < c->fault.cut_at ? n : c->fault.cut_at);
        return false;
    case FAKE_STALL:
        if (!pause_for(cn, c->fault.stall_ms))
            return false;
        break;
    case FAKE_DELIVER:
        break;
    }
    return fake_http_answer(cn->fd, c->status, &c->headers, close, c->rope, c->rope_off, n) &&
           !close;
}

static void speak(const struct fake_server *sv, const struct fake_call *c,
                  const struct fake_head *h)
{
    if (sv->verbose)
        fprintf(stderr, "%s %s%s%s %s %d\n", h->method, h->path, *h->query ? "?" : "", h->query,
                c->op->name, c->status);
}

/* Body in, then run. False: the connection cannot go on. */
static bool receive_and_run(struct connection *cn, struct fake_call *c, struct fake_request *rq,
                            const struct fake_head *h)
{
    struct fake_server *sv = cn->sv;
    struct fake_blob *body = NULL;
    bool has_body = h->chunked || h->length > 0;
    bool follow = c->op->flags & FAKE_OP_DATA &&
                  (c->sig.payload == FAKE_PAYLOAD_UNSIGNED || c->sig.payload == FAKE_PAYLOAD_HASH);
    bool ok = true;
    if (c->failed)
        ok = h->expect || fake_http_skip(&cn->wire, h) == FAKE_READ_OK;
    else if (h->expect && has_body)
        ok = fake_http_send(cn->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    if (ok && !c->failed)
        ok = fake_http_body(&cn->wire, h, &body, follow ? &c->follow : NULL) == FAKE_READ_OK;
    if (!ok)
        return false;
    fake_call_payload(c, body);
    pthread_mutex_lock(&sv->lock);
    int64_t latency = sv->knobs.latency_ms;
    pthread_mutex_unlock(&sv->lock);
    if (latency && !pause_for(cn, latency))
        return false;
    pthread_mutex_lock(&sv->lock);
    rq->now_unix_ms = now_ms(sv);
    fake_call_run(c);
    pthread_mutex_unlock(&sv->lock);
    speak(sv, c, h);
    return true;
}

static bool lacks_length(const struct fake_call *c, const struct fake_head *h)
{
    return c->op->flags & FAKE_OP_DATA && !h->has_length && !h->chunked;
}

static bool serve_s3(struct connection *cn, const struct fake_head *h)
{
    struct fake_server *sv = cn->sv;
    struct fake_request rq = {.method = h->method,
                              .path = h->path,
                              .query = h->query,
                              .headers = h->headers,
                              .n_headers = h->n_headers};
    struct fake_call c;
    pthread_mutex_lock(&sv->lock);
    rq.now_unix_ms = now_ms(sv);
    fake_call_begin(&c, sv->s3, &rq);
    if (!c.failed && lacks_length(&c, h))
        fake_fail(&c, 411, "MissingContentLength",
                  "You must provide the Content-Length HTTP header.");
    pthread_mutex_unlock(&sv->lock);
    /* Who was told no instead of 100 Continue may or may not send the body: only closing is clear.
     */
    bool close = !h->keep_alive || (c.failed && h->expect);
    bool on = receive_and_run(cn, &c, &rq, h) && deliver(cn, &c, close);
    bool linger = close && c.failed && h->expect;
    fake_call_done(&c);
    if (linger)
        fake_http_linger(cn->fd);
    return on;
}

static bool answer_text(struct connection *cn, int status, struct fake_buf *take_text,
                        const char *type, bool close)
{
    struct fake_headers headers = {0};
    char length[24];
    struct fake_rope *r = fake_rope_of(fake_blob_copy(take_text->p, take_text->n));
    snprintf(length, sizeof(length), "%zu", take_text->n);
    fake_headers_add(&headers, "Content-Type", type);
    fake_headers_add(&headers, "Content-Length", length);
    bool ok = fake_http_answer(cn->fd, status, &headers, close, r, 0, r->n);
    fake_headers_done(&headers);
    fake_rope_unref(r);
    fake_buf_done(take_text);
    return ok && !close;
}

static bool serve_admin(struct connection *cn, const struct fake_head *h)
{
    struct fake_blob *body = NULL;
    struct fake_buf text = {0};
    if (h->length > 1u << 20 || fake_http_body(&cn->wire, h, &body, NULL) != FAKE_READ_OK)
        return false;
    struct fake_request rq = {.method = h->method, .path = h->path, .query = h->query};
    rq.body = body ? body->p : "";
    rq.body_len = body ? body->n : 0;
    pthread_mutex_lock(&cn->sv->lock);
    int status = fake_admin(cn->sv->s3, &cn->sv->knobs, &rq, &text);
    pthread_mutex_unlock(&cn->sv->lock);
    fake_blob_unref(body);
    bool json = text.n && text.p[0] == '{';
    return answer_text(cn, status, &text, json ? "application/json" : "text/plain", !h->keep_alive);
}

static bool serve_one(struct connection *cn)
{
    struct fake_head h;
    enum fake_read r = fake_http_head(&cn->wire, &h);
    if (r == FAKE_READ_BAD) {
        struct fake_buf text = {0};
        fake_buf_str(&text, "This is not a request.\n");
        answer_text(cn, 400, &text, "text/plain", true);
        fake_http_linger(cn->fd);
    }
    if (r != FAKE_READ_OK)
        return false;
    bool on = strncmp(h.path, "/_fake/", 7) == 0 ? serve_admin(cn, &h) : serve_s3(cn, &h);
    fake_head_done(&h);
    return on;
}

static void *connection_main(void *arg)
{
    struct connection *cn = arg;
    while (serve_one(cn))
        ;
    pthread_mutex_lock(&cn->sv->conns_lock);
    close(cn->fd);
    cn->fd = -1;
    cn->ended = true;
    pthread_mutex_unlock(&cn->sv->conns_lock);
    return NULL;
}

/* ---- connections ----------------------------------------------------------------------------- */

/* Joins ended connections; all: after shutting down the living ones. */
static void reap(struct fake_server *sv, bool all)
{
    struct connection *keep = NULL, *gone = NULL, *next;
    pthread_mutex_lock(&sv->conns_lock);
    for (struct connection *cn = sv->conns; cn; cn = next) {
        next = cn->next;
        if (all && cn->fd >= 0)
            shutdown(cn->fd, SHUT_RDWR);
        struct connection **list = all || cn->ended ? &gone : &keep;
        cn->next = *list;
        *list = cn;
    }
    sv->conns = keep;
    pthread_mutex_unlock(&sv->conns_lock);
    for (; gone; gone = next) {
        next = gone->next;
        pthread_join(gone->thread, NULL);
        free(gone);
    }
}

static void take_connection(struct fake_server *sv, int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct connection *cn = fake_xalloc(sizeof(*cn));
    cn->sv = sv;
    cn->fd = cn->wire.fd = fd;
    reap(sv, false);
    pthread_mutex_lock(&sv->conns_lock);
    if (pthread_create(&cn->thread, NULL, connection_main, cn) == 0) {
        cn->next = sv->conns;
        sv->conns = cn;
        cn = NULL;
    }
    pthread_mutex_unlock(&sv->conns_lock);
    if (cn) {
        close(fd);
        free(cn);
    }
}

static void *acceptor_main(void *arg)
{
    struct fake_server *sv = arg;
    struct pollfd p[2] = {{sv->stop_fd, POLLIN, 0}, {sv->listener, POLLIN, 0}};
    while (poll(p, 2, -1) >= 0 || errno == EINTR) {
        if (p[0].revents)
            break;
        int fd = accept4(sv->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take_connection(sv, fd);
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool open_listener(struct fake_server *sv, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof(a);
    int on = 1;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sv->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sv->listener < 0)
        return false;
    setsockopt(sv->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(sv->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        listen(sv->listener, 1024) < 0 ||
        getsockname(sv->listener, (struct sockaddr *)&a, &len) < 0)
        return false;
    sv->port = ntohs(a.sin_port);
    sv->stop_fd = eventfd(0, EFD_CLOEXEC);
    return sv->stop_fd >= 0;
}

static void free_server(struct fake_server *sv)
{
    if (sv->listener >= 0)
        close(sv->listener);
    if (sv->stop_fd >= 0)
        close(sv->stop_fd);
    fake_s3_free(sv->s3);
    pthread_mutex_destroy(&sv->lock);
    pthread_mutex_destroy(&sv->conns_lock);
    free(sv);
}

struct fake_server *fake_server_start(const struct fake_server_options *opt)
{
    struct fake_server *sv = fake_xalloc(sizeof(*sv));
    sv->listener = sv->stop_fd = -1;
    sv->verbose = opt->verbose;
    pthread_mutex_init(&sv->lock, NULL);
    pthread_mutex_init(&sv->conns_lock, NULL);
    sv->s3 = fake_s3_new(&opt->s3);
    if (open_listener(sv, opt->port)) {
        int error = pthread_create(&sv->acceptor, NULL, acceptor_main, sv);
        if (error == 0)
            return sv;
        errno = error;
    }
    int saved = errno;
    free_server(sv);
    errno = saved;
    return NULL;
}

int fake_server_port(const struct fake_server *sv)
{
    return sv->port;
}

struct fake_s3 *fake_server_s3(struct fake_server *sv)
{
    return sv->s3;
}

void fake_server_lock(struct fake_server *sv)
{
    pthread_mutex_lock(&sv->lock);
}

void fake_server_unlock(struct fake_server *sv)
{
    pthread_mutex_unlock(&sv->lock);
}

void fake_server_stop(struct fake_server *sv)
{
    if (!sv)
        return;
    eventfd_write(sv->stop_fd, 1);
    pthread_join(sv->acceptor, NULL);
    reap(sv, true);
    free_server(sv);
}
