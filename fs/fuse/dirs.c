/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about open directories. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "fuse/glue.h"

static struct pail_fs_dir_handle *handle_of(const struct fuse_file_info *fi)
{
    return (struct pail_fs_dir_handle *)(uintptr_t)fi->fh;
}

void glue_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_dir_handle *d = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_opendir(fs_of(req), &ctx, ino, &d, &err)) {
        glue_error(req, "opendir", ino, NULL, &err);
        return;
    }
    fi->fh = (uint64_t)(uintptr_t)d;
    if (fuse_reply_open(req, fi) == -ENOENT)
        pail_fs_releasedir(fs_of(req), d);
}

struct filling {
    fuse_req_t req;
    char *buffer;
    size_t size, used;
    bool plus;
};

static bool add_entry(void *ud, struct pail_str name, const struct pail_fs_entry *e,
                      uint64_t next_cookie)
{
    struct filling *f = ud;
    char text[NAME_MAX + 1];
    if (name.len > NAME_MAX)
        return true; /* such a name is never shown: sync/names.h escapes it */
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    size_t need;
    if (f->plus) {
        struct fuse_entry_param p;
        glue_entry(e, &p);
        bool dots = text[0] == '.' && (!text[1] || (text[1] == '.' && !text[2]));
        if (dots) { /* no look-up is counted for these two */
            p.attr.st_ino = e->attr.ino;
            p.ino = 0;
        }
        need = fuse_add_direntry_plus(f->req, f->buffer + f->used, f->size - f->used, text, &p,
                                      (off_t)next_cookie);
    } else {
        struct stat st;
        memset(&st, 0, sizeof(st));
        st.st_ino = e->attr.ino;
        st.st_mode = e->attr.kind == PAIL_KIND_DIR       ? S_IFDIR
                     : e->attr.kind == PAIL_KIND_SYMLINK ? S_IFLNK
                                                         : S_IFREG;
        need = fuse_add_direntry(f->req, f->buffer + f->used, f->size - f->used, text, &st,
                                 (off_t)next_cookie);
    }
    if (need > f->size - f->used)
        return false;
    f->used += need;
    return true;
}

static void fill(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi,
                 bool plus)
{
    struct filling f = {.req = req, .size = size, .plus = plus};
    struct pail_error err = PAIL_ERROR_INIT;
    f.buffer = pail_alloc(size ? size : 1);
    if (!f.buffer) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    int rc = pail_fs_readdir(fs_of(req), handle_of(fi), (uint64_t)off, plus, add_entry, &f, &err);
    if (rc && !f.used)
        glue_error(req, "readdir", ino, NULL, &err);
    else /* what was taken holds look-up counts: it must reach the kernel; the error comes with the
            next call */
        fuse_reply_buf(req, f.buffer, f.used);
    pail_free(f.buffer);
}

void glue_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    fill(req, ino, size, off, fi, false);
}

void glue_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                      struct fuse_file_info *fi)
{
    fill(req, ino, size, off, fi, true);
}

void glue_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    pail_fs_releasedir(fs_of(req), handle_of(fi));
    fuse_reply_err(req, 0);
}

void glue_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)datasync, (void)fi;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_fsyncdir(fs_of(req), ino, &err))
        glue_error(req, "fsyncdir", ino, NULL, &err);
    else
        fuse_reply_err(req, 0);
}
