/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail cp: local to S3, S3 to local, S3 to S3; one, or a tree with --recursive.
 *
 * A tree is walked by one thread, which hands files to a bounded pool; a failed file is told and
 * the others go on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/uri.h"
#include "base/workers.h"
#include "cmd.h"
#include "lib/transfer.h"
#include "lib/walk.h"

struct cp_options {
    struct pail_common common;
    bool recursive, dry_run, no_progress;
    uint64_t parallel;
};
#define AT(field) offsetof(struct cp_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'r', "recursive", NULL, "A directory, or everything below a prefix",
     AT(recursive), NULL},
    {PAIL_OPT_FLAG, 'n', "dryrun", NULL, "Show what would be copied", AT(dry_run), NULL},
    {PAIL_OPT_FLAG, 0, "no-progress", NULL, "No progress line on a terminal", AT(no_progress),
     NULL},
    {PAIL_OPT_U64, 0, "parallel", "N", "Files at once with --recursive (16)", AT(parallel), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

static void defaults(void *p)
{
    ((struct cp_options *)p)->parallel = 16;
}

struct side {
    bool s3;
    struct pail_str bucket, key; /* s3 */
    const char *path;            /* local; "-" for standard input or output */
};

struct cp {
    const struct cp_options *o;
    struct pail_transfer t;
    struct pail_workers *workers;
    struct pail_mutex lock;
    struct pail_cond cond;
    unsigned pending; /* bounded, so that a large tree does not queue up in memory */
    uint64_t failed;
};

/* One file of the work. Owns its texts. */
struct job {
    struct pail_job job;
    struct cp *cp;
    struct side from, to;
    char *texts[4];
};

static int parse_side(const char *text, struct side *ret, struct pail_error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (!pail_str_starts(pail_str(text), PAIL_STR("s3://"))) {
        ret->path = text;
        return 0;
    }
    ret->s3 = true;
    return pail_parse_s3(text, &ret->bucket, &ret->key, err);
}

static void print_side(FILE *f, const struct side *s)
{
    if (s->s3)
        fprintf(f, "s3://%.*s/%.*s", PAIL_STR_ARG(s->bucket), PAIL_STR_ARG(s->key));
    else
        fputs(s->path, f);
}

static int make_parent(const char *path, struct pail_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    PAIL_AUTOFREE char *dir = pail_strndup(pail_strn(path, (size_t)(slash - path)));
    return dir ? pail_file_mkdirs(dir, 0777, err) : pail_error_nomem(err);
}

static int transfer(struct cp *cp, const struct side *from, const struct side *to,
                    struct pail_error *err)
{
    bool standard_in = !from->s3 && strcmp(from->path, "-") == 0;
    bool standard_out = !to->s3 && strcmp(to->path, "-") == 0;
    if (cp->o->dry_run)
        return 0;
    if (from->s3 && to->s3)
        return pail_transfer_copy(&cp->t, from->bucket, from->key, to->bucket, to->key, err);
    if (to->s3)
        return standard_in ? pail_transfer_upload_stdin(&cp->t, to->bucket, to->key, err)
                           : pail_transfer_upload(&cp->t, from->path, to->bucket, to->key, err);
    if (standard_out)
        return pail_transfer_download_stdout(&cp->t, from->bucket, from->key, err);
    int rc = make_parent(to->path, err);
    return rc ? rc : pail_transfer_download(&cp->t, from->bucket, from->key, to->path, err);
}

/* Tells about one file; false when it failed. */
static bool one(struct cp *cp, const struct side *from, const struct side *to)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = transfer(cp, from, to, &err);
    const char *verb = from->s3 && to->s3 ? "copy" : to->s3 ? "upload" : "download";
    bool to_stdout = !to->s3 && strcmp(to->path, "-") == 0;
    pail_progress_file(cp->t.progress);
    pail_mutex_lock(&cp->lock);
    if (rc) {
        pail_progress_clear(cp->t.progress);
        fprintf(stderr, "%s failed: ", verb);
        print_side(stderr, from);
        fputs(" to ", stderr);
        print_side(stderr, to);
        fprintf(stderr, " %s%s%s%s\n", err.message, err.request_id[0] ? " [request " : "",
                err.request_id, err.request_id[0] ? "]" : "");
        cp->failed++;
    } else if (!cp->o->common.quiet && !to_stdout) {
        pail_progress_clear(cp->t.progress);
        printf("%s%s: ", cp->o->dry_run ? "(dryrun) " : "", verb);
        print_side(stdout, from);
        fputs(" to ", stdout);
        print_side(stdout, to);
        putchar('\n');
    }
    pail_mutex_unlock(&cp->lock);
    return rc == 0;
}

