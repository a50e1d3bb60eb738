/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async BUCKET KEY...: the sizes of many objects, all asked for at once.
 *
 * done runs on a thread of the library; what it touches must be its own or be locked. Here every
 * call has its own struct, and waiting for the call orders everything.
 */
#include <pail/s3.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct question {
    const char *key;
    struct pail_call *call;
    struct pail_s3_object object;
    struct pail_error err;
};

static void answered(void *ud, const struct pail_error *err)
{
    struct question *q = ud;

    if (err)
        pail_error_copy(&q->err, err);
}

/* The number of objects whose size could not be had. */
static int ask(struct pail_s3 *s3, const char *bucket, struct question *q, int n)
{
    int failed = 0;

    for (int i = 0; i < n; i++) {
        struct pail_s3_head_args args = {.call = {.priority = PAIL_PRIO_META},
                                         .bucket = pail_str(bucket),
                                         .key = pail_str(q[i].key)};
        /* A call that could not start has no done; its error is here. */
        int rc = pail_s3_head_async(s3, &args, &q[i].object, answered, &q[i], &q[i].call,
                                    &q[i].err);
        if (rc < 0)
            q[i].call = NULL;
    }
    for (int i = 0; i < n; i++) {
        if (q[i].call)
            pail_call_wait(q[i].call);
        q[i].call = pail_call_unref(q[i].call);
        if (q[i].err.code == PAIL_E_NOT_FOUND)
            printf("%s: not there\n", q[i].key);
        else if (q[i].err.code)
            fprintf(stderr, "%s\n", q[i].err.message);
        else
            printf("%s: %" PRIu64 "\n", q[i].key, q[i].object.size);
        failed += q[i].err.code != 0;
        pail_s3_object_done(&q[i].object);
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    int failed = 0, n = argc - 2;

    if (n < 1) {
        fprintf(stderr, "usage: %s BUCKET KEY...\n", argv[0]);
        return 2;
    }
    struct question *q = calloc((size_t)n, sizeof(*q));
    if (!q)
        return 1;
    for (int i = 0; i < n; i++)
        q[i].key = argv[2 + i];
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        failed = ask(s3, argv[1], q, n);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_unref(s3);
    pail_session_unref(session);
    free(q);
    return rc < 0 || failed;
}
