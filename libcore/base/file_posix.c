/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file_posix.c - files of the operating system.
 *
 * Interrupted and short transfers are completed here, so that callers see whole ones: signals
 * belong to the program, and nothing above should have to think of them. Each open file keeps its
 * path for messages. Locks are open-file-description locks: unlike process locks they work between
 * two opens of one process and do not vanish when some other descriptor of the file is closed.
 */
#include "base/file_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"

struct posix_file {
    struct pail_file base;
    int fd;
    bool borrowed; /* not to be closed */
    char path[];
};

static struct posix_file *posix_of(const struct pail_file *f)
{
    return PAIL_CONTAINER(f, struct posix_file, base);
}

/* The kernel's offsets are signed. */
static int check_range(const struct posix_file *pf, uint64_t offset, uint64_t n,
                       struct pail_error *err)
{
    if (offset > INT64_MAX || n > INT64_MAX - offset)
        return pail_error_os(err, EFBIG, "%s", pf->path);
    return 0;
}

static int open_flags(unsigned flags)
{
    int os = O_CLOEXEC;
    if ((flags & PAIL_FILE_READ) && (flags & PAIL_FILE_WRITE))
        os |= O_RDWR;
    else
        os |= flags & PAIL_FILE_WRITE ? O_WRONLY : O_RDONLY;
    if (flags & PAIL_FILE_CREATE)
        os |= O_CREAT;
    if (flags & PAIL_FILE_EXCL)
        os |= O_EXCL;
    if (flags & PAIL_FILE_TRUNC)
        os |= O_TRUNC;
    if (flags & PAIL_FILE_DIRECT)
        os |= O_DIRECT;
    return os;
}

/* Some file systems take O_DIRECT and copy all the same; only those count that say what they want
 * for it. */
static bool is_direct(int fd)
{
#ifdef STATX_DIOALIGN
    struct statx st;
    return statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) == 0 &&
           (st.stx_mask & STATX_DIOALIGN) && st.stx_dio_offset_align && st.stx_dio_mem_align &&
           PAIL_FILE_ALIGNMENT % st.stx_dio_offset_align == 0 &&
           PAIL_FILE_ALIGNMENT % st.stx_dio_mem_align == 0;
#else
    (void)fd;
    return false;
#endif
}

/* The descriptor; negative with errno set. */
static int open_fd(const char *path, unsigned flags)
{
    int fd;
    do {
        fd = open(path, open_flags(flags), 0600);
    } while (fd < 0 && errno == EINTR);
    if (fd >= 0 && (flags & PAIL_FILE_DIRECT) && !is_direct(fd)) {
        close(fd);
        fd = -1;
        errno = EINVAL; /* as file systems do that do not take the flag */
    }
    return fd;
}

static int posix_open(const char *path, unsigned flags, struct pail_file **ret,
                      struct pail_error *err)
{
    size_t len = strlen(path);
    struct posix_file *pf = pail_alloc(sizeof(*pf) + len + 1);
    if (!pf)
        return pail_error_nomem(err);
    pf->base.ops = &pail_file_posix_ops;
    pf->borrowed = false;
    memcpy(pf->path, path, len + 1);

    pf->fd = open_fd(path, flags);
    if (pf->fd < 0) {
        int rc = (flags & PAIL_FILE_DIRECT) && errno == EINVAL
                     ? pail_error_set(err, PAIL_D_OS, PAIL_E_UNSUPPORTED,
                                      "%s: its file system cannot go past the page cache", path)
                     : pail_error_os(err, errno, "%s", path);
        pail_free(pf);
        return rc;
    }
    if ((flags & PAIL_FILE_DELETE_ON_CLOSE) && unlink(path) != 0) {
        int rc = pail_error_os(err, errno, "removing the name of %s", path);
        close(pf->fd);
        pail_free(pf);
        return rc;
    }
    *ret = &pf->base;
    return 0;
}

int pail_file_borrow(int fd, const char *name, struct pail_file **ret, struct pail_error *err)
{
    size_t len = strlen(name);
    struct posix_file *pf = pail_alloc(sizeof(*pf) + len + 1);
    if (!pf)
        return pail_error_nomem(err);
    pf->base.ops = &pail_file_posix_ops;
    pf->fd = fd;
    pf->borrowed = true;
    memcpy(pf->path, name, len + 1);
    *ret = &pf->base;
    return 0;
}

