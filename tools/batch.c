/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An item lives from the call that gives it to its last callback: the transfer's, then, of a move,
 * that of the deletion of its source.
 */
#include "tools/batch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/lib/aws_words.h"
#include "tools/lib/interrupt.h"
#include "tools/lib/mime.h"
#include "tools/lib/place.h"

#define PENDING_PER_REQUEST 4

struct item {
    struct pail_batch *b;
    struct pail_side from, to; /* to unused: a deletion */
    bool deletes;
    char *texts[4];
};

void pail_batch_init(struct pail_batch *b)
{
    pail_mutex_init(&b->lock, "batch", PAIL_RANK_FS);
    pail_cond_init(&b->cond);
}

void pail_batch_done(struct pail_batch *b)
{
    pail_map_free(b->names);
    pail_free(b->last_dir);
    pail_cond_done(&b->cond);
    pail_mutex_done(&b->lock);
}

/* ---- Items ---- */

static void item_free(struct item *it)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(it->texts); i++)
        pail_free(it->texts[i]);
    pail_free(it);
}

/* Copies of the views go into texts[i], texts[i + 1]. */
static bool own_side(struct item *it, size_t i, const struct pail_side *from, struct pail_side *to)
{
    *to = *from;
    if (!from->s3)
        return (to->path = it->texts[i] = pail_strdup(from->path)) != NULL;
    it->texts[i] = pail_strndup(from->bucket);
    it->texts[i + 1] = pail_strndup(from->key);
    to->bucket.ptr = it->texts[i];
    to->key.ptr = it->texts[i + 1];
    return it->texts[i] && it->texts[i + 1];
}

static struct item *item_new(struct pail_batch *b, const struct pail_side *from,
                             const struct pail_side *to)
{
    struct item *it = pail_zalloc(sizeof(*it));
    if (!it)
        return NULL;
    it->b = b;
    it->deletes = !to;
    if (!own_side(it, 0, from, &it->from) || (to && !own_side(it, 2, to, &it->to))) {
        item_free(it);
        return NULL;
    }
    return it;
}

/* ---- Lines ---- */

static const char *verb_of(const struct item *it)
{
    if (it->deletes)
        return "delete";
    if (it->b->move)
        return "move";
    return it->from.s3 && it->to.s3 ? "copy" : it->to.s3 ? "upload" : "download";
}

/* The message, without "Failed to upload F to B/K: ", which the line says already. */
static void show_cause(const struct item *it, const struct pail_error *err, struct pail_buf *line)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf said = PAIL_BUF_INIT(32 << 10);
    struct pail_error cause = *err;
    pail_buf_fmt(&said, "Failed to upload %s to %.*s/%.*s: ",
                 it->from.s3                        ? ""
                 : pail_side_is_standard(&it->from) ? "standard input"
                                                    : it->from.path,
                 PAIL_STR_ARG(it->to.bucket), PAIL_STR_ARG(it->to.key));
    for (size_t i = 0; i < said.len; i++) /* as in messages */
        if ((unsigned char)said.ptr[i] < ' ' || said.ptr[i] == 127)
            said.ptr[i] = '?';
    size_t at = pail_str_find_str(pail_str(err->message), pail_buf_view(&said));
    if (at != SIZE_MAX)
        snprintf(cause.message, sizeof(cause.message), "%.*s%s", (int)at, err->message,
                 err->message + at + said.len);
    if (!pail_as_aws() || !pail_aws_words(&cause, line, NULL))
        pail_error_text(&cause, line);
}

