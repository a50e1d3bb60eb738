/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file.h - files and directories: the fourth seam (the third is http/transport.h).
 *
 * All disk access of the library and of fs/ goes through here (SQLite's too: fs/meta/vfs.c is a VFS
 * over it), so that the simulation can lose un-synced writes, tear them, and say ENOSPC or EIO.
 * Positioned I/O only; no shared file offsets. A short read means end of file; writes are whole or
 * an error. Offsets in bytes. Errors are PAIL_E_OS with os_errno and name the path.
 */
#ifndef PAIL_BASE_FILE_H
#define PAIL_BASE_FILE_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_file; /* an open file; one owner; pread and pwrite from any thread */

enum pail_file_flags {
    PAIL_FILE_READ = 1 << 0,
    PAIL_FILE_WRITE = 1 << 1,
    PAIL_FILE_CREATE = 1 << 2, /* mode 0600 */
    PAIL_FILE_EXCL = 1 << 3,
    PAIL_FILE_TRUNC = 1 << 4,
    PAIL_FILE_DELETE_ON_CLOSE = 1 << 5, /* unlinked as soon as it is open */
    /* Past the page cache: offset, length and address are multiples of PAIL_FILE_ALIGNMENT. Where
     * the file system has no such thing: PAIL_E_UNSUPPORTED. */
    PAIL_FILE_DIRECT = 1 << 6,
};
#define PAIL_FILE_ALIGNMENT 4096u

struct pail_file_stat {
    uint64_t size;
    uint64_t allocated; /* bytes of disk in use; less than size where there are holes */
    int64_t mtime_ns;
    bool is_dir;
    bool is_regular;
    unsigned mode; /* permissions: 0755; 0 in simulation */
};

PAIL_CHECK int pail_file_open(const char *path, unsigned flags, struct pail_file **ret,
                              struct pail_error *err);
/* A file over a descriptor of the system's that somebody else has open and keeps: closing the file
 * leaves it open. name: for messages. Always POSIX. */
PAIL_CHECK int pail_file_borrow(int fd, const char *name, struct pail_file **ret,
                                struct pail_error *err);
void pail_file_close(struct pail_file *f); /* NULL is fine; syncs nothing */
PAIL_CHECK int pail_file_pread(struct pail_file *f, void *dst, size_t n, uint64_t offset,
                               size_t *ret_n, struct pail_error *err);
PAIL_CHECK int pail_file_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t offset,
                                struct pail_error *err);
PAIL_CHECK int pail_file_truncate(struct pail_file *f, uint64_t size, struct pail_error *err);
PAIL_CHECK int pail_file_sync(struct pail_file *f, struct pail_error *err); /* fdatasync */
PAIL_CHECK int pail_file_size(struct pail_file *f, uint64_t *ret, struct pail_error *err);
/* Give the blocks of [offset, offset+n) back; they read as zeros. Not supported:
 * PAIL_E_UNSUPPORTED. */
PAIL_CHECK int pail_file_punch(struct pail_file *f, uint64_t offset, uint64_t n,
                               struct pail_error *err);
/* Reserve the blocks now, so that a later write cannot meet ENOSPC; the size stays. Not supported:
 * PAIL_E_UNSUPPORTED. */
PAIL_CHECK int pail_file_reserve(struct pail_file *f, uint64_t offset, uint64_t n,
                                 struct pail_error *err);
/* Exclusive advisory lock on the whole file, not waiting: PAIL_E_FS_BUSY when another open file
 * holds it, in this process or elsewhere. Needs PAIL_FILE_WRITE; ends with the close. */
PAIL_CHECK int pail_file_lock(struct pail_file *f, struct pail_error *err);

