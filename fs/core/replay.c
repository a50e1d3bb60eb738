/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a crash left: uploads that were begun (aborted), and renames between copy and delete
 * (finished, or found not to have happened).
 *
 * Each row of the journal becomes a change given to the executor, with the claims of the rename it
 * was, before the first operation of the new mount; so whoever wants one of those names waits until
 * it is settled. Nothing in a row is trusted: a source is deleted only when what is at the new key
 * is a copy of what is at the old key now. Where that cannot be told both stay, and the log says
 * so. A row whose replay met a network error stays for the next mount.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"
#include "core/journal.h"

#define PAGE_KEYS 1000

struct replay {
    struct pail_change change; /* first */
    struct pail_list link;
    struct pail_fs *fs;
    uint64_t id; /* 0: the uploads */
    struct pail_journal_rename j;
    struct pail_volume *volume;
    size_t len;
    char payload[];
};

/* Is `to` a copy of `from`? Then it is not older, and has the same size; and either the ETags are
 * the same, or it was not there before. */
static bool is_copy(const struct pail_s3_object *from, const struct pail_s3_object *to,
                    struct pail_str replaced)
{
    if (from->size != to->size || to->mtime_ns < from->mtime_ns)
        return false;
    return pail_str_eq(from->etag, to->etag) || !pail_str_eq(to->etag, replaced);
}

static int head_or_none(struct replay *p, struct pail_str key, struct pail_s3_object *ret,
                        bool *there, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_head(p->volume, key, ret, &why);
    *there = rc == 0;
    if (rc && rc != PAIL_E_NOT_FOUND)
        pail_error_copy(err, &why);
    return rc == PAIL_E_NOT_FOUND ? 0 : rc;
}

static void kept(struct replay *p, struct pail_str key, const char *why)
{
    PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "a rename that was interrupted: s3://%s/%.*s stays, %s",
             p->volume->bucket, PAIL_STR_ARG(key), why);
}

static int replay_file(struct replay *p, struct pail_error *err)
{
    struct pail_s3_object from, to;
    bool has_from = false, has_to = false;
    int rc = head_or_none(p, p->j.from, &from, &has_from, err);
    if (rc || !has_from)
        return rc; /* finished */
    rc = head_or_none(p, p->j.to, &to, &has_to, err);
    if (!rc && has_to) {
        if (p->j.etag.len && !pail_str_eq(from.etag, p->j.etag))
            kept(p, p->j.from, "it was written since");
        else if (!is_copy(&from, &to, p->j.replaced))
            kept(p, p->j.from, "the other name does not have its content");
        else
            rc = pail_delete_object(p->fs, p->volume, p->j.from, from.etag, err);
        pail_s3_object_done(&to);
    }
    pail_s3_object_done(&from);
    return rc;
}

/* ---- Probes ---------------------------------------------------------------------------------- */

static int abort_uploads(struct replay *p, struct pail_error *err)
{
    struct pail_s3_mpu_list_args args = {.call = pail_volume_call(p->volume, PAIL_PRIO_META),
                                         .bucket = p->j.bucket,
                                         .prefix = p->j.from};
    struct pail_s3_uploads list;
    int rc = pail_s3_mpu_list(p->volume->s3, &args, &list, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < list.n && !rc; i++) {
        struct pail_s3_mpu_abort_args one = {.bucket = p->j.bucket,
                                             .key = list.uploads[i].key,
                                             .upload_id = list.uploads[i].upload_id};
        rc = pail_s3_mpu_abort(p->volume->s3, &one, err);
    }
    pail_s3_uploads_done(&list);
    return rc;
}

/* An endpoint was being asked what it can do. */
static int replay_probe(struct replay *p, struct pail_error *err)
{
    const struct pail_str keys[] = {p->j.from, p->j.to};
    int rc = abort_uploads(p, err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(keys) && !rc; i++) {
        struct pail_s3_delete_args args = {.call = pail_volume_call(p->volume, PAIL_PRIO_META),
                                           .bucket = p->j.bucket,
                                           .key = keys[i]};
        rc = pail_s3_delete(p->volume->s3, &args, err);
        rc = rc == PAIL_E_NOT_FOUND ? 0 : rc;
    }
    return rc;
}

/* ---- Trees ----------------------------------------------------------------------------------- */

static bool entry_is_copied(const struct pail_s3_entry *from, const struct pail_s3_entry *to)
{
    return from->size == to->size && to->mtime_ns >= from->mtime_ns;
}

