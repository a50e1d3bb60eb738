/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct pail_transport in virtual time.
 *
 *   CONNECT -> SEND -> EXECUTE -> ANSWER -> BODY ... -> done
 *      any of them -> TIMEOUT, LOSE (closed), cancelled, shut down -> done
 *
 * Each loop is a simulated thread that takes the exchange whose next step is due first and carries
 * that step out without its lock: callbacks may start and cancel other exchanges. When a step is
 * planned later than the exchange's time-outs allow, the time-out is planned in its place. An
 * exchange lives in its loop's list until on_done has returned, so that cancel() always finds it.
 *
 * Bodies are read when the request is sent and handed to the S3 some time later: in between the
 * machine may die, and the request still arrives.
 */
#include <stdlib.h>

#include "sim/net_impl.h"

#define BODY_PIECE ((size_t)256 << 10)
#define FOR_EVER (3600 * PAIL_NS_PER_S)

enum step { CONNECT, SEND, EXECUTE, ANSWER, BODY, LOSE, TIMEOUT };

struct sim_flight {
    struct pail_list link;
    struct sim_loop *loop;
    struct pail_exchange *x;
    uint64_t seq;
    enum step step;
    int64_t at;
    int64_t started, progress;
    enum sim_fate_kind fate;
    enum pail_code timeout; /* which one it is that ends it */
    bool cancelled, done;
    uint64_t slowness;
    struct sim_message *message; /* sent; NULL once it was executed or abandoned */
    struct fake_response answer;
    struct pail_headers headers;
    uint64_t body_pos, cut_at;
};

struct sim_loop {
    struct sim_transport *transport;
    struct pail_mutex lock;
    struct pail_cond changed;
    struct pail_list flights; /* locked */
    bool stopping;            /* locked */
    struct pail_thread *thread;
};

struct sim_transport {
    struct pail_transport base;
    unsigned machine;
    uint64_t next_seq;
    unsigned n_loops;
    struct sim_loop loops[2];
};

unsigned sim_transport_machine(const struct sim_transport *t)
{
    return t->machine;
}

/* The next step comes after `delay`, or a time-out comes first. */
static void plan(struct sim_flight *f, enum step step, int64_t delay)
{
    struct pail_exchange *x = f->x;
    int64_t limit = x->deadline_mono_ns;
    enum pail_code code = PAIL_E_DEADLINE;
    if (step <= SEND && x->connect_timeout_ms &&
        f->started + x->connect_timeout_ms * PAIL_NS_PER_MS < limit) {
        limit = f->started + x->connect_timeout_ms * PAIL_NS_PER_MS;
        code = PAIL_E_CONNECT_TIMEOUT;
    } else if (step > SEND && x->idle_timeout_ms &&
               f->progress + x->idle_timeout_ms * PAIL_NS_PER_MS < limit) {
        limit = f->progress + x->idle_timeout_ms * PAIL_NS_PER_MS;
        code = PAIL_E_READ_TIMEOUT;
    }
    f->step = step;
    f->at = sim_now_ns() + delay;
    if (f->at > limit) {
        f->step = TIMEOUT;
        f->at = limit;
        f->timeout = code;
    }
}

static void progress(struct sim_flight *f, enum pail_phase phase)
{
    f->progress = sim_now_ns();
    int64_t since = f->progress - f->started;
    f->x->phase_ns[phase] = since > 0 ? since : 1;
}

/* ---- The end of an exchange ------------------------------------------------------------------ */

/* What a request that nobody waits for any more has done. */
static void settle(struct sim_flight *f)
{
    struct sim_message *m = PAIL_STEAL(f->message);
    if (!m)
        return;
    if (f->fate == SIM_FATE_RESET || sim_net_partitioned(f->loop->transport->machine))
        sim_message_free(m);
    else
        sim_net_abandon(m, sim_net_late());
}

static void finish(struct sim_flight *f, const struct pail_error *err)
{
    struct sim_loop *l = f->loop;
    struct pail_exchange *x = f->x;
    settle(f);
    if (f->answer.operation && err)
        sim_net_unanswered(&f->answer);
    progress(f, PAIL_PHASE_DONE);
    f->done = true;
    sim_net_count(false);
    if (err)
        sim_trace("net: %s %.*s: %s", x->request->method,
                  (int)pail_min_u64(x->request->path.len, 60), x->request->path.ptr,
                  pail_code_name(err->code));
    x->on_done(x, err);
    pail_mutex_lock(&l->lock);
    pail_list_remove(&f->link);
    pail_mutex_unlock(&l->lock);
    if (f->answer.operation)
        fake_response_done(&f->answer);
    pail_headers_done(&f->headers);
    free(f);
}

