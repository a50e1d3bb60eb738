/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/stmt.h - the prepared statements of a connection, by enum.
 *
 * Binding begins at parameter 1 as in SQL. Views are bound without a copy: what they point to lives
 * until the statement has run. Every statement is reset by who stepped it (pail_stmt_run does so
 * itself), because an open cursor would see changes halfway.
 */
#ifndef PAIL_META_STMT_H
#define PAIL_META_STMT_H

#include <sqlite3.h>

#include <pail/error.h>

#include "base/macros.h"

struct pail_meta;

enum pail_stmt {
    PAIL_STMT_BEGIN,
    PAIL_STMT_COMMIT,
    PAIL_STMT_ROLLBACK,
    PAIL_STMT_SAVE,
    PAIL_STMT_RELEASE,
    PAIL_STMT_REVERT,
    PAIL_STMT_STATE_GET,
    PAIL_STMT_STATE_SET,
    /* nodes */
    PAIL_STMT_FIND,
    PAIL_STMT_GET,
    PAIL_STMT_FIND_RAW,
    PAIL_STMT_FROM,   /* children from a name on */
    PAIL_STMT_AFTER,  /* children after a name, so many */
    PAIL_STMT_STAMPS, /* names and stamps after a name, so many */
    PAIL_STMT_OLDER,  /* children in a range of names, of stamps before one */
    PAIL_STMT_HAS_CHILD,
    PAIL_STMT_INSERT,
    PAIL_STMT_REPLACE,
    PAIL_STMT_DELETE,
    PAIL_STMT_TOUCH,
    PAIL_STMT_EXPIRE,
    PAIL_STMT_ABSENT, /* absent names after a place, so many */
    /* doomed */
    PAIL_STMT_DOOM,
    PAIL_STMT_DOOM_FIRST,
    PAIL_STMT_DOOM_DONE,
    /* what must survive a crash */
    PAIL_STMT_UPLOAD_ADD,
    PAIL_STMT_UPLOAD_REMOVE,
    PAIL_STMT_UPLOAD_NEXT,
    PAIL_STMT_JOURNAL_ADD,
    PAIL_STMT_JOURNAL_UPDATE,
    PAIL_STMT_JOURNAL_REMOVE,
    PAIL_STMT_JOURNAL_NEXT,
    PAIL_STMT_KV_GET,
    PAIL_STMT_KV_SET,
    PAIL_STMT_COUNT
};

/* The columns of a row, in the order in which node.c reads them; those used most come first, for
 * SQLite finds a column by walking. */
#define PAIL_NODE_COLUMNS                                                                          \
    "parent,name,ino,kind,stamp,seen,size,mtime,etag,flags,attr_etag,attrs,version_id,raw,listed," \
    "listed_stamp,moved"
#define PAIL_NODE_COLUMN_COUNT 17

int pail_stmt_prepare_all(sqlite3 *db, sqlite3_stmt *ret[PAIL_STMT_COUNT]); /* SQLite's code */
void pail_stmt_finalize_all(sqlite3_stmt *stmt[PAIL_STMT_COUNT]);

sqlite3_stmt *pail_stmt(struct pail_meta *m, enum pail_stmt id);
void pail_bind_i64(sqlite3_stmt *s, int at, int64_t v);
void pail_bind_u64(sqlite3_stmt *s, int at, uint64_t v);
void pail_bind_str(sqlite3_stmt *s, int at, struct pail_str v); /* empty: an empty blob */
void pail_bind_null(sqlite3_stmt *s, int at);
/* The view of a column, valid until the statement is stepped or reset; ptr NULL for NULL. */
struct pail_str pail_column_str(sqlite3_stmt *s, int at);

/* 1: a row; 0: no more; negative: the error.  The lock of meta is held. */
PAIL_CHECK int pail_stmt_step(struct pail_meta *m, sqlite3_stmt *s, struct pail_error *err);
/* For statements without rows. */
PAIL_CHECK int pail_stmt_run(struct pail_meta *m, sqlite3_stmt *s, struct pail_error *err);
void pail_stmt_reset(sqlite3_stmt *s);
static inline void pail_stmt_reset_p(sqlite3_stmt **s)
{
    pail_stmt_reset(*s);
}
/* PAIL_STMT(s, m, PAIL_STMT_FIND): a local that is reset at the end of the scope. */
#define PAIL_STMT(s, m, id) PAIL_CLEANUP(pail_stmt_reset_p) sqlite3_stmt *s = pail_stmt((m), (id))

#endif
