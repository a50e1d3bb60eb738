/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/rows.c - single rows: found, put, moved, removed, marked, expired.
 *
 * When an answer of S3 is old news (its stamp is older than)
 * - the row: somebody changed or asked since; the row stays.
 * - a complete listing of the directory, and there is no row: that listing, asked for later, did
 * not show the name.
 * - a move of a directory above: the answer was about keys that are somebody else's name now.
 */
#include "meta/nodes.h"

#include "base/clock.h"
#include "base/str.h"
#include "meta/merge.h"

static int no_ino(uint64_t ino, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "inode %llu: not known",
                          (unsigned long long)ino);
}

static int no_name(uint64_t parent, struct pail_str name, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "\"%.*s\" in directory %llu: not known",
                          PAIL_STR_ARG(name), (unsigned long long)parent);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The statement's row, to the caller. */
static int give_row(struct pail_meta *m, sqlite3_stmt *s, struct pail_row_copy *ret,
                    struct pail_error *err)
{
    int rc = pail_stmt_step(m, s, err);
    if (rc <= 0)
        return rc;
    struct pail_node n;
    pail_node_read(m, s, &n);
    rc = pail_row_copy_set(ret, &n.row, err);
    return rc < 0 ? rc : 1;
}

int pail_meta_find(struct pail_meta *m, uint64_t parent, struct pail_str name,
                   struct pail_row_copy *ret, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_STMT(s, m, PAIL_STMT_FIND);
    pail_bind_u64(s, 1, parent);
    pail_bind_str(s, 2, name);
    rc = give_row(m, s, ret, err);
    return rc == 0 ? no_name(parent, name, err) : rc < 0 ? rc : 0;
}

int pail_meta_get(struct pail_meta *m, uint64_t ino, struct pail_row_copy *ret,
                  struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_STMT(s, m, PAIL_STMT_GET);
    pail_bind_u64(s, 1, ino);
    rc = give_row(m, s, ret, err);
    return rc == 0 ? no_ino(ino, err) : rc < 0 ? rc : 0;
}

int pail_meta_find_raw(struct pail_meta *m, uint64_t parent, struct pail_str raw,
                       struct pail_row_copy *ret, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    PAIL_STMT(s, m, PAIL_STMT_FIND_RAW);
    pail_bind_u64(s, 1, parent);
    pail_bind_str(s, 2, raw);
    rc = give_row(m, s, ret, err);
    return rc == 0 ? no_name(parent, raw, err) : rc < 0 ? rc : 0;
}

/* ---- Putting --------------------------------------------------------------------------------- */

enum verdict { APPLY, KEEP, SHOW_ABSENT };

/* Is the answer news? known NULL: there is no row. */
static int judge_answer(struct pail_meta *m, const struct pail_row *answer,
                        const struct pail_node *known, const struct pail_node *parent,
                        enum verdict *ret, struct pail_error *err)
{
    *ret = APPLY;
    if (known && answer->stamp < known->row.stamp) {
        *ret = KEEP;
        return 0;
    }
    bool moved = false;
    int rc = pail_node_moved_since_locked(m, answer->parent, answer->stamp, &moved, err);
    if (rc < 0)
        return rc;
    if (moved && !known)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                              "\"%.*s\": a directory above it was moved meanwhile",
                              PAIL_STR_ARG(answer->name));
    if (moved)
        *ret = KEEP;
    else if (!known && answer->stamp < parent->listed_stamp)
        *ret = SHOW_ABSENT;
    return 0;
}

/* A number that the caller chose must not be that of another name. */
static int check_ino(struct pail_meta *m, const struct pail_node *n, struct pail_error *err)
{
    PAIL_STMT(s, m, PAIL_STMT_GET);
    pail_bind_u64(s, 1, n->row.ino);
    int rc = pail_stmt_step(m, s, err);
    if (rc <= 0)
        return rc;
    struct pail_node other;
    pail_node_read(m, s, &other);
    if (other.row.parent == n->row.parent && pail_str_eq(other.row.name, n->row.name))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "inode %llu is \"%.*s\", not \"%.*s\"",
                          (unsigned long long)n->row.ino, PAIL_STR_ARG(other.row.name),
                          PAIL_STR_ARG(n->row.name));
}

/* Writes what the row became. A directory that it no longer is takes what was below it along. */
static int store(struct pail_meta *m, const struct pail_node *known, struct pail_node *n,
                 struct pail_error *err)
{
    int rc = 0;
    bool chosen = n->row.ino != 0 && (!known || n->row.ino != known->row.ino);
    if (chosen)
        rc = check_ino(m, n, err);
    if (rc < 0)
        return rc;
    if (n->row.kind != PAIL_KIND_NONE && n->row.ino == 0)
        n->row.ino = pail_node_new_ino_locked(m);
    else if (n->row.ino >= m->next_ino)
        m->next_ino = n->row.ino + 1;
    rc = pail_node_put_locked(m, known, n, err);
    if (rc == 0 && known && known->row.kind == PAIL_KIND_DIR && known->row.ino != n->row.ino)
        rc = pail_meta_forget_locked(m, known->row.ino, err);
    return rc;
}

