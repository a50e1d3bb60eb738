/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/curl_loop.c - a thread and its CURLM.
 *
 *   round: take the inbox -> cancels -> start what may start -> curl_multi_perform -> finish what
 * is done -> time-outs -> wait, unless something came in meanwhile
 *
 * Other threads touch the inbox, two flags and an exchange's state, all under the lock, and wake
 * the loop only when it is waiting: a system call is saved for everything that comes in while it
 * works. Handles are added and removed on the loop's thread between two performs only, as libcurl
 * demands.
 *
 * No more than max_active exchanges are given to libcurl. libcurl could queue the others itself,
 * but it knows no priorities and counts the time in its queue as time to connect.
 *
 * The thread sleeps until somebody says that a request is coming (warm) or brings one. Only then it
 * loads libcurl, while the caller's thread still prepares the request: a program that sends nothing
 * does not pay for it, and one that does waits less. Where libcurl cannot be loaded the thread ends
 * and every exchange is told why.
 *
 * Time-outs: due_ns is a lower bound of all; when it has passed, every exchange is looked at and
 * the bound is made exact again. Progress only writes a time, so data costs nothing here. Connect
 * time-outs are libcurl's own.
 */
#include <stdio.h>

#include "base/clock.h"
#include "http/curl_impl.h"

#define MAX_POLL_MS 60000
#define MAX_IDLE 16 /* handles of a kind kept for the next exchange */

static _Thread_local const struct curl_loop *current_loop;

bool pail_curl_loop_is_current(const struct curl_loop *l)
{
    return l == current_loop;
}

/* ---- Other threads -------------------------------------------------------------------------- */

/* True: the loop has to be woken, without the lock. */
static bool needs_wake_locked(struct curl_loop *l)
{
    bool wake = l->locked.polling;
    l->locked.polling = false; /* one wake-up is enough */
    if (l->locked.asleep)
        pail_cond_signal(&l->wanted_cond);
    return wake;
}

void pail_curl_loop_warm(struct curl_loop *l)
{
    PAIL_LOCKED(&l->lock);
    l->locked.wanted = true;
    if (l->locked.asleep)
        pail_cond_signal(&l->wanted_cond);
}

int pail_curl_loop_give(struct curl_loop *l, struct pail_exchange *x, struct pail_error *err)
{
    bool wake;

    x->request_sent = x->reused = false;
    x->body_sent = 0;
    memset(x->phase_ns, 0, sizeof(x->phase_ns));
    x->impl.handle = NULL;
    x->impl.owner = l;
    x->impl.state = EXCHANGE_LIVE;
    {
        PAIL_LOCKED(&l->lock);
        if (l->locked.closing)
            return pail_error_set(err, PAIL_D_NET, PAIL_E_SHUTDOWN, "the transport is closing");
        if (l->locked.broken) {
            if (err)
                pail_error_copy(err, &l->failure);
            return l->failure.code;
        }
        pail_list_append(&l->locked.inbox, &x->impl.link);
        l->in_flight++;
        wake = needs_wake_locked(l);
    }
    if (wake)
        curl_multi_wakeup(l->own.multi);
    return 0;
}

void pail_curl_loop_cancel(struct curl_loop *l, struct pail_exchange *x)
{
    bool wake;
    {
        PAIL_LOCKED(&l->lock);
        if (x->impl.state != EXCHANGE_LIVE)
            return;
        x->impl.state = EXCHANGE_CANCELLED;
        l->locked.cancels = true;
        wake = needs_wake_locked(l);
    }
    if (wake)
        curl_multi_wakeup(l->own.multi);
}

void pail_curl_loop_close(struct curl_loop *l)
{
    bool wake;
    {
        PAIL_LOCKED(&l->lock);
        l->locked.closing = true;
        wake = needs_wake_locked(l);
    }
    if (wake)
        curl_multi_wakeup(l->own.multi);
}

/* ---- The end of an exchange ----------------------------------------------------------------- */

