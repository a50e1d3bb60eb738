/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/listing.c - the beginning and the end of a listing; its pages are in page.c.
 *
 * A row that a page named bears the listing's stamp; one that was changed meanwhile a later one. So
 * at the end the rows with older stamps are those S3 does not have. They are removed without a
 * trace: the directory's row says which question its listing answers (listed_stamp), and an older
 * answer about a name that has no row is dropped for that reason (rows.c). It says so from the
 * first removal on, while it counts as listed only after the last.
 */
#include "meta/merge.h"
#include "meta/nodes.h"

#define PIECE 2000

static int read_dir(struct pail_meta *m, uint64_t ino, struct pail_node_copy *ret,
                    struct pail_error *err)
{
    int rc = pail_node_get_locked(m, ino, ret, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "directory %llu: not known",
                              (unsigned long long)ino);
    if (ret->node.row.kind != PAIL_KIND_DIR)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR, "inode %llu: not a directory",
                              (unsigned long long)ino);
    return 0;
}

int pail_meta_list_begin(struct pail_meta *m, uint64_t dir, int64_t now_wall_ns,
                         struct pail_meta_listing *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_node_copy_done) struct pail_node_copy d;
    pail_node_copy_init(&d);
    PAIL_LOCKED(&m->mutex);
    int rc = pail_meta_ready_locked(m, err);
    if (rc == 0)
        rc = read_dir(m, dir, &d, err);
    if (rc < 0)
        return rc;
    *ret = (struct pail_meta_listing){.dir = dir,
                                      .stamp = pail_meta_stamp(m),
                                      .losses = atomic_load(&m->losses),
                                      .began_ns = now_wall_ns};
    return 0;
}

int pail_meta_listing_is_news_locked(struct pail_meta *m, const struct pail_meta_listing *l,
                                     struct pail_node_copy *ret_dir, bool *ret,
                                     struct pail_error *err)
{
    if (atomic_load(&m->losses) != l->losses)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                              "directory %llu: its listing was forgotten: %s",
                              (unsigned long long)l->dir, m->loss.message);
    int rc = pail_meta_ready_locked(m, err);
    if (rc == 0)
        rc = read_dir(m, l->dir, ret_dir, err);
    bool moved = false;
    if (rc == 0)
        rc = pail_node_moved_since_locked(m, l->dir, l->stamp, &moved, err);
    if (rc == 0)
        *ret = !moved && l->stamp >= ret_dir->node.listed_stamp;
    return rc;
}

/* Removes `rows`; those that were there go to `vanished`. */
static int remove_unnamed(struct pail_meta *m, struct pail_nodes *rows, struct pail_nodes *vanished,
                          struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < rows->n && rc == 0; i++) {
        const struct pail_node *n = &rows->at[i].node;
        rc = pail_node_delete_locked(m, n, err);
        if (rc == 0 && n->row.kind == PAIL_KIND_DIR)
            rc = pail_meta_forget_locked(m, n->row.ino, err);
        if (rc == 0 && n->row.kind != PAIL_KIND_NONE)
            rc = pail_nodes_add(vanished, n, err);
    }
    return rc;
}

struct end_frame {
    struct pail_node_copy dir;
    struct pail_nodes old, vanished;
};
static void end_frame_init(struct end_frame *f)
{
    *f = (struct end_frame){.old = PAIL_NODES_INIT, .vanished = PAIL_NODES_INIT};
    pail_node_copy_init(&f->dir);
}
static void end_frame_done(struct end_frame *f)
{
    pail_node_copy_done(&f->dir);
    pail_nodes_done(&f->old);
    pail_nodes_done(&f->vanished);
}

/* The rows of one piece that are older than the listing. Nearly always there is none, which a look
 * at the stamps alone tells. *last moves to the end of the piece. */
static int collect_old(struct pail_meta *m, const struct pail_meta_listing *l,
                       struct pail_buf *last, struct pail_nodes *old, bool *ret_more,
                       struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf end = PAIL_BUF_INIT(last->max);
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_STAMPS);
    pail_bind_u64(s, 1, l->dir);
    pail_bind_str(s, 2, pail_buf_view(last));
    pail_bind_u64(s, 3, PIECE);
    size_t seen = 0;
    bool any = false;
    int rc;
    while ((rc = pail_stmt_step(m, s, err)) > 0) {
        seen++;
        any |= (uint64_t)sqlite3_column_int64(s, 1) < l->stamp;
        pail_buf_reset(&end);
        pail_buf_str(&end, pail_column_str(s, 0));
    }
    pail_stmt_reset(s);
    if (rc == 0)
        rc = pail_buf_check(&end, "a name", err);
    if (rc == 0 && any) {
        s = pail_stmt(m, PAIL_STMT_OLDER);
        pail_bind_u64(s, 1, l->dir);
        pail_bind_str(s, 2, pail_buf_view(last));
        pail_bind_str(s, 3, pail_buf_view(&end));
        pail_bind_u64(s, 4, l->stamp);
        rc = pail_nodes_collect_locked(old, m, s, PIECE, err);
    }
    if (rc < 0)
        return rc;
    *ret_more = seen == PIECE;
    pail_buf_reset(last);
    pail_buf_str(last, pail_buf_view(&end));
    return pail_buf_check(last, "a name", err);
}

static int mark_dir(struct pail_meta *m, const struct pail_node *dir,
                    const struct pail_meta_listing *l, bool complete, uint32_t flags_set,
                    uint32_t flags_clear, struct pail_error *err)
{
    struct pail_node n = *dir;
    n.listed_stamp = l->stamp;
    if (complete) {
        n.row.listed_ns = l->stamp < m->trust ? 0 : l->began_ns;
        n.row.flags = (n.row.flags & ~flags_clear) | flags_set;
    } else if (n.listed_stamp == dir->listed_stamp) {
        return 0;
    }
    return pail_node_put_locked(m, dir, &n, err);
}

/* One piece of the directory. */
static int end_piece(struct pail_meta *m, const struct pail_meta_listing *l, struct end_frame *f,
                     struct pail_buf *last, uint32_t flags_set, uint32_t flags_clear,
                     bool *ret_more, struct pail_error *err)
{
    bool news = false, more = false;
    int rc = pail_meta_listing_is_news_locked(m, l, &f->dir, &news, err);
    if (rc < 0)
        return rc;
    *ret_more = false;
    if (!news)
        return 0;
    rc = collect_old(m, l, last, &f->old, &more, err);
    if (rc < 0)
        return rc;
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = mark_dir(m, &f->dir.node, l, !more, flags_set, flags_clear, err);
    if (rc == 0)
        rc = remove_unnamed(m, &f->old, &f->vanished, err);
    rc = pail_meta_op_end_locked(m, rc, err);
    if (rc == 0)
        *ret_more = more;
    return rc;
}

int pail_meta_list_end(struct pail_meta *m, const struct pail_meta_listing *l, uint32_t flags_set,
                       uint32_t flags_clear, pail_meta_changed_fn *changed, void *ud,
                       struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf last = PAIL_BUF_INIT(64 << 10);
    bool more = true;
    while (more) {
        PAIL_CLEANUP(end_frame_done) struct end_frame f;
        end_frame_init(&f);
        int rc;
        {
            PAIL_LOCKED(&m->mutex);
            rc = end_piece(m, l, &f, &last, flags_set, flags_clear, &more, err);
        }
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < f.vanished.n && changed; i++)
            changed(ud, &f.vanished.at[i].node.row, PAIL_KIND_NONE);
    }
    return 0;
}