/* ---- Trees
 * -----------------------------------------------------------------------------------------------------------
 */

static void job_free(struct job *j)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(j->texts); i++)
        pail_free(j->texts[i]);
    pail_free(j);
}

static void run_job(struct pail_job *job)
{
    struct job *j = PAIL_CONTAINER(job, struct job, job);
    struct cp *cp = j->cp;
    one(cp, &j->from, &j->to);
    job_free(j);
    pail_mutex_lock(&cp->lock);
    cp->pending--;
    pail_cond_broadcast(&cp->cond);
    pail_mutex_unlock(&cp->lock);
}

/* Copies of the views go into texts[i], texts[i + 1]. */
static bool own_side(struct job *j, size_t i, const struct side *from, struct side *to)
{
    *to = *from;
    if (!from->s3)
        return (to->path = j->texts[i] = pail_strdup(from->path)) != NULL;
    j->texts[i] = pail_strndup(from->bucket);
    j->texts[i + 1] = pail_strndup(from->key);
    to->bucket.ptr = j->texts[i];
    to->key.ptr = j->texts[i + 1];
    return j->texts[i] && j->texts[i + 1];
}

static int give(struct cp *cp, const struct side *from, const struct side *to, uint64_t size,
                struct pail_error *err)
{
    struct job *j = pail_zalloc(sizeof(*j));
    if (!j || !own_side(j, 0, from, &j->from) || !own_side(j, 2, to, &j->to)) {
        if (j)
            job_free(j);
        return pail_error_nomem(err);
    }
    j->cp = cp;
    j->job.run = run_job;
    pail_progress_expect(cp->t.progress, size, 1);
    pail_mutex_lock(&cp->lock);
    while (cp->pending >= 4 * cp->o->parallel)
        pail_cond_wait(&cp->cond, &cp->lock);
    cp->pending++;
    pail_mutex_unlock(&cp->lock);
    pail_workers_give(cp->workers, &j->job);
    return 0;
}

struct tree {
    struct cp *cp;
    const struct side *from, *to;
    size_t cut; /* of keys: what the prefix already says */
    uint64_t unsafe;
};

/* base + "/" + relative, for both kinds of place. */
static int joined(const struct side *base, struct pail_str relative, struct pail_buf *text,
                  struct side *ret, struct pail_error *err)
{
    *ret = *base;
    struct pail_str head = base->s3 ? base->key : pail_str(base->path);
    pail_buf_str(text, head);
    if (head.len && head.ptr[head.len - 1] != '/')
        pail_buf_char(text, '/');
    pail_buf_str(text, relative);
    if (base->s3)
        ret->key = pail_buf_view(text);
    else
        ret->path = pail_buf_cstr(text);
    return pail_buf_check(text, "path", err);
}

static int each_file(void *ud, const char *path, const char *relative, uint64_t size,
                     struct pail_error *err)
{
    struct tree *t = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct side from = {.path = path}, to;
    int rc = joined(t->to, pail_str(relative), &text, &to, err);
    return rc ? rc : give(t->cp, &from, &to, size, err);
}

/* "..", absolute, or empty components in a key must not become a path outside the target. */
static bool safe_relative(struct pail_str s)
{
    struct pail_str word;
    if (!s.len || memchr(s.ptr, 0, s.len))
        return false;
    while (pail_str_split(&s, '/', &word))
        if (!word.len || pail_str_eqz(word, ".") || pail_str_eqz(word, ".."))
            return false;
    return true;
}

static int each_object(void *ud, const struct pail_s3_entry *e, struct pail_error *err)
{
    struct tree *t = ud;
    struct pail_str relative = pail_str_from(e->key, t->cut);
    if (pail_str_ends(e->key, PAIL_STR("/")) && !t->to->s3)
        return 0; /* a directory's marker */
    if (!t->to->s3 && !safe_relative(relative)) {
        fprintf(stderr, "pail cp: s3://%.*s/%.*s is no safe file name: passed over\n",
                PAIL_STR_ARG(t->from->bucket), PAIL_STR_ARG(e->key));
        t->unsafe++;
        return 0;
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct side from = *t->from, to;
    from.key = e->key;
    int rc = joined(t->to, relative, &text, &to, err);
    return rc ? rc : give(t->cp, &from, &to, e->size, err);
}

static int tree(struct cp *cp, const struct side *from, const struct side *to,
                struct pail_error *err)
{
    struct tree t = {.cp = cp, .from = from, .to = to};
    uint64_t skipped = 0;
    int rc = pail_workers_new("pail-cp", (unsigned)cp->o->parallel, &cp->workers, err);
    if (rc)
        return rc;
    if (from->s3) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf prefix = PAIL_BUF_INIT(4096);
        pail_buf_str(&prefix, from->key);
        if (from->key.len && from->key.ptr[from->key.len - 1] != '/')
            pail_buf_char(&prefix, '/');
        t.cut = prefix.len;
        rc = pail_walk_s3(cp->t.s3, from->bucket, pail_buf_view(&prefix), pail_strn(NULL, 0),
                          each_object, &t, err);
    } else {
        rc = pail_walk_files(from->path, each_file, &t, &skipped, err);
    }
    pail_workers_free(cp->workers);
    if (skipped)
        fprintf(stderr, "pail cp: %llu entries are neither files nor directories: passed over\n",
                (unsigned long long)skipped);
    cp->failed += t.unsafe;
    return rc;
}