/* x is its starter's again when this returns. */
static void end_exchange(struct curl_loop *l, struct pail_exchange *x, const struct pail_error *err)
{
    {
        PAIL_LOCKED(&l->lock);
        x->impl.state = EXCHANGE_ENDED;
    }
    l->in_flight--;
    l->last_done_ns = l->own.now_ns;
    x->on_done(x, err);
}

static void end_waiting(struct curl_loop *l, struct pail_exchange *x, const struct pail_error *err)
{
    pail_list_remove(&x->impl.link);
    l->own.n_waiting--;
    end_exchange(l, x, err);
}

/* The handle used last is the next: its memory is warm. A burst's worth of buffers is not kept. */
static void retire(struct curl_loop *l, struct curl_slot *s)
{
    if (s->spoiled || l->own.n_idle[s->kind] == MAX_IDLE) {
        pail_curl_slot_free(s);
        return;
    }
    pail_list_prepend(&l->own.idle[s->kind], &s->link);
    l->own.n_idle[s->kind]++;
}

static void end_active(struct curl_loop *l, struct curl_slot *s, const struct pail_error *err)
{
    curl_multi_remove_handle(l->own.multi, s->easy);
    pail_curl_slot_report(s);
    l->own.n_active--;
    end_exchange(l, s->x, err);
    s->x = NULL;
    pail_list_remove(&s->link);
    retire(l, s); /* only now: on_done may look at the answer's headers */
}

/* "GET host:port: TEXT" for an end that libcurl did not make. */
static void end_active_with(struct curl_loop *l, struct curl_slot *s, enum pail_code code,
                            const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char where[160];
    pail_curl_error_where(s, where, sizeof(where));
    pail_error_set(&err, PAIL_D_NET, code, "%s: %s", where, text);
    end_active(l, s, &err);
}

/* ---- Starting ------------------------------------------------------------------------------- */

static int get_slot(struct curl_loop *l, enum curl_kind kind, struct curl_slot **ret,
                    struct pail_error *err)
{
    struct pail_list *link = pail_list_pop(&l->own.idle[kind]);
    if (!link)
        return pail_curl_slot_new(l, kind, ret, err);
    l->own.n_idle[kind]--;
    *ret = PAIL_CONTAINER(link, struct curl_slot, link);
    return 0;
}

static int attach(struct curl_loop *l, struct pail_exchange *x, struct pail_error *err)
{
    struct curl_slot *s;
    int rc = get_slot(l, pail_curl_kind_of(x), &s, err);
    if (rc < 0)
        return rc;
    rc = pail_curl_slot_load(s, x, err);
    if (rc == 0) {
        CURLMcode mc = curl_multi_add_handle(l->own.multi, s->easy);
        if (mc != CURLM_OK)
            rc = pail_error_set(err, PAIL_D_NET,
                                mc == CURLM_OUT_OF_MEMORY ? PAIL_E_NOMEM : PAIL_E_INTERNAL,
                                "libcurl: %s", curl_multi_strerror(mc));
    }
    if (rc < 0) {
        s->x = NULL;
        retire(l, s);
        return rc;
    }
    x->impl.handle = s;
    pail_list_append(&l->own.active, &s->link);
    l->own.n_active++;
    l->own.due_ns = l->own.now_ns; /* recomputed in this round */
    return 0;
}

static struct pail_exchange *next_waiting(struct curl_loop *l)
{
    for (int p = 0; p < PAIL_PRIO_COUNT; p++) {
        if (!pail_list_empty(&l->own.waiting[p]))
            return PAIL_CONTAINER(l->own.waiting[p].next, struct pail_exchange, impl.link);
    }
    return NULL;
}

static void start_waiting(struct curl_loop *l)
{
    while (l->own.n_active < l->fixed.max_active) {
        struct pail_exchange *x = next_waiting(l);
        struct pail_error err = PAIL_ERROR_INIT;

        if (!x)
            return;
        pail_list_remove(&x->impl.link);
        l->own.n_waiting--;
        if (attach(l, x, &err) < 0)
            end_exchange(l, x, &err);
    }
}

/* ---- Cancelling ----------------------------------------------------------------------------- */

