/* SPDX-License-Identifier: Apache-2.0 */
/*
 * get BUCKET KEY FILE: downloads an object.
 *
 * Into FILE.part, renamed at the end: until done says so, the bytes may be a failed try's.
 */
#include <pail/s3.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct target {
    const char *path;
    FILE *file;
};

/* A try begins: what an earlier one wrote does not count. */
static int begin(void *ud, const struct pail_s3_object *head, uint64_t length,
                 struct pail_error *err)
{
    struct target *t = ud;

    rewind(t->file);
    if (ftruncate(fileno(t->file), 0) < 0)
        return pail_error_os(err, errno, "%s", t->path);
    return 0;
}

static int write_body(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct target *t = ud;

    if (fwrite(p, 1, n, t->file) != n)
        return pail_error_os(err, errno, "%s", t->path);
    return 0;
}

static int download(struct pail_s3 *s3, const char *bucket, const char *key, struct target *t,
                    struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = pail_str(bucket), .key = pail_str(key)};
    struct pail_s3_sink sink = {.begin = begin, .write = write_body, .ud = t};
    struct pail_s3_object object;

    int rc = pail_s3_get(s3, &args, &sink, &object, err);
    if (rc < 0)
        return rc;
    printf("%" PRIu64 " bytes, ETag %.*s, type %.*s\n", object.size, PAIL_STR_ARG(object.etag),
           PAIL_STR_ARG(object.content_type));
    for (size_t i = 0; i < object.n_meta; i++)
        printf("%.*s: %.*s\n", PAIL_STR_ARG(object.meta[i].name),
               PAIL_STR_ARG(object.meta[i].value));
    pail_s3_object_done(&object);
    return 0;
}

static int get(struct pail_s3 *s3, const char *bucket, const char *key, const char *path,
               struct pail_error *err)
{
    char part[4096];

    if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
        return pail_error_os(err, ENAMETOOLONG, "%s", path);
    struct target t = {.path = part, .file = fopen(part, "wb")};
    if (!t.file)
        return pail_error_os(err, errno, "%s", part);
    int rc = download(s3, bucket, key, &t, err);
    if (fclose(t.file) != 0 && rc == 0)
        rc = pail_error_os(err, errno, "%s", part);
    if (rc == 0 && rename(part, path) < 0)
        rc = pail_error_os(err, errno, "%s", path);
    if (rc < 0)
        remove(part);
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
        rc = get(s3, argv[1], argv[2], argv[3], &err);
    if (rc == PAIL_E_NOT_FOUND)
        fprintf(stderr, "%s: there is no such object\n", argv[0]);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
