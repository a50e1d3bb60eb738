/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/forget.c - rows that nobody needs any more, removed a few at a time.
 *
 * When a directory vanishes, all below it is to be forgotten; that can be a million rows. The
 * directory's number goes into the table `doomed`, in the same transaction, and its rows become
 * unreachable at once: numbers are never used again. A first piece is removed right there, which is
 * all there is in most cases; the committer does the rest in pieces, with the lock free in between,
 * also after a crash.
 *
 * Rows of absent names guard against answers that were asked for before the name went. No request
 * lives for an hour, so an hour later they are removed; those of an earlier life at once.
 */
#include "base/clock.h"
#include "meta/nodes.h"

#define PIECE 1000
#define NOW_MAX 4000
#define ABSENT_FOR_NS (3600 * PAIL_NS_PER_S)

/* Removes up to `max` rows below one doomed directory. *ret: how many, 0 when nothing is doomed. */
static int forget_piece(struct pail_meta *m, size_t max, size_t *ret, struct pail_error *err)
{
    *ret = 0;
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_DOOM_FIRST);
    int rc = pail_stmt_step(m, s, err);
    uint64_t dir = rc > 0 ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
    pail_stmt_reset(s);
    if (rc <= 0) {
        if (rc == 0)
            m->gc_wanted = false;
        return rc;
    }

    PAIL_CLEANUP(pail_nodes_done) struct pail_nodes kids = PAIL_NODES_INIT;
    s = pail_stmt(m, PAIL_STMT_AFTER);
    pail_bind_u64(s, 1, dir);
    pail_bind_str(s, 2, PAIL_STR(""));
    pail_bind_u64(s, 3, max);
    rc = pail_nodes_collect_locked(&kids, m, s, max, err);
    for (size_t i = 0; i < kids.n && rc == 0; i++) {
        const struct pail_node *n = &kids.at[i].node;
        rc = pail_node_delete_locked(m, n, err);
        if (rc == 0 && n->row.kind == PAIL_KIND_DIR) {
            s = pail_stmt(m, PAIL_STMT_DOOM);
            pail_bind_u64(s, 1, n->row.ino);
            rc = pail_stmt_run(m, s, err);
        }
    }
    if (rc == 0 && kids.n < max) {
        s = pail_stmt(m, PAIL_STMT_DOOM_DONE);
        pail_bind_u64(s, 1, dir);
        rc = pail_stmt_run(m, s, err);
    }
    *ret = kids.n + 1;
    return rc;
}

int pail_meta_forget_locked(struct pail_meta *m, uint64_t dir, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_DOOM);
    pail_bind_u64(s, 1, dir);
    int rc = pail_stmt_run(m, s, err);
    m->gc_wanted = true;
    size_t total = 0, piece = 1;
    while (rc == 0 && piece > 0 && total < NOW_MAX) {
        rc = forget_piece(m, PIECE, &piece, err);
        total += piece;
    }
    if (rc == 0 && m->gc_wanted)
        pail_cond_signal(&m->wake);
    return rc;
}

/* ---- Absent names ---------------------------------------------------------------------------- */

void pail_meta_purge_later_locked(struct pail_meta *m, int64_t now_mono_ns)
{
    m->purge_at_ns = now_mono_ns + ABSENT_FOR_NS;
}

/* One piece of a walk over all absent names. */
static int purge_piece(struct pail_meta *m, struct pail_error *err)
{
    PAIL_CLEANUP(pail_nodes_done) struct pail_nodes absent = PAIL_NODES_INIT;
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_ABSENT);
    pail_bind_u64(s, 1, m->purge_parent);
    pail_bind_str(s, 2, pail_buf_view(&m->purge_name));
    pail_bind_u64(s, 3, PIECE);
    int rc = pail_nodes_collect_locked(&absent, m, s, PIECE, err);
    for (size_t i = 0; i < absent.n && rc == 0; i++) {
        const struct pail_node *n = &absent.at[i].node;
        if (n->row.stamp <= m->purge_stamp)
            rc = pail_node_delete_locked(m, n, err);
    }
    if (rc < 0)
        return rc;
    pail_buf_reset(&m->purge_name);
    if (absent.n == PIECE) {
        const struct pail_node *last = &absent.at[absent.n - 1].node;
        m->purge_parent = last->row.parent;
        pail_buf_str(&m->purge_name, last->row.name);
        return pail_buf_check(&m->purge_name, "a name", err);
    }
    /* Once around. What is absent now will be gone an hour from now. */
    m->purge_parent = 0;
    m->purge_wanted = false;
    m->purge_stamp = atomic_load(&m->stamp);
    return 0;
}

static bool anything(struct pail_meta *m, enum pail_stmt id)
{
    PAIL_STMT(s, m, id);
    if (id == PAIL_STMT_ABSENT) {
        pail_bind_u64(s, 1, 0);
        pail_bind_str(s, 2, PAIL_STR(""));
        pail_bind_u64(s, 3, 1);
    }
    return pail_stmt_step(m, s, NULL) != 0; /* an error: let the operation meet and tell it */
}

int pail_meta_gc_locked(struct pail_meta *m, struct pail_error *err)
{
    /* No transaction for nothing. */
    if (m->gc_wanted && !anything(m, PAIL_STMT_DOOM_FIRST))
        m->gc_wanted = false;
    if (m->purge_wanted && !anything(m, PAIL_STMT_ABSENT)) {
        m->purge_wanted = false;
        m->purge_stamp = atomic_load(&m->stamp);
    }
    if (!m->gc_wanted && !m->purge_wanted)
        return 0;

    int rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    size_t n;
    rc = m->gc_wanted ? forget_piece(m, PIECE, &n, err) : purge_piece(m, err);
    return pail_meta_op_end_locked(m, rc, err);
}
