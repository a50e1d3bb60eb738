/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about names and attributes. Each: unpack, call fs/core, reply. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "fuse/glue.h"

#define XATTR_TEXT_MAX (64 << 10)

static void reply_entry(fuse_req_t req, const struct pail_fs_entry *e)
{
    struct fuse_entry_param p;
    glue_entry(e, &p);
    /* The kernel did not take it (the caller was killed): it will not forget it either. */
    if (fuse_reply_entry(req, &p) == -ENOENT && e->attr.ino)
        pail_fs_forget(fs_of(req), e->attr.ino, 1);
}

void glue_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_entry e = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_fs_lookup(fs_of(req), &ctx, parent, pail_str(name), &e, &err);
    if (rc == PAIL_E_FS_NOENT && e.entry_ttl_ns > 0) {
        e.attr.ino = 0;
        reply_entry(req, &e); /* absence that the kernel may remember */
        return;
    }
    if (rc)
        glue_error(req, "lookup", parent, name, &err);
    else
        reply_entry(req, &e);
}

void glue_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
    pail_fs_forget(fs_of(req), ino, n);
    fuse_reply_none(req);
}

void glue_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++)
        pail_fs_forget(fs_of(req), forgets[i].ino, forgets[i].nlookup);
    fuse_reply_none(req);
}

static struct pail_fs_handle *handle_of(const struct fuse_file_info *fi)
{
    return fi ? (struct pail_fs_handle *)(uintptr_t)fi->fh : NULL;
}

static void reply_attr(fuse_req_t req, const struct pail_fs_entry *e)
{
    struct stat st;
    glue_stat(&e->attr, &st);
    fuse_reply_attr(req, &st, glue_seconds(e->attr_ttl_ns));
}

void glue_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct pail_fs_entry e;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_getattr(fs_of(req), ino, handle_of(fi), &e, &err))
        glue_error(req, "getattr", ino, NULL, &err);
    else
        reply_attr(req, &e);
}

void glue_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
                  struct fuse_file_info *fi)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_setattr s = {.mode = st->st_mode & 07777,
                                .uid = st->st_uid,
                                .gid = st->st_gid,
                                .size = (uint64_t)st->st_size};
    static const struct {
        int from;
        uint32_t to;
    } bits[] = {{FUSE_SET_ATTR_MODE, PAIL_FS_SET_MODE},   {FUSE_SET_ATTR_UID, PAIL_FS_SET_UID},
                {FUSE_SET_ATTR_GID, PAIL_FS_SET_GID},     {FUSE_SET_ATTR_SIZE, PAIL_FS_SET_SIZE},
                {FUSE_SET_ATTR_MTIME, PAIL_FS_SET_MTIME}, {FUSE_SET_ATTR_ATIME, PAIL_FS_SET_ATIME}};
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
        if (to_set & bits[i].from)
            s.set |= bits[i].to;
    s.mtime_ns = to_set & FUSE_SET_ATTR_MTIME_NOW
                     ? PAIL_FS_TIME_NOW
                     : (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    struct pail_fs_entry e;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_setattr(fs_of(req), &ctx, ino, handle_of(fi), &s, &e, &err))
        glue_error(req, "setattr", ino, NULL, &err);
    else
        reply_attr(req, &e);
}

void glue_readlink(fuse_req_t req, fuse_ino_t ino)
{
    struct pail_buf target = PAIL_BUF_INIT(XATTR_TEXT_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_fs_readlink(fs_of(req), ino, &target, &err);
    if (!rc)
        rc = pail_buf_check(&target, "link target", &err);
    if (rc)
        glue_error(req, "readlink", ino, NULL, &err);
    else
        fuse_reply_readlink(req, pail_buf_cstr(&target));
    pail_buf_done(&target);
}

/* Regular files by mknod(2), for programs that avoid open(O_CREAT); S3 has no devices. */
void glue_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
    (void)rdev;
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_entry e;
    struct pail_fs_open_result open;
    struct pail_error err = PAIL_ERROR_INIT;
    if (!S_ISREG(mode)) {
        fuse_reply_err(req, EPERM);
        return;
    }
    int rc = pail_fs_create(fs_of(req), &ctx, parent, pail_str(name), mode & 07777,
                            O_EXCL | O_WRONLY, &e, &open, &err);
    if (rc) {
        glue_error(req, "mknod", parent, name, &err);
        return;
    }
    rc = pail_fs_fsync(fs_of(req), open.handle, &err);
    pail_fs_release(fs_of(req), open.handle);
    if (rc) {
        pail_fs_forget(fs_of(req), e.attr.ino, 1);
        glue_error(req, "mknod", parent, name, &err);
        return;
    }
    reply_entry(req, &e);
}

