/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/http/fake_transport.h - a transport without a network: a function of the test answers each
 * exchange.
 *
 * Two threads carry exchanges out. A reply may be held until fake_release, and a held one can be
 * cancelled.
 */
#ifndef PAIL_TESTS_UNIT_HTTP_FAKE_TRANSPORT_H
#define PAIL_TESTS_UNIT_HTTP_FAKE_TRANSPORT_H

#include "base/list.h"
#include "base/thread.h"
#include "http/transport.h"
#include "unit/test.h"

#define FAKE_THREADS 2

struct fake_reply {
    int status;
    const char *head; /* "Name: value\nName: value"; NULL: none */
    const char *body;
    size_t repeat; /* the body, so often; 0: once */
    int fail;      /* after head and body if there are any: an enum pail_code instead of an end */
    bool unsent;   /* with fail: nothing had left */
    bool hold;     /* only after fake_release */
};

struct fake {
    struct pail_transport base;
    struct fake_reply (*reply)(void *ud, struct pail_exchange *x, unsigned nth);
    void (*in_start)(void *ud); /* called by start once the exchange is under way */
    void *ud;
    struct pail_mutex lock;
    struct pail_cond cond; /* something to do, or a number changed */
    struct pail_list pending, held;
    unsigned started, n_held, done;
    bool refuse, closing;
    struct pail_exchange *starting; /* while in_start runs */
    bool rule_broken;               /* cancel came before start returned */
    struct pail_thread *threads[FAKE_THREADS];
};

enum { FAKE_LIVE, FAKE_CANCELLED, FAKE_RELEASED };

static int fake_start(struct pail_transport *t, struct pail_exchange *x, struct pail_error *err)
{
    struct fake *f = PAIL_CONTAINER(t, struct fake, base);
    {
        PAIL_LOCKED(&f->lock);
        if (f->refuse)
            return pail_error_set(err, PAIL_D_NET, PAIL_E_NET, "refused to start");
        x->impl.state = FAKE_LIVE;
        x->impl.aux = f->started++;
        pail_list_append(&f->pending, &x->impl.link);
        pail_cond_broadcast(&f->cond);
    }
    if (f->in_start) {
        f->starting = x;
        f->in_start(f->ud);
        f->starting = NULL;
    }
    return 0;
}

static void fake_cancel(struct pail_transport *t, struct pail_exchange *x)
{
    struct fake *f = PAIL_CONTAINER(t, struct fake, base);
    PAIL_LOCKED(&f->lock);
    if (f->starting == x)
        f->rule_broken = true;
    if (pail_list_empty(&x->impl.link)) /* under way: too late */
        return;
    if (x->impl.sent == 1) {
        x->impl.sent = 0;
        f->n_held--;
    }
    x->impl.state = FAKE_CANCELLED;
    pail_list_remove(&x->impl.link);
    pail_list_append(&f->pending, &x->impl.link);
    pail_cond_broadcast(&f->cond);
}

static void fake_end(struct fake *f, struct pail_exchange *x, int code)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (code)
        pail_error_set(&err, PAIL_D_NET, (enum pail_code)code, "scripted %s", pail_code_name(code));
    {
        PAIL_LOCKED(&f->lock);
        f->done++;
        pail_cond_broadcast(&f->cond);
    }
    x->on_done(x, code ? &err : NULL);
}

static void fake_head(struct pail_headers *h, const char *text)
{
    struct pail_str rest = pail_str(text), line;
    while (pail_str_split(&rest, '\n', &line)) {
        size_t colon = pail_str_find(line, ':');
        assert_ok(pail_headers_add(h, pail_str_sub(line, 0, colon),
                                   pail_str_trim(pail_str_from(line, colon + 1)), NULL),
                  NULL);
    }
}

static void fake_answer(struct fake *f, struct pail_exchange *x, const struct fake_reply *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_headers h;
    int rc = 0;

    pail_headers_init(&h, 4096);
    if (r->status) {
        if (r->head)
            fake_head(&h, r->head);
        rc = x->on_head(x, r->status, &h, &err);
    }
    for (size_t i = 0; rc == 0 && r->body && i < (r->repeat ? r->repeat : 1); i++)
        rc = x->on_body(x, r->body, strlen(r->body), &err);
    x->request_sent = !r->unsent;
    if (rc < 0) {
        {
            PAIL_LOCKED(&f->lock);
            f->done++;
            pail_cond_broadcast(&f->cond);
        }
        x->on_done(x, &err);
    } else {
        fake_end(f, x, r->fail);
    }
    pail_headers_done(&h);
}