/* One exchange somebody cancelled, or NULL. on_done may cancel others, so each is looked for anew.
 */
static struct pail_exchange *next_cancelled_locked(struct curl_loop *l)
{
    PAIL_LIST_FOR (it, &l->own.active) {
        struct curl_slot *s = PAIL_CONTAINER(it, struct curl_slot, link);
        if (s->x->impl.state == EXCHANGE_CANCELLED)
            return s->x;
    }
    for (int p = 0; p < PAIL_PRIO_COUNT; p++) {
        PAIL_LIST_FOR (it, &l->own.waiting[p]) {
            struct pail_exchange *x = PAIL_CONTAINER(it, struct pail_exchange, impl.link);
            if (x->impl.state == EXCHANGE_CANCELLED)
                return x;
        }
    }
    return NULL;
}

static void end_cancelled(struct curl_loop *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_NET, PAIL_E_CANCELLED, "cancelled");

    for (;;) {
        struct pail_exchange *x;
        {
            PAIL_LOCKED(&l->lock);
            x = next_cancelled_locked(l);
        }
        if (!x)
            return;
        if (x->impl.handle)
            end_active(l, x->impl.handle, &err);
        else
            end_waiting(l, x, &err);
    }
}

static void end_all(struct curl_loop *l, const struct pail_error *err)
{
    while (!pail_list_empty(&l->own.active))
        end_active(l, PAIL_CONTAINER(l->own.active.next, struct curl_slot, link), err);
    for (struct pail_exchange *x; (x = next_waiting(l));)
        end_waiting(l, x, err);
}

static void end_all_closed(struct curl_loop *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_NET, PAIL_E_SHUTDOWN, "the transport was closed");
    end_all(l, &err);
}

/* ---- Time-outs ------------------------------------------------------------------------------ */

static bool is_uploading(const struct curl_slot *s)
{
    return s->x->body && s->x->body->length && !s->head_done;
}

/* The callback that hands libcurl the body runs ahead of the network; what it wrote, libcurl knows.
 * The kernel's buffer cannot be seen from here: after the last write, silence counts from there. */
static void note_upload(struct curl_loop *l, struct curl_slot *s)
{
    curl_off_t n = 0;
    curl_easy_getinfo(s->easy, CURLINFO_SIZE_UPLOAD_T, &n);
    if (n != s->uploaded) {
        s->uploaded = n;
        s->progress_ns = l->own.now_ns;
    }
}

/* When the exchange must be looked at again; now or earlier: it is over. *ret_code says why. */
static int64_t due_of(struct curl_loop *l, struct curl_slot *s, enum pail_code *ret_code)
{
    const struct pail_exchange *x = s->x;
    int64_t due = x->deadline_mono_ns;
    int64_t idle_ns = (int64_t)x->idle_timeout_ms * PAIL_NS_PER_MS;

    *ret_code = PAIL_E_DEADLINE;
    if (!idle_ns || due <= l->own.now_ns)
        return due;
    /* What is looked at for progress is looked at often: it may have been made just after. */
    int64_t look = l->own.now_ns + (is_uploading(s) ? idle_ns / 4 : idle_ns);
    if (!s->sends) /* connecting: libcurl's time-out */
        return look < due ? look : due;
    if (is_uploading(s))
        note_upload(l, s);
    int64_t silent = s->progress_ns + idle_ns;
    if (silent < due) {
        due = silent;
        *ret_code = PAIL_E_READ_TIMEOUT;
    }
    return is_uploading(s) && due > l->own.now_ns && look < due ? look : due;
}

static void end_active_late(struct curl_loop *l, struct curl_slot *s, enum pail_code code)
{
    char text[64];
    if (code == PAIL_E_READ_TIMEOUT)
        snprintf(text, sizeof(text), "no data for %u ms", s->x->idle_timeout_ms);
    else
        snprintf(text, sizeof(text), "deadline passed %s",
                 s->head_done ? "in the answer" : "before the answer");
    end_active_with(l, s, code, text);
}

