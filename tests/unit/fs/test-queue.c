/* SPDX-License-Identifier: Apache-2.0 */
/* write/queue.c: what overlaps runs in order, what does not runs at once. */
#include "unit/fs/rng.h"
#include "unit/test.h"

#include <stdatomic.h>

#include "base/thread.h"
#include "write/queue.h"

static struct pail_queue *new_queue(void)
{
    struct pail_queue *q = NULL;
    assert_ok(pail_queue_new(&q, NULL), NULL);
    return q;
}

/* A change that tells when it has begun and ends when it is let go. */
struct gate {
    struct pail_mutex lock;
    struct pail_cond changed;
    bool begun, open;
};
static void gate_init(struct gate *g)
{
    memset(g, 0, sizeof(*g));
    pail_mutex_init(&g->lock, "gate", PAIL_RANK_LEAF);
    pail_cond_init(&g->changed);
}
static void gate_done(struct gate *g)
{
    pail_cond_done(&g->changed);
    pail_mutex_done(&g->lock);
}
static void gate_pass(struct gate *g)
{
    pail_mutex_lock(&g->lock);
    g->begun = true;
    pail_cond_broadcast(&g->changed);
    while (!g->open)
        pail_cond_wait(&g->changed, &g->lock);
    pail_mutex_unlock(&g->lock);
}
static void gate_await(struct gate *g)
{
    pail_mutex_lock(&g->lock);
    while (!g->begun)
        pail_cond_wait(&g->changed, &g->lock);
    pail_mutex_unlock(&g->lock);
}
static bool gate_begun(struct gate *g)
{
    pail_mutex_lock(&g->lock);
    bool begun = g->begun;
    pail_mutex_unlock(&g->lock);
    return begun;
}
static void gate_open(struct gate *g)
{
    pail_mutex_lock(&g->lock);
    g->open = true;
    pail_cond_broadcast(&g->changed);
    pail_mutex_unlock(&g->lock);
}

struct gated {
    struct pail_change change;
    struct gate gate;
    struct pail_queue *queue;
    struct pail_thread *thread;
    int rc;
};
static int gated_run(struct pail_change *c, struct pail_error *err)
{
    gate_pass(&PAIL_CONTAINER(c, struct gated, change)->gate);
    return 0;
}
static void gated_thread(void *arg)
{
    struct gated *g = arg;
    g->rc = pail_queue_run(g->queue, &g->change, NULL);
}
static void gated_init(struct gated *g, struct pail_queue *q)
{
    memset(g, 0, sizeof(*g));
    gate_init(&g->gate);
    g->queue = q;
    g->change.what = "test";
    g->change.run = gated_run;
}
static void claim(struct pail_change *c, const char *bucket, const char *key, bool prefix,
                  bool write)
{
    c->claims[c->n_claims++] = (struct pail_claim){pail_str(bucket), pail_str(key), prefix, write};
}
static void gated_start(struct gated *g)
{
    size_t before = pail_queue_len(g->queue);
    assert_ok(pail_thread_start(&g->thread, "change", gated_thread, g, NULL), NULL);
    while (pail_queue_len(g->queue) == before && !gate_begun(&g->gate))
        pail_sleep_ns(1000);
}
static void gated_end(struct gated *g)
{
    gate_open(&g->gate);
    pail_thread_join(g->thread);
    assert_int_equal(g->rc, 0);
    gate_done(&g->gate);
}

/* Does a change with claim b wait for one with claim a? */
static bool waits(struct pail_claim a, struct pail_claim b)
{
    struct pail_queue *q = new_queue();
    struct gated first, second;
    gated_init(&first, q);
    gated_init(&second, q);
    first.change.claims[0] = a;
    second.change.claims[0] = b;
    first.change.n_claims = second.change.n_claims = 1;
    gated_start(&first);
    gate_await(&first.gate);
    gate_open(&second.gate);
    gated_start(&second);
    /* Who does not wait is soon out of the queue; who waits is SEALED until the first has ended. */
    bool waited = true;
    for (int i = 0; i < 100 && waited; i++) {
        waited = pail_queue_len(q) == 2;
        if (waited)
            pail_sleep_ns(200 * 1000);
    }
    assert_int_equal(waited, !gate_begun(&second.gate));
    gated_end(&first);
    gated_end(&second);
    assert_int_equal(pail_queue_len(q), 0);
    pail_queue_free(q);
    return waited;
}

#define CLAIM(b, k, p, w) ((struct pail_claim){PAIL_STR(b), PAIL_STR(k), p, w})

