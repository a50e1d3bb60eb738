/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing, and the calls that make it permanent: flush, fsync, syncfs.
 *
 * flush comes once per closed descriptor, not per file: `echo x > f` closes the shell's duplicate
 * before a byte was written. A file that is still as empty as open left it is not committed by such
 * a flush while the process has another descriptor of it; the next flush, or the release, does.
 */
#include "base/clock.h"
#include "base/plant.h"
#include "base/str.h"
#include "core/core.h"

static int must_write(const struct pail_fs_handle *h, struct pail_error *err)
{
    return h->writes ? 0
                     : pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BADF,
                                      "inode %llu is not open for writing",
                                      (unsigned long long)h->node->ino);
}

/* The content was changed through h. */
static void written(struct pail_fs_handle *h)
{
    struct pail_node *n = h->node;
    struct pail_pending *p = &n->pending;
    pail_tree_lock(h->fs);
    p->untouched = false;
    p->mtime_set = false;
    p->direct = p->direct || h->direct;
    p->changes++;
    n->attrs.mtime_ns = pail_clock_wall_ns();
    n->attrs.has |= PAIL_ATTR_MTIME;
    n->has_attrs = true;
    pail_tree_unlock(h->fs);
}

static int changed(struct pail_fs_handle *h, int rc, struct pail_error *err)
{
    if (rc)
        return rc;
    written(h);
    return pail_commit_rebased(h->fs, h->node, err);
}

static int write_at(struct pail_fs_handle *h, uint64_t offset, const void *p, size_t n,
                    size_t *ret_n, struct pail_error *err)
{
    struct pail_draft *d;
    int rc = pail_pending_draft(h->fs, h->node, h, false, &d, err);
    /* What may be committed before it is closed needs to know how. */
    if (!rc && pail_draft_size(d) + n > h->fs->fixed.part_size)
        rc = pail_volume_ready(h->fs, h->node->volume, err);
    if (!rc)
        rc = pail_draft_write(d, h->append ? pail_draft_size(d) : offset, p, n, ret_n, err);
    return changed(h, rc, err);
}

int pail_fs_write(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, const void *p,
                  size_t n, size_t *ret_n, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    int rc = must_write(h, err);
    if (rc)
        return rc;
    /* Appends of several handles come one after another, each at the end that the one before left.
     */
    if (h->append) {
        pail_node_busy(fs, h->node);
        rc = write_at(h, offset, p, n, ret_n, err);
        pail_node_idle(fs, h->node);
    } else {
        pail_node_use(fs, h->node);
        rc = write_at(h, offset, p, n, ret_n, err);
        pail_node_unuse(fs, h->node);
    }
    return pail_note(fs, h->node->ino, "write", rc, err);
}

static int fallocate_draft(struct pail_draft *d, unsigned mode, uint64_t offset, uint64_t length,
                           struct pail_error *err)
{
    bool keep = mode & PAIL_FS_FALLOC_KEEP_SIZE;
    switch (mode & ~PAIL_FS_FALLOC_KEEP_SIZE) {
    case 0:
        return pail_draft_reserve(d, offset, length, keep, err);
    case PAIL_FS_FALLOC_PUNCH:
        if (keep) /* fallocate(2): always together */
            return pail_draft_zero(d, offset, length, true, err);
        break;
    case PAIL_FS_FALLOC_ZERO:
        return pail_draft_zero(d, offset, length, keep, err);
    default:
        break;
    }
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_OPNOTSUPP, "fallocate mode %u", mode);
}

int pail_fs_fallocate(struct pail_fs *fs, struct pail_fs_handle *h, unsigned mode, uint64_t offset,
                      uint64_t length, struct pail_error *err)
{
    struct pail_draft *d;
    PAIL_OP_ERROR(err);
    int rc = must_write(h, err);
    if (!rc && (!length || offset + length < offset))
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "fallocate of %llu bytes",
                            (unsigned long long)length);
    if (rc)
        return rc;
    pail_node_use(fs, h->node);
    rc = pail_pending_draft(h->fs, h->node, h, false, &d, err);
    if (!rc)
        rc = fallocate_draft(d, mode, offset, length, err);
    rc = changed(h, rc, err);
    pail_node_unuse(fs, h->node);
    return pail_note(fs, h->node->ino, "fallocate", rc, err);
}

int pail_fs_seek(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, bool hole,
                 uint64_t *ret, struct pail_error *err)
{
    struct pail_node *n = h->node;
    struct pail_label label;
    PAIL_OP_ERROR(err);
    pail_node_use(fs, n);
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    if (d && !n->unlinked && !pail_node_draft_counts_locked(n))
        d = NULL;
    uint64_t size = pail_node_size_locked(n);
    pail_tree_unlock(fs);
    int rc = 0;
    if (d)
        rc = pail_draft_seek(d, offset, hole, ret, err);
    else if (offset >= size)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NXIO, "%s: %llu is past the end",
                            pail_label(fs, n, &label), (unsigned long long)offset);
    else /* S3 knows no holes */
        *ret = hole ? size : offset;
    pail_node_unuse(fs, n);
    return pail_note(fs, n->ino, "seek", rc, err);
}

/* ---- Making it permanent --------------------------------------------------------------------- */

/* More is to come through another descriptor of the same process. */
static bool may_wait(struct pail_fs *fs, const struct pail_fs_ctx *ctx, struct pail_node *n)
{
    const struct pail_fs_options *opt = &fs->fixed.opt;
    if (!opt->still_open || !ctx || ctx->pid <= 0)
        return false;
    pail_tree_lock(fs);
    bool empty = n->pending.untouched && n->pending.draft && pail_draft_size(n->pending.draft) == 0;
    pail_tree_unlock(fs);
    return empty && opt->still_open(opt->still_open_ud, ctx->pid, n->ino);
}

int pail_fs_flush(struct pail_fs *fs, const struct pail_fs_ctx *ctx, struct pail_fs_handle *h,
                  struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    if (!h->writes || may_wait(fs, ctx, h->node) || PAIL_PLANT("flush.early"))
        return 0;
    return pail_note(fs, h->node->ino, "flush", pail_commit(fs, h->node, err), err);
}

int pail_fs_fsync(struct pail_fs *fs, struct pail_fs_handle *h, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    return pail_note(fs, h->node->ino, "fsync", pail_commit(fs, h->node, err), err);
}

int pail_fs_syncfs(struct pail_fs *fs, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_commit_all(fs, NULL, err);
    int rc2 = pail_meta_sync(fs->fixed.meta, true, rc ? &why : err);
    return rc ? rc : rc2;
}
