/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/db.c - opening and closing the database, its errors in words.
 *
 *   DIR/meta.db       the database; meta.db-wal beside it while it is open or after a crash
 *   DIR/meta.lock     locked as long as a process has it open
 *   DIR/meta.damaged  left behind when damage was met at run time: the next open begins anew
 *
 * A database that cannot be used is renamed aside and a new one begun: nearly all of it can be
 * asked of S3 again, while journal rows stay in the renamed file for whoever wants to look. Trouble
 * of the disk (full, read errors) is no reason to set a database aside: the open fails.
 *
 * After a crash rows can be missing that were acknowledged a moment before (commits come every 200
 * ms, and the machine may lose those that were not synced). What is left then says nothing about
 * now: `trust` makes every row look as if it was never seen and every listing as if it was never
 * made, so all is asked for again.
 */
#include "meta/db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/timefmt.h"
#include "meta/schema.h"

/* Inode numbers skipped after a crash: more than anybody can have been given between two commits,
 * so that none is used again. */
#define INO_SKIP (UINT64_C(1) << 24)
#define CACHE_KIB "32768"
#define LOG_KEEP_BYTES "67108864"

/* ---- Errors ---------------------------------------------------------------------------------- */

static void remember_damage(struct pail_meta *m, const char *why)
{
    if (m->damaged)
        return;
    m->damaged = true;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(8192);
    struct pail_error e = PAIL_ERROR_INIT;
    pail_buf_fmt(&path, "%s/meta.damaged", m->dir);
    int rc = pail_buf_check(&path, m->dir, &e);
    if (rc == 0)
        rc = pail_file_write_all(path.ptr, (struct pail_bytes){why, strlen(why)}, 0600, &e);
    if (rc < 0)
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "noting that %s is damaged: %s", m->path, e.message);
}

/* The words only. */
static int explain(struct pail_meta *m, int code, struct pail_error *err)
{
    struct pail_error disk = PAIL_ERROR_INIT;
    bool have_disk = m->vfs && pail_vfs_take_error(m->vfs, &disk);

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return pail_error_nomem(err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s: damaged: %s", m->path,
                              sqlite3_errstr(code));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
        if (code == SQLITE_IOERR_NOMEM)
            return pail_error_nomem(err);
        if (have_disk) {
            if (err)
                pail_error_copy(err, &disk);
            return disk.code;
        }
        if ((code & 0xff) == SQLITE_FULL)
            return pail_error_os(err, ENOSPC, "%s", m->path);
        return pail_error_os(err, EIO, "%s: %s", m->path, sqlite3_errstr(code));
    default:
        return pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "%s: %s", m->path,
                              m->db ? sqlite3_errmsg(m->db) : sqlite3_errstr(code));
    }
}

int pail_meta_failed_locked(struct pail_meta *m, int code, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = explain(m, code, &e);
    if (rc == PAIL_E_GARBAGE)
        remember_damage(m, e.message);
    if (m->in_tx && sqlite3_get_autocommit(m->db))
        pail_meta_lost_locked(m, &e);
    if (err)
        pail_error_copy(err, &e);
    return rc;
}

/* ---- Connection ------------------------------------------------------------------------------ */

static int exec(struct pail_meta *m, const char *sql)
{
    return sqlite3_exec(m->db, sql, NULL, NULL, NULL);
}

/* The one value of a one-row query. */
static int query_int(struct pail_meta *m, const char *sql, int *ret)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(m->db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(s);
        if (rc == SQLITE_ROW)
            *ret = sqlite3_column_int(s, 0);
        rc = rc == SQLITE_ROW ? SQLITE_OK : rc == SQLITE_DONE ? SQLITE_CORRUPT : rc;
    }
    sqlite3_finalize(s);
    return rc;
}

static int on_commit(void *ud, sqlite3 *db, const char *name, int pages)
{
    struct pail_meta *m = ud;
    m->log_pages = pages;
    return SQLITE_OK;
}

static int settings(struct pail_meta *m)
{
    /* locking_mode comes first: with it SQLite keeps the log's index on the heap. NORMAL:
     * checkpoints are synced in order, commits are not; durable ones are synced by tx.c. */
    static const char *const pragmas[] = {
        "PRAGMA locking_mode=EXCLUSIVE",
        "PRAGMA page_size=8192",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=NORMAL",
        "PRAGMA cache_size=-" CACHE_KIB,
        "PRAGMA journal_size_limit=" LOG_KEEP_BYTES,
        "PRAGMA secure_delete=OFF",
        "PRAGMA cell_size_check=ON",
        "PRAGMA trusted_schema=OFF",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(pragmas); i++) {
        int rc = exec(m, pragmas[i]);
        if (rc != SQLITE_OK)
            return rc;
    }
    sqlite3_wal_hook(m->db, on_commit, m);
    return SQLITE_OK;
}

