/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs next.
 *
 * All simulated threads are pthreads that sleep on their own futex word; the one that was given the
 * token runs until it blocks or comes to a point where the seed says to switch. A thread decides
 * what it does next and writes its state before it hands the token on, and afterwards touches
 * nothing but its own word: the scheduler's state has one user at a time without a lock of its own
 * (and ThreadSanitizer agrees).
 *
 * Picking: a weighted draw among the ready threads in order of their numbers. A third of the seeds
 * weigh all alike; the others give some threads 4 to 64 times the chance of others for a while and
 * then draw the weights anew, because many races need one thread to stand still for long and none
 * need fairness. No thread can be starved for ever, so that a loop that polls ends.
 *
 * Rejected: coroutines (ucontext) in place of threads, twice as fast but strange to sanitizers and
 * to code that uses thread-local storage (debug locks, SQLite); strict priorities (PCT), which
 * starve pollers.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/sched_impl.h"

#define MAX_THREADS 4096u

static struct {
    bool active;
    uint64_t seed;
    struct sim_options opt;
    struct sim_rng rng;
    int64_t now;
    bool weighted;
    uint64_t next_weights; /* step at which the weights are drawn again */
    uint64_t step;
    unsigned n_threads, n_alive;
    struct sim_thread *threads[MAX_THREADS]; /* by id */
    struct sim_thread *alive[MAX_THREADS];   /* ascending ids, neither ended nor dead */
} g;

static __thread struct sim_thread *self_thread;

static void futex_wait(atomic_int *word, int while_value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, while_value, NULL, NULL, 0);
}

static void token_give(struct sim_thread *to)
{
    atomic_store_explicit(&to->token, 1, memory_order_release);
    syscall(SYS_futex, &to->token, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void token_wait(struct sim_thread *self)
{
    while (!atomic_load_explicit(&self->token, memory_order_acquire))
        futex_wait(&self->token, 0);
    atomic_store_explicit(&self->token, 0, memory_order_relaxed);
}

struct sim_thread *sim_self(void)
{
    if (!self_thread)
        sim_fail("a thread that the scheduler did not start uses base/thread");
    return self_thread;
}

bool sim_active(void)
{
    return g.active;
}

uint64_t sim_seed(void)
{
    return g.seed;
}

int64_t sim_now_ns(void)
{
    return g.now;
}

void sim_time_add(int64_t ns)
{
    g.now += ns;
}

unsigned sim_machine(void)
{
    return self_thread ? self_thread->machine : 0;
}

const char *sim_thread_name(void)
{
    return self_thread ? self_thread->name : "-";
}

struct sim_thread *sim_thread_at(unsigned id)
{
    return g.threads[id];
}

static unsigned draw_weight(void)
{
    return g.weighted ? 1u << (2 * sim_rng_below(&g.rng, 4)) : 1;
}

struct sim_thread *sim_thread_add(const char *name, unsigned machine)
{
    SIM_CHECK(g.n_threads < MAX_THREADS, "more than %u threads in one run", MAX_THREADS);
    struct sim_thread *t = calloc(1, sizeof *t);
    if (!t)
        sim_fail("out of memory");
    t->id = g.n_threads;
    t->home = t->machine = machine;
    snprintf(t->name, sizeof t->name, "%s", name);
    t->state = SIM_READY;
    t->deadline = PAIL_NEVER;
    t->weight = draw_weight();
    g.threads[g.n_threads++] = t;
    g.alive[g.n_alive++] = t;
    return t;
}

static void forget(struct sim_thread *t)
{
    unsigned i = 0;
    while (g.alive[i] != t)
        i++;
    g.n_alive--;
    memmove(&g.alive[i], &g.alive[i + 1], (g.n_alive - i) * sizeof g.alive[0]);
}

static void describe(const struct sim_thread *t, char *to, size_t cap)
{
    switch (t->state) {
    case SIM_ON_MUTEX: {
        const char *owner = sim_sync_owner(t->wait_id);
        snprintf(to, cap, "mutex '%s' held by %s", t->wait_name, owner ? owner : "nobody");
        return;
    }
    case SIM_ON_COND:
        snprintf(to, cap, "condition %u under mutex '%s'", t->wait_id, t->wait_name);
        return;
    case SIM_ON_JOIN:
        snprintf(to, cap, "the end of thread %u '%s'", t->wait_id, t->wait_name);
        return;
    case SIM_ON_SLEEP:
        snprintf(to, cap, "a sleep");
        return;
    default:
        snprintf(to, cap, "nothing, it is ready");
    }
}

/* "NAME on m1 waits for ..." of every living thread, one a line. */
static void list_threads(char *to, size_t cap)
{
    size_t n = 0;
    to[0] = '\0';
    for (unsigned i = 0; i < g.n_alive && n < cap; i++) {
        const struct sim_thread *t = g.alive[i];
        char what[96];
        describe(t, what, sizeof what);
        char until[48] = "";
        if (t->deadline != PAIL_NEVER)
            snprintf(until, sizeof until, " until %.6f s", (double)t->deadline / 1e9);
        n += (size_t)snprintf(to + n, cap - n, "  thread %u '%s' on m%u waits for %s%s\n", t->id,
                              t->name, t->home, what, until);
    }
}

static _Noreturn void stop_with_threads(enum sim_exit code, const char *why)
{
    static char list[6000];
    list_threads(list, sizeof list);
    sim_stop(code, "%s\n%s", why, list);
}

static bool can_run(const struct sim_thread *t)
{
    return t->state == SIM_READY || t->deadline <= g.now;
}

/* Jump to the earliest deadline. */
static void jump(void)
{
    int64_t earliest = PAIL_NEVER;
    for (unsigned i = 0; i < g.n_alive; i++)
        if (g.alive[i]->deadline < earliest)
            earliest = g.alive[i]->deadline;
    if (earliest == PAIL_NEVER)
        stop_with_threads(SIM_EXIT_DEADLOCK, "deadlock: nobody can run and no deadline is coming");
    g.now = earliest;
    if (g.now > g.opt.max_virtual_ns)
        stop_with_threads(SIM_EXIT_LIMIT, "the virtual time of a run is used up");
}

static struct sim_thread *draw(void)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < g.n_alive; i++)
        if (can_run(g.alive[i]))
            total += g.alive[i]->weight;
    if (!total)
        return NULL;
    uint64_t at = sim_rng_below(&g.rng, total);
    for (unsigned i = 0; i < g.n_alive; i++) {
        if (!can_run(g.alive[i]))
            continue;
        if (at < g.alive[i]->weight)
            return g.alive[i];
        at -= g.alive[i]->weight;
    }
    return NULL;
}

