/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what is pending to what S3 has: the change "put".
 *
 * A commit claims its key, so a rename or removal of the same name waits for it or it for them; by
 * the time its turn has come the node may have another name, and then it claims again. What goes
 * along: the condition (If-None-Match for what is new, If-Match with the version it was based on)
 * and the attributes as they are at that moment. Changes made while the request is on its way stay
 * pending.
 *
 * A stream's attributes are fixed when its upload begins. When they were changed after that, they
 * follow by a copy of the object onto itself.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/plant.h"
#include "base/str.h"
#include "core/core.h"

#define PACKED_MAX (64u << 10)

void pail_claim(struct pail_claimed *c, const struct pail_volume *v, struct pail_str key,
                bool prefix)
{
    struct pail_claim *claim = &c->change.claims[c->change.n_claims++];
    *claim = (struct pail_claim){
        .bucket = pail_str(v->bucket), .key = key, .prefix = prefix, .write = true};
}

static int run(struct pail_change *change, struct pail_error *err)
{
    struct pail_claimed *c = PAIL_CONTAINER(change, struct pail_claimed, change);
    return c->body(c, err);
}

int pail_claimed_run(struct pail_claimed *c, struct pail_error *err)
{
    c->change.run = run;
    c->again = false;
    return pail_queue_run(c->fs->fixed.queue, &c->change, err);
}

/* ---- What is sent ---------------------------------------------------------------------------- */

int pail_prepare(struct pail_fs *fs, struct pail_node *n, bool target, struct pail_prepared *p,
                 struct pail_error *err)
{
    struct pail_buf name = PAIL_BUF_INIT(PAIL_NAME_MAX + 1);
    memset(p, 0, sizeof(*p));
    pail_attrs_init(&p->attrs);
    pail_tree_lock(fs);
    const struct pail_pending *q = &n->pending;
    bool keep_mtime = q->mtime_set;
    int rc = n->has_attrs ? pail_attrs_copy(&p->attrs, &n->attrs, err) : 0;
    if (!rc && q->base_etag) {
        p->etag = pail_strdup(q->base_etag);
        rc = p->etag ? 0 : pail_error_nomem(err);
    }
    p->args.if_absent = q->fresh;
    p->args.opened_at_wall_ns = q->opened_at_ns;
    p->changes = q->changes;
    pail_buf_str(&name, pail_node_name(n));
    pail_tree_unlock(fs);
    if (p->etag)
        p->args.if_match = pail_str(p->etag);
    p->attrs.ctime_ns = pail_clock_wall_ns();
    if (!(p->attrs.has & PAIL_ATTR_MTIME))
        p->attrs.mtime_ns = p->attrs.ctime_ns;
    p->attrs.has |= PAIL_ATTR_MTIME | PAIL_ATTR_CTIME;
    if (target &&
        !keep_mtime) /* when it will be complete is not known yet: its Last-Modified tells */
        p->attrs.has &= ~(PAIL_ATTR_MTIME | PAIL_ATTR_CTIME);
    if (!rc)
        rc = pail_buf_check(&name, "name", err);
    if (!rc)
        rc = pail_attrs_to_headers(&p->attrs, pail_buf_view(&name), false, &p->headers, err);
    pail_buf_done(&name);
    if (rc) {
        pail_prepared_done(p);
        return rc;
    }
    p->has_headers = true;
    p->args.attributes = p->headers.attributes;
    return 0;
}

void pail_prepared_done(struct pail_prepared *p)
{
    if (p->has_headers)
        pail_attrs_headers_done(&p->headers);
    p->has_headers = false;
    pail_attrs_done(&p->attrs);
    pail_free(PAIL_STEAL(p->etag));
}

int pail_commit_target(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    struct pail_prepared p;
    int rc = pail_prepare(fs, n, true, &p, err);
    if (rc)
        return rc;
    rc = pail_draft_set_target(n->pending.draft, &p.args, err);
    pail_prepared_done(&p);
    return rc;
}

/* ---- What has become of it ------------------------------------------------------------------- */

struct record {
    struct pail_row row;
    struct pail_buf packed, names;
    struct pail_known known;
    struct pail_attrs attrs, spare;
    char *etag, *etag2;
};

static void record_done(struct record *r)
{
    pail_buf_done(&r->packed);
    pail_buf_done(&r->names);
    pail_known_done(&r->known);
    pail_attrs_done(&r->attrs);
    pail_attrs_done(&r->spare);
    pail_free(r->etag);
    pail_free(r->etag2);
}