static void test_overlap(void **state)
{
    assert_true(waits(CLAIM("b", "k", false, true), CLAIM("b", "k", false, true)));
    assert_true(waits(CLAIM("b", "k", false, true), CLAIM("b", "k", false, false)));
    assert_true(waits(CLAIM("b", "k", false, false), CLAIM("b", "k", false, true)));
    assert_false(waits(CLAIM("b", "k", false, false), CLAIM("b", "k", false, false)));
    assert_false(waits(CLAIM("b", "k", false, true), CLAIM("b", "l", false, true)));
    assert_false(waits(CLAIM("b", "k", false, true), CLAIM("c", "k", false, true)));
    assert_false(waits(CLAIM("b", "k/", false, true), CLAIM("b", "k", false, true)));
    assert_true(waits(CLAIM("b", "d/", true, true), CLAIM("b", "d/e/f", false, true)));
    assert_true(waits(CLAIM("b", "d/e/f", false, true), CLAIM("b", "d/", true, true)));
    assert_true(waits(CLAIM("b", "d/", true, true), CLAIM("b", "d/e/", true, false)));
    assert_true(waits(CLAIM("b", "d/e/", true, false), CLAIM("b", "d/", true, true)));
    assert_true(waits(CLAIM("b", "d/", true, true), CLAIM("b", "d/", false, true)));
    assert_false(waits(CLAIM("b", "d/", true, true), CLAIM("b", "da", false, true)));
    assert_false(waits(CLAIM("b", "d/", true, false), CLAIM("b", "d/e", false, false)));
    assert_true(waits(CLAIM("b", "", true, true), CLAIM("b", "x", false, true)));
}

static int fail_run(struct pail_change *c, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE, "no");
}

static void test_failure(void **state)
{
    struct pail_queue *q = new_queue();
    struct pail_change c = {.what = "test", .run = fail_run};
    struct pail_error err = PAIL_ERROR_INIT;
    claim(&c, "b", "k", false, true);
    assert_code(pail_queue_run(q, &c, &err), PAIL_E_FS_STALE);
    assert_int_equal(c.state, PAIL_CHANGE_FAILED);
    assert_int_equal(err.code, PAIL_E_FS_STALE);
    pail_queue_free(q);
}

/* ---- Given changes ---- */

struct given {
    struct pail_change change;
    struct gate *gate; /* NULL: none */
    int number;
    int *log, *n_log; /* only the executor writes */
    int code;
};
static _Atomic int given_live;

static int given_run(struct pail_change *c, struct pail_error *err)
{
    struct given *g = PAIL_CONTAINER(c, struct given, change);
    if (g->gate)
        gate_pass(g->gate);
    g->log[(*g->n_log)++] = g->number;
    return g->code ? pail_error_set(err, PAIL_D_FS, (enum pail_code)g->code, "no") : 0;
}
static void given_done(struct pail_change *c, const struct pail_error *err)
{
    struct given *g = PAIL_CONTAINER(c, struct given, change);
    assert_int_equal(err ? err->code : 0, g->code);
    pail_sleep_ns(100 * 1000); /* drain must not be faster */
    pail_free(g);
    given_live--;
}
static void give(struct pail_queue *q, const char *key, int number, int code, struct gate *gate,
                 int *log, int *n_log)
{
    struct given *g = pail_zalloc(sizeof(*g));
    assert_non_null(g);
    g->change.what = "given";
    g->change.run = given_run;
    g->change.done = given_done;
    claim(&g->change, "b", key, false, true);
    g->number = number;
    g->gate = gate;
    g->log = log;
    g->n_log = n_log;
    g->code = code;
    given_live++;
    assert_ok(pail_queue_give(q, &g->change, NULL), NULL);
}

static void count_each(void *ud, const struct pail_change *c)
{
    size_t *n = ud;
    ++*n;
    assert_string_equal(c->what, *n == 1 ? "test" : "given");
    assert_str(c->claims[0].bucket, "b");
}

static void test_given(void **state)
{
    struct pail_queue *q = new_queue();
    struct gated first;
    int log[8], n_log = 0;
    gated_init(&first, q);
    claim(&first.change, "b", "k", false, true);
    gated_start(&first);
    gate_await(&first.gate);
    give(q, "k", 1, 0, NULL, log, &n_log);
    give(q, "k", 2, PAIL_E_FS_STALE, NULL, log, &n_log);
    give(q, "other", 3, 0, NULL, log, &n_log); /* overtakes them: it overlaps nothing */
    give(q, "k", 4, 0, NULL, log, &n_log);
    while (pail_queue_len(q) > 4)
        pail_sleep_ns(1000);
    size_t n = 0;
    pail_queue_each(q, count_each, &n);
    assert_int_equal(n, 4);
    gated_end(&first);
    pail_queue_drain(q);
    assert_int_equal(given_live, 0);
    assert_int_equal(n_log, 4);
    int expected[] = {3, 1, 2, 4};
    assert_memory_equal(log, expected, sizeof(expected));
    pail_queue_free(q);
}

