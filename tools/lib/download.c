/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: one GET, or ranged GETs of one version, several in flight, written in place into a
 * temporary file. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/rand.h"
#include "lib/flight.h"
#include "lib/transfer.h"

#define RANGE ((uint64_t)8 << 20)

struct target {
    const struct pail_transfer *t;
    struct pail_file *file; /* NULL: standard output */
};
struct range_slot {
    struct target *target;
    uint64_t offset;
};

static int write_stdout(const char *p, size_t n, struct pail_error *err)
{
    while (n) {
        ssize_t w = write(STDOUT_FILENO, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return pail_error_os(err, errno, "standard output");
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int range_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    const struct range_slot *r = ud;
    int rc = pail_file_pwrite(r->target->file, p, n, r->offset + offset, err);
    if (!rc)
        pail_progress_bytes(r->target->t->progress, n);
    return rc;
}

static int ranges(struct target *target, struct pail_str bucket, struct pail_str key,
                  const struct pail_s3_object *head, struct pail_error *err)
{
    struct pail_flight flight;
    struct range_slot slots[PAIL_FLIGHT_SLOTS];
    pail_flight_init(&flight);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++) {
        slots[i].target = target;
        flight.slots[i].data = &slots[i];
    }
    for (uint64_t at = 0; at < head->size; at += RANGE) {
        struct pail_flight_slot *slot = pail_flight_take(&flight);
        if (!slot)
            break;
        struct range_slot *r = slot->data;
        r->offset = at;
        struct pail_s3_get_args args = {.call = {.priority = PAIL_PRIO_READ},
                                        .bucket = bucket,
                                        .key = key,
                                        .if_match = head->etag,
                                        .ranged = true,
                                        .offset = at,
                                        .length = head->size - at < RANGE ? head->size - at
                                                                          : RANGE};
        struct pail_s3_sink sink = {.write = range_write, .ud = r};
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_s3_get_async(target->t->s3, &args, &sink, NULL, pail_flight_landed, slot, NULL,
                              &why))
            pail_flight_landed(slot, &why);
    }
    int rc = pail_flight_wait(&flight, err);
    pail_flight_done(&flight);
    return rc;
}

static int fetch(struct target *target, struct pail_str bucket, struct pail_str key,
                 struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = bucket, .key = key};
    struct pail_s3_object head = {0};
    int rc = pail_s3_head(target->t->s3, &args, &head, err);
    if (rc)
        return rc;
    if (head.size > RANGE) {
        rc = ranges(target, bucket, key, &head, err);
    } else {
        struct range_slot whole = {.target = target};
        struct pail_s3_get_args get = {.call = {.priority = PAIL_PRIO_READ},
                                       .bucket = bucket,
                                       .key = key,
                                       .if_match = head.etag};
        struct pail_s3_sink sink = {.write = range_write, .ud = &whole};
        rc = pail_s3_get(target->t->s3, &get, &sink, NULL, err);
    }
    if (!rc)
        rc = pail_file_truncate(target->file, head.size, err);
    pail_s3_object_done(&head);
    return rc;
}

static unsigned new_file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

int pail_transfer_download(const struct pail_transfer *t, struct pail_str bucket,
                           struct pail_str key, const char *path, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf temporary = PAIL_BUF_INIT(8192);
    pail_buf_fmt(&temporary, "%s.%08llx", path, (unsigned long long)(pail_rand_u64() & UINT32_MAX));
    int rc = pail_buf_check(&temporary, "path", err);
    if (rc)
        return rc;
    const char *tmp = pail_buf_cstr(&temporary);
    struct target target = {.t = t};
    rc = pail_file_open(tmp, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL, &target.file,
                        err);
    if (rc)
        return rc;
    rc = fetch(&target, bucket, key, err);
    if (!rc && fchmod(pail_file_fd(target.file), new_file_mode()))
        rc = pail_error_os(err, errno, "%s", tmp);
    pail_file_close(target.file);
    if (!rc)
        rc = pail_file_rename(tmp, path, err);
    if (rc)
        (void)!pail_file_unlink(tmp, NULL);
    return rc;
}

struct stream {
    const struct pail_transfer *t;
    uint64_t at; /* bytes already passed on: a repeated attempt starts over */
};

static int stream_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct stream *s = ud;
    if (offset + n <= s->at)
        return 0;
    size_t known = s->at > offset ? (size_t)(s->at - offset) : 0;
    int rc = write_stdout((const char *)p + known, n - known, err);
    s->at = offset + n;
    return rc;
}

int pail_transfer_download_stdout(const struct pail_transfer *t, struct pail_str bucket,
                                  struct pail_str key, struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = bucket, .key = key};
    struct pail_s3_object head = {0};
    int rc = pail_s3_head(t->s3, &args, &head, err);
    if (rc)
        return rc;
    /* Pinned, so that a repeated attempt goes on in the same version. */
    struct stream s = {.t = t};
    struct pail_s3_get_args get = {
        .call = {.priority = PAIL_PRIO_READ}, .bucket = bucket, .key = key, .if_match = head.etag};
    struct pail_s3_sink sink = {.write = stream_write, .ud = &s};
    rc = pail_s3_get(t->s3, &get, &sink, NULL, err);
    pail_s3_object_done(&head);
    return rc;
}
