/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tags BUCKET KEY [NAME VALUE]: adds a tag to an object, then shows its tags and who may do what
 * with it.
 */
#include <pail/s3_acl.h>

#include <stdio.h>
#include <string.h>

#define MAX_TAGS 10 /* S3's */

static int add_tag(struct pail_s3 *s3, const struct pail_s3_object_args *object, const char *name,
                   const char *value, struct pail_error *err)
{
    struct pail_s3_tag tags[MAX_TAGS + 1];
    struct pail_s3_tags old, all = {.tags = tags};

    int rc = pail_s3_object_tags_get(s3, object, &old, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < old.n && all.n < MAX_TAGS; i++) {
        if (!pail_str_eq(old.tags[i].key, pail_str(name)))
            tags[all.n++] = old.tags[i];
    }
    tags[all.n].key = pail_str(name);
    tags[all.n++].value = pail_str(value);
    rc = pail_s3_object_tags_put(s3, object, &all, err);
    pail_s3_tags_done(&old);
    return rc;
}

static int show(struct pail_s3 *s3, const struct pail_s3_object_args *object,
                struct pail_error *err)
{
    struct pail_s3_tags tags;
    struct pail_s3_acl acl;

    int rc = pail_s3_object_tags_get(s3, object, &tags, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < tags.n; i++)
        printf("tag %.*s=%.*s\n", PAIL_STR_ARG(tags.tags[i].key), PAIL_STR_ARG(tags.tags[i].value));
    pail_s3_tags_done(&tags);
    rc = pail_s3_object_acl_get(s3, object, &acl, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < acl.n; i++) {
        const struct pail_s3_grant *g = &acl.grants[i];
        printf("%.*s %.*s\n", PAIL_STR_ARG(g->permission),
               PAIL_STR_ARG(g->uri.len ? g->uri : g->id));
    }
    pail_s3_acl_done(&acl);
    return 0;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: %s BUCKET KEY [NAME VALUE]\n", argv[0]);
        return 2;
    }
    struct pail_s3_object_args object = {.bucket = pail_str(argv[1]), .key = pail_str(argv[2])};
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0 && argc == 5)
        rc = add_tag(s3, &object, argv[3], argv[4], &err);
    if (rc == 0)
        rc = show(s3, &object, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
