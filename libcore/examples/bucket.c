/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket NAME FILE: the life of a bucket, with things instead of requests.
 *
 * Makes it, fills it, goes over it, and takes everything away again.
 */
#include <pail/resource.h>

#include <inttypes.h>
#include <stdio.h>

static int fill(struct pail_bucket *bucket, const char *path, struct pail_error *err)
{
    struct pail_object *object = NULL, *copy = NULL;
    const struct pail_s3_object *known;
    char *text = NULL;
    size_t n;

    int rc = pail_bucket_object(bucket, PAIL_STR("in/file"), &object, err);
    if (rc == 0)
        rc = pail_bucket_object(bucket, PAIL_STR("in/copy"), &copy, err);
    if (rc == 0)
        rc = pail_object_upload(object, path, NULL, err);
    if (rc == 0)
        rc = pail_object_copy_from(copy, object, err);
    if (rc == 0)
        rc = pail_object_attributes(copy, &known, err); /* asks once, and remembers */
    if (rc == 0)
        printf("the copy has %" PRIu64 " bytes\n", known->size);
    if (rc == 0)
        rc = pail_object_get_range(copy, 0, 5, 5, &text, &n, err);
    if (rc == 0)
        printf("it begins \"%.*s\"\n", (int)n, text);
    pail_s3_free(text);
    pail_object_unref(copy);
    pail_object_unref(object);
    return rc;
}

static int list(struct pail_bucket *bucket, struct pail_error *err)
{
    struct pail_objects_options options = {.prefix = PAIL_STR("in/"), .limit = 10};
    struct pail_objects *it = NULL;
    const struct pail_s3_entry *e = NULL;

    int rc = pail_bucket_objects(bucket, &options, &it, err);
    while (rc == 0 && (rc = pail_objects_next(it, &e, err)) == 0 && e)
        printf("%.*s\n", PAIL_STR_ARG(e->key));
    pail_objects_free(it);
    return rc;
}

static int live(struct pail_bucket *bucket, const char *path, struct pail_error *err)
{
    uint64_t gone = 0;
    bool exists = true;

    /* In us-east-1 making one's own bucket again is success; this one shall be new. */
    int rc = pail_bucket_exists(bucket, &exists, err);
    if (rc == 0 && exists)
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_BUCKET_EXISTS, "%s: that name is taken",
                            pail_bucket_name(bucket));
    if (rc == 0)
        rc = pail_bucket_create(bucket, err);
    if (rc < 0)
        return rc;
    rc = pail_bucket_wait(bucket, true, NULL, err);
    if (rc == 0)
        rc = fill(bucket, path, err);
    if (rc == 0)
        rc = list(bucket, err);
    /* The first error is the one to tell; cleaning up is tried in any case. */
    int rc2 = pail_bucket_delete_below(bucket, pail_str(NULL), &gone, rc < 0 ? NULL : err);
    if (rc2 == 0)
        rc2 = pail_bucket_delete(bucket, rc < 0 ? NULL : err);
    printf("%" PRIu64 " deleted\n", gone);
    return rc < 0 ? rc : rc2;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_bucket *bucket = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: %s NAME FILE\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = pail_bucket_new(s3, pail_str(argv[1]), &bucket, &err);
    if (rc == 0)
        rc = live(bucket, argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_bucket_unref(bucket);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
