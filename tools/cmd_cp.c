/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail cp: local to S3, S3 to local, S3 to S3; one, or a tree with --recursive.
 *
 * A tree is walked by one thread, which hands files to a bounded pool; a failed file is told and
 * the others go on. After an interrupt nothing new begins, what is under way is cancelled and
 * tidied up, and the exit code is 128 and the signal.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/workers.h"
#include "tools/cmd.h"
#include "tools/lib/interrupt.h"
#include "tools/lib/transfer.h"
#include "tools/lib/walk.h"

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
    const char *path;            /* local */
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
    uint64_t size;
    char *texts[4];
};

static int parse_side(const char *text, struct side *ret, struct pail_error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (!*text)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "an empty name");
    if (!pail_str_starts(pail_str(text), PAIL_STR("s3://"))) {
        ret->path = text;
        return 0;
    }
    ret->s3 = true;
    return pail_parse_s3(text, &ret->bucket, &ret->key, err);
}

static bool is_standard(const struct side *s)
{
    return !s->s3 && strcmp(s->path, "-") == 0;
}

static void show_side(struct pail_buf *to, const struct side *s)
{
    if (s->s3) {
        pail_buf_z(to, "s3://");
        pail_buf_str(to, s->bucket);
        pail_buf_char(to, '/');
        pail_buf_str(to, s->key);
    } else {
        pail_buf_z(to, s->path);
    }
}

/* ---- One file ---- */

static int make_parent(const char *path, struct pail_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    PAIL_AUTOFREE char *dir = pail_strndup(pail_strn(path, (size_t)(slash - path)));
    return dir ? pail_file_mkdirs(dir, 0777, err) : pail_error_nomem(err);
}

static int transfer(struct cp *cp, const struct side *from, const struct side *to, uint64_t size,
                    struct pail_error *err)
{
    int rc = pail_interrupt_check(err);
    if (rc || cp->o->dry_run)
        return rc;
    if (from->s3 && to->s3)
        return pail_transfer_copy(&cp->t, from->bucket, from->key, size, to->bucket, to->key, err);
    if (is_standard(from))
        return pail_transfer_upload_stream(&cp->t, STDIN_FILENO, "standard input", to->bucket,
                                           to->key, err);
    if (to->s3)
        return pail_transfer_upload(&cp->t, from->path, to->bucket, to->key, err);
    if (is_standard(to))
        return pail_transfer_download_stream(&cp->t, from->bucket, from->key, STDOUT_FILENO,
                                             "standard output", err);
    rc = make_parent(to->path, err);
    return rc ? rc : pail_transfer_download(&cp->t, from->bucket, from->key, size, to->path, err);
}

static void count_failure(struct cp *cp)
{
    pail_mutex_lock(&cp->lock);
    cp->failed++;
    pail_mutex_unlock(&cp->lock);
}

/* Copies one file and tells about it. */
static void one(struct cp *cp, const struct side *from, const struct side *to, uint64_t size)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(32 << 10);
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = transfer(cp, from, to, size, &err);
    if (rc)
        count_failure(cp);
    if (rc ? pail_interrupt_signal() != 0 : cp->o->common.quiet || is_standard(to))
        return;
    pail_buf_fmt(&line, "%s%s%s: ", cp->o->dry_run ? "(dryrun) " : "",
                 from->s3 && to->s3 ? "copy"
                 : to->s3           ? "upload"
                                    : "download",
                 rc ? " failed" : "");
    show_side(&names, from);
    pail_buf_z(&names, " to ");
    show_side(&names, to);
    if (rc) {
        pail_append_printable(&line, pail_buf_view(&names));
        pail_buf_z(&line, ": ");
        pail_error_text(&err, &line);
    } else {
        pail_buf_str(&line, pail_buf_view(&names));
    }
    pail_buf_char(&line, '\n');
    if (!rc)
        pail_progress_file(cp->t.progress);
    pail_progress_print(cp->t.progress, rc ? stderr : stdout, pail_buf_view(&line));
}

/* ---- Trees ---- */

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
    one(cp, &j->from, &j->to, j->size);
    job_free(j);
    pail_mutex_lock(&cp->lock);
    cp->pending--;
    pail_cond_signal(&cp->cond);
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
    j->size = size;
    j->job.run = run_job;
    pail_progress_expect(cp->t.progress, size, 1);
    pail_mutex_lock(&cp->lock);
    while (cp->pending >= 4 * cp->o->parallel)
        pail_cond_wait(&cp->cond, &cp->lock);
    cp->pending++;
    pail_mutex_unlock(&cp->lock);
    pail_workers_give(cp->workers, &j->job);
    return pail_interrupt_check(err);
}

struct tree {
    struct cp *cp;
    const struct side *from, *to;
    size_t cut; /* of keys: what the prefix already says */
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
    const struct tree *t = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct side from = {.path = path}, to;
    int rc = joined(t->to, pail_str(relative), &text, &to, err);
    return rc ? rc : give(t->cp, &from, &to, size, err);
}

/* Something of the tree that is not copied. */
static void pass_over(void *ud, const struct pail_error *why)
{
    const struct tree *t = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(4096);
    pail_buf_z(&line, "pail cp: ");
    pail_error_text(why, &line);
    pail_buf_char(&line, '\n');
    pail_progress_print(t->cp->t.progress, stderr, pail_buf_view(&line));
    count_failure(t->cp);
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
        struct pail_error why = PAIL_ERROR_INIT;
        pail_error_set(&why, PAIL_D_DATA, PAIL_E_INVALID,
                       "s3://%.*s/%.*s is no safe file name: passed over",
                       PAIL_STR_ARG(t->from->bucket), PAIL_STR_ARG(e->key));
        pass_over(t, &why);
        return 0;
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct side from = *t->from, to;
    from.key = e->key;
    int rc = joined(t->to, relative, &text, &to, err);
    return rc ? rc : give(t->cp, &from, &to, e->size, err);
}