/* The keys below `prefix` from the one behind `after` on: a page. */
static int list_after(struct replay *p, struct pail_str prefix, struct pail_str after,
                      struct pail_s3_page *ret, struct pail_error *err)
{
    struct pail_s3_list_args args = {.call = pail_volume_call(p->volume, PAIL_PRIO_META),
                                     .bucket = pail_str(p->volume->bucket),
                                     .prefix = prefix,
                                     .start_after = after,
                                     .max_keys = PAGE_KEYS};
    return pail_s3_list(p->volume->s3, &args, ret, err);
}

/* Walks through the copies in step with the sources. */
struct other {
    struct pail_s3_page page;
    size_t at;
    bool loaded, end;
    struct pail_buf after;
};

static int other_at(struct replay *p, struct other *o, struct pail_str rest,
                    const struct pail_s3_entry **ret, struct pail_error *err)
{
    *ret = NULL;
    for (;;) {
        while (o->loaded && o->at < o->page.n) {
            const struct pail_s3_entry *e = &o->page.entries[o->at];
            int order = pail_str_cmp(pail_str_from(e->key, p->j.to.len), rest);
            if (order == 0)
                *ret = e;
            if (order >= 0)
                return 0;
            o->at++;
        }
        if (o->end)
            return 0;
        if (o->loaded && o->page.n) {
            pail_buf_reset(&o->after);
            pail_buf_str(&o->after, o->page.entries[o->page.n - 1].key);
        }
        if (o->loaded)
            pail_s3_page_done(&o->page);
        o->loaded = false;
        int rc = pail_buf_check(&o->after, "key", err);
        if (!rc)
            rc = list_after(p, p->j.to, pail_buf_view(&o->after), &o->page, err);
        if (rc)
            return rc;
        o->loaded = true;
        o->at = 0;
        o->end = !o->page.next_token.len;
    }
}

typedef int pair_fn(struct replay *p, void *ud, const struct pail_s3_entry *from,
                    const struct pail_s3_entry *to, struct pail_error *err);

/* each(source, its copy or NULL), in key order. */
static int each_pair(struct replay *p, pair_fn *each, void *ud, struct pail_error *err)
{
    struct pail_buf after = PAIL_BUF_INIT(8 * PAIL_KEY_MAX);
    struct other o = {.after = PAIL_BUF_INIT(8 * PAIL_KEY_MAX)};
    bool more = true;
    int rc = 0;
    while (!rc && more) {
        struct pail_s3_page page;
        rc = list_after(p, p->j.from, pail_buf_view(&after), &page, err);
        if (rc)
            break;
        for (size_t i = 0; i < page.n && !rc; i++) {
            const struct pail_s3_entry *to = NULL;
            rc = other_at(p, &o, pail_str_from(page.entries[i].key, p->j.from.len), &to, err);
            if (!rc)
                rc = each(p, ud, &page.entries[i], to, err);
        }
        more = page.next_token.len > 0 && page.n;
        if (page.n) {
            pail_buf_reset(&after);
            pail_buf_str(&after, page.entries[page.n - 1].key);
        }
        pail_s3_page_done(&page);
    }
    if (o.loaded)
        pail_s3_page_done(&o.page);
    pail_buf_done(&o.after);
    pail_buf_done(&after);
    return rc;
}

static int copy_missing(struct replay *p, void *ud, const struct pail_s3_entry *from,
                        const struct pail_s3_entry *to, struct pail_error *err)
{
    bool done = p->j.cursor.len && pail_str_cmp(from->key, p->j.cursor) <= 0;
    if (to && (done || to->mtime_ns >= from->mtime_ns))
        return 0; /* copied; or somebody else's, which is not overwritten */
    return pail_copies_add(ud, from, err);
}

static int delete_copied(struct replay *p, void *ud, const struct pail_s3_entry *from,
                         const struct pail_s3_entry *to, struct pail_error *err)
{
    if (to && entry_is_copied(from, to))
        return pail_key_list_add(ud, from->key, PAIL_STR(""), err);
    kept(p, from->key, to ? "the other name does not have its content" : "it was written since");
    return 0;
}

static int copy_rest(struct replay *p, struct pail_error *err)
{
    struct pail_copies *copies = NULL;
    int rc = pail_copies_new(p->fs, p->volume, p->j.from, p->j.to, &copies, err);
    if (rc)
        return rc;
    rc = each_pair(p, copy_missing, copies, err);
    if (!rc)
        rc = pail_copies_wait(copies, err);
    pail_copies_free(copies);
    return rc;
}

