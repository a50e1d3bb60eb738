/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/engine_impl.h - what the files of the engine share.
 *
 * engine.c (life, queues, slots), engine_threads.c (timer, blocking preparation), call.c (one call
 * from submission to done), attempt.c (one attempt: prepare, exchange, classify, settle).
 *
 * One lock. engine->lock guards every field in a `locked` group, of the engine and of its calls. It
 * is never held over prepare, classify, done, or the transport's start; it is held over the
 * transport's cancel, which is what makes that one legal: on_done takes the lock before it returns.
 *
 * Who owns a call is told by its state:
 *   QUEUED, BLOCKED, BACKOFF   nobody; whoever holds the lock may take it out of its list and
 * change it PREPARING, CLASSIFYING     the thread that set the state; others only leave a wish in
 * `stop` EXCHANGING                 the transport, until on_done sets CLASSIFYING FINISHING the
 * thread that will run done, or the list of those the timer thread will finish DONE the references;
 * nothing but the memory is left The fields outside `fixed` and `locked` belong to the owner.
 *
 * Invariants, whenever the lock is free
 * - A call holds a slot exactly in EXCHANGING and CLASSIFYING, and in PREPARING unless the
 * preparing thread has it.
 * - A call has a node in `timers` from submission until FINISHING, so that changing its time needs
 * no memory.
 * - No call waits in a queue while a slot that it may have is free, unless some thread is in
 * engine_dispatch or on its way there: whoever frees a slot or queues a call dispatches afterwards.
 * - done runs on the transport's, the timer or the preparing thread, never inside submit, cancel or
 * free.
 */
#ifndef PAIL_HTTP_ENGINE_IMPL_H
#define PAIL_HTTP_ENGINE_IMPL_H

#include <stdatomic.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/thread.h"
#include "http/engine.h"
#include "http/pacer.h"
#include "http/retry.h"

struct pail_engine {
    atomic_uint refs; /* the owner's and one of each call; of the memory only */
    struct pail_mutex lock;
    struct {
        struct pail_transport *transport;
        unsigned max_in_flight, max_background; /* background: read-ahead and writes */
        unsigned connect_timeout_ms, read_timeout_ms, timeout_ms, max_attempts;
        enum pail_retry_mode retry_mode;
        bool retries_2026, no_skew_correction;
    } fixed;
    struct {
        struct pail_list queues[PAIL_PRIO_COUNT]; /* QUEUED, pail_call.locked.link */
        struct pail_list blocked;                 /* BLOCKED, the same link */
        struct pail_list finished;                /* FINISHING and left to the timer thread */
        struct pail_list calls;                   /* all until DONE, pail_call.locked.all */
        unsigned n_calls, in_flight, background;
        struct pail_heap timers;
        int64_t timer_sleeps_until; /* INT64_MIN: awake */
        bool closing;               /* no new calls */
        bool stopping;              /* no calls left: the threads end */
        enum { PREP_NONE, PREP_STARTING, PREP_RUNNING } prep_state;
        struct pail_map *buckets; /* host -> struct pail_retry_bucket; absent means full */
        struct pail_map *pacers;  /* service -> struct pail_pacer; in the adaptive mode */
        struct pail_engine_stats stats;
        pail_trace_fn *trace;
        void *trace_ud;
    } locked;
    struct pail_cond timer_cond, prep_cond,
        idle_cond; /* idle: n_calls became 0, or prep_state changed */
    struct pail_thread *timer_thread, *prep_thread;
    _Atomic int64_t skew_s;
    atomic_bool warmed; /* the transport was told that requests will come */
};

enum call_state {
    CALL_QUEUED,
    CALL_PREPARING,
    CALL_BLOCKED, /* preparing must wait: for the preparing thread */
    CALL_EXCHANGING,
    CALL_CLASSIFYING,
    CALL_BACKOFF,
    CALL_FINISHING,
    CALL_DONE,
};

struct pail_call {
    atomic_uint refs; /* the user's, the engine's until DONE, and one around a start */
    struct pail_engine *engine;
    struct {
        const struct pail_call_ops *ops;
        void *ud;
        const struct pail_body *body;
        const char *service;
        const struct pail_retry_rules *rules;
        enum pail_priority priority;
        bool expect_continue, head_only, has_sink, unsafe;
        size_t max_body;
        unsigned max_attempts;
        int64_t timeout_ms, deadline_mono_ns;
        char invocation_id[37];
    } fixed;
    struct {
        enum call_state state;
        bool has_slot;
        enum pail_code stop;   /* PAIL_E_CANCELLED, PAIL_E_SHUTDOWN: wanted; 0: not */
        uint64_t exchange_no;  /* of the exchange started last */
        uint64_t cancellable;  /* exchange_no whose start has returned */
        struct pail_list link; /* in a queue, blocked, or finished */
        struct pail_list all;
        struct pail_heap_node timer; /* key: when the timer thread must look */
    } locked;
    struct pail_cond done_cond; /* DONE was reached */

