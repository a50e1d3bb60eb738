/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/attempt.c - one attempt of a call: prepare, exchange, classify, settle.
 *
 *   PREPARING --> EXCHANGING --> CLASSIFYING --> settle --> FINISHING | QUEUED (at once) | BACKOFF
 *       |  '--> BLOCKED --> PREPARING (preparing thread) --> QUEUED, prepared
 *       '--> settle
 *
 * The exchange's callbacks run on a transport thread and need no lock: the attempt is the
 * transport's until on_done, and the answer is read into fields nobody else looks at.
 *
 * settle is the one place that decides whether there is another attempt. What an error means comes
 * from http/retry.c; settle adds what only the engine knows: attempts left, tokens left,
 * credentials or clock not yet renewed, an end that was asked for meanwhile.
 */
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "http/engine_impl.h"
#include "http/wire.h"

#define ERROR_BODY_MAX (256 * 1024)
#define MAX_REDIRECTS 2
/* A request prepared longer ago is prepared again before it is sent: its signature ages. */
#define PREPARED_FRESH_NS (60 * PAIL_NS_PER_S)
/* The server's clock is believed when its answer took less; half of it is the error. */
#define SKEW_TRUSTED_NS (60 * PAIL_NS_PER_S)
#define SKEW_NOISE_S 2     /* Date counts in seconds */
#define SKEW_HARMFUL_S 240 /* from here on it explains a refused signature */

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

/* ---- Prepare -------------------------------------------------------------------------------- */

static int ask_for_request(struct pail_call *c, bool may_block)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_attempt attempt = {
        .number = c->number,
        .sent = c->started,
        .max_attempts = c->fixed.max_attempts,
        .invocation_id = c->fixed.invocation_id,
        .may_block = may_block,
        .refresh = c->refresh_next,
        .dated = c->ever_dated,
    };

    c->skew_used_s = c->engine->fixed.no_skew_correction ? 0 : c->engine->skew_s;
    attempt.now_unix_s = pail_clock_wall_s() + c->skew_used_s;
    pail_request_reset(&c->request);
    int rc = c->fixed.ops->prepare(c->fixed.ud, &attempt, &c->request, &err);
    if (rc == PAIL_PREPARE_WOULD_BLOCK && may_block)
        rc = pail_error_set(&err, PAIL_D_USAGE, PAIL_E_INTERNAL, "preparing may not block here");
    if (rc == PAIL_PREPARE_NOTHING_NEW)
        return c->error.code; /* the last attempt's stays */
    if (rc == 0)
        rc = pail_request_check(&c->request, &err);
    if (rc < 0)
        pail_error_copy(&c->error, &err);
    return rc;
}

int pail_attempt_prepare(struct pail_call *c, bool may_block)
{
    int rc = ask_for_request(c, may_block);
    if (rc == 0)
        c->prepared_mono_ns = pail_clock_mono_ns();
    else if (rc < 0)
        c->failed = true;
    return rc;
}

/* ---- Exchange ------------------------------------------------------------------------------- */

/* Every answer tells the time, unless a cache gave it. The server wrote it some time between our
 * start and now; the middle is wrong by half of that at most. A correction within the error is
 * noise. */
static void learn_skew(struct pail_call *c, const struct pail_headers *headers)
{
    struct pail_engine *e = c->engine;
    int64_t took_ns = pail_clock_mono_ns() - c->started_mono_ns, date_s;

    if (took_ns > SKEW_TRUSTED_NS || pail_headers_get(headers, "Age").ptr ||
        pail_time_parse_http(pail_headers_get(headers, "Date"), &date_s, NULL) < 0)
        return;
    c->dated = true;
    int64_t then_s = (pail_clock_wall_ns() - took_ns / 2) / PAIL_NS_PER_S;
    int64_t skew_s = date_s - then_s, change = skew_s - e->skew_s;
    if (change > SKEW_NOISE_S + took_ns / 2 / PAIL_NS_PER_S ||
        -change > SKEW_NOISE_S + took_ns / 2 / PAIL_NS_PER_S) {
        PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_INFO, "the server's clock is %lld s from ours",
                 (long long)skew_s);
        e->skew_s = skew_s;
    }
}