static void wake_spuriously(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < g.n_alive; i++)
        n += g.alive[i]->state == SIM_ON_COND;
    unsigned at = (unsigned)sim_rng_below(&g.rng, n);
    for (unsigned i = 0; i < g.n_alive; i++)
        if (g.alive[i]->state == SIM_ON_COND && at-- == 0) {
            g.alive[i]->state = SIM_READY;
            g.alive[i]->deadline = PAIL_NEVER;
            return;
        }
}

static void count_step(enum sim_what what)
{
    g.step++;
    if (g.step > g.opt.max_steps)
        stop_with_threads(SIM_EXIT_LIMIT, "the steps of a run are used up");
    if (g.opt.stop_at_step && sim_report()->steps >= g.opt.stop_at_step)
        stop_with_threads(SIM_EXIT_FAILED, "stopped here as asked");
    if (g.weighted && g.step >= g.next_weights) {
        for (unsigned i = 0; i < g.n_alive; i++)
            g.alive[i]->weight = draw_weight();
        g.next_weights = g.step + 100 + sim_rng_below(&g.rng, 2000);
    }
    if (sim_rng_chance(&g.rng, g.opt.spurious_per_10000))
        wake_spuriously();
    g.now += 100 + (int64_t)sim_rng_below(&g.rng, 512);
    sim_digest((uint64_t)what);
}

/* The next thread to run; it is marked as running. */
static struct sim_thread *pick(enum sim_what what)
{
    count_step(what);
    struct sim_thread *next;
    while (!(next = draw()))
        jump();
    next->timed_out = next->state != SIM_READY;
    next->state = SIM_RUNNING;
    next->deadline = PAIL_NEVER;
    sim_mark(((uint64_t)next->id << 48) ^ (uint64_t)g.now);
    return next;
}

void sim_block(struct sim_thread *self, enum sim_state state, enum sim_what what, unsigned wait_id,
               const char *wait_name, int64_t deadline)
{
    self->state = state;
    self->wait_id = wait_id;
    self->wait_name = wait_name;
    self->deadline = state == SIM_READY ? PAIL_NEVER : deadline;
    struct sim_thread *next = pick(what);
    if (next == self)
        return;
    token_give(next);
    token_wait(self);
}

void sim_point(unsigned what)
{
    struct sim_thread *self = sim_self();
    g.now += 50 + (int64_t)sim_rng_below(&g.rng, 128);
    if (sim_rng_chance(&g.rng, g.opt.switch_per_10000))
        sim_block(self, SIM_READY, what, 0, NULL, PAIL_NEVER);
}