static void posix_close(struct pail_file *f)
{
    struct posix_file *pf = posix_of(f);
    if (!pf->borrowed)
        close(pf->fd); /* not repeated on EINTR: Linux has closed it */
    pail_free(pf);
}

static int posix_pread(struct pail_file *f, void *dst, size_t n, uint64_t offset, size_t *ret_n,
                       struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    int rc = check_range(pf, offset, n, err);
    if (rc < 0)
        return rc;
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(pf->fd, (char *)dst + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == ESPIPE) /* a pipe has one position: the next byte */
            got = read(pf->fd, (char *)dst + done, n - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pail_error_os(err, errno, "reading %s", pf->path);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_n = done;
    return 0;
}

static int posix_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t offset,
                        struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    int rc = check_range(pf, offset, n, err);
    if (rc < 0)
        return rc;
    size_t done = 0;
    while (done < n) {
        ssize_t put = pwrite(pf->fd, (const char *)src + done, n - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) /* writing nothing without an error is an error, or this would not end */
            return pail_error_os(err, put < 0 ? errno : EIO, "writing %s", pf->path);
        done += (size_t)put;
    }
    return 0;
}

static int posix_truncate(struct pail_file *f, uint64_t size, struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    int rc = check_range(pf, size, 0, err);
    if (rc < 0)
        return rc;
    do {
        rc = ftruncate(pf->fd, (off_t)size);
    } while (rc != 0 && errno == EINTR);
    return rc ? pail_error_os(err, errno, "setting the size of %s", pf->path) : 0;
}

static int posix_sync(struct pail_file *f, struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    int rc;
    do {
        rc = fdatasync(pf->fd);
    } while (rc != 0 && errno == EINTR);
    return rc ? pail_error_os(err, errno, "syncing %s", pf->path) : 0;
}

static int posix_size(struct pail_file *f, uint64_t *ret, struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    struct stat st;
    if (fstat(pf->fd, &st) != 0)
        return pail_error_os(err, errno, "%s", pf->path);
    *ret = (uint64_t)st.st_size;
    return 0;
}

static int do_fallocate(struct posix_file *pf, int mode, uint64_t offset, uint64_t n,
                        const char *doing, struct pail_error *err)
{
    int rc = check_range(pf, offset, n, err);
    if (rc < 0)
        return rc;
    do {
        rc = fallocate(pf->fd, mode, (off_t)offset, (off_t)n);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0)
        return 0;
    if (errno == EOPNOTSUPP || errno == ENOSYS)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_UNSUPPORTED,
                              "%s %s: not supported by its file system", doing, pf->path);
    return pail_error_os(err, errno, "%s %s", doing, pf->path);
}

static int posix_punch(struct pail_file *f, uint64_t offset, uint64_t n, struct pail_error *err)
{
    return do_fallocate(posix_of(f), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, n,
                        "punching a hole in", err);
}

static int posix_reserve(struct pail_file *f, uint64_t offset, uint64_t n, struct pail_error *err)
{
    return do_fallocate(posix_of(f), FALLOC_FL_KEEP_SIZE, offset, n, "reserving space in", err);
}

static int posix_lock(struct pail_file *f, struct pail_error *err)
{
    struct posix_file *pf = posix_of(f);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int rc;
    do {
        rc = fcntl(pf->fd, F_OFD_SETLK, &whole);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0)
        return 0;
    if (errno == EAGAIN || errno == EACCES)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "%s: in use by another process",
                              pf->path);
    return pail_error_os(err, errno, "locking %s", pf->path);
}

static int posix_fd(const struct pail_file *f)
{
    return posix_of(f)->fd;
}

/* ---- Paths --------------------------------------------------------------------------------------
 */

static int posix_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return pail_error_os(err, errno, "%s", path);
    *ret = (struct pail_file_stat){
        .size = (uint64_t)st.st_size,
        .allocated = (uint64_t)st.st_blocks * 512,
        .mtime_ns = (int64_t)st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
        .is_dir = S_ISDIR(st.st_mode),
        .is_regular = S_ISREG(st.st_mode),
        .mode = st.st_mode & 07777,
    };
    return 0;
}