PAIL_CHECK int pail_file_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err);
PAIL_CHECK int pail_file_unlink(const char *path, struct pail_error *err);
PAIL_CHECK int pail_file_rename(const char *from, const char *to, struct pail_error *err);
/* The directory itself is made durable: new, renamed and removed names in it. */
PAIL_CHECK int pail_file_sync_dir(const char *dir, struct pail_error *err);
/* Like mkdir -p; new directories get `mode` less the umask. */
PAIL_CHECK int pail_file_mkdirs(const char *dir, unsigned mode, struct pail_error *err);
/* Calls each(name, ud) for every entry but . and .., in byte order of names; what it returns other
 * than 0 ends the walk and is returned. */
PAIL_CHECK int pail_file_list(const char *dir,
                              int (*each)(const char *name, void *ud, struct pail_error *err),
                              void *ud, struct pail_error *err);
/* Bytes free for this user on the file system that holds path. */
PAIL_CHECK int pail_file_free_space(const char *path, uint64_t *ret, struct pail_error *err);

/* Whole file into memory, NUL-terminated (the NUL not counted). More than max bytes:
 * PAIL_E_TOO_BIG. */
PAIL_CHECK int pail_file_read_all(const char *path, size_t max, char **ret, size_t *ret_len,
                                  struct pail_error *err);
/* Atomically replace path: temporary file in the same directory, sync, rename, sync of the
 * directory. */
PAIL_CHECK int pail_file_write_all(const char *path, struct pail_bytes data, unsigned mode,
                                   struct pail_error *err);
/* A file seen as memory, read-only, until unmapped. Where there are no descriptors (simulation) it
 * is read instead. The file must not shrink meanwhile: what is mapped is replaced by rename only.
 * More than max bytes: PAIL_E_TOO_BIG. */
struct pail_file_map {
    const void *ptr; /* page-aligned where mapped; NULL for an empty file */
    size_t len;
    bool mapped; /* private: how to give it back */
};
PAIL_CHECK int pail_file_map(const char *path, size_t max, struct pail_file_map *ret,
                             struct pail_error *err);
void pail_file_unmap(struct pail_file_map *map); /* zeroed or unmapped already is fine */
/* The system's descriptor where there is one, -1 in simulation: for passthrough and sendfile. */
int pail_file_fd(const struct pail_file *f);

/* What the simulation replaces. An implementation's own struct begins with a struct pail_file,
 * whose ops it sets in open; callers treat it as opaque. read_all and write_all are built on these.
 */
struct pail_file_ops {
    int (*open)(const char *path, unsigned flags, struct pail_file **ret, struct pail_error *err);
    void (*close)(struct pail_file *f);
    int (*pread)(struct pail_file *f, void *dst, size_t n, uint64_t off, size_t *ret_n,
                 struct pail_error *err);
    int (*pwrite)(struct pail_file *f, const void *src, size_t n, uint64_t off,
                  struct pail_error *err);
    int (*truncate)(struct pail_file *f, uint64_t size, struct pail_error *err);
    int (*sync)(struct pail_file *f, struct pail_error *err);
    int (*size)(struct pail_file *f, uint64_t *ret, struct pail_error *err);
    int (*punch)(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err);
    int (*reserve)(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err);
    int (*lock)(struct pail_file *f, struct pail_error *err);
    int (*stat)(const char *path, struct pail_file_stat *ret, struct pail_error *err);
    int (*unlink)(const char *path, struct pail_error *err);
    int (*rename)(const char *from, const char *to, struct pail_error *err);
    int (*sync_dir)(const char *dir, struct pail_error *err);
    int (*mkdirs)(const char *dir, unsigned mode, struct pail_error *err);
    int (*list)(const char *dir, int (*each)(const char *, void *, struct pail_error *), void *ud,
                struct pail_error *err);
    int (*free_space)(const char *path, uint64_t *ret, struct pail_error *err);
    int (*fd)(const struct pail_file *f);
};
struct pail_file {
    const struct pail_file_ops *ops;
};
void pail_file_set_ops(const struct pail_file_ops *ops); /* NULL: POSIX */

#endif
