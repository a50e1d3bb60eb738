/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names on a simulated disk, now and after a power cut.
 *
 * Each directory has two lists: names as programs see them, and dur_names as they are on the
 * platter. Changes in between are kept in one list in order of time. Making one durable first makes
 * those durable that came before it on the same name, otherwise a new file could take the place of
 * a renamed one that then exists nowhere. At a crash each directory keeps its changes up to a point
 * of its own; a change that involves two directories is lost with either.
 *
 * Changes are applied to dur_names with a check of what is there (a removal of X removes the name
 * only while it means X), so that an early one (a file's own fsync) does no harm to the later
 * replay of its neighbours.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/disk_impl.h"
#include "sim/report.h"

/* ---- Sorted lists of names ------------------------------------------------------------------- */

static size_t lower_bound(const struct sim_names *names, const char *name)
{
    size_t lo = 0, hi = names->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(names->entries[mid].name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct sim_inode *sim_names_get(const struct sim_names *names, const char *name)
{
    size_t i = lower_bound(names, name);
    bool there = i < names->n && strcmp(names->entries[i].name, name) == 0;
    return there ? names->entries[i].node : NULL;
}

void sim_names_put(struct sim_names *names, const char *name, struct sim_inode *node)
{
    size_t i = lower_bound(names, name);
    if (i < names->n && strcmp(names->entries[i].name, name) == 0) {
        names->entries[i].node = node;
        return;
    }
    names->entries = sim_disk_grow(names->entries, &names->cap, names->n, sizeof *names->entries);
    memmove(&names->entries[i + 1], &names->entries[i], (names->n - i) * sizeof *names->entries);
    names->entries[i] = (struct sim_entry){.name = strdup(name), .node = node};
    names->n++;
}

static void take_out(struct sim_names *names, const char *name)
{
    size_t i = lower_bound(names, name);
    free(names->entries[i].name);
    names->n--;
    memmove(&names->entries[i], &names->entries[i + 1], (names->n - i) * sizeof *names->entries);
}

static void take_out_if(struct sim_names *names, const char *name, const struct sim_inode *node)
{
    if (sim_names_get(names, name) == node)
        take_out(names, name);
}

static void names_free(struct sim_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->entries[i].name);
    free(names->entries);
    *names = (struct sim_names){0};
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static bool next_component(const char **path, char to[256], int *ret_errno)
{
    while (**path == '/')
        (*path)++;
    size_t n = strcspn(*path, "/");
    if (n > 255) {
        *ret_errno = ENAMETOOLONG;
        return false;
    }
    memcpy(to, *path, n);
    to[n] = '\0';
    *path += n;
    return n > 0;
}

struct sim_inode *sim_names_parent(struct sim_disk *d, const char *path, char leaf[256],
                                   int *ret_errno)
{
    struct sim_inode *dir = d->root;
    char name[256], next[256];
    *ret_errno = 0;
    if (!next_component(&path, name, ret_errno)) {
        if (!*ret_errno)
            *ret_errno = EBUSY; /* the root itself */
        return NULL;
    }
    while (next_component(&path, next, ret_errno)) {
        dir = sim_names_get(&dir->names, name);
        if (!dir || !dir->is_dir) {
            *ret_errno = dir ? ENOTDIR : ENOENT;
            return NULL;
        }
        memcpy(name, next, sizeof name);
    }
    if (*ret_errno)
        return NULL;
    memcpy(leaf, name, sizeof name);
    return dir;
}

struct sim_inode *sim_names_walk(struct sim_disk *d, const char *path, int *ret_errno)
{
    char leaf[256];
    struct sim_inode *dir = sim_names_parent(d, path, leaf, ret_errno);
    if (!dir) {
        if (*ret_errno != EBUSY)
            return NULL;
        *ret_errno = 0;
        return d->root;
    }
    struct sim_inode *ino = sim_names_get(&dir->names, leaf);
    if (!ino)
        *ret_errno = ENOENT;
    return ino;
}

/* ---- Inodes ---------------------------------------------------------------------------------- */

struct sim_inode *sim_inode_new(struct sim_disk *d, bool is_dir)
{
    struct sim_inode *ino = calloc(1, sizeof *ino);
    if (!ino)
        sim_fail("out of memory");
    ino->id = d->next_id++;
    ino->is_dir = is_dir;
    ino->low = UINT64_MAX;
    ino->mtime_ns = pail_clock_wall_ns();
    d->inodes = sim_disk_grow(d->inodes, &d->cap_inodes, d->n_inodes, sizeof(struct sim_inode *));
    d->inodes[d->n_inodes++] = ino;
    return ino;
}

void sim_inode_unlinked(struct sim_disk *d, struct sim_inode *ino)
{
    if (!ino->linked && !ino->opens)
        d->used_blocks -= ino->blocks;
}

static void mark(struct sim_inode *ino)
{
    if (!ino || ino->marked)
        return;
    ino->marked = true;
    for (size_t i = 0; i < ino->names.n; i++)
        mark(ino->names.entries[i].node);
    for (size_t i = 0; i < ino->dur_names.n; i++)
        mark(ino->dur_names.entries[i].node);
}

void sim_disk_sweep(struct sim_disk *d)
{
    mark(d->root);
    for (size_t i = 0; i < d->n_changes; i++) {
        mark(d->changes[i].node);
        mark(d->changes[i].dir);
        mark(d->changes[i].to_dir);
    }
    size_t kept = 0;
    for (size_t i = 0; i < d->n_inodes; i++) {
        struct sim_inode *ino = d->inodes[i];
        if (ino->marked || ino->opens) {
            ino->marked = false;
            d->inodes[kept++] = ino;
            continue;
        }
        sim_data_free(ino);
        names_free(&ino->names);
        names_free(&ino->dur_names);
        free(ino);
    }
    d->n_inodes = kept;
    d->sweep_at = 2 * kept + 256;
}

/* ---- Changes --------------------------------------------------------------------------------- */

static void note(struct sim_disk *d, struct sim_change change)
{
    d->changes = sim_disk_grow(d->changes, &d->cap_changes, d->n_changes, sizeof *d->changes);
    change.name = strdup(change.name);
    change.to_name = change.to_name ? strdup(change.to_name) : NULL;
    d->changes[d->n_changes++] = change;
}

struct sim_inode *sim_names_add(struct sim_disk *d, struct sim_inode *dir, const char *name,
                                bool is_dir)
{
    struct sim_inode *ino = sim_inode_new(d, is_dir);
    ino->linked = true;
    sim_names_put(&dir->names, name, ino);
    note(d, (struct sim_change){.kind = SIM_ADD, .node = ino, .dir = dir, .name = (char *)name});
    return ino;
}

int sim_names_remove(struct sim_disk *d, struct sim_inode *dir, const char *name)
{
    struct sim_inode *ino = sim_names_get(&dir->names, name);
    if (!ino)
        return ENOENT;
    if (ino->is_dir)
        return EISDIR;
    take_out(&dir->names, name);
    ino->linked = false;
    sim_inode_unlinked(d, ino);
    note(d, (struct sim_change){.kind = SIM_REMOVE, .node = ino, .dir = dir, .name = (char *)name});
    return 0;
}

static bool is_inside(const struct sim_inode *dir, const struct sim_inode *of)
{
    if (dir == of)
        return true;
    for (size_t i = 0; i < of->names.n; i++)
        if (of->names.entries[i].node->is_dir && is_inside(dir, of->names.entries[i].node))
            return true;
    return false;
}

int sim_names_rename(struct sim_disk *d, struct sim_inode *dir, const char *name,
                     struct sim_inode *to_dir, const char *to_name)
{
    struct sim_inode *ino = sim_names_get(&dir->names, name);
    struct sim_inode *old = sim_names_get(&to_dir->names, to_name);
    if (!ino)
        return ENOENT;
    if (ino == old)
        return 0;
    if (ino->is_dir && is_inside(to_dir, ino))
        return EINVAL;
    if (old && old->is_dir != ino->is_dir)
        return old->is_dir ? EISDIR : ENOTDIR;
    if (old && old->is_dir && old->names.n)
        return ENOTEMPTY;
    take_out(&dir->names, name);
    sim_names_put(&to_dir->names, to_name, ino);
    if (old) {
        old->linked = false;
        sim_inode_unlinked(d, old);
    }
    note(d, (struct sim_change){.kind = SIM_RENAME,
                                .node = ino,
                                .dir = dir,
                                .name = (char *)name,
                                .to_dir = to_dir,
                                .to_name = (char *)to_name});
    return 0;
}

static void apply(const struct sim_change *c)
{
    switch (c->kind) {
    case SIM_ADD:
        sim_names_put(&c->dir->dur_names, c->name, c->node);
        break;
    case SIM_REMOVE:
        take_out_if(&c->dir->dur_names, c->name, c->node);
        break;
    case SIM_RENAME:
        take_out_if(&c->dir->dur_names, c->name, c->node);
        sim_names_put(&c->to_dir->dur_names, c->to_name, c->node);
        break;
    }
}

static bool touches(const struct sim_change *c, const struct sim_inode *dir, const char *name)
{
    if (c->dir == dir && strcmp(c->name, name) == 0)
        return true;
    return c->to_dir && c->to_dir == dir && strcmp(c->to_name, name) == 0;
}

static void change_done(struct sim_change *c)
{
    free(c->name);
    free(c->to_name);
    c->node = NULL; /* done; removed by compact() */
}

static void compact(struct sim_disk *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n_changes; i++)
        if (d->changes[i].node)
            d->changes[kept++] = d->changes[i];
    d->n_changes = kept;
}

/* The i-th change and what it needs become durable; done ones stay in place until compact(). */
static void persist(struct sim_disk *d, size_t i)
{
    struct sim_change *c = &d->changes[i];
    for (size_t k = 0; k < i; k++) {
        struct sim_change *earlier = &d->changes[k];
        if (!earlier->node)
            continue;
        if (touches(earlier, c->dir, c->name) ||
            (c->to_dir && touches(earlier, c->to_dir, c->to_name)))
            persist(d, k);
    }
    /* The directory must be there to hold it. */
    for (size_t k = 0; k < i; k++)
        if (d->changes[k].node && d->changes[k].kind == SIM_ADD &&
            (d->changes[k].node == c->dir || d->changes[k].node == c->to_dir))
            persist(d, k);
    apply(c);
    change_done(c);
}

void sim_names_sync_node(struct sim_disk *d, const struct sim_inode *node)
{
    for (size_t i = 0; i < d->n_changes; i++)
        if (d->changes[i].node == node && d->changes[i].kind == SIM_ADD)
            persist(d, i);
    compact(d);
}

void sim_names_sync_dir(struct sim_disk *d, const struct sim_inode *dir)
{
    for (size_t i = 0; i < d->n_changes; i++) {
        const struct sim_change *c = &d->changes[i];
        bool own = c->node == dir && c->kind == SIM_ADD;
        if (c->node && (own || c->dir == dir || c->to_dir == dir))
            persist(d, i);
    }
    compact(d);
}

/* ---- Crash ----------------------------------------------------------------------------------- */

/* marked: this directory's later changes are lost. */
static void replay_some(struct sim_disk *d)
{
    static const unsigned losses[] = {0, 500, 3000, 10000};
    unsigned lose = losses[sim_rng_below(&d->rng, 4)];
    for (size_t i = 0; i < d->n_changes; i++) {
        struct sim_change *c = &d->changes[i];
        bool stopped = c->dir->marked || (c->to_dir && c->to_dir->marked);
        if (stopped || sim_rng_chance(&d->rng, lose)) {
            c->dir->marked = true;
            if (c->to_dir)
                c->to_dir->marked = true;
        } else {
            apply(c);
        }
        change_done(c);
    }
    d->n_changes = 0;
    for (size_t i = 0; i < d->n_inodes; i++)
        d->inodes[i]->marked = false;
}

static void adopt(struct sim_disk *d, struct sim_inode *ino)
{
    ino->linked = true;
    names_free(&ino->names);
    for (size_t i = 0; i < ino->dur_names.n; i++) {
        sim_names_put(&ino->names, ino->dur_names.entries[i].name, ino->dur_names.entries[i].node);
        adopt(d, ino->dur_names.entries[i].node);
    }
    if (!ino->is_dir) {
        sim_data_crash(ino, &d->rng);
        d->used_blocks += ino->blocks;
    }
}

void sim_names_crash(struct sim_disk *d)
{
    replay_some(d);
    for (size_t i = 0; i < d->n_inodes; i++) {
        d->inodes[i]->linked = false;
        d->inodes[i]->opens = 0;
    }
    d->used_blocks = 0;
    adopt(d, d->root);
    for (size_t i = 0; i < d->n_inodes; i++)
        if (!d->inodes[i]->linked)
            names_free(&d->inodes[i]->names);
    sim_disk_sweep(d);
}
