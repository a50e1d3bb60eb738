/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of struct pail_file_ops on simulated disks.
 *
 * Every call is a point where another thread may come in; a sync also takes virtual time, and takes
 * effect at the end of it, so that a crash in between finds the data un-synced. A write that meets
 * a full disk may leave its beginning behind, as write(2) may.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/disk_impl.h"
#include "sim/sched.h"

struct sim_file {
    struct pail_file base;
    struct sim_disk *disk;
    struct sim_inode *ino; /* not valid once the epoch is past */
    unsigned epoch, flags;
    bool has_lock;
    char path[];
};

static int on_path(const char *path, enum sim_disk_call call, struct sim_disk **ret,
                   const char **rest, const char *doing, struct pail_error *err)
{
    struct sim_disk *d = sim_disk_of(path, rest);
    if (!d)
        return pail_error_os(err, ENOENT, "%s%s", doing, path);
    int e = call ? sim_disk_injected(d, call, path) : 0;
    if (e)
        return pail_error_os(err, e, "%s%s", doing, path);
    *ret = d;
    return 0;
}

static struct sim_file *file_of(const struct pail_file *f)
{
    return PAIL_CONTAINER(f, struct sim_file, base);
}

static int on_file(struct pail_file *f, enum sim_disk_call call, const char *doing,
                   struct pail_error *err)
{
    struct sim_file *sf = file_of(f);
    int e = sf->epoch != sf->disk->epoch ? EBADF : 0;
    if (!e && (call & (SIM_DISK_WRITE | SIM_DISK_RESERVE)) && !(sf->flags & PAIL_FILE_WRITE))
        e = EBADF;
    if (!e && call == SIM_DISK_READ && !(sf->flags & PAIL_FILE_READ))
        e = EBADF;
    if (!e && call)
        e = sim_disk_injected(sf->disk, call, sf->path);
    return e ? pail_error_os(err, e, "%s %s", doing, sf->path) : 0;
}

static bool has_room(const struct sim_disk *d, uint64_t new_blocks)
{
    return !new_blocks || d->used_blocks + new_blocks <= d->opt.capacity / SIM_PAGE;
}

/* ---- Open files ------------------------------------------------------------------------------ */

/* The inode to open, created where asked; 0 or an errno. */
static int find_or_create(struct sim_disk *d, const char *rest, unsigned flags,
                          struct sim_inode **ret)
{
    int e = 0;
    char leaf[256];
    struct sim_inode *dir = sim_names_parent(d, rest, leaf, &e);
    if (!dir)
        return e == EBUSY ? EISDIR : e;
    struct sim_inode *ino = sim_names_get(&dir->names, leaf);
    if (ino && (flags & PAIL_FILE_EXCL))
        return EEXIST;
    if (ino && ino->is_dir && (flags & PAIL_FILE_WRITE))
        return EISDIR;
    if (!ino && !(flags & PAIL_FILE_CREATE))
        return ENOENT;
    if (!ino)
        ino = sim_names_add(d, dir, leaf, false);
    *ret = ino;
    return 0;
}

static void resize(struct sim_disk *d, struct sim_inode *ino, uint64_t size)
{
    uint64_t before = ino->blocks;
    sim_data_truncate(ino, size);
    d->used_blocks += ino->blocks - before;
    ino->mtime_ns = pail_clock_wall_ns();
}

static int disk_open(const char *path, unsigned flags, struct pail_file **ret,
                     struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, SIM_DISK_OPEN, &d, &rest, "", err);
    if (rc < 0)
        return rc;
    struct sim_inode *ino = NULL;
    int e = find_or_create(d, rest, flags, &ino);
    if (e)
        return pail_error_os(err, e, "%s", path);
    size_t len = strlen(path);
    struct sim_file *sf = calloc(1, sizeof *sf + len + 1);
    if (!sf)
        return pail_error_nomem(err);
    sf->base.ops = &sim_disk_ops;
    sf->disk = d;
    sf->ino = ino;
    sf->epoch = d->epoch;
    sf->flags = flags;
    memcpy(sf->path, path, len + 1);
    ino->opens++;
    d->stats.open_files++;
    if ((flags & PAIL_FILE_TRUNC) && ino->size)
        resize(d, ino, 0);
    if (flags & PAIL_FILE_DELETE_ON_CLOSE) {
        char leaf[256];
        struct sim_inode *dir = sim_names_parent(d, rest, leaf, &e);
        sim_names_remove(d, dir, leaf);
    }
    *ret = &sf->base;
    return 0;
}

static void disk_close(struct pail_file *f)
{
    struct sim_file *sf = file_of(f);
    struct sim_disk *d = sf->disk;
    if (sf->epoch == d->epoch) {
        sf->ino->opens--;
        d->stats.open_files--;
        if (sf->has_lock)
            sf->ino->locked = false;
        sim_inode_unlinked(d, sf->ino);
        if (d->n_inodes > d->sweep_at)
            sim_disk_sweep(d);
    }
    free(sf);
}