static void tell(struct item *it, const struct pail_error *err)
{
    struct pail_batch *b = it->b;
    const struct pail_copying_options *o = b->how->o;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(32 << 10);
    if (err && pail_interrupt_signal())
        return;
    pail_progress_file(b->progress);
    if (err && pail_as_aws() && o->common.quiet)
        return;
    if (!err && (o->common.quiet || o->only_show_errors ||
                 (!it->deletes && pail_side_is_standard(&it->to))))
        return;
    pail_buf_fmt(&line, "%s%s%s: ", o->dry_run ? "(dryrun) " : "", verb_of(it),
                 err ? " failed" : "");
    pail_side_show(&names, &it->from);
    if (!it->deletes) {
        pail_buf_z(&names, " to ");
        pail_side_show(&names, &it->to);
    }
    if (err) {
        pail_append_printable(&line, pail_buf_view(&names));
        pail_buf_z(&line, pail_as_aws() ? " " : ": ");
        show_cause(it, err, &line);
    } else {
        pail_buf_str(&line, pail_buf_view(&names));
    }
    pail_buf_char(&line, '\n');
    pail_progress_print(b->progress, err ? stderr : stdout, pail_buf_view(&line),
                        it->deletes && !it->from.s3);
}

/* The item's end. */
static void over(struct item *it, const struct pail_error *err)
{
    struct pail_batch *b = it->b;
    bool pipe = err && err->os_errno == EPIPE && !it->deletes && pail_side_is_standard(&it->to);
    if (!pipe)
        tell(it, err);
    item_free(it);
    pail_mutex_lock(&b->lock);
    b->locked.failed += err != NULL;
    b->locked.broken_pipe = b->locked.broken_pipe || pipe;
    b->locked.pending--;
    pail_cond_broadcast(&b->cond);
    pail_mutex_unlock(&b->lock);
}

/* The AWS CLI's word for a file that cannot be taken. */
static void warn_of_file(struct pail_batch *b, const struct pail_error *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_str path = pail_str(why->message);
    char here[PATH_MAX];
    path = pail_str_sub(path, 0, pail_str_find_str(path, PAIL_STR(": ")));
    bool relative = !pail_str_starts(path, PAIL_STR("/")) && getcwd(here, sizeof(here));
    if (relative && pail_str_starts(path, PAIL_STR("./")))
        path = pail_str_from(path, 2);
    pail_buf_fmt(&text, "Skipping file %s%s%.*s. %s", relative ? here : "", relative ? "/" : "",
                 PAIL_STR_ARG(path),
                 why->os_errno == ENOENT ? "File does not exist."
                                         : "File/Directory is not readable.");
    pail_batch_warn(b, pail_buf_cstr(&text));
}

void pail_batch_problem(struct pail_batch *b, const struct pail_error *why)
{
    if (pail_as_aws() && (why->os_errno == ENOENT || why->os_errno == EACCES)) {
        warn_of_file(b, why);
        return;
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(4096);
    pail_buf_fmt(&line, "pail %s: ", b->command);
    pail_error_text(why, &line);
    pail_buf_char(&line, '\n');
    pail_progress_print(b->progress, stderr, pail_buf_view(&line), true);
    pail_mutex_lock(&b->lock);
    b->locked.failed++;
    pail_mutex_unlock(&b->lock);
}

void pail_batch_warn(struct pail_batch *b, const char *message)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(16 << 10);
    pail_buf_z(&line, "warning: ");
    pail_append_printable(&line, pail_str(message));
    pail_buf_char(&line, '\n');
    pail_progress_print(b->progress, stderr, pail_buf_view(&line), true);
    pail_mutex_lock(&b->lock);
    b->locked.warned++;
    pail_mutex_unlock(&b->lock);
}

/* ---- Deletions ---- */

static void erased(void *ud, const struct pail_error *err)
{
    over(ud, err);
}

static void erase(struct item *it)
{
    struct pail_batch *b = it->b;
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = 0;
    if (it->from.s3) {
        struct pail_s3_delete_args args = {
            .bucket = it->from.bucket, .key = it->from.key, .access = b->how->access};
        rc = pail_s3_delete_async(b->source_s3 && !it->deletes ? b->source_s3 : b->s3, &args,
                                  erased, it, NULL, &err);
        if (!rc)
            return;
    } else {
        rc = pail_file_unlink(it->from.path, &err);
    }
    over(it, rc ? &err : NULL);
}

/* ---- Copies ---- */

static void copied(void *ud, const struct pail_error *err)
{
    struct item *it = ud;
    if (!err && it->b->move)
        erase(it);
    else
        over(it, err);
}

