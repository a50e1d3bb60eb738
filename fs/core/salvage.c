/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What S3 would not take is not thrown away: state_dir/lost+found/NAME-INODE-TIME gets the content,
 * and NAME-INODE-TIME.json says whose it was, which version it was based on, and why it is here.
 * pail status counts them.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "core/core.h"

#define CHUNK ((size_t)1 << 20)

struct salvage {
    struct pail_fs *fs;
    struct pail_node *node;
    struct pail_buf dir, path, note_path, key, etag;
    struct pail_draft *draft;
};

static void salvage_done(struct salvage *s)
{
    pail_buf_done(&s->dir);
    pail_buf_done(&s->path);
    pail_buf_done(&s->note_path);
    pail_buf_done(&s->key);
    pail_buf_done(&s->etag);
}

/* Names are bytes; in the local file system they are kept to what every tool can type. */
static void readable(struct pail_buf *to, struct pail_str name)
{
    for (size_t i = 0; i < name.len && i < 100; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '_';
        pail_buf_char(to, plain ? (char)c : '_');
    }
}

static int salvage_init(struct pail_fs *fs, struct pail_node *n, struct salvage *s,
                        struct pail_error *err)
{
    char iso[PAIL_TIME_ISO_LEN];
    *s = (struct salvage){.fs = fs,
                          .node = n,
                          .dir = PAIL_BUF_INIT(4096),
                          .path = PAIL_BUF_INIT(4096),
                          .note_path = PAIL_BUF_INIT(4096),
                          .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX),
                          .etag = PAIL_BUF_INIT(1024)};
    pail_time_iso(pail_clock_wall_s(), iso);
    pail_buf_fmt(&s->dir, "%s/lost+found", fs->fixed.state_dir);
    pail_buf_fmt(&s->path, "%s/", pail_buf_cstr(&s->dir));
    pail_tree_lock(fs);
    readable(&s->path, pail_node_name(n));
    pail_node_key_locked(n, &s->key);
    pail_buf_z(&s->etag, n->pending.base_etag ? n->pending.base_etag : "");
    s->draft = n->pending.draft;
    pail_tree_unlock(fs);
    pail_buf_fmt(&s->path, "-%llu-%s", (unsigned long long)n->ino, iso);
    pail_buf_fmt(&s->note_path, "%s.json", pail_buf_cstr(&s->path));
    int rc = pail_buf_check(&s->note_path, "path", err);
    if (!rc)
        rc = pail_buf_check(&s->path, "path", err);
    if (!rc)
        rc = pail_buf_check(&s->key, "key", err);
    return rc ? rc : pail_file_mkdirs(pail_buf_cstr(&s->dir), 0700, err);
}

static int save_content(struct salvage *s, struct pail_error *err)
{
    struct pail_file *f = NULL;
    char *chunk = pail_alloc(CHUNK);
    uint64_t at = 0, size = pail_draft_size(s->draft);
    if (!chunk)
        return pail_error_nomem(err);
    int rc = pail_file_open(pail_buf_cstr(&s->path),
                            PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_TRUNC, &f, err);
    while (!rc && at < size) {
        size_t got = 0;
        rc = pail_draft_read(s->draft, at, chunk, CHUNK, &got, err);
        if (!rc && !got)
            rc = pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "%s ends at %llu of %llu bytes",
                                pail_buf_cstr(&s->key), (unsigned long long)at,
                                (unsigned long long)size);
        if (!rc)
            rc = pail_file_pwrite(f, chunk, got, at, err);
        at += got;
    }
    if (!rc)
        rc = pail_file_sync(f, err);
    pail_file_close(f);
    pail_free(chunk);
    return rc;
}

static void text(struct pail_jwriter *w, const char *key, struct pail_str value)
{
    struct pail_buf plain = PAIL_BUF_INIT(8 * PAIL_KEY_MAX);
    pail_jw_key(w, pail_str(key));
    if (!pail_str_is_utf8(value)) { /* JSON has no bytes: percent-encoded then */
        for (size_t i = 0; i < value.len; i++) {
            unsigned char c = (unsigned char)value.ptr[i];
            if (c > 0x20 && c < 0x7f && c != '%')
                pail_buf_char(&plain, (char)c);
            else
                pail_buf_fmt(&plain, "%%%02X", c);
        }
        value = pail_buf_view(&plain);
    }
    pail_jw_str(w, value);
    pail_buf_done(&plain);
}

static int save_note(struct salvage *s, struct pail_error *err)
{
    struct pail_buf json = PAIL_BUF_INIT(64 << 10), why = PAIL_BUF_INIT(4096);
    struct pail_jwriter w;
    pail_jw_init(&w, &json, 2);
    if (!pail_last_error(s->fs, s->node->ino, &why))
        pail_buf_z(&why, "it was not committed before the mount ended");
    pail_jw_object(&w);
    text(&w, "bucket", pail_str(s->node->volume->bucket));
    text(&w, "key", pail_buf_view(&s->key));
    text(&w, "based-on", pail_buf_view(&s->etag));
    pail_jw_key(&w, PAIL_STR("size"));
    pail_jw_int(&w, (int64_t)pail_draft_size(s->draft));
    text(&w, "error", pail_str_trim(pail_buf_view(&why)));
    pail_jw_end_object(&w);
    pail_buf_char(&json, '\n');
    int rc = pail_buf_check(&json, "note", err);
    if (!rc)
        rc = pail_file_write_all(pail_buf_cstr(&s->note_path),
                                 (struct pail_bytes){json.ptr, json.len}, 0600, err);
    pail_buf_done(&json);
    pail_buf_done(&why);
    return rc;
}

int pail_salvage(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    struct salvage s;
    int rc = salvage_init(fs, n, &s, err);
    if (!rc && !s.draft) { /* only attributes: whoever set them has the error */
        salvage_done(&s);
        return 0;
    }
    if (!rc)
        rc = save_content(&s, err);
    if (!rc)
        rc = save_note(&s, err); /* syncs the directory as well */
    if (!rc) {
        atomic_fetch_add(&fs->stat.saved, 1);
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "s3://%s/%s was not taken by S3; its content is in %s",
                 n->volume->bucket, pail_buf_cstr(&s.key), pail_buf_cstr(&s.path));
    }
    salvage_done(&s);
    return rc;
}