    /* The call over its attempts. */
    unsigned number;  /* of the current attempt, from 1 */
    unsigned started; /* exchanges that were started */
    unsigned redirects, tokens;
    bool refreshed, refresh_next, skew_corrected, out_of_tokens;
    bool ever_dated; /* some answer told the server's time */
    bool paced;      /* the current attempt has its token */
    bool failed;     /* error is set; by the current attempt if there is one */
    struct pail_error error;

    /* The current attempt. */
    struct pail_request request;
    int64_t prepared_mono_ns; /* 0: not yet */
    int64_t skew_used_s, started_mono_ns;
    struct pail_exchange exchange;
    int status;
    const struct pail_headers *headers; /* the transport's, until on_done returns */
    struct pail_buf body;               /* collected */
    uint64_t delivered;                 /* bytes of the answer's body seen */
    bool own_fault; /* the exchange ended because of the sink or a bound of ours: no retry */
    bool dated;     /* the answer told the server's time */

    char what[]; /* NUL-terminated */
};

/* ---- engine.c ------------------------------------------------------------------------------- */

/* Starts queued calls as slots allow. may_finish: done may run on this thread now. */
void pail_engine_dispatch(struct pail_engine *e, bool may_finish);
void pail_engine_ref(struct pail_engine *e);
void pail_engine_unref(struct pail_engine *e);
void pail_engine_slot_give_locked(struct pail_engine *e, struct pail_call *c);
void pail_engine_enqueue_locked(struct pail_engine *e, struct pail_call *c, bool first);
/* Retry tokens of the call's host. take: false when there are not enough. */
bool pail_engine_tokens_take_locked(struct pail_engine *e, struct pail_call *c);
void pail_engine_tokens_give_locked(struct pail_engine *e, struct pail_call *c);
/* The pacer of the call's service; NULL: not in the adaptive mode, or no memory for one. */
struct pail_pacer *pail_engine_pacer_locked(struct pail_engine *e, const struct pail_call *c);

/* ---- engine_threads.c ----------------------------------------------------------------------- */

PAIL_CHECK int pail_engine_timer_start(struct pail_engine *e, struct pail_error *err);
void pail_engine_threads_stop(struct pail_engine *e);
/* Moves the call's timer. */
void pail_engine_rekey_locked(struct pail_engine *e, struct pail_call *c, int64_t key);
void pail_engine_wake_timer_locked(struct pail_engine *e);
/* Hands a call in PREPARING to the preparing thread; its slot is free again. */
void pail_engine_block(struct pail_engine *e, struct pail_call *c);

/* ---- call.c --------------------------------------------------------------------------------- */

PAIL_CHECK int pail_call_new(struct pail_engine *e, const struct pail_call_desc *desc,
                             struct pail_call **ret, struct pail_error *err);
struct pail_call *pail_call_ref(struct pail_call *c);
/* Wants the call to end with this code. */
void pail_call_stop_locked(struct pail_call *c, enum pail_code code);
/* Sets the call's error to "cancelled", "shut down" or "timed out", keeping what the last error
 * told. */
void pail_call_set_end(struct pail_call *c, enum pail_code code);
/* To FINISHING. Then either finish_later_locked, or without the lock finish. */
void pail_call_finishing_locked(struct pail_call *c);
void pail_call_finish_later_locked(struct pail_call *c);
void pail_call_finish(struct pail_call *c);

/* ---- attempt.c ------------------------------------------------------------------------------ */

/* The call is in PREPARING with a slot: prepare it unless that was done, and start the exchange. */
void pail_attempt_run(struct pail_call *c, bool may_finish);
/* Asks the call's owner for the request. 0, PAIL_PREPARE_WOULD_BLOCK, or negative with c->error
 * set. */
PAIL_CHECK int pail_attempt_prepare(struct pail_call *c, bool may_block);
/* The attempt is over (c->failed says how): what comes next? Gives the slot back. True: the caller
 * must pail_call_finish it. */
PAIL_CHECK bool pail_attempt_settle(struct pail_call *c, bool retry_now, bool may_finish);

#endif
