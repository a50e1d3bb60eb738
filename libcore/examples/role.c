/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role ARN BUCKET KEY: reads an object's size with the credentials of a role.
 *
 * By hand, with STS. A profile with role_arn does it without a line of code, and renews them before
 * they end, too: see session.c.
 */
#include <pail/s3.h>
#include <pail/service.h>

#include <inttypes.h>
#include <stdio.h>

/* A session of its own: sessions share nothing, and any number may live side by side. */
static int session_of(const struct pail_result *answer, struct pail_session **ret,
                      struct pail_error *err)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;

    opt.access_key = pail_result_str(answer, "Credentials.AccessKeyId");
    opt.secret_key = pail_result_str(answer, "Credentials.SecretAccessKey");
    opt.session_token = pail_result_str(answer, "Credentials.SessionToken");
    printf("access key: %s\n", opt.access_key);
    return pail_session_new(&opt, ret, err); /* copies them */
}

static int look(struct pail_session *session, const char *bucket, const char *key,
                struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = pail_str(bucket), .key = pail_str(key)};
    struct pail_s3_object object;
    struct pail_s3 *s3 = NULL;

    int rc = pail_s3_new(session, NULL, &s3, err);
    if (rc == 0)
        rc = pail_s3_head(s3, &args, &object, err);
    if (rc == 0) {
        printf("%s: %" PRIu64 " bytes\n", key, object.size);
        pail_s3_object_done(&object);
    }
    pail_s3_unref(s3);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *assumed = NULL;
    struct pail_client *sts = NULL;
    struct pail_result *answer = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: %s ARN BUCKET KEY\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "sts", NULL, &sts, &err);
    if (rc == 0)
        rc = pail_callf(sts, &answer, &err, "AssumeRole",
                        "RoleArn: %s, RoleSessionName: 'example', DurationSeconds: 900", argv[1]);
    if (rc == 0)
        rc = session_of(answer, &assumed, &err);
    if (rc == 0)
        rc = look(assumed, argv[2], argv[3], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_result_free(answer);
    pail_client_unref(sts);
    pail_session_unref(assumed);
    return rc < 0;
}