static int posix_unlink(const char *path, struct pail_error *err)
{
    return unlink(path) == 0 ? 0 : pail_error_os(err, errno, "removing %s", path);
}

static int posix_rename(const char *from, const char *to, struct pail_error *err)
{
    return rename(from, to) == 0 ? 0 : pail_error_os(err, errno, "renaming %s to %s", from, to);
}

static int posix_sync_dir(const char *dir, struct pail_error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pail_error_os(err, errno, "%s", dir);
    int rc;
    do {
        rc = fsync(fd);
    } while (rc != 0 && errno == EINTR);
    int error = rc ? errno : 0;
    close(fd);
    /* EINVAL: a file system whose directories need no syncing. */
    return error && error != EINVAL ? pail_error_os(err, error, "syncing %s", dir) : 0;
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* One level; what exists already is fine, whatever error mkdir gives for it (read-only parents,
 * mount points say more than EEXIST). */
static int make_dir(const char *path, unsigned mode, struct pail_error *err)
{
    if (mkdir(path, (mode_t)mode) == 0)
        return 0;
    int error = errno;
    if (is_dir(path))
        return 0;
    return pail_error_os(err, error == EEXIST ? ENOTDIR : error, "creating directory %s", path);
}

static int posix_mkdirs(const char *dir, unsigned mode, struct pail_error *err)
{
    if (is_dir(dir))
        return 0;
    PAIL_AUTOFREE char *path = pail_strdup(dir);
    if (!path)
        return pail_error_nomem(err);
    for (char *p = path; *p; p++) {
        if (*p != '/' || p == path)
            continue;
        *p = '\0';
        int rc = make_dir(path, mode, err);
        if (rc < 0)
            return rc;
        *p = '/';
    }
    return make_dir(path, mode, err);
}

/* ---- Listing ------------------------------------------------------------------------------------
 */

struct names {
    char **list;
    size_t n, cap;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        pail_free(names->list[i]);
    pail_free(names->list);
}

static int names_add(struct names *names, const char *name, struct pail_error *err)
{
    if (names->n == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 64;
        char **list = pail_reallocarray(names->list, cap, sizeof(*list));
        if (!list)
            return pail_error_nomem(err);
        names->list = list;
        names->cap = cap;
    }
    char *copy = pail_strdup(name);
    if (!copy)
        return pail_error_nomem(err);
    names->list[names->n++] = copy;
    return 0;
}

static int read_names(DIR *d, const char *dir, struct names *names, struct pail_error *err)
{
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(d);
        if (!e)
            return errno ? pail_error_os(err, errno, "listing %s", dir) : 0;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        int rc = names_add(names, e->d_name, err);
        if (rc < 0)
            return rc;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int posix_list(const char *dir, int (*each)(const char *, void *, struct pail_error *),
                      void *ud, struct pail_error *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return pail_error_os(err, errno, "listing %s", dir);
    PAIL_CLEANUP(names_done) struct names names = {0};
    int rc = read_names(d, dir, &names, err);
    closedir(d);
    if (rc < 0)
        return rc;
    if (names.n > 1)
        qsort(names.list, names.n, sizeof(*names.list), compare_names);
    for (size_t i = 0; i < names.n && rc == 0; i++)
        rc = each(names.list[i], ud, err);
    return rc;
}

static int posix_free_space(const char *path, uint64_t *ret, struct pail_error *err)
{
    struct statvfs st;
    if (statvfs(path, &st) != 0)
        return pail_error_os(err, errno, "%s", path);
    *ret = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}

const struct pail_file_ops pail_file_posix_ops = {
    .open = posix_open,
    .close = posix_close,
    .pread = posix_pread,
    .pwrite = posix_pwrite,
    .truncate = posix_truncate,
    .sync = posix_sync,
    .size = posix_size,
    .punch = posix_punch,
    .reserve = posix_reserve,
    .lock = posix_lock,
    .stat = posix_stat,
    .unlink = posix_unlink,
    .rename = posix_rename,
    .sync_dir = posix_sync_dir,
    .mkdirs = posix_mkdirs,
    .list = posix_list,
    .free_space = posix_free_space,
    .fd = posix_fd,
};
