/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail sync: makes one place like the other, with as few copies as sizes and times allow.
 *
 * Both sides are read in the order of their names and compared in one pass. As the AWS CLI has it,
 * a file is copied when it is missing at the target, when sizes differ, or when it is newer at the
 * source; for downloads, when the local file is newer than the object.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "tools/casing.h"
#include "tools/cmd.h"
#include "tools/job.h"
#include "tools/lib/entries.h"
#include "tools/lib/filter.h"

struct sync {
    struct pail_batch *b;
    const struct pail_copying_options *o;
    struct pail_side from, to; /* S3: prefixes */
    struct pail_entries *sources, *targets;
    struct pail_entry source, target;
    int have_source, have_target; /* 1, 0 at the end, or an error */
};

static bool differs(const struct sync *s)
{
    int64_t newer = s->target.mtime_ns - s->source.mtime_ns; /* of the target */
    bool download = !s->to.s3;
    if (s->source.size != s->target.size)
        return true;
    if (s->o->size_only)
        return false;
    if (download && s->o->exact_timestamps)
        return newer != 0;
    return download ? newer > 0 : newer < 0;
}

static bool takes(const struct sync *s, const char *name)
{
    return pail_filter_takes(&s->o->filter, name);
}

/* The next entry that the filter takes. */
static int advance(const struct sync *s, struct pail_entries *e, struct pail_entry *ret,
                   struct pail_error *err)
{
    int rc = 1;
    while ((rc = pail_entries_next(e, ret, err)) > 0 && !takes(s, ret->name))
        continue;
    return rc;
}

static int copy(const struct sync *s, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf a = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(64 << 10);
    struct pail_batch_hint hint = {
        .size_known = true, .size = s->source.size, .storage_class = s->source.storage_class};
    struct pail_str name = pail_str(s->source.name);
    struct pail_side from, to;
    int rc = pail_side_join(&s->from, name, &a, &from, err);
    if (!rc)
        rc = pail_side_join(&s->to, name, &b, &to, err);
    if (rc)
        return rc;
    if (!to.s3 && !pail_side_is_safe(name)) {
        struct pail_error why = PAIL_ERROR_INIT;
        pail_error_set(&why, PAIL_D_DATA, PAIL_E_INVALID,
                       "s3://%.*s/%.*s is no safe file name: passed over",
                       PAIL_STR_ARG(from.bucket), PAIL_STR_ARG(from.key));
        pail_batch_problem(s->b, &why);
        return 0;
    }
    bool there = s->have_target && strcmp(s->source.name, s->target.name) == 0;
    rc = pail_casing_check(s->b, &from, &to, s->source.name, there, err);
    if (rc == PAIL_CASING_SKIP)
        return 0;
    return rc ? rc : pail_batch_copy(s->b, &from, &to, &hint, err);
}

static int erase(const struct sync *s, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_side what;
    int rc = pail_side_join(&s->to, pail_str(s->target.name), &text, &what, err);
    return rc ? rc : pail_batch_delete(s->b, &what, err);
}

/* One step of the comparison. */
static int compare(struct sync *s, struct pail_error *err)
{
    int order = !s->have_source ? 1 : !s->have_target ? -1 : strcmp(s->source.name, s->target.name);
    int rc = 0;
    if (order < 0 || (order == 0 && !s->o->no_overwrite && differs(s)))
        rc = copy(s, err);
    else if (order > 0 && s->o->delete)
        rc = erase(s, err);
    if (!rc && order <= 0)
        rc = s->have_source = advance(s, s->sources, &s->source, err);
    if (rc >= 0 && order >= 0)
        rc = s->have_target = advance(s, s->targets, &s->target, err);
    return rc < 0 ? rc : 0;
}

static void problem(void *ud, const struct pail_error *why)
{
    pail_batch_problem(ud, why);
}

static int open_both(struct sync *s, struct pail_error *err)
{
    struct pail_s3 *source = s->b->source_s3 ? s->b->source_s3 : s->b->s3;
    struct pail_entries_options o = {.page_size = (unsigned)s->o->page_size,
                                     .no_links = s->o->no_follow_symlinks,
                                     .access = s->b->how->access,
                                     .problem = problem,
                                     .ud = s->b};
    int rc = pail_entries_new(source, &s->from, &o, &s->sources, err);
    o.missing_ok = true;
    if (!rc)
        rc = pail_entries_new(s->b->s3, &s->to, &o, &s->targets, err);
    if (!rc)
        rc = s->have_source = advance(s, s->sources, &s->source, err);
    if (rc >= 0)
        rc = s->have_target = advance(s, s->targets, &s->target, err);
    return rc < 0 ? rc : 0;
}

static int as_prefix(struct pail_side *side, struct pail_buf *text, struct pail_error *err)
{
    if (!side->s3)
        return 0;
    int rc = pail_prefix_of(side->key, text, err);
    side->key = pail_buf_view(text);
    return rc;
}

/* A file where a directory is wanted has nothing below it. */
static void warn_of_file(struct pail_batch *b, const char *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    char here[PATH_MAX];
    bool relative = path[0] != '/' && getcwd(here, sizeof(here));
    pail_buf_fmt(&text, "Skipping file %s%s%s/. File does not exist.", relative ? here : "",
                 relative ? "/" : "", path);
    pail_batch_warn(b, pail_buf_cstr(&text));
}

static int work(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf source = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf target = PAIL_BUF_INIT(4096);
    struct sync s = {.b = b, .o = b->how->o, .from = *from, .to = *to};
    struct pail_file_stat st;
    int rc = 0;
    if (pail_side_is_standard(from) || pail_side_is_standard(to))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "\"-\" is no directory");
    if (!from->s3 && pail_file_stat(from->path, &st, NULL))
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS,
                              "The user-provided path %s does not exist.", from->path);
    if (!from->s3 && !st.is_dir) {
        warn_of_file(b, from->path);
        return 0;
    }
    rc = as_prefix(&s.from, &source, err);
    if (!rc)
        rc = as_prefix(&s.to, &target, err);
    if (!rc)
        rc = open_both(&s, err);
    while (!rc && (s.have_source || s.have_target))
        rc = compare(&s, err);
    pail_entries_free(s.sources);
    pail_entries_free(s.targets);
    return rc;
}

static int run(void *options, int argc, char **argv)
{
    static const struct pail_job_ops ops = {.command = "sync", .work = work};
    return pail_job_run(&ops, options, argc, argv);
}

const struct pail_command pail_cmd_sync = {
    .name = "sync",
    .summary = "Make a directory or prefix like another one",
    .usage = "SOURCE TARGET",
    .description = "Copies what the target does not have, what differs in size, and what is newer "
                   "at the source (a download: what is newer at the target, because a download "
                   "gives a file its object's time). One of the two must be s3://BUCKET/PREFIX. "
                   "With --delete the target loses what the source does not have; names that "
                   "--exclude leaves out are left alone on both sides.",
    .examples = "pail sync . s3://backup/home | Upload what changed\n"
                "pail sync s3://backup/home . --delete | Download, and delete what is not there\n"
                "pail sync a s3://b/a --exclude '*.tmp' --dryrun | What would be done\n",
    .options = pail_syncing_table,
    .options_size = sizeof(struct pail_copying_options),
    .run = run,
    .init = pail_copying_defaults,
    .complete = "file",
};
