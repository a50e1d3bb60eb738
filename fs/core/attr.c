/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what is known of a node to what stat(2) shows, and asking for what is not known.
 *
 * Attributes that listings do not give are asked for only where the directory's sample says that
 * objects bear any. Whoever looks at one file's is taken to walk on: from the third on, those of
 * the names that follow are asked for at the same time.
 */
#include <sys/stat.h>

#include "base/clock.h"
#include "base/str.h"
#include "core/core.h"

#define PROBES 2       /* attributes asked for one by one before those that follow are, too */
#define ATTR_CHUNK 128 /* attributes asked for at once, ahead of who walks through names */

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
    /* The root, and prefixes without a marker, have no object that could tell. */
    int64_t stored_ns = n->is_dir && !row->mtime_ns ? fs->fixed.born_ns : row->mtime_ns;
    ret->mtime_ns = has & PAIL_ATTR_MTIME ? a->mtime_ns : stored_ns;
    ret->ctime_ns = has & PAIL_ATTR_CTIME ? a->ctime_ns : stored_ns;
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
    bool unsure = n->is_dir && pail_dir_marker_asks_locked(fs, n, PAIL_ASK_STAT);
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

/* ---- Asking ---------------------------------------------------------------------------------- */

bool pail_dir_asks_locked(const struct pail_fs *fs, const struct pail_node *dir)
{
    if (fs->fixed.opt.posix != PAIL_POSIX_AUTO)
        return fs->fixed.opt.posix == PAIL_POSIX_ALWAYS;
    return !(dir->known.row.row.flags & PAIL_ROW_DEFAULTS_OK);
}

/* *ret_moved: it was asked for under a key that is not its any more. */
static int refresh(struct pail_fs *fs, struct pail_node *n, bool *ret_moved, struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = pail_node_key(fs, n, &key, err);
    pail_assert_no_locks();
    if (!rc)
        rc = pail_lister_refresh(&fs->fixed.lister, n->volume, n->ino, pail_buf_view(&key), &row,
                                 err);
    if (!rc && row.row.kind != PAIL_KIND_NONE)
        rc = pail_node_learn(fs, n, &row.row, err);
    else if (!rc)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "s3://%s/%s: it is not there any more",
                            n->volume->bucket, pail_buf_cstr(&key));
    *ret_moved = (rc == PAIL_E_FS_NOENT || rc == PAIL_E_FS_STALE) &&
                 !pail_resolve_is_current(fs, n->ino, pail_buf_view(&key));
    pail_row_copy_done(&row);
    pail_buf_done(&key);
    return rc;
}

int pail_node_refresh(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    bool moved;
    int rc;
    do {
        rc = refresh(fs, n, &moved, err);
    } while (moved);
    return rc;
}

/* Greater than every name before `name`, smaller than name itself (names have 255 bytes at most,
 * and no NUL). */
static void just_before(struct pail_str name, struct pail_buf *to)
{
    pail_buf_str(to, name);
    if (!to->len || to->failed)
        return;
    to->ptr[to->len - 1]--;
    while (to->len <= PAIL_NAME_MAX && !to->failed)
        pail_buf_char(to, (char)0xff);
}

/* Attributes of n and of the names that follow, since whoever looks at one walks on. */
static int ask_ahead(struct pail_fs *fs, struct pail_node *dir, struct pail_node *n,
                     struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX), after = PAIL_BUF_INIT(PAIL_NAME_MAX + 2);
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    pail_tree_lock(fs);
    just_before(pail_node_name(n), &after);
    pail_tree_unlock(fs);
    int rc = pail_node_key(fs, dir, &key, err);
    if (!rc)
        rc = pail_buf_check(&after, "name", err);
    pail_assert_no_locks();
    if (!rc)
        rc = pail_lister_complete_attrs(&fs->fixed.lister, dir->volume, dir->ino,
                                        pail_buf_view(&key), pail_buf_view(&after), ATTR_CHUNK,
                                        err);
    if (!rc)
        rc = pail_meta_get(fs->fixed.meta, n->ino, &row, err);
    if (!rc)
        rc = pail_node_learn(fs, n, &row.row, err);
    pail_row_copy_done(&row);
    pail_buf_done(&key);
    pail_buf_done(&after);
    return rc;
}

static int file_attributes(struct pail_fs *fs, struct pail_node *n, bool always,
                           struct pail_error *err)
{
    pail_tree_lock(fs);
    struct pail_node *dir = n->parent;
    bool unknown = n->kind == PAIL_KIND_FILE && !n->has_attrs && !n->unlinked &&
                   !pail_node_pending_locked(n);
    bool ask = unknown && (always || pail_dir_asks_locked(fs, dir));
    bool ahead = ask && !always && (dir->known.row.row.flags & PAIL_ROW_POSIX_SEEN) &&
                 ++dir->attr_misses > PROBES;
    if (ask)
        dir->refs++;
    pail_tree_unlock(fs);
    if (!ask)
        return 0;
    int rc = 0;
    if (ahead)
        rc = ask_ahead(fs, dir, n, err);
    pail_tree_lock(fs);
    unknown = !n->has_attrs;
    pail_tree_unlock(fs);
    if (!rc && unknown)
        rc = pail_node_refresh(fs, n, err);
    pail_node_unref(fs, dir);
    return rc;
}

/* Listings say nothing of the attributes of directories, and only of their own directory whether it
 * has a marker. The marker is asked for where the parent's sample bore attributes, or where there
 * is no sample but the marker is known to be there: then not by a look-up, which has had two
 * requests, but by the getattr that follows. */
bool pail_dir_marker_asks_locked(const struct pail_fs *fs, const struct pail_node *n,
                                 enum pail_ask ask)
{
    if (pail_node_is_top(n) || n->has_attrs || n->unlinked || n->marker_asked)
        return false;
    const struct pail_row *row = &n->known.row.row, *above = &n->parent->known.row.row;
    bool marker = row->flags & PAIL_ROW_MARKER, late = ask != PAIL_ASK_LOOKUP;
    if (!marker && row->listed_ns) /* it would have been listed */
        return false;
    switch (fs->fixed.opt.posix) {
    case PAIL_POSIX_ALWAYS:
        return above->listed_ns || late;
    case PAIL_POSIX_AUTO:
        return (above->flags & PAIL_ROW_POSIX_SEEN) ||
               (!(above->flags & PAIL_ROW_DEFAULTS_OK) && marker && late);
    case PAIL_POSIX_NEVER:
        break;
    }
    return false;
}

static int dir_attributes(struct pail_fs *fs, struct pail_node *n, enum pail_ask how,
                          struct pail_error *err)
{
    pail_tree_lock(fs);
    const struct pail_row *row = &n->known.row.row;
    bool none = !(row->flags & PAIL_ROW_MARKER) && row->listed_ns;
    bool ask = how == PAIL_ASK_ALWAYS
                   ? !pail_node_is_top(n) && !n->has_attrs && !n->unlinked && !none
                   : pail_dir_marker_asks_locked(fs, n, how);
    if (ask)
        n->marker_asked = true;
    pail_tree_unlock(fs);
    return ask ? pail_node_refresh(fs, n, err) : 0;
}

int pail_node_attributes(struct pail_fs *fs, struct pail_node *n, enum pail_ask ask,
                         struct pail_error *err)
{
    return n->is_dir ? dir_attributes(fs, n, ask, err)
                     : file_attributes(fs, n, ask == PAIL_ASK_ALWAYS, err);
}

/* ---- getattr --------------------------------------------------------------------------------- */

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
    return pail_node_attributes(fs, n, PAIL_ASK_STAT, err);
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