static struct pail_response response_of(const struct pail_call *c)
{
    return (struct pail_response){
        .status = c->status,
        .headers = c->headers,
        .body = pail_buf_view(&c->body),
        .body_length = c->delivered,
    };
}

static bool to_sink(const struct pail_call *c)
{
    return c->fixed.has_sink && is_success(c->status);
}

static size_t collect_limit(const struct pail_call *c)
{
    return is_success(c->status) ? c->fixed.max_body : ERROR_BODY_MAX;
}

static int on_head(struct pail_exchange *x, int status, const struct pail_headers *headers,
                   struct pail_error *err)
{
    struct pail_call *c = PAIL_CONTAINER(x, struct pail_call, exchange);
    uint64_t length = UINT64_MAX;

    c->status = status;
    c->headers = headers;
    c->ever_dated |= pail_headers_get(headers, "Date").ptr != NULL;
    pail_wire_head(c->fixed.invocation_id, c->number, status, headers);
    learn_skew(c, headers);
    if (!pail_str_to_u64(pail_headers_get(headers, "Content-Length"), &length))
        length = UINT64_MAX;
    if (to_sink(c)) {
        struct pail_response head = response_of(c);
        int rc = c->fixed.ops->begin(c->fixed.ud, &head, length, err);
        c->own_fault = rc < 0;
        return rc;
    }
    /* One allocation instead of several; what does not fit is on_body's business. */
    if (length <= collect_limit(c) && !c->exchange.head_only)
        pail_buf_reserve(&c->body, length);
    return 0;
}

static int collect(struct pail_call *c, const void *p, size_t n, struct pail_error *err)
{
    size_t limit = collect_limit(c), room = limit - pail_min_u64(c->body.len, limit);

    if (n > room && is_success(c->status)) {
        c->own_fault = true;
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "answer of more than %zu bytes",
                              limit);
    }
    pail_buf_append(&c->body, p, pail_min_u64(n, room)); /* of an error its beginning is enough */
    int rc = pail_buf_check(&c->body, "answer", err);
    c->own_fault = rc < 0;
    return rc;
}

static int on_body(struct pail_exchange *x, const void *p, size_t n, struct pail_error *err)
{
    struct pail_call *c = PAIL_CONTAINER(x, struct pail_call, exchange);
    int rc;

    if (to_sink(c)) {
        rc = c->fixed.ops->write(c->fixed.ud, c->delivered, p, n, err);
        c->own_fault = rc < 0;
    } else {
        rc = collect(c, p, n, err);
    }
    c->delivered += n;
    return rc;
}

static void init_exchange(struct pail_call *c,
                          void (*on_done)(struct pail_exchange *, const struct pail_error *))
{
    const struct pail_engine *e = c->engine;

    c->status = 0;
    c->headers = NULL;
    c->delivered = 0;
    c->own_fault = c->dated = false;
    pail_buf_reset(&c->body);
    c->started_mono_ns = pail_clock_mono_ns();
    c->exchange = (struct pail_exchange){
        .request = &c->request,
        .body = c->fixed.body,
        .expect_continue = c->fixed.expect_continue,
        .head_only = c->fixed.head_only || strcmp(c->request.method, "HEAD") == 0,
        .send_once = c->fixed.unsafe,
        .connect_timeout_ms = e->fixed.connect_timeout_ms,
        .idle_timeout_ms = e->fixed.read_timeout_ms,
        .deadline_mono_ns = c->fixed.deadline_mono_ns,
        .priority = c->fixed.priority,
        .on_head = on_head,
        .on_body = on_body,
        .on_done = on_done,
    };
}

/* ---- Classify ------------------------------------------------------------------------------- */

/* Ended from outside rather than by anything the server did: the last error that it did make stays.
 */
static bool is_end(enum pail_code code)
{
    return code == PAIL_E_CANCELLED || code == PAIL_E_SHUTDOWN || code == PAIL_E_DEADLINE;
}

