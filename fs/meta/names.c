/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/names.c - names that go and come: remove and move.
 *
 * Children refer to their directory by inode number, so a directory moves with one row, however
 * much is below it. What S3 is asked about names below it while it moves is about the old keys;
 * `moved` in its row tells such answers (rows.c, listing.c).
 */
#include "base/clock.h"
#include "base/str.h"
#include "meta/node.h"

#define DEPTH_MAX 4096

static int refuse_root(struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the root directory has no name");
}

/* (parent, name) becomes absent; known NULL: there is no row. */
static int make_absent(struct pail_meta *m, uint64_t parent, struct pail_str name,
                       const struct pail_node *known, uint64_t stamp, struct pail_error *err)
{
    if (known && known->row.stamp > stamp)
        stamp = known->row.stamp;
    struct pail_node n = pail_node_absent(parent, name, stamp, pail_clock_wall_ns());
    int rc = pail_node_put_locked(m, known, &n, err);
    if (rc == 0 && known && known->row.kind == PAIL_KIND_DIR)
        rc = pail_meta_forget_locked(m, known->row.ino, err);
    return rc;
}

int pail_meta_remove(struct pail_meta *m, uint64_t parent, struct pail_str name, uint64_t stamp,
                     struct pail_error *err)
{
    if (parent == 0 || name.len == 0)
        return refuse_root(err);
    PAIL_CLEANUP(pail_node_copy_done) struct pail_node_copy known;
    pail_node_copy_init(&known);
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    int found = pail_node_find_locked(m, parent, name, &known, err);
    if (found < 0)
        return found;
    if (!found) {
        /* In a directory that was forgotten there is nothing to remember. */
        PAIL_STMT(s, m, PAIL_STMT_GET);
        pail_bind_u64(s, 1, parent);
        rc = pail_stmt_step(m, s, err);
        if (rc <= 0)
            return rc;
    }
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = make_absent(m, parent, name, found ? &known.node : NULL, stamp, err);
    return pail_meta_op_end_locked(m, rc, err);
}

/* ---- Move ------------------------------------------------------------------------------------ */

/* The new parent is a directory, and not below what moves. */
static int check_new_parent(struct pail_meta *m, uint64_t ino, uint64_t new_parent,
                            struct pail_error *err)
{
    uint64_t at = new_parent;
    for (unsigned depth = 0; at && depth < DEPTH_MAX; depth++) {
        if (at == ino)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_LOOP,
                                  "inode %llu: a directory into itself", (unsigned long long)ino);
        PAIL_STMT(s, m, PAIL_STMT_GET);
        pail_bind_u64(s, 1, at);
        int rc = pail_stmt_step(m, s, err);
        if (rc < 0)
            return rc;
        struct pail_node n = {0};
        if (rc > 0)
            pail_node_read(m, s, &n);
        if (at == new_parent && n.row.kind != PAIL_KIND_DIR)
            return rc ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR,
                                       "inode %llu: not a directory", (unsigned long long)at)
                      : pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "directory %llu: not known",
                                       (unsigned long long)at);
        at = n.row.parent;
    }
    return 0;
}

static int move_in_op(struct pail_meta *m, const struct pail_node *old,
                      const struct pail_node *target, uint64_t new_parent, struct pail_str new_name,
                      uint64_t stamp, struct pail_error *err)
{
    int rc = target ? pail_node_delete_locked(m, target, err) : 0;
    /* The number is unique: first the old row lets go of it. It is no directory for make_absent any
     * more: its children stay. */
    if (rc == 0)
        rc = pail_node_delete_locked(m, old, err);
    if (rc == 0)
        rc = make_absent(m, old->row.parent, old->row.name, NULL,
                         pail_max_u64(stamp, old->row.stamp), err);
    if (rc < 0)
        return rc;

    struct pail_node n = *old;
    n.row.parent = new_parent;
    n.row.name = new_name;
    n.row.raw = pail_strn(NULL, 0);
    n.row.version_id = pail_strn(NULL, 0); /* of another key */
    n.row.stamp = pail_max_u64(stamp, old->row.stamp);
    if (target)
        n.row.stamp = pail_max_u64(n.row.stamp, target->row.stamp);
    if (n.row.kind == PAIL_KIND_DIR) {
        n.moved = n.row.stamp;
        m->last_move = pail_max_u64(m->last_move, n.moved);
    } else {
        n.mtime_guessed = true; /* the copy's time is not told here */
    }
    rc = pail_node_put_locked(m, NULL, &n, err);
    /* Last, because what moved may have been in there. */
    if (rc == 0 && target && target->row.kind == PAIL_KIND_DIR)
        rc = pail_meta_forget_locked(m, target->row.ino, err);
    return rc;
}

struct move_frame {
    struct pail_node_copy old, target;
};
static void move_frame_init(struct move_frame *f)
{
    pail_node_copy_init(&f->old);
    pail_node_copy_init(&f->target);
}
static void move_frame_done(struct move_frame *f)
{
    pail_node_copy_done(&f->old);
    pail_node_copy_done(&f->target);
}

int pail_meta_move(struct pail_meta *m, uint64_t ino, uint64_t new_parent, struct pail_str new_name,
                   uint64_t stamp, struct pail_error *err)
{
    if (ino == PAIL_INO_ROOT || new_parent == 0 || new_name.len == 0)
        return refuse_root(err);
    PAIL_CLEANUP(move_frame_done) struct move_frame f;
    move_frame_init(&f);
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    rc = pail_node_get_locked(m, ino, &f.old, err);
    if (rc == 0)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "inode %llu: not known",
                              (unsigned long long)ino);
    if (rc > 0)
        rc = check_new_parent(m, ino, new_parent, err);
    if (rc < 0)
        return rc;
    const struct pail_node *old = &f.old.node;
    if (old->row.parent == new_parent && pail_str_eq(old->row.name, new_name))
        return 0;
    int found = pail_node_find_locked(m, new_parent, new_name, &f.target, err);
    if (found < 0)
        return found;
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = move_in_op(m, old, found ? &f.target.node : NULL, new_parent, new_name, stamp, err);
    return pail_meta_op_end_locked(m, rc, err);
}
