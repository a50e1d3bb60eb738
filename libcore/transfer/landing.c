/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/landing.c - files that appear when they are complete, and what is written in order.
 *
 * A descriptor open for appending ignores positions, so parts that arrive out of order would be
 * written out of order: it is written as a stream. Since readers of such a file take everything in
 * it for good, what was appended is cut off again when the download fails.
 */
#include "transfer/landing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"

#define NAME_LIMIT 255
/* The larger a write, the larger the pieces of memory that file systems take for it; those are new
 * to a virtual machine more often than not, and then 2 GiB take 5 s instead of 1. */
#define WRITE_STEP (16u * 1024)

/* "DIR/NAME.XXXXXXXX", the name cut where it would get too long. */
static int temporary_name(const char *path, char **ret, struct pail_error *err)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    struct pail_buf name PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(16 * 1024);
    size_t slash = pail_str_rfind(pail_str(path), '/');
    struct pail_str last = slash == SIZE_MAX ? pail_str(path)
                                             : pail_str_from(pail_str(path), slash + 1);

    if (slash != SIZE_MAX)
        pail_buf_str(&name, pail_strn(path, slash + 1));
    pail_buf_str(&name, pail_str_sub(last, 0, NAME_LIMIT - 9));
    pail_buf_char(&name, '.');
    for (int i = 0; i < 8; i++)
        pail_buf_char(&name, digits[pail_rand_below(sizeof(digits) - 1)]);
    int rc = pail_buf_check(&name, "path", err);
    if (rc == 0 && !(*ret = pail_buf_take(&name, NULL)))
        rc = pail_error_nomem(err);
    return rc;
}

static int open_temporary(struct pail_landing *t, const char *tmp, struct pail_error *err)
{
    unsigned flags = PAIL_FILE_READ | PAIL_FILE_WRITE;
    int rc = 0;

    if (tmp)
        t->tmp = pail_strdup(tmp);
    else
        rc = temporary_name(t->path, &t->tmp, err);
    if (rc == 0 && !t->tmp)
        rc = pail_error_nomem(err);
    if (rc == 0)
        rc = pail_file_open(t->tmp, tmp ? flags : flags | PAIL_FILE_CREATE | PAIL_FILE_EXCL,
                            &t->file, err);
    if (rc < 0)
        pail_free(PAIL_STEAL(t->tmp));
    return rc;
}

static int open_path(struct pail_landing *t, const char *tmp, struct pail_error *err)
{
    struct pail_file_stat st;

    if (pail_file_stat(t->path, &st, NULL) < 0 || st.is_regular)
        return open_temporary(t, tmp, err);
    if (st.is_dir)
        return pail_error_os(err, EISDIR, "%s", t->path);
    int rc = pail_file_open(t->path, PAIL_FILE_WRITE, &t->file, err);
    if (rc < 0)
        return rc;
    t->ordered = true;
    t->fd = pail_file_fd(t->file);
    return 0;
}

static int open_fd(struct pail_landing *t, int fd, struct pail_error *err)
{
    int flags = fcntl(fd, F_GETFL);
    uint64_t size = 0;

    if (flags < 0)
        return pail_error_os(err, errno, "%s", t->name);
    bool appends = (flags & O_APPEND) != 0;
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (at < 0 || appends) {
        t->ordered = true;
        t->fd = fd;
    }
    if (at < 0)
        return 0;
    int rc = pail_file_borrow(fd, t->name, &t->file, err);
    if (rc == 0)
        rc = pail_file_size(t->file, &size, err);
    t->base = appends ? size : (uint64_t)at;
    t->cut_back = appends && rc == 0;
    return rc;
}

int pail_landing_open(struct pail_landing *t, const struct pail_download_args *args,
                      const char *tmp, struct pail_error *err)
{
    t->fd = -1;
    t->path = args->path;
    if (args->path)
        return open_path(t, tmp, err);
    if (args->use_fd)
        return open_fd(t, args->fd, err);
    t->ordered = true;
    t->write = args->write;
    t->write_ud = args->write_ud;
    return 0;
}

/* ---- Writing ---- */