static int disk_pread(struct pail_file *f, void *dst, size_t n, uint64_t off, size_t *ret_n,
                      struct pail_error *err)
{
    int rc = on_file(f, SIM_DISK_READ, "reading", err);
    if (rc < 0)
        return rc;
    struct sim_file *sf = file_of(f);
    if (sf->ino->is_dir)
        return pail_error_os(err, EISDIR, "reading %s", sf->path);
    sf->disk->stats.reads++;
    *ret_n = sim_data_read(sf->ino, dst, n, off);
    return 0;
}

static int disk_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t off,
                       struct pail_error *err)
{
    int rc = on_file(f, SIM_DISK_WRITE, "writing", err);
    if (rc < 0)
        return rc;
    struct sim_file *sf = file_of(f);
    struct sim_disk *d = sf->disk;
    if (off > INT64_MAX || n > INT64_MAX - off)
        return pail_error_os(err, EFBIG, "%s", sf->path);
    bool fits = has_room(d, sim_data_new_blocks(sf->ino, off, n));
    if (!fits) {
        n = (size_t)sim_rng_below(&d->rng, n);
        if (!has_room(d, sim_data_new_blocks(sf->ino, off, n)))
            n = 0;
    }
    uint64_t before = sf->ino->blocks;
    sim_data_write(sf->ino, src, n, off);
    d->used_blocks += sf->ino->blocks - before;
    sf->ino->mtime_ns = pail_clock_wall_ns();
    d->stats.writes++;
    if (sim_rng_chance(&d->rng, d->write_back))
        sim_data_write_back(sf->ino, &d->rng);
    return fits ? 0 : pail_error_os(err, ENOSPC, "writing %s", sf->path);
}

static int disk_truncate(struct pail_file *f, uint64_t size, struct pail_error *err)
{
    int rc = on_file(f, SIM_DISK_WRITE, "setting the size of", err);
    if (rc < 0)
        return rc;
    if (size > INT64_MAX)
        return pail_error_os(err, EFBIG, "%s", file_of(f)->path);
    resize(file_of(f)->disk, file_of(f)->ino, size);
    return 0;
}

static int disk_sync(struct pail_file *f, struct pail_error *err)
{
    struct sim_file *sf = file_of(f);
    int rc = on_file(f, 0, "syncing", err);
    if (rc < 0)
        return rc;
    struct sim_disk *d = sf->disk;
    sim_wait_ns(sim_rng_range(&d->rng, d->opt.sync_ns / 10, d->opt.sync_ns));
    rc = on_file(f, SIM_DISK_SYNC, "syncing", err);
    if (rc < 0) {
        if (sf->epoch == d->epoch)
            sim_data_sync_failed(sf->ino, &d->rng);
        return rc;
    }
    sim_data_sync(sf->ino);
    sim_names_sync_node(d, sf->ino);
    d->stats.syncs++;
    return 0;
}

static int disk_size(struct pail_file *f, uint64_t *ret, struct pail_error *err)
{
    int rc = on_file(f, 0, "looking at", err);
    if (rc < 0)
        return rc;
    *ret = file_of(f)->ino->size;
    return 0;
}

static int disk_punch(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err)
{
    int rc = on_file(f, SIM_DISK_WRITE, "punching a hole in", err);
    if (rc < 0)
        return rc;
    struct sim_file *sf = file_of(f);
    uint64_t before = sf->ino->blocks;
    sim_data_punch(sf->ino, off, n);
    sf->disk->used_blocks += sf->ino->blocks - before;
    return 0;
}

static int disk_reserve(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err)
{
    int rc = on_file(f, SIM_DISK_RESERVE, "reserving space in", err);
    if (rc < 0)
        return rc;
    struct sim_file *sf = file_of(f);
    if (!has_room(sf->disk, sim_data_new_blocks(sf->ino, off, n)))
        return pail_error_os(err, ENOSPC, "reserving space in %s", sf->path);
    uint64_t before = sf->ino->blocks;
    sim_data_reserve(sf->ino, off, n);
    sf->disk->used_blocks += sf->ino->blocks - before;
    return 0;
}

static int disk_lock(struct pail_file *f, struct pail_error *err)
{
    int rc = on_file(f, 0, "locking", err);
    if (rc < 0)
        return rc;
    struct sim_file *sf = file_of(f);
    if (sf->ino->locked && !sf->has_lock)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "%s: in use by another process",
                              sf->path);
    sf->ino->locked = sf->has_lock = true;
    return 0;
}

