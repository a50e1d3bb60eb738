/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/fs.h - the file system's operations as plain C functions. Knows nothing of libfuse: fs/fuse
 * calls these, and so do tests, fuzzers and the simulation.
 *
 * Nodes are named by inode numbers; the caller holds lookup counts as the kernel does: every
 * successful lookup, create, mkdir, symlink (and every entry of readdir with plus) takes one,
 * pail_fs_forget gives them back. Handles are opaque and live from open/create to release. All
 * calls block until done, except pail_fs_read. Any thread. Errors: PAIL_E_FS_* or S3's;
 * core/errno.h maps them to errno in one table. After an error that came from S3 the inode
 * remembers it: xattr user.pail.error.
 *
 * Default mode: when flush, fsync, rename, unlink, mkdir, rmdir, symlink, setattr return 0, S3 has
 * it.
 */
#ifndef PAIL_CORE_FS_H
#define PAIL_CORE_FS_H

#include <pail/s3.h>

#include "meta/meta.h"
#include "sync/lister.h"

struct pail_fs;
struct pail_fs_handle;     /* an open file */
struct pail_fs_dir_handle; /* an open directory */

/* Told from a thread of the file system, no lock held, never inside an operation. Any may be NULL.
 */
struct pail_fs_notify {
    void (*inval_entry)(void *ud, uint64_t parent, struct pail_str name);
    void (*inval_inode)(void *ud, uint64_t ino,
                        bool data); /* attributes, and cached pages when data */
    void *ud;
};

struct pail_fs_options {
    struct pail_s3 *s3;           /* a reference is taken */
    const char *bucket;           /* NULL: all buckets, each a directory of the root */
    const char *prefix;           /* NULL, or "a/b" with or without the last '/' */
    const char *state_dir;        /* exists: database, journal, lock */
    const char *cache_dir;        /* exists: staging files, endpoint memory */
    uint32_t uid, gid;            /* of what bears no owner */
    uint32_t file_mode, dir_mode; /* permission bits of what bears no mode; umask already applied */
    bool read_only;
    bool bucket_ops;         /* mkdir and rmdir at the top make and delete buckets */
    int64_t metadata_ttl_ns; /* how long answers are taken for granted; 0: ask every time */
    enum pail_posix_mode posix;
    enum { PAIL_FS_PROBE_AUTO, PAIL_FS_PROBE_OFF, PAIL_FS_PROBE_AGAIN } probe;
    uint64_t memory_limit;  /* of read buffers; 0: 192 MiB */
    uint64_t write_memory;  /* of write buffers; 0: 128 MiB */
    uint64_t staging_limit; /* 0: the disk's free space but 1 GiB */
    uint64_t part_size;     /* 0: 8 MiB */
    int64_t op_timeout_ms;  /* of one request with its retries; 0: 300,000 */
    struct pail_fs_notify notify;
    /* Does process pid still have another descriptor of the file? Asked when a descriptor of a new
     * file is closed before anything was written, which is then not committed yet. NULL: commit at
     * once. */
    bool (*still_open)(void *ud, int32_t pid, uint64_t ino);
    void *still_open_ud;
};
/* Checks that the bucket can be listed (at most 2 requests: the first page of the root is kept),
 * recovers what a crash left. The error says why not: no such bucket, access denied, wrong
 * credentials, endpoint unreachable. */
PAIL_CHECK int pail_fs_new(const struct pail_fs_options *opt, struct pail_fs **ret,
                           struct pail_error *err);
/* All handles are released. Commits what is left, waits for changes, closes the database. */
void pail_fs_free(struct pail_fs *fs);

struct pail_fs_ctx { /* who asks */
    uint32_t uid, gid, umask;
    int32_t pid;
};
struct pail_fs_attr {
    uint64_t ino;
    enum pail_kind kind;
    uint32_t mode; /* with S_IFMT */
    uint32_t uid, gid, nlink;
    uint64_t size, blocks; /* blocks of 512 */
    int64_t mtime_ns, ctime_ns, atime_ns;
};
struct pail_fs_entry {
    struct pail_fs_attr attr; /* ino 0: a negative entry that may be cached for entry_ttl_ns */
    int64_t entry_ttl_ns, attr_ttl_ns;
};

