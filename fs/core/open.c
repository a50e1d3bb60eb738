/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, creating and releasing files.
 *
 * An open for reading asks S3 whether its version is still the one (close-to-open), in the same
 * request that brings the beginning of the file; when the kernel has the pages of a version, the
 * request says so and a 304 is all that comes. An open that truncates asks for nothing: its commit
 * says which version it means to replace. An open for changing a part of a file asks by HEAD,
 * unless the version was seen within the last second.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/plant.h"
#include "base/str.h"
#include "core/core.h"

#define JUST_SEEN_NS PAIL_NS_PER_S

/* ---- Handles --------------------------------------------------------------------------------- */

int pail_handle_new(struct pail_fs *fs, struct pail_node *n, int flags, struct pail_fs_handle **ret,
                    struct pail_error *err)
{
    struct pail_fs_handle *h = pail_zalloc(sizeof(*h));
    if (!h)
        return pail_error_nomem(err);
    int mode = flags & O_ACCMODE;
    h->fs = fs;
    h->node = n;
    h->flags = flags;
    h->reads = mode != O_WRONLY;
    h->writes = mode != O_RDONLY;
    h->append = flags & O_APPEND;
    h->direct = mode == O_WRONLY && !h->append;
    pail_mutex_init(&h->lock, "open file", PAIL_RANK_HANDLE);
    pail_list_init(&h->link);
    pail_list_init(&h->old);
    pail_tree_lock(fs);
    while (n->busy) /* not between the end of one draft and the beginning of another */
        pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
    n->refs++;
    n->n_handles++;
    n->n_writers += h->writes;
    h->others = n->others;
    pail_list_append(&n->handles, &h->link);
    pail_tree_unlock(fs);
    atomic_fetch_add(&fs->stat.handles, 1);
    *ret = h;
    return 0;
}

static void slot_free(struct pail_slot *s)
{
    if (!s)
        return;
    pail_reader_close(s->reader);
    pail_free(s);
}

void pail_handle_free(struct pail_fs_handle *h)
{
    struct pail_fs *fs = h->fs;
    struct pail_node *n = h->node;
    slot_free(h->slot);
    for (struct pail_list *l; (l = pail_list_pop(&h->old)) != NULL;)
        slot_free(PAIL_CONTAINER(l, struct pail_slot, link));
    pail_tree_lock(fs);
    pail_list_remove(&h->link);
    n->n_handles--;
    n->n_writers -= h->writes;
    pail_tree_unlock(fs);
    pail_pending_settle(fs, n, false);
    pail_node_unref(fs, n);
    pail_mutex_done(&h->lock);
    pail_free(h);
    atomic_fetch_sub(&fs->stat.handles, 1);
}

int pail_handle_set_reader(struct pail_fs_handle *h, struct pail_reader *take_reader, uint64_t gen,
                           struct pail_error *err)
{
    struct pail_slot *s = pail_zalloc(sizeof(*s));
    if (!s) {
        pail_reader_close(take_reader);
        return pail_error_nomem(err);
    }
    s->reader = take_reader;
    s->gen = gen;
    pail_list_init(&s->link);
    pail_mutex_lock(&h->lock);
    struct pail_slot *old = h->slot;
    h->slot = s;
    if (old)
        pail_list_append(&h->old, &old->link);
    pail_mutex_unlock(&h->lock);
    return 0;
}

/* ---- Open ------------------------------------------------------------------------------------ */

struct opening {
    struct pail_fs *fs;
    struct pail_node *node;
    int flags;
    bool reads, writes, truncates;
    /* of the node when it began */
    bool ours; /* something is pending: nobody else's version matters */
    bool gone;
    uint64_t gen, size;
    int64_t seen_ns;
    struct pail_buf key, etag, version_id, name;
    bool have_pages;
    uint64_t parent;
    bool again; /* out: it was moved meanwhile, and asked for under its old key */
};

