/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/curl_impl.h - what the files of the libcurl transport share.
 *
 * curl_lib.c (libcurl itself), transport_curl.c (the seam's functions, choice of a loop),
 * curl_loop.c (a thread with its CURLM), curl_easy.c (one handle: its options and callbacks),
 * curl_error.c (CURLcode -> struct pail_error).
 */
#ifndef PAIL_HTTP_CURL_IMPL_H
#define PAIL_HTTP_CURL_IMPL_H

#include <stdatomic.h>

#include "base/list.h"
#include "base/thread.h"
#include "http/curl_lib.h"
#include "http/transport.h"

/* Handles keep their buffers; small and large uploads use different ones. */
enum curl_kind { CURL_KIND_SMALL, CURL_KIND_UPLOAD, CURL_KIND_COUNT };

struct curl_loop;

/* The open sockets of a loop. A connection beyond the table works, only slower with some servers.
 */
struct curl_socket_entry {
    int fd, port; /* port 0: not looked up yet */
};
struct curl_sockets {
    struct curl_socket_entry list[256];
    size_t n;
};

/* One easy handle and the exchange it carries out. Loop thread only. */
struct curl_slot {
    struct pail_list link; /* loop->own.active, or idle[kind] */
    struct curl_loop *loop;
    CURL *easy;
    enum curl_kind kind;
    char errbuf[CURL_ERROR_SIZE];

    /* The exchange under way; the memory of the buffers stays. */
    struct pail_exchange *x;
    struct pail_buf url, lines; /* lines: header lines, NUL-separated, that `fields` points into */
    struct curl_slist *fields;  /* array of cap_fields, chained */
    struct pail_buf where;      /* that `connect_to` points into */
    struct curl_slist connect_to;
    size_t cap_fields;
    struct pail_headers headers; /* of the answer */
    int status;
    int fd; /* of the connection; -1: unknown */
    bool head_done;
    unsigned sends; /* how often libcurl was about to send the request */
    bool failed;    /* error says why a callback gave up */
    bool spoiled;   /* the handle is not used again */
    struct pail_error error;
    int64_t start_ns;    /* given to the CURLM */
    int64_t sent_ns;     /* last byte of the body handed over; 0: not yet */
    int64_t progress_ns; /* when something last moved */
    curl_off_t uploaded; /* bytes of the body written when last looked at */
};

struct curl_loop {
    struct {
        struct curl_transport *transport;
        unsigned max_active;
        struct pail_thread *thread;
    } fixed;
    struct pail_mutex lock;
    struct {
        struct pail_list inbox; /* pail_exchange.impl.link */
        bool polling;           /* in or about to enter curl_multi_poll, and not woken yet */
        bool cancels;           /* some exchange's impl.state says EXCHANGE_CANCELLED */
        bool closing;
        bool asleep; /* until something comes, or is said to come: wanted */
        bool wanted;
        bool broken; /* libcurl cannot be had: failure says why, and changes no more */
    } locked;
    struct pail_cond wanted_cond;
    struct pail_error failure;
    struct {           /* loop thread only */
        CURLM *multi;  /* NULL: not yet needed */
        CURLSH *share; /* TLS sessions */
        struct curl_sockets sockets;
        struct pail_list waiting[PAIL_PRIO_COUNT]; /* beyond max_active */
        struct pail_list active, idle[CURL_KIND_COUNT];
        unsigned n_active, n_waiting, n_idle[CURL_KIND_COUNT];
        int64_t now_ns; /* read once a round */
        int64_t due_ns; /* no exchange times out before */
    } own;
    atomic_uint in_flight;        /* started and not done */
    _Atomic int64_t last_done_ns; /* the loop whose connections are warmest */
};

/* pail_exchange.impl.state, under the loop's lock. */
enum { EXCHANGE_LIVE, EXCHANGE_CANCELLED, EXCHANGE_ENDED };

struct curl_transport {
    struct pail_transport base;
    char *ca_bundle, *user_agent;              /* ca_bundle NULL: the system's */
    char *proxy_ca_bundle, *proxy_client_cert; /* NULL: the system's; none */
    bool no_verify_tls;
    unsigned max_connections;
    unsigned n_loops;
    struct curl_loop loops[];
};

/* ---- curl_loop.c ---------------------------------------------------------------------------- */

PAIL_CHECK int pail_curl_loop_init(struct curl_loop *l, struct curl_transport *t,
                                   struct pail_error *err);
/* An exchange will come soon. */
void pail_curl_loop_warm(struct curl_loop *l);
void pail_curl_loop_close(struct curl_loop *l); /* ask it to end */
void pail_curl_loop_done(struct curl_loop *l);  /* wait and free; after close */
PAIL_CHECK int pail_curl_loop_give(struct curl_loop *l, struct pail_exchange *x,
                                   struct pail_error *err);
void pail_curl_loop_cancel(struct curl_loop *l, struct pail_exchange *x);
/* The calling thread is this loop's. */
bool pail_curl_loop_is_current(const struct curl_loop *l);

/* ---- curl_easy.c ---------------------------------------------------------------------------- */

PAIL_CHECK int pail_curl_slot_new(struct curl_loop *l, enum curl_kind kind, struct curl_slot **ret,
                                  struct pail_error *err);
void pail_curl_slot_free(struct curl_slot *s);
enum curl_kind pail_curl_kind_of(const struct pail_exchange *x);
/* Sets the handle up for x. */
PAIL_CHECK int pail_curl_slot_load(struct curl_slot *s, struct pail_exchange *x,
                                   struct pail_error *err);
/* The exchange is over: fills what is valid in on_done. */
void pail_curl_slot_report(struct curl_slot *s);

/* ---- curl_sockets.c -------------------------------------------------------------------------- */

void pail_curl_sockets_watch(struct curl_sockets *all, CURL *easy);
/* The socket with that local port; -1: unknown. */
int pail_curl_sockets_find(struct curl_sockets *all, int port);
/* The peer waits for an acknowledgement: send it now. */
void pail_curl_sockets_acknowledge(int fd);

/* ---- curl_error.c --------------------------------------------------------------------------- */

/* Always an error: result is not CURLE_OK, or a callback failed. */
int pail_curl_error(const struct curl_slot *s, CURLcode result, struct pail_error *err);
/* "connect to 127.0.0.1:9", "GET 127.0.0.1:80": what the exchange was at. */
void pail_curl_error_where(const struct curl_slot *s, char *dst, size_t cap);

#endif
