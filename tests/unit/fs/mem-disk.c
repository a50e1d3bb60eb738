/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/mem-disk.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

#define PAGE 4096
#define FILES 64
#define PATH 256

struct image {
    char *data;
    uint64_t size, room;
};

struct inode {
    struct image now, durable;
    uint64_t dirty; /* bit n: page n mod 64 was written since the last sync; coarse is enough */
    bool used, locked;
    unsigned opens;
};

struct name {
    char path[PATH];
    struct inode *inode; /* NULL: free slot */
};

struct handle {
    struct pail_file base;
    struct inode *inode;
    unsigned life;
    bool locked;
    char path[PATH];
};

static struct {
    pthread_mutex_t mutex;
    struct inode inodes[FILES];
    struct name now[FILES], durable[FILES];
    unsigned life;
    unsigned fail_calls, fail_nth, fail_count;
    int fail_errno;
    char fail_suffix[32];
    struct {
        char path[PATH];
        unsigned n;
    } syncs[8];
    pthread_cond_t gate;
    char gate_suffix[32]; /* "": open */
    unsigned waiting;
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER, .gate = PTHREAD_COND_INITIALIZER};

static const struct pail_file_ops ops;

/* ---- Names ----------------------------------------------------------------------------------- */

static struct name *name_of(struct name *names, const char *path)
{
    for (int i = 0; i < FILES; i++) {
        if (names[i].inode && strcmp(names[i].path, path) == 0)
            return &names[i];
    }
    return NULL;
}

static void set_name(struct name *names, const char *path, struct inode *inode)
{
    struct name *n = name_of(names, path);
    for (int i = 0; i < FILES && !n && inode; i++) {
        if (!names[i].inode)
            n = &names[i];
    }
    if (!n)
        return;
    n->inode = inode;
    snprintf(n->path, sizeof(n->path), "%s", path);
}

static struct inode *new_inode(void)
{
    for (int i = 0; i < FILES; i++) {
        if (!disk.inodes[i].used) {
            disk.inodes[i] = (struct inode){.used = true};
            return &disk.inodes[i];
        }
    }
    abort();
}

static bool has_suffix(const char *path, const char *suffix)
{
    return pail_str_ends(pail_str(path), pail_str(suffix));
}

/* ---- Images ---------------------------------------------------------------------------------- */

static void resize(struct image *im, uint64_t size)
{
    if (size > im->room || !im->data) {
        im->room = size * 2 + PAGE;
        im->data = realloc(im->data, im->room);
        if (!im->data)
            abort();
    }
    if (size > im->size)
        memset(im->data + im->size, 0, size - im->size);
    im->size = size;
}

static void copy_image(struct image *to, const struct image *from)
{
    resize(to, from->size);
    if (from->size)
        memcpy(to->data, from->data, from->size);
}

static void free_inodes(void)
{
    for (int i = 0; i < FILES; i++) {
        free(disk.inodes[i].now.data);
        free(disk.inodes[i].durable.data);
    }
    memset(disk.inodes, 0, sizeof(disk.inodes));
}

void mem_disk_begin(void)
{
    free_inodes();
    memset(disk.now, 0, sizeof(disk.now));
    memset(disk.durable, 0, sizeof(disk.durable));
    memset(disk.syncs, 0, sizeof(disk.syncs));
    disk.fail_calls = 0;
    disk.life++;
    pail_file_set_ops(&ops);
}

void mem_disk_end(void)
{
    pail_file_set_ops(NULL);
    free_inodes();
}

/* ---- Trouble --------------------------------------------------------------------------------- */

static void unlock_all(void)
{
    disk.life++;
    for (int i = 0; i < FILES; i++)
        disk.inodes[i].locked = false;
}