static int opening_init(struct opening *o, struct pail_fs *fs, struct pail_node *n, int flags,
                        struct pail_error *err)
{
    int mode = flags & O_ACCMODE;
    *o = (struct opening){.fs = fs,
                          .node = n,
                          .flags = flags,
                          .reads = mode != O_WRONLY,
                          .writes = mode != O_RDONLY,
                          .truncates = flags & O_TRUNC,
                          .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX),
                          .etag = PAIL_BUF_INIT(1024),
                          .version_id = PAIL_BUF_INIT(2048),
                          .name = PAIL_BUF_INIT(PAIL_NAME_MAX + 1)};
    pail_tree_lock(fs);
    const struct pail_row *row = &n->known.row.row;
    o->ours = pail_node_pending_locked(n);
    o->gone = n->unlinked;
    o->gen = n->content_gen;
    o->size = row->size;
    o->seen_ns = row->seen_ns;
    pail_node_key_locked(n, &o->key);
    pail_buf_str(&o->etag, row->etag);
    pail_buf_str(&o->version_id, row->version_id);
    pail_buf_str(&o->name, pail_node_name(n));
    o->have_pages = n->pages_etag && pail_str_eqz(row->etag, n->pages_etag);
    o->parent = n->parent ? n->parent->ino : 0;
    enum pail_kind kind = n->kind;
    pail_tree_unlock(fs);
    int rc = pail_buf_check(&o->key, "key", err);
    if (!rc)
        rc = pail_buf_check(&o->etag, "ETag", err);
    if (!rc)
        rc = pail_buf_check(&o->version_id, "version id", err);
    if (!rc && kind == PAIL_KIND_DIR)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_ISDIR, "%s: a directory",
                            pail_buf_cstr(&o->name));
    if (!rc && kind == PAIL_KIND_SYMLINK)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "%s: a symbolic link",
                            pail_buf_cstr(&o->name));
    if (!rc && o->gone)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%s: it was removed",
                            pail_buf_cstr(&o->name));
    if (!rc && (o->writes || o->truncates))
        rc = pail_check_writable(fs, err);
    return rc;
}

static void opening_done(struct opening *o)
{
    pail_buf_done(&o->key);
    pail_buf_done(&o->etag);
    pail_buf_done(&o->version_id);
    pail_buf_done(&o->name);
}

/* It is not there any more: the kernel hears that the name is gone. */
static int vanished(struct opening *o, uint64_t asked, struct pail_error *err)
{
    struct pail_fs *fs = o->fs;
    struct pail_error ignored = PAIL_ERROR_INIT;
    int rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "s3://%s/%s: it is not there any more",
                            o->node->volume->bucket, pail_buf_cstr(&o->key));
    struct pail_row row = {
        .parent = o->parent,
        .name = pail_buf_view(&o->name),
        .kind = PAIL_KIND_NONE,
        .stamp = asked,
        .seen_ns = pail_clock_wall_ns(),
    };
    pail_tree_lock(fs);
    o->again = o->gen != o->node->content_gen;
    pail_tree_unlock(fs);
    if (o->again)
        return rc;
    if (pail_meta_put(fs->fixed.meta, &row, PAIL_PUT_ANSWER, NULL, &ignored))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s", ignored.message);
    pail_tree_lock(fs);
    bool moved = o->gen != o->node->content_gen;
    if (!o->node->unlinked && !moved && !pail_node_pending_locked(o->node)) {
        pail_notify_entry(fs->fixed.notifier, o->parent, pail_buf_view(&o->name));
        pail_node_drop_name_locked(fs, o->node);
    }
    pail_tree_unlock(fs);
    return rc;
}

static int learn(struct opening *o, const struct pail_s3_object *head, uint64_t asked,
                 struct pail_error *err)
{
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = pail_lister_learn(&o->fs->fixed.lister, o->parent, pail_buf_view(&o->name), head,
                               asked, &row, err);
    if (!rc && row.row.ino == o->node->ino && row.row.kind != PAIL_KIND_NONE)
        rc = pail_node_learn(o->fs, o->node, &row.row, err);
    pail_row_copy_done(&row);
    return rc;
}

/* 304: the version is what it was, as of now. */
static void confirmed(struct opening *o, int64_t asked_ns)
{
    struct pail_node *n = o->node;
    pail_tree_lock(o->fs);
    if (pail_str_eq(n->known.row.row.etag, pail_buf_view(&o->etag)) &&
        n->known.row.row.seen_ns < asked_ns)
        n->known.row.row.seen_ns = asked_ns;
    pail_tree_unlock(o->fs);
}

static int open_reader(struct opening *o, struct pail_fs_handle *h, struct pail_error *err)
{
    struct pail_fs *fs = o->fs;
    struct pail_reader *reader = NULL;
    struct pail_s3_object head;
    struct pail_error why = PAIL_ERROR_INIT;
    bool not_modified = false;
    uint64_t asked = pail_meta_stamp(fs->fixed.meta);
    int64_t asked_ns = pail_clock_wall_ns();
    struct pail_reader_args args = {
        .cache = fs->fixed.cache,
        .volume = o->node->volume,
        .key = pail_buf_view(&o->key),
        .etag = pail_buf_view(&o->etag),
        .version_id = pail_buf_view(&o->version_id),
        .size = o->size,
        .revalidate = !PAIL_PLANT("open.revalidate"),
        .have_pages = o->have_pages,
        .will_read = true,
    };
    memset(&head, 0, sizeof(head));
    pail_assert_no_locks();
    int rc = pail_reader_open(&args, &reader, &head, &not_modified, &why);
    if (rc == PAIL_E_NOT_FOUND)
        return vanished(o, asked, err);
    if (rc) {
        pail_error_copy(err, &why);
        return rc;
    }
    if (not_modified)
        confirmed(o, asked_ns);
    else if (head.etag.len)
        rc = learn(o, &head, asked, err);
    pail_s3_object_done(&head);
    if (rc)
        pail_reader_close(reader);
    return rc ? rc : pail_handle_set_reader(h, reader, o->gen, err);
}

