/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transport.h - one HTTP exchange, one try: the third seam.
 *
 * In production libcurl (transport_curl.c); in tests/sim an S3 in the same process. Everything
 * above - queueing, signing, deadlines, retries, parsing - is the engine's and runs in the
 * simulation unchanged.
 *
 * Rules: start() never calls back before it returned. on_done runs exactly once for every started
 * exchange, on a transport thread, last of all callbacks, also after cancel and at shutdown; the
 * exchange is the starter's again from then on. Callbacks do not block. on_head: once, for the
 * final answer (1xx are swallowed); its headers stay valid until on_done has returned. A negative
 * return of on_head or on_body ends the exchange with that error.
 *
 * The transport writes Host, User-Agent, Content-Length, Expect and what belongs to the connection;
 * a Content-Length among the request's headers must be the body's.
 */
#ifndef PAIL_HTTP_TRANSPORT_H
#define PAIL_HTTP_TRANSPORT_H

#include <pail/call.h>

#include "base/list.h"
#include "http/request.h"

/* A request body that can be read again: see struct pail_s3_body. */
struct pail_body {
    const struct pail_bytes *segments;
    size_t n_segments;
    int (*read)(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                struct pail_error *err);
    void *ud;
    uint64_t length;
    bool chunked; /* sent with Transfer-Encoding: chunked in place of Content-Length */
};
/* Copies up to cap bytes at offset, whichever form the body has. 0 bytes only at the end. */
PAIL_CHECK int pail_body_read(const struct pail_body *b, uint64_t offset, void *dst, size_t cap,
                              size_t *ret_n, struct pail_error *err);

enum pail_phase { /* of an exchange, in nanoseconds since its start; 0: not reached */
                  PAIL_PHASE_CONNECTED,
                  PAIL_PHASE_TLS,
                  PAIL_PHASE_SENT,
                  PAIL_PHASE_FIRST_BYTE,
                  PAIL_PHASE_DONE,
                  PAIL_PHASE_COUNT
};

struct pail_exchange {
    /* in: fixed from start to on_done */
    const struct pail_request *request;
    const struct pail_body *body; /* NULL: none */
    bool expect_continue;         /* send Expect: 100-continue and wait up to 1 s */
    bool head_only;               /* HEAD: no body follows whatever Content-Length says */
    bool send_once; /* not again on a new connection when an idle one turned out dead, once bytes
                       have left */
    unsigned connect_timeout_ms, idle_timeout_ms;
    int64_t deadline_mono_ns;
    enum pail_priority priority;
    int (*on_head)(struct pail_exchange *x, int status, const struct pail_headers *headers,
                   struct pail_error *err);
    int (*on_body)(struct pail_exchange *x, const void *p, size_t n, struct pail_error *err);
    /* err NULL: a complete answer arrived. */
    void (*on_done)(struct pail_exchange *x, const struct pail_error *err);
    /* out: valid in on_done */
    bool request_sent;  /* some of the request left this machine: its effect is unknown if no answer
                           came */
    bool reused;        /* on a connection that was open before */
    uint64_t body_sent; /* bytes of the body handed to the connection */
    int64_t phase_ns[PAIL_PHASE_COUNT];
    /* the transport's own */
    struct {
        void *handle, *owner;
        struct pail_list link;
        uint64_t sent, aux;
        unsigned state;
    } impl;
};

struct pail_transport {
    const struct pail_transport_ops *ops;
};
struct pail_transport_ops {
    const char *name;
    /* Any thread. On failure nothing was started and on_done will not run. */
    int (*start)(struct pail_transport *t, struct pail_exchange *x, struct pail_error *err);
    /* Any thread; only between start and on_done's return, which the caller guarantees by its own
     * lock. on_done still follows, soon, with PAIL_E_CANCELLED unless it was too late. */
    void (*cancel)(struct pail_transport *t, struct pail_exchange *x);
    /* Ends what is under way (PAIL_E_SHUTDOWN), waits for the callbacks, joins the threads, frees
     * t. */
    void (*free)(struct pail_transport *t);
    /* Any thread: a request is being prepared, what it needs may be got ready meanwhile. NULL:
     * there is nothing to get ready. */
    void (*warm)(struct pail_transport *t);
};

struct pail_transport_options {
    unsigned threads;              /* loops, each with its own connections; 0: 1 */
    unsigned max_connections;      /* to one host, over all loops */
    const char *ca_bundle;         /* NULL: the system's */
    const char *proxy_ca_bundle;   /* of proxies that are spoken to with TLS; NULL: the system's */
    const char *proxy_client_cert; /* for them: a PEM file with the key; NULL: none */
    bool no_verify_tls;
    const char *user_agent;
};
/* libcurl, which is loaded at the first request or `warm`. HTTP/1.1, keep-alive, TCP_NODELAY, TLS
 * verified, proxies from the environment, no redirects, no decompression. */
PAIL_CHECK int pail_transport_curl_new(const struct pail_transport_options *opt,
                                       struct pail_transport **ret, struct pail_error *err);

#endif
