/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's own test: a bounded queue with producers and consumers.
 *
 * Plants: queue.broadcast (closing wakes one consumer instead of all: the others wait for ever),
 * queue.if (the predicate is looked at once, not in a loop: a spurious or late wake-up takes from
 * an empty queue), queue.race (the sum is kept without the lock, with a step in between).
 */
#include "sim/scenarios.h"

#define CAPACITY 3u

struct queue {
    struct pail_mutex lock;
    struct pail_cond not_full, not_empty;
    uint64_t items[CAPACITY];
    unsigned n;
    bool closed;
    uint64_t sum; /* of what was taken */
    unsigned per_producer;
};

struct worker {
    struct queue *q;
    unsigned number;
    struct sim_rng rng;
};

static void put(struct queue *q, uint64_t v)
{
    pail_mutex_lock(&q->lock);
    while (q->n == CAPACITY)
        pail_cond_wait(&q->not_full, &q->lock);
    q->items[q->n++] = v;
    pail_cond_signal(&q->not_empty);
    pail_mutex_unlock(&q->lock);
}

static bool take(struct queue *q, uint64_t *ret)
{
    PAIL_LOCKED(&q->lock);
    if (sim_plant("queue.if")) {
        if (!q->n && !q->closed)
            pail_cond_wait(&q->not_empty, &q->lock);
    } else {
        while (!q->n && !q->closed)
            pail_cond_wait(&q->not_empty, &q->lock);
    }
    SIM_CHECK(q->n || q->closed, "taking from an empty queue");
    if (!q->n)
        return false;
    *ret = q->items[--q->n];
    pail_cond_signal(&q->not_full);
    return true;
}

static void produce(void *arg)
{
    struct worker *w = arg;
    for (unsigned i = 0; i < w->q->per_producer; i++) {
        put(w->q, w->number * 1000 + i);
        if (sim_rng_below(&w->rng, 4) == 0)
            pail_sleep_ns(sim_rng_range(&w->rng, 0, PAIL_NS_PER_MS));
    }
    sim_trace("produced %u", w->q->per_producer);
}

static void consume(void *arg)
{
    struct worker *w = arg;
    uint64_t v, n = 0;
    while (take(w->q, &v)) {
        n++;
        if (sim_plant("queue.race")) {
            uint64_t sum = w->q->sum;
            pail_sleep_ns(0);
            w->q->sum = sum + v;
        } else {
            PAIL_LOCKED(&w->q->lock);
            w->q->sum += v;
        }
    }
    sim_trace("consumed %llu", (unsigned long long)n);
}

static void close_queue(struct queue *q)
{
    PAIL_LOCKED(&q->lock);
    q->closed = true;
    if (sim_plant("queue.broadcast"))
        pail_cond_signal(&q->not_empty);
    else
        pail_cond_broadcast(&q->not_empty);
}

static void run(struct sim_run *run)
{
    struct queue q = {.per_producer = run->ops};
    struct worker workers[64];
    struct pail_thread *threads[64];
    unsigned half = run->clients < 64 ? run->clients / 2 : 32, n = half * 2;
    pail_mutex_init(&q.lock, "queue", PAIL_RANK_QUEUE);
    pail_cond_init(&q.not_full);
    pail_cond_init(&q.not_empty);
    uint64_t expected = 0;
    for (unsigned i = 0; i < n; i++) {
        char name[16];
        workers[i] = (struct worker){.q = &q, .number = i};
        snprintf(name, sizeof name, "%s-%u", i < half ? "producer" : "consumer", i);
        sim_rng_init(&workers[i].rng, run->seed, name);
        threads[i] = sim_thread_on(0, name, i < half ? produce : consume, &workers[i]);
        if (i < half)
            for (unsigned k = 0; k < run->ops; k++)
                expected += i * 1000 + k;
    }
    for (unsigned i = 0; i < half; i++)
        pail_thread_join(threads[i]);
    close_queue(&q);
    for (unsigned i = half; i < n; i++)
        pail_thread_join(threads[i]);
    SIM_CHECK(q.sum == expected, "the sum is %llu, not %llu", (unsigned long long)q.sum,
              (unsigned long long)expected);
    pail_mutex_done(&q.lock);
    pail_cond_done(&q.not_full);
    pail_cond_done(&q.not_empty);
}

const struct sim_scenario sim_scenario_queue = {
    .name = "queue",
    .summary = "a bounded queue: the scheduler's own test",
    .clients = 8,
    .ops = 40,
    .check_leaks = true,
    .run = run,
};