static void finish_with(struct sim_flight *f, enum pail_code code, const char *why)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(4096);
    enum pail_domain domain = code == PAIL_E_GARBAGE ? PAIL_D_DATA : PAIL_D_NET;
    pail_request_url(f->x->request, false, &url);
    pail_error_set(&err, domain, code, "%s %s: %s", f->x->request->method, pail_buf_cstr(&url),
                   why);
    finish(f, &err);
}

static void finish_timeout(struct sim_flight *f)
{
    finish_with(f, f->timeout,
                f->timeout == PAIL_E_CONNECT_TIMEOUT ? "no connection in time"
                : f->timeout == PAIL_E_READ_TIMEOUT  ? "no data in time"
                                                     : "not done in time");
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void step_connect(struct sim_flight *f)
{
    switch (f->fate) {
    case SIM_FATE_REFUSED:
        finish_with(f, PAIL_E_CONNECT, "connection refused");
        return;
    case SIM_FATE_NO_CONNECT:
        f->fate = SIM_FATE_REFUSED; /* when it may wait for ever */
        plan(f, CONNECT, FOR_EVER);
        return;
    default:
        progress(f, PAIL_PHASE_CONNECTED);
        plan(f, SEND, 0);
    }
}

/* 0, or the error of the body's reader. */
static int read_body(struct sim_flight *f, char **ret, size_t *ret_len, struct pail_error *err)
{
    const struct pail_body *b = f->x->body;
    size_t len = b ? (size_t)b->length : 0, done = 0;
    char *p = malloc(len + 1);
    if (!p)
        sim_fail("out of memory");
    while (done < len) {
        size_t n = 0, want = len - done < BODY_PIECE ? len - done : BODY_PIECE;
        int rc = pail_body_read(b, done, p + done, want, &n, err);
        if (rc == 0 && !n)
            rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL,
                                "the body ends after %zu of %zu bytes", done, len);
        if (rc < 0) {
            free(p);
            return rc;
        }
        done += n;
        f->x->body_sent = done;
        sim_point(SIM_W_NET);
    }
    *ret = p;
    *ret_len = len;
    return 0;
}

static void step_send(struct sim_flight *f)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char *body = NULL;
    size_t len = 0;
    f->x->request_sent = true;
    if (read_body(f, &body, &len, &err) < 0) {
        finish(f, &err);
        return;
    }
    progress(f, PAIL_PHASE_SENT);
    f->message = sim_message_new(f->x->request, body, len);
    int64_t way = (sim_net_latency(f->slowness) + 1) / 2 + sim_net_transfer(len);
    if (f->fate == SIM_FATE_RESET)
        plan(f, LOSE, way);
    else
        plan(f, EXECUTE, f->fate == SIM_FATE_STALL_BEFORE ? FOR_EVER : way);
}

static void refuse(struct sim_flight *f, int status, const char *code, const char *message)
{
    char *body = NULL;
    int n = asprintf(&body,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s"
                     "</Message><RequestId>SIM%llu</RequestId></Error>",
                     code, message, (unsigned long long)f->seq);
    struct fake_header *h = calloc(2, sizeof *h);
    if (n < 0 || !h)
        sim_fail("out of memory");
    h[0] = (struct fake_header){.name = strdup("Content-Type"), .value = strdup("application/xml")};
    h[1] = (struct fake_header){.name = strdup("x-amz-request-id"), .value = strdup("SIM")};
    f->answer = (struct fake_response){
        .status = status,
        .headers = h,
        .n_headers = 2,
        .body = body,
        .body_len = (size_t)n,
        .no_body = f->x->head_only,
        .operation = code,
    };
    sim_trace("s3: %s for %s %s", code, f->message->method, f->message->path);
}

static void step_execute(struct sim_flight *f)
{
    if (f->fate == SIM_FATE_500_EXECUTED) {
        struct fake_response r;
        sim_net_execute(f->message, &r);
        sim_net_unanswered(&r);
        fake_response_done(&r);
    }
    if (f->fate == SIM_FATE_500 || f->fate == SIM_FATE_500_EXECUTED)
        refuse(f, 500, "InternalError", "We encountered an internal error. Please try again.");
    else if (f->fate == SIM_FATE_503)
        refuse(f, 503, "SlowDown", "Please reduce your request rate.");
    else
        sim_net_execute(f->message, &f->answer);
    sim_message_free(PAIL_STEAL(f->message));

    int64_t way = (sim_net_latency(f->slowness) + 1) / 2;
    f->cut_at = UINT64_MAX;
    if (f->fate == SIM_FATE_CUT)
        f->cut_at = sim_rng_below(sim_net_rng(), f->answer.body_len);
    if (f->answer.fate == FAKE_CUT)
        f->cut_at = f->answer.cut_at;
    if (f->fate == SIM_FATE_LOST || f->answer.fate == FAKE_LOST || f->answer.fate == FAKE_RESET)
        plan(f, LOSE, way);
    else if (f->fate == SIM_FATE_STALL_AFTER)
        plan(f, ANSWER, FOR_EVER);
    else
        plan(f, ANSWER,
             way + (f->answer.fate == FAKE_STALL ? f->answer.stall_ms * PAIL_NS_PER_MS : 0));
}

