/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/expire.c - what is below a directory is to be asked for again.
 *
 * For the root one number does it: `trust`. Rows and listings whose stamp is older look unseen,
 * answers that are still under way too. Elsewhere the rows are walked, directory by directory and
 * in pieces, with the lock free in between. Rows get a new stamp, so that an answer under way does
 * not make them look fresh again.
 */
#include "base/alloc.h"
#include "meta/nodes.h"

#define PIECE 2000

struct todo {
    uint64_t *dirs;
    size_t n, cap;
};

static int todo_add(struct todo *t, uint64_t dir, struct pail_error *err)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        uint64_t *dirs = pail_reallocarray(t->dirs, cap, sizeof(*dirs));
        if (!dirs)
            return pail_error_nomem(err);
        t->dirs = dirs;
        t->cap = cap;
    }
    t->dirs[t->n++] = dir;
    return 0;
}

static int expire_all(struct pail_meta *m, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    /* Not undone when the rest fails: asking once more is harmless. */
    m->trust = pail_meta_stamp(m);
    m->counts.listed = 0;
    int rc = pail_meta_op_begin_locked(m, err); /* the next commit keeps it */
    return rc < 0 ? rc : pail_meta_op_end_locked(m, 0, err);
}

/* The directory's own row; false when there is none any more. */
static int expire_dir(struct pail_meta *m, uint64_t dir, uint64_t stamp, bool *ret,
                      struct pail_error *err)
{
    PAIL_CLEANUP(pail_node_copy_done) struct pail_node_copy known;
    pail_node_copy_init(&known);
    PAIL_LOCKED(&m->mutex);
    *ret = false;
    int rc = pail_meta_ready_locked(m, err);
    if (rc == 0)
        rc = pail_node_get_locked(m, dir, &known, err);
    *ret = rc > 0 && known.node.row.kind == PAIL_KIND_DIR;
    if (rc < 0 || !*ret)
        return rc < 0 ? rc : 0;
    struct pail_node n = known.node;
    n.row.listed_ns = 0;
    n.listed_stamp = pail_max_u64(n.listed_stamp, stamp);
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = pail_node_put_locked(m, &known.node, &n, err);
    return pail_meta_op_end_locked(m, rc, err);
}

/* Up to PIECE children behind `last`, which moves on; directories among them go to todo. */
static int expire_piece(struct pail_meta *m, uint64_t dir, uint64_t stamp, struct pail_buf *last,
                        struct todo *todo, bool *ret_more, struct pail_error *err)
{
    struct pail_buf next = PAIL_BUF_INIT(last->max);
    size_t seen = 0;
    PAIL_LOCKED(&m->mutex);
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_AFTER);
    pail_bind_u64(s, 1, dir);
    pail_bind_str(s, 2, pail_buf_view(last));
    pail_bind_u64(s, 3, PIECE);
    int rc;
    while ((rc = pail_stmt_step(m, s, err)) > 0) {
        struct pail_node n;
        pail_node_read(m, s, &n);
        seen++;
        pail_buf_reset(&next);
        pail_buf_str(&next, n.row.name);
        if (n.row.kind == PAIL_KIND_DIR && (rc = todo_add(todo, n.row.ino, err)) < 0)
            break;
    }
    pail_stmt_reset(s);
    if (rc == 0)
        rc = pail_buf_check(&next, "a name", err);
    if (rc == 0 && seen)
        rc = pail_meta_op_begin_locked(m, err);
    if (rc == 0 && seen) {
        s = pail_stmt(m, PAIL_STMT_EXPIRE);
        pail_bind_u64(s, 1, stamp);
        pail_bind_u64(s, 2, dir);
        pail_bind_str(s, 3, pail_buf_view(last));
        pail_bind_str(s, 4, pail_buf_view(&next));
        rc = pail_meta_op_end_locked(m, pail_stmt_run(m, s, err), err);
    }
    *ret_more = seen == PIECE;
    pail_buf_done(last);
    *last = next;
    return rc;
}

int pail_meta_expire(struct pail_meta *m, uint64_t dir, struct pail_error *err)
{
    if (dir == PAIL_INO_ROOT)
        return expire_all(m, err);
    struct todo todo = {0};
    uint64_t stamp = pail_meta_stamp(m);
    int rc = todo_add(&todo, dir, err);
    while (rc == 0 && todo.n) {
        uint64_t at = todo.dirs[--todo.n];
        bool more = false;
        rc = expire_dir(m, at, stamp, &more, err);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf last = PAIL_BUF_INIT(64 << 10);
        while (rc == 0 && more)
            rc = expire_piece(m, at, stamp, &last, &todo, &more, err);
    }
    pail_free(todo.dirs);
    return rc;
}
