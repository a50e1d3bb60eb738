/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list in order of arrival. A change may run when no change before it has an overlapping claim;
 * so order is kept exactly where it matters and a cycle is impossible (a change waits for earlier
 * ones only). The list is short - as many as there are callers, and what replay left - so claims
 * are compared by walking it.
 */
#include "write/queue.h"

#include <string.h>

#include "base/alloc.h"
#include "base/plant.h"
#include "base/str.h"
#include "base/thread.h"

struct pail_queue {
    struct pail_mutex lock;
    struct pail_cond changed; /* a change ended, was given, or the queue closes */
    struct pail_list changes;
    size_t n;
    uint64_t next_seq;
    uint64_t ending; /* seq of the given change whose done is being called; UINT64_MAX: none */
    bool closing;
    struct pail_thread *executor; /* started by the first given change */
};

static bool overlap(const struct pail_claim *a, const struct pail_claim *b)
{
    if ((!a->write && !b->write) || !pail_str_eq(a->bucket, b->bucket))
        return false;
    if (a->prefix && pail_str_starts(b->key, a->key))
        return true;
    if (b->prefix && pail_str_starts(a->key, b->key))
        return true;
    return pail_str_eq(a->key, b->key);
}

static bool may_run_locked(const struct pail_queue *q, const struct pail_change *c)
{
    for (const struct pail_list *it = q->changes.next; it != &c->link; it = it->next) {
        const struct pail_change *earlier = PAIL_CONTAINER(it, struct pail_change, link);
        for (size_t i = 0; i < c->n_claims; i++)
            for (size_t k = 0; k < earlier->n_claims; k++)
                if (overlap(&c->claims[i], &earlier->claims[k]))
                    return false;
    }
    return true;
}

/* The claims' texts, copied into one piece of memory. */
static int own_claims(struct pail_change *c, struct pail_error *err)
{
    size_t total = 1;
    for (size_t i = 0; i < c->n_claims; i++)
        total += c->claims[i].bucket.len + c->claims[i].key.len;
    char *at = c->claim_text = pail_alloc(total);
    if (!at)
        return pail_error_nomem(err);
    for (size_t i = 0; i < c->n_claims; i++) {
        struct pail_str *views[2] = {&c->claims[i].bucket, &c->claims[i].key};
        for (size_t k = 0; k < 2; k++) {
            if (views[k]->len)
                memcpy(at, views[k]->ptr, views[k]->len);
            views[k]->ptr = at;
            at += views[k]->len;
        }
    }
    return 0;
}

static void enter_locked(struct pail_queue *q, struct pail_change *c)
{
    c->seq = q->next_seq++;
    c->state = PAIL_CHANGE_SEALED;
    pail_list_init(&c->link);
    pail_list_append(&q->changes, &c->link);
    q->n++;
}

static void leave_locked(struct pail_queue *q, struct pail_change *c, int rc)
{
    c->state = rc ? PAIL_CHANGE_FAILED : PAIL_CHANGE_DONE;
    pail_list_remove(&c->link);
    q->n--;
    pail_free(PAIL_STEAL(c->claim_text));
    pail_cond_broadcast(&q->changed);
}

int pail_queue_new(struct pail_queue **ret, struct pail_error *err)
{
    struct pail_queue *q = pail_zalloc(sizeof(*q));
    if (!q)
        return pail_error_nomem(err);
    pail_mutex_init(&q->lock, "change queue", PAIL_RANK_QUEUE);
    pail_cond_init(&q->changed);
    pail_list_init(&q->changes);
    q->ending = UINT64_MAX;
    *ret = q;
    return 0;
}

void pail_queue_free(struct pail_queue *q)
{
    if (!q)
        return;
    pail_mutex_lock(&q->lock);
    while (q->n)
        pail_cond_wait(&q->changed, &q->lock);
    q->closing = true;
    pail_cond_broadcast(&q->changed);
    pail_mutex_unlock(&q->lock);
    pail_thread_join(q->executor);
    pail_cond_done(&q->changed);
    pail_mutex_done(&q->lock);
    pail_free(q);
}