static int create_schema(struct pail_meta *m)
{
    char mark[96];
    snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%d",
             PAIL_SCHEMA_APPLICATION, PAIL_SCHEMA_VERSION);
    int rc = exec(m, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = exec(m, pail_schema);
    if (rc == SQLITE_OK)
        rc = exec(m, mark);
    if (rc == SQLITE_OK)
        rc = exec(m, "COMMIT");
    return rc;
}

/* SQLITE_MISMATCH: another version, or somebody else's database. */
static int check_schema(struct pail_meta *m, bool *ret_created)
{
    int objects = 0, application = 0, version = 0;
    int rc = query_int(m, "SELECT count(*) FROM sqlite_schema", &objects);
    if (rc == SQLITE_OK)
        rc = query_int(m, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = query_int(m, "PRAGMA user_version", &version);
    if (rc != SQLITE_OK)
        return rc;
    if (objects == 0 && application == 0 && version == 0) {
        *ret_created = true;
        return create_schema(m);
    }
    *ret_created = false;
    return application == PAIL_SCHEMA_APPLICATION && version == PAIL_SCHEMA_VERSION
               ? SQLITE_OK
               : SQLITE_MISMATCH;
}

static int connect_to(struct pail_meta *m, bool *ret_created)
{
    int rc = sqlite3_open_v2(m->path, &m->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                 SQLITE_OPEN_EXRESCODE,
                             pail_vfs_name(m->vfs));
    if (rc == SQLITE_OK)
        rc = settings(m);
    if (rc == SQLITE_OK)
        rc = check_schema(m, ret_created);
    if (rc == SQLITE_OK)
        rc = pail_stmt_prepare_all(m->db, m->stmt);
    return rc;
}

int pail_meta_connect(struct pail_meta *m, bool *ret_created, bool *unusable,
                      struct pail_error *err)
{
    bool created = false;
    *unusable = false;
    int rc = connect_to(m, &created);
    if (rc == SQLITE_OK) {
        pail_vfs_defer(m->vfs, true);
        *ret_created = created;
        return 0;
    }
    int code = 0;
    if (rc == SQLITE_MISMATCH) {
        *unusable = true;
        code = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "%s: not a database of this version", m->path);
    } else {
        code = explain(m, rc, err);
        /* SQLITE_ERROR: a statement does not fit the schema, which nobody but damage changes. */
        *unusable = code == PAIL_E_GARBAGE || rc == SQLITE_ERROR;
    }
    pail_meta_disconnect(m, false);
    return code;
}

void pail_meta_disconnect(struct pail_meta *m, bool checkpoint)
{
    pail_vfs_defer(m->vfs, false);
    pail_stmt_finalize_all(m->stmt);
    if (m->db) {
        sqlite3_db_config(m->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, checkpoint ? 0 : 1, NULL);
        sqlite3_close(m->db);
    }
    m->db = NULL;
    pail_vfs_paid(m->vfs);
    struct pail_error ignored;
    (void)pail_vfs_take_error(m->vfs, &ignored);
}

/* ---- State ----------------------------------------------------------------------------------- */

static int load_state(struct pail_meta *m, struct pail_error *err)
{
    PAIL_STMT(s, m, PAIL_STMT_STATE_GET);
    int rc = pail_stmt_step(m, s, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s: damaged: no state", m->path);
    bool clean = sqlite3_column_int(s, 0) != 0;
    m->next_ino = (uint64_t)sqlite3_column_int64(s, 1);
    uint64_t stamp = (uint64_t)sqlite3_column_int64(s, 2);
    m->trust = (uint64_t)sqlite3_column_int64(s, 3);
    m->counts.files = (uint64_t)sqlite3_column_int64(s, 4);
    m->counts.dirs = (uint64_t)sqlite3_column_int64(s, 5);
    m->counts.bytes = (uint64_t)sqlite3_column_int64(s, 6);
    m->counts.listed = (uint64_t)sqlite3_column_int64(s, 7);
    if (!clean) {
        m->next_ino += INO_SKIP;
        m->trust = stamp + 1;
        m->counts.listed = 0;
    }
    m->committed_counts = m->counts;
    atomic_store(&m->stamp, stamp + 1);
    m->purge_stamp = stamp;
    m->purge_wanted = m->gc_wanted = true;
    return 0;
}

/* From now on a crash is one: that the last life ended well must not be found again. */
static int mark_in_use(struct pail_meta *m, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_op_begin_locked(m, err);
    if (rc == 0)
        rc = pail_meta_op_end_locked(m, 0, err);
    if (rc == 0)
        rc = pail_meta_durable_locked(m, err);
    return rc;
}

/* ---- Open and close -------------------------------------------------------------------------- */

/* DIR/NAME; NULL: out of memory. */
static char *path_in(const char *dir, const char *name)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(64 << 10);
    pail_buf_fmt(&b, "%s/%s", dir, name);
    return pail_buf_take(&b, NULL);
}

