/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads of one mount on the same few names: what locks, claims and busy marks are for.
 *
 * - Stripes: one file, each member writes slots of its own. What it wrote it reads, and after its
 *   fsync or close S3 has all of it, while others write, rename and chmod the same file.
 * - Log: one file opened with O_APPEND by all. Each acknowledged record is in S3 exactly once.
 * - Names: create (exclusively), rename (never onto something), unlink, mkdir, rmdir, and renames
 *   of whole directories. Each has one winner: the number of files is creations less removals.
 *
 * Every now and then all close their files and meet; then the mount must show exactly what S3 has.
 * An error that a fault may explain makes counts ranges and contents vague, never wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/fs_rest.h"
#include "sim/net.h"
#include "sim/scenarios.h"

#define MEMBERS 6u
#define SLOTS 4u
#define RECORD 32u
#define RECORDS 256u
#define TTL (20 * PAIL_NS_PER_S)
#define MEETING 12u /* operations between meetings */

struct member {
    struct team *team;
    unsigned number;
    struct sim_rng rng;
    struct fsv v;
    struct fsv_file stripe, log; /* h NULL: not open */
    uint32_t gen;
    struct {
        uint32_t gen; /* 0: never written */
        bool vague;
    } slots[SLOTS];
    enum { MAYBE, WRITTEN, ACKED } records[RECORDS];
    unsigned n_records;
};

struct team {
    struct sim_run *run;
    struct fs_client client;
    struct member members[MEMBERS];
    unsigned n;
    uint64_t spacing;
    int lo, hi; /* files among the names */
    bool doubt; /* an error left something open */
    bool torn;  /* a rename of the stripes' file did: it is left alone from then on */
    struct pail_mutex lock;
    struct pail_cond met;
    unsigned waiting, round;
};
static struct team team;

static uint64_t roll(struct member *m, uint64_t bound)
{
    return sim_rng_below(&m->rng, bound);
}

static bool is_fault(int rc)
{
    bool net = rc == EIO || rc == EAGAIN || rc == ETIMEDOUT || rc == EHOSTUNREACH ||
               rc == ECONNREFUSED || rc == ECONNRESET || rc == ENETUNREACH;
    return net && team.run->faults & SIM_F_NET;
}

/* Refused because of what an earlier error left open, or failed by a fault. */
static bool is_open(struct member *m, int rc, const char *doing, const char *path)
{
    bool fine = is_fault(rc) || (team.doubt && (rc == ESTALE || rc == EEXIST || rc == ENOENT));
    SIM_CHECK(fine, "member %u, %s %s: %s (%s)", m->number, doing, path, strerrorname_np(rc),
              m->v.err.message);
    team.doubt = true;
    return true;
}

/* ---- Stripes --------------------------------------------------------------------------------- */

static const char *const stripe_names[] = {"t/s0", "t/s1"};

static void slot_text(const struct member *m, unsigned k, char to[RECORD + 1])
{
    snprintf(to, RECORD + 1, "member %02u slot %02u gen %08u\n", m->number % 100, k % 100,
             m->slots[k].gen % 100000000);
}

static uint64_t slot_at(const struct member *m, unsigned k)
{
    return (k * (uint64_t)team.n + m->number) * team.spacing;
}

static void blur_slots(struct member *m)
{
    for (unsigned k = 0; k < SLOTS; k++)
        m->slots[k].vague = true;
}

static bool has_slots(const struct member *m, const char *name)
{
    char key[64], text[RECORD + 1];
    size_t n = 0;
    snprintf(key, sizeof key, FS_PREFIX "/%s", name);
    const char *data = fake_s3_get(sim_net_s3(), FS_BUCKET, key, &n, NULL);
    for (unsigned k = 0; data && k < SLOTS; k++) {
        if (!m->slots[k].gen || m->slots[k].vague)
            continue;
        slot_text(m, k, text);
        if (slot_at(m, k) + RECORD > n || memcmp(data + slot_at(m, k), text, RECORD) != 0)
            return false;
    }
    return data;
}

static void check_slots(const struct member *m, const char *when)
{
    if (!team.torn)
        SIM_CHECK(has_slots(m, stripe_names[0]) || has_slots(m, stripe_names[1]),
                  "after %s S3 does not have what member %u wrote", when, m->number);
}

