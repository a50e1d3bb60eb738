/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/children.c - reading directories, and what is known in all.
 *
 * A directory is read in pieces with the lock free in between: many rows can lie between two that
 * are asked for (absent names, files with known attributes), and others should not wait for them.
 * The place to go on at is a name, so changes in between do no harm.
 */
#include "meta/node.h"

#define PIECE_MIN 64
#define PIECE_MAX 4096

typedef bool wanted_fn(sqlite3_stmt *s);

/* By column, without reading the whole row. */
static bool is_there(sqlite3_stmt *s)
{
    return sqlite3_column_type(s, 2) != SQLITE_NULL; /* ino */
}

static bool lacks_attrs(sqlite3_stmt *s)
{
    return sqlite3_column_int(s, 3) == PAIL_KIND_FILE && sqlite3_column_type(s, 10) != SQLITE_NULL;
}

struct reading {
    uint64_t dir;
    size_t left; /* rows still to be given */
    struct pail_buf last;
    bool done;
};

/* Looks at up to `piece` rows. */
static int read_piece(struct pail_meta *m, struct reading *r, size_t piece, wanted_fn *wanted,
                      int (*each)(void *ud, const struct pail_row *row), void *ud,
                      struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_STMT(s, m, PAIL_STMT_AFTER);
    pail_bind_u64(s, 1, r->dir);
    pail_bind_str(s, 2, pail_buf_view(&r->last));
    pail_bind_u64(s, 3, piece);
    for (size_t seen = 0; seen < piece; seen++) {
        rc = pail_stmt_step(m, s, err);
        if (rc < 0)
            return rc;
        if (rc == 0) {
            r->done = true;
            return 0;
        }
        if (wanted(s)) {
            struct pail_node n;
            pail_node_read(m, s, &n);
            rc = each(ud, &n.row);
            if (rc < 0)
                return pail_error_set(err, PAIL_D_FS, (enum pail_code)rc,
                                      "reading directory %llu: stopped by its reader",
                                      (unsigned long long)r->dir);
            if (rc > 0 || --r->left == 0) {
                r->done = true;
                return 0;
            }
        }
    }
    /* The statement has used the old name. */
    struct pail_buf next = PAIL_BUF_INIT(r->last.max);
    pail_buf_str(&next, pail_column_str(s, 1));
    rc = pail_buf_check(&next, "a name", err);
    pail_buf_done(&r->last);
    r->last = next;
    return rc;
}

static int read_dir(struct pail_meta *m, uint64_t dir, struct pail_str after, size_t max,
                    wanted_fn *wanted, int (*each)(void *ud, const struct pail_row *row), void *ud,
                    struct pail_error *err)
{
    struct reading r = {.dir = dir, .left = max, .last = PAIL_BUF_INIT(64 << 10), .done = max == 0};
    pail_buf_str(&r.last, after);
    int rc = pail_buf_check(&r.last, "a name", err);
    while (rc == 0 && !r.done) {
        size_t piece = r.left < PIECE_MIN ? PIECE_MIN : r.left > PIECE_MAX ? PIECE_MAX : r.left;
        rc = read_piece(m, &r, piece, wanted, each, ud, err);
    }
    pail_buf_done(&r.last);
    return rc;
}

int pail_meta_children(struct pail_meta *m, uint64_t dir, struct pail_str after, size_t max,
                       int (*each)(void *ud, const struct pail_row *row), void *ud,
                       struct pail_error *err)
{
    return read_dir(m, dir, after, max, is_there, each, ud, err);
}

int pail_meta_unknown_attrs(struct pail_meta *m, uint64_t dir, struct pail_str after, size_t max,
                            int (*each)(void *ud, const struct pail_row *row), void *ud,
                            struct pail_error *err)
{
    return read_dir(m, dir, after, max, lacks_attrs, each, ud, err);
}

int pail_meta_has_children(struct pail_meta *m, uint64_t dir, bool *ret, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_STMT(s, m, PAIL_STMT_HAS_CHILD);
    pail_bind_u64(s, 1, dir);
    rc = pail_stmt_step(m, s, err);
    if (rc < 0)
        return rc;
    *ret = rc > 0;
    return 0;
}

int pail_meta_usage(struct pail_meta *m, struct pail_meta_usage *ret, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    *ret = (struct pail_meta_usage){
        .files = m->counts.files,
        .dirs = m->counts.dirs,
        .bytes = m->counts.bytes,
        .complete = m->counts.listed == m->counts.dirs,
    };
    return 0;
}