struct put_frame {
    struct pail_node_copy known, parent;
};
static void put_frame_init(struct put_frame *f)
{
    pail_node_copy_init(&f->known);
    pail_node_copy_init(&f->parent);
}
static void put_frame_done(struct put_frame *f)
{
    pail_node_copy_done(&f->known);
    pail_node_copy_done(&f->parent);
}

static int put_in_op(struct pail_meta *m, struct put_frame *f, const struct pail_row *row,
                     enum pail_put how, struct pail_row_copy *ret, struct pail_error *err)
{
    int found = pail_node_find_locked(m, row->parent, row->name, &f->known, err);
    if (found < 0)
        return found;
    if (!found) {
        int rc = pail_node_get_locked(m, row->parent, &f->parent, err);
        if (rc <= 0)
            return rc < 0 ? rc : no_ino(row->parent, err);
    }
    const struct pail_node *known = found ? &f->known.node : NULL;
    enum verdict verdict = APPLY;
    int rc = 0;
    if (how == PAIL_PUT_ANSWER)
        rc = judge_answer(m, row, known, &f->parent.node, &verdict, err);
    if (rc < 0)
        return rc;

    struct pail_node n;
    if (verdict == KEEP) {
        n = *known;
    } else if (verdict == SHOW_ABSENT) {
        const struct pail_node *p = &f->parent.node;
        n = pail_node_absent(row->parent, row->name, p->listed_stamp, p->row.listed_ns);
    } else {
        n = how == PAIL_PUT_ANSWER ? pail_merge_answer(known, row, PAIL_MERGE_OBJECT)
                                   : pail_merge_change(known, row);
        rc = store(m, known, &n, err);
    }
    pail_node_publish(m, &n);
    return rc == 0 && ret ? pail_row_copy_set(ret, &n.row, err) : rc;
}

int pail_meta_put(struct pail_meta *m, const struct pail_row *row, enum pail_put how,
                  struct pail_row_copy *ret, struct pail_error *err)
{
    bool is_root = row->parent == 0;
    if (is_root != (row->name.len == 0) || (is_root && row->kind != PAIL_KIND_DIR) ||
        row->size > INT64_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "not a row: \"%.*s\" in directory %llu", PAIL_STR_ARG(row->name),
                              (unsigned long long)row->parent);

    PAIL_CLEANUP(put_frame_done) struct put_frame f;
    put_frame_init(&f);
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc == 0)
        rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = put_in_op(m, &f, row, how, ret, err);
    return pail_meta_op_end_locked(m, rc, err);
}

/* ---- Parts of a row -------------------------------------------------------------------------- */

/* Reads ino into c and lets `change` alter n, a view of it; what comes out is written. */
static int alter(struct pail_meta *m, uint64_t ino,
                 bool (*change)(struct pail_node *n, const void *arg), const void *arg,
                 bool must_exist, struct pail_error *err)
{
    PAIL_CLEANUP(pail_node_copy_done) struct pail_node_copy known;
    pail_node_copy_init(&known);
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc < 0)
        return rc;
    rc = pail_node_get_locked(m, ino, &known, err);
    if (rc == 0 && must_exist)
        return no_ino(ino, err);
    if (rc <= 0)
        return rc;
    struct pail_node n = known.node;
    if (!change(&n, arg))
        return 0;
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = pail_node_put_locked(m, &known.node, &n, err);
    return pail_meta_op_end_locked(m, rc, err);
}

struct new_attrs {
    struct pail_str etag, attrs;
};

static bool change_attrs(struct pail_node *n, const void *arg)
{
    const struct new_attrs *a = arg;
    if (!pail_str_eq(n->row.etag, a->etag))
        return false;
    n->row.attr_etag = a->attrs.ptr ? a->etag : PAIL_STR("");
    n->row.attrs = a->attrs;
    return true;
}

int pail_meta_set_attrs(struct pail_meta *m, uint64_t ino, struct pail_str etag,
                        struct pail_str attrs, struct pail_error *err)
{
    const struct new_attrs a = {etag, attrs};
    return alter(m, ino, change_attrs, &a, false, err);
}

struct new_flags {
    uint32_t set, clear;
};

static bool change_flags(struct pail_node *n, const void *arg)
{
    const struct new_flags *f = arg;
    uint32_t flags = (n->row.flags & ~f->clear) | f->set;
    bool changes = flags != n->row.flags;
    n->row.flags = flags;
    return changes;
}

int pail_meta_set_flags(struct pail_meta *m, uint64_t ino, uint32_t set, uint32_t clear,
                        struct pail_error *err)
{
    const struct new_flags f = {set, clear};
    return alter(m, ino, change_flags, &f, true, err);
}
