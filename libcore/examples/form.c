/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form BUCKET PREFIX MAX-BYTES: an HTML form with which anybody may upload one file below PREFIX
 * for an hour.
 */
#include <pail/s3_post.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_s3_post post;
    char key[1100], limit[64];
    unsigned long long max;

    if (argc != 4 || sscanf(argv[3], "%llu", &max) != 1) {
        fprintf(stderr, "usage: %s BUCKET PREFIX MAX-BYTES\n", argv[0]);
        return 2;
    }
    snprintf(key, sizeof(key), "%s${filename}", argv[2]);
    snprintf(limit, sizeof(limit), "[\"content-length-range\", 0, %llu]", max);
    struct pail_str condition = pail_str(limit);
    struct pail_s3_post_args args = {.bucket = pail_str(argv[1]),
                                     .key = pail_str(key),
                                     .conditions = &condition,
                                     .n_conditions = 1};
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = pail_s3_presign_post(s3, &args, &post, &err);
    if (rc == 0) {
        printf("<form action=\"%.*s\" method=\"post\" enctype=\"multipart/form-data\">\n",
               PAIL_STR_ARG(post.url));
        for (size_t i = 0; i < post.n; i++)
            printf("  <input type=\"hidden\" name=\"%.*s\" value=\"%.*s\">\n",
                   PAIL_STR_ARG(post.fields[i].name), PAIL_STR_ARG(post.fields[i].value));
        puts("  <input type=\"file\" name=\"file\"> <input type=\"submit\">\n</form>");
        pail_s3_post_done(&post);
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    }
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
