/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/fs_client.h - a mounted file system on a simulated machine, and paths on top of inode
 * numbers.
 *
 * Plays the kernel: looks names up one component at a time, holds look-ups while it uses them and
 * gives them back. Functions return 0 or a positive errno, never SIM's verdict; the message of the
 * last error of a thread's caller is in its struct fsv. One struct fsv per thread.
 */
#ifndef SIM_FS_CLIENT_H
#define SIM_FS_CLIENT_H

#include "core/fs.h"

#include "sim/disk.h"

#define FS_BUCKET "sim-bucket"
#define FS_PREFIX "mnt"
#define FS_DISK (UINT64_C(64) << 30)

struct fs_client_options {
    int64_t metadata_ttl_ns, op_timeout_ms;
    uint64_t write_memory, staging_limit;
};
struct fs_client {
    unsigned machine;
    struct sim_disk *disk; /* "/mN" */
    struct fs_client_options opt;
    struct pail_session *session;
    struct pail_s3 *s3;
    struct pail_fs *fs; /* NULL: not mounted */
};

/* The machine's disk is made where there is none. */
void fs_client_init(struct fs_client *c, unsigned machine, const struct fs_client_options *opt);
/* On a thread of its machine. 0 or an errno. */
int fs_client_mount(struct fs_client *c, struct pail_error *err);
void fs_client_unmount(struct fs_client *c);
/* Its machine was killed: what it held in memory is gone. */
void fs_client_forget(struct fs_client *c);

struct fsv {
    struct fs_client *client;
    struct pail_fs_ctx ctx;
    struct pail_error err;
};

/* The entry of path ("" is the root), with one look-up that fsv_forget gives back. */
int fsv_lookup(struct fsv *v, const char *path, struct pail_fs_entry *ret);
void fsv_forget(struct fsv *v, uint64_t ino);
int fsv_getattr(struct fsv *v, const char *path, struct pail_fs_attr *ret);
int fsv_mkdir(struct fsv *v, const char *path, uint32_t mode);
int fsv_symlink(struct fsv *v, const char *path, const char *target);
int fsv_readlink(struct fsv *v, const char *path, char *ret, size_t cap);
int fsv_unlink(struct fsv *v, const char *path);
int fsv_rmdir(struct fsv *v, const char *path);
int fsv_rename(struct fsv *v, const char *from, const char *to, bool noreplace);
int fsv_chmod(struct fsv *v, const char *path, uint32_t mode);
int fsv_truncate(struct fsv *v, const char *path, struct pail_fs_handle *h, uint64_t size);
/* value NULL removes. */
int fsv_setxattr(struct fsv *v, const char *path, const char *value);
/* "" when there is none. */
int fsv_getxattr(struct fsv *v, const char *path, char *ret, size_t cap);

/* An open file: holds a look-up of its inode. */
struct fsv_file {
    struct pail_fs_handle *h;
    uint64_t ino;
};
int fsv_create(struct fsv *v, const char *path, uint32_t mode, int flags, struct fsv_file *ret);
int fsv_open(struct fsv *v, const char *path, int flags, struct fsv_file *ret);
int fsv_read(struct fsv *v, struct fsv_file *f, uint64_t at, void *dst, size_t n, size_t *ret_n);
/* As write(2) does: perhaps not all of it. */
int fsv_write_some(struct fsv *v, struct fsv_file *f, uint64_t at, const void *p, size_t n,
                   size_t *ret_n);
int fsv_write(struct fsv *v, struct fsv_file *f, uint64_t at, const void *p, size_t n);
int fsv_flush(struct fsv *v, struct fsv_file *f);
int fsv_fsync(struct fsv *v, struct fsv_file *f);
void fsv_release(struct fsv *v, struct fsv_file *f);

/* Calls each for every entry but "." and ".."; attr is complete with plus, else kind and ino only.
 */
int fsv_list(struct fsv *v, const char *path, bool plus,
             void (*each)(void *ud, const char *name, const struct pail_fs_attr *attr), void *ud);

#endif