/* Freeing waits for what was given. */
static void test_free_waits(void **state)
{
    struct pail_queue *q = new_queue();
    int log[32], n_log = 0;
    for (int i = 0; i < 20; i++)
        give(q, "k", i, 0, NULL, log, &n_log);
    pail_queue_free(q);
    assert_int_equal(given_live, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(log[i], i);
}

/* drain waits for what was there at the call, not for what came later. */
static void test_drain(void **state)
{
    struct pail_queue *q = new_queue();
    struct gated later;
    int log[4], n_log = 0;
    give(q, "k", 1, 0, NULL, log, &n_log);
    pail_queue_drain(q);
    assert_int_equal(n_log, 1);
    gated_init(&later, q);
    claim(&later.change, "b", "k", false, true);
    gated_start(&later);
    gate_await(&later.gate);
    struct gate behind;
    gate_init(&behind);
    gate_open(&behind);
    give(q, "other", 2, 0, &behind, log, &n_log);
    while (given_live)
        pail_sleep_ns(1000);
    gated_end(&later);
    pail_queue_drain(q);
    gate_done(&behind);
    pail_queue_free(q);
}

/* ---- Many threads ---- */

#define KEYS 5
#define THREADS 8
struct crowd {
    struct pail_queue *queue;
    _Atomic int writers[KEYS], readers[KEYS], most;
    _Atomic int running;
};
struct member {
    struct pail_change change;
    struct crowd *crowd;
    int keys[2];
    bool write[2];
};
static _Atomic bool broken;

static void mark(struct member *m, int by)
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < KEYS; k++) {
            if (m->keys[i] != k && m->keys[i] != KEYS) /* KEYS: all of them, by prefix */
                continue;
            if (m->write[i])
                m->crowd->writers[k] += by;
            else
                m->crowd->readers[k] += by;
        }
}
static int member_run(struct pail_change *c, struct pail_error *err)
{
    struct member *m = PAIL_CONTAINER(c, struct member, change);
    int now = ++m->crowd->running;
    if (now > m->crowd->most)
        m->crowd->most = now;
    mark(m, 1);
    pail_sleep_ns(20 * 1000);
    for (int k = 0; k < KEYS; k++) {
        int own = 0, own_reads = 0;
        for (int i = 0; i < 2; i++)
            if (m->keys[i] == k || m->keys[i] == KEYS) {
                own += m->write[i];
                own_reads += !m->write[i];
            }
        if (own && (m->crowd->writers[k] != own || m->crowd->readers[k] != own_reads))
            broken = true;
        if (own_reads && !own && m->crowd->writers[k])
            broken = true;
    }
    mark(m, -1);
    m->crowd->running--;
    return 0;
}
static void member_thread(void *arg)
{
    struct crowd *crowd = arg;
    static const char *const names[] = {"d/0", "d/1", "d/2", "d/3", "d/4", "d/"};
    static _Atomic uint64_t seeds;
    struct rng rng = {++seeds};
    for (int i = 0; i < 150; i++) {
        struct member m = {.crowd = crowd};
        m.change.what = "member";
        m.change.run = member_run;
        for (int k = 0; k < 2; k++) {
            m.keys[k] = rng_below(&rng, 10) ? (int)rng_below(&rng, KEYS) : KEYS;
            m.write[k] = rng_below(&rng, 2);
            claim(&m.change, "b", names[m.keys[k]], m.keys[k] == KEYS, m.write[k]);
        }
        assert_ok(pail_queue_run(crowd->queue, &m.change, NULL), NULL);
    }
}

static void test_crowd(void **state)
{
    struct crowd crowd = {.queue = new_queue()};
    struct pail_thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_ok(pail_thread_start(&threads[i], "member", member_thread, &crowd, NULL), NULL);
    for (int i = 0; i < THREADS; i++)
        pail_thread_join(threads[i]);
    assert_false(broken);
    assert_true(crowd.most > 1);
    assert_int_equal(pail_queue_len(crowd.queue), 0);
    pail_queue_free(crowd.queue);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_overlap), cmocka_unit_test(test_failure),
               cmocka_unit_test(test_given), cmocka_unit_test(test_free_waits),
               cmocka_unit_test(test_drain), cmocka_unit_test(test_crowd))