bool sim_any_waits(enum sim_state state, unsigned wait_id)
{
    for (unsigned i = 0; i < g.n_alive; i++)
        if (g.alive[i]->state == state && g.alive[i]->wait_id == wait_id)
            return true;
    return false;
}

void sim_wake(enum sim_state state, unsigned wait_id, bool all)
{
    unsigned n = 0;
    for (unsigned i = 0; i < g.n_alive; i++)
        n += g.alive[i]->state == state && g.alive[i]->wait_id == wait_id;
    if (!n)
        return;
    unsigned at = all ? 0 : (unsigned)sim_rng_below(&g.rng, n);
    for (unsigned i = 0; i < g.n_alive; i++) {
        struct sim_thread *t = g.alive[i];
        if (t->state != state || t->wait_id != wait_id)
            continue;
        if (all || at-- == 0) {
            t->state = SIM_READY;
            t->deadline = PAIL_NEVER;
        }
    }
}

void sim_thread_enter(struct sim_thread *t)
{
    self_thread = t;
    token_wait(t);
}

void sim_thread_leave(struct sim_thread *t)
{
    t->state = SIM_ENDED;
    forget(t);
    sim_wake(SIM_ON_JOIN, t->id, true);
    token_give(pick(SIM_W_END));
}

unsigned sim_act_on(unsigned machine)
{
    struct sim_thread *self = sim_self();
    unsigned before = self->machine;
    SIM_CHECK(machine < SIM_MACHINES, "machine %u: there are %u", machine, SIM_MACHINES);
    self->machine = machine;
    return before;
}

unsigned sim_machine_threads(unsigned machine)
{
    unsigned n = 0;
    for (unsigned i = 0; i < g.n_alive; i++)
        n += g.alive[i]->home == machine;
    return n;
}

void sim_machine_kill(unsigned machine)
{
    struct sim_thread *self = sim_self();
    SIM_CHECK(machine > 0, "machine 0 runs the scenario and cannot be killed");
    sim_report()->killed = true;
    unsigned kept = 0, n = g.n_alive;
    for (unsigned i = 0; i < n; i++) {
        struct sim_thread *t = g.alive[i];
        if (t->home != machine) {
            g.alive[kept++] = t;
            continue;
        }
        t->state = SIM_DEAD;
    }
    g.n_alive = kept;
    for (unsigned i = 0; i < g.n_threads; i++)
        if (g.threads[i]->state == SIM_DEAD)
            sim_wake(SIM_ON_JOIN, g.threads[i]->id, true);
    sim_sync_bury();
    sim_digest(machine);
    if (self->state == SIM_DEAD) {
        token_give(pick(SIM_W_END));
        for (;;)
            pause();
    }
}

void sim_sched_begin(uint64_t seed, const struct sim_options *opt)
{
    SIM_CHECK(!g.active, "sim_begin within sim_begin");
    memset(&g, 0, sizeof g);
    g.active = true;
    g.seed = seed;
    g.opt = opt ? *opt : (struct sim_options)SIM_OPTIONS_INIT;
    sim_rng_init(&g.rng, seed, "sched");
    static const unsigned switches[] = {50, 300, 1500, 5000}, spurious[] = {0, 0, 20, 200};
    unsigned a = switches[sim_rng_below(&g.rng, 4)], b = spurious[sim_rng_below(&g.rng, 4)];
    if (g.opt.switch_per_10000 == SIM_BY_SEED)
        g.opt.switch_per_10000 = a;
    if (g.opt.spurious_per_10000 == SIM_BY_SEED)
        g.opt.spurious_per_10000 = b;
    if (!g.opt.max_steps)
        g.opt.max_steps = 5000000;
    if (!g.opt.max_virtual_ns)
        g.opt.max_virtual_ns = 30 * 86400 * PAIL_NS_PER_S;
    g.weighted = sim_rng_below(&g.rng, 3) != 0;
    g.now = 0;
    self_thread = sim_thread_add("main", 0);
    self_thread->state = SIM_RUNNING;
}

void sim_sched_end(void)
{
    struct sim_thread *self = sim_self();
    SIM_CHECK(self->id == 0, "sim_end on another thread than sim_begin");
    if (g.n_alive > 1)
        stop_with_threads(SIM_EXIT_FAILED, "the run ended but threads did not");
    sim_report()->virtual_ns += g.now;
    /* Dead threads still sleep on their words: theirs is never freed. */
    for (unsigned i = 0; i < g.n_threads; i++)
        if (g.threads[i]->state != SIM_DEAD)
            free(g.threads[i]);
    g.active = false;
    self_thread = NULL;
}
