/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#include "unit/test.h"
#include "unit/torture.h"

struct shared {
    struct pail_mutex lock;
    struct pail_cond turn;
    int count, whose;
};

static void shared_init(struct shared *s)
{
    *s = (struct shared){0};
    pail_mutex_init(&s->lock, "shared", PAIL_RANK_CALL);
    pail_cond_init(&s->turn);
}

static void shared_done(struct shared *s)
{
    pail_cond_done(&s->turn);
    pail_mutex_done(&s->lock);
}

static void count_up(void *arg)
{
    struct shared *s = arg;
    for (int i = 0; i < 1000; i++) {
        PAIL_LOCKED(&s->lock);
        s->count++;
    }
}

static void test_mutex(void **state)
{
    struct shared s;
    struct pail_thread *threads[4];
    shared_init(&s);
    for (int i = 0; i < 4; i++)
        assert_ok(pail_thread_start(&threads[i], "a-name-that-is-too-long", count_up, &s, NULL),
                  NULL);
    for (int i = 0; i < 4; i++)
        pail_thread_join(threads[i]);
    assert_int_equal(s.count, 4000);
    pail_thread_join(NULL);
    shared_done(&s);
}

static void answer(void *arg)
{
    struct shared *s = arg;
    pail_mutex_lock(&s->lock);
    for (int i = 0; i < 100; i++) {
        while (s->whose != 1)
            pail_cond_wait(&s->turn, &s->lock);
        s->whose = 0;
        s->count++;
        pail_cond_broadcast(&s->turn);
    }
    pail_mutex_unlock(&s->lock);
}

static void test_cond(void **state)
{
    struct shared s;
    struct pail_thread *t;
    shared_init(&s);
    assert_ok(pail_thread_start(&t, "answer", answer, &s, NULL), NULL);
    pail_mutex_lock(&s.lock);
    for (int i = 0; i < 100; i++) {
        s.whose = 1;
        pail_cond_signal(&s.turn);
        while (s.whose != 0)
            assert_true(pail_cond_wait_until(&s.turn, &s.lock, PAIL_NEVER));
    }
    pail_mutex_unlock(&s.lock);
    pail_thread_join(t);
    assert_int_equal(s.count, 100);
    shared_done(&s);
}

static void test_deadline(void **state)
{
    struct shared s;
    shared_init(&s);
    pail_mutex_lock(&s.lock);
    assert_false(pail_cond_wait_until(&s.turn, &s.lock, 0));
    assert_false(pail_cond_wait_until(&s.turn, &s.lock, -1));
    int64_t deadline = pail_deadline_after_ns(PAIL_NS_PER_MS);
    while (pail_cond_wait_until(&s.turn, &s.lock, deadline))
        ;
    assert_true(pail_clock_mono_ns() >= deadline);
    pail_mutex_unlock(&s.lock);
    shared_done(&s);
}

static void look_at_signals(void *arg)
{
    pthread_sigmask(SIG_SETMASK, NULL, arg);
}