static bool open_stripe(struct member *m, int flags, struct fsv_file *ret)
{
    for (unsigned i = 0; i < 2; i++) {
        int rc = fsv_open(&m->v, stripe_names[(m->number + i) % 2], flags, ret);
        if (!rc)
            return true;
        if (rc != ENOENT) /* renamed meanwhile */
            is_open(m, rc, "opening", "the stripes");
    }
    return false;
}

static void sync_stripe(struct member *m, bool fsync)
{
    int rc = fsync ? fsv_fsync(&m->v, &m->stripe) : fsv_flush(&m->v, &m->stripe);
    sim_trace("member %u %s stripes: %s", m->number, fsync ? "fsync" : "flush",
              rc ? strerrorname_np(rc) : "done");
    if (rc) {
        is_open(m, rc, "committing", "the stripes");
        blur_slots(m);
    } else {
        check_slots(m, fsync ? "fsync" : "flush");
    }
}

static void close_stripe(struct member *m)
{
    if (!m->stripe.h)
        return;
    sync_stripe(m, false);
    fsv_release(&m->v, &m->stripe);
}

static void op_write_slot(struct member *m)
{
    char text[RECORD + 1];
    unsigned k = (unsigned)roll(m, SLOTS);
    if (team.torn || (!m->stripe.h && !open_stripe(m, O_RDWR, &m->stripe)))
        return;
    m->slots[k].gen = ++m->gen;
    m->slots[k].vague = true;
    slot_text(m, k, text);
    int rc = fsv_write(&m->v, &m->stripe, slot_at(m, k), text, RECORD);
    sim_trace("member %u writes slot %u: %s", m->number, k, rc ? strerrorname_np(rc) : "done");
    if (rc)
        is_open(m, rc, "writing", "the stripes");
    else
        m->slots[k].vague = false;
}

static void op_sync_slots(struct member *m)
{
    if (m->stripe.h && roll(m, 3))
        sync_stripe(m, true);
    else
        close_stripe(m);
}

static void op_read_slots(struct member *m)
{
    struct fsv_file f = m->stripe;
    char text[RECORD + 1], got[RECORD];
    if (team.torn || (!f.h && !open_stripe(m, O_RDONLY, &f)))
        return;
    for (unsigned k = 0; k < SLOTS; k++) {
        size_t n = 0;
        if (!m->slots[k].gen || m->slots[k].vague)
            continue;
        int rc = fsv_read(&m->v, &f, slot_at(m, k), got, RECORD, &n);
        if (rc) {
            is_open(m, rc, "reading", "the stripes");
            continue;
        }
        slot_text(m, k, text);
        SIM_CHECK(n == RECORD && memcmp(got, text, RECORD) == 0,
                  "member %u reads another slot %u than it wrote: \"%.*s\", not \"%.31s\"",
                  m->number, k, n ? (int)n - 1 : 0, got, text);
    }
    if (!m->stripe.h)
        fsv_release(&m->v, &f);
}

static void op_move_stripes(struct member *m)
{
    unsigned from = (unsigned)roll(m, 2);
    if (team.torn)
        return;
    int rc = fsv_rename(&m->v, stripe_names[from], stripe_names[!from], true);
    sim_trace("member %u renames %s: %s", m->number, stripe_names[from],
              rc ? strerrorname_np(rc) : "done");
    if (!rc || rc == ENOENT)
        return;
    is_open(m, rc, "renaming", "the stripes");
    team.torn = true;
}

static void op_chmod_stripes(struct member *m)
{
    int rc = fsv_chmod(&m->v, stripe_names[roll(m, 2)], roll(m, 2) ? 0600 : 0644);
    if (rc && rc != ENOENT)
        is_open(m, rc, "changing the mode of", "the stripes");
}

/* ---- The log --------------------------------------------------------------------------------- */

static void record_text(const struct member *m, unsigned i, char to[RECORD + 1])
{
    snprintf(to, RECORD + 1, "member %02u appends record %05u\n", m->number % 100, i % 100000);
}