/* cp x s3://b/dir/ and cp s3://b/x dir/ keep the name. */
static int with_name(const struct side *from, const struct side *to, struct pail_buf *text,
                     struct side *ret, struct pail_error *err)
{
    struct pail_str target = to->s3 ? to->key : pail_str(to->path);
    struct pail_str source = from->s3 ? from->key : pail_str(from->path);
    struct pail_file_stat st;
    bool dir = !target.len || target.ptr[target.len - 1] == '/' ||
               (!to->s3 && strcmp(to->path, "-") != 0 && !pail_file_stat(to->path, &st, NULL) &&
                st.is_dir);
    *ret = *to;
    if (!dir)
        return 0;
    size_t slash = pail_str_rfind(source, '/');
    struct pail_str name = slash == SIZE_MAX ? source : pail_str_from(source, slash + 1);
    if (!name.len || pail_str_eqz(name, "-"))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the target needs a name");
    return joined(to, name, text, ret, err);
}

static int single(struct cp *cp, const struct side *from, const struct side *to,
                  struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct side target;
    struct pail_file_stat st;
    if (from->s3 && !from->key.len)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "the source names no object (--recursive copies a bucket)");
    if (!from->s3 && strcmp(from->path, "-") != 0) {
        int rc = pail_file_stat(from->path, &st, err);
        if (rc)
            return rc;
        if (st.is_dir)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                  "%s is a directory (--recursive copies it)", from->path);
        pail_progress_expect(cp->t.progress, st.size, 1);
    }
    int rc = with_name(from, to, &text, &target, err);
    if (!rc)
        one(cp, from, &target);
    return rc;
}

static int run(void *p, int argc, char **argv)
{
    const struct cp_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct cp cp = {.o = o};
    struct side from, to;
    if (argc != 2)
        return pail_misuse("cp", "wants a source and a target");
    if (!o->parallel || o->parallel > 256)
        return pail_misuse("cp", "parallel: not between 1 and 256");
    if (parse_side(argv[0], &from, &err) || parse_side(argv[1], &to, &err))
        return pail_fail("cp", &err);
    if (!from.s3 && !to.s3)
        return pail_misuse("cp", "one of the two must be s3://BUCKET/KEY");
    int rc = pail_connect(&o->common, &session, &cp.t.s3, &err);
    if (rc)
        return pail_fail("cp", &err);
    pail_mutex_init(&cp.lock, "cp", PAIL_RANK_FS);
    pail_cond_init(&cp.cond);
    cp.t.progress = pail_progress_new(!o->no_progress && !o->common.quiet);
    rc = o->recursive ? tree(&cp, &from, &to, &err) : single(&cp, &from, &to, &err);
    pail_progress_free(cp.t.progress);
    pail_s3_unref(cp.t.s3);
    pail_session_unref(session);
    pail_cond_done(&cp.cond);
    pail_mutex_done(&cp.lock);
    if (rc)
        return pail_fail("cp", &err);
    return cp.failed ? PAIL_EXIT_PARTIAL : 0;
}

const struct pail_command pail_cmd_cp = {
    .name = "cp",
    .summary = "Copy files to, from and inside S3",
    .usage = "SOURCE TARGET",
    .description = "Either may be a path or s3://BUCKET/KEY; \"-\" is standard input or output. A "
                   "target that is a directory or ends in / keeps the "
                   "source's name. Downloads take their name when they are complete.",
    .examples = "pail cp report.pdf s3://docs/ | Upload\npail cp --recursive s3://photos/2024 . | "
                "Download everything below a prefix\n"
                "tar c dir \\| pail cp - s3://backup/dir.tar | From a pipe\n",
    .options = options,
    .options_size = sizeof(struct cp_options),
    .run = run,
    .init = defaults,
    .complete = "file",
};