/* The row's views go into r->names, which is filled before they are made. */
static int record_init(struct pail_fs *fs, struct pail_node *n,
                       const struct pail_s3_put_result *put, uint64_t size, int64_t mtime_ns,
                       const struct pail_attrs *attrs, struct record *r, struct pail_error *err)
{
    memset(r, 0, sizeof(*r));
    pail_buf_init(&r->packed, PACKED_MAX);
    pail_buf_init(&r->names, 4 * PAIL_KEY_MAX);
    pail_known_init(&r->known);
    pail_attrs_init(&r->attrs);
    pail_attrs_init(&r->spare);
    int rc = attrs ? pail_attrs_copy(&r->attrs, attrs, err) : 0;
    if (!rc && attrs)
        rc = pail_attrs_pack(attrs, &r->packed, err);
    r->etag = pail_strdup(put->etag);
    r->etag2 = pail_strdup(put->etag);
    if (!rc && (!r->etag || !r->etag2))
        rc = pail_error_nomem(err);
    pail_tree_lock(fs);
    size_t name_len = n->name_len, raw_len = n->raw_len;
    bool raw = n->raw != NULL;
    pail_buf_str(&r->names, pail_node_name(n));
    pail_buf_str(&r->names, pail_strn(n->raw, raw_len));
    r->row = (struct pail_row){
        .ino = n->ino,
        .parent = n->parent ? n->parent->ino : 0,
        .kind = n->kind,
        .size = size,
        .mtime_ns = mtime_ns,
        .seen_ns = pail_clock_wall_ns(),
        .listed_ns = pail_fresh_left(fs, n->known.row.row.listed_ns) ? n->known.row.row.listed_ns
                                                                     : 0,
        .flags = n->known.row.row.flags,
    };
    pail_tree_unlock(fs);
    if (!rc)
        rc = pail_buf_check(&r->names, "name", err);
    if (rc)
        return rc;
    const char *text = pail_buf_cstr(&r->names);
    r->row.name = pail_strn(text, name_len);
    if (raw)
        r->row.raw = pail_strn(text + name_len, raw_len);
    r->row.etag = pail_str(put->etag);
    r->row.version_id = pail_str(put->version_id);
    if (attrs) {
        r->row.attr_etag = r->row.etag;
        r->row.attrs = pail_buf_view(&r->packed);
    }
    if (r->row.kind == PAIL_KIND_DIR)
        r->row.flags |= PAIL_ROW_MARKER;
    r->row.stamp = pail_meta_stamp(fs->fixed.meta);
    return pail_known_set(&r->known, &r->row, err);
}

static bool is_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Versions that the node remembers elsewhere follow. */
static void record_versions_locked(struct pail_node *n, struct record *r, bool content,
                                   const char *old_etag)
{
    struct pail_pending *p = &n->pending;
    bool pages = content ? !p->direct && (p->fresh || is_text(n->pages_etag, p->base_etag))
                         : is_text(n->pages_etag, old_etag);
    if (content || is_text(p->base_etag, old_etag)) {
        pail_free(p->base_etag);
        p->base_etag = PAIL_STEAL(r->etag);
        p->opened_at_ns = 0;
    }
    if (pages || content) {
        pail_free(n->pages_etag);
        n->pages_etag = pages ? PAIL_STEAL(r->etag2) : NULL;
    }
    if (!PAIL_PLANT("readers.invalidate"))
        n->content_gen++;
}

static int record(struct pail_fs *fs, struct pail_node *n, const struct pail_s3_put_result *put,
                  uint64_t size, int64_t mtime_ns, const struct pail_attrs *attrs, uint64_t changes,
                  bool content, struct pail_error *err)
{
    struct record r;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = record_init(fs, n, put, size, mtime_ns, attrs, &r, err);
    if (!rc) {
        struct pail_buf old = PAIL_BUF_INIT(1024);
        pail_tree_lock(fs);
        pail_buf_str(&old, n->known.row.row.etag);
        record_versions_locked(n, &r, content, pail_buf_cstr(&old));
        pail_node_commit_locked(n, &r.known, changes);
        if (attrs && n->pending.changes == changes) {
            r.spare = n->attrs;
            n->attrs = r.attrs;
            pail_attrs_init(&r.attrs);
            n->has_attrs = true;
        }
        bool gone = n->unlinked;
        pail_tree_unlock(fs);
        pail_buf_done(&old);
        /* The root has no row of its own to put, and needs none. */
        int rc2 = gone || !r.row.parent
                      ? 0
                      : pail_meta_put(fs->fixed.meta, &r.row, PAIL_PUT_CHANGE, NULL, &why);
        if (rc2) /* S3 has it: that is what was promised */
            pail_meta_distrust(fs->fixed.meta);
        if (rc2)
            PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR,
                     "the database does not know the new version of inode %llu: %s",
                     (unsigned long long)n->ino, why.message);
        pail_tree_lock(fs);
        fs->tree.epoch++;
        pail_tree_unlock(fs);
    }
    record_done(&r);
    /* A draft goes on from this version: what it commits by itself replaces that one. */
    pail_tree_lock(fs);
    bool draft = n->pending.draft != NULL;
    pail_tree_unlock(fs);
    return rc || !draft ? rc : pail_commit_target(fs, n, err);
}

