/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading. Two sources: the draft, while something of the content is pending or the file was
 * unlinked, and a reader of the version that S3 has.
 *
 * A reader is pinned to its version. When this mount commits a newer one, or moves the object, the
 * handle's next read opens a reader on that; the old one is kept until the reads under way through
 * it have ended, and closed by the next call that may wait. A read that fails because of such a
 * move in the middle is started again on the new reader: that does not block, so it can be done
 * where the failure is told. S3 may show our change before we are told of it: a read that fails
 * while somebody works on the node is parked there until they are done.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

#define TRIES 100 /* each is another change of ours that ended meanwhile */

struct reading {
    struct pail_list link; /* node->parked */
    struct pail_fs_handle *h;
    struct pail_slot *slot;
    uint64_t offset;
    size_t length;
    pail_fs_read_fn *done;
    void *ud;
    int tries;
};

static uint64_t content_gen(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    uint64_t gen = n->content_gen;
    pail_tree_unlock(fs);
    return gen;
}

/* A reader on the version that the node has now; nothing is asked. */
static int open_current(struct pail_fs_handle *h, struct pail_error *err)
{
    struct pail_fs *fs = h->fs;
    struct pail_node *n = h->node;
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX), etag = PAIL_BUF_INIT(1024);
    struct pail_buf version_id = PAIL_BUF_INIT(2048);
    struct pail_reader *reader = NULL;
    pail_tree_lock(fs);
    uint64_t gen = n->content_gen, size = n->known.row.row.size;
    pail_node_key_locked(n, &key);
    pail_buf_str(&etag, n->known.row.row.etag);
    pail_buf_str(&version_id, n->known.row.row.version_id);
    pail_tree_unlock(fs);
    int rc = pail_buf_check(&key, "key", err);
    if (!rc)
        rc = pail_buf_check(&etag, "ETag", err);
    if (!rc) {
        struct pail_reader_args args = {
            .cache = fs->fixed.cache,
            .volume = n->volume,
            .key = pail_buf_view(&key),
            .etag = pail_buf_view(&etag),
            .version_id = pail_buf_view(&version_id),
            .size = size,
            .will_read = true,
        };
        rc = pail_reader_open(&args, &reader, NULL, NULL, err);
    }
    if (!rc)
        rc = pail_handle_set_reader(h, reader, gen, err);
    pail_buf_done(&key);
    pail_buf_done(&etag);
    pail_buf_done(&version_id);
    return rc;
}

/* The handle's reader, counted as in use. */
static int take_slot(struct pail_fs_handle *h, struct pail_slot **ret, struct pail_error *err)
{
    for (;;) {
        uint64_t gen = content_gen(h->fs, h->node);
        pail_mutex_lock(&h->lock);
        struct pail_slot *s = h->slot && h->slot->gen >= gen ? h->slot : NULL;
        if (s)
            s->reads++;
        pail_mutex_unlock(&h->lock);
        if (s) {
            *ret = s;
            return 0;
        }
        int rc = open_current(h, err);
        if (rc)
            return rc;
    }
}

static void give_slot(struct pail_fs_handle *h, struct pail_slot *s)
{
    pail_mutex_lock(&h->lock);
    s->reads--;
    pail_mutex_unlock(&h->lock);
}

/* Readers that nobody reads through any more. May wait. */
static void close_old(struct pail_fs_handle *h)
{
    for (;;) {
        struct pail_slot *idle = NULL;
        pail_mutex_lock(&h->lock);
        PAIL_LIST_FOR (it, &h->old) {
            struct pail_slot *s = PAIL_CONTAINER(it, struct pail_slot, link);
            if (!s->reads) {
                pail_list_remove(&s->link);
                idle = s;
                break;
            }
        }
        pail_mutex_unlock(&h->lock);
        if (!idle)
            return;
        pail_reader_close(idle->reader);
        pail_free(idle);
    }
}

/* ---- Through a reader ------------------------------------------------------------------------ */