/* ---- Names ----------------------------------------------------------------------------------- */

/* Absent: PAIL_E_FS_NOENT; *ret is then the negative entry. */
PAIL_CHECK int pail_fs_lookup(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                              struct pail_str name, struct pail_fs_entry *ret,
                              struct pail_error *err);
void pail_fs_forget(struct pail_fs *fs, uint64_t ino, uint64_t n);
PAIL_CHECK int pail_fs_mkdir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                             struct pail_str name, uint32_t mode, struct pail_fs_entry *ret,
                             struct pail_error *err);
PAIL_CHECK int pail_fs_symlink(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                               struct pail_str name, struct pail_str target,
                               struct pail_fs_entry *ret, struct pail_error *err);
PAIL_CHECK int pail_fs_readlink(struct pail_fs *fs, uint64_t ino, struct pail_buf *ret,
                                struct pail_error *err);
PAIL_CHECK int pail_fs_unlink(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                              struct pail_str name, struct pail_error *err);
PAIL_CHECK int pail_fs_rmdir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                             struct pail_str name, struct pail_error *err);
#define PAIL_FS_RENAME_NOREPLACE 1u
PAIL_CHECK int pail_fs_rename(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                              struct pail_str name, uint64_t new_parent, struct pail_str new_name,
                              unsigned flags, struct pail_error *err);

/* ---- Attributes ------------------------------------------------------------------------------ */

PAIL_CHECK int pail_fs_getattr(struct pail_fs *fs, uint64_t ino,
                               struct pail_fs_handle *h /* or NULL */, struct pail_fs_entry *ret,
                               struct pail_error *err);
#define PAIL_FS_SET_MODE 1u
#define PAIL_FS_SET_UID 2u
#define PAIL_FS_SET_GID 4u
#define PAIL_FS_SET_SIZE 8u
#define PAIL_FS_SET_MTIME 16u /* a time, or PAIL_FS_TIME_NOW */
#define PAIL_FS_SET_ATIME 32u /* accepted and not kept */
#define PAIL_FS_TIME_NOW INT64_MIN
struct pail_fs_setattr {
    uint32_t set, mode, uid, gid;
    uint64_t size;
    int64_t mtime_ns;
};
PAIL_CHECK int pail_fs_setattr(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                               struct pail_fs_handle *h /* or NULL */,
                               const struct pail_fs_setattr *set, struct pail_fs_entry *ret,
                               struct pail_error *err);
/* user.* and the read-only user.pail.error, user.pail.key, user.pail.etag (shown by getxattr, not
 * listed). PAIL_E_FS_NODATA: none of that name. */
PAIL_CHECK int pail_fs_getxattr(struct pail_fs *fs, uint64_t ino, struct pail_str name,
                                struct pail_buf *ret, struct pail_error *err);
/* Names, each followed by a NUL. */
PAIL_CHECK int pail_fs_listxattr(struct pail_fs *fs, uint64_t ino, struct pail_buf *ret,
                                 struct pail_error *err);
/* flags: XATTR_CREATE 1, XATTR_REPLACE 2. value.ptr NULL removes. */
PAIL_CHECK int pail_fs_setxattr(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                                struct pail_str name, struct pail_str value, int flags,
                                struct pail_error *err);
struct pail_fs_statfs {
    uint64_t bytes_total, bytes_used, files_total, files_used;
    uint32_t block_size, name_max;
};
PAIL_CHECK int pail_fs_statfs(struct pail_fs *fs, struct pail_fs_statfs *ret,
                              struct pail_error *err);

/* ---- Files ----------------------------------------------------------------------------------- */

struct pail_fs_open_result {
    struct pail_fs_handle *handle;
    bool keep_cache; /* the kernel's pages are still those of this version */
    bool direct_io;  /* write-only streams gain nothing from the page cache */
};
/* flags as open(2): access mode, O_TRUNC, O_APPEND. */
PAIL_CHECK int pail_fs_open(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                            int flags, struct pail_fs_open_result *ret, struct pail_error *err);
/* flags: O_EXCL is exclusive across hosts. No request is sent before the first part is full or the
 * file is closed. */
