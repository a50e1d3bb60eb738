/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests about open files. A read that memory cannot answer leaves with its request; the
 * transport's thread that brings the last byte replies, and this thread takes the next request.
 * Data goes from the cache's blocks to the kernel by one writev, without a copy in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fuse/glue.h"

static struct pail_fs_handle *handle_of(const struct fuse_file_info *fi)
{
    return (struct pail_fs_handle *)(uintptr_t)fi->fh;
}

static void set_open(struct fuse_file_info *fi, const struct pail_fs_open_result *o)
{
    fi->fh = (uint64_t)(uintptr_t)o->handle;
    fi->keep_cache = o->keep_cache;
    fi->direct_io = o->direct_io || (fi->flags & O_DIRECT) != 0;
    /* Nothing to flush at close of what was opened for reading: one request less. */
    fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
}

void glue_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_open_result o;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_open(fs_of(req), &ctx, ino, fi->flags, &o, &err)) {
        glue_error(req, "open", ino, NULL, &err);
        return;
    }
    set_open(fi, &o);
    if (fuse_reply_open(req, fi) == -ENOENT) /* the caller was killed: there will be no release */
        pail_fs_release(fs_of(req), o.handle);
}

void glue_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                 struct fuse_file_info *fi)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_fs_entry e;
    struct pail_fs_open_result o;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_create(fs_of(req), &ctx, parent, pail_str(name), mode & 07777, fi->flags, &e, &o,
                       &err)) {
        glue_error(req, "create", parent, name, &err);
        return;
    }
    struct fuse_entry_param p;
    glue_entry(&e, &p);
    set_open(fi, &o);
    fi->noflush = 0;
    if (fuse_reply_create(req, &p, fi) == -ENOENT) {
        pail_fs_release(fs_of(req), o.handle);
        pail_fs_forget(fs_of(req), e.attr.ino, 1);
    }
}

#define READ_SEGMENTS 64

static void read_done(void *ud, const struct pail_bytes *segments, size_t n,
                      const struct pail_error *err)
{
    fuse_req_t req = ud;
    if (err) {
        glue_error(req, "read", 0, NULL, err);
        return;
    }
    struct iovec few[READ_SEGMENTS], *iov = few;
    if (n > READ_SEGMENTS && !(iov = pail_calloc(n, sizeof(*iov)))) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        iov[i].iov_base = (void *)(uintptr_t)segments[i].ptr;
        iov[i].iov_len = segments[i].len;
    }
    if (n)
        fuse_reply_iov(req, iov, (int)n);
    else
        fuse_reply_buf(req, NULL, 0);
    if (iov != few)
        pail_free(iov);
}

void glue_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    (void)ino;
    pail_fs_read(fs_of(req), handle_of(fi), (uint64_t)off, size, read_done, req);
}

/* libfuse gives the request's own buffer: no copy before the draft's. */
void glue_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in, off_t off,
                    struct fuse_file_info *fi)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t size = fuse_buf_size(in), done = 0;
    if (in->count == 1 && !(in->buf[0].flags & FUSE_BUF_IS_FD)) {
        const char *p = (const char *)in->buf[0].mem + in->off;
        if (pail_fs_write(fs_of(req), handle_of(fi), (uint64_t)off, p, size, &done, &err))
            glue_error(req, "write", ino, NULL, &err);
        else
            fuse_reply_write(req, done);
        return;
    }
    /* Spliced pipes, where libfuse chose to: flatten. */
    char *flat = pail_alloc(size ? size : 1);
    if (!flat) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    struct fuse_bufvec to = FUSE_BUFVEC_INIT(size);
    to.buf[0].mem = flat;
    ssize_t got = fuse_buf_copy(&to, in, 0);
    if (got < 0)
        fuse_reply_err(req, (int)-got);
    else if (pail_fs_write(fs_of(req), handle_of(fi), (uint64_t)off, flat, (size_t)got, &done,
                           &err))
        glue_error(req, "write", ino, NULL, &err);
    else
        fuse_reply_write(req, done);
    pail_free(flat);
}

void glue_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct pail_fs_ctx ctx = glue_ctx(req);
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_flush(fs_of(req), &ctx, handle_of(fi), &err))
        glue_error(req, "flush", ino, NULL, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    pail_fs_release(fs_of(req), handle_of(fi));
    fuse_reply_err(req, 0);
}

void glue_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)datasync;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_fsync(fs_of(req), handle_of(fi), &err))
        glue_error(req, "fsync", ino, NULL, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
                    struct fuse_file_info *fi)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (offset < 0 || length <= 0)
        fuse_reply_err(req, EINVAL);
    else if (pail_fs_fallocate(fs_of(req), handle_of(fi), (unsigned)mode, (uint64_t)offset,
                               (uint64_t)length, &err))
        glue_error(req, "fallocate", ino, NULL, &err);
    else
        fuse_reply_err(req, 0);
}

void glue_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t at = 0;
    if ((whence != SEEK_DATA && whence != SEEK_HOLE) || off < 0)
        fuse_reply_err(req, EINVAL);
    else if (pail_fs_seek(fs_of(req), handle_of(fi), (uint64_t)off, whence == SEEK_HOLE, &at, &err))
        glue_error(req, "lseek", ino, NULL, &err);
    else
        fuse_reply_lseek(req, (off_t)at);
}