void mem_disk_kill(void)
{
    pthread_mutex_lock(&disk.mutex);
    unlock_all();
    pthread_mutex_unlock(&disk.mutex);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

/* The durable image with some of the newer pages. */
static void lose_pages(struct inode *n, uint64_t *seed)
{
    for (uint64_t at = 0; *seed && at < n->now.size; at += PAGE) {
        if (!(n->dirty >> (at / PAGE % 64) & 1) || next_random(seed) % 2)
            continue;
        uint64_t end = pail_min_u64(at + PAGE, n->now.size);
        if (end > n->durable.size)
            resize(&n->durable, end);
        memcpy(n->durable.data + at, n->now.data + at, end - at);
    }
    copy_image(&n->now, &n->durable);
    n->dirty = 0;
}

void mem_disk_power_cut(uint64_t seed)
{
    pthread_mutex_lock(&disk.mutex);
    unlock_all();
    if (seed)
        next_random(&seed);
    if (seed && next_random(&seed) % 2)
        memcpy(disk.durable, disk.now, sizeof(disk.now));
    for (int i = 0; i < FILES; i++) {
        if (disk.inodes[i].used)
            lose_pages(&disk.inodes[i], &seed);
    }
    memcpy(disk.now, disk.durable, sizeof(disk.now));
    pthread_mutex_unlock(&disk.mutex);
}

void mem_disk_fail(unsigned calls, const char *suffix, int os_errno, unsigned nth, unsigned count)
{
    pthread_mutex_lock(&disk.mutex);
    disk.fail_calls = calls;
    snprintf(disk.fail_suffix, sizeof(disk.fail_suffix), "%s", suffix);
    disk.fail_errno = os_errno;
    disk.fail_nth = nth;
    disk.fail_count = count;
    pthread_mutex_unlock(&disk.mutex);
}

void mem_disk_heal(void)
{
    mem_disk_fail(0, "", 0, 0, 0);
}

/* The errno with which this call is to fail, or 0. */
static int trouble(unsigned call, const char *path)
{
    if (!(disk.fail_calls & call) || !has_suffix(path, disk.fail_suffix))
        return 0;
    if (disk.fail_nth > 1) {
        disk.fail_nth--;
        return 0;
    }
    if (disk.fail_count == 0)
        return 0;
    disk.fail_count--;
    return disk.fail_errno;
}

static int check(const struct handle *h, unsigned call, struct pail_error *err)
{
    int error = h->life != disk.life ? EIO : trouble(call, h->path);
    return error ? pail_error_os(err, error, "%s", h->path) : 0;
}

void mem_disk_close_gate(const char *suffix)
{
    pthread_mutex_lock(&disk.mutex);
    snprintf(disk.gate_suffix, sizeof(disk.gate_suffix), "%s", suffix);
    pthread_cond_broadcast(&disk.gate);
    pthread_mutex_unlock(&disk.mutex);
}

void mem_disk_open_gate(void)
{
    mem_disk_close_gate("");
}

unsigned mem_disk_waiting(void)
{
    pthread_mutex_lock(&disk.mutex);
    unsigned n = disk.waiting;
    pthread_mutex_unlock(&disk.mutex);
    return n;
}

static void count_sync(const char *path)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(disk.syncs); i++) {
        if (!disk.syncs[i].path[0])
            snprintf(disk.syncs[i].path, sizeof(disk.syncs[i].path), "%s", path);
        if (strcmp(disk.syncs[i].path, path) == 0) {
            disk.syncs[i].n++;
            return;
        }
    }
}

unsigned mem_disk_syncs(const char *suffix)
{
    unsigned n = 0;
    pthread_mutex_lock(&disk.mutex);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(disk.syncs); i++) {
        if (has_suffix(disk.syncs[i].path, suffix))
            n += disk.syncs[i].n;
    }
    pthread_mutex_unlock(&disk.mutex);
    return n;
}

void mem_disk_damage(const char *path, uint64_t offset)
{
    pthread_mutex_lock(&disk.mutex);
    struct name *n = name_of(disk.now, path);
    if (!n || offset >= n->inode->now.size)
        abort();
    n->inode->now.data[offset] ^= 0x55;
    copy_image(&n->inode->durable, &n->inode->now);
    pthread_mutex_unlock(&disk.mutex);
}