static int make_parent(struct pail_batch *b, const char *path, struct pail_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    size_t n = (size_t)(slash - path);
    if (b->last_dir && strlen(b->last_dir) == n && memcmp(b->last_dir, path, n) == 0)
        return 0;
    pail_free(b->last_dir);
    b->last_dir = pail_strndup(pail_strn(path, n));
    if (!b->last_dir)
        return pail_error_nomem(err);
    int rc = pail_file_mkdirs(b->last_dir, 0777, err);
    if (rc)
        pail_free(PAIL_STEAL(b->last_dir));
    return rc;
}

/* Where the transfer says how far it is; *ret NULL: nowhere. */
static int resume_file(const struct item *it, const char *path, const struct pail_side *object,
                       struct pail_buf *text, const char **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf what = PAIL_BUF_INIT(64 << 10);
    *ret = NULL;
    if (!it->b->how->o->resume)
        return 0;
    pail_buf_fmt(&what, "%s %s s3://%.*s/%.*s", path, it->to.s3 ? "to" : "from",
                 PAIL_STR_ARG(object->bucket), PAIL_STR_ARG(object->key));
    int rc = pail_buf_check(&what, "names", err);
    if (!rc)
        rc = pail_place_transfer(pail_buf_cstr(&what), text, err);
    if (!rc)
        *ret = pail_buf_cstr(text);
    return rc;
}

static int upload(struct item *it, struct pail_error *err)
{
    const struct pail_copying *how = it->b->how;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf resume = PAIL_BUF_INIT(8192);
    struct pail_upload_args args = {.bucket = it->to.bucket,
                                    .key = it->to.key,
                                    .attributes = how->attributes,
                                    .access = how->access,
                                    .size_hint = how->o->expected_size,
                                    .if_none_match = how->o->no_overwrite,
                                    .checksum = how->checksum,
                                    .progress = pail_progress_delta,
                                    .progress_ud = it->b->progress};
    if (pail_side_is_standard(&it->from)) {
        args.use_fd = true;
        args.fd = STDIN_FILENO;
        args.name = "standard input";
    } else {
        args.path = it->from.path;
        int rc = resume_file(it, it->from.path, &it->to, &resume, &args.resume_file, err);
        if (rc)
            return rc;
        if (!args.attributes.content_type.len && !how->o->no_guess_mime_type)
            args.attributes.content_type = pail_mime_of(it->from.path);
    }
    return pail_upload_async(it->b->transfers, &args, NULL, copied, it, NULL, err);
}

static int download(struct item *it, const struct pail_batch_hint *hint, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf resume = PAIL_BUF_INIT(8192);
    struct pail_download_args args = {.bucket = it->from.bucket,
                                      .key = it->from.key,
                                      .access = it->b->how->access,
                                      .set_mtime = true,
                                      .size_known = hint->size_known,
                                      .size = hint->size,
                                      .if_match = hint->etag,
                                      .progress = pail_progress_delta,
                                      .progress_ud = it->b->progress};
    if (pail_side_is_standard(&it->to)) {
        args.use_fd = true;
        args.fd = STDOUT_FILENO;
        args.name = "standard output";
    } else {
        int rc = make_parent(it->b, it->to.path, err);
        if (!rc)
            rc = resume_file(it, it->to.path, &it->from, &resume, &args.resume_file, err);
        if (rc)
            return rc;
        args.path = it->to.path;
    }
    return pail_download_async(it->b->transfers, &args, NULL, copied, it, NULL, err);
}

static int copy(struct item *it, const struct pail_batch_hint *hint, struct pail_error *err)
{
    const struct pail_copying *how = it->b->how;
    struct pail_transfer_copy_args args = {.bucket = it->to.bucket,
                                           .key = it->to.key,
                                           .source_bucket = it->from.bucket,
                                           .source_key = it->from.key,
                                           .size_known = hint->size_known,
                                           .size = hint->size,
                                           .replace_attributes = how->replace,
                                           .attributes = how->attributes,
                                           .access = how->access,
                                           .if_none_match = how->o->no_overwrite,
                                           .checksum = how->checksum,
                                           .source_s3 = it->b->source_s3,
                                           .progress = pail_progress_delta,
                                           .progress_ud = it->b->progress};
    return pail_transfer_copy_async(it->b->transfers, &args, NULL, copied, it, NULL, err);
}