static void check_active_times(struct curl_loop *l)
{
    struct pail_list checked;

    /* on_done may cancel or start, which changes no list of ours; still one at a time. */
    pail_list_init(&checked);
    while (!pail_list_empty(&l->own.active)) {
        struct curl_slot *s = PAIL_CONTAINER(l->own.active.next, struct curl_slot, link);
        enum pail_code code;
        int64_t due = due_of(l, s, &code);
        if (due <= l->own.now_ns) {
            end_active_late(l, s, code);
            continue;
        }
        if (due < l->own.due_ns)
            l->own.due_ns = due;
        pail_list_remove(&s->link);
        pail_list_append(&checked, &s->link);
    }
    pail_list_splice(&l->own.active, &checked);
}

static void check_waiting_times(struct curl_loop *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_error_set(&err, PAIL_D_NET, PAIL_E_DEADLINE,
                   "deadline passed before a connection was free");

    for (int p = 0; p < PAIL_PRIO_COUNT; p++) {
        PAIL_LIST_FOR (it, &l->own.waiting[p]) {
            struct pail_exchange *x = PAIL_CONTAINER(it, struct pail_exchange, impl.link);
            if (x->deadline_mono_ns <= l->own.now_ns)
                end_waiting(l, x, &err);
            else if (x->deadline_mono_ns < l->own.due_ns)
                l->own.due_ns = x->deadline_mono_ns;
        }
    }
}

static void check_times(struct curl_loop *l)
{
    if (l->own.now_ns < l->own.due_ns)
        return;
    l->own.due_ns = PAIL_NEVER;
    check_active_times(l);
    check_waiting_times(l);
}

/* ---- The loop ------------------------------------------------------------------------------- */

/* False: closing and empty. */
static bool take_inbox(struct curl_loop *l, bool *ret_cancels, bool *ret_closing)
{
    PAIL_LOCKED(&l->lock);
    for (struct pail_list *link; (link = pail_list_pop(&l->locked.inbox));) {
        struct pail_exchange *x = PAIL_CONTAINER(link, struct pail_exchange, impl.link);
        pail_list_append(&l->own.waiting[x->priority], &x->impl.link);
        l->own.n_waiting++;
        if (x->deadline_mono_ns < l->own.due_ns)
            l->own.due_ns = x->deadline_mono_ns;
    }
    *ret_cancels = l->locked.cancels;
    l->locked.cancels = false;
    *ret_closing = l->locked.closing;
    return !l->locked.closing || l->own.n_active || l->own.n_waiting;
}

static void perform(struct curl_loop *l)
{
    int running, left;

    curl_multi_perform(l->own.multi, &running);
    for (CURLMsg *m; (m = curl_multi_info_read(l->own.multi, &left));) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct curl_slot *s;
        CURLcode result = m->data.result; /* m is gone once the handle is removed */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        if (result == CURLE_OK && !s->failed && s->head_done) {
            end_active(l, s, NULL);
        } else {
            struct pail_error err = PAIL_ERROR_INIT;
            pail_curl_error(s, result, &err);
            /* libcurl 8.14 forgets to free the name when the handle asks for the next. */
            s->spoiled = result == CURLE_COULDNT_RESOLVE_HOST ||
                         result == CURLE_COULDNT_RESOLVE_PROXY;
            end_active(l, s, &err);
        }
    }
}

/* Waits for the network, a wake-up, or the next time-out. */
static void wait_for_work(struct curl_loop *l)
{
    if (l->own.n_waiting && l->own.n_active < l->fixed.max_active)
        return; /* something ended in this round: the next may start */
    {
        PAIL_LOCKED(&l->lock);
        if (!pail_list_empty(&l->locked.inbox) || l->locked.cancels || l->locked.closing)
            return;
        l->locked.polling = true;
    }
    int64_t ms = MAX_POLL_MS;
    if (l->own.due_ns != PAIL_NEVER) {
        int64_t ns = l->own.due_ns - pail_clock_mono_ns();
        int64_t due_ms = ns <= 0 ? 0 : (ns + PAIL_NS_PER_MS - 1) / PAIL_NS_PER_MS;
        if (due_ms < ms)
            ms = due_ms;
    }
    if (curl_multi_poll(l->own.multi, NULL, 0, (int)ms, NULL) != CURLM_OK)
        pail_sleep_ns(PAIL_NS_PER_MS); /* out of memory: no reason to spin */
    PAIL_LOCKED(&l->lock);
    l->locked.polling = false;
}