PAIL_CHECK int pail_fs_create(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                              struct pail_str name, uint32_t mode, int flags,
                              struct pail_fs_entry *ret, struct pail_fs_open_result *ret_open,
                              struct pail_error *err);
typedef void pail_fs_read_fn(void *ud, const struct pail_bytes *segments, size_t n,
                             const struct pail_error *err);
/* done runs once, inside the call or later on another thread; the segments are valid until it
 * returns. The handle is not released meanwhile. */
void pail_fs_read(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, size_t length,
                  pail_fs_read_fn *done, void *ud);
/* As write(2): an error means that nothing was taken; *ret_n is less than n when something failed
 * behind the beginning, and who asks for the rest is told what. */
PAIL_CHECK int pail_fs_write(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset,
                             const void *p, size_t n, size_t *ret_n, struct pail_error *err);
/* Once per closed descriptor: commits. */
PAIL_CHECK int pail_fs_flush(struct pail_fs *fs, const struct pail_fs_ctx *ctx,
                             struct pail_fs_handle *h, struct pail_error *err);
PAIL_CHECK int pail_fs_fsync(struct pail_fs *fs, struct pail_fs_handle *h, struct pail_error *err);
/* Never fails: what could was done by flush; commits as a last resort and logs. Frees h. */
void pail_fs_release(struct pail_fs *fs, struct pail_fs_handle *h);
#define PAIL_FS_FALLOC_KEEP_SIZE 1u
#define PAIL_FS_FALLOC_PUNCH 2u
#define PAIL_FS_FALLOC_ZERO 16u
PAIL_CHECK int pail_fs_fallocate(struct pail_fs *fs, struct pail_fs_handle *h, unsigned mode,
                                 uint64_t offset, uint64_t length, struct pail_error *err);
PAIL_CHECK int pail_fs_seek(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset,
                            bool hole, uint64_t *ret, struct pail_error *err);

/* ---- Directories ----------------------------------------------------------------------------- */

PAIL_CHECK int pail_fs_opendir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                               struct pail_fs_dir_handle **ret, struct pail_error *err);
/* Entries from `cookie` on (0: the start), "." and ".." first; each gets the cookie that continues
 * after it. add returns false when its buffer is full (that entry was not taken). With plus,
 * entry->attr is complete and each entry but "." and ".." that was taken holds a lookup count;
 * without, only ino and kind are set. Cookies stay valid as long as the handle, whatever changes:
 * telldir and seekdir work. */
typedef bool pail_fs_add_fn(void *ud, struct pail_str name, const struct pail_fs_entry *entry,
                            uint64_t next_cookie);
PAIL_CHECK int pail_fs_readdir(struct pail_fs *fs, struct pail_fs_dir_handle *d, uint64_t cookie,
                               bool plus, pail_fs_add_fn *add, void *ud, struct pail_error *err);
void pail_fs_releasedir(struct pail_fs *fs, struct pail_fs_dir_handle *d);
/* Everything changed so far below is in S3 (default mode: nothing to do) and the database is
 * synced. */
PAIL_CHECK int pail_fs_fsyncdir(struct pail_fs *fs, uint64_t ino, struct pail_error *err);
/* All drafts of all files are committed. */
PAIL_CHECK int pail_fs_syncfs(struct pail_fs *fs, struct pail_error *err);

/* ---- Status ---------------------------------------------------------------------------------- */

struct pail_fs_stats {
    uint64_t nodes, handles, drafts, changes, requests;
    uint64_t read_memory, read_memory_peak, write_memory, write_memory_peak, staged_bytes;
    uint64_t escaped_names;
};
void pail_fs_stats(struct pail_fs *fs, struct pail_fs_stats *ret);
/* Text for people: capabilities of the endpoint, queue, last errors. */
void pail_fs_status(struct pail_fs *fs, struct pail_buf *to);

#endif
