/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/stmt.c - the prepared statements.
 *
 * All are prepared when the database is opened: a schema that does not fit shows there, and no call
 * meets a compiler. What walks through many rows is bounded by a LIMIT or by its caller, which
 * gives the lock up in between.
 */
#include "meta/stmt.h"

#include "meta/db.h"

#define COLUMNS PAIL_NODE_COLUMNS

static const char *const texts[PAIL_STMT_COUNT] = {
    [PAIL_STMT_BEGIN] = "BEGIN IMMEDIATE",
    [PAIL_STMT_COMMIT] = "COMMIT",
    [PAIL_STMT_ROLLBACK] = "ROLLBACK",
    [PAIL_STMT_SAVE] = "SAVEPOINT op",
    [PAIL_STMT_RELEASE] = "RELEASE op",
    [PAIL_STMT_REVERT] = "ROLLBACK TO op",
    [PAIL_STMT_STATE_GET] =
        "SELECT clean, next_ino, stamp, trust, files, dirs, bytes, listed FROM state",
    [PAIL_STMT_STATE_SET] = "UPDATE state SET clean = ?1, next_ino = ?2, stamp = ?3, trust = ?4,"
                            " files = ?5, dirs = ?6, bytes = ?7, listed = ?8",

    [PAIL_STMT_FIND] = "SELECT " COLUMNS " FROM nodes WHERE parent = ?1 AND name = ?2",
    [PAIL_STMT_GET] = "SELECT " COLUMNS " FROM nodes WHERE ino = ?1",
    [PAIL_STMT_FIND_RAW] = "SELECT " COLUMNS " FROM nodes WHERE parent = ?1 AND raw = ?2"
                           " AND ino IS NOT NULL ORDER BY name LIMIT 1",
    [PAIL_STMT_FROM] = "SELECT " COLUMNS
                       " FROM nodes WHERE parent = ?1 AND name >= ?2 ORDER BY name",
    [PAIL_STMT_AFTER] = "SELECT " COLUMNS " FROM nodes WHERE parent = ?1 AND name > ?2"
                        " ORDER BY name LIMIT ?3",
    [PAIL_STMT_STAMPS] = "SELECT name, stamp FROM nodes WHERE parent = ?1 AND name > ?2"
                         " ORDER BY name LIMIT ?3",
    [PAIL_STMT_OLDER] = "SELECT " COLUMNS
                        " FROM nodes WHERE parent = ?1 AND name > ?2 AND name <= ?3"
                        " AND stamp < ?4 ORDER BY name",
    [PAIL_STMT_HAS_CHILD] = "SELECT 1 FROM nodes WHERE parent = ?1 AND +ino IS NOT NULL LIMIT 1",
    [PAIL_STMT_INSERT] = "INSERT INTO nodes(" COLUMNS ")"
                         " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
    [PAIL_STMT_REPLACE] =
        "UPDATE nodes SET ino = ?3, kind = ?4, stamp = ?5, seen = ?6, size = ?7,"
        " mtime = ?8, etag = ?9, flags = ?10, attr_etag = ?11, attrs = ?12,"
        " version_id = ?13, raw = ?14, listed = ?15, listed_stamp = ?16, moved = ?17"
        " WHERE parent = ?1 AND name = ?2",
    [PAIL_STMT_DELETE] = "DELETE FROM nodes WHERE parent = ?1 AND name = ?2",
    [PAIL_STMT_TOUCH] = "UPDATE nodes SET stamp = ?1, seen = ?2"
                        " WHERE parent = ?3 AND name >= ?4 AND name <= ?5",
    [PAIL_STMT_EXPIRE] = "UPDATE nodes SET stamp = max(stamp, ?1), seen = 0"
                         " WHERE parent = ?2 AND name > ?3 AND name <= ?4",
    [PAIL_STMT_ABSENT] = "SELECT " COLUMNS
                         " FROM nodes WHERE ino IS NULL AND (parent, name) > (?1, ?2)"
                         " ORDER BY parent, name LIMIT ?3",

    [PAIL_STMT_DOOM] = "INSERT OR IGNORE INTO doomed VALUES(?1)",
    [PAIL_STMT_DOOM_FIRST] = "SELECT ino FROM doomed ORDER BY ino LIMIT 1",
    [PAIL_STMT_DOOM_DONE] = "DELETE FROM doomed WHERE ino = ?1",

    [PAIL_STMT_UPLOAD_ADD] =
        "INSERT OR REPLACE INTO uploads(upload_id, bucket, key) VALUES(?1, ?2, ?3)",
    [PAIL_STMT_UPLOAD_REMOVE] = "DELETE FROM uploads WHERE upload_id = ?1",
    [PAIL_STMT_UPLOAD_NEXT] = "SELECT id, bucket, key, upload_id FROM uploads WHERE id > ?1"
                              " ORDER BY id LIMIT 1",
    [PAIL_STMT_JOURNAL_ADD] = "INSERT INTO journal(payload) VALUES(?1)",
    [PAIL_STMT_JOURNAL_UPDATE] = "UPDATE journal SET payload = ?2 WHERE id = ?1",
    [PAIL_STMT_JOURNAL_REMOVE] = "DELETE FROM journal WHERE id = ?1",
    [PAIL_STMT_JOURNAL_NEXT] = "SELECT id, payload FROM journal WHERE id > ?1 ORDER BY id LIMIT 1",
    [PAIL_STMT_KV_GET] = "SELECT value FROM kv WHERE key = ?1",
    [PAIL_STMT_KV_SET] = "INSERT INTO kv VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2",
};

