/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node table: two chained hash tables with links inside the nodes, so that a rename that S3 has
 * carried out cannot fail here for want of memory.
 *
 * A row read from SQLite may be old by the time it gets here, when a change of ours went through in
 * between. The table's epoch counts those changes: who reads a row takes the epoch first, and a row
 * whose epoch has passed is read again. While a change is on its way its node is in the table, so
 * nodes that are there are never older than SQLite on our own changes; on answers of S3, stamps
 * decide.
 */
#include "core/node.h"

#include "base/alloc.h"
#include "base/plant.h"
#include "base/rand.h"
#include "base/str.h"
#include "core/core.h"

#define FIRST_BUCKETS 256

/* ---- Hashing --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

static struct pail_list *ino_bucket(struct pail_tree *t, uint64_t ino)
{
    return &t->inos[mix(ino ^ t->seed) & (t->n_buckets - 1)];
}

static struct pail_list *name_bucket(struct pail_tree *t, uint64_t parent, struct pail_str name)
{
    uint64_t h = mix(parent ^ t->seed);
    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.ptr[i]) * UINT64_C(0x100000001b3);
    return &t->names[mix(h) & (t->n_buckets - 1)];
}

static struct pail_list *new_buckets(size_t n)
{
    struct pail_list *b = pail_calloc(n, sizeof(*b));
    for (size_t i = 0; b && i < n; i++)
        pail_list_init(&b[i]);
    return b;
}

static void link_locked(struct pail_tree *t, struct pail_node *n)
{
    pail_list_append(ino_bucket(t, n->ino), &n->by_ino);
    if (n->parent && !n->unlinked)
        pail_list_append(name_bucket(t, n->parent->ino, pail_node_name(n)), &n->by_name);
}

/* Longer chains are only slower: no memory is no error. */
static void grow_locked(struct pail_tree *t)
{
    size_t n = t->n_buckets * 2;
    struct pail_list *inos = new_buckets(n), *names = new_buckets(n);
    if (!inos || !names) {
        pail_free(inos);
        pail_free(names);
        return;
    }
    struct pail_list *old = t->inos, *old_names = t->names;
    size_t old_n = t->n_buckets;
    t->inos = inos;
    t->names = names;
    t->n_buckets = n;
    for (size_t i = 0; i < old_n; i++)
        for (struct pail_list *l; (l = pail_list_pop(&old[i])) != NULL;) {
            struct pail_node *node = PAIL_CONTAINER(l, struct pail_node, by_ino);
            pail_list_remove(&node->by_name);
            link_locked(t, node);
        }
    pail_free(old);
    pail_free(old_names);
}

/* ---- Table ----------------------------------------------------------------------------------- */

void pail_tree_lock(struct pail_fs *fs)
{
    pail_mutex_lock(&fs->tree.lock);
}

void pail_tree_unlock(struct pail_fs *fs)
{
    pail_mutex_unlock(&fs->tree.lock);
}

uint64_t pail_tree_epoch(struct pail_fs *fs)
{
    pail_tree_lock(fs);
    uint64_t e = fs->tree.epoch;
    pail_tree_unlock(fs);
    return e;
}

struct pail_node *pail_tree_ino_locked(struct pail_fs *fs, uint64_t ino)
{
    struct pail_list *b = ino_bucket(&fs->tree, ino);
    PAIL_LIST_FOR (it, b) {
        struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_ino);
        if (n->ino == ino)
            return n;
    }
    return NULL;
}

struct pail_node *pail_tree_name_locked(struct pail_fs *fs, const struct pail_node *dir,
                                        struct pail_str name)
{
    struct pail_list *b = name_bucket(&fs->tree, dir->ino, name);
    PAIL_LIST_FOR (it, b) {
        struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_name);
        if (n->parent == dir && pail_str_eq(pail_node_name(n), name))
            return n;
    }
    return NULL;
}