/* A copy into itself would list what it has just written. */
static int check_apart(const struct side *to, const struct side *from, struct pail_str prefix,
                       struct pail_error *err)
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
    const struct side *from = t->from;
    int rc = pail_prefix_of(from->key, &prefix, err);
    if (!rc)
        rc = check_apart(t->to, from, pail_buf_view(&prefix), err);
    if (rc)
        return rc;
    t->cut = prefix.len;
    return pail_walk_s3(t->cp->t.s3, from->bucket, pail_buf_view(&prefix), pail_strn(NULL, 0),
                        each_object, t, err);
}

static int tree(struct cp *cp, const struct side *from, const struct side *to,
                struct pail_error *err)
{
    static const struct pail_walk_ops files = {.file = each_file, .problem = pass_over};
    struct tree t = {.cp = cp, .from = from, .to = to};
    int rc = pail_workers_new("pail-cp", (unsigned)cp->o->parallel, &cp->workers, err);
    if (rc)
        return rc;
    rc = from->s3 ? walk_objects(&t, err) : pail_walk_files(from->path, &files, &t, err);
    pail_workers_free(cp->workers);
    return rc;
}

/* ---- A single one ---- */

/* cp x s3://b/dir/ and cp s3://b/x dir/ keep the name. */
static int with_name(const struct side *from, const struct side *to, struct pail_buf *text,
                     struct side *ret, struct pail_error *err)
{
    struct pail_str target = to->s3 ? to->key : pail_str(to->path);
    struct pail_str source = from->s3 ? from->key : pail_str(from->path);
    struct pail_file_stat st;
    bool dir = !target.len || target.ptr[target.len - 1] == '/' ||
               (!to->s3 && !is_standard(to) && !pail_file_stat(to->path, &st, NULL) && st.is_dir);
    *ret = *to;
    if (!dir)
        return 0;
    size_t slash = pail_str_rfind(source, '/');
    struct pail_str name = slash == SIZE_MAX ? source : pail_str_from(source, slash + 1);
    if (!name.len || is_standard(from) || (!to->s3 && !safe_relative(name)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "the target needs a name: \"%.*s\" gives none", PAIL_STR_ARG(source));
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
    if (!from->s3 && !is_standard(from)) {
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
        one(cp, from, &target, PAIL_SIZE_UNKNOWN);
    return rc;
}

/* ---- The command ---- */

static int check_operands(const struct cp_options *o, const struct side *from,
                          const struct side *to)
{
    if (!o->parallel || o->parallel > 256)
        return pail_misuse("cp", "parallel: not between 1 and 256");
    if (!from->s3 && !to->s3)
        return pail_misuse("cp", "one of the two must be s3://BUCKET/KEY");
    if (o->recursive && (is_standard(from) || is_standard(to)))
        return pail_misuse("cp", "--recursive and \"-\" do not go together");
    return 0;
}

static int copy(struct cp *cp, const struct side *from, const struct side *to)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    int rc = pail_connect(&cp->o->common, &session, &cp->t.s3, &err);
    if (rc)
        return pail_fail("cp", &err);
    /* With standard output nothing has to be tidied up, and a closed pipe is to end it silently. */
    if (!is_standard(to))
        pail_interrupt_catch();
    cp->t.umask = umask(0);
    umask((mode_t)cp->t.umask);
    pail_mutex_init(&cp->lock, "cp", PAIL_RANK_FS);
    pail_cond_init(&cp->cond);
    cp->t.progress = pail_progress_new(!cp->o->no_progress && !cp->o->common.quiet &&
                                       !is_standard(to));
    rc = cp->o->recursive ? tree(cp, from, to, &err) : single(cp, from, to, &err);
    pail_progress_free(cp->t.progress);
    pail_s3_unref(cp->t.s3);
    pail_session_unref(session);
    pail_cond_done(&cp->cond);
    pail_mutex_done(&cp->lock);
    if (pail_interrupt_signal()) {
        fputs("pail cp: interrupted\n", stderr);
        return 128 + pail_interrupt_signal();
    }
    if (rc)
        return pail_fail("cp", &err);
    return cp->failed ? PAIL_EXIT_PARTIAL : 0;
}

static int run(void *p, int argc, char **argv)
{
    struct cp cp = {.o = p};
    struct pail_error err = PAIL_ERROR_INIT;
    struct side from, to;
    if (argc != 2)
        return pail_misuse("cp", "wants a source and a target");
    if (parse_side(argv[0], &from, &err) || parse_side(argv[1], &to, &err))
        return pail_fail("cp", &err);
    int code = check_operands(cp.o, &from, &to);
    return code ? code : copy(&cp, &from, &to);
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
                   "are removed.",
    .examples = "pail cp report.pdf s3://docs/ | Upload\npail cp --recursive s3://photos/2024 . | "
                "Download everything below a prefix\n"
                "tar c dir | pail cp - s3://backup/dir.tar | From a pipe\n",
    .options = options,
    .options_size = sizeof(struct cp_options),
    .run = run,
    .init = defaults,
    .complete = "file",
};