int pail_commit_record(struct pail_fs *fs, struct pail_node *n,
                       const struct pail_s3_put_result *put, uint64_t size, int64_t mtime_ns,
                       const struct pail_attrs *attrs, uint64_t changes, struct pail_error *err)
{
    return record(fs, n, put, size, mtime_ns, attrs, changes, true, err);
}

int pail_record_attrs(struct pail_fs *fs, struct pail_node *n, const struct pail_s3_put_result *put,
                      const struct pail_attrs *attrs, uint64_t changes, struct pail_error *err)
{
    pail_tree_lock(fs);
    uint64_t size = n->known.row.row.size;
    pail_tree_unlock(fs);
    return record(fs, n, put, size, pail_clock_wall_ns(), attrs, changes, false, err);
}

/* ---- Commit ---------------------------------------------------------------------------------- */

/* Not worth another try by itself. What STS says of a role is no verdict on the object: an
 * administrator may mend that meanwhile. */
static bool for_good(const struct pail_error *err)
{
    return err->retry == PAIL_RETRY_NEVER && err->code != PAIL_E_CREDENTIALS &&
           (err->domain == PAIL_D_SERVICE || err->domain == PAIL_D_FS);
}

static int commit_failed(struct pail_fs *fs, struct pail_node *n, int rc, struct pail_error *err)
{
    pail_tree_lock(fs);
    bool exclusive = n->pending.exclusive;
    if (for_good(err))
        n->pending.refused = rc;
    pail_tree_unlock(fs);
    if (rc == PAIL_E_FS_EXIST && !exclusive) {
        err->code = PAIL_E_FS_STALE;
        rc = PAIL_E_FS_STALE;
    }
    return rc;
}

/* Attributes that an early upload bears: those of the target, without what was changed since. */
static void early_attributes(struct pail_prepared *p, bool mtime_set)
{
    if (!mtime_set)
        p->attrs.has &= ~(PAIL_ATTR_MTIME | PAIL_ATTR_CTIME);
}

/* From before S3 has the new version until the node knows of it. */
static void recording(struct pail_fs *fs, struct pail_node *n, int step)
{
    pail_tree_lock(fs);
    n->pending.recording += (unsigned)step;
    pail_tree_unlock(fs);
}

/* *ret_attrs: attributes were changed too late for the upload, and are to be sent. */
static int commit_draft(struct pail_fs *fs, struct pail_node *n, struct pail_draft *d,
                        struct pail_str key, bool *ret_attrs, struct pail_error *err)
{
    struct pail_prepared p;
    struct pail_commit_result result;
    memset(&result, 0, sizeof(result));
    pail_tree_lock(fs);
    bool late = n->pending.late, mtime_set = n->pending.mtime_set;
    pail_tree_unlock(fs);
    int rc = pail_prepare(fs, n, false, &p, err);
    if (rc)
        return rc;
    p.args.key = key;
    pail_assert_no_locks();
    recording(fs, n, 1);
    rc = pail_volume_ready(fs, n->volume, err);
    if (!rc)
        rc = pail_draft_commit(d, &p.args, &result, err);
    if (rc) {
        rc = commit_failed(fs, n, rc, err);
    } else {
        if (result.early_attributes)
            early_attributes(&p, mtime_set);
        pail_tree_lock(fs);
        n->pending.refused = 0;
        n->pending.untouched = false;
        pail_tree_unlock(fs);
        *ret_attrs = result.early_attributes && late;
        rc = pail_commit_record(fs, n, &result.put, result.size, result.mtime_ns, &p.attrs,
                                *ret_attrs ? UINT64_MAX : p.changes, err);
    }
    recording(fs, n, -1);
    pail_prepared_done(&p);
    return rc;
}

/* *ret_attrs: attributes are left to be sent. */
static int commit_content(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                          bool *ret_attrs, struct pail_error *err)
{
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    bool dirty = d && !n->unlinked && pail_draft_dirty(d);
    *ret_attrs = !dirty && n->pending.touched && !n->unlinked;
    pail_tree_unlock(fs);
    return dirty ? commit_draft(fs, n, d, key, ret_attrs, err) : 0;
}

int pail_commit_busy(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                     struct pail_error *err)
{
    bool attrs;
    int rc = commit_content(fs, n, key, &attrs, err);
    return rc || !attrs ? rc : pail_send_attrs(fs, n, key, err);
}

/* The copy that brings attributes may have another ETag: nobody reads the draft's base meanwhile.
 */