/* Are the kernel's pages those of the version that this handle sees? What the kernel is told to
 * drop it fills again from there. */
static bool pages_stay(struct opening *o, struct pail_fs_handle *h)
{
    struct pail_node *n = o->node;
    struct pail_str etag = h->slot ? pail_reader_etag(h->slot->reader) : pail_strn(NULL, 0);
    char *version = NULL, *old;
    if (h->direct || o->ours)
        return false;
    pail_tree_lock(o->fs);
    if (!etag.ptr)
        etag = n->known.row.row.etag;
    bool stay = n->pages_etag && pail_str_eqz(etag, n->pages_etag);
    if (!stay)
        version = pail_strndup(etag);
    old = stay ? NULL : n->pages_etag;
    if (!stay)
        n->pages_etag = version;
    pail_tree_unlock(o->fs);
    pail_free(old);
    return stay && !o->truncates;
}

/* The kernel still believes the old size and would cut reads there until it is told, which happens
 * later than this open: such a handle reads around it. */
static bool other_size(const struct opening *o, const struct pail_fs_handle *h)
{
    return h->slot && pail_reader_size(h->slot->reader) != o->size;
}

static int truncate_open(struct opening *o, struct pail_error *err)
{
    struct pail_fs *fs = o->fs;
    struct pail_node *n = o->node;
    struct pail_draft *d;
    pail_node_use(fs, n);
    int rc = pail_pending_draft(fs, n, NULL, true, &d, err);
    if (!rc && pail_draft_size(d) > 0)
        rc = pail_draft_truncate(d, 0, err);
    if (!rc) {
        pail_tree_lock(fs);
        n->pending.changes++;
        n->pending.mtime_set = false;
        n->attrs.mtime_ns = pail_clock_wall_ns();
        n->attrs.has |= PAIL_ATTR_MTIME;
        n->has_attrs = true;
        pail_tree_unlock(fs);
    }
    pail_node_unuse(fs, n);
    return rc;
}

/* Which version is changed must be known before it is changed. Who reads as well must see the
 * current one; who only writes finds out at the commit when it is not. */
static int check_version(struct opening *o, struct pail_error *err)
{
    int64_t age = pail_clock_wall_ns() - o->seen_ns;
    if (!o->reads && age >= 0 && age < JUST_SEEN_NS && o->fs->fixed.opt.metadata_ttl_ns > 0)
        return 0;
    return pail_node_refresh(o->fs, o->node, err);
}

static int find_version(struct opening *o, struct pail_fs_handle *h, struct pail_error *err)
{
    if (o->truncates)
        return truncate_open(o, err);
    if (o->ours)
        return 0;
    if (o->writes)
        return check_version(o, err);
    return open_reader(o, h, err);
}

static int open_handle(struct opening *o, struct pail_fs_handle *h, struct pail_error *err)
{
    int rc = find_version(o, h, err);
    pail_tree_lock(o->fs);
    h->others = o->node->others;
    pail_tree_unlock(o->fs);
    return rc;
}

static int open_once(struct pail_fs *fs, struct pail_node *n, int flags, bool *ret_again,
                     struct pail_fs_open_result *ret, struct pail_error *err)
{
    struct opening o;
    struct pail_fs_handle *h = NULL;
    int rc = opening_init(&o, fs, n, flags, err);
    if (!rc)
        rc = pail_handle_new(fs, n, flags, &h, err);
    if (!rc)
        rc = open_handle(&o, h, err);
    if (rc && h)
        pail_handle_free(h);
    if (!rc) {
        *ret = (struct pail_fs_open_result){.handle = h,
                                            .keep_cache = pages_stay(&o, h),
                                            .direct_io = h->direct || other_size(&o, h)};
    }
    *ret_again = rc && o.again;
    opening_done(&o);
    return rc;
}

int pail_open_node(struct pail_fs *fs, struct pail_node *n, int flags,
                   struct pail_fs_open_result *ret, struct pail_error *err)
{
    bool again;
    int rc;
    do {
        rc = open_once(fs, n, flags, &again, ret, err);
    } while (again);
    return rc;
}

int pail_fs_open(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino, int flags,
                 struct pail_fs_open_result *ret, struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    rc = pail_open_node(fs, n, flags, ret, err);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "open", rc, err);
}