void glue_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_entry e;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_mkdir(fs_of(req), &ctx, parent, pail_str(name), mode & 07777, &e, &err))
        glue_error(req, "mkdir", parent, name, &err);
    else
        reply_entry(req, &e);
}

void glue_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_unlink(fs_of(req), &ctx, parent, pail_str(name), &err))
        glue_error(req, "unlink", parent, name, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_rmdir(fs_of(req), &ctx, parent, pail_str(name), &err))
        glue_error(req, "rmdir", parent, name, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_entry e;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_symlink(fs_of(req), &ctx, parent, pail_str(name), pail_str(target), &e, &err))
        glue_error(req, "symlink", parent, name, &err);
    else
        reply_entry(req, &e);
}

void glue_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                 const char *new_name, unsigned flags)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (flags & ~PAIL_FS_RENAME_NOREPLACE) { /* RENAME_EXCHANGE, RENAME_WHITEOUT: S3 cannot */
        fuse_reply_err(req, EINVAL);
        return;
    }
    if (pail_fs_rename(fs_of(req), &ctx, parent, pail_str(name), new_parent, pail_str(new_name),
                       flags, &err))
        glue_error(req, "rename", parent, name, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name)
{
    (void)ino, (void)new_parent, (void)new_name;
    fuse_reply_err(req, EPERM); /* as link(2) says for file systems without hard links */
}

void glue_statfs(fuse_req_t req, fuse_ino_t ino)
{
    struct pail_fs_statfs s;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_statfs(fs_of(req), &s, &err)) {
        glue_error(req, "statfs", ino, NULL, &err);
        return;
    }
    struct statvfs v;
    memset(&v, 0, sizeof(v));
    v.f_bsize = v.f_frsize = s.block_size;
    v.f_blocks = s.bytes_total / s.block_size;
    v.f_bfree = v.f_bavail = (s.bytes_total - s.bytes_used) / s.block_size;
    v.f_files = s.files_total;
    v.f_ffree = v.f_favail = s.files_total - s.files_used;
    v.f_namemax = s.name_max;
    fuse_reply_statfs(req, &v);
}

/* ---- Extended attributes --------------------------------------------------------------------- */

void glue_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
                   int flags)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_setxattr(fs_of(req), &ctx, ino, pail_str(name), pail_strn(value ? value : "", size),
                         flags, &err))
        glue_error(req, "setxattr", ino, name, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_setxattr(fs_of(req), &ctx, ino, pail_str(name), pail_strn(NULL, 0), 0, &err))
        glue_error(req, "removexattr", ino, name, &err);
    else
        fuse_reply_err(req, 0);
}

/* size 0 asks for the length only. */
static void reply_text(fuse_req_t req, const struct pail_buf *text, size_t size)
{
    if (size == 0)
        fuse_reply_xattr(req, text->len);
    else if (text->len > size)
        fuse_reply_err(req, ERANGE);
    else
        fuse_reply_buf(req, pail_buf_cstr(text), text->len);
}

void glue_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    /* The kernel asks for security.capability before every write and for POSIX ACLs at every check:
     * only user.* exists. */
    if (strncmp(name, "user.", 5) != 0) {
        fuse_reply_err(req, ENODATA);
        return;
    }
    struct pail_buf text = PAIL_BUF_INIT(XATTR_TEXT_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_fs_getxattr(fs_of(req), ino, pail_str(name), &text, &err);
    if (!rc)
        rc = pail_buf_check(&text, name, &err);
    if (rc)
        glue_error(req, "getxattr", ino, name, &err);
    else
        reply_text(req, &text, size);
    pail_buf_done(&text);
}

void glue_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    struct pail_buf text = PAIL_BUF_INIT(XATTR_TEXT_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_fs_listxattr(fs_of(req), ino, &text, &err);
    if (!rc)
        rc = pail_buf_check(&text, "names of attributes", &err);
    if (rc)
        glue_error(req, "listxattr", ino, NULL, &err);
    else
        reply_text(req, &text, size);
    pail_buf_done(&text);
}
