/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/workers.c - bounded pool of threads over one queue.
 *
 * A thread is started when more jobs are queued than threads idle; comparing with the queue's
 * length and not with "is anybody idle" matters because a signalled thread counts as idle until it
 * has run. The thread is started with the lock held: it happens at most max_threads times, and
 * makes closing simple (no thread can appear after `closing` was seen).
 *
 * Closing: a thread leaves when the queue is empty. A job that runs meanwhile may still give
 * others; its own thread will find them, so nothing is left behind.
 */
#include "base/workers.h"

#include "base/alloc.h"
#include "base/thread.h"

struct pail_workers {
    struct {
        unsigned max_threads;
        char name[16];
    } fixed;
    struct pail_mutex lock;
    struct pail_cond work; /* a job was queued, or closing */
    struct {
        struct pail_list queue;
        size_t queued;
        unsigned idle, started;
        bool closing;
        struct pail_thread **threads; /* max_threads places */
    } locked;
};

static void worker_main(void *arg)
{
    struct pail_workers *w = arg;
    pail_mutex_lock(&w->lock);
    for (;;) {
        struct pail_list *link = pail_list_pop(&w->locked.queue);
        if (link) {
            w->locked.queued--;
            pail_mutex_unlock(&w->lock);
            struct pail_job *job = PAIL_CONTAINER(link, struct pail_job, link);
            job->run(job);
            pail_mutex_lock(&w->lock);
            continue;
        }
        if (w->locked.closing)
            break;
        w->locked.idle++;
        pail_cond_wait(&w->work, &w->lock);
        w->locked.idle--;
    }
    pail_mutex_unlock(&w->lock);
}

static int start_locked(struct pail_workers *w, struct pail_error *err)
{
    struct pail_thread **place = &w->locked.threads[w->locked.started];
    int rc = pail_thread_start(place, w->fixed.name, worker_main, w, err);
    if (rc == 0)
        w->locked.started++;
    return rc;
}

int pail_workers_new(const char *name, unsigned max_threads, struct pail_workers **ret,
                     struct pail_error *err)
{
    if (max_threads == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "workers %s: no threads", name);

    struct pail_workers *w = pail_zalloc(sizeof(*w));
    if (!w)
        return pail_error_nomem(err);
    w->fixed.max_threads = max_threads;
    size_t len = strnlen(name, sizeof(w->fixed.name) - 1);
    memcpy(w->fixed.name, name, len);
    pail_mutex_init(&w->lock, "workers", PAIL_RANK_LEAF);
    pail_cond_init(&w->work);
    pail_list_init(&w->locked.queue);
    w->locked.threads = pail_calloc(max_threads, sizeof(struct pail_thread *));

    int rc = PAIL_E_NOMEM;
    if (!w->locked.threads) {
        pail_error_nomem(err);
    } else {
        pail_mutex_lock(&w->lock);
        rc = start_locked(w, err);
        pail_mutex_unlock(&w->lock);
    }
    if (rc < 0) {
        pail_workers_free(w);
        return rc;
    }
    *ret = w;
    return 0;
}

void pail_workers_free(struct pail_workers *w)
{
    if (!w)
        return;
    pail_mutex_lock(&w->lock);
    w->locked.closing = true;
    unsigned started = w->locked.started;
    pail_cond_broadcast(&w->work);
    pail_mutex_unlock(&w->lock);

    for (unsigned i = 0; i < started; i++)
        pail_thread_join(w->locked.threads[i]);
    pail_free(w->locked.threads);
    pail_cond_done(&w->work);
    pail_mutex_done(&w->lock);
    pail_free(w);
}

void pail_workers_give(struct pail_workers *w, struct pail_job *job)
{
    PAIL_LOCKED(&w->lock);
    pail_list_append(&w->locked.queue, &job->link);
    w->locked.queued++;
    if (w->locked.queued > w->locked.idle && w->locked.started < w->fixed.max_threads &&
        !w->locked.closing) {
        /* No thread, no harm: one exists and will come to this job; the next give tries again. */
        if (start_locked(w, NULL) == 0)
            return;
    }
    pail_cond_signal(&w->work);
}