static void classify_lost(struct pail_call *c, const struct pail_error *err, enum pail_code stop)
{
    bool sent = c->exchange.request_sent;

    if (is_end(err->code)) {
        if (!c->failed && err->code == PAIL_E_DEADLINE) {
            c->failed = true; /* no earlier error to tell, but how far this attempt came */
            pail_error_copy(&c->error, err);
        }
        pail_call_set_end(c, stop ? stop : err->code);
        if (sent && c->fixed.unsafe)
            c->error.retry = PAIL_RETRY_UNKNOWN_EFFECT;
        return;
    }
    c->failed = true;
    pail_error_copy(&c->error, err);
    if (!c->own_fault || (sent && c->fixed.unsafe))
        pail_retry_classify(c->fixed.rules, &c->error, sent, c->fixed.unsafe);
}

static void classify_answer(struct pail_call *c, bool *ret_retry_now)
{
    struct pail_response response = response_of(c);
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = c->fixed.ops->classify(c->fixed.ud, &response, ret_retry_now, &err);

    c->failed = rc < 0;
    if (!c->failed)
        return;
    if (err.code != (enum pail_code)rc)
        pail_error_set(&err, PAIL_D_SERVICE, (enum pail_code)rc, "HTTP status %d", c->status);
    if (!err.http_status)
        err.http_status = c->status;
    pail_retry_classify(c->fixed.rules, &err, true, c->fixed.unsafe);
    pail_error_copy(&c->error, &err);
}

static void count_attempt(struct pail_call *c, const struct pail_error *err)
{
    struct pail_engine *e = c->engine;
    pail_trace_fn *trace;
    void *ud;
    {
        PAIL_LOCKED(&e->lock);
        e->locked.stats.bytes_in += c->delivered;
        e->locked.stats.bytes_out += c->exchange.body_sent;
        if (err && pail_retry_is_throttle(err))
            e->locked.stats.throttles++;
        struct pail_pacer *pacer = pail_engine_pacer_locked(e, c);
        if (pacer)
            pail_pacer_answer(pacer, pail_clock_mono_ns(), err && pail_retry_is_throttle(err));
        trace = e->locked.trace;
        ud = e->locked.trace_ud;
    }
    pail_wire_body(c->fixed.invocation_id, c->number, pail_buf_view(&c->body), c->delivered);
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "%s: attempt %u: status %d: %s", c->what, c->number,
             c->status, err ? err->message : "done");
    if (trace)
        trace(ud, c->what, &c->exchange, c->status, err);
}

static void on_done(struct pail_exchange *x, const struct pail_error *err)
{
    struct pail_call *c = PAIL_CONTAINER(x, struct pail_call, exchange);
    struct pail_engine *e = c->engine;
    enum pail_code stop;
    bool retry_now = false;

    {
        PAIL_LOCKED(&e->lock); /* from here on nobody cancels the exchange */
        c->locked.state = CALL_CLASSIFYING;
        stop = c->locked.stop;
    }
    if (err)
        classify_lost(c, err, stop);
    else
        classify_answer(c, &retry_now);
    count_attempt(c, c->failed ? &c->error : NULL);
    bool finish = pail_attempt_settle(c, retry_now, true);
    pail_engine_dispatch(e, true); /* first the next request, then whatever done does */
    if (finish)
        pail_call_finish(c);
}

/* ---- Settle --------------------------------------------------------------------------------- */

enum verdict { VERDICT_FINISH, VERDICT_AGAIN, VERDICT_BACKOFF };

/* The server refused our time, or refused the signature of a time that turned out wrong by much. */
static bool skew_explains(const struct pail_call *c)
{
    int64_t change = c->engine->skew_s - c->skew_used_s;
    bool harmful = change > SKEW_HARMFUL_S || -change > SKEW_HARMFUL_S;

    if (c->skew_corrected || !c->dated || c->engine->fixed.no_skew_correction)
        return false;
    switch (c->error.code) {
    case PAIL_E_SKEW:
        return true;
    case PAIL_E_AUTH_REJECTED:
        return harmful;
    case PAIL_E_ACCESS: /* a HEAD's 403 says no more than that */
        return harmful && !c->error.service_code[0];
    default:
        return false;
    }
}