static void check_log(const struct member *m)
{
    size_t n = 0;
    const char *data = fake_s3_get(sim_net_s3(), FS_BUCKET, FS_PREFIX "/t/log", &n, NULL);
    SIM_CHECK(data && n % RECORD == 0, "the log has %zu bytes", n);
    for (unsigned i = 0; i < m->n_records; i++) {
        char text[RECORD + 1];
        unsigned times = 0;
        record_text(m, i, text);
        for (size_t at = 0; at < n; at += RECORD)
            times += memcmp(data + at, text, RECORD) == 0;
        SIM_CHECK(times <= 1 && (times || m->records[i] != ACKED),
                  "the log has \"%.31s\" %u times, which was %s", text, times,
                  m->records[i] == ACKED ? "acknowledged" : "not acknowledged");
    }
}

static void log_acked(struct member *m)
{
    for (unsigned i = 0; i < m->n_records; i++)
        m->records[i] = m->records[i] == MAYBE ? MAYBE : ACKED;
    check_log(m);
}

static void close_log(struct member *m)
{
    if (!m->log.h)
        return;
    int rc = fsv_flush(&m->v, &m->log);
    sim_trace("member %u closes the log: %s", m->number, rc ? strerrorname_np(rc) : "done");
    fsv_release(&m->v, &m->log);
    if (rc) {
        is_open(m, rc, "closing", "the log");
        for (unsigned i = 0; i < m->n_records; i++) /* may be lost for good */
            m->records[i] = m->records[i] == ACKED ? ACKED : MAYBE;
        return;
    }
    log_acked(m);
}

