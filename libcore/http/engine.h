/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/engine.h - the request engine: calls made of attempts.
 *
 *   QUEUED -> PREPARE (credentials, URL, signature) -> EXCHANGE -> CLASSIFY -+-> DONE
 *      ^                                                           BACKOFF <-+
 *   cancel, deadline, shutdown: from any state -> (cancel the exchange) -> DONE
 *
 * Submitting starts the attempt on the caller's thread when a slot is free and preparing does not
 * block; otherwise the call waits in a queue by priority. A preparation that must block
 * (credentials to be fetched) goes to a thread of its own. Timers (back-off, deadlines) are one
 * thread. Completion, classification and done run on the transport's thread. One retry policy for
 * everybody: http/retry.c. Exactly one done per call. The engine outlives its calls:
 * pail_engine_free cancels and waits for them.
 */
#ifndef PAIL_HTTP_ENGINE_H
#define PAIL_HTTP_ENGINE_H

#include "http/retry.h"
#include "http/transport.h"

struct pail_engine;

struct pail_engine_options {
    struct pail_transport *take_transport; /* freed with the engine, also when creation fails */
    unsigned max_in_flight;                /* exchanges at once; 0: 128 */
    unsigned connect_timeout_ms, read_timeout_ms, timeout_ms; /* defaults of calls */
    unsigned max_attempts;                                    /* 0: the retry mode's */
    enum pail_retry_mode retry_mode;
    bool retries_2026;       /* the rules announced for 2026 */
    bool no_skew_correction; /* sign with our clock whatever the server's says */
};
PAIL_CHECK int pail_engine_new(const struct pail_engine_options *opt, struct pail_engine **ret,
                               struct pail_error *err);
void pail_engine_free(struct pail_engine *e);
/* While no call is under way. 0: the default. */
void pail_engine_set_connect_timeout(struct pail_engine *e, unsigned ms);

struct pail_response {
    int status;
    const struct pail_headers *headers;
    struct pail_str body; /* collected: errors (to 256 KiB), and answers of calls without a sink (to
                             max_body) */
    uint64_t body_length; /* bytes delivered to the sink, or collected */
};

struct pail_attempt {
    unsigned number;           /* 1, 2, ... */
    unsigned sent;             /* requests of this call so far; redirects count here only */
    unsigned max_attempts;     /* UINT_MAX: no limit but the timeout */
    const char *invocation_id; /* a UUID, the same for all attempts of a call */
    bool may_block;            /* this thread may wait */
    bool refresh;              /* credentials of the last attempt were refused: get new ones */
    bool dated;                /* an answer to this call told the server's time */
    int64_t now_unix_s;        /* the time to sign with, corrected by the server's clock */
};
/* pail_call_ops.prepare returns this when it would have to block and may_block is false. */
#define PAIL_PREPARE_WOULD_BLOCK 1
/* ... and this when attempt->refresh brought the credentials that were refused: the refusal stands,
 * and no request is sent. */
#define PAIL_PREPARE_NOTHING_NEW 2

struct pail_call_ops {
    /* Build the request of this attempt into *request (reset before). Pure apart from credentials;
     * may be asked again for the same attempt. A failure is final unless err->retry says
     * PAIL_RETRY_BACKOFF. */
    int (*prepare)(void *ud, const struct pail_attempt *attempt, struct pail_request *request,
                   struct pail_error *err);
    /* 2xx answers of calls with a sink: head before the body, then the body. A new attempt begins
     * with begin again and offset 0. */
    int (*begin)(void *ud, const struct pail_response *head, uint64_t content_length,
                 struct pail_error *err);
    int (*write)(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err);
    /* Look at a complete answer. 0: success, keep what is needed. Negative: err says what the
     * service meant (code, service_code, http_status, request_id); the engine decides about a retry
     * from it, unless *retry_now is set: then the next attempt starts at once and does not count (a
     * redirect learned; at most twice per call). */
    int (*classify)(void *ud, const struct pail_response *response, bool *retry_now,
                    struct pail_error *err);
    /* Exactly once, last. ud is the owner's again. */
    void (*done)(void *ud, const struct pail_error *err);
};

struct pail_call_desc {
    const struct pail_call_ops *ops;
    void *ud;
    const char *what; /* for messages and the trace: "GetObject s3://b/k"; copied */
    struct pail_call_options options;
    const char *service;          /* "dynamodb": some retry differently; static; NULL: any */
    const struct pail_body *body; /* NULL: none; lives until done */
    bool expect_continue, head_only;
    bool has_sink;    /* begin and write are used for 2xx bodies */
    size_t max_body;  /* of a collected 2xx answer; 0: 1 MiB; more is PAIL_E_TOO_BIG */
    bool unsafe;      /* must not be repeated once its effect is unknown */
    int64_t delay_ns; /* so much later; the timeout counts from then. At most a day */
};
/* Any thread, also a done callback. *ret_call may be NULL. Failure: done will not run. */
PAIL_CHECK int pail_engine_submit(struct pail_engine *e, const struct pail_call_desc *desc,
                                  struct pail_call **ret_call, struct pail_error *err);

struct pail_engine_stats {
    uint64_t calls, attempts, retries, bytes_in, bytes_out, throttles;
    unsigned in_flight, queued;
    int64_t skew_s; /* the server's clock minus ours, as last corrected */
};
void pail_engine_stats(struct pail_engine *e, struct pail_engine_stats *ret);
/* Ping point for tests: called on every finished attempt, from the transport's thread. NULL: off.
 */
typedef void pail_trace_fn(void *ud, const char *what, const struct pail_exchange *x, int status,
                           const struct pail_error *err);
void pail_engine_set_trace(struct pail_engine *e, pail_trace_fn *fn, void *ud);

#endif