uint64_t mem_disk_size(const char *path)
{
    pthread_mutex_lock(&disk.mutex);
    struct name *n = name_of(disk.now, path);
    uint64_t size = n ? n->inode->now.size : UINT64_MAX;
    pthread_mutex_unlock(&disk.mutex);
    return size;
}

/* ---- Calls on a file ------------------------------------------------------------------------- */

static struct handle *handle_of(struct pail_file *f)
{
    return PAIL_CONTAINER(f, struct handle, base);
}

static int mem_open_locked(const char *path, unsigned flags, struct pail_file **ret,
                           struct pail_error *err)
{
    int error = trouble(MEM_OPEN, path);
    if (error)
        return pail_error_os(err, error, "%s", path);
    struct name *n = name_of(disk.now, path);
    if (!n && !(flags & PAIL_FILE_CREATE))
        return pail_error_os(err, ENOENT, "%s", path);
    if (n && (flags & PAIL_FILE_EXCL))
        return pail_error_os(err, EEXIST, "%s", path);
    struct handle *h = calloc(1, sizeof(*h));
    if (!h)
        abort();
    h->base.ops = &ops;
    h->inode = n ? n->inode : new_inode();
    if (!n)
        set_name(disk.now, path, h->inode);
    h->life = disk.life;
    snprintf(h->path, sizeof(h->path), "%s", path);
    if (flags & PAIL_FILE_TRUNC) {
        resize(&h->inode->now, 0);
        h->inode->dirty = UINT64_MAX;
    }
    if (flags & PAIL_FILE_DELETE_ON_CLOSE)
        set_name(disk.now, path, NULL);
    *ret = &h->base;
    return 0;
}

static int mem_open(const char *path, unsigned flags, struct pail_file **ret,
                    struct pail_error *err)
{
    pthread_mutex_lock(&disk.mutex);
    int rc = mem_open_locked(path, flags, ret, err);
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static void mem_close(struct pail_file *f)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    if (h->locked && h->life == disk.life)
        h->inode->locked = false;
    pthread_mutex_unlock(&disk.mutex);
    free(h);
}

