/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errors BUCKET KEY: what an error tells, and what a program makes of it.
 *
 * Decide by the code, which is the same whichever service or layer it comes from; by service_code
 * where the service's own word matters; show people the message. All of it is in the caller's
 * struct: nothing to free, and no other thread's error.
 */
#include <pail/s3.h>

#include <stdio.h>

static const char *what_retry_says(enum pail_retry retry)
{
    switch (retry) {
    case PAIL_RETRY_NEVER:
        return "never: asking again would end the same";
    case PAIL_RETRY_BACKOFF:
        return "later: it may pass by itself";
    case PAIL_RETRY_AFTER_REFRESH:
        return "with new credentials";
    case PAIL_RETRY_UNKNOWN_EFFECT:
        return "look first: it may have been done";
    }
    return "?";
}

static void describe(const struct pail_error *err)
{
    printf("code: %s\nservice code: %s\nrequest id: %s\nHTTP status: %d\nattempts: %d\nretry: %s\n",
           pail_code_name(err->code), err->service_code, err->request_id, err->http_status,
           err->attempts, what_retry_says(err->retry));
    if (err->domain == PAIL_D_OS)
        printf("errno: %d\n", err->os_errno);
    fprintf(stderr, "%s\n", err->message);
}

/* Exit status: 0 there, 1 not there, 3 may not be seen, 4 worth another try, 5 anything else. */
static int judge(const struct pail_error *err)
{
    switch (err->code) {
    case PAIL_E_NOT_FOUND:
    case PAIL_E_NO_BUCKET:
        return 1;
    case PAIL_E_ACCESS:
    case PAIL_E_AUTH_REJECTED:
    case PAIL_E_NO_CREDENTIALS:
        return 3;
    default: /* throttling, outages, lost connections: the library tried several times */
        return err->retry == PAIL_RETRY_BACKOFF ? 4 : 5;
    }
}

static int drop(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    (void)ud, (void)offset, (void)p, (void)n, (void)err;
    return 0;
}

static int get(const char *bucket, const char *key, struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = pail_str(bucket), .key = pail_str(key)};
    struct pail_s3_sink sink = {.write = drop};
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;

    /* Each step is skipped after a failure; each clean-up takes NULL. */
    int rc = pail_session_new(NULL, &session, err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, err);
    if (rc == 0)
        rc = pail_s3_get(s3, &args, &sink, NULL, err);
    if (rc < 0)
        pail_error_prefix(err, "looking for %s", key); /* context goes in front */
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;

    if (argc != 3) {
        fprintf(stderr, "usage: %s BUCKET KEY\n", argv[0]);
        return 2;
    }
    if (get(argv[1], argv[2], &err) == 0) {
        puts("there");
        return 0;
    }
    describe(&err);
    return judge(&err);
}