/* ---- Create ---------------------------------------------------------------------------------- */

/* Room for a new file: draft and node, nothing of it in S3. *ret NULL: the name was taken in
 * between. */
static int new_node(struct pail_fs *fs, const struct pail_fs_ctx *ctx, struct pail_node *dir,
                    struct pail_str name, uint32_t mode, bool exclusive, struct pail_node **ret,
                    struct pail_error *err)
{
    struct pail_component comp;
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    struct pail_draft *draft = NULL;
    struct pail_attrs attrs;
    struct pail_node *n = NULL;
    int rc = pail_key_for_new(fs, dir, name, false, &comp, &key, err);
    if (rc) {
        pail_buf_done(&key);
        return rc;
    }
    pail_attrs_new(fs, ctx, S_IFREG | (mode & 07777 & ~(ctx ? ctx->umask : 0)), &attrs);
    rc = pail_draft_new(fs->fixed.writer, dir->volume, pail_buf_view(&key), NULL, &draft, err);
    if (!rc)
        rc = pail_node_create(fs, dir, name,
                              comp.differs ? pail_component_raw(&comp, name) : pail_strn(NULL, 0),
                              draft, &attrs, exclusive, &n, err);
    if (!n)
        pail_draft_free(draft);
    if (n) {
        pail_node_use(fs, n);
        rc = pail_commit_target(fs, n, err);
        pail_node_unuse(fs, n);
        if (rc)
            pail_node_unref(fs, PAIL_STEAL(n));
    }
    pail_attrs_done(&attrs);
    pail_buf_done(&comp.text);
    pail_buf_done(&key);
    if (!rc)
        *ret = n;
    return rc;
}

static int create_new(struct pail_fs *fs, struct pail_node *n, int flags,
                      struct pail_fs_open_result *ret, struct pail_error *err)
{
    struct pail_fs_handle *h;
    int rc = pail_handle_new(fs, n, flags, &h, err);
    if (rc)
        return rc;
    *ret = (struct pail_fs_open_result){.handle = h, .direct_io = h->direct};
    return 0;
}

static int create(struct pail_fs *fs, const struct pail_fs_ctx *ctx, struct pail_node *dir,
                  struct pail_str name, uint32_t mode, int flags, struct pail_node **ret_node,
                  struct pail_fs_open_result *ret, struct pail_error *err)
{
    bool exclusive = flags & O_EXCL;
    for (;;) {
        struct pail_node *n = NULL;
        struct pail_hold hold = {.dir = dir, .name = name};
        pail_names_hold(fs, &hold, 1);
        /* What must not exist is found out by the commit; here only by what is known. */
        int rc = pail_resolve(fs, dir, name, exclusive ? PAIL_RESOLVE_KNOWN : PAIL_RESOLVE_ASK, &n,
                              NULL, err);
        bool found = n != NULL;
        if (!rc && !found)
            rc = new_node(fs, ctx, dir, name, mode, exclusive, &n, err);
        pail_names_release(fs, &hold, 1);
        if (!rc && !n)
            continue;
        if (!rc && found && exclusive)
            rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "%.*s exists already",
                                PAIL_STR_ARG(name));
        else if (!rc && found)
            rc = pail_open_node(fs, n, flags, ret, err);
        else if (!rc)
            rc = create_new(fs, n, flags, ret, err);
        if (rc)
            pail_node_unref(fs, n);
        else
            *ret_node = n;
        return rc;
    }
}

int pail_fs_create(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                   struct pail_str name, uint32_t mode, int flags, struct pail_fs_entry *ret,
                   struct pail_fs_open_result *ret_open, struct pail_error *err)
{
    struct pail_node *dir, *n = NULL;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get_dir(fs, parent, &dir, err);
    if (rc)
        return rc;
    rc = create(fs, ctx, dir, name, mode, flags, &n, ret_open, err);
    if (!rc) {
        pail_node_entry(fs, n, true, ret);
        pail_node_unref(fs, n);
    }
    pail_node_unref(fs, dir);
    return pail_note(fs, parent, "create", rc, err);
}

/* ---- Release --------------------------------------------------------------------------------- */

void pail_fs_release(struct pail_fs *fs, struct pail_fs_handle *h)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_node *n = h->node;
    struct pail_label label;
    pail_tree_lock(fs);
    bool last = h->writes && n->n_writers == 1;
    bool try = last && !n->unlinked && pail_node_pending_locked(n) && !n->pending.refused;
    pail_tree_unlock(fs);
    if (try && pail_note(fs, n->ino, "release", pail_commit(fs, n, &why), &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "%s: not in S3: %s", pail_label(fs, n, &label),
                 why.message);
    pail_handle_free(h);
}
