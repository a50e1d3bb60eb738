/* SPDX-License-Identifier: Apache-2.0 */
#include "base/workers.h"

#include "base/thread.h"

#include "unit/test.h"
#include "unit/torture.h"

#define JOBS 200

struct board {
    struct pail_mutex lock;
    struct pail_cond changed;
    struct pail_workers *w;
    int n, running, most;
    int order[JOBS];
    bool gate; /* jobs wait for it */
};

struct task {
    struct pail_job job;
    struct board *board;
    int id, children;
    struct task *child;
};

static void board_init(struct board *b)
{
    memset(b, 0, sizeof(*b));
    pail_mutex_init(&b->lock, "board", PAIL_RANK_CALL);
    pail_cond_init(&b->changed);
}

static void board_done(struct board *b)
{
    pail_cond_done(&b->changed);
    pail_mutex_done(&b->lock);
}

static void note(struct pail_job *job)
{
    struct task *t = PAIL_CONTAINER(job, struct task, job);
    PAIL_LOCKED(&t->board->lock);
    t->board->order[t->board->n++] = t->id;
}

static void test_order_of_one_thread(void **state)
{
    struct board b;
    struct task tasks[JOBS];
    board_init(&b);
    assert_ok(pail_workers_new("one", 1, &b.w, NULL), NULL);
    for (int i = 0; i < JOBS; i++) {
        tasks[i] = (struct task){.job.run = note, .board = &b, .id = i};
        pail_workers_give(b.w, &tasks[i].job);
    }
    pail_workers_free(b.w); /* waits for all */
    assert_int_equal(b.n, JOBS);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(b.order[i], i);
    board_done(&b);
}

static void wait_for_gate(struct pail_job *job)
{
    struct board *b = PAIL_CONTAINER(job, struct task, job)->board;
    PAIL_LOCKED(&b->lock);
    b->running++;
    if (b->running > b->most)
        b->most = b->running;
    pail_cond_broadcast(&b->changed);
    while (!b->gate)
        pail_cond_wait(&b->changed, &b->lock);
    b->running--;
    b->n++;
}

/* As many as the bound run at once (each job blocks until all of them do), and never more. */
static void test_bound_is_reached_and_held(void **state)
{
    struct board b;
    struct task tasks[20];
    board_init(&b);
    assert_ok(pail_workers_new("four", 4, &b.w, NULL), NULL);
    for (int i = 0; i < 20; i++) {
        tasks[i] = (struct task){.job.run = wait_for_gate, .board = &b};
        pail_workers_give(b.w, &tasks[i].job);
    }
    pail_mutex_lock(&b.lock);
    while (b.running < 4)
        pail_cond_wait(&b.changed, &b.lock);
    assert_int_equal(b.running, 4);
    b.gate = true;
    pail_cond_broadcast(&b.changed);
    pail_mutex_unlock(&b.lock);
    pail_workers_free(b.w);
    assert_int_equal(b.n, 20);
    assert_int_equal(b.most, 4);
    board_done(&b);
}

static void give_children(struct pail_job *job)
{
    struct task *t = PAIL_CONTAINER(job, struct task, job);
    for (int i = 0; i < t->children; i++)
        pail_workers_give(t->board->w, &t->child[i].job);
    note(job);
}

/* Jobs given by jobs run, also when closing has begun. */
static void test_jobs_give_jobs(void **state)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct board b;
        struct task top[10], below[10][10];
        board_init(&b);
        assert_ok(pail_workers_new("tree", threads, &b.w, NULL), NULL);
        for (int i = 0; i < 10; i++) {
            top[i] = (struct task){
                .job.run = give_children, .board = &b, .child = below[i], .children = 10};
            for (int k = 0; k < 10; k++)
                below[i][k] = (struct task){.job.run = note, .board = &b};
            pail_workers_give(b.w, &top[i].job);
        }
        pail_workers_free(b.w);
        assert_int_equal(b.n, 110);
        board_done(&b);
    }
}

static void free_own_memory(struct pail_job *job)
{
    struct task *t = PAIL_CONTAINER(job, struct task, job);
    struct board *b = t->board;
    pail_free(t);
    PAIL_LOCKED(&b->lock);
    b->n++;
}

static void test_job_may_free_itself(void **state)
{
    struct board b;
    board_init(&b);
    assert_ok(pail_workers_new("free", 2, &b.w, NULL), NULL);
    for (int i = 0; i < 50; i++) {
        struct task *t = pail_zalloc(sizeof(*t));
        assert_non_null(t);
        t->job.run = free_own_memory;
        t->board = &b;
        pail_workers_give(b.w, &t->job);
    }
    pail_workers_free(b.w);
    assert_int_equal(b.n, 50);
    board_done(&b);
}

static void test_arguments(void **state)
{
    struct pail_workers *w = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_code(pail_workers_new("none", 0, &w, &err), PAIL_E_INVALID);
    assert_null(w);
    pail_workers_free(NULL);
}

/* A pool that cannot start its second thread does the work with the first. */
static int work_without_memory(void *ud, struct pail_error *err)
{
    struct board b;
    struct task tasks[8];
    board_init(&b);
    int rc = pail_workers_new("torture", 3, &b.w, err);
    if (rc == 0) {
        for (int i = 0; i < 8; i++) {
            tasks[i] = (struct task){.job.run = note, .board = &b};
            pail_workers_give(b.w, &tasks[i].job);
        }
        pail_workers_free(b.w);
        assert_int_equal(b.n, 8);
    }
    board_done(&b);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("workers", work_without_memory, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order_of_one_thread),
               cmocka_unit_test(test_bound_is_reached_and_held),
               cmocka_unit_test(test_jobs_give_jobs), cmocka_unit_test(test_job_may_free_itself),
               cmocka_unit_test(test_arguments), cmocka_unit_test(test_torture))
