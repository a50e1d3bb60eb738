/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail cp and pail mv: local to S3, S3 to local, S3 to S3; one, or a tree with --recursive.
 *
 * A tree is walked by this thread, which gives its files to a batch (batch.h).
 */
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "tools/casing.h"
#include "tools/cmd.h"
#include "tools/job.h"
#include "tools/lib/entries.h"
#include "tools/lib/filter.h"
#include "tools/lib/one.h"

/* ---- Trees ---- */

struct tree {
    struct pail_batch *b;
    const struct pail_side *from, *to;
};

static int each_file(void *ud, const char *path, const char *relative,
                     const struct pail_file_stat *st, struct pail_error *err)
{
    const struct tree *t = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_side from = {.path = path}, to;
    struct pail_batch_hint hint = {.size_known = true, .size = st->size};
    if (!pail_filter_takes(&t->b->how->o->filter, relative))
        return 0;
    int rc = pail_side_join(t->to, pail_str(relative), &text, &to, err);
    return rc ? rc : pail_batch_copy(t->b, &from, &to, &hint, err);
}

static void pass_over(void *ud, const struct pail_error *why)
{
    pail_batch_problem(((const struct tree *)ud)->b, why);
}

static int each_object(const struct tree *t, const struct pail_side *prefix,
                       const struct pail_entry *e, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_batch_hint hint = {
        .size_known = true, .size = e->size, .storage_class = e->storage_class};
    struct pail_side from, to;
    if (!pail_filter_takes(&t->b->how->o->filter, e->name))
        return 0;
    pail_buf_str(&key, prefix->key);
    pail_buf_z(&key, e->name);
    int rc = pail_buf_check(&key, "key", err);
    if (rc)
        return rc;
    from = *prefix;
    from.key = pail_buf_view(&key);
    if (!t->to->s3 && pail_str_ends(from.key, PAIL_STR("/")))
        return 0; /* a directory's marker, even if there is something in it */
    if (!t->to->s3 && !pail_side_is_safe(pail_str(e->name))) {
        struct pail_error why = PAIL_ERROR_INIT;
        pail_error_set(&why, PAIL_D_DATA, PAIL_E_INVALID,
                       "s3://%.*s/%.*s is no safe file name: passed over",
                       PAIL_STR_ARG(from.bucket), PAIL_STR_ARG(from.key));
        pail_batch_problem(t->b, &why);
        return 0;
    }
    rc = pail_side_join(t->to, pail_str(e->name), &text, &to, err);
    if (!rc)
        rc = pail_casing_check(t->b, &from, &to, e->name, false, err);
    if (rc == PAIL_CASING_SKIP)
        return 0;
    return rc ? rc : pail_batch_copy(t->b, &from, &to, &hint, err);
}

/* A copy into itself would list what it has just written. */
static int check_apart(const struct pail_side *to, const struct pail_side *from,
                       struct pail_str prefix, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf target = PAIL_BUF_INIT(4096);
    if (!to->s3 || !pail_str_eq(to->bucket, from->bucket))
        return 0;
    int rc = pail_prefix_of(to->key, &target, err);
    if (rc)
        return rc;
    if (pail_str_starts(pail_buf_view(&target), prefix))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "s3://%.*s/%.*s is inside of what is to be copied",
                              PAIL_STR_ARG(to->bucket), PAIL_STR_ARG(to->key));
    return 0;
}

static int walk_objects(struct tree *t, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf prefix = PAIL_BUF_INIT(4096);
    struct pail_entries_options options = {.page_size = (unsigned)t->b->how->o->page_size,
                                           .access = t->b->how->access};
    struct pail_entries *entries = NULL;
    struct pail_side side = *t->from;
    struct pail_entry e;
    int rc = pail_prefix_of(t->from->key, &prefix, err);
    if (!rc)
        rc = check_apart(t->to, t->from, pail_buf_view(&prefix), err);
    side.key = pail_buf_view(&prefix);
    if (!rc)
        rc = pail_entries_new(t->b->source_s3 ? t->b->source_s3 : t->b->s3, &side, &options,
                              &entries, err);
    while (!rc) {
        rc = pail_entries_next(entries, &e, err);
        if (rc <= 0)
            break;
        rc = each_object(t, &side, &e, err);
    }
    pail_entries_free(entries);
    return rc;
}