static void step_answer(struct sim_flight *f)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_exchange *x = f->x;
    if (f->answer.fate == FAKE_GARBAGE) {
        finish_with(f, PAIL_E_GARBAGE, "the answer is not HTTP");
        return;
    }
    bool has_length = false;
    for (size_t i = 0; i < f->answer.n_headers; i++) {
        const struct fake_header *h = &f->answer.headers[i];
        has_length = has_length || strcasecmp(h->name, "Content-Length") == 0;
        if (pail_headers_add(&f->headers, pail_str(h->name), pail_str(h->value), &err) < 0) {
            finish(f, &err);
            return;
        }
    }
    char length[24];
    snprintf(length, sizeof length, "%zu", f->answer.body_len);
    bool no_length = f->answer.status == 204 || f->answer.status == 304;
    if (!has_length && !no_length &&
        pail_headers_add(&f->headers, PAIL_STR("Content-Length"), pail_str(length), &err) < 0) {
        finish(f, &err);
        return;
    }
    progress(f, PAIL_PHASE_FIRST_BYTE);
    if (x->on_head(x, f->answer.status, &f->headers, &err) < 0)
        finish(f, &err);
    else if (f->cut_at == 0)
        plan(f, LOSE, 0);
    else if (x->head_only || f->answer.no_body || !f->answer.body_len)
        finish(f, NULL);
    else
        plan(f, BODY, 0);
}

static void step_body(struct sim_flight *f)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_exchange *x = f->x;
    uint64_t end = pail_min_u64(f->answer.body_len, f->cut_at), left = end - f->body_pos;
    static const size_t pieces[] = {1, 1000, 16384, 65536, 1 << 20};
    /* Tiny pieces only of small bodies, or a large one would take for ever. */
    size_t n = pieces[sim_rng_below(sim_net_rng(), 5)];
    if (n < left / 64)
        n = (size_t)(left / 64);
    n = (size_t)pail_min_u64(n, left);
    int rc = x->on_body(x, f->answer.body + f->body_pos, n, &err);
    f->body_pos += n;
    f->progress = sim_now_ns();
    if (rc < 0)
        finish(f, &err);
    else if (f->body_pos == f->answer.body_len)
        finish(f, NULL);
    else
        plan(f, f->body_pos == end ? LOSE : BODY, sim_net_transfer(n));
}

/* One step, on the loop's thread, without its lock. */
static void step(struct sim_flight *f, bool stopping)
{
    if (f->cancelled) {
        finish_with(f, PAIL_E_CANCELLED, "cancelled");
        return;
    }
    if (stopping) {
        finish_with(f, PAIL_E_SHUTDOWN, "shutting down");
        return;
    }
    if (f->step > CONNECT && f->step != TIMEOUT &&
        sim_net_partitioned(f->loop->transport->machine)) {
        /* Packets vanish; who is patient learns of it by a time-out. */
        if (f->step == LOSE)
            finish_with(f, PAIL_E_CLOSED, "connection reset");
        else
            plan(f, LOSE, FOR_EVER);
        return;
    }
    switch (f->step) {
    case CONNECT:
        step_connect(f);
        break;
    case SEND:
        step_send(f);
        break;
    case EXECUTE:
        if (f->fate == SIM_FATE_STALL_BEFORE)
            finish_with(f, PAIL_E_CLOSED, "connection reset");
        else
            step_execute(f);
        break;
    case ANSWER:
        if (f->fate == SIM_FATE_STALL_AFTER)
            finish_with(f, PAIL_E_CLOSED, "connection reset");
        else
            step_answer(f);
        break;
    case BODY:
        step_body(f);
        break;
    case LOSE:
        finish_with(f, PAIL_E_CLOSED, "connection reset");
        break;
    case TIMEOUT:
        finish_timeout(f);
        break;
    }
}

/* ---- Loops ----------------------------------------------------------------------------------- */

static struct sim_flight *earliest_locked(struct sim_loop *l)
{
    struct sim_flight *first = NULL;
    PAIL_LIST_FOR (it, &l->flights) {
        struct sim_flight *f = PAIL_CONTAINER(it, struct sim_flight, link);
        if (f->done)
            continue;
        if (f->cancelled)
            return f;
        if (!first || f->at < first->at || (f->at == first->at && f->seq < first->seq))
            first = f;
    }
    return first;
}