static void read_on(struct reading *r);

static void finish(struct reading *r, const struct pail_bytes *segments, size_t n,
                   const struct pail_error *err)
{
    struct pail_error copy = PAIL_ERROR_INIT;
    if (err) {
        pail_error_copy(&copy, err);
        if (copy.code == PAIL_E_NOT_FOUND ||
            copy.code == PAIL_E_PRECONDITION) /* not by us: open files are kept */
            copy.code = PAIL_E_FS_STALE;
        (void)pail_note(r->h->fs, r->h->node->ino, "read", copy.code, &copy);
        r->done(r->ud, NULL, 0, &copy);
    } else {
        r->done(r->ud, segments, n, NULL);
    }
    pail_free(r);
}

/* The version is not there any more. */
static bool may_be_ours(const struct pail_error *err)
{
    return err->code == PAIL_E_NOT_FOUND || err->code == PAIL_E_PRECONDITION ||
           err->code == PAIL_E_FS_STALE;
}

static void on_read(void *ud, const struct pail_bytes *segments, size_t n,
                    const struct pail_error *err)
{
    struct reading *r = ud;
    struct pail_fs_handle *h = r->h;
    bool again = err && ++r->tries < TRIES, moved = false, parked = false;
    uint64_t gen = r->slot->gen;
    give_slot(h, PAIL_STEAL(r->slot));
    if (again) {
        struct pail_node *node = h->node;
        pail_tree_lock(h->fs);
        moved = gen < node->content_gen;
        parked = !moved && may_be_ours(err) && (node->users || node->busy);
        if (parked)
            pail_list_append(&node->parked, &r->link);
        pail_tree_unlock(h->fs);
    }
    if (moved)
        read_on(r);
    else if (!parked)
        finish(r, segments, n, err);
}

void pail_reads_resume(struct pail_list *parked)
{
    for (struct pail_list *l; (l = pail_list_pop(parked)) != NULL;)
        read_on(PAIL_CONTAINER(l, struct reading, link));
}

static void read_on(struct reading *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (take_slot(r->h, &r->slot, &err))
        finish(r, NULL, 0, &err);
    else
        pail_reader_read(r->slot->reader, r->offset, r->length, on_read, r);
}

/* ---- Through the draft ----------------------------------------------------------------------- */

static void read_draft(struct pail_fs_handle *h, struct pail_draft *d, uint64_t offset,
                       size_t length, pail_fs_read_fn *done, void *ud)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t got = 0;
    char *p = pail_alloc(length ? length : 1);
    int rc = p ? pail_draft_read(d, offset, p, length, &got, &err) : pail_error_nomem(&err);
    if (!rc)
        rc = pail_commit_rebased(h->fs, h->node, &err);
    pail_node_unuse(h->fs, h->node);
    struct pail_bytes segment = {p, got};
    if (rc) {
        (void)pail_note(h->fs, h->node->ino, "read", rc, &err);
        done(ud, NULL, 0, &err);
    } else {
        done(ud, &segment, got ? 1 : 0, NULL);
    }
    pail_free(p);
}

void pail_fs_read(struct pail_fs *fs, struct pail_fs_handle *h, uint64_t offset, size_t length,
                  pail_fs_read_fn *done, void *ud)
{
    struct pail_node *n = h->node;
    struct pail_error err = PAIL_ERROR_INIT;
    close_old(h);
    pail_node_use(fs, n);
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    if (d && !n->unlinked && !pail_node_draft_counts_locked(n))
        d = NULL;
    pail_tree_unlock(fs);
    if (d) {
        read_draft(h, d, offset, length, done, ud);
        return;
    }
    pail_node_unuse(fs, n);
    struct reading *r = pail_zalloc(sizeof(*r));
    if (!r) {
        (void)pail_error_nomem(&err);
        done(ud, NULL, 0, &err);
        return;
    }
    *r = (struct reading){.h = h, .offset = offset, .length = length, .done = done, .ud = ud};
    read_on(r);
}