/* Places among those under way; an interrupt ends the wait. */
static int take_place(struct pail_batch *b, struct pail_error *err)
{
    unsigned limit = PENDING_PER_REQUEST * 16;
    pail_mutex_lock(&b->lock);
    while (b->locked.pending >= limit && !pail_interrupt_signal())
        pail_cond_wait_until(&b->cond, &b->lock, pail_deadline_after_ns(PAIL_INTERRUPT_LOOK_NS));
    b->locked.pending++;
    pail_mutex_unlock(&b->lock);
    return pail_interrupt_check(err);
}

static void leave_place(struct pail_batch *b)
{
    pail_mutex_lock(&b->lock);
    b->locked.pending--;
    pail_mutex_unlock(&b->lock);
}

static int begin(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                 struct item **ret, struct pail_error *err)
{
    int rc = take_place(b, err);
    *ret = rc ? NULL : item_new(b, from, to);
    if (!rc && !*ret)
        rc = pail_error_nomem(err);
    if (rc)
        leave_place(b);
    return rc;
}

static bool is_archived(const struct pail_str storage_class)
{
    return pail_str_eqz(storage_class, "GLACIER") || pail_str_eqz(storage_class, "DEEP_ARCHIVE");
}

/* True: it is passed over. */
static bool warn_archived(struct pail_batch *b, const struct pail_side *from,
                          const struct pail_batch_hint *hint)
{
    const struct pail_copying_options *o = b->how->o;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(8192);
    if (!from->s3 || o->force_glacier_transfer || !is_archived(hint->storage_class))
        return false;
    if (o->ignore_glacier_warnings)
        return true;
    pail_buf_fmt(&text,
                 "Skipping file s3://%.*s/%.*s. Object is of storage class %.*s. Unable to "
                 "perform %s operations on %.*s objects. You must restore the object to be "
                 "able to perform the operation.",
                 PAIL_STR_ARG(from->bucket), PAIL_STR_ARG(from->key),
                 PAIL_STR_ARG(hint->storage_class), b->move ? "move" : "download",
                 PAIL_STR_ARG(hint->storage_class));
    pail_batch_warn(b, pail_buf_cstr(&text));
    return true;
}

int pail_batch_copy(struct pail_batch *b, const struct pail_side *from, const struct pail_side *to,
                    const struct pail_batch_hint *hint, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct item *it;
    if (warn_archived(b, from, hint))
        return 0;
    int rc = begin(b, from, to, &it, err);
    if (rc)
        return rc;
    pail_progress_expect(b->progress, hint->size_known ? hint->size : 0, 1);
    if (b->how->o->dry_run) {
        over(it, NULL);
        return 0;
    }
    if (from->s3 && to->s3)
        rc = copy(it, hint, &why);
    else
        rc = to->s3 ? upload(it, &why) : download(it, hint, &why);
    if (rc)
        over(it, &why);
    return 0;
}

int pail_batch_delete(struct pail_batch *b, const struct pail_side *what, struct pail_error *err)
{
    struct item *it;
    int rc = begin(b, what, NULL, &it, err);
    if (rc)
        return rc;
    pail_progress_expect(b->progress, 0, 1);
    if (b->how->o->dry_run)
        over(it, NULL);
    else
        erase(it);
    return 0;
}

void pail_batch_wait(struct pail_batch *b)
{
    bool cancelled = false;
    pail_mutex_lock(&b->lock);
    while (b->locked.pending) {
        if (pail_interrupt_signal() && !cancelled) {
            cancelled = true;
            pail_mutex_unlock(&b->lock);
            pail_transfers_cancel(b->transfers);
            pail_mutex_lock(&b->lock);
            continue;
        }
        pail_cond_wait_until(&b->cond, &b->lock, pail_deadline_after_ns(PAIL_INTERRUPT_LOOK_NS));
    }
    pail_mutex_unlock(&b->lock);
}
