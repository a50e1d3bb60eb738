/* SPDX-License-Identifier: Apache-2.0 */
/* fuse/glue.h - shared by the request handlers: what a request's user data is, and how errors and
 * entries are replied. */
#ifndef PAIL_FUSE_GLUE_H
#define PAIL_FUSE_GLUE_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "fuse/mount.h"

struct pail_glue {
    struct pail_fs *fs;
    struct fuse_session *session;
    const struct pail_mount_options *options;
    uint64_t mount_id; /* 0: unknown */
    bool direct_io_mmap;
};

static inline struct pail_glue *glue_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}
static inline struct pail_fs *fs_of(fuse_req_t req)
{
    return glue_of(req)->fs;
}
struct pail_fs_ctx glue_ctx(fuse_req_t req);
/* Logs and replies the error's errno. what: "unlink"; name may be NULL. */
void glue_error(fuse_req_t req, const char *what, uint64_t ino, const char *name,
                const struct pail_error *err);
void glue_stat(const struct pail_fs_attr *a, struct stat *ret);
void glue_entry(const struct pail_fs_entry *e, struct fuse_entry_param *ret);
double glue_seconds(int64_t ns);

/* The handlers, by noun. */
extern const struct fuse_lowlevel_ops pail_fuse_ops;
void glue_lookup(fuse_req_t, fuse_ino_t, const char *);
void glue_forget(fuse_req_t, fuse_ino_t, uint64_t);
void glue_forget_multi(fuse_req_t, size_t, struct fuse_forget_data *);
void glue_getattr(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_setattr(fuse_req_t, fuse_ino_t, struct stat *, int, struct fuse_file_info *);
void glue_readlink(fuse_req_t, fuse_ino_t);
void glue_mknod(fuse_req_t, fuse_ino_t, const char *, mode_t, dev_t);
void glue_mkdir(fuse_req_t, fuse_ino_t, const char *, mode_t);
void glue_unlink(fuse_req_t, fuse_ino_t, const char *);
void glue_rmdir(fuse_req_t, fuse_ino_t, const char *);
void glue_symlink(fuse_req_t, const char *, fuse_ino_t, const char *);
void glue_rename(fuse_req_t, fuse_ino_t, const char *, fuse_ino_t, const char *, unsigned);
void glue_link(fuse_req_t, fuse_ino_t, fuse_ino_t, const char *);
void glue_statfs(fuse_req_t, fuse_ino_t);
void glue_setxattr(fuse_req_t, fuse_ino_t, const char *, const char *, size_t, int);
void glue_getxattr(fuse_req_t, fuse_ino_t, const char *, size_t);
void glue_listxattr(fuse_req_t, fuse_ino_t, size_t);
void glue_removexattr(fuse_req_t, fuse_ino_t, const char *);
void glue_open(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_create(fuse_req_t, fuse_ino_t, const char *, mode_t, struct fuse_file_info *);
void glue_read(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void glue_write_buf(fuse_req_t, fuse_ino_t, struct fuse_bufvec *, off_t, struct fuse_file_info *);
void glue_flush(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_release(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_fsync(fuse_req_t, fuse_ino_t, int, struct fuse_file_info *);
void glue_fallocate(fuse_req_t, fuse_ino_t, int, off_t, off_t, struct fuse_file_info *);
void glue_lseek(fuse_req_t, fuse_ino_t, off_t, int, struct fuse_file_info *);
void glue_opendir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_readdir(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void glue_readdirplus(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void glue_releasedir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void glue_fsyncdir(fuse_req_t, fuse_ino_t, int, struct fuse_file_info *);

/* still_open.c: does the process have another descriptor of this inode? */
bool glue_still_open(void *glue, int32_t pid, uint64_t ino);

#endif