/* What comes after a failed attempt, end wishes aside. */
static enum verdict judge_locked(struct pail_call *c, bool retry_now)
{
    bool unlimited = c->fixed.max_attempts == UINT_MAX;

    if (retry_now && c->redirects < MAX_REDIRECTS) {
        c->redirects++;
        c->number--; /* it does not count */
        return VERDICT_AGAIN;
    }
    if (c->error.retry == PAIL_RETRY_AFTER_REFRESH && !c->refreshed) {
        c->refreshed = c->refresh_next = true;
        return VERDICT_AGAIN;
    }
    if (!unlimited && c->number >= c->fixed.max_attempts)
        return VERDICT_FINISH;
    if (skew_explains(c)) {
        c->skew_corrected = true;
        return VERDICT_AGAIN;
    }
    if (c->error.retry != PAIL_RETRY_BACKOFF)
        return VERDICT_FINISH;
    /* Who waits until it works is paced by the back-off alone. */
    if (!unlimited && !pail_engine_tokens_take_locked(c->engine, c)) {
        c->out_of_tokens = true;
        return VERDICT_FINISH;
    }
    return VERDICT_BACKOFF;
}

static enum verdict decide_locked(struct pail_call *c, bool retry_now)
{
    c->refresh_next = false;
    if (!c->failed) {
        pail_engine_tokens_give_locked(c->engine, c);
        return VERDICT_FINISH;
    }
    if (is_end(c->error.code))
        return VERDICT_FINISH;
    enum verdict v = judge_locked(c, retry_now);
    if (v != VERDICT_FINISH && c->locked.stop) {
        pail_call_set_end(c, c->locked.stop);
        v = VERDICT_FINISH;
    }
    return v;
}

/* The next attempt, or the end; true: the caller must finish the call. Afterwards the call may be
 * anybody's. */
static bool settle_locked(struct pail_call *c, enum verdict v, int64_t wake, bool may_finish)
{
    struct pail_engine *e = c->engine;

    if (v == VERDICT_FINISH) {
        if (!may_finish) {
            pail_call_finish_later_locked(c);
            return false;
        }
        pail_call_finishing_locked(c);
        return true;
    }
    e->locked.stats.retries++;
    c->number++;
    c->paced = false;
    c->prepared_mono_ns = 0;
    if (v == VERDICT_AGAIN || !wake) {
        pail_engine_enqueue_locked(e, c, true);
    } else {
        c->locked.state = CALL_BACKOFF;
        pail_engine_rekey_locked(e, c, wake);
    }
    return false;
}

/* Written before the lock is given back, logged after: by then the call is somebody else's. */
static void describe_retry(const struct pail_call *c, enum verdict v, int64_t delay_ns, char *dst,
                           size_t cap)
{
    dst[0] = '\0';
    if (v == VERDICT_FINISH || !pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_DEBUG))
        return;
    snprintf(dst, cap, "%.200s: retry needed: attempt %u in %lld ms: %.200s", c->what,
             c->number + 1, v == VERDICT_AGAIN ? 0LL : (long long)(delay_ns / PAIL_NS_PER_MS),
             c->error.message);
}

bool pail_attempt_settle(struct pail_call *c, bool retry_now, bool may_finish)
{
    int64_t delay_ns = 0;
    char retry[512];
    bool finish;

    if (c->failed && c->error.retry == PAIL_RETRY_BACKOFF)
        delay_ns = pail_retry_delay_ns(c->fixed.rules, &c->error, c->number + 1, c->headers);
    int64_t wake = pail_deadline_after_ns(delay_ns);
    if (wake > c->fixed.deadline_mono_ns)
        wake = c->fixed.deadline_mono_ns;
    c->headers = NULL;
    {
        PAIL_LOCKED(&c->engine->lock);
        pail_engine_slot_give_locked(c->engine, c);
        enum verdict v = decide_locked(c, retry_now);
        describe_retry(c, v, delay_ns, retry, sizeof(retry));
        finish = settle_locked(c, v, delay_ns ? wake : 0, may_finish);
    }
    if (retry[0])
        pail_log_write(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "%s", retry);
    return finish;
}

