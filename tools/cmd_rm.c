/* SPDX-License-Identifier: Apache-2.0 */
/* pail rm: an object, or everything below a prefix in batches of 1000. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "cmd.h"
#include "lib/walk.h"

struct rm_options {
    struct pail_common common;
    bool recursive, dry_run;
};
#define AT(field) offsetof(struct rm_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'r', "recursive", NULL, "Everything that begins with the key", AT(recursive),
     NULL},
    {PAIL_OPT_FLAG, 'n', "dryrun", NULL, "Show what would be deleted", AT(dry_run), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

#define BATCH 1000

struct batch {
    const struct rm_options *o;
    struct pail_s3 *s3;
    struct pail_str bucket;
    struct pail_buf text; /* keys one after another */
    size_t ends[BATCH], n;
    struct pail_error *results;
    uint64_t failed;
};

static void report(const struct batch *b, struct pail_str key, const struct pail_error *why)
{
    if (why && why->code)
        fprintf(stderr, "pail rm: s3://%.*s/%.*s: %s\n", PAIL_STR_ARG(b->bucket), PAIL_STR_ARG(key),
                why->message);
    else if (!b->o->common.quiet)
        printf("%sdelete: s3://%.*s/%.*s\n", b->o->dry_run ? "(dryrun) " : "",
               PAIL_STR_ARG(b->bucket), PAIL_STR_ARG(key));
}

static int flush_batch(struct batch *b, struct pail_error *err)
{
    PAIL_AUTOFREE struct pail_str *keys = pail_calloc(b->n ? b->n : 1, sizeof(*keys));
    if (!keys)
        return pail_error_nomem(err);
    for (size_t i = 0, at = 0; i < b->n; at = b->ends[i++])
        keys[i] = pail_strn(b->text.ptr + at, b->ends[i] - at);
    int rc = 0;
    if (b->n && !b->o->dry_run) {
        struct pail_s3_delete_many_args args = {.bucket = b->bucket, .keys = keys, .n_keys = b->n};
        memset(b->results, 0, BATCH * sizeof(*b->results));
        rc = pail_s3_delete_many(b->s3, &args, b->results, err);
    }
    for (size_t i = 0; i < b->n && !rc; i++) {
        report(b, keys[i], b->o->dry_run ? NULL : &b->results[i]);
        b->failed += !b->o->dry_run && b->results[i].code != 0;
    }
    b->n = 0;
    pail_buf_reset(&b->text);
    return rc;
}

static int collect(void *ud, const struct pail_s3_entry *e, struct pail_error *err)
{
    struct batch *b = ud;
    pail_buf_str(&b->text, e->key);
    b->ends[b->n++] = b->text.len;
    int rc = pail_buf_check(&b->text, "keys", err);
    return !rc && b->n == BATCH ? flush_batch(b, err) : rc;
}

static int remove_below(struct batch *b, struct pail_str prefix, struct pail_error *err)
{
    b->results = pail_calloc(BATCH, sizeof(*b->results));
    if (!b->results)
        return pail_error_nomem(err);
    pail_buf_init(&b->text, BATCH * 2048);
    int rc = pail_walk_s3(b->s3, b->bucket, prefix, pail_strn(NULL, 0), collect, b, err);
    if (!rc)
        rc = flush_batch(b, err);
    pail_buf_done(&b->text);
    pail_free(b->results);
    return rc;
}

static int remove_one(struct batch *b, struct pail_str key, struct pail_error *err)
{
    struct pail_s3_delete_args args = {.bucket = b->bucket, .key = key};
    int rc = b->o->dry_run ? 0 : pail_s3_delete(b->s3, &args, err);
    if (!rc)
        report(b, key, NULL);
    return rc;
}

static int run(void *p, int argc, char **argv)
{
    const struct rm_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct batch b = {.o = o};
    if (argc < 1)
        return pail_misuse("rm", "wants s3://BUCKET/KEY");
    int rc = pail_connect(&o->common, &session, &b.s3, &err);
    for (int i = 0; i < argc && !rc; i++) {
        struct pail_str key;
        rc = pail_parse_s3(argv[i], &b.bucket, &key, &err);
        if (!rc && !o->recursive && !key.len)
            rc = pail_error_set(&err, PAIL_D_USAGE, PAIL_E_INVALID,
                                "%s names no object (--recursive empties a bucket)", argv[i]);
        if (!rc)
            rc = o->recursive ? remove_below(&b, key, &err) : remove_one(&b, key, &err);
    }
    pail_s3_unref(b.s3);
    pail_session_unref(session);
    if (rc)
        return pail_fail("rm", &err);
    return b.failed ? PAIL_EXIT_PARTIAL : 0;
}

const struct pail_command pail_cmd_rm = {
    .name = "rm",
    .summary = "Delete objects",
    .usage = "s3://BUCKET/KEY...",
    .examples = "pail rm s3://photos/blurred.jpg | One object\npail rm --recursive --dryrun "
                "s3://photos/tmp/ | What would go\n",
    .options = options,
    .options_size = sizeof(struct rm_options),
    .run = run,
    .complete = "s3",
};