void pail_node_free(struct pail_node *n)
{
    pail_known_done(&n->known);
    pail_attrs_done(&n->attrs);
    pail_free(n->name);
    pail_free(n->raw);
    pail_free(n->pages_etag);
    pail_free(n->link_target);
    pail_free(n->link_etag);
    pail_free(n->pending.base_etag);
    pail_draft_free(n->pending.draft);
    pail_free(n);
}

/* Takes the node out when nobody holds it; it goes to `dead`, and its parent may follow. */
static void reap_locked(struct pail_fs *fs, struct pail_node *n, struct pail_list *dead)
{
    while (n && !n->refs && !n->lookups) {
        struct pail_node *parent = n->parent;
        pail_list_remove(&n->by_ino);
        pail_list_remove(&n->by_name);
        pail_list_remove(&n->fresh_link);
        pail_list_remove(&n->draft_link);
        fs->tree.n_nodes--;
        if (n->raw)
            fs->tree.n_escaped--;
        pail_list_append(dead, &n->by_ino);
        if (parent)
            parent->refs--;
        n = parent;
    }
}

static void free_dead(struct pail_list *dead)
{
    for (struct pail_list *l; (l = pail_list_pop(dead)) != NULL;)
        pail_node_free(PAIL_CONTAINER(l, struct pail_node, by_ino));
}

void pail_node_unref(struct pail_fs *fs, struct pail_node *n)
{
    struct pail_list dead;
    if (!n)
        return;
    pail_list_init(&dead);
    pail_tree_lock(fs);
    n->refs--;
    reap_locked(fs, n, &dead);
    pail_tree_unlock(fs);
    free_dead(&dead);
}

void pail_fs_forget(struct pail_fs *fs, uint64_t ino, uint64_t count)
{
    struct pail_list dead;
    pail_list_init(&dead);
    pail_tree_lock(fs);
    struct pail_node *n = pail_tree_ino_locked(fs, ino);
    if (n) {
        n->lookups -= pail_min_u64(n->lookups, count);
        reap_locked(fs, n, &dead);
    }
    pail_tree_unlock(fs);
    free_dead(&dead);
}

int pail_node_get(struct pail_fs *fs, uint64_t ino, struct pail_node **ret, struct pail_error *err)
{
    pail_tree_lock(fs);
    struct pail_node *n = pail_tree_ino_locked(fs, ino);
    if (n)
        n->refs++;
    pail_tree_unlock(fs);
    if (!n)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE, "inode %llu is not in use",
                              (unsigned long long)ino);
    *ret = n;
    return 0;
}

int pail_node_get_dir(struct pail_fs *fs, uint64_t ino, struct pail_node **ret,
                      struct pail_error *err)
{
    struct pail_node *n = NULL;
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    pail_tree_lock(fs);
    bool dir = n->is_dir, gone = n->unlinked;
    pail_tree_unlock(fs);
    struct pail_label label;
    if (!dir)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR, "%s: not a directory",
                            pail_label(fs, n, &label));
    else if (gone)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%s: this directory was removed",
                            pail_label(fs, n, &label));
    if (rc)
        pail_node_unref(fs, n);
    else
        *ret = n;
    return rc;
}

struct pail_node *pail_node_alloc(uint64_t ino, struct pail_str name)
{
    struct pail_node *n = pail_zalloc(sizeof(*n));
    if (!n)
        return NULL;
    n->ino = ino;
    pail_known_init(&n->known);
    pail_attrs_init(&n->attrs);
    pail_list_init(&n->by_ino);
    pail_list_init(&n->by_name);
    pail_list_init(&n->fresh_link);
    pail_list_init(&n->fresh_children);
    pail_list_init(&n->draft_link);
    pail_list_init(&n->handles);
    pail_list_init(&n->parked);
    n->name = pail_strndup(name);
    n->name_len = name.len;
    if (!n->name) {
        pail_free(n);
        return NULL;
    }
    return n;
}

