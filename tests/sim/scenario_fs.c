/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system: clients on one bucket, on a bad network, with disks that fail and machines that
 * die.
 *
 * Each client runs a few workers (fs_ops.c) below directories of their own; they look at each
 * other's files and share a log and a lock. A nemesis kills machines or cuts their power at any
 * moment and starts them again. At the end the network is calm, all clients unmount, and a machine
 * that was never there before mounts and must find exactly what the models say, and no upload that
 * somebody forgot.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/fs_worker.h"
#include "sim/net.h"
#include "sim/scenarios.h"

#define FRESH_MACHINE 15u

static struct fs_world world;

struct client_run {
    struct fs_client *client;
    struct pail_thread *thread;
    bool finished;
};
static struct client_run runs[FSW_CLIENTS];

/* ---- Workers and clients --------------------------------------------------------------------- */

static void make_root(struct fsw *w)
{
    int rc;
    while ((rc = fsv_mkdir(&w->v, w->root, 0755)) != 0 && rc != EEXIST) {
        SIM_CHECK(fsw_transient(w, rc), "w%u: mkdir /%s: %s (%s)", w->number, w->root,
                  strerrorname_np(rc), w->v.err.message);
        pail_sleep_ns(PAIL_NS_PER_S);
    }
}

/* What a crash left is finished by the mount in the background. */
static void await_replay(struct fsw *w)
{
    struct pail_fs_stats stats;
    for (unsigned i = 0; i < 3000; i++) {
        pail_fs_stats(w->client->fs, &stats);
        if (!stats.changes)
            return;
        pail_sleep_ns(PAIL_NS_PER_S);
    }
    sim_fail("w%u: %llu changes of the last mount are never done", w->number,
             (unsigned long long)stats.changes);
}

static void work(void *arg)
{
    struct fsw *w = arg;
    char root[16];
    w->v.client = w->client;
    w->v.ctx = (struct pail_fs_ctx){
        .uid = 1000, .gid = 1000, .umask = 022, .pid = (int32_t)w->number + 100};
    if (w->ops_done) {
        await_replay(w);
        fsw_recover(w);
        fsw_unlock_after_crash(w);
    }
    make_root(w);
    if (w->ops_done)
        fsx_verify(w, &w->v);
    while (w->ops_done < w->world->run->ops) {
        memcpy(root, w->root, sizeof root);
        w->ops_done++;
        fsw_step(w);
        if (strcmp(root, w->root) != 0)
            make_root(w);
        if (sim_rng_below(&w->rng, 4) == 0)
            pail_sleep_ns(sim_rng_range(&w->rng, 0, 200 * PAIL_NS_PER_MS));
    }
    fsw_close_all(w);
    fsx_verify(w, &w->v);
    w->finished = true;
}

static void run_client(void *arg)
{
    struct client_run *r = arg;
    struct pail_thread *threads[FSW_WORKERS];
    struct pail_error err = PAIL_ERROR_INIT;
    unsigned n = 0;
    int rc;
    while ((rc = fs_client_mount(r->client, &err)) != 0) {
        SIM_CHECK(fsw_transient(world.workers[0], rc), "m%u cannot mount: %s (%s)",
                  r->client->machine, strerrorname_np(rc), err.message);
        sim_trace("mount: %s", err.message);
        pail_sleep_ns(2 * PAIL_NS_PER_S);
    }
    sim_trace("mounted");
    for (unsigned i = 0; i < world.n_workers; i++) {
        struct fsw *w = world.workers[i];
        char name[16];
        snprintf(name, sizeof name, "worker-%u", w->number);
        if (w->client == r->client && !w->finished &&
            pail_thread_start(&threads[n++], name, work, w, NULL) < 0)
            sim_fail("out of memory");
    }
    for (unsigned i = 0; i < n; i++)
        pail_thread_join(threads[i]);
    fs_client_unmount(r->client);
    sim_trace("unmounted");
    r->finished = true;
}

static void start_client(unsigned i)
{
    char name[16];
    snprintf(name, sizeof name, "client-%u", (i + 1) % 100);
    runs[i].thread = sim_thread_on(i + 1, name, run_client, &runs[i]);
}

static bool all_finished(void)
{
    for (unsigned i = 0; i < world.n_clients; i++)
        if (!runs[i].finished)
            return false;
    return true;
}