/* With the exchange out of every list. */
static void fake_carry_out(struct fake *f, struct pail_exchange *x, unsigned state, bool closing)
{
    if (state == FAKE_CANCELLED || closing) {
        x->request_sent = true;
        fake_end(f, x, state == FAKE_CANCELLED ? PAIL_E_CANCELLED : PAIL_E_SHUTDOWN);
        return;
    }
    struct fake_reply r = f->reply(f->ud, x, (unsigned)x->impl.aux);
    if (r.hold && state != FAKE_RELEASED) {
        PAIL_LOCKED(&f->lock);
        x->impl.sent = 1;
        f->n_held++;
        pail_list_append(&f->held, &x->impl.link);
        pail_cond_broadcast(&f->cond);
        return;
    }
    fake_answer(f, x, &r);
}

static void fake_main(void *arg)
{
    struct fake *f = arg;
    pail_mutex_lock(&f->lock);
    for (;;) {
        if (f->closing)
            pail_list_splice(&f->pending, &f->held);
        struct pail_list *link = pail_list_pop(&f->pending);
        if (link) {
            struct pail_exchange *x = PAIL_CONTAINER(link, struct pail_exchange, impl.link);
            unsigned state = x->impl.state;
            bool closing = f->closing;
            pail_mutex_unlock(&f->lock);
            fake_carry_out(f, x, state, closing);
            pail_mutex_lock(&f->lock);
            continue;
        }
        if (f->closing)
            break;
        pail_cond_wait(&f->cond, &f->lock);
    }
    pail_mutex_unlock(&f->lock);
}

/* Lets the one that was held first go. */
PAIL_UNUSED static void fake_release(struct fake *f)
{
    PAIL_LOCKED(&f->lock);
    struct pail_list *link = pail_list_pop(&f->held);
    if (!link) {
        fail_msg("nothing is held");
        return;
    }
    struct pail_exchange *x = PAIL_CONTAINER(link, struct pail_exchange, impl.link);
    x->impl.state = FAKE_RELEASED;
    x->impl.sent = 0;
    f->n_held--;
    pail_list_append(&f->pending, &x->impl.link);
    pail_cond_broadcast(&f->cond);
}

/* Until so many exchanges are held. */
PAIL_UNUSED static void fake_await_held(struct fake *f, unsigned n)
{
    PAIL_LOCKED(&f->lock);
    while (f->n_held < n)
        pail_cond_wait(&f->cond, &f->lock);
}

PAIL_UNUSED static void fake_await_done(struct fake *f, unsigned n)
{
    PAIL_LOCKED(&f->lock);
    while (f->done < n)
        pail_cond_wait(&f->cond, &f->lock);
}

PAIL_UNUSED static unsigned fake_started(struct fake *f)
{
    PAIL_LOCKED(&f->lock);
    return f->started;
}

static void fake_free(struct pail_transport *t)
{
    struct fake *f = PAIL_CONTAINER(t, struct fake, base);
    {
        PAIL_LOCKED(&f->lock);
        f->closing = true;
        pail_cond_broadcast(&f->cond);
    }
    for (size_t i = 0; i < FAKE_THREADS; i++)
        pail_thread_join(f->threads[i]);
    pail_cond_done(&f->cond);
    pail_mutex_done(&f->lock);
    pail_free(f);
}

PAIL_UNUSED static int fake_new(struct fake_reply (*reply)(void *, struct pail_exchange *,
                                                           unsigned),
                                void *ud, struct fake **ret, struct pail_error *err)
{
    static const struct pail_transport_ops ops = {"fake", fake_start, fake_cancel, fake_free};
    struct fake *f = pail_zalloc(sizeof(*f));
    if (!f)
        return pail_error_nomem(err);
    f->base.ops = &ops;
    f->reply = reply;
    f->ud = ud;
    pail_mutex_init(&f->lock, "fake transport", PAIL_RANK_TRANSPORT);
    pail_cond_init(&f->cond);
    pail_list_init(&f->pending);
    pail_list_init(&f->held);
    for (size_t i = 0; i < FAKE_THREADS; i++) {
        int rc = pail_thread_start(&f->threads[i], "fake", fake_main, f, err);
        if (rc < 0) {
            fake_free(&f->base);
            return rc;
        }
    }
    *ret = f;
    return 0;
}

#endif