/* dir NULL: the root. */
void pail_node_insert_locked(struct pail_fs *fs, struct pail_node *n, struct pail_node *dir)
{
    struct pail_tree *t = &fs->tree;
    n->parent = dir;
    if (dir) {
        dir->refs++;
        n->volume = dir->volume;
    }
    n->refs++;
    t->n_nodes++;
    if (n->raw)
        t->n_escaped++;
    link_locked(t, n);
    if (t->n_nodes > t->n_buckets)
        grow_locked(t);
}

/* ---- Names ----------------------------------------------------------------------------------- */

void pail_node_drop_name_locked(struct pail_fs *fs, struct pail_node *n)
{
    n->unlinked = true;
    pail_list_remove(&n->by_name);
    pail_list_remove(&n->fresh_link);
    pail_cond_broadcast(&fs->tree.changed);
}

void pail_node_move_locked(struct pail_fs *fs, struct pail_node *n, struct pail_node *dir,
                           char *take_name, char *take_raw, size_t raw_len)
{
    struct pail_node *old = n->parent;
    pail_list_remove(&n->by_name);
    if (n->raw)
        fs->tree.n_escaped--;
    pail_free(n->name);
    pail_free(n->raw);
    n->name = take_name;
    n->name_len = strlen(take_name);
    n->raw = take_raw;
    n->raw_len = raw_len;
    if (n->raw)
        fs->tree.n_escaped++;
    n->parent = dir;
    dir->refs++;
    old->refs--; /* whoever moves n holds old as well */
    pail_list_append(name_bucket(&fs->tree, dir->ino, pail_node_name(n)), &n->by_name);
    if (n->pending.fresh) {
        pail_list_remove(&n->fresh_link);
        pail_list_append(&dir->fresh_children, &n->fresh_link);
    }
}

const char *pail_label(struct pail_fs *fs, const struct pail_node *n, struct pail_label *to)
{
    pail_tree_lock(fs);
    size_t len = pail_min_u64(n->name_len, sizeof(to->text) - 1);
    memcpy(to->text, n->name, len);
    pail_tree_unlock(fs);
    to->text[len] = '\0';
    return to->text;
}

bool pail_node_below_locked(const struct pail_node *n, const struct pail_node *dir)
{
    for (; n; n = n->parent)
        if (n == dir)
            return true;
    return false;
}

/* ---- Holds ----------------------------------------------------------------------------------- */

static struct pail_hold *hold_of(const struct pail_fs *fs, const struct pail_node *dir,
                                 struct pail_str name)
{
    PAIL_LIST_FOR (it, &fs->tree.holds) {
        struct pail_hold *h = PAIL_CONTAINER(it, struct pail_hold, link);
        if (h->dir == dir && pail_str_eq(h->name, name))
            return h;
    }
    return NULL;
}

void pail_names_hold(struct pail_fs *fs, struct pail_hold *holds, size_t n)
{
    size_t free = 0;
    pail_tree_lock(fs);
    while (free < n) {
        for (free = 0; free < n && !hold_of(fs, holds[free].dir, holds[free].name);)
            free++;
        if (free < n && !PAIL_PLANT("names.hold"))
            pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
        else
            free = n;
    }
    for (size_t i = 0; i < n; i++) {
        holds[i].hidden = false;
        pail_list_init(&holds[i].link);
        pail_list_append(&fs->tree.holds, &holds[i].link);
    }
    pail_tree_unlock(fs);
}

void pail_names_release(struct pail_fs *fs, struct pail_hold *holds, size_t n)
{
    pail_tree_lock(fs);
    for (size_t i = 0; i < n; i++)
        pail_list_remove(&holds[i].link);
    pail_cond_broadcast(&fs->tree.changed);
    pail_tree_unlock(fs);
}