static void op_append(struct member *m)
{
    char text[RECORD + 1];
    if (m->n_records == RECORDS)
        return;
    if (!m->log.h) {
        int rc = fsv_open(&m->v, "t/log", O_WRONLY | O_APPEND, &m->log);
        if (rc) {
            is_open(m, rc, "opening", "the log");
            return;
        }
    }
    unsigned i = m->n_records++;
    record_text(m, i, text);
    m->records[i] = MAYBE;
    int rc = fsv_write(&m->v, &m->log, 0, text, RECORD);
    if (rc) {
        is_open(m, rc, "appending to", "the log");
        return;
    }
    m->records[i] = WRITTEN;
    if (roll(m, 2)) {
        rc = fsv_fsync(&m->v, &m->log);
        sim_trace("member %u record %u: %s", m->number, i, rc ? strerrorname_np(rc) : "done");
        if (rc)
            is_open(m, rc, "committing", "the log");
        else
            log_acked(m);
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static const char *const names[] = {"t/n/0",   "t/n/1",   "t/n/2",  "t/n/d/0",
                                    "t/n/d/1", "t/n/e/0", "t/n/e/1"};
static const char *const dirs[] = {"t/n/d", "t/n/e"};

static const char *any_name(struct member *m)
{
    return names[roll(m, PAIL_ARRAY_LEN(names))];
}

static bool is_lost_race(int rc)
{
    return rc == ENOENT || rc == EEXIST;
}

static void told(const struct member *m, const char *doing, const char *path, int rc)
{
    sim_trace("member %u %s %s: %s", m->number, doing, path, rc ? strerrorname_np(rc) : "done");
}

static void op_create(struct member *m)
{
    struct fsv_file f;
    const char *path = any_name(m);
    int rc = fsv_create(&m->v, path, 0644, O_CREAT | O_EXCL | O_WRONLY, &f);
    told(m, "creates", path, rc);
    if (is_lost_race(rc))
        return;
    if (rc) {
        is_open(m, rc, "creating", path);
        return;
    }
    rc = fsv_write(&m->v, &f, 0, path, strlen(path));
    if (rc)
        is_open(m, rc, "writing", path);
    if (roll(m, 2))
        pail_sleep_ns(sim_rng_range(&m->rng, 0, 50 * PAIL_NS_PER_MS));
    /* From here on another may have removed it again. */
    team.hi++;
    rc = fsv_flush(&m->v, &f);
    told(m, "closes", path, rc);
    if (rc)
        is_open(m, rc, "closing", path);
    else
        team.lo++;
    fsv_release(&m->v, &f);
}

static void op_unlink(struct member *m)
{
    const char *path = any_name(m);
    team.lo--;
    int rc = fsv_unlink(&m->v, path);
    told(m, "unlinks", path, rc);
    if (!rc)
        team.hi--;
    else if (is_lost_race(rc))
        team.lo++;
    else
        is_open(m, rc, "unlinking", path);
}

static void op_rename(struct member *m)
{
    const char *from = any_name(m), *to = any_name(m);
    if (from == to)
        return;
    team.hi++;
    int rc = fsv_rename(&m->v, from, to, true);
    sim_trace("member %u renames %s to %s: %s", m->number, from, to,
              rc ? strerrorname_np(rc) : "done");
    if (!rc || is_lost_race(rc))
        team.hi--;
    else
        is_open(m, rc, "renaming", from);
}

static void op_mkdir(struct member *m)
{
    const char *path = dirs[roll(m, 2)];
    int rc = fsv_mkdir(&m->v, path, 0755);
    told(m, "makes", path, rc);
    if (rc && rc != EEXIST)
        is_open(m, rc, "making", path);
}

static void op_rmdir(struct member *m)
{
    const char *path = dirs[roll(m, 2)];
    int rc = fsv_rmdir(&m->v, path);
    told(m, "removes", path, rc);
    if (rc && rc != ENOENT && rc != ENOTEMPTY)
        is_open(m, rc, "removing", path);
}

static void op_rename_dir(struct member *m)
{
    unsigned from = (unsigned)roll(m, 2);
    int rc = fsv_rename(&m->v, dirs[from], dirs[!from], true);
    told(m, "renames directory", dirs[from], rc);
    if (!rc || is_lost_race(rc))
        return;
    is_open(m, rc, "renaming", dirs[from]);
    team.hi += 100; /* half way, both trees are there */
}

/* ---- Meetings -------------------------------------------------------------------------------- */

/* Waits for all; the last to come is told so. */
static bool meet(void)
{
    PAIL_LOCKED(&team.lock);
    unsigned round = team.round;
    if (++team.waiting == team.n) {
        team.waiting = 0;
        team.round++;
        pail_cond_broadcast(&team.met);
        return true;
    }
    while (team.round == round)
        pail_cond_wait(&team.met, &team.lock);
    return false;
}

static void compare(struct member *m)
{
    int rc = EIO;
    if (team.doubt) { /* what an error left open is asked for again when its time is over */
        pail_sleep_ns(TTL + PAIL_NS_PER_S);
        sim_net_settle();
    }
    for (unsigned i = 0; i < 10 && rc; i++) {
        rc = fs_rest_compare(&m->v, "t");
        SIM_CHECK(!rc || is_fault(rc), "at rest: %s (%s)", strerrorname_np(rc), m->v.err.message);
    }
    int files = (int)fs_rest_files("t/n");
    SIM_CHECK(files >= team.lo && files <= team.hi,
              "there are %d files; creations less removals "
              "are %d to %d",
              files, team.lo, team.hi);
    sim_trace("at rest: %d files, %s", files, rc ? strerrorname_np(rc) : "as S3 has them");
    if (!rc && !team.doubt)
        team.lo = team.hi = files;
}

static void rest(struct member *m)
{
    close_stripe(m);
    close_log(m);
    if (meet())
        compare(m);
    (void)meet();
    check_slots(m, "the meeting");
    check_log(m);
}

static void step(struct member *m)
{
    static const struct {
        unsigned weight;
        void (*run)(struct member *m);
    } ops[] = {
        {12, op_write_slot},   {6, op_sync_slots}, {6, op_read_slots}, {3, op_move_stripes},
        {2, op_chmod_stripes}, {8, op_append},     {8, op_create},     {5, op_unlink},
        {5, op_rename},        {3, op_mkdir},      {3, op_rmdir},      {3, op_rename_dir},
    };
    unsigned total = 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(ops); i++)
        total += ops[i].weight;
    uint64_t at = roll(m, total);
    for (size_t i = 0; at < total; at -= ops[i++].weight)
        if (at < ops[i].weight) {
            ops[i].run(m);
            return;
        }
}

static void work(void *arg)
{
    struct member *m = arg;
    for (unsigned i = 0; i < team.run->ops; i++) {
        step(m);
        if (i % MEETING == MEETING - 1)
            rest(m);
    }
    rest(m);
}

/* ---- A run ----------------------------------------------------------------------------------- */

static void insist(struct fsv *v, int (*make)(struct fsv *v, const char *path), const char *path)
{
    int rc;
    while ((rc = make(v, path)) != 0 && rc != EEXIST) {
        SIM_CHECK(is_fault(rc) || rc == ESTALE, "making %s: %s (%s)", path, strerrorname_np(rc),
                  v->err.message);
        pail_sleep_ns(TTL + PAIL_NS_PER_S);
    }
}

static int make_dir(struct fsv *v, const char *path)
{
    return fsv_mkdir(v, path, 0755);
}

static int make_file(struct fsv *v, const char *path)
{
    struct fsv_file f;
    int rc = fsv_create(v, path, 0644, O_CREAT | O_RDWR, &f);
    if (rc)
        return rc;
    rc = fsv_flush(v, &f);
    fsv_release(v, &f);
    return rc;
}

static void run_team(void *arg)
{
    struct pail_thread *threads[MEMBERS];
    struct pail_error err = PAIL_ERROR_INIT;
    struct fsv *v = &team.members[0].v;
    int rc;
    (void)arg;
    while ((rc = fs_client_mount(&team.client, &err)) != 0) {
        SIM_CHECK(is_fault(rc), "cannot mount: %s (%s)", strerrorname_np(rc), err.message);
        pail_sleep_ns(2 * PAIL_NS_PER_S);
    }
    insist(v, make_dir, "t");
    insist(v, make_dir, "t/n");
    insist(v, make_file, "t/s0");
    insist(v, make_file, "t/log");
    for (unsigned i = 0; i < team.n; i++) {
        char name[16];
        snprintf(name, sizeof name, "member-%u", i % 100);
        if (pail_thread_start(&threads[i], name, work, &team.members[i], NULL) < 0)
            sim_fail("out of memory");
    }
    for (unsigned i = 0; i < team.n; i++)
        pail_thread_join(threads[i]);
    fs_client_unmount(&team.client);
}

static void run(struct sim_run *run)
{
    struct fs_client fresh;
    struct fs_client_options opt = {.metadata_ttl_ns = TTL,
                                    .op_timeout_ms = sim_rng_below(&run->rng, 2) ? 300000 : 8000};
    team = (struct team){.run = run};
    team.n = run->clients < 1 ? 1 : run->clients < MEMBERS ? run->clients : MEMBERS;
    team.spacing = sim_rng_below(&run->rng, 4) ? RECORD : 700000;
    pail_mutex_init(&team.lock, "meeting", PAIL_RANK_LEAF);
    pail_cond_init(&team.met);
    sim_net_begin(run->seed, &(struct sim_net_options){.faults = run->faults},
                  &(struct fake_s3_options){.access_key = "AKIDSIMULATION",
                                            .secret_key = "secret-of-the-simulation",
                                            .seed = run->seed});
    fake_s3_make_bucket(sim_net_s3(), FS_BUCKET);
    fs_client_init(&team.client, 1, &opt);
    for (unsigned i = 0; i < team.n; i++) {
        struct member *m = &team.members[i];
        char name[16];
        snprintf(name, sizeof name, "member %u", i % 100);
        m->team = &team;
        m->number = i;
        m->v.client = &team.client;
        m->v.ctx = (struct pail_fs_ctx){
            .uid = 1000, .gid = 1000, .umask = 022, .pid = (int32_t)i + 100};
        sim_rng_init(&m->rng, run->seed, name);
    }
    pail_thread_join(sim_thread_on(1, "team", run_team, NULL));
    sim_net_calm();
    run->faults = 0;
    pail_thread_join(sim_thread_on(1, "again", fs_rest_at_the_end, &team.client));
    fs_client_init(&fresh, 2, &opt);
    pail_thread_join(sim_thread_on(2, "fresh", fs_rest_at_the_end, &fresh));
    pail_cond_done(&team.met);
    pail_mutex_done(&team.lock);
}

const struct sim_scenario sim_scenario_team = {
    .name = "team",
    .summary = "the file system: threads of one mount on the same few names",
    .clients = 4,
    .ops = 36,
    .faults = SIM_F_NET,
    .check_leaks = true,
    .run = run,
};
