/* SPDX-License-Identifier: Apache-2.0 */
/* pail mb, pail rb: make and remove buckets. */
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/lib/erase.h"

struct bucket_options {
    struct pail_common common;
    bool force;
};
static const struct pail_opt mb_options[] = {{PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL}};
static const struct pail_opt rb_options[] = {
    {PAIL_OPT_FLAG, 0, "force", NULL, "Delete the objects in it first",
     offsetof(struct bucket_options, force), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

struct emptying {
    const struct bucket_options *o;
    struct pail_str bucket;
};

static void told(void *ud, struct pail_str key, const struct pail_error *why)
{
    const struct emptying *e = ud;
    if (why)
        pail_fail("rb", why);
    else if (!e->o->common.quiet)
        pail_print_erased(e->bucket, key, false);
}

static int on_bucket(void *p, int argc, char **argv, bool make, const char *name)
{
    const struct bucket_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    if (argc != 1)
        return pail_misuse(name, "wants s3://BUCKET");
    struct pail_str bucket, key;
    int rc = pail_parse_s3(argv[0], &bucket, &key, &err);
    if (!rc && key.len)
        rc = pail_error_set(&err, PAIL_D_USAGE, PAIL_E_INVALID,
                            "\"%s\" names an object, not a bucket", argv[0]);
    if (!rc)
        rc = pail_connect(&o->common, &session, &s3, &err);
    if (!rc && o->force) {
        struct emptying e = {o, bucket};
        struct pail_erase_ops ops = {.told = told, .ud = &e};
        rc = pail_erase(s3, bucket, pail_strn(NULL, 0), &ops, &err);
    }
    if (!rc)
        rc = make ? pail_s3_bucket_create(s3, NULL, bucket, &err)
                  : pail_s3_bucket_delete(s3, NULL, bucket, &err);
    if (!rc && !o->common.quiet)
        printf("%s: %.*s\n", make ? "make_bucket" : "remove_bucket", PAIL_STR_ARG(bucket));
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc ? pail_fail(name, &err) : 0;
}

static int run_mb(void *p, int argc, char **argv)
{
    return on_bucket(p, argc, argv, true, "mb");
}

static int run_rb(void *p, int argc, char **argv)
{
    return on_bucket(p, argc, argv, false, "rb");
}

const struct pail_command pail_cmd_mb = {
    .name = "mb",
    .summary = "Make a bucket",
    .usage = "s3://BUCKET",
    .examples = "pail mb s3://photos --region eu-central-1 | In Frankfurt\n",
    .options = mb_options,
    .options_size = sizeof(struct bucket_options),
    .run = run_mb,
};

const struct pail_command pail_cmd_rb = {
    .name = "rb",
    .summary = "Remove a bucket",
    .usage = "s3://BUCKET",
    .examples = "pail rb --force s3://scratch | With everything in it\n",
    .options = rb_options,
    .options_size = sizeof(struct bucket_options),
    .run = run_rb,
    .complete = "s3",
};
