/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file.c - the file seam: dispatch, and what is built on it alone.
 *
 * Calls on an open file go to the implementation that opened it, calls on paths to the one
 * installed. Reading a whole file and replacing one atomically are written on these calls, so that
 * the simulation can fail and tear every step of them.
 */
#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file_posix.h"
#include "base/rand.h"
#include "base/str.h"

#define READ_STEP ((size_t)64 << 10)

static const struct pail_file_ops *file_ops = &pail_file_posix_ops;

void pail_file_set_ops(const struct pail_file_ops *ops)
{
    file_ops = ops ? ops : &pail_file_posix_ops;
}

int pail_file_open(const char *path, unsigned flags, struct pail_file **ret, struct pail_error *err)
{
    if (!(flags & (PAIL_FILE_READ | PAIL_FILE_WRITE)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%s: opened for neither reading nor writing", path);
    return file_ops->open(path, flags, ret, err);
}

void pail_file_close(struct pail_file *f)
{
    if (f)
        f->ops->close(f);
}

int pail_file_pread(struct pail_file *f, void *dst, size_t n, uint64_t offset, size_t *ret_n,
                    struct pail_error *err)
{
    return f->ops->pread(f, dst, n, offset, ret_n, err);
}

int pail_file_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t offset,
                     struct pail_error *err)
{
    return f->ops->pwrite(f, src, n, offset, err);
}

int pail_file_truncate(struct pail_file *f, uint64_t size, struct pail_error *err)
{
    return f->ops->truncate(f, size, err);
}

int pail_file_sync(struct pail_file *f, struct pail_error *err)
{
    return f->ops->sync(f, err);
}

int pail_file_size(struct pail_file *f, uint64_t *ret, struct pail_error *err)
{
    return f->ops->size(f, ret, err);
}

int pail_file_punch(struct pail_file *f, uint64_t offset, uint64_t n, struct pail_error *err)
{
    return n ? f->ops->punch(f, offset, n, err) : 0;
}

int pail_file_reserve(struct pail_file *f, uint64_t offset, uint64_t n, struct pail_error *err)
{
    return n ? f->ops->reserve(f, offset, n, err) : 0;
}

int pail_file_lock(struct pail_file *f, struct pail_error *err)
{
    return f->ops->lock(f, err);
}

int pail_file_fd(const struct pail_file *f)
{
    return f->ops->fd(f);
}

int pail_file_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    return file_ops->stat(path, ret, err);
}

int pail_file_unlink(const char *path, struct pail_error *err)
{
    return file_ops->unlink(path, err);
}

int pail_file_rename(const char *from, const char *to, struct pail_error *err)
{
    return file_ops->rename(from, to, err);
}

int pail_file_sync_dir(const char *dir, struct pail_error *err)
{
    return file_ops->sync_dir(dir, err);
}

int pail_file_mkdirs(const char *dir, unsigned mode, struct pail_error *err)
{
    return file_ops->mkdirs(dir, mode, err);
}

int pail_file_list(const char *dir, int (*each)(const char *name, void *ud, struct pail_error *err),
                   void *ud, struct pail_error *err)
{
    return file_ops->list(dir, each, ud, err);
}

int pail_file_free_space(const char *path, uint64_t *ret, struct pail_error *err)
{
    return file_ops->free_space(path, ret, err);
}

/* ---- Whole files ----------------------------------------------------------------------------- */

/* The size is a hint only: it is 0 in /proc, and the file may grow meanwhile. */
static int read_to_end(struct pail_file *f, const char *path, size_t max, struct pail_buf *out,
                       struct pail_error *err)
{
    uint64_t size = 0;
    int rc = pail_file_size(f, &size, err);
    if (rc < 0)
        return rc;
    if (size > max)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %zu bytes", path,
                              max);

    size_t step = size ? (size_t)size : READ_STEP;
    for (;;) {
        /* One byte more than may be, to see the end or the excess. */
        size_t room = max - out->len, want = step < room ? step + 1 : room + 1, got = 0;
        void *dst = pail_buf_reserve(out, want);
        if (!dst)
            return pail_buf_check(out, path, err);
        rc = pail_file_pread(f, dst, want, out->len, &got, err);
        if (rc < 0)
            return rc;
        if (got > room)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %zu bytes", path,
                                  max);
        pail_buf_added(out, got);
        if (got < want)
            return 0;
        step = READ_STEP;
    }
}

int pail_file_read_all(const char *path, size_t max, char **ret, size_t *ret_len,
                       struct pail_error *err)
{
    if (max > SIZE_MAX / 2)
        max = SIZE_MAX / 2;