/* ---- The nemesis ----------------------------------------------------------------------------- */

/* A crash finds more in the middle of things than at any time: of a rename, or of an upload. Waits
 * a while for such a moment. */
static void await_moment(struct sim_run *run, unsigned client)
{
    unsigned moment = (unsigned)sim_rng_below(&run->rng, 3);
    for (unsigned i = 0; moment && i < 3000 && !runs[client].finished; i++) {
        bool come = moment == 1 && fake_s3_uploads(sim_net_s3(), FS_BUCKET) > 0;
        for (unsigned k = 0; k < world.n_workers && moment == 2; k++)
            come = come || (world.workers[k]->client == &world.clients[client] &&
                            world.workers[k]->busy && world.workers[k]->to[0]);
        if (come) {
            pail_sleep_ns(sim_rng_range(&run->rng, 0, 60 * PAIL_NS_PER_MS));
            return;
        }
        pail_sleep_ns(2 * PAIL_NS_PER_MS);
    }
}

static void crash_one(struct sim_run *run)
{
    unsigned i = (unsigned)sim_rng_below(&run->rng, world.n_clients);
    bool kill = run->faults & SIM_F_KILL, power = run->faults & SIM_F_POWER;
    struct sim_net_stats stats;
    await_moment(run, i);
    if (runs[i].finished)
        return;
    if (kill && power)
        kill = sim_rng_below(&run->rng, 2);
    sim_machine_crash(i + 1, world.clients[i].disk, kill ? SIM_KILL : SIM_POWER);
    sim_net_stats(&stats);
    world.late_at_crash[i] = stats.late;
    pail_thread_join(runs[i].thread);
    fs_client_forget(&world.clients[i]);
    world.log_busy[i] = false;
    pail_sleep_ns(sim_rng_range(&run->rng, 0, 5 * PAIL_NS_PER_S));
    start_client(i);
}

static void let_them_work(struct sim_run *run)
{
    unsigned crashes = run->faults & (SIM_F_KILL | SIM_F_POWER)
                           ? (unsigned)sim_rng_below(&run->rng, 5)
                           : 0;
    int64_t next = sim_now_ns() + sim_rng_range(&run->rng, 0, 10 * PAIL_NS_PER_S);
    while (!all_finished()) {
        pail_sleep_ns(100 * PAIL_NS_PER_MS);
        if (crashes && sim_now_ns() >= next) {
            crash_one(run);
            crashes--;
            next = sim_now_ns() + sim_rng_range(&run->rng, 0, 20 * PAIL_NS_PER_S);
        }
    }
    for (unsigned i = 0; i < world.n_clients; i++)
        pail_thread_join(runs[i].thread);
}

/* ---- Before and after ------------------------------------------------------------------------ */

static void disk_habits(struct sim_disk *d, unsigned faults)
{
    unsigned eio = faults & SIM_F_EIO ? 10 : 0, enospc = faults & SIM_F_ENOSPC ? 20 : 0;
    struct sim_disk_options opt = {
        .capacity = FS_DISK,
        .eio_read = eio,
        .eio_write = eio,
        .eio_sync = eio,
        .enospc = enospc,
    };
    sim_disk_configure(d, &opt);
}