/* Signals go to the program's own threads. */
static void test_signals_are_blocked(void **state)
{
    sigset_t inside, before, after;
    struct pail_thread *t;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_ok(pail_thread_start(&t, "signals", look_at_signals, &inside, NULL), NULL);
    pail_thread_join(t);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_true(sigismember(&inside, SIGTERM));
    assert_true(sigismember(&inside, SIGCHLD));
    assert_false(sigismember(&inside, SIGSEGV));
    assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void two_scopes(struct shared *s, struct shared *t)
{
    PAIL_LOCKED(&s->lock);
    PAIL_LOCKED(&t->lock);
    s->count++;
    t->count++;
}

static void test_scoped(void **state)
{
    struct shared a, b;
    shared_init(&a);
    shared_init(&b);
    b.lock.rank = PAIL_RANK_LEAF;
    two_scopes(&a, &b);
    two_scopes(&a, &b);
    assert_int_equal(a.count + b.count, 4);
    pail_assert_no_locks();
    shared_done(&a);
    shared_done(&b);
}

static void count_once(void);
static int once_count;
static void count_once(void)
{
    once_count++;
}

static void test_once(void **state)
{
    static struct pail_once once = PAIL_ONCE_INIT;
    pail_once(&once, count_once);
    pail_once(&once, count_once);
    assert_int_equal(once_count, 1);
}

static int start_and_join(void *ud, struct pail_error *err)
{
    struct shared *s = ud;
    struct pail_thread *t = NULL;
    int rc = pail_thread_start(&t, "torture", count_up, s, err);
    pail_thread_join(t);
    return rc;
}

static void test_torture(void **state)
{
    struct shared s;
    shared_init(&s);
    pail_torture("thread", start_and_join, &s);
    shared_done(&s);
}

/* ---- Lock ranks: the misuse happens in a child, which must die with both names --------------- */

static struct pail_mutex low, middle, high;
static struct pail_cond cond;

static void lock_downwards(void)
{
    pail_mutex_lock(&middle);
    pail_mutex_lock(&low);
}

static void lock_twice(void)
{
    pail_mutex_lock(&low);
    pail_mutex_lock(&low);
}

/* The highest one held counts, not the last one taken. */
static void lock_below_highest(void)
{
    pail_mutex_lock(&low);
    pail_mutex_lock(&high);
    pail_mutex_lock(&middle);
}

static void unlock_stranger(void)
{
    pail_mutex_unlock(&low);
}

static void wait_with_another(void)
{
    pail_mutex_lock(&low);
    pail_mutex_lock(&high);
    pail_cond_wait_until(&cond, &high, 0);
}

static void wait_without(void)
{
    pail_cond_wait_until(&cond, &low, 0);
}

static void sleep_with_lock(void)
{
    pail_mutex_lock(&low);
    pail_sleep_ns(1);
}

static void assert_unheld(void)
{
    pail_mutex_assert_held(&low);
}

/* Runs fn in a child; its standard error goes to text. */
static int run_in_child(void (*fn)(void), char *text, size_t size)
{
    int ends[2], status = 0;
    size_t len = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL); /* not cmocka's */
        dup2(ends[1], STDERR_FILENO);
        fn();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t n; len < size - 1 && (n = read(ends[0], text + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    text[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void run_misuses(void)
{
    static const struct {
        void (*fn)(void);
        const char *says, *and;
    } cases[] = {
        {lock_downwards, "\"low\" (rank 10)", "\"middle\" (rank 90)"},
        {lock_twice, "\"low\"", "rank not above"},
        {lock_below_highest, "\"middle\"", "\"high\""},
        {unlock_stranger, "\"low\"", "not held"},
        {wait_with_another, "\"high\"", "\"low\""},
        {wait_without, "\"low\"", "without"},
        {sleep_with_lock, "no lock expected", "\"low\""},
        {assert_unheld, "expected to be held", "\"low\""},
    };
    char text[4096];
    pail_mutex_init(&low, "low", PAIL_RANK_FS);
    pail_mutex_init(&middle, "middle", PAIL_RANK_S3);
    pail_mutex_init(&high, "high", PAIL_RANK_LEAF);
    pail_cond_init(&cond);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        int status = run_in_child(cases[i].fn, text, sizeof(text));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_non_null(strstr(text, cases[i].says));
        assert_non_null(strstr(text, cases[i].and));
    }
}

static void test_ranks(void **state)
{
#ifndef PAIL_DEBUG_LOCKS
    skip();
#endif
    run_misuses();
}

static void test_ranks_in_any_order_of_unlocking(void **state)
{
    struct pail_mutex a, b, c;
    pail_mutex_init(&a, "a", PAIL_RANK_FS);
    pail_mutex_init(&b, "b", PAIL_RANK_S3);
    pail_mutex_init(&c, "c", PAIL_RANK_LEAF);
    pail_mutex_lock(&a);
    pail_mutex_lock(&b);
    pail_mutex_assert_held(&a);
    pail_mutex_unlock(&a);
    pail_mutex_lock(&c);
    pail_mutex_unlock(&b);
    pail_mutex_unlock(&c);
    pail_mutex_lock(&a);
    pail_mutex_unlock(&a);
    pail_assert_no_locks();
    pail_mutex_done(&a);
    pail_mutex_done(&b);
    pail_mutex_done(&c);
}

/* ---- Replaced -------------------------------------------------------------------------------- */

static int calls;

static void ops_mutex(struct pail_mutex *m)
{
    calls++;
}
static void ops_cond(struct pail_cond *c)
{
    calls++;
}
static bool ops_wait(struct pail_cond *c, struct pail_mutex *m, int64_t deadline)
{
    calls++;
    return deadline == PAIL_NEVER;
}
static int ops_start(void **ret_impl, const char *name, pail_thread_fn *fn, void *arg,
                     struct pail_error *err)
{
    calls++;
    if (!fn)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "thread %s", name);
    *ret_impl = &calls;
    fn(arg);
    return 0;
}
static void ops_join(void *impl)
{
    assert_ptr_equal(impl, &calls);
    calls++;
}
static void ops_sleep(int64_t ns)
{
    assert_int_equal(ns, 77);
    calls++;
}

static const struct pail_thread_ops replaced = {
    .mutex_init = ops_mutex,
    .mutex_done = ops_mutex,
    .mutex_lock = ops_mutex,
    .mutex_unlock = ops_mutex,
    .cond_init = ops_cond,
    .cond_done = ops_cond,
    .cond_wait_until = ops_wait,
    .cond_signal = ops_cond,
    .cond_broadcast = ops_cond,
    .thread_start = ops_start,
    .thread_join = ops_join,
    .sleep_ns = ops_sleep,
};

static void test_replaced(void **state)
{
    struct shared s;
    struct pail_thread *t = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    pail_thread_set_ops(&replaced);
    calls = 0;
    shared_init(&s);
    assert_int_equal(calls, 2);
    pail_mutex_lock(&s.lock);
    pail_cond_wait(&s.turn, &s.lock);
    assert_false(pail_cond_wait_until(&s.turn, &s.lock, 5));
    pail_cond_signal(&s.turn);
    pail_cond_broadcast(&s.turn);
    pail_mutex_unlock(&s.lock);
    assert_int_equal(calls, 8);
    assert_ok(pail_thread_start(&t, "t", count_up, &s, &err), &err);
    assert_int_equal(s.count, 1000);
    pail_thread_join(t);
    assert_code(pail_thread_start(&t, "t", NULL, &s, &err), PAIL_E_INVALID);
    calls = 0;
    pail_sleep_ns(77);
    shared_done(&s);
    assert_int_equal(calls, 3);
#ifdef PAIL_DEBUG_LOCKS
    run_misuses(); /* the check is in front of the ops */
#endif
    pail_thread_set_ops(NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_mutex), cmocka_unit_test(test_cond),
               cmocka_unit_test(test_deadline), cmocka_unit_test(test_signals_are_blocked),
               cmocka_unit_test(test_scoped), cmocka_unit_test(test_once),
               cmocka_unit_test(test_torture), cmocka_unit_test(test_ranks),
               cmocka_unit_test(test_ranks_in_any_order_of_unlocking),
               cmocka_unit_test(test_replaced))