static int replay_tree(struct replay *p, struct pail_error *err)
{
    struct pail_key_list keys;
    int rc = p->j.phase == PAIL_JOURNAL_COPYING ? copy_rest(p, err) : 0;
    if (rc)
        return rc;
    pail_key_list_init(&keys);
    rc = each_pair(p, delete_copied, &keys, err);
    if (!rc && keys.n)
        rc = pail_delete_keys(p->fs, p->volume, &keys, err);
    pail_key_list_done(&keys);
    return rc;
}

/* ---- Changes --------------------------------------------------------------------------------- */

static int run(struct pail_change *c, struct pail_error *err)
{
    struct replay *p = (struct replay *)c;
    struct pail_fs *fs = p->fs;
    pail_assert_no_locks();
    if (!p->id)
        return pail_writer_recover(fs->fixed.writer, fs->fixed.s3, err);
    int rc = 0;
    switch (p->j.type) {
    case PAIL_JOURNAL_FILE:
        rc = replay_file(p, err);
        break;
    case PAIL_JOURNAL_TREE:
        rc = replay_tree(p, err);
        break;
    case PAIL_JOURNAL_PROBE:
        rc = replay_probe(p, err);
        break;
    }
    if (!rc && p->j.type != PAIL_JOURNAL_PROBE) /* names have moved about: all that is remembered is
                                                   asked for again */
        pail_dir_forget(fs, fs->tree.root);
    return rc ? rc : pail_meta_journal_remove(fs->fixed.meta, p->id, err);
}

static void done(struct pail_change *c, const struct pail_error *err)
{
    if (err)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s: %s; it is tried again at the next mount", c->what,
                 err->message);
    pail_free(c);
}

static int collect(void *ud, uint64_t id, struct pail_bytes payload)
{
    struct pail_list *list = ud;
    struct replay *p = pail_zalloc(sizeof(*p) + payload.len);
    if (!p)
        return PAIL_E_NOMEM;
    p->id = id;
    p->len = payload.len;
    memcpy(p->payload, payload.ptr, payload.len);
    pail_list_init(&p->link);
    pail_list_append(list, &p->link);
    return 0;
}

static void claim(struct replay *p, struct pail_str key)
{
    p->change.claims[p->change.n_claims++] = (struct pail_claim){
        .bucket = p->j.bucket, .key = key, .prefix = p->j.type == PAIL_JOURNAL_TREE, .write = true};
}

/* Takes p over. */
static int give(struct pail_fs *fs, struct replay *p, struct pail_error *err)
{
    p->fs = fs;
    p->change.what = p->id ? "interrupted change" : "interrupted uploads";
    p->change.run = run;
    p->change.done = done;
    int rc = 0;
    if (p->id) {
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_journal_decode((struct pail_bytes){p->payload, p->len}, &p->j, &why)) {
            PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "row %llu is left alone: %s",
                     (unsigned long long)p->id, why.message);
            pail_free(p);
            return 0;
        }
        rc = pail_volume_get(fs, p->j.bucket, &p->volume, err);
        claim(p, p->j.from);
        claim(p, p->j.to);
    }
    if (!rc)
        rc = pail_queue_give(fs->fixed.queue, &p->change, err);
    if (rc)
        pail_free(p);
    return rc;
}

static int any_upload(void *ud, struct pail_str bucket, struct pail_str key, struct pail_str id)
{
    *(bool *)ud = true;
    return 1;
}

int pail_replay_start(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_list rows;
    bool uploads = false;
    pail_list_init(&rows);
    if (fs->fixed.opt.read_only)
        return 0;
    int rc = pail_meta_journal(fs->fixed.meta, collect, &rows, err);
    if (rc == PAIL_E_NOMEM)
        rc = pail_error_nomem(err);
    if (!rc) {
        rc = pail_meta_uploads(fs->fixed.meta, any_upload, &uploads, err);
        rc = rc > 0 ? 0 : rc;
    }
    if (!rc && uploads) {
        struct replay *p = pail_zalloc(sizeof(*p));
        rc = p ? give(fs, p, err) : pail_error_nomem(err);
    }
    for (struct pail_list *l; (l = pail_list_pop(&rows)) != NULL;) {
        struct replay *p = PAIL_CONTAINER(l, struct replay, link);
        if (rc)
            pail_free(p);
        else
            rc = give(fs, p, err);
    }
    return rc;
}