static void set_up(struct sim_run *run)
{
    struct fs_client_options opt = {
        .metadata_ttl_ns = sim_rng_below(&run->rng, 2) ? 60 * PAIL_NS_PER_S : 0,
        .op_timeout_ms = sim_rng_below(&run->rng, 2) ? 300000 : 8000,
    };
    unsigned per_client = 1 + (unsigned)sim_rng_below(&run->rng, 2);
    world = (struct fs_world){.run = run, .ttl_ns = opt.metadata_ttl_ns, .holder = -1};
    world.big = sim_rng_below(&run->rng, 5) == 0;
    world.n_clients = run->clients < FSW_CLIENTS ? run->clients : FSW_CLIENTS;
    sim_net_begin(run->seed, &(struct sim_net_options){.faults = run->faults},
                  &(struct fake_s3_options){.access_key = "AKIDSIMULATION",
                                            .secret_key = "secret-of-the-simulation",
                                            .seed = run->seed});
    fake_s3_make_bucket(sim_net_s3(), FS_BUCKET);
    fake_s3_put(sim_net_s3(), FS_BUCKET, FS_PREFIX "/shared/log", "", 0, NULL, 0,
                SIM_EPOCH_UNIX_S * 1000);
    for (unsigned i = 0; i < world.n_clients; i++) {
        fs_client_init(&world.clients[i], i + 1, &opt);
        disk_habits(world.clients[i].disk, run->faults);
        if (run->faults & SIM_F_SKEW)
            sim_clock_skew(i + 1, sim_rng_range(&run->rng, -1000, 1000) * PAIL_NS_PER_S);
        runs[i] = (struct client_run){.client = &world.clients[i]};
        for (unsigned k = 0; k < per_client; k++) {
            struct fsw *w = calloc(1, sizeof *w);
            if (!w)
                sim_fail("out of memory");
            w->world = &world;
            w->client = &world.clients[i];
            w->number = world.n_workers;
            w->next_token = 1 + w->number * 100000;
            snprintf(w->root, sizeof w->root, "d%u", w->number);
            sim_rng_init(&w->rng, run->seed, w->root);
            world.workers[world.n_workers++] = w;
        }
    }
}

static void mount_or_fail(struct fs_client *c)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = fs_client_mount(c, &err);
    SIM_CHECK(!rc, "m%u cannot mount on a calm network: %s", c->machine, err.message);
}

static void verify_all(struct fs_client *fresh)
{
    static struct fs_actual actual;
    struct fsv v = {.client = fresh, .ctx = {.uid = 1000, .gid = 1000, .umask = 022}};
    for (unsigned i = 0; i < world.n_workers; i++) {
        struct fsw *w = world.workers[i];
        char why[256];
        fsx_peek(w, &actual);
        if (!fsx_match(&w->tree, &actual, why))
            sim_fail("at the end, w%u: %s", w->number, why);
        fsx_take(&w->tree, &actual);
        int rc = fsx_verify(w, &v);
        SIM_CHECK(!rc, "at the end, w%u: %s (%s)", w->number, strerrorname_np(rc), v.err.message);
    }
    fs_check_shared(&world, &v);
}

static void check_fresh(void *arg)
{
    struct fs_client *fresh = arg;
    mount_or_fail(fresh);
    verify_all(fresh);
    fs_client_unmount(fresh);
}

/* A last mount ends what crashes left. */
static void clean_up(void *arg)
{
    struct fs_client *c = arg;
    mount_or_fail(c);
    pail_sleep_ns(10 * PAIL_NS_PER_S);
    fs_client_unmount(c);
}

static void check_the_end(struct sim_run *run)
{
    struct fs_client fresh;
    struct sim_net_stats stats;
    sim_net_calm();
    run->faults = 0; /* nothing explains an error any more */
    for (unsigned i = 0; i < world.n_clients; i++) {
        disk_habits(world.clients[i].disk, 0);
        pail_thread_join(sim_thread_on(i + 1, "clean-up", clean_up, &world.clients[i]));
    }
    fs_client_init(&fresh, FRESH_MACHINE, &world.clients[0].opt);
    pail_thread_join(sim_thread_on(FRESH_MACHINE, "fresh", check_fresh, &fresh));
    sim_net_stats(&stats);
    size_t uploads = fake_s3_uploads(sim_net_s3(), FS_BUCKET);
    SIM_CHECK(uploads <= stats.lost_uploads, "%zu uploads were forgotten (%llu could not be known)",
              uploads, (unsigned long long)stats.lost_uploads);
    if (!sim_report()->killed)
        SIM_CHECK(stats.started == stats.done, "%llu exchanges never ended",
                  (unsigned long long)(stats.started - stats.done));
}

static void run(struct sim_run *run)
{
    set_up(run);
    for (unsigned i = 0; i < world.n_clients; i++)
        start_client(i);
    let_them_work(run);
    check_the_end(run);
    for (unsigned i = 0; i < world.n_workers; i++)
        free(world.workers[i]);
}

const struct sim_scenario sim_scenario_fs = {
    .name = "fs",
    .summary = "the file system: several clients, faults, crashes, against a model",
    .clients = 2,
    .ops = 60,
    .faults = SIM_F_NET | SIM_F_KILL | SIM_F_POWER,
    .check_leaks = true,
    .run = run,
};