static void loop_main(void *arg)
{
    struct sim_loop *l = arg;
    pail_mutex_lock(&l->lock);
    for (;;) {
        struct sim_flight *f = earliest_locked(l);
        bool stopping = l->stopping;
        if (!f && stopping)
            break;
        if (f && (stopping || f->cancelled || f->at <= pail_clock_mono_ns())) {
            pail_mutex_unlock(&l->lock);
            step(f, stopping);
            pail_mutex_lock(&l->lock);
        } else {
            pail_cond_wait_until(&l->changed, &l->lock, f ? f->at : PAIL_NEVER);
        }
    }
    pail_mutex_unlock(&l->lock);
}

static int transport_start(struct pail_transport *base, struct pail_exchange *x,
                           struct pail_error *err)
{
    struct sim_transport *t = PAIL_CONTAINER(base, struct sim_transport, base);
    struct sim_loop *l = &t->loops[sim_rng_below(sim_net_rng(), t->n_loops)];
    struct sim_flight *f = calloc(1, sizeof *f);
    if (!f)
        return pail_error_nomem(err);
    f->loop = l;
    f->x = x;
    f->started = f->progress = sim_now_ns();
    f->seq = t->next_seq++;
    pail_headers_init(&f->headers, (size_t)256 << 10);
    x->impl.handle = f;
    x->request_sent = false;
    x->body_sent = 0;
    x->reused = sim_rng_below(sim_net_rng(), 4) != 0;
    memset(x->phase_ns, 0, sizeof x->phase_ns);
    f->fate = sim_net_fate(t->machine, &f->slowness);
    plan(f, CONNECT, x->reused ? 0 : sim_net_latency(f->slowness));
    sim_net_count(true);
    pail_mutex_lock(&l->lock);
    pail_list_append(&l->flights, &f->link);
    pail_cond_signal(&l->changed);
    pail_mutex_unlock(&l->lock);
    return 0;
}

static void transport_cancel(struct pail_transport *base, struct pail_exchange *x)
{
    struct sim_flight *f = x->impl.handle;
    struct sim_loop *l = f->loop;
    pail_mutex_lock(&l->lock);
    f->cancelled = true;
    pail_cond_signal(&l->changed);
    pail_mutex_unlock(&l->lock);
}

static void transport_free(struct pail_transport *base)
{
    struct sim_transport *t = PAIL_CONTAINER(base, struct sim_transport, base);
    for (unsigned i = 0; i < t->n_loops; i++) {
        pail_mutex_lock(&t->loops[i].lock);
        t->loops[i].stopping = true;
        pail_cond_broadcast(&t->loops[i].changed);
        pail_mutex_unlock(&t->loops[i].lock);
    }
    for (unsigned i = 0; i < t->n_loops; i++) {
        struct sim_loop *l = &t->loops[i];
        pail_thread_join(l->thread);
        SIM_CHECK(pail_list_empty(&l->flights), "an exchange outlives its transport");
        pail_mutex_done(&l->lock);
        pail_cond_done(&l->changed);
    }
    sim_net_remove(t);
    free(t);
}

static const struct pail_transport_ops transport_ops = {
    .name = "simulation",
    .start = transport_start,
    .cancel = transport_cancel,
    .free = transport_free,
};

struct pail_transport *sim_transport_new(unsigned threads)
{
    struct sim_transport *t = calloc(1, sizeof *t);
    if (!t)
        sim_fail("out of memory");
    t->base.ops = &transport_ops;
    t->machine = sim_machine();
    t->n_loops = threads ? (unsigned)pail_min_u64(threads, PAIL_ARRAY_LEN(t->loops))
                         : 1 + (unsigned)sim_rng_below(sim_net_rng(), 2);
    sim_net_add(t);
    for (unsigned i = 0; i < t->n_loops; i++) {
        struct sim_loop *l = &t->loops[i];
        char name[16];
        l->transport = t;
        pail_mutex_init(&l->lock, "simulated transport", PAIL_RANK_TRANSPORT);
        pail_cond_init(&l->changed);
        pail_list_init(&l->flights);
        snprintf(name, sizeof name, "net-%u", i);
        if (pail_thread_start(&l->thread, name, loop_main, l, NULL) < 0)
            sim_fail("out of memory");
    }
    return &t->base;
}

void sim_transport_lose(struct sim_transport *t, void (*each)(struct sim_message *take_m))
{
    for (unsigned i = 0; i < t->n_loops; i++)
        PAIL_LIST_FOR (it, &t->loops[i].flights) {
            struct sim_flight *f = PAIL_CONTAINER(it, struct sim_flight, link);
            struct sim_message *m = PAIL_STEAL(f->message);
            if (m)
                each(m);
            else if (f->answer.operation)
                sim_net_unanswered(&f->answer);
        }
}
