/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/tx.c - the open transaction, commits, syncs, checkpoints, the committer.
 *
 * Operations happen in one transaction that stays open; each is a savepoint in it, so it happens
 * wholly or not at all. The committer commits 200 ms after the first change. A commit writes to the
 * log and syncs nothing: it survives a crash of the process, at the price of a few writes to the
 * page cache.
 *
 * Durable: commit, then sync the log without the mutex. One thread at a time does that, for all
 * that is committed by then; others wait for it, and whoever is still not served does the next
 * round. So a crowd of waiters costs one or two syncs.
 *
 * Checkpoint: when the log has grown, its pages are copied into the database file (writes to the
 * page cache, under the mutex), and the sync of the database file follows without the mutex (see
 * vfs.h). Until it is done no commit happens, since a commit would begin the log anew and have to
 * wait under the mutex; readers and changes go on.
 *
 * When the disk fails
 * - A commit fails: SQLite has rolled back. Rows are what they were at the last commit, which may
 * be older than what was acknowledged, so `trust` makes all of them look unseen, and the rows of
 * numbers that are held are put back (kept.c); the next pail_meta_sync tells the error.
 * - A sync fails: who waits for it is told. The next one writes the file anew first (vfs.h). Until
 * the database file is synced the log stays as it is, so nothing is lost by trying again later.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/logging.h"
#include "base/plant.h"
#include "meta/db.h"

#define COMMIT_AFTER_NS (200 * PAIL_NS_PER_MS)
/* A disk that refuses commits is asked less and less often. */
#define COMMIT_PAUSE_MAX_NS (10 * PAIL_NS_PER_S)
#define GC_PAUSE_NS (2 * PAIL_NS_PER_MS)
#define LOG_PAGES 2048 /* of 8 KiB */

/* ---- Operations ------------------------------------------------------------------------------ */

int pail_meta_op_begin_locked(struct pail_meta *m, struct pail_error *err)
{
    pail_mutex_assert_held(&m->mutex);
    if (!m->in_tx) {
        int rc = pail_stmt_run(m, pail_stmt(m, PAIL_STMT_BEGIN), err);
        if (rc < 0)
            return rc;
        m->in_tx = true;
        m->commit_at_ns = pail_deadline_after_ns(COMMIT_AFTER_NS + m->commit_pause_ns);
        pail_cond_signal(&m->wake);
    }
    m->op_counts = m->counts;
    return pail_stmt_run(m, pail_stmt(m, PAIL_STMT_SAVE), err);
}

int pail_meta_op_end_locked(struct pail_meta *m, int rc, struct pail_error *err)
{
    if (!m->in_tx) /* SQLite took everything back */
        return rc < 0 ? rc : pail_meta_failed_locked(m, SQLITE_IOERR, err);
    if (rc >= 0) {
        rc = pail_stmt_run(m, pail_stmt(m, PAIL_STMT_RELEASE), err);
        if (rc == 0) {
            m->changes++;
            return 0;
        }
    }
    /* Neither needs memory or the disk; should they fail all the same, the whole transaction is in
     * doubt. */
    struct pail_error e = PAIL_ERROR_INIT;
    int undo = pail_stmt_run(m, pail_stmt(m, PAIL_STMT_REVERT), &e);
    if (undo == 0)
        undo = pail_stmt_run(m, pail_stmt(m, PAIL_STMT_RELEASE), &e);
    if (undo == 0) {
        m->counts = m->op_counts;
    } else if (m->in_tx) {
        (void)!pail_stmt_run(m, pail_stmt(m, PAIL_STMT_ROLLBACK), &e);
        pail_meta_lost_locked(m, &e);
    }
    return rc;
}

int64_t pail_meta_lost_ns(const struct pail_meta *m)
{
    return atomic_load(&m->lost_ns);
}

uint64_t pail_meta_losses(struct pail_meta *m)
{
    return atomic_load(&m->losses);
}

static void distrust_locked(struct pail_meta *m)
{
    m->trust = pail_meta_stamp(m);
    m->lost = true;
    atomic_fetch_add(&m->losses, 1);
    atomic_store(&m->lost_ns, pail_clock_wall_ns());
}