    struct pail_file *f = NULL;
    int rc = pail_file_open(path, PAIL_FILE_READ, &f, err);
    if (rc < 0)
        return rc;

    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(max + 1);
    size_t len = 0;
    char *all = NULL;
    rc = read_to_end(f, path, max, &text, err);
    pail_file_close(f);
    if (rc < 0)
        return rc;
    all = pail_buf_take(&text, &len);
    if (!all)
        return pail_buf_check(&text, path, err);
    *ret = all;
    if (ret_len)
        *ret_len = len;
    return 0;
}

/* Not mapped: no descriptor to map, or an empty file, which cannot be. */
static int read_instead(const char *path, size_t max, struct pail_file_map *ret,
                        struct pail_error *err)
{
    char *all = NULL;
    size_t len = 0;
    int rc = pail_file_read_all(path, max, &all, &len, err);
    if (rc == 0)
        *ret = (struct pail_file_map){.ptr = all, .len = len};
    return rc;
}

int pail_file_map(const char *path, size_t max, struct pail_file_map *ret, struct pail_error *err)
{
    struct pail_file *f = NULL;
    uint64_t size = 0;
    int rc = pail_file_open(path, PAIL_FILE_READ, &f, err);
    if (rc < 0)
        return rc;
    int fd = pail_file_fd(f);
    rc = pail_file_size(f, &size, err);
    if (rc == 0 && size > max)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %zu bytes", path, max);
    if (rc == 0 && fd >= 0 && size > 0) {
        void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            rc = pail_error_os(err, errno, "mapping %s", path);
        else
            *ret = (struct pail_file_map){.ptr = p, .len = (size_t)size, .mapped = true};
        /* What is mapped is read here and there. In huge pages, where the file is cached in such,
         * every look would make 2 MiB of it this process's memory. A kernel without them says no.
         */
        if (rc == 0)
            (void)madvise(p, (size_t)size, MADV_NOHUGEPAGE);
    } else if (rc == 0) {
        rc = read_instead(path, max, ret, err);
    }
    pail_file_close(f);
    return rc;
}

void pail_file_unmap(struct pail_file_map *map)
{
    if (map->mapped)
        munmap((void *)map->ptr, map->len);
    else
        pail_free((void *)map->ptr);
    *map = (struct pail_file_map){0};
}

/* Everything of the new content that must be on disk before the rename. */
static int write_temporary(const char *path, struct pail_bytes data, unsigned mode,
                           struct pail_error *err)
{
    struct pail_file *f = NULL;
    int rc = pail_file_open(path, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL, &f, err);
    if (rc < 0)
        return rc;
    /* Modes exist where descriptors do; files begin as 0600. */
    int fd = pail_file_fd(f);
    if (mode != 0600 && fd >= 0 && fchmod(fd, (mode_t)mode) != 0)
        rc = pail_error_os(err, errno, "setting the mode of %s", path);
    if (rc == 0)
        rc = pail_file_pwrite(f, data.ptr, data.len, 0, err);
    if (rc == 0)
        rc = pail_file_sync(f, err);
    pail_file_close(f);
    if (rc < 0)
        (void)!pail_file_unlink(path, NULL); /* the first error is the one that counts */
    return rc;
}

/* The directory part of path: "." for a bare name. NULL: out of memory. */
static char *parent_of(const char *path)
{
    struct pail_str p = pail_str(path);
    size_t slash = pail_str_rfind(p, '/');
    if (slash == SIZE_MAX)
        return pail_strdup(".");
    return pail_strndup(pail_strn(path, slash ? slash : 1));
}

int pail_file_write_all(const char *path, struct pail_bytes data, unsigned mode,
                        struct pail_error *err)
{
    PAIL_AUTOFREE char *dir = parent_of(path);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf temporary = PAIL_BUF_INIT(64 << 10);
    pail_buf_fmt(&temporary, "%s.tmp-%016" PRIx64, path, pail_rand_u64());
    int rc = pail_buf_check(&temporary, path, err);
    if (rc < 0)
        return rc;
    if (!dir)
        return pail_error_nomem(err);

    rc = write_temporary(temporary.ptr, data, mode, err);
    if (rc < 0)
        return rc;
    rc = pail_file_rename(temporary.ptr, path, err);
    if (rc < 0) {
        (void)!pail_file_unlink(temporary.ptr, NULL);
        return rc;
    }
    return pail_file_sync_dir(dir, err);
}