static bool file_exists(const char *path)
{
    struct pail_file_stat st;
    return pail_file_stat(path, &st, NULL) == 0;
}

static int lock_dir(struct pail_meta *m, struct pail_error *err)
{
    PAIL_AUTOFREE char *path = path_in(m->dir, "meta.lock");
    if (!path)
        return pail_error_nomem(err);
    int rc = pail_file_open(path, PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE,
                            &m->lock_file, err);
    if (rc == 0)
        rc = pail_file_lock(m->lock_file, err);
    return rc;
}

/* Connects, if need be to a new database. */
static int open_database(struct pail_meta *m, struct pail_meta_open_result *result,
                         struct pail_error *err)
{
    PAIL_AUTOFREE char *mark = path_in(m->dir, "meta.damaged");
    if (!mark)
        return pail_error_nomem(err);
    bool unusable = file_exists(mark);
    int rc = 0;
    if (!unusable) {
        struct pail_error why = PAIL_ERROR_INIT;
        rc = pail_meta_connect(m, &result->created, &unusable, &why);
        if (rc == 0) {
            rc = load_state(m, &why);
            unusable = rc == PAIL_E_GARBAGE;
        }
        if (rc == 0)
            return 0;
        if (!unusable) {
            if (err)
                pail_error_copy(err, &why);
            return rc;
        }
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "%s; begun anew", why.message);
        pail_meta_disconnect(m, false);
    }
    rc = pail_meta_set_aside(m, result, err);
    if (rc < 0)
        return rc;
    if (file_exists(mark) && (rc = pail_file_unlink(mark, err)) < 0)
        return rc;
    m->damaged = false;
    rc = pail_meta_connect(m, &result->created, &unusable, err);
    return rc < 0 ? rc : load_state(m, err);
}

static void meta_free(struct pail_meta *m)
{
    if (m->vfs)
        pail_meta_disconnect(m, false);
    pail_vfs_free(m->vfs);
    pail_file_close(m->lock_file);
    pail_cond_done(&m->wake);
    pail_cond_done(&m->synced);
    pail_mutex_done(&m->mutex);
    pail_buf_done(&m->purge_name);
    pail_free(m->lingering.ids);
    pail_free(m->dir);
    pail_free(m->path);
    pail_free(m);
}

int pail_meta_open(const char *dir, struct pail_meta **ret,
                   struct pail_meta_open_result *ret_result, struct pail_error *err)
{
    struct pail_meta_open_result result = {0};
    struct pail_meta *m = pail_zalloc(sizeof(*m));
    if (!m)
        return pail_error_nomem(err);
    pail_mutex_init(&m->mutex, "meta", PAIL_RANK_META);
    pail_cond_init(&m->wake);
    pail_cond_init(&m->synced);
    pail_buf_init(&m->purge_name, 64 << 10);
    m->loss = (struct pail_error)PAIL_ERROR_INIT;
    m->dir = pail_strdup(dir);
    m->path = path_in(dir, "meta.db");
    int rc = m->dir && m->path ? 0 : pail_error_nomem(err);
    if (rc == 0)
        rc = lock_dir(m, err);
    if (rc == 0)
        rc = pail_vfs_new(&m->vfs, err);
    if (rc == 0)
        rc = open_database(m, &result, err);
    if (rc == 0)
        rc = mark_in_use(m, err);
    if (rc == 0)
        rc = pail_meta_committer_start(m, err);
    if (rc < 0) {
        meta_free(m);
        return rc;
    }
    if (ret_result)
        *ret_result = result;
    *ret = m;
    return 0;
}

void pail_meta_close(struct pail_meta *m)
{
    if (!m)
        return;
    pail_meta_committer_stop(m);
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = 0;
    {
        PAIL_LOCKED(&m->mutex);
        /* A transaction even if nothing changed: it says that this life ended well. */
        rc = pail_meta_op_begin_locked(m, &e);
        if (rc == 0)
            rc = pail_meta_op_end_locked(m, 0, &e);
        if (rc == 0)
            rc = pail_meta_commit_locked(m, true, &e);
        /* Closing copies the log into the database and syncs it. */
        pail_meta_disconnect(m, rc == 0);
    }
    if (rc < 0)
        PAIL_LOG(PAIL_LC_META, PAIL_LOG_WARN, "closing: %s; what was known will be asked for again",
                 e.message);
    meta_free(m);
}

uint64_t pail_meta_stamp(struct pail_meta *m)
{
    return atomic_fetch_add(&m->stamp, 1) + 1;
}

uint64_t pail_meta_new_ino(struct pail_meta *m)
{
    PAIL_LOCKED(&m->mutex);
    return m->next_ino++;
}