static int mem_pread(struct pail_file *f, void *dst, size_t n, uint64_t off, size_t *ret_n,
                     struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    int rc = check(h, MEM_READ, err);
    if (rc == 0) {
        const struct image *im = &h->inode->now;
        size_t got = off < im->size ? (size_t)pail_min_u64(n, im->size - off) : 0;
        if (got)
            memcpy(dst, im->data + off, got);
        *ret_n = got;
    }
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_pwrite(struct pail_file *f, const void *src, size_t n, uint64_t off,
                      struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    int rc = check(h, MEM_WRITE, err);
    if (rc == 0 && n) {
        if (off + n > h->inode->now.size)
            resize(&h->inode->now, off + n);
        memcpy(h->inode->now.data + off, src, n);
        for (uint64_t p = off / PAGE; p <= (off + n - 1) / PAGE; p++)
            h->inode->dirty |= UINT64_C(1) << (p % 64);
    }
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_truncate(struct pail_file *f, uint64_t size, struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    int rc = check(h, MEM_WRITE, err);
    if (rc == 0) {
        resize(&h->inode->now, size);
        h->inode->dirty = UINT64_MAX;
    }
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_sync(struct pail_file *f, struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    while (disk.gate_suffix[0] && has_suffix(h->path, disk.gate_suffix)) {
        disk.waiting++;
        pthread_cond_wait(&disk.gate, &disk.mutex);
        disk.waiting--;
    }
    int rc = check(h, MEM_SYNC, err);
    count_sync(h->path);
    if (rc == 0) {
        /* Only what is dirty: pages that a failed sync took for clean stay lost. */
        struct inode *n = h->inode;
        if (n->durable.size != n->now.size)
            resize(&n->durable, n->now.size);
        for (uint64_t at = 0; at < n->now.size; at += PAGE) {
            if (n->dirty >> (at / PAGE % 64) & 1)
                memcpy(n->durable.data + at, n->now.data + at,
                       pail_min_u64(PAGE, n->now.size - at));
        }
        if (name_of(disk.now, h->path) && name_of(disk.now, h->path)->inode == n)
            set_name(disk.durable, h->path, n);
    }
    h->inode->dirty = 0;
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_size(struct pail_file *f, uint64_t *ret, struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    int rc = check(h, MEM_READ, err);
    if (rc == 0)
        *ret = h->inode->now.size;
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_lock(struct pail_file *f, struct pail_error *err)
{
    struct handle *h = handle_of(f);
    pthread_mutex_lock(&disk.mutex);
    int rc = 0;
    if (h->inode->locked)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "%s: in use", h->path);
    h->inode->locked = true;
    if (rc == 0)
        h->locked = true;
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_refuse(struct pail_file *f, uint64_t off, uint64_t n, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_OS, PAIL_E_UNSUPPORTED, "%s: not here", handle_of(f)->path);
}

static int mem_fd(const struct pail_file *f)
{
    return -1;
}

/* ---- Calls on paths -------------------------------------------------------------------------- */

static int mem_stat(const char *path, struct pail_file_stat *ret, struct pail_error *err)
{
    pthread_mutex_lock(&disk.mutex);
    struct name *n = name_of(disk.now, path);
    int rc = n ? 0 : pail_error_os(err, ENOENT, "%s", path);
    if (n)
        *ret = (struct pail_file_stat){.size = n->inode->now.size, .is_regular = true};
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_unlink(const char *path, struct pail_error *err)
{
    pthread_mutex_lock(&disk.mutex);
    int rc = name_of(disk.now, path) ? 0 : pail_error_os(err, ENOENT, "%s", path);
    set_name(disk.now, path, NULL);
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_rename(const char *from, const char *to, struct pail_error *err)
{
    pthread_mutex_lock(&disk.mutex);
    struct name *n = name_of(disk.now, from);
    int error = trouble(MEM_RENAME, from);
    int rc = error ? pail_error_os(err, error, "%s", from)
             : n   ? 0
                   : pail_error_os(err, ENOENT, "%s", from);
    if (rc == 0) {
        struct inode *inode = n->inode;
        set_name(disk.now, from, NULL);
        set_name(disk.now, to, inode);
    }
    pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int mem_sync_dir(const char *dir, struct pail_error *err)
{
    pthread_mutex_lock(&disk.mutex);
    memcpy(disk.durable, disk.now, sizeof(disk.now)); /* there is one directory */
    pthread_mutex_unlock(&disk.mutex);
    return 0;
}

static int mem_mkdirs(const char *dir, unsigned mode, struct pail_error *err)
{
    return 0;
}

static int mem_list(const char *dir, int (*each)(const char *, void *, struct pail_error *),
                    void *ud, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_OS, PAIL_E_UNSUPPORTED, "%s: not here", dir);
}

static int mem_free_space(const char *path, uint64_t *ret, struct pail_error *err)
{
    *ret = UINT64_MAX;
    return 0;
}

static const struct pail_file_ops ops = {
    .open = mem_open,
    .close = mem_close,
    .pread = mem_pread,
    .pwrite = mem_pwrite,
    .truncate = mem_truncate,
    .sync = mem_sync,
    .size = mem_size,
    .punch = mem_refuse,
    .reserve = mem_refuse,
    .lock = mem_lock,
    .stat = mem_stat,
    .unlink = mem_unlink,
    .rename = mem_rename,
    .sync_dir = mem_sync_dir,
    .mkdirs = mem_mkdirs,
    .list = mem_list,
    .free_space = mem_free_space,
    .fd = mem_fd,
};