void pail_meta_distrust(struct pail_meta *m)
{
    PAIL_LOCKED(&m->mutex);
    distrust_locked(m);
}

void pail_meta_lost_locked(struct pail_meta *m, const struct pail_error *cause)
{
    m->in_tx = false;
    m->counts = m->committed_counts;
    m->counts.listed = 0;
    distrust_locked(m);
    m->gc_wanted = true;
    m->loss_untold = true;
    pail_error_copy(&m->loss, cause);
    PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "changes of the last moment are forgotten: %s",
             cause->message);
}

/* ---- Commit ---------------------------------------------------------------------------------- */

static int set_state(struct pail_meta *m, bool clean, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_STATE_SET);
    pail_bind_i64(s, 1, clean);
    pail_bind_u64(s, 2, m->next_ino);
    pail_bind_u64(s, 3, atomic_load(&m->stamp));
    pail_bind_u64(s, 4, m->trust);
    pail_bind_u64(s, 5, m->counts.files);
    pail_bind_u64(s, 6, m->counts.dirs);
    pail_bind_u64(s, 7, m->counts.bytes);
    pail_bind_u64(s, 8, m->counts.listed);
    return pail_stmt_run(m, s, err);
}

static int told_loss(struct pail_meta *m, struct pail_error *err)
{
    if (err)
        pail_error_copy(err, &m->loss);
    return m->loss.code;
}

static int64_t longer_pause(int64_t pause_ns)
{
    int64_t next = pause_ns ? 2 * pause_ns : COMMIT_AFTER_NS;
    return next < COMMIT_PAUSE_MAX_NS ? next : COMMIT_PAUSE_MAX_NS;
}

int pail_meta_commit_locked(struct pail_meta *m, bool clean, struct pail_error *err)
{
    uint64_t losses = atomic_load(&m->losses);
    while (m->database_syncing)
        pail_cond_wait(&m->synced, &m->mutex);
    if (atomic_load(&m->losses) != losses)
        return told_loss(m, err);
    if (!m->in_tx)
        return 0;

    uint64_t changes = m->changes;
    int rc = set_state(m, clean, err);
    if (rc == 0)
        rc = pail_stmt_run(m, pail_stmt(m, PAIL_STMT_COMMIT), err);
    if (rc < 0) {
        m->commit_pause_ns = longer_pause(m->commit_pause_ns);
        m->commit_at_ns = pail_deadline_after_ns(COMMIT_AFTER_NS + m->commit_pause_ns);
        return rc;
    }
    m->in_tx = false;
    m->commit_pause_ns = 0;
    m->committed = changes;
    m->committed_counts = m->counts;
    if (m->log_pages >= m->log_limit)
        pail_cond_signal(&m->wake);
    return 0;
}

/* ---- Letting the disk work ------------------------------------------------------------------- */

/* Syncs d without the lock; takes the reference. */
static int sync_unlocked(struct pail_meta *m, struct pail_vfs_disk *d, struct pail_error *err)
{
    if (!d)
        return pail_error_os(err, EIO, "%s: not open", m->path);
    int rc = pail_vfs_disk_renew(d, err);
    if (rc == 0 && !PAIL_PLANT("meta.sync")) {
        pail_mutex_unlock(&m->mutex);
        rc = pail_vfs_disk_sync(d, err);
        pail_mutex_lock(&m->mutex);
    }
    pail_vfs_disk_unref(d);
    return rc;
}

/* syncing is set by the caller. */
static int checkpoint_locked(struct pail_meta *m, struct pail_error *err)
{
    int rc = pail_meta_commit_locked(m, false, err);
    if (rc < 0)
        return rc;
    uint64_t target = m->committed;
    int code = sqlite3_wal_checkpoint_v2(m->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code != SQLITE_OK)
        return pail_meta_failed_locked(m, code, err);
    if (pail_vfs_owes_sync(m->vfs)) {
        m->database_syncing = true;
        rc = sync_unlocked(m, pail_vfs_ref_database(m->vfs), err);
        m->database_syncing = false;
        if (rc < 0)
            return rc; /* still owed: the log keeps everything */
        pail_vfs_paid(m->vfs);
    }
    m->log_pages = 0;
    m->durable = pail_max_u64(m->durable, target);
    return 0;
}

