/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downloads into files: one GET, or ranged GETs of one version, several in flight, written in
 * place.
 *
 * The temporary file has a short name of its own, because the target's with something added can be
 * too long. A small object whose size the listing told is fetched without asking for it again; its
 * one answer is one version, whichever.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/rand.h"
#include "base/str.h"
#include "tools/lib/flight.h"
#include "tools/lib/one.h"
#include "tools/lib/transfer.h"

struct download {
    const struct pail_transfer *t;
    struct pail_str bucket, key;
    struct pail_file *file;
    uint64_t size;
    int64_t mtime_ns;
};
struct range {
    const struct download *d;
    uint64_t offset, length;
};

static int write_range(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    const struct range *r = ud;
    return pail_file_pwrite(r->d->file, p, n, r->offset + offset, err);
}

/* ---- Ranges ---- */

static void ask(struct pail_flight_slot *slot, uint64_t at, const struct pail_s3_object *head)
{
    struct range *r = slot->data;
    const struct download *d = r->d;
    struct pail_call *call = NULL;
    struct pail_error why = PAIL_ERROR_INIT;
    /* What was in the slot has arrived. */
    pail_progress_bytes(d->t->progress, r->length);
    r->offset = at;
    r->length = pail_min_u64(head->size - at, PAIL_PART_SIZE);
    struct pail_s3_get_args args = {.call = {.priority = PAIL_PRIO_READ},
                                    .bucket = d->bucket,
                                    .key = d->key,
                                    .if_match = head->etag,
                                    .ranged = true,
                                    .offset = r->offset,
                                    .length = r->length};
    struct pail_s3_sink sink = {.write = write_range, .ud = r};
    int rc = pail_s3_get_async(d->t->s3, &args, &sink, NULL, pail_flight_landed, slot, &call, &why);
    pail_flight_started(slot, rc, call, &why);
}

static int fetch_ranges(const struct download *d, const struct pail_s3_object *head,
                        struct pail_error *err)
{
    struct pail_flight flight;
    struct range ranges[PAIL_FLIGHT_SLOTS];
    pail_flight_init(&flight);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++) {
        ranges[i] = (struct range){.d = d};
        flight.slots[i].data = &ranges[i];
    }
    for (uint64_t at = 0; at < head->size; at += PAIL_PART_SIZE) {
        struct pail_flight_slot *slot = pail_flight_take(&flight);
        if (!slot)
            break;
        ask(slot, at, head);
    }
    int rc = pail_flight_wait(&flight, err);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS && !rc; i++)
        pail_progress_bytes(d->t->progress, ranges[i].length);
    pail_flight_done(&flight);
    return rc;
}

/* ---- One request ---- */

/* if_match empty: whatever version there is. */
static int fetch_whole(struct download *d, struct pail_str if_match, struct pail_error *err)
{
    struct range whole = {.d = d};
    struct pail_s3_object got = {0};
    struct pail_s3_get_args args = {.call = {.priority = PAIL_PRIO_READ},
                                    .bucket = d->bucket,
                                    .key = d->key,
                                    .if_match = if_match};
    struct pail_s3_sink sink = {.write = write_range, .ud = &whole};
    int rc = pail_one_get(d->t->s3, &args, &sink, &got, err);
    if (rc)
        return rc;
    d->size = got.size;
    d->mtime_ns = got.mtime_ns;
    pail_progress_bytes(d->t->progress, got.size);
    pail_s3_object_done(&got);
    return 0;
}

static int fetch(struct download *d, struct pail_error *err)
{
    if (d->size <= PAIL_PART_SIZE)
        return fetch_whole(d, pail_strn(NULL, 0), err);
    struct pail_s3_head_args args = {.bucket = d->bucket, .key = d->key};
    struct pail_s3_object head = {0};
    int rc = pail_one_head(d->t->s3, &args, &head, err);
    if (rc)
        return rc;
    if (d->size == PAIL_SIZE_UNKNOWN)
        pail_progress_expect(d->t->progress, head.size, 1);
    d->size = head.size;
    d->mtime_ns = head.mtime_ns;
    rc = head.size > PAIL_PART_SIZE ? fetch_ranges(d, &head, err) : fetch_whole(d, head.etag, err);
    pail_s3_object_done(&head);
    return rc;
}

/* ---- The file ---- */

/* Size, mode and time; an attempt that was repeated may have left more bytes than the object has.
 */
static int finish(const struct download *d, const char *tmp, struct pail_error *err)
{
    int fd = pail_file_fd(d->file);
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                {.tv_sec = (time_t)(d->mtime_ns / PAIL_NS_PER_S),
                                 .tv_nsec = (long)(d->mtime_ns % PAIL_NS_PER_S)}};
    int rc = pail_file_truncate(d->file, d->size, err);
    if (!rc && fchmod(fd, 0666 & ~(mode_t)d->t->umask))
        rc = pail_error_os(err, errno, "%s", tmp);
    if (!rc && d->mtime_ns > 0 && futimens(fd, times))
        rc = pail_error_os(err, errno, "%s", tmp);
    return rc;
}

static int temporary_name(const char *path, struct pail_buf *ret, struct pail_error *err)
{
    size_t slash = pail_str_rfind(pail_str(path), '/');
    if (slash != SIZE_MAX)
        pail_buf_str(ret, pail_strn(path, slash + 1));
    pail_buf_fmt(ret, ".pail-%016llx", (unsigned long long)pail_rand_u64());
    return pail_buf_check(ret, "path", err);
}

static int to_file(struct download *d, const char *path, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(8192);
    int rc = temporary_name(path, &name, err);
    if (rc)
        return rc;
    const char *tmp = pail_buf_cstr(&name);
    rc = pail_file_open(tmp, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL, &d->file, err);
    if (rc)
        return rc;
    rc = fetch(d, err);
    if (!rc)
        rc = finish(d, tmp, err);
    pail_file_close(d->file);
    if (!rc)
        rc = pail_file_rename(tmp, path, err);
    if (rc)
        (void)!pail_file_unlink(tmp, NULL);
    return rc;
}

int pail_transfer_download(const struct pail_transfer *t, struct pail_str bucket,
                           struct pail_str key, uint64_t size, const char *path,
                           struct pail_error *err)
{
    struct download d = {.t = t, .bucket = bucket, .key = key, .size = size};
    struct pail_file_stat st;
    if (pail_file_stat(path, &st, NULL) || st.is_regular)
        return to_file(&d, path, err);
    if (st.is_dir)
        return pail_error_os(err, EISDIR, "%s", path);
    int rc = pail_file_open(path, PAIL_FILE_WRITE, &d.file, err);
    if (rc)
        return rc;
    rc = pail_transfer_download_stream(t, bucket, key, pail_file_fd(d.file), path, err);
    pail_file_close(d.file);
    return rc;
}
