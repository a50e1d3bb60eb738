/* SPDX-License-Identifier: Apache-2.0 */
/* From what is known of a node to what stat(2) shows, and getattr. */
#include <sys/stat.h>

#include "base/clock.h"
#include "core/core.h"

static uint32_t type_bits(enum pail_kind kind)
{
    switch (kind) {
    case PAIL_KIND_DIR:
        return S_IFDIR;
    case PAIL_KIND_SYMLINK:
        return S_IFLNK;
    case PAIL_KIND_FILE:
    case PAIL_KIND_NONE:
        break;
    }
    return S_IFREG;
}

void pail_node_attr_locked(const struct pail_fs *fs, const struct pail_node *n,
                           struct pail_fs_attr *ret)
{
    const struct pail_attrs *a = &n->attrs;
    const struct pail_row *row = &n->known.row.row;
    uint32_t has = n->has_attrs ? a->has : 0;
    bool dir = n->is_dir;
    uint32_t mode = dir ? fs->fixed.opt.dir_mode : fs->fixed.opt.file_mode;
    if (has & PAIL_ATTR_MODE)
        mode = a->mode & 07777;
    if (n->kind == PAIL_KIND_SYMLINK)
        mode = 0777;
    *ret = (struct pail_fs_attr){
        .ino = n->ino,
        .kind = n->kind,
        .mode = mode | type_bits(n->kind),
        .uid = has & PAIL_ATTR_UID ? a->uid : fs->fixed.opt.uid,
        .gid = has & PAIL_ATTR_GID ? a->gid : fs->fixed.opt.gid,
        /* 1 also for directories, which tells find(1) that links do not count subdirectories */
        .nlink = n->unlinked ? 0 : 1,
        .size = pail_node_size_locked(n),
    };
    ret->blocks = (ret->size + 511) / 512;
    ret->mtime_ns = has & PAIL_ATTR_MTIME ? a->mtime_ns : row->mtime_ns;
    ret->ctime_ns = has & PAIL_ATTR_CTIME ? a->ctime_ns : row->mtime_ns;
    if (ret->ctime_ns < ret->mtime_ns && !(has & PAIL_ATTR_CTIME))
        ret->ctime_ns = ret->mtime_ns;
    ret->atime_ns = ret->mtime_ns;
}

void pail_node_entry(struct pail_fs *fs, struct pail_node *n, bool look, struct pail_fs_entry *ret)
{
    pail_tree_lock(fs);
    pail_node_attr_locked(fs, n, &ret->attr);
    bool pending = pail_node_pending_locked(n) || !n->parent;
    int64_t seen = n->known.row.row.seen_ns;
    /* A marker that was not asked for may still have attributes: let the kernel ask for those. */
    bool unsure = n->is_dir && !n->has_attrs && !n->marker_asked &&
                  (n->known.row.row.flags & PAIL_ROW_MARKER) && n->parent &&
                  pail_dir_asks_locked(fs, n->parent);
    if (look)
        n->lookups++;
    pail_tree_unlock(fs);
    ret->entry_ttl_ns = pending ? fs->fixed.opt.metadata_ttl_ns : pail_fresh_left(fs, seen);
    ret->attr_ttl_ns = unsure ? 0 : ret->entry_ttl_ns;
}

void pail_attrs_new(const struct pail_fs *fs, const struct pail_fs_ctx *ctx,
                    uint32_t mode_with_type, struct pail_attrs *ret)
{
    pail_attrs_init(ret);
    ret->has = PAIL_ATTR_MODE | PAIL_ATTR_UID | PAIL_ATTR_GID | PAIL_ATTR_MTIME | PAIL_ATTR_CTIME;
    ret->mode = mode_with_type;
    ret->uid = ctx ? ctx->uid : fs->fixed.opt.uid;
    ret->gid = ctx ? ctx->gid : fs->fixed.opt.gid;
    ret->mtime_ns = ret->ctime_ns = pail_clock_wall_ns();
}

/* What the kernel asks again for by inode number has no name to be looked up by: the object itself
 * is asked. Directories have nothing that could have changed but their marker. */
static int getattr(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    pail_tree_lock(fs);
    bool sure = n->is_dir || n->unlinked || pail_node_pending_locked(n);
    int64_t seen = n->known.row.row.seen_ns;
    pail_tree_unlock(fs);
    if (!sure && !pail_fresh_left(fs, seen)) {
        int rc = pail_node_refresh(fs, n, err);
        if (rc)
            return rc;
    }
    return pail_node_attributes(fs, n, false, err);
}

int pail_fs_getattr(struct pail_fs *fs, uint64_t ino, struct pail_fs_handle *h,
                    struct pail_fs_entry *ret, struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    rc = getattr(fs, n, err);
    if (rc == PAIL_E_FS_NOENT && h)
        rc = 0; /* who has it open is told what it was */
    if (!rc)
        pail_node_entry(fs, n, false, ret);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "getattr", rc, err);
}