static int sync_log_locked(struct pail_meta *m, struct pail_error *err)
{
    uint64_t target = m->committed;
    int rc = sync_unlocked(m, pail_vfs_ref_log(m->vfs), err);
    if (rc == 0)
        m->durable = pail_max_u64(m->durable, target);
    return rc;
}

int pail_meta_durable_locked(struct pail_meta *m, struct pail_error *err)
{
    int rc = pail_meta_commit_locked(m, false, err);
    uint64_t want = m->committed;
    while (rc == 0 && m->durable < want) {
        if (m->syncing) {
            pail_cond_wait(&m->synced, &m->mutex);
            continue;
        }
        m->syncing = true;
        rc = sync_log_locked(m, err);
        m->syncing = false;
        pail_cond_broadcast(&m->synced);
    }
    return rc;
}

int pail_meta_sync(struct pail_meta *m, bool durable, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = durable ? pail_meta_durable_locked(m, err) : pail_meta_commit_locked(m, false, err);
    if (rc == 0 && m->loss_untold)
        rc = told_loss(m, err);
    m->loss_untold = false;
    return rc;
}

/* ---- Committer ------------------------------------------------------------------------------- */

static void grown_log(struct pail_meta *m)
{
    struct pail_error e = PAIL_ERROR_INIT;
    while (m->syncing)
        pail_cond_wait(&m->synced, &m->mutex);
    m->syncing = true;
    int rc = checkpoint_locked(m, &e);
    m->syncing = false;
    pail_cond_broadcast(&m->synced);
    m->log_limit = LOG_PAGES;
    if (rc < 0) {
        m->log_limit = m->log_pages + LOG_PAGES; /* not at once again */
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "checkpoint: %s", e.message);
    }
}

/* When there is something to do next, on the mono clock. */
static int64_t next_wake(const struct pail_meta *m, int64_t now)
{
    int64_t at = m->purge_at_ns;
    if (m->in_tx && m->commit_at_ns < at)
        at = m->commit_at_ns;
    if ((m->gc_wanted || m->purge_wanted) && now + GC_PAUSE_NS < at)
        at = now + GC_PAUSE_NS;
    return at;
}

static void tend_locked(struct pail_meta *m)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int64_t now = pail_clock_mono_ns();
    if (m->in_tx && now >= m->commit_at_ns && pail_meta_commit_locked(m, false, &e) < 0)
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "commit: %s", e.message);
    if (m->log_pages >= m->log_limit)
        grown_log(m);
    if (now >= m->purge_at_ns) {
        m->purge_wanted = true;
        pail_meta_purge_later_locked(m, now);
    }
    if (m->gc_wanted || m->purge_wanted) {
        if (pail_meta_gc_locked(m, &e) < 0) {
            m->gc_wanted = m->purge_wanted = false; /* the next open finds them again */
            PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "forgetting: %s", e.message);
        }
    }
}

static void committer(void *arg)
{
    struct pail_meta *m = arg;
    PAIL_LOCKED(&m->mutex);
    while (!m->stop) {
        tend_locked(m);
        if (!m->stop)
            (void)pail_cond_wait_until(&m->wake, &m->mutex, next_wake(m, pail_clock_mono_ns()));
    }
}

int pail_meta_committer_start(struct pail_meta *m, struct pail_error *err)
{
    m->log_limit = LOG_PAGES;
    pail_meta_purge_later_locked(m, pail_clock_mono_ns());
    return pail_thread_start(&m->committer, "pail-meta", committer, m, err);
}

void pail_meta_committer_stop(struct pail_meta *m)
{
    {
        PAIL_LOCKED(&m->mutex);
        m->stop = true;
        pail_cond_signal(&m->wake);
    }
    pail_thread_join(m->committer);
    m->committer = NULL;
}
