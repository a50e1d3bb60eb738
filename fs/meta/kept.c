/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/kept.c - rows that must be there because somebody holds their numbers.
 *
 * The kernel has inode numbers from us, and everything below a directory is asked for under the
 * directory's number. The invariant: a number that is held has its row, under the name that its
 * holder knows. It breaks when the disk refuses a commit (SQLite goes back to the last one: rows
 * are gone, have an old name or are there again) and when a change of ours could not be written
 * down. Then the database is no witness any more but the holder is: `lost` is raised, and the next
 * call on rows first asks him for what he holds and writes it anew, unseen and unlisted, so that
 * all of it is asked for again.
 *
 * The holder is asked without the lock, since his own locks come before it. Other calls on rows
 * wait meanwhile: nobody sees the database in between.
 */
#include "meta/node.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/plant.h"
#include "base/str.h"

struct kept_row {
    struct pail_list link;
    struct pail_row_copy copy;
};

struct pail_meta_kept {
    struct pail_list rows;
};

void pail_meta_on_loss(struct pail_meta *m, pail_meta_kept_fn *fn, void *ud)
{
    PAIL_LOCKED(&m->mutex);
    m->kept_fn = fn;
    m->kept_ud = ud;
}

int pail_meta_keep(struct pail_meta_kept *k, const struct pail_row *row, struct pail_error *err)
{
    struct kept_row *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    pail_row_copy_init(&r->copy);
    int rc = pail_row_copy_set(&r->copy, row, err);
    if (rc < 0) {
        pail_row_copy_done(&r->copy);
        pail_free(r);
        return rc;
    }
    pail_list_append(&k->rows, &r->link);
    return 0;
}

static void kept_done(struct pail_meta_kept *k)
{
    for (struct pail_list *l; (l = pail_list_pop(&k->rows)) != NULL;) {
        struct kept_row *r = PAIL_CONTAINER(l, struct kept_row, link);
        pail_row_copy_done(&r->copy);
        pail_free(r);
    }
}

/* ---- Writing --------------------------------------------------------------------------------- */

struct frame {
    struct pail_node_copy number, name;
};
static void frame_init(struct frame *f)
{
    pail_node_copy_init(&f->number);
    pail_node_copy_init(&f->name);
}
static void frame_done(struct frame *f)
{
    pail_node_copy_done(&f->number);
    pail_node_copy_done(&f->name);
}

static bool is_there(const struct pail_node *n, const struct pail_row *row)
{
    return n->row.parent == row->parent && pail_str_eq(n->row.name, row->name) &&
           (n->row.kind == PAIL_KIND_DIR) == (row->kind == PAIL_KIND_DIR);
}

/* Over `before`, or where there is nothing. */
static int put_back(struct pail_meta *m, const struct pail_row *row, const struct pail_node *before,
                    struct pail_error *err)
{
    struct pail_node n = {.row = *row, .mtime_guessed = true};
    n.row.seen_ns = n.row.listed_ns = 0;
    if (before)
        n.row.stamp = pail_max_u64(n.row.stamp, before->row.stamp);
    if (row->kind == PAIL_KIND_DIR) { /* perhaps it moved: what is under way is not about it */
        n.moved = m->trust;
        m->last_move = pail_max_u64(m->last_move, n.moved);
    }
    int rc = pail_node_put_locked(m, before, &n, err);
    if (rc == 0 && before && before->row.kind == PAIL_KIND_DIR)
        rc = pail_meta_forget_locked(m, before->row.ino, err);
    return rc;
}

static int restore(struct pail_meta *m, const struct pail_row *row, struct pail_error *err)
{
    PAIL_CLEANUP(frame_done) struct frame f;
    frame_init(&f);
    int has = pail_node_get_locked(m, row->ino, &f.number, err);
    if (has < 0)
        return has;
    if (row->kind == PAIL_KIND_NONE)
        return has ? pail_node_delete_locked(m, &f.number.node, err) : 0;
    if (has && is_there(&f.number.node, row))
        return 0;
    int rc = has ? pail_node_delete_locked(m, &f.number.node, err) : 0;
    if (rc < 0)
        return rc;
    int taken = pail_node_find_locked(m, row->parent, row->name, &f.name, err);
    return taken < 0 ? taken : put_back(m, row, taken ? &f.name.node : NULL, err);
}

static int restore_all(struct pail_meta *m, const struct pail_meta_kept *k, struct pail_error *err)
{
    int rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_LIST_FOR (it, &k->rows) {
        const struct kept_row *r = PAIL_CONTAINER(it, struct kept_row, link);
        rc = restore(m, &r->copy.row, err);
        if (rc < 0)
            break;
    }
    return pail_meta_op_end_locked(m, rc, err);
}

int pail_meta_ready_locked(struct pail_meta *m, struct pail_error *err)
{
    while (m->restoring)
        pail_cond_wait(&m->synced, &m->mutex);
    if (PAIL_LIKELY(!m->lost) || !m->kept_fn || PAIL_PLANT("rows.forget"))
        return 0;
    struct pail_meta_kept k;
    pail_list_init(&k.rows);
    m->lost = false;
    m->restoring = true;
    pail_mutex_unlock(&m->mutex);
    int rc = m->kept_fn(m->kept_ud, &k, err);
    pail_mutex_lock(&m->mutex);
    if (rc == 0)
        rc = restore_all(m, &k, err);
    if (rc < 0)
        m->lost = true;
    m->restoring = false;
    pail_cond_broadcast(&m->synced);
    kept_done(&k);
    return rc;
}