bool pail_name_hidden_locked(const struct pail_fs *fs, const struct pail_node *dir,
                             struct pail_str name)
{
    const struct pail_hold *h = hold_of(fs, dir, name);
    return h && h->hidden;
}

/* ---- Marks ----------------------------------------------------------------------------------- */

bool pail_node_moving_locked(const struct pail_fs *fs, const struct pail_node *n)
{
    for (; fs->tree.moving && n; n = n->parent)
        if (n->moving)
            return true;
    return false;
}

void pail_node_use(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    while (n->busy || pail_node_moving_locked(fs, n))
        pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
    n->users++;
    pail_tree_unlock(fs);
}

void pail_node_unuse(struct pail_fs *fs, struct pail_node *n)
{
    struct pail_list parked;
    pail_list_init(&parked);
    pail_tree_lock(fs);
    if (!--n->users)
        pail_cond_broadcast(&fs->tree.changed);
    pail_list_splice(&parked, &n->parked);
    pail_tree_unlock(fs);
    pail_reads_resume(&parked);
}

void pail_node_busy(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    while ((n->busy || n->users) && !PAIL_PLANT("node.busy"))
        pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
    n->busy = true;
    pail_tree_unlock(fs);
}

void pail_node_idle(struct pail_fs *fs, struct pail_node *n)
{
    struct pail_list parked;
    pail_list_init(&parked);
    pail_tree_lock(fs);
    n->busy = false;
    pail_cond_broadcast(&fs->tree.changed);
    pail_list_splice(&parked, &n->parked);
    pail_tree_unlock(fs);
    pail_reads_resume(&parked);
}

/* ---- The table's life ------------------------------------------------------------------------ */

int pail_tree_init(struct pail_fs *fs, struct pail_error *err)
{
    struct pail_tree *t = &fs->tree;
    struct pail_row_copy row;
    t->inos = new_buckets(FIRST_BUCKETS);
    t->names = new_buckets(FIRST_BUCKETS);
    if (!t->inos || !t->names) {
        pail_free(PAIL_STEAL(t->inos));
        pail_free(PAIL_STEAL(t->names));
        return pail_error_nomem(err);
    }
    pail_mutex_init(&t->lock, "nodes", PAIL_RANK_TREE);
    pail_cond_init(&t->changed);
    pail_list_init(&t->drafts);
    pail_list_init(&t->holds);
    t->n_buckets = FIRST_BUCKETS;
    t->seed = pail_rand_u64();
    pail_row_copy_init(&row);
    int rc = pail_meta_get(fs->fixed.meta, PAIL_INO_ROOT, &row, err);
    struct pail_node *root = rc ? NULL : pail_node_alloc(PAIL_INO_ROOT, PAIL_STR(""));
    if (!rc && !root)
        rc = pail_error_nomem(err);
    if (!rc && root) {
        root->volume = fs->fixed.volume;
        root->is_dir = true;
        root->kind = PAIL_KIND_DIR;
        t->root = root;
        pail_node_insert_locked(fs, root, NULL);
        root->lookups = 1;
        rc = pail_node_learn(fs, root, &row.row, err);
    }
    pail_row_copy_done(&row);
    return rc;
}

/* Whatever the kernel still counted is over. */
void pail_tree_done(struct pail_fs *fs)
{
    struct pail_tree *t = &fs->tree;
    if (!t->inos)
        return;
    for (size_t i = 0; i < t->n_buckets; i++)
        for (struct pail_list *l; (l = pail_list_pop(&t->inos[i])) != NULL;) {
            struct pail_node *n = PAIL_CONTAINER(l, struct pail_node, by_ino);
            pail_list_remove(&n->by_name);
            pail_list_remove(&n->draft_link);
            pail_list_remove(&n->fresh_link);
            pail_list_init(&n->fresh_children);
            pail_node_free(n);
        }
    pail_free(t->inos);
    pail_free(t->names);
    pail_cond_done(&t->changed);
    pail_mutex_done(&t->lock);
}
