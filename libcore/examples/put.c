/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put BUCKET KEY FILE: uploads a file in one request, unless the key exists already.
 *
 * The body is read from the file by position, so the library can sum it first and send it again.
 */
#include <pail/s3.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_file(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                     struct pail_error *err)
{
    const int *fd = ud;
    ssize_t n = pread(*fd, dst, cap, (off_t)offset);

    if (n < 0)
        return pail_error_os(err, errno, "reading at %" PRIu64, offset);
    *ret_n = (size_t)n;
    return 0;
}

static int put(struct pail_s3 *s3, const char *bucket, const char *key, const char *path,
               struct pail_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0) {
        int rc = pail_error_os(err, errno, "%s", path);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    struct pail_s3_meta meta = {.name = PAIL_STR("source"), .value = PAIL_STR("put.c")};
    struct pail_s3_put_args args = {
        .bucket = pail_str(bucket),
        .key = pail_str(key),
        .if_none_match = true,
        .attributes = {.content_type = PAIL_STR("text/plain"), .meta = &meta, .n_meta = 1},
    };
    struct pail_s3_body body = {.read = read_file, .ud = &fd, .length = (uint64_t)st.st_size};
    struct pail_s3_put_result result;

    int rc = pail_s3_put(s3, &args, &body, &result, err);
    if (rc == 0)
        printf("ETag %s\n", result.etag);
    close(fd);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: %s BUCKET KEY FILE\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = put(s3, argv[1], argv[2], argv[3], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    if (rc == PAIL_E_PRECONDITION)
        fprintf(stderr, "%s: the key exists; nothing was changed\n", argv[0]);
    else if (err.retry == PAIL_RETRY_UNKNOWN_EFFECT)
        fprintf(stderr, "%s: the reply was lost; the object may be there\n", argv[0]);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