static int tree(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                struct pail_error *err)
{
    struct pail_walk_ops files = {
        .file = each_file, .problem = pass_over, .no_links = b->how->o->no_follow_symlinks};
    struct tree t = {.b = b, .from = from, .to = to};
    return from->s3 ? walk_objects(&t, err) : pail_walk_files(from->path, &files, &t, err);
}

/* ---- A single one ---- */

/* cp x s3://b/dir/ and cp s3://b/x dir/ keep the name. */
static int with_name(const struct pail_side *from, const struct pail_side *to,
                     struct pail_buf *text, struct pail_side *ret, struct pail_error *err)
{
    struct pail_str target = to->s3 ? to->key : pail_str(to->path);
    struct pail_str source = from->s3 ? from->key : pail_str(from->path);
    bool standard = pail_side_is_standard(from);
    struct pail_file_stat st;
    bool dir = !target.len || target.ptr[target.len - 1] == '/' ||
               (!to->s3 && !pail_side_is_standard(to) && !pail_file_stat(to->path, &st, NULL) &&
                st.is_dir);
    *ret = *to;
    if (!dir)
        return 0;
    size_t slash = pail_str_rfind(source, '/');
    struct pail_str name = slash == SIZE_MAX ? source : pail_str_from(source, slash + 1);
    if (!name.len || standard || (!to->s3 && !pail_side_is_safe(name)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "the target needs a name: \"%.*s\" gives none", PAIL_STR_ARG(source));
    return pail_side_join(to, name, text, ret, err);
}

static int check_local(const struct pail_side *from, struct pail_batch_hint *hint,
                       struct pail_error *err)
{
    struct pail_file_stat st;
    int rc = pail_file_stat(from->path, &st, err);
    if (rc)
        return rc;
    if (st.is_dir)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%s is a directory (--recursive copies it)", from->path);
    hint->size_known = true;
    hint->size = st.size;
    return 0;
}

/* For the progress line, and instead of the transfer's own question. What goes wrong here, goes
 * wrong there again, and is told then; for the AWS CLI this question is the first step. */
static int ask_object(struct pail_batch *b, const struct pail_side *from,
                      struct pail_s3_object *head, struct pail_batch_hint *hint,
                      struct pail_error *err)
{
    struct pail_s3_head_args args = {
        .bucket = from->bucket, .key = from->key, .access = b->how->access};
    if (b->how->access.source_sse_c_key.len)
        args.access.sse_c_key = b->how->access.source_sse_c_key;
    if (b->how->o->dry_run && !pail_as_aws())
        return 0;
    int rc = pail_one_head(b->source_s3 ? b->source_s3 : b->s3, &args, head, err);
    if (rc || head->size == UINT64_MAX)
        return pail_as_aws() ? rc : 0;
    hint->size_known = true;
    hint->size = head->size;
    hint->etag = head->etag;
    return 0;
}

static int single(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                  struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_s3_object_done) struct pail_s3_object head = {0};
    struct pail_side target;
    struct pail_batch_hint hint = {0};
    if (from->s3 && !from->key.len && pail_as_aws())
        return pail_walk_nowhere(b->source_s3 ? b->source_s3 : b->s3, from->bucket, err);
    if (from->s3 && !from->key.len)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "the source names no object (--recursive copies a bucket)");
    int rc = from->s3 || pail_side_is_standard(from) ? 0 : check_local(from, &hint, err);
    if (!rc)
        rc = with_name(from, to, &text, &target, err);
    if (!rc && b->move && from->s3 && target.s3 && pail_str_eq(from->bucket, target.bucket) &&
        pail_str_eq(from->key, target.key))
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                            "Cannot mv a file onto itself: s3://%.*s/%.*s",
                            PAIL_STR_ARG(from->bucket), PAIL_STR_ARG(from->key));
    if (!rc && from->s3 && !pail_side_is_standard(to))
        rc = ask_object(b, from, &head, &hint, err);
    if (!rc)
        pail_progress_final(b->progress); /* there is one */
    return rc ? rc : pail_batch_copy(b, from, &target, &hint, err);
}

