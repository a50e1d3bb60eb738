/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart BUCKET KEY FILE: uploads a file in parts of 8 MiB, four at a time.
 *
 * Parts are asynchronous calls; each slot waits for its call before it takes the next part. An
 * upload that fails is aborted, because its parts would be stored, and paid for, until somebody
 * does.
 */
#include <pail/s3.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_SIZE (UINT64_C(8) << 20)
#define SLOTS 4

struct source {
    int fd;
    uint64_t offset; /* of the part in the file */
};

struct slot {
    struct source source;
    struct pail_call *call; /* NULL: free */
    struct pail_error err;  /* of the call; code 0: it went well */
};

static int read_part(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                     struct pail_error *err)
{
    const struct source *s = ud;
    ssize_t n = pread(s->fd, dst, cap, (off_t)(s->offset + offset));

    if (n < 0)
        return pail_error_os(err, errno, "reading at %" PRIu64, s->offset + offset);
    *ret_n = (size_t)n;
    return 0;
}

/* On a thread of the library. */
static void part_done(void *ud, const struct pail_error *err)
{
    struct slot *slot = ud;

    if (err)
        pail_error_copy(&slot->err, err);
}

/* Waits until the slot is free; what its call said. */
static int settle(struct slot *slot, struct pail_error *err)
{
    if (!slot->call)
        return 0;
    pail_call_wait(slot->call);
    slot->call = pail_call_unref(slot->call);
    if (slot->err.code)
        pail_error_copy(err, &slot->err);
    return slot->err.code;
}

static int send_parts(struct pail_s3 *s3, struct pail_s3_mpu_part_args args, int fd, uint64_t size,
                      struct pail_s3_part *parts, size_t n, struct pail_error *err)
{
    struct slot slots[SLOTS];
    int rc = 0;

    memset(slots, 0, sizeof(slots));
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct slot *slot = &slots[i % SLOTS];
        rc = settle(slot, err);
        if (rc < 0)
            break;
        slot->source = (struct source){.fd = fd, .offset = i * PART_SIZE};
        uint64_t left = size - slot->source.offset;
        struct pail_s3_body body = {
            .read = read_part, .ud = &slot->source, .length = left < PART_SIZE ? left : PART_SIZE};
        args.number = (unsigned)i + 1;
        rc = pail_s3_mpu_part_async(s3, &args, &body, &parts[i], part_done, slot, &slot->call, err);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        struct pail_error other = PAIL_ERROR_INIT;
        int slot_rc = settle(&slots[i], &other);
        if (slot_rc < 0 && rc == 0) {
            rc = slot_rc;
            pail_error_copy(err, &other);
        }
    }
    return rc;
}

static int upload(struct pail_s3 *s3, const char *bucket, const char *key, int fd, uint64_t size,
                  struct pail_error *err)
{
    struct pail_s3_mpu_create_args create = {.bucket = pail_str(bucket), .key = pail_str(key)};
    struct pail_s3_upload_id id;
    struct pail_s3_put_result result;
    size_t n = size ? (size_t)((size + PART_SIZE - 1) / PART_SIZE) : 1;

    struct pail_s3_part *parts = calloc(n, sizeof(*parts));
    if (!parts)
        return pail_error_nomem(err);
    int rc = pail_s3_mpu_create(s3, &create, &id, err);
    if (rc < 0) {
        free(parts);
        return rc;
    }
    struct pail_s3_mpu_part_args part = {
        .bucket = create.bucket, .key = create.key, .upload_id = pail_str(id.id)};
    rc = send_parts(s3, part, fd, size, parts, n, err);
    if (rc == 0) {
        struct pail_s3_mpu_complete_args complete = {.bucket = create.bucket,
                                                     .key = create.key,
                                                     .upload_id = pail_str(id.id),
                                                     .parts = parts,
                                                     .n_parts = n};
        rc = pail_s3_mpu_complete(s3, &complete, &result, err);
    }
    if (rc == 0) {
        printf("%zu parts, ETag %s\n", n, result.etag);
    } else if (err->retry != PAIL_RETRY_UNKNOWN_EFFECT) {
        struct pail_s3_mpu_abort_args abort_args = {
            .bucket = create.bucket, .key = create.key, .upload_id = pail_str(id.id)};
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_s3_mpu_abort(s3, &abort_args, &why) < 0)
            fprintf(stderr, "the parts stay: %s\n", why.message);
    }
    free(parts);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct stat st;

    if (argc != 4) {
        fprintf(stderr, "usage: %s BUCKET KEY FILE\n", argv[0]);
        return 2;
    }
    int fd = open(argv[3], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        perror(argv[3]);
        return 1;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = upload(s3, argv[1], argv[2], fd, (uint64_t)st.st_size, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_unref(s3);
    pail_session_unref(session);
    close(fd);
    return rc < 0;
}