int pail_queue_run(struct pail_queue *q, struct pail_change *c, struct pail_error *err)
{
    int rc = own_claims(c, err);
    if (rc)
        return rc;
    c->done = NULL;
    pail_mutex_lock(&q->lock);
    enter_locked(q, c);
    while (!may_run_locked(q, c) && !PAIL_PLANT("queue.claims"))
        pail_cond_wait(&q->changed, &q->lock);
    c->state = PAIL_CHANGE_RUNNING;
    pail_mutex_unlock(&q->lock);
    rc = c->run(c, err);
    pail_mutex_lock(&q->lock);
    leave_locked(q, c, rc);
    pail_mutex_unlock(&q->lock);
    return rc;
}

/* The oldest given change that may run now. */
static struct pail_change *pick_locked(struct pail_queue *q)
{
    PAIL_LIST_FOR (it, &q->changes) {
        struct pail_change *c = PAIL_CONTAINER(it, struct pail_change, link);
        if (c->done && c->state == PAIL_CHANGE_SEALED && may_run_locked(q, c))
            return c;
    }
    return NULL;
}

static void executor(void *arg)
{
    struct pail_queue *q = arg;
    pail_mutex_lock(&q->lock);
    while (!q->closing) {
        struct pail_change *c = pick_locked(q);
        if (!c) {
            pail_cond_wait(&q->changed, &q->lock);
            continue;
        }
        c->state = PAIL_CHANGE_RUNNING;
        pail_mutex_unlock(&q->lock);
        struct pail_error err = PAIL_ERROR_INIT;
        int rc = c->run(c, &err);
        void (*done)(struct pail_change *, const struct pail_error *) = c->done;
        pail_mutex_lock(&q->lock);
        q->ending = c->seq;
        leave_locked(q, c, rc);
        pail_mutex_unlock(&q->lock);
        done(c, rc ? &err : NULL);
        pail_mutex_lock(&q->lock);
        q->ending = UINT64_MAX;
        pail_cond_broadcast(&q->changed);
    }
    pail_mutex_unlock(&q->lock);
}

int pail_queue_give(struct pail_queue *q, struct pail_change *c, struct pail_error *err)
{
    int rc = own_claims(c, err);
    if (rc)
        return rc;
    pail_mutex_lock(&q->lock);
    if (!q->executor)
        rc = pail_thread_start(&q->executor, "pail-changes", executor, q, err);
    if (!rc) {
        enter_locked(q, c);
        pail_cond_broadcast(&q->changed);
    }
    pail_mutex_unlock(&q->lock);
    if (rc)
        pail_free(PAIL_STEAL(c->claim_text));
    return rc;
}

void pail_queue_drain(struct pail_queue *q)
{
    pail_mutex_lock(&q->lock);
    uint64_t last = q->next_seq;
    for (;;) {
        struct pail_change *first = pail_list_empty(&q->changes)
                                        ? NULL
                                        : PAIL_CONTAINER(q->changes.next, struct pail_change, link);
        if ((!first || first->seq >= last) && (q->ending == UINT64_MAX || q->ending >= last))
            break;
        pail_cond_wait(&q->changed, &q->lock);
    }
    pail_mutex_unlock(&q->lock);
}

size_t pail_queue_len(struct pail_queue *q)
{
    pail_mutex_lock(&q->lock);
    size_t n = q->n;
    pail_mutex_unlock(&q->lock);
    return n;
}

void pail_queue_each(struct pail_queue *q, void (*each)(void *ud, const struct pail_change *c),
                     void *ud)
{
    pail_mutex_lock(&q->lock);
    PAIL_LIST_FOR (it, &q->changes) {
        each(ud, PAIL_CONTAINER(it, struct pail_change, link));
    }
    pail_mutex_unlock(&q->lock);
}