int pail_landing_write_at(const struct pail_landing *t, uint64_t offset, const void *p, size_t n,
                          struct pail_error *err)
{
    const char *at = p;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i += WRITE_STEP)
        rc = pail_file_pwrite(t->file, at + i, pail_min_u64(WRITE_STEP, n - i),
                              t->base + offset + i, err);
    return rc;
}

/* The file has its blocks and its size before the first write: only then may several write at
 * once, and none changes more than data. */
void pail_landing_go_direct(struct pail_landing *t, uint64_t size)
{
    if (!t->tmp || pail_file_open(t->tmp, PAIL_FILE_WRITE | PAIL_FILE_DIRECT, &t->direct, NULL) < 0)
        return;
    if (pail_file_reserve(t->file, 0, size, NULL) < 0 ||
        pail_file_truncate(t->file, size, NULL) < 0)
        pail_file_close(PAIL_STEAL(t->direct));
}

int pail_landing_write_direct(const struct pail_landing *t, uint64_t offset, const void *p,
                              size_t n, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;

    if ((offset | n | (uintptr_t)p) % PAIL_FILE_ALIGNMENT)
        return pail_landing_write_at(t, offset, p, n, err);
    int rc = pail_file_pwrite(t->direct, p, n, offset, &why);
    if (rc == PAIL_E_OS && why.os_errno == EINVAL) /* it wants more than it said */
        return pail_landing_write_at(t, offset, p, n, err);
    if (rc < 0)
        pail_error_copy(err, &why);
    return rc;
}

int pail_landing_write(const struct pail_landing *t, const void *p, size_t n,
                       struct pail_error *err)
{
    const char *at = p;

    if (t->write)
        return t->write(t->write_ud, p, n, err);
    while (n) {
        ssize_t w = write(t->fd, at, n);
        if (w < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (w < 0)
            return pail_error_os(err, errno, "%s", t->name);
        at += w;
        n -= (size_t)w;
    }
    return 0;
}

/* ---- Ending ---- */

/* An attempt that was repeated may have left more bytes than the object has. */
static int dress(struct pail_landing *t, uint64_t size, int64_t mtime_ns, struct pail_error *err)
{
    int fd = pail_file_fd(t->file);
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                {.tv_sec = (time_t)(mtime_ns / PAIL_NS_PER_S),
                                 .tv_nsec = (long)(mtime_ns % PAIL_NS_PER_S)}};

    int rc = pail_file_truncate(t->file, size, err);
    if (rc < 0 || fd < 0)
        return rc;
    if (fchmod(fd, t->mode) || (mtime_ns > 0 && futimens(fd, times)))
        rc = pail_error_os(err, errno, "%s", t->tmp);
    return rc;
}

int pail_landing_commit(struct pail_landing *t, uint64_t size, int64_t mtime_ns,
                        struct pail_error *err)
{
    int rc = 0;

    if (t->tmp) {
        rc = dress(t, size, mtime_ns, err);
        pail_file_close(PAIL_STEAL(t->direct));
        pail_file_close(PAIL_STEAL(t->file));
        if (rc == 0)
            rc = pail_file_rename(t->tmp, t->path, err);
        if (rc == 0)
            pail_free(PAIL_STEAL(t->tmp));
    } else if (t->file && !t->ordered) {
        (void)!lseek(pail_file_fd(t->file), (off_t)(t->base + size), SEEK_SET);
    }
    if (rc == 0) {
        t->cut_back = false;
        pail_file_close(PAIL_STEAL(t->file));
    }
    return rc;
}

void pail_landing_abort(struct pail_landing *t, bool keep)
{
    if (t->cut_back)
        (void)!pail_file_truncate(t->file, t->base, NULL);
    t->cut_back = false;
    pail_file_close(PAIL_STEAL(t->direct));
    pail_file_close(PAIL_STEAL(t->file));
    if (t->tmp && !keep) {
        (void)!pail_file_unlink(t->tmp, NULL);
        pail_free(PAIL_STEAL(t->tmp));
    }
}

void pail_landing_done(struct pail_landing *t)
{
    pail_file_close(PAIL_STEAL(t->direct));
    pail_file_close(PAIL_STEAL(t->file));
    pail_free(PAIL_STEAL(t->tmp));
}