static int disk_fd(const struct pail_file *f)
{
    return -1;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static int disk_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, 0, &d, &rest, "", err);
    if (rc < 0)
        return rc;
    int e = 0;
    struct sim_inode *ino = sim_names_walk(d, rest, &e);
    if (!ino)
        return pail_error_os(err, e, "%s", path);
    *ret = (struct pail_file_stat){
        .size = ino->size,
        .allocated = ino->blocks * SIM_PAGE,
        .mtime_ns = ino->mtime_ns,
        .is_dir = ino->is_dir,
        .is_regular = !ino->is_dir,
    };
    return 0;
}

static int disk_unlink(const char *path, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, SIM_DISK_NAMES, &d, &rest, "removing ", err);
    if (rc < 0)
        return rc;
    int e = 0;
    char leaf[256];
    struct sim_inode *dir = sim_names_parent(d, rest, leaf, &e);
    if (dir)
        e = sim_names_remove(d, dir, leaf);
    return e ? pail_error_os(err, e, "removing %s", path) : 0;
}

static int disk_rename(const char *from, const char *to, struct pail_error *err)
{
    struct sim_disk *d = NULL, *to_d = NULL;
    const char *rest, *to_rest;
    int rc = on_path(from, SIM_DISK_NAMES, &d, &rest, "renaming ", err);
    if (rc == 0)
        rc = on_path(to, 0, &to_d, &to_rest, "renaming to ", err);
    if (rc < 0)
        return rc;
    int e = d == to_d ? 0 : EXDEV;
    char leaf[256], to_leaf[256];
    struct sim_inode *dir = e ? NULL : sim_names_parent(d, rest, leaf, &e);
    struct sim_inode *to_dir = e ? NULL : sim_names_parent(d, to_rest, to_leaf, &e);
    if (!e)
        e = sim_names_rename(d, dir, leaf, to_dir, to_leaf);
    return e ? pail_error_os(err, e, "renaming %s to %s", from, to) : 0;
}

static int disk_sync_dir(const char *path, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, SIM_DISK_SYNC, &d, &rest, "syncing ", err);
    if (rc < 0)
        return rc;
    sim_wait_ns(sim_rng_range(&d->rng, d->opt.sync_ns / 10, d->opt.sync_ns));
    int e = 0;
    struct sim_inode *ino = sim_names_walk(d, rest, &e);
    if (ino && !ino->is_dir)
        e = ENOTDIR;
    if (!ino || e)
        return pail_error_os(err, e, "%s", path);
    sim_names_sync_dir(d, ino);
    d->stats.dir_syncs++;
    return 0;
}

static int disk_mkdirs(const char *path, unsigned mode, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, SIM_DISK_NAMES, &d, &rest, "creating directory ", err);
    if (rc < 0)
        return rc;
    struct sim_inode *dir = d->root;
    while (*rest) {
        size_t n = strcspn(rest, "/");
        char name[256];
        if (n > 255)
            return pail_error_os(err, ENAMETOOLONG, "creating directory %s", path);
        snprintf(name, sizeof name, "%.*s", (int)n, rest);
        rest += n + (rest[n] == '/');
        if (!n)
            continue;
        struct sim_inode *ino = sim_names_get(&dir->names, name);
        if (ino && !ino->is_dir)
            return pail_error_os(err, ENOTDIR, "creating directory %s", path);
        dir = ino ? ino : sim_names_add(d, dir, name, true);
    }
    return 0;
}

static int disk_list(const char *path, int (*each)(const char *, void *, struct pail_error *),
                     void *ud, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, SIM_DISK_OPEN, &d, &rest, "listing ", err);
    if (rc < 0)
        return rc;
    int e = 0;
    struct sim_inode *ino = sim_names_walk(d, rest, &e);
    if (ino && !ino->is_dir)
        e = ENOTDIR;
    if (!ino || e)
        return pail_error_os(err, e, "listing %s", path);
    /* each() may remove or add names. */
    size_t n = ino->names.n;
    char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = strdup(ino->names.entries[i].name);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = each(names[i], ud, err);
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return rc;
}

static int disk_free_space(const char *path, uint64_t *ret, struct pail_error *err)
{
    struct sim_disk *d = NULL;
    const char *rest;
    int rc = on_path(path, 0, &d, &rest, "", err);
    if (rc < 0)
        return rc;
    uint64_t all = d->opt.capacity / SIM_PAGE;
    *ret = all > d->used_blocks ? (all - d->used_blocks) * SIM_PAGE : 0;
    return 0;
}

const struct pail_file_ops sim_disk_ops = {
    .open = disk_open,
    .close = disk_close,
    .pread = disk_pread,
    .pwrite = disk_pwrite,
    .truncate = disk_truncate,
    .sync = disk_sync,
    .size = disk_size,
    .punch = disk_punch,
    .reserve = disk_reserve,
    .lock = disk_lock,
    .stat = disk_stat,
    .unlink = disk_unlink,
    .rename = disk_rename,
    .sync_dir = disk_sync_dir,
    .mkdirs = disk_mkdirs,
    .list = disk_list,
    .free_space = disk_free_space,
    .fd = disk_fd,
};
