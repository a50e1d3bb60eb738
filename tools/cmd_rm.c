/* SPDX-License-Identifier: Apache-2.0 */
/* pail rm: an object, or everything below a prefix in batches of 1000. */
#include "base/alloc.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/lib/erase.h"
#include "tools/lib/filter.h"
#include "tools/lib/walk.h"

struct rm_options {
    struct pail_common common;
    bool recursive, dry_run, only_show_errors;
    uint64_t page_size;
    struct pail_opt_words filter;
    const char *request_payer;
};
#define AT(field) offsetof(struct rm_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'r', "recursive", NULL, "Everything below the key, as of a directory",
     AT(recursive), NULL},
    {PAIL_OPT_FLAG, 'n', "dryrun", NULL, "Show what would be deleted", AT(dry_run), NULL},
    {PAIL_OPT_EACH, 0, "exclude", "PATTERN", "Leave out names like this; the last match counts",
     AT(filter), NULL},
    {PAIL_OPT_EACH, 0, "include", "PATTERN", "Take names like this nevertheless", AT(filter), NULL},
    {PAIL_OPT_FLAG, 0, "only-show-errors", NULL, "No lines but of errors", AT(only_show_errors),
     NULL},
    {PAIL_OPT_U64, 0, "page-size", "N", "Keys in one answer of a listing (1000)", AT(page_size),
     NULL},
    {PAIL_OPT_STRING, 0, "request-payer", "WHO", "requester: pay for the requests",
     AT(request_payer), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

struct rm {
    const struct rm_options *o;
    struct pail_s3 *s3;
    struct pail_str bucket;
    uint64_t failed;
};

static void told(void *ud, struct pail_str key, const struct pail_error *why)
{
    struct rm *rm = ud;
    if (why) {
        rm->failed++;
        pail_fail("rm", why);
    } else if (!rm->o->common.quiet && !rm->o->only_show_errors) {
        pail_print_erased(rm->bucket, key, rm->o->dry_run);
    }
}

static bool takes(void *ud, const char *name)
{
    return pail_filter_takes(&((const struct rm *)ud)->o->filter, name);
}

static int remove_one(struct rm *rm, struct pail_str key, struct pail_error *err)
{
    struct pail_s3_delete_args args = {
        .bucket = rm->bucket, .key = key, .access.requester_pays = rm->o->request_payer};
    size_t slash = pail_str_rfind(key, '/');
    PAIL_AUTOFREE char *name = pail_strndup(slash == SIZE_MAX ? key
                                                              : pail_str_from(key, slash + 1));
    if (!name)
        return pail_error_nomem(err);
    if (!takes(rm, name))
        return 0;
    int rc = rm->o->dry_run ? 0 : pail_s3_delete(rm->s3, &args, err);
    if (!rc)
        told(rm, key, NULL);
    return rc;
}

static int remove_operand(struct rm *rm, const char *text, struct pail_error *err)
{
    struct pail_erase_ops ops = {.told = told,
                                 .ud = rm,
                                 .dry_run = rm->o->dry_run,
                                 .takes = rm->o->filter.n ? takes : NULL,
                                 .page_size = (unsigned)pail_min_u64(rm->o->page_size, 1000),
                                 .access.requester_pays = rm->o->request_payer};
    struct pail_str key;
    int rc = pail_parse_s3(text, &rm->bucket, &key, err);
    if (rc)
        return rc;
    if (rm->o->recursive) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf prefix = PAIL_BUF_INIT(4096);
        rc = pail_prefix_of(key, &prefix, err);
        return rc ? rc : pail_erase(rm->s3, rm->bucket, pail_buf_view(&prefix), &ops, err);
    }
    if (!key.len && pail_as_aws())
        return pail_walk_nowhere(rm->s3, rm->bucket, err);
    if (!key.len)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%s names no object (--recursive empties a bucket)", text);
    return remove_one(rm, key, err);
}

static int run(void *p, int argc, char **argv)
{
    struct rm rm = {.o = p};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    if (argc < 1)
        return pail_misuse("rm", "wants s3://BUCKET/KEY");
    int rc = pail_connect(&rm.o->common, &session, &rm.s3, &err);
    for (int i = 0; i < argc && !rc; i++)
        rc = remove_operand(&rm, argv[i], &err);
    pail_s3_unref(rm.s3);
    pail_session_unref(session);
    if (rc)
        return pail_fail("rm", &err);
    return rm.failed ? PAIL_EXIT_PARTIAL : 0;
}

const struct pail_command pail_cmd_rm = {
    .name = "rm",
    .summary = "Delete objects",
    .usage = "s3://BUCKET/KEY...",
    .examples = "pail rm s3://photos/blurred.jpg | One object\npail rm --recursive --dryrun "
                "s3://photos/tmp/ | What would go\npail rm -r s3://logs/ --exclude '*' --include "
                "'*.gz' | Some of a tree\n",
    .options = options,
    .options_size = sizeof(struct rm_options),
    .run = run,
    .complete = "s3",
};
