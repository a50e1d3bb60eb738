/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that everybody writes: nobody's update is lost, and a lock file has one owner.
 *
 * The shared log is read, extended by one record and closed. If the close succeeds the record must
 * be in every later version; if it says ESTALE somebody was faster, and the record must never be
 * there. Some writers cut the log to what they have read before they write: of a version that
 * somebody made meanwhile nothing may be cut off. The lock is a file made with O_EXCL.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/net.h"

#define LOG_PATH "shared/log"
#define LOCK_PATH "shared/lock"
#define RECORD 16u

static void format(const struct fs_token *t, char to[RECORD + 1])
{
    snprintf(to, RECORD + 1, "w%02u record %04u\n", t->worker, t->number % 10000);
}

/* Everything acknowledged before `since` is there once, nothing that was refused, nothing unknown.
 */
static void check_log(struct fs_world *world, const char *data, size_t n, int64_t since)
{
    SIM_CHECK(n % RECORD == 0, "the shared log has %zu bytes", n);
    for (unsigned i = 0; i < world->n_tokens; i++) {
        const struct fs_token *t = &world->tokens[i];
        char text[RECORD + 1];
        unsigned times = 0;
        format(t, text);
        for (size_t at = 0; at < n; at += RECORD)
            times += memcmp(data + at, text, RECORD) == 0;
        SIM_CHECK(times <= 1, "the shared log has \"%.15s\" %u times", text, times);
        SIM_CHECK(times || !t->acked || t->acked_at >= since,
                  "the shared log has lost \"%.15s\", acknowledged at %.6f s", text,
                  (double)t->acked_at / 1e9);
        SIM_CHECK(!times || !t->refused, "the shared log has \"%.15s\", which was refused", text);
    }
    for (size_t at = 0; at < n; at += RECORD) {
        unsigned worker, number;
        SIM_CHECK(sscanf(data + at, "w%2u record %4u\n", &worker, &number) == 2,
                  "the shared log is garbage at %zu", at);
    }
}

static int read_log(struct fsv *v, struct fsv_file *f, char **ret, size_t *ret_n)
{
    size_t cap = FSW_TOKENS * RECORD + 1, n = 0, got = 1;
    char *buf = malloc(cap);
    int rc = 0;
    if (!buf)
        sim_fail("out of memory");
    while (got && !rc && n < cap) {
        rc = fsv_read(v, f, n, buf + n, cap - n, &got);
        n += rc ? 0 : got;
    }
    *ret = buf;
    *ret_n = n;
    return rc;
}

static void must_be_flux(struct fsw *w, int rc, const char *doing)
{
    SIM_CHECK(!rc || rc == ESTALE || fsw_transient(w, rc), "w%u: %s the shared log: %s (%s)",
              w->number, doing, strerrorname_np(rc), w->v.err.message);
}

static uint64_t faults_so_far(void)
{
    struct sim_net_stats stats;
    uint64_t n = 0;
    sim_net_stats(&stats);
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(stats.faults); i++)
        n += stats.faults[i];
    return n;
}

static void append(struct fsw *w, struct fsv_file *f, int64_t opened_at)
{
    struct fs_world *world = w->world;
    char *data = NULL, text[RECORD + 1];
    size_t n = 0;
    int rc = read_log(&w->v, f, &data, &n);
    must_be_flux(w, rc, "reading");
    sim_trace("w%u reads %zu bytes of the shared log", w->number, n);
    if (!rc && world->n_tokens < FSW_TOKENS) {
        check_log(world, data, n, opened_at);
        struct fs_token *t = &world->tokens[world->n_tokens];
        *t = (struct fs_token){.worker = w->number, .number = world->n_tokens};
        world->n_tokens++;
        format(t, text);
        if (t->number % 3 == 0) {
            rc = fsv_truncate(&w->v, LOG_PATH, f->h, n);
            must_be_flux(w, rc, "cutting");
        }
        if (!rc) {
            rc = fsv_write(&w->v, f, n, text, RECORD);
            must_be_flux(w, rc, "writing");
        }
        t->refused = rc == ESTALE;
        if (!rc) {
            uint64_t faults = faults_so_far();
            rc = fsv_flush(&w->v, f);
            must_be_flux(w, rc, "closing");
            /* What was stored, but not answered, somebody else may have gone on from. */
            t->refused = rc == ESTALE && faults == faults_so_far();
            t->acked = rc == 0;
            t->acked_at = sim_now_ns();
        }
        sim_trace("w%u record %u: %s", w->number, t->number, rc ? strerrorname_np(rc) : "done");
    }
    free(data);
}

