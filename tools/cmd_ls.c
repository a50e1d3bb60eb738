/* SPDX-License-Identifier: Apache-2.0 */
/* pail ls: buckets, or objects and prefixes; the columns of `aws s3 ls`. */
#include <stdio.h>
#include <time.h>

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/lib/progress.h"
#include "tools/lib/walk.h"

struct ls_options {
    struct pail_common common;
    bool recursive, human, summarize;
    uint64_t page_size;
    const char *request_payer, *bucket_prefix, *bucket_region;
};
#define AT(field) offsetof(struct ls_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'r', "recursive", NULL, "Everything below, not one level", AT(recursive), NULL},
    {PAIL_OPT_FLAG, 0, "human-readable", NULL, "Sizes as 1.5 MiB", AT(human), NULL},
    {PAIL_OPT_FLAG, 0, "summarize", NULL, "Number of objects and their size at the end",
     AT(summarize), NULL},
    {PAIL_OPT_U64, 0, "page-size", "N", "Keys in one answer (1000)", AT(page_size), NULL},
    {PAIL_OPT_STRING, 0, "request-payer", "WHO", "requester: pay for the requests",
     AT(request_payer), NULL},
    {PAIL_OPT_STRING, 0, "bucket-name-prefix", "TEXT", "Buckets whose names begin so",
     AT(bucket_prefix), NULL},
    {PAIL_OPT_STRING, 0, "bucket-region", "REGION", "Buckets of one region", AT(bucket_region),
     NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

static void print_time(int64_t ns)
{
    char text[32] = "";
    time_t t = (time_t)(ns / 1000000000);
    struct tm tm;
    if (localtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    fputs(text, stdout);
}

struct listing {
    const struct ls_options *o;
    size_t cut; /* of the key: the part that all share is not shown */
    uint64_t objects, bytes, lines;
};

static void show_prefix(struct listing *l, const struct pail_s3_entry *e)
{
    struct pail_str name = pail_str_from(e->key, l->cut);
    printf("%30s ", "PRE");
    fwrite(name.ptr, 1, name.len, stdout);
    putchar('\n');
}

static void show_object(struct listing *l, const struct pail_s3_entry *e)
{
    struct pail_str name = pail_str_from(e->key, l->cut);
    char size[32];
    l->objects++;
    l->bytes += e->size;
    print_time(e->mtime_ns);
    if (l->o->human)
        printf(" %10s ", pail_human_size(e->size, size));
    else
        printf(" %10llu ", (unsigned long long)e->size);
    fwrite(name.ptr, 1, name.len, stdout);
    putchar('\n');
}

/* Of each page the prefixes come first. */
static int show_page(void *ud, const struct pail_s3_page *page, struct pail_error *err)
{
    struct listing *l = ud;
    for (size_t i = 0; i < page->n; i++)
        if (page->entries[i].is_prefix)
            show_prefix(l, &page->entries[i]);
    for (size_t i = 0; i < page->n; i++)
        if (!page->entries[i].is_prefix)
            show_object(l, &page->entries[i]);
    l->lines += page->n;
    return ferror(stdout) ? pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "standard output: %s",
                                           "cannot be written")
                          : 0;
}

static void show_totals(const struct listing *l)
{
    char size[32];
    printf("\nTotal Objects: %llu\n", (unsigned long long)l->objects);
    if (l->o->human)
        printf("   Total Size: %s\n", pail_human_size(l->bytes, size));
    else
        printf("   Total Size: %llu\n", (unsigned long long)l->bytes);
}

static int list_buckets(struct pail_s3 *s3, const struct listing *l, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(64 << 10);
    struct pail_s3_buckets_args args = {
        .prefix = pail_str(l->o->bucket_prefix),
        .region = pail_str(l->o->bucket_region),
        .max_buckets = (unsigned)pail_min_u64(l->o->page_size, 10000)};
    bool paged = args.prefix.len || args.region.len || args.max_buckets;
    do {
        struct pail_s3_buckets b = {0};
        args.continuation_token = pail_buf_view(&token);
        int rc = paged ? pail_s3_buckets_page(s3, &args, &b, err)
                       : pail_s3_list_buckets(s3, NULL, &b, err);
        if (rc)
            return rc;
        for (size_t i = 0; i < b.n; i++) {
            print_time(b.buckets[i].created_ns);
            printf(" %.*s\n", PAIL_STR_ARG(b.buckets[i].name));
        }
        pail_buf_reset(&token);
        if (paged)
            pail_buf_str(&token, b.next_token);
        pail_s3_buckets_done(&b);
        rc = pail_buf_check(&token, "continuation token", err);
        if (rc)
            return rc;
    } while (token.len);
    return 0;
}

static int list_objects(struct pail_s3 *s3, struct listing *l, struct pail_str bucket,
                        struct pail_str prefix, struct pail_error *err)
{
    size_t slash = pail_str_rfind(prefix, '/');
    struct pail_s3_list_args args = {
        .bucket = bucket,
        .prefix = prefix,
        .delimiter = l->o->recursive ? pail_strn(NULL, 0) : PAIL_STR("/"),
        .max_keys = (unsigned)pail_min_u64(l->o->page_size, 1000),
        .access.requester_pays = l->o->request_payer,
    };
    l->cut = l->o->recursive || slash == SIZE_MAX ? 0 : slash + 1;
    return pail_walk_list(s3, &args, show_page, l, err);
}

static int run(void *p, int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_str bucket = {0}, prefix = {0};
    struct listing l = {.o = p};
    if (argc > 1)
        return pail_misuse("ls", "wants at most one s3://BUCKET/PREFIX");
    bool all = argc == 0 || pail_str_eqz(pail_str(argv[0]), "s3://");
    if (!all && pail_parse_s3(argv[0], &bucket, &prefix, &err))
        return pail_fail("ls", &err);
    int rc = pail_connect(&l.o->common, &session, &s3, &err);
    if (!rc)
        rc = all ? list_buckets(s3, &l, &err) : list_objects(s3, &l, bucket, prefix, &err);
    if (!rc && l.o->summarize)
        show_totals(&l);
    pail_s3_unref(s3);
    pail_session_unref(session);
    if (rc)
        return pail_fail("ls", &err);
    /* As the AWS CLI: a prefix with nothing below it is 1. */
    return prefix.len && !l.lines ? PAIL_EXIT_PARTIAL : 0;
}

const struct pail_command pail_cmd_ls = {
    .name = "ls",
    .summary = "List buckets, or objects and prefixes",
    .usage = "[s3://BUCKET[/PREFIX]]",
    .examples = "pail ls | All buckets\npail ls s3://photos/2024/ | One level\npail ls --recursive "
                "--summarize s3://photos | Everything, with totals\n",
    .options = options,
    .options_size = sizeof(struct ls_options),
    .run = run,
    .complete = "s3",
};
