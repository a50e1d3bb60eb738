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

/* The temporary keys, or an error. */
static int assume(struct pail_client *sts, const char *arn, struct pail_result **ret,
                  struct pail_error *err)
{
    struct pail_values *vs = NULL;

    int rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = pail_value_map(vs);
    pail_value_set(vs, params, PAIL_STR("RoleArn"), pail_value_str(vs, pail_str(arn)));
    pail_value_set(vs, params, PAIL_STR("RoleSessionName"),
                   pail_value_str(vs, PAIL_STR("example")));
    pail_value_set(vs, params, PAIL_STR("DurationSeconds"), pail_value_int(vs, 900));
    rc = pail_values_check(vs, err);
    if (rc == 0)
        rc = pail_call(sts, "AssumeRole", params, ret, err);
    pail_values_free(vs);
    return rc;
}

/* Texts of a result end in NUL like all of pail/value.h's. */
static const char *text(const struct pail_value *map, const char *name)
{
    return pail_value_as_str(pail_value_get(map, pail_str(name))).ptr;
}

/* A session of its own: sessions share nothing, and any number may live side by side. */
static int session_of(const struct pail_result *answer, struct pail_session **ret,
                      struct pail_error *err)
{
    const struct pail_value *keys = pail_value_get(pail_result_value(answer),
                                                   PAIL_STR("Credentials"));
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;

    opt.access_key = text(keys, "AccessKeyId");
    opt.secret_key = text(keys, "SecretAccessKey");
    opt.session_token = text(keys, "SessionToken");
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
    struct pail_session *own = NULL, *assumed = NULL;
    struct pail_client *sts = NULL;
    struct pail_result *answer = NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: %s ARN BUCKET KEY\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &own, &err);
    if (rc == 0)
        rc = pail_client_new(own, "sts", NULL, &sts, &err);
    if (rc == 0)
        rc = assume(sts, argv[1], &answer, &err);
    if (rc == 0)
        rc = session_of(answer, &assumed, &err);
    if (rc == 0)
        rc = look(assumed, argv[2], argv[3], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_result_free(answer);
    pail_client_unref(sts);
    pail_session_unref(assumed);
    pail_session_unref(own);
    return rc < 0;
}