void fsw_append_shared(struct fsw *w)
{
    struct fs_world *world = w->world;
    bool *busy = &world->log_busy[w->client->machine - 1];
    struct fsv_file f;
    if (*busy) /* one mount's programs would overwrite each other, as on any local disk */
        return;
    *busy = true;
    int64_t now = sim_now_ns();
    int rc = fsv_open(&w->v, LOG_PATH, O_RDWR, &f);
    must_be_flux(w, rc, "opening");
    if (!rc) {
        append(w, &f, now);
        fsv_release(&w->v, &f);
    }
    *busy = false;
}

/* ---- The lock -------------------------------------------------------------------------------- */

/* Each taking has a text of its own, so that one lock is not taken for another. */
static void lock_text(const struct fsw *w, char to[RECORD + 1])
{
    snprintf(to, RECORD + 1, "w%02u lock %06u\n", w->number, w->locks % 1000000);
}

static bool lock_is_mine(const struct fsw *w)
{
    char text[RECORD + 1];
    size_t n = 0;
    const char *data = fake_s3_get(sim_net_s3(), FS_BUCKET, FS_PREFIX "/" LOCK_PATH, &n, NULL);
    lock_text(w, text);
    return data && n == RECORD && memcmp(data, text, n) == 0;
}

/* From when it is tried the lock may be free. */
static void unlock(struct fsw *w)
{
    struct fs_world *world = w->world;
    if (world->holder == (int)w->number)
        world->holder = -1;
    while (lock_is_mine(w)) {
        int rc = fsv_unlink(&w->v, LOCK_PATH);
        sim_trace("w%u unlock: %s", w->number, rc ? strerrorname_np(rc) : "done");
        SIM_CHECK(rc || !lock_is_mine(w), "w%u: the lock is still there after its removal",
                  w->number);
        if (!rc)
            return;
        SIM_CHECK(rc == ENOENT || rc == ESTALE || fsw_transient(w, rc), "w%u: unlock: %s (%s)",
                  w->number, strerrorname_np(rc), w->v.err.message);
        pail_sleep_ns(world->ttl_ns + PAIL_NS_PER_S);
        sim_net_settle();
    }
}

void fsw_unlock_after_crash(struct fsw *w)
{
    unlock(w);
}

static int make_lock(struct fsw *w)
{
    struct fsv_file f;
    char text[RECORD + 1];
    w->locks++;
    lock_text(w, text);
    int rc = fsv_create(&w->v, LOCK_PATH, 0600, O_CREAT | O_EXCL | O_WRONLY, &f);
    if (rc)
        return rc;
    rc = fsv_write(&w->v, &f, 0, text, RECORD);
    if (!rc)
        rc = fsv_flush(&w->v, &f);
    if (!rc) {
        SIM_CHECK(w->world->holder < 0, "w%u has the lock that w%d holds", w->number,
                  w->world->holder);
        w->world->holder = (int)w->number;
    }
    fsv_release(&w->v, &f);
    return rc;
}

void fsw_lock_shared(struct fsw *w)
{
    int rc = make_lock(w);
    sim_trace("w%u lock: %s", w->number, rc ? strerrorname_np(rc) : "got it");
    SIM_CHECK(!rc || rc == EEXIST || rc == ESTALE || fsw_transient(w, rc), "w%u: lock: %s (%s)",
              w->number, strerrorname_np(rc), w->v.err.message);
    if (!rc) {
        pail_sleep_ns(sim_rng_range(&w->rng, 0, PAIL_NS_PER_S));
        SIM_CHECK(w->world->holder == (int)w->number && lock_is_mine(w), "w%u lost its lock to w%d",
                  w->number, w->world->holder);
    }
    unlock(w);
}

void fs_check_shared(struct fs_world *world, struct fsv *v)
{
    struct fsv_file f;
    char *data = NULL;
    size_t n = 0;
    int rc = fsv_open(v, LOG_PATH, O_RDONLY, &f);
    SIM_CHECK(!rc, "the shared log cannot be opened: %s (%s)", strerrorname_np(rc), v->err.message);
    rc = read_log(v, &f, &data, &n);
    SIM_CHECK(!rc, "the shared log cannot be read: %s (%s)", strerrorname_np(rc), v->err.message);
    check_log(world, data, n, PAIL_NEVER);
    fsv_release(v, &f);
    free(data);
}
