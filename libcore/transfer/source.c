/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/source.c - files, memory and streams behind one door.
 *
 * A pipe or terminal may never have another byte, so it is only read after poll() said that there
 * is something, and poll() has a time limit, after which the transfer's own business is looked at.
 * Files of /proc say that they are empty; one that has a byte nevertheless is read as a stream.
 */
#include "transfer/source.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#define LOOK_MS 50

static int too_short(const struct pail_source *s, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "%s became shorter while it was uploaded", s->name);
}

/* ---- Opening ---- */

static bool has_hidden_content(const struct pail_source *s)
{
    char byte;
    size_t n = 0;
    return s->size == 0 && pail_file_pread(s->file, &byte, 1, 0, &n, NULL) == 0 && n;
}

static void become_stream(struct pail_source *s, int fd)
{
    s->stream = true;
    s->size = UINT64_MAX;
    s->fd = fd;
}

static int open_path(struct pail_source *s, const char *path, struct pail_error *err)
{
    struct pail_file_stat st;

    int rc = pail_file_stat(path, &st, err);
    if (rc == 0 && st.is_dir)
        rc = pail_error_os(err, EISDIR, "%s", path);
    if (rc == 0)
        rc = pail_file_open(path, PAIL_FILE_READ, &s->file, err);
    if (rc < 0)
        return rc;
    s->size = st.size;
    s->mtime_ns = st.mtime_ns;
    if (!st.is_regular || has_hidden_content(s))
        become_stream(s, pail_file_fd(s->file));
    return 0;
}

static int open_fd(struct pail_source *s, int fd, struct pail_error *err)
{
    uint64_t size = 0;
    off_t at = lseek(fd, 0, SEEK_CUR);

    if (at < 0 && errno == EBADF)
        return pail_error_os(err, EBADF, "%s", s->name);
    if (at < 0) {
        become_stream(s, fd);
        return 0;
    }
    int rc = pail_file_borrow(fd, s->name, &s->file, err);
    if (rc == 0)
        rc = pail_file_size(s->file, &size, err);
    if (rc < 0)
        return rc;
    s->base = (uint64_t)at;
    s->size = size > s->base ? size - s->base : 0;
    if (size == 0) /* a device, or a file that does not tell its size */
        become_stream(s, fd);
    return 0;
}

int pail_source_open(struct pail_source *s, const struct pail_upload_args *args,
                     struct pail_error *err)
{
    s->fd = -1;
    if (args->path)
        return open_path(s, args->path, err);
    if (args->use_fd)
        return open_fd(s, args->fd, err);
    if (args->data) {
        s->data = *args->data;
        s->size = s->data.len;
        return 0;
    }
    become_stream(s, -1);
    s->read = args->read;
    s->read_ud = args->read_ud;
    return 0;
}

void pail_source_close(struct pail_source *s)
{
    pail_file_close(s->file);
    s->file = NULL;
}

/* ---- Reading ---- */

int pail_source_read_at(const struct pail_source *s, uint64_t offset, void *dst, size_t n,
                        struct pail_error *err)
{
    size_t got = 0;

    if (!s->file) {
        memcpy(dst, (const char *)s->data.ptr + offset, n);
        return 0;
    }
    int rc = pail_file_pread(s->file, dst, n, s->base + offset, &got, err);
    return rc < 0 ? rc : got < n ? too_short(s, err) : 0;
}

/* One read of what there is; *ret_n SIZE_MAX: nothing yet. */
static int read_fd(struct pail_source *s, void *dst, size_t n, size_t *ret_n,
                   struct pail_error *err)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};

    *ret_n = SIZE_MAX;
    int ready = poll(&p, 1, LOOK_MS);
    if (ready < 0 && errno != EINTR)
        return pail_error_os(err, errno, "%s", s->name);
    if (ready <= 0)
        return 0;
    ssize_t got = read(s->fd, dst, n);
    if (got < 0 && errno != EINTR && errno != EAGAIN)
        return pail_error_os(err, errno, "%s", s->name);
    if (got >= 0)
        *ret_n = (size_t)got;
    return 0;
}

static int read_some(struct pail_source *s, void *dst, size_t n, size_t *ret_n,
                     struct pail_error *err)
{
    if (!s->read)
        return read_fd(s, dst, n, ret_n, err);
    int rc = s->read(s->read_ud, dst, n, ret_n, err);
    if (rc == 0 && *ret_n > n)
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s: a read of %zu bytes gave %zu",
                            s->name, n, *ret_n);
    return rc;
}

int pail_source_read(struct pail_source *s, void *dst, size_t n, size_t *ret_n,
                     struct pail_error *err)
{
    size_t done = 0;

    while (done < n && !s->ended && !atomic_load(s->attention)) {
        size_t got = 0;
        int rc = read_some(s, (char *)dst + done, n - done, &got, err);
        if (rc < 0)
            return rc;
        if (got == SIZE_MAX)
            continue;
        s->ended = got == 0;
        done += got;
    }
    *ret_n = done;
    return 0;
}

int pail_source_check(const struct pail_source *s, struct pail_error *err)
{
    uint64_t now = 0;

    if (s->stream || !s->file)
        return 0;
    int rc = pail_file_size(s->file, &now, err);
    if (rc == 0 && now != s->base + s->size)
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                            "%s changed its size while it was uploaded", s->name);
    return rc;
}
