/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crash and restart: a toy write-ahead log, killed and cut off from power at any moment, over
 * several lives.
 *
 * The outside world (run->blob) remembers the last record that was acknowledged. After each restart
 * the log must hold records 1 to n without a gap, n not below that. Now and then the log is
 * rewritten into a new file that takes the old one's place.
 *
 * Plants: wal.sync (a record is acknowledged before it is synced), wal.newsync (the new file is
 * renamed before it is synced), wal.syncdir (the rename is not synced: later records go to a file
 * that has no name after a power cut).
 */
#include <errno.h>

#include "base/file.h"

#include "sim/scenarios.h"

#define LIVES 4u

struct record {
    uint64_t number, value, check;
};

struct world { /* in run->blob */
    uint64_t acknowledged;
    unsigned restarts;
};

struct wal {
    struct sim_run *run;
    struct world *world;
    struct pail_file *f;
    uint64_t n; /* records in it */
};

static struct record record_of(const struct wal *w, uint64_t number)
{
    struct record r = {.number = number, .value = sim_mix(w->run->seed + number)};
    r.check = sim_mix(r.number ^ sim_mix(r.value));
    return r;
}

static bool is_right(const struct wal *w, const struct record *r, uint64_t number)
{
    struct record expected = record_of(w, number);
    return r->number == expected.number && r->value == expected.value && r->check == expected.check;
}

static void must(int rc, const struct pail_error *err)
{
    SIM_CHECK(rc == 0, "%s", err->message);
}

static struct pail_file *open_log(const char *path)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL;
    must(pail_file_open(path, PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE, &f, &err), &err);
    return f;
}

static void recover(struct wal *w)
{
    struct pail_error err = PAIL_ERROR_INIT;
    must(pail_file_mkdirs("/m1/db", 0700, &err), &err);
    if (pail_file_unlink("/m1/db/log.new", &err) < 0)
        SIM_CHECK(err.os_errno == ENOENT, "%s", err.message);
    w->f = open_log("/m1/db/log");
    must(pail_file_lock(w->f, &err), &err);
    for (;;) {
        struct record r;
        size_t got = 0;
        must(pail_file_pread(w->f, &r, sizeof r, w->n * sizeof r, &got, &err), &err);
        if (got < sizeof r || !is_right(w, &r, w->n + 1))
            break;
        w->n++;
    }
    sim_trace("recovered %llu records, %llu were acknowledged", (unsigned long long)w->n,
              (unsigned long long)w->world->acknowledged);
    SIM_CHECK(w->n >= w->world->acknowledged, "%llu records were acknowledged, %llu are left",
              (unsigned long long)w->world->acknowledged, (unsigned long long)w->n);
    must(pail_file_truncate(w->f, w->n * sizeof(struct record), &err), &err);
    /* What the last life did not see through is seen through now, before anything is built on it.
     */
    must(pail_file_sync(w->f, &err), &err);
    must(pail_file_sync_dir("/m1/db", &err), &err);
}

static void append(struct wal *w)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct record r = record_of(w, w->n + 1);
    must(pail_file_pwrite(w->f, &r, sizeof r, w->n * sizeof r, &err), &err);
    if (!sim_plant("wal.sync"))
        must(pail_file_sync(w->f, &err), &err);
    w->n++;
    w->world->acknowledged = w->n;
    sim_trace("acknowledged %llu", (unsigned long long)w->n);
}

static void rewrite(struct wal *w)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = open_log("/m1/db/log.new");
    for (uint64_t i = 0; i < w->n; i++) {
        struct record r = record_of(w, i + 1);
        must(pail_file_pwrite(f, &r, sizeof r, i * sizeof r, &err), &err);
    }
    if (!sim_plant("wal.newsync"))
        must(pail_file_sync(f, &err), &err);
    must(pail_file_lock(f, &err), &err);
    must(pail_file_rename("/m1/db/log.new", "/m1/db/log", &err), &err);
    if (!sim_plant("wal.syncdir"))
        must(pail_file_sync_dir("/m1/db", &err), &err);
    pail_file_close(w->f);
    w->f = f;
    sim_trace("rewritten");
}

static void writer(void *arg)
{
    struct wal *w = arg;
    recover(w);
    struct sim_rng rng = w->run->rng;
    for (unsigned i = 0; i < w->run->ops; i++) {
        append(w);
        if (sim_rng_below(&rng, 8) == 0)
            rewrite(w);
        pail_sleep_ns(sim_rng_range(&rng, 0, 3 * PAIL_NS_PER_MS));
    }
    pail_file_close(w->f);
}

static void run(struct sim_run *run)
{
    struct sim_disk *d = sim_disk_find("m1");
    if (!d)
        d = sim_disk_new("m1", NULL);
    struct wal w[3] = {0};
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(w); i++) {
        w[i].run = run;
        w[i].world = run->blob;
        struct pail_thread *t = sim_thread_on(1, "writer", writer, &w[i]);
        pail_sleep_ns(sim_rng_range(&run->rng, 0, (int64_t)run->ops * 10 * PAIL_NS_PER_MS));
        bool power = run->faults & SIM_F_POWER, killed = run->faults & SIM_F_KILL;
        if (power && run->life + 1 < LIVES && sim_rng_below(&run->rng, 3) == 0)
            sim_power_cut();
        if (sim_machine_threads(1) && (power || killed)) {
            bool both = power && killed;
            bool cut = both ? sim_rng_below(&run->rng, 2) : power;
            sim_machine_crash(1, d, cut ? SIM_POWER : SIM_KILL);
        }
        pail_thread_join(t);
        w[0].world->restarts++;
    }
    struct wal last = {.run = run, .world = run->blob};
    recover(&last);
    pail_file_close(last.f);
}

const struct sim_scenario sim_scenario_wal = {
    .name = "wal",
    .summary = "a toy log through kills, power cuts and restarts",
    .clients = 1,
    .ops = 30,
    .faults = SIM_F_KILL | SIM_F_POWER,
    .run = run,
};