static int init_multi(struct curl_loop *l, struct pail_error *err)
{
    const struct curl_transport *t = l->fixed.transport;

    int rc = pail_curl_load(err);
    if (rc < 0)
        return rc;
    l->own.multi = curl_multi_init();
    l->own.share = curl_share_init();
    if (!l->own.multi || !l->own.share)
        return pail_error_nomem(err);
    /* One thread uses the share, so it needs no locks of its own. */
    curl_share_setopt(l->own.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(l->own.multi, CURLMOPT_MAXCONNECTS, (long)t->max_connections);
    curl_multi_setopt(l->own.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)l->fixed.max_active);
    curl_multi_setopt(l->own.multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return 0;
}

static void wait_until_wanted(struct curl_loop *l)
{
    PAIL_LOCKED(&l->lock);
    l->locked.asleep = true;
    while (pail_list_empty(&l->locked.inbox) && !l->locked.wanted && !l->locked.closing)
        pail_cond_wait(&l->wanted_cond, &l->lock);
    l->locked.asleep = false;
}

/* No exchange can be carried out: those that came meanwhile are told, later ones by their start. */
static void break_down(struct curl_loop *l)
{
    bool cancels, closing;
    {
        PAIL_LOCKED(&l->lock);
        l->locked.broken = true;
    }
    take_inbox(l, &cancels, &closing);
    end_all(l, &l->failure);
}

static void loop_main(void *arg)
{
    struct curl_loop *l = arg;
    bool cancels, closing;

    current_loop = l;
    wait_until_wanted(l);
    while (take_inbox(l, &cancels, &closing)) {
        l->own.now_ns = pail_clock_mono_ns();
        if (closing) {
            end_all_closed(l);
            continue;
        }
        if (!l->own.multi && init_multi(l, &l->failure) < 0) {
            break_down(l);
            return;
        }
        if (cancels)
            end_cancelled(l);
        start_waiting(l);
        perform(l);
        check_times(l);
        wait_for_work(l);
    }
}

/* ---- Life ----------------------------------------------------------------------------------- */

static void free_multi(struct curl_loop *l)
{
    for (int kind = 0; kind < CURL_KIND_COUNT; kind++) {
        for (struct pail_list *link; (link = pail_list_pop(&l->own.idle[kind]));)
            pail_curl_slot_free(PAIL_CONTAINER(link, struct curl_slot, link));
    }
    if (l->own.multi)
        curl_multi_cleanup(l->own.multi);
    if (l->own.share)
        curl_share_cleanup(l->own.share);
}

/* On failure the loop needs no pail_curl_loop_done. */
int pail_curl_loop_init(struct curl_loop *l, struct curl_transport *t, struct pail_error *err)
{
    l->fixed.transport = t;
    pail_mutex_init(&l->lock, "curl loop", PAIL_RANK_TRANSPORT);
    pail_cond_init(&l->wanted_cond);
    pail_list_init(&l->locked.inbox);
    pail_list_init(&l->own.active);
    for (int i = 0; i < PAIL_PRIO_COUNT; i++)
        pail_list_init(&l->own.waiting[i]);
    for (int i = 0; i < CURL_KIND_COUNT; i++)
        pail_list_init(&l->own.idle[i]);
    l->own.due_ns = PAIL_NEVER;

    int rc = pail_thread_start(&l->fixed.thread, "pail-http", loop_main, l, err);
    if (rc < 0) {
        pail_cond_done(&l->wanted_cond);
        pail_mutex_done(&l->lock);
    }
    return rc;
}

void pail_curl_loop_done(struct curl_loop *l)
{
    pail_thread_join(l->fixed.thread);
    free_multi(l);
    pail_cond_done(&l->wanted_cond);
    pail_mutex_done(&l->lock);
}