int pail_commit_claimed(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                        struct pail_error *err)
{
    bool attrs;
    pail_node_use(fs, n);
    int rc = commit_content(fs, n, key, &attrs, err);
    pail_node_unuse(fs, n);
    if (rc || !attrs)
        return rc;
    pail_node_busy(fs, n);
    pail_tree_lock(fs);
    attrs = n->pending.touched && !n->unlinked;
    pail_tree_unlock(fs);
    if (attrs)
        rc = pail_send_attrs(fs, n, key, err);
    pail_node_idle(fs, n);
    return rc;
}

struct commit {
    struct pail_claimed claimed;
    struct pail_node *node;
    struct pail_buf key;
};

/* Is the key still the node's? */
static bool same_key(struct pail_fs *fs, struct pail_node *n, struct pail_str key)
{
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    pail_tree_lock(fs);
    pail_node_key_locked(n, &now);
    pail_tree_unlock(fs);
    bool same = !now.failed && pail_str_eq(pail_buf_view(&now), key);
    pail_buf_done(&now);
    return same;
}

static int commit_body(struct pail_claimed *c, struct pail_error *err)
{
    struct commit *op = c->ud;
    c->again = !same_key(c->fs, op->node, pail_buf_view(&op->key));
    return c->again ? 0 : pail_commit_claimed(c->fs, op->node, pail_buf_view(&op->key), err);
}

int pail_commit(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    for (;;) {
        struct commit op = {.node = n, .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX)};
        op.claimed = (struct pail_claimed){
            .fs = fs, .body = commit_body, .ud = &op, .change.what = "put"};
        pail_tree_lock(fs);
        bool nothing = n->unlinked || !pail_node_pending_locked(n);
        pail_node_key_locked(n, &op.key);
        pail_tree_unlock(fs);
        int rc = nothing ? 0 : pail_buf_check(&op.key, "key", err);
        if (!nothing && !rc) {
            pail_claim(&op.claimed, n->volume, pail_buf_view(&op.key), false);
            rc = pail_claimed_run(&op.claimed, err);
        }
        pail_buf_done(&op.key);
        if (!op.claimed.again)
            return rc;
    }
}

int pail_commit_rebased(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    struct pail_commit_result result;
    struct pail_prepared p;
    if (!pail_draft_has_rebased(n->pending.draft))
        return 0;
    recording(fs, n, 1);
    bool rebased = pail_draft_rebased(n->pending.draft, &result);
    int rc = rebased ? pail_prepare(fs, n, true, &p, err) : 0;
    if (!rebased || rc) {
        recording(fs, n, -1);
        return rc;
    }
    /* What is pending afterwards counts as a change of its own. */
    rc = pail_commit_record(fs, n, &result.put, result.size, result.mtime_ns, &p.attrs, UINT64_MAX,
                            err);
    recording(fs, n, -1);
    pail_prepared_done(&p);
    return rc;
}

/* ---- Everything ------------------------------------------------------------------------------ */

/* The next node with a draft after `last` in a list that others change: those that were done carry
 * the round's number. */
static struct pail_node *next_dirty(struct pail_fs *fs, const struct pail_node *below,
                                    struct pail_node **done, size_t n_done)
{
    struct pail_node *found = NULL;
    pail_tree_lock(fs);
    PAIL_LIST_FOR (it, &fs->tree.drafts) {
        struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, draft_link);
        bool seen = false;
        for (size_t i = 0; i < n_done && !seen; i++)
            seen = done[i] == n;
        if (seen || n->unlinked || !pail_node_pending_locked(n) ||
            (below && !pail_node_below_locked(n, below)))
            continue;
        n->refs++;
        found = n;
        break;
    }
    pail_tree_unlock(fs);
    return found;
}

int pail_commit_all(struct pail_fs *fs, struct pail_node *below, struct pail_error *err)
{
    struct pail_node **done = NULL;
    size_t n_done = 0, cap = 0;
    int first = 0;
    for (struct pail_node *n; (n = next_dirty(fs, below, done, n_done)) != NULL;) {
        struct pail_error why = PAIL_ERROR_INIT;
        if (n_done == cap) {
            struct pail_node **more = pail_reallocarray(done, cap ? cap * 2 : 16, sizeof(*more));
            if (!more) {
                pail_node_unref(fs, n);
                first = first ? first : pail_error_nomem(err);
                break;
            }
            done = more;
            cap = cap ? cap * 2 : 16;
        }
        done[n_done++] = n; /* with its reference */
        int rc = pail_note(fs, n->ino, "commit", pail_commit(fs, n, &why), &why);
        if (rc && !first) {
            first = rc;
            pail_error_copy(err, &why);
        }
    }
    for (size_t i = 0; i < n_done; i++)
        pail_node_unref(fs, done[i]);
    pail_free(done);
    return first;
}
