/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/db.h - inside fs/meta: the database object, its transaction, its errors.
 *
 * A call that changes something: lock; pail_meta_op_begin_locked; statements;
 * pail_meta_op_end_locked(rc), which keeps or undoes all of it. The transaction that this happens
 * in stays open until the next commit (tx.c). Reading needs no frame.
 */
#ifndef PAIL_META_DB_H
#define PAIL_META_DB_H

#include <stdatomic.h>

#include "base/file.h"
#include "base/thread.h"
#include "meta/meta.h"
#include "meta/stmt.h"
#include "meta/vfs.h"

/* What state keeps of the rows: pail_meta_usage without a scan. */
struct pail_meta_counts {
    uint64_t files, dirs, bytes;
    uint64_t listed; /* directories whose listing counts */
};

struct pail_meta {
    /* fixed after open */
    char *dir, *path;
    struct pail_file *lock_file;
    struct pail_thread *committer;

    _Atomic uint64_t stamp;  /* the last one given out */
    _Atomic int64_t lost_ns; /* see pail_meta_lost_ns */
    _Atomic uint64_t losses; /* see pail_meta_losses */

    struct pail_mutex mutex; /* PAIL_RANK_META; all that follows */
    struct pail_cond wake;   /* the committer */
    struct pail_cond synced; /* who waits for a sync to end */
    struct pail_vfs *vfs;
    sqlite3 *db;
    sqlite3_stmt *stmt[PAIL_STMT_COUNT];
    bool damaged; /* the next open sets the database aside */
    bool stop;    /* the committer ends */
    pail_meta_kept_fn *kept_fn;
    void *kept_ud;

    /* the open transaction */
    bool in_tx;
    int64_t commit_at_ns;                 /* mono; while in_tx or after a failure */
    uint64_t changes, committed, durable; /* counts of operations; grow in this order */
    bool loss_untold;                     /* no pail_meta_sync has told it yet */
    bool lost;                            /* rows that are held may not be there: kept.c */
    bool restoring;                       /* somebody puts them back */
    int64_t commit_pause_ns;              /* grows while the disk refuses */
    struct pail_error loss;
    bool syncing;          /* one thread lets the disk work, without the mutex */
    bool database_syncing; /* and it is the database file: the log must wait */
    int log_pages, log_limit;

    /* state */
    uint64_t next_ino, trust;
    struct pail_meta_counts counts, committed_counts, op_counts;
    uint64_t last_move; /* stamp of the last directory that moved in this life */

    struct { /* rows of the journal that could not be removed: journal.c */
        uint64_t *ids;
        size_t n, cap;
        bool unknown; /* no memory to remember another */
    } lingering;

    /* forgetting (forget.c) */
    bool gc_wanted, purge_wanted;
    uint64_t purge_stamp, purge_parent;
    struct pail_buf purge_name;
    int64_t purge_at_ns;
};

/* ---- db.c ------------------------------------------------------------------------------------ */

/* Opens, or makes, the database. *unusable: it is damaged or of another version; message in err. */
PAIL_CHECK int pail_meta_connect(struct pail_meta *m, bool *ret_created, bool *unusable,
                                 struct pail_error *err);
/* checkpoint: leave one tidy file behind. */
void pail_meta_disconnect(struct pail_meta *m, bool checkpoint);
/* Renames what is there aside; name goes to result. */
PAIL_CHECK int pail_meta_set_aside(struct pail_meta *m, struct pail_meta_open_result *result,
                                   struct pail_error *err);
/* Puts SQLite's code into words, finds out whether it took the transaction along, remembers damage.
 */
int pail_meta_failed_locked(struct pail_meta *m, int sqlite_code, struct pail_error *err);

/* ---- tx.c ------------------------------------------------------------------------------------ */

PAIL_CHECK int pail_meta_op_begin_locked(struct pail_meta *m, struct pail_error *err);
/* rc: how the operation went. Returns it, or why what succeeded could not be kept. */
PAIL_CHECK int pail_meta_op_end_locked(struct pail_meta *m, int rc, struct pail_error *err);
/* The transaction is gone: rows are what they were at the last commit. */
void pail_meta_lost_locked(struct pail_meta *m, const struct pail_error *cause);
/* May give the lock up while the database file is being synced. */
PAIL_CHECK int pail_meta_commit_locked(struct pail_meta *m, bool clean, struct pail_error *err);
/* Commit; then wait until the disk has everything. Gives the lock up. */
PAIL_CHECK int pail_meta_durable_locked(struct pail_meta *m, struct pail_error *err);
/* The committer's thread, and its end. */
PAIL_CHECK int pail_meta_committer_start(struct pail_meta *m, struct pail_error *err);
void pail_meta_committer_stop(struct pail_meta *m);

/* ---- kept.c ---------------------------------------------------------------------------------- */

/* At the beginning of every call on rows, before it looks at any: what was lost is put back. Gives
 * the lock up for that. */
PAIL_CHECK int pail_meta_ready_locked(struct pail_meta *m, struct pail_error *err);

/* ---- forget.c -------------------------------------------------------------------------------- */

/* The directory's row is gone: so is, soon, what was below it. Within an operation. */
PAIL_CHECK int pail_meta_forget_locked(struct pail_meta *m, uint64_t dir, struct pail_error *err);
/* One small piece of what is left to forget; gc_wanted and purge_wanted tell whether there is more.
 */
PAIL_CHECK int pail_meta_gc_locked(struct pail_meta *m, struct pail_error *err);
/* Absent rows of stamps up to now go, from some time later on. */
void pail_meta_purge_later_locked(struct pail_meta *m, int64_t now_mono_ns);

#endif