int pail_stmt_prepare_all(sqlite3 *db, sqlite3_stmt *ret[PAIL_STMT_COUNT])
{
    for (size_t i = 0; i < PAIL_STMT_COUNT; i++) {
        int rc = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &ret[i], NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

void pail_stmt_finalize_all(sqlite3_stmt *stmt[PAIL_STMT_COUNT])
{
    for (size_t i = 0; i < PAIL_STMT_COUNT; i++) {
        sqlite3_finalize(stmt[i]);
        stmt[i] = NULL;
    }
}

sqlite3_stmt *pail_stmt(struct pail_meta *m, enum pail_stmt id)
{
    return m->stmt[id];
}

/* Binding to a prepared statement by a number it has cannot fail: nothing is copied. */
void pail_bind_i64(sqlite3_stmt *s, int at, int64_t v)
{
    (void)sqlite3_bind_int64(s, at, v);
}

void pail_bind_u64(sqlite3_stmt *s, int at, uint64_t v)
{
    (void)sqlite3_bind_int64(s, at, (sqlite3_int64)v);
}

void pail_bind_str(sqlite3_stmt *s, int at, struct pail_str v)
{
    (void)sqlite3_bind_blob64(s, at, v.ptr ? v.ptr : "", v.len, SQLITE_STATIC);
}

void pail_bind_null(sqlite3_stmt *s, int at)
{
    (void)sqlite3_bind_null(s, at);
}

struct pail_str pail_column_str(sqlite3_stmt *s, int at)
{
    const char *p = sqlite3_column_blob(s, at); /* NULL also for an empty blob */
    if (!p)
        return pail_strn(sqlite3_column_type(s, at) == SQLITE_NULL ? NULL : "", 0);
    return pail_strn(p, (size_t)sqlite3_column_bytes(s, at));
}

int pail_stmt_step(struct pail_meta *m, sqlite3_stmt *s, struct pail_error *err)
{
    int rc = sqlite3_step(s);
    if (PAIL_LIKELY(rc == SQLITE_ROW))
        return 1;
    if (PAIL_LIKELY(rc == SQLITE_DONE))
        return 0;
    return pail_meta_failed_locked(m, rc, err);
}

int pail_stmt_run(struct pail_meta *m, sqlite3_stmt *s, struct pail_error *err)
{
    int rc = pail_stmt_step(m, s, err);
    pail_stmt_reset(s);
    return rc < 0 ? rc : 0;
}

void pail_stmt_reset(sqlite3_stmt *s)
{
    (void)sqlite3_reset(s); /* repeats the error of the step */
}