/* ---- The commands ---- */

static int work(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                struct pail_error *err)
{
    if (b->move && b->how->o->validate_same_s3_paths && from->s3 && to->s3 &&
        (pail_str_starts(from->bucket, PAIL_STR("arn:")) ||
         pail_str_starts(to->bucket, PAIL_STR("arn:"))))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "--validate-same-s3-paths: the buckets behind access points are not "
                              "looked up; name the buckets");
    if (b->move && (pail_side_is_standard(from) || pail_side_is_standard(to)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Streaming currently is only compatible with non-recursive cp "
                              "commands");
    return b->how->o->recursive ? tree(b, from, to, err) : single(b, from, to, err);
}

static int run_cp(void *options, int argc, char **argv)
{
    static const struct pail_job_ops ops = {.command = "cp", .work = work};
    return pail_job_run(&ops, options, argc, argv);
}

static int run_mv(void *options, int argc, char **argv)
{
    static const struct pail_job_ops ops = {.command = "mv", .move = true, .work = work};
    return pail_job_run(&ops, options, argc, argv);
}

const struct pail_command pail_cmd_cp = {
    .name = "cp",
    .summary = "Copy files to, from and inside S3",
    .usage = "SOURCE TARGET",
    .description = "Either may be a path or s3://BUCKET/KEY; \"-\" is standard input or output. A "
                   "target that is a directory or ends in / keeps the source's name.\n\n"
                   "Downloads take their name, and the object's time, when they are complete. Keys "
                   "that would lead out of the target (../x) or are no file names (a//b) are told "
                   "and passed over. An upload that fails or is interrupted is aborted: its parts "
                   "are removed. With --resume both stay, and the same command, given again, goes "
                   "on with what is still the same at both ends; not of standard input.\n\n"
                   "Sizes, concurrency and bandwidth can be set in the s3 block of a profile, as "
                   "for the AWS CLI. Downloads of 512 MiB and more go past the page cache, as long "
                   "as the disk keeps up; direct_io there, true or false, says so for all or "
                   "none.",
    .examples = "pail cp report.pdf s3://docs/ | Upload\npail cp --recursive s3://photos/2024 . | "
                "Download everything below a prefix\n"
                "pail cp -r site s3://www --exclude '*' --include '*.html' | Only some of a tree\n"
                "tar c dir | pail cp - s3://backup/dir.tar | From a pipe\n"
                "pail cp --resume disk.img s3://backup/ | Again, after an interruption\n",
    .options = pail_copying_table,
    .options_size = sizeof(struct pail_copying_options),
    .run = run_cp,
    .init = pail_copying_defaults,
    .complete = "file",
};

const struct pail_command pail_cmd_mv = {
    .name = "mv",
    .summary = "Move files to, from and inside S3",
    .usage = "SOURCE TARGET",
    .description = "As pail cp; each source is deleted when its copy is complete.",
    .examples = "pail mv s3://docs/draft.pdf s3://docs/final.pdf | Another name\n"
                "pail mv --recursive logs s3://archive/logs | A tree, emptied file by file\n",
    .options = pail_copying_table,
    .options_size = sizeof(struct pail_copying_options),
    .run = run_mv,
    .init = pail_copying_defaults,
    .complete = "file",
};