/* ---- Run ------------------------------------------------------------------------------------ */

/* The step before the exchange failed. */
static void settle_unstarted(struct pail_call *c, bool may_finish)
{
    if (pail_attempt_settle(c, false, may_finish))
        pail_call_finish(c);
}

/* To EXCHANGING, unless the call is to end. */
static bool begin_exchange(struct pail_call *c, uint64_t *ret_no)
{
    PAIL_LOCKED(&c->engine->lock);
    enum pail_code end = c->locked.stop;
    if (!end && c->started_mono_ns >= c->fixed.deadline_mono_ns)
        end = PAIL_E_DEADLINE;
    if (end) {
        pail_call_set_end(c, end);
        return false;
    }
    c->locked.state = CALL_EXCHANGING;
    c->engine->locked.stats.attempts++;
    c->started++;
    *ret_no = ++c->locked.exchange_no;
    return true;
}

/* From now on the exchange may be cancelled; perhaps somebody wanted to meanwhile. The call may
 * have gone on to its next exchange, or have ended. */
static void exchange_started(struct pail_call *c, uint64_t no)
{
    struct pail_transport *t = c->engine->fixed.transport;

    PAIL_LOCKED(&c->engine->lock);
    if (c->locked.state != CALL_EXCHANGING || c->locked.exchange_no != no)
        return;
    c->locked.cancellable = no;
    if (c->locked.stop)
        t->ops->cancel(t, &c->exchange);
}

static void start(struct pail_call *c, bool may_finish)
{
    struct pail_transport *t = c->engine->fixed.transport;
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t no;

    init_exchange(c, on_done);
    if (!begin_exchange(c, &no)) {
        settle_unstarted(c, may_finish);
        return;
    }
    pail_wire_request(c->fixed.invocation_id, c->number, &c->exchange);
    pail_call_ref(c); /* done may run before start returns */
    int rc = t->ops->start(t, &c->exchange, &err);
    if (rc == 0) {
        exchange_started(c, no);
    } else {
        c->started--;
        c->failed = true;
        pail_error_copy(&c->error, &err);
        settle_unstarted(c, may_finish);
    }
    pail_call_unref(c);
}

/* In the adaptive mode an attempt may have to wait for its token; the timer queues it again. */
static bool wait_for_pace(struct pail_call *c)
{
    struct pail_engine *e = c->engine;
    if (!c->fixed.rules->adaptive)
        return false;
    PAIL_LOCKED(&e->lock);
    struct pail_pacer *pacer = c->paced || c->locked.stop ? NULL : pail_engine_pacer_locked(e, c);
    c->paced = true;
    int64_t wait = pacer ? pail_pacer_take(pacer, pail_clock_mono_ns()) : 0;
    if (!wait)
        return false;
    pail_engine_slot_give_locked(e, c);
    c->locked.state = CALL_BACKOFF;
    int64_t wake = pail_deadline_after_ns(wait);
    pail_engine_rekey_locked(e, c,
                             wake < c->fixed.deadline_mono_ns ? wake : c->fixed.deadline_mono_ns);
    return true;
}

void pail_attempt_run(struct pail_call *c, bool may_finish)
{
    if (wait_for_pace(c))
        return;
    bool fresh = c->prepared_mono_ns &&
                 pail_clock_mono_ns() - c->prepared_mono_ns < PREPARED_FRESH_NS;
    int rc = fresh ? 0 : pail_attempt_prepare(c, false);

    if (rc == PAIL_PREPARE_WOULD_BLOCK)
        pail_engine_block(c->engine, c);
    else if (rc < 0)
        settle_unstarted(c, may_finish);
    else
        start(c, may_finish);
}
