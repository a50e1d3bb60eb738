/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/vfs.c - SQLite's files over base/file.h.
 *
 * A connection is the only user of its database: a lock file (db.c) keeps other processes out,
 * locking_mode=EXCLUSIVE other connections. So locks are no-ops, and without shared-memory methods
 * SQLite keeps the index of its log on the heap. Nothing is promised of the device: no atomic
 * writes, no ordering.
 *
 * SQLite reports an I/O error as a number. What the disk said is kept beside it, so that the
 * message of the call that fails names the file and the cause.
 *
 * The deferred sync (see vfs.h): SQLite ends a checkpoint by syncing the database file, and may
 * overwrite the log afterwards, which begins with a new header at offset 0. That write, cutting the
 * log and removing it are the barrier: they do the sync first when it is still owed.
 */
#include "meta/vfs.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/thread.h"
#include "meta/memory.h"

#define PATH_MAX_BYTES 4096
#define SECTOR 4096
#define RENEW_STEP ((size_t)256 << 10)
/* 1970-01-01 as a Julian day number, in milliseconds. */
#define UNIX_EPOCH_JULIAN_MS INT64_C(210866760000000)

struct pail_vfs_disk {
    struct pail_file *file;
    atomic_uint refs;
    atomic_bool new_name; /* the directory does not have it for sure */
    atomic_bool suspect;  /* a sync failed: what was written may be nowhere */
    char path[];
};

struct vfs_file {
    sqlite3_file base;
    struct pail_vfs *vfs;
    struct pail_vfs_disk *disk;
};

struct pail_vfs {
    sqlite3_vfs sqlite;
    char name[32];
    struct pail_error last;
    struct vfs_file *database, *log;
    bool defer, owed;
};

static struct vfs_file *file_of(sqlite3_file *f)
{
    return PAIL_CONTAINER(f, struct vfs_file, base);
}

static struct pail_vfs *vfs_of(sqlite3_vfs *v)
{
    return PAIL_CONTAINER(v, struct pail_vfs, sqlite);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static int failed(struct pail_vfs *v, const struct pail_error *e, int code)
{
    pail_error_copy(&v->last, e);
    if (e->code == PAIL_E_NOMEM)
        return SQLITE_IOERR_NOMEM;
    if (e->os_errno == ENOSPC || e->os_errno == EDQUOT)
        return SQLITE_FULL;
    return code;
}

bool pail_vfs_take_error(struct pail_vfs *v, struct pail_error *ret)
{
    if (v->last.code == PAIL_OK)
        return false;
    pail_error_copy(ret, &v->last);
    v->last = (struct pail_error)PAIL_ERROR_INIT;
    return true;
}

/* ---- Disk files ------------------------------------------------------------------------------ */

static struct pail_vfs_disk *disk_ref(struct pail_vfs_disk *d)
{
    atomic_fetch_add(&d->refs, 1);
    return d;
}

struct pail_vfs_disk *pail_vfs_disk_unref(struct pail_vfs_disk *d)
{
    if (d && atomic_fetch_sub(&d->refs, 1) == 1) {
        pail_file_close(d->file);
        pail_free(d);
    }
    return NULL;
}

struct pail_vfs_disk *pail_vfs_ref_log(struct pail_vfs *v)
{
    return v->log ? disk_ref(v->log->disk) : NULL;
}

struct pail_vfs_disk *pail_vfs_ref_database(struct pail_vfs *v)
{
    return v->database ? disk_ref(v->database->disk) : NULL;
}

static int sync_parent(const char *path, struct pail_error *err)
{
    size_t slash = pail_str_rfind(pail_str(path), '/');
    struct pail_str dir = PAIL_STR(".");
    if (slash != SIZE_MAX)
        dir = pail_strn(path, slash ? slash : 1);
    PAIL_AUTOFREE char *z = pail_strndup(dir);
    return z ? pail_file_sync_dir(z, err) : pail_error_nomem(err);
}

int pail_vfs_disk_renew(struct pail_vfs_disk *d, struct pail_error *err)
{
    if (PAIL_LIKELY(!atomic_load(&d->suspect)))
        return 0;
    PAIL_AUTOFREE char *piece = pail_alloc(RENEW_STEP);
    if (!piece)
        return pail_error_nomem(err);
    for (uint64_t at = 0;;) {
        size_t got = 0;
        int rc = pail_file_pread(d->file, piece, RENEW_STEP, at, &got, err);
        if (rc == 0 && got)
            rc = pail_file_pwrite(d->file, piece, got, at, err);
        if (rc < 0)
            return rc;
        at += got;
        if (got < RENEW_STEP)
            break;
    }
    atomic_store(&d->suspect, false);
    return 0;
}

int pail_vfs_disk_sync(struct pail_vfs_disk *d, struct pail_error *err)
{
    int rc = pail_file_sync(d->file, err);
    if (rc < 0)
        atomic_store(&d->suspect, true);
    if (rc < 0 || !atomic_load(&d->new_name))
        return rc;
    rc = sync_parent(d->path, err);
    if (rc == 0)
        atomic_store(&d->new_name, false);
    return rc;
}

static int renew_and_sync(struct pail_vfs_disk *d, struct pail_error *err)
{
    int rc = pail_vfs_disk_renew(d, err);
    return rc < 0 ? rc : pail_vfs_disk_sync(d, err);
}

static int open_disk(const char *path, int flags, struct pail_vfs_disk **ret,
                     struct pail_error *err)
{
    unsigned how = PAIL_FILE_READ;
    if (flags & SQLITE_OPEN_READWRITE)
        how |= PAIL_FILE_WRITE;
    if (flags & SQLITE_OPEN_CREATE)
        how |= PAIL_FILE_CREATE;
    if (flags & SQLITE_OPEN_EXCLUSIVE)
        how |= PAIL_FILE_EXCL;
    if (flags & SQLITE_OPEN_DELETEONCLOSE)
        how |= PAIL_FILE_DELETE_ON_CLOSE;

    size_t len = strlen(path);
    struct pail_vfs_disk *d = pail_alloc(sizeof(*d) + len + 1);
    if (!d)
        return pail_error_nomem(err);
    memcpy(d->path, path, len + 1);
    atomic_init(&d->refs, 1);
    /* Whether the name is new is not asked: one sync of the directory per opening costs nothing. */
    atomic_init(&d->suspect, false);
    atomic_init(&d->new_name, (flags & SQLITE_OPEN_CREATE) != 0);
    int rc = pail_file_open(path, how, &d->file, err);
    if (rc < 0) {
        pail_free(d);
        return rc;
    }
    *ret = d;
    return 0;
}

/* ---- The deferred sync ----------------------------------------------------------------------- */

void pail_vfs_defer(struct pail_vfs *v, bool on)
{
    v->defer = on;
}

bool pail_vfs_owes_sync(const struct pail_vfs *v)
{
    return v->owed;
}

void pail_vfs_paid(struct pail_vfs *v)
{
    v->owed = false;
}

/* Before the log loses anything. */
static int barrier(struct pail_vfs *v)
{
    if (!v->owed || !v->database)
        return SQLITE_OK;
    struct pail_error e = PAIL_ERROR_INIT;
    if (renew_and_sync(v->database->disk, &e) < 0)
        return failed(v, &e, SQLITE_IOERR_FSYNC);
    v->owed = false;
    return SQLITE_OK;
}

/* ---- Methods of a file ----------------------------------------------------------------------- */

static int file_close(sqlite3_file *base)
{
    struct vfs_file *f = file_of(base);
    if (f->vfs->database == f)
        f->vfs->database = NULL;
    if (f->vfs->log == f)
        f->vfs->log = NULL;
    f->disk = pail_vfs_disk_unref(f->disk);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *dst, int n, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(base);
    struct pail_error e = PAIL_ERROR_INIT;
    size_t got = 0;
    if (pail_file_pread(f->disk->file, dst, (size_t)n, (uint64_t)offset, &got, &e) < 0)
        return failed(f->vfs, &e, SQLITE_IOERR_READ);
    if (got == (size_t)n)
        return SQLITE_OK;
    memset((char *)dst + got, 0, (size_t)n - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *src, int n, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(base);
    struct pail_error e = PAIL_ERROR_INIT;
    if (f == f->vfs->log && offset == 0) {
        int rc = barrier(f->vfs);
        if (rc != SQLITE_OK)
            return rc;
    }
    if (pail_file_pwrite(f->disk->file, src, (size_t)n, (uint64_t)offset, &e) < 0)
        return failed(f->vfs, &e, SQLITE_IOERR_WRITE);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vfs_file *f = file_of(base);
    struct pail_error e = PAIL_ERROR_INIT;
    if (f == f->vfs->log) {
        int rc = barrier(f->vfs);
        if (rc != SQLITE_OK)
            return rc;
    }
    if (pail_file_truncate(f->disk->file, (uint64_t)size, &e) < 0)
        return failed(f->vfs, &e, SQLITE_IOERR_TRUNCATE);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct vfs_file *f = file_of(base);
    if (f == f->vfs->database && f->vfs->defer) {
        f->vfs->owed = true;
        return SQLITE_OK;
    }
    struct pail_error e = PAIL_ERROR_INIT;
    if (renew_and_sync(f->disk, &e) < 0)
        return failed(f->vfs, &e, SQLITE_IOERR_FSYNC);
    if (f == f->vfs->database)
        f->vfs->owed = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret)
{
    struct vfs_file *f = file_of(base);
    struct pail_error e = PAIL_ERROR_INIT;
    uint64_t size = 0;
    if (pail_file_size(f->disk->file, &size, &e) < 0)
        return failed(f->vfs, &e, SQLITE_IOERR_FSTAT);
    *ret = (sqlite3_int64)size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *ret)
{
    (void)base;
    *ret = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return 0;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1, /* no shared memory, no mapping */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

/* ---- Methods of the VFS ---------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *sqlite, const char *path, sqlite3_file *base, int flags,
                    int *ret_flags)
{
    struct pail_vfs *v = vfs_of(sqlite);
    struct vfs_file *f = file_of(base);
    f->base.pMethods = NULL; /* no xClose when this fails */
    if (!path)
        return SQLITE_CANTOPEN; /* temporary files: temp_store=MEMORY makes none */

    struct pail_error e = PAIL_ERROR_INIT;
    if (open_disk(path, flags, &f->disk, &e) < 0)
        return failed(v, &e, SQLITE_CANTOPEN);
    f->vfs = v;
    f->base.pMethods = &file_methods;
    if (flags & SQLITE_OPEN_MAIN_DB)
        v->database = f;
    if (flags & SQLITE_OPEN_WAL)
        v->log = f;
    if (ret_flags)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *sqlite, const char *path, int sync_dir)
{
    struct pail_vfs *v = vfs_of(sqlite);
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = barrier(v);
    if (rc != SQLITE_OK)
        return rc;
    if (pail_file_unlink(path, &e) < 0) {
        if (e.os_errno == ENOENT)
            return SQLITE_IOERR_DELETE_NOENT;
        return failed(v, &e, SQLITE_IOERR_DELETE);
    }
    if (sync_dir && sync_parent(path, &e) < 0)
        return failed(v, &e, SQLITE_IOERR_DIR_FSYNC);
    return SQLITE_OK;
}

/* An empty journal counts as none, as SQLite's own VFS has it. */
static int vfs_access(sqlite3_vfs *sqlite, const char *path, int what, int *ret)
{
    (void)what;
    struct pail_vfs *v = vfs_of(sqlite);
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_file_stat st;
    if (pail_file_stat(path, &st, &e) < 0) {
        if (e.os_errno != ENOENT && e.os_errno != ENOTDIR)
            return failed(v, &e, SQLITE_IOERR_ACCESS);
        *ret = 0;
        return SQLITE_OK;
    }
    *ret = !st.is_regular || st.size > 0;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *sqlite, const char *path, int size, char *ret)
{
    (void)sqlite;
    size_t len = strlen(path);
    if (len >= (size_t)size)
        return SQLITE_CANTOPEN;
    memcpy(ret, path, len + 1);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *sqlite, int n, char *ret)
{
    (void)sqlite;
    pail_rand_bytes(ret, (size_t)n);
    return n;
}

/* Called between attempts to get a lock. Nobody else can hold one, and the connection's mutex is
 * held here, under which nobody sleeps. */
static int vfs_sleep(sqlite3_vfs *sqlite, int us)
{
    (void)sqlite;
    return us;
}

static int vfs_time_ms(sqlite3_vfs *sqlite, sqlite3_int64 *ret)
{
    (void)sqlite;
    *ret = pail_clock_wall_ns() / PAIL_NS_PER_MS + UNIX_EPOCH_JULIAN_MS;
    return SQLITE_OK;
}

static int vfs_time_days(sqlite3_vfs *sqlite, double *ret)
{
    sqlite3_int64 ms = 0;
    int rc = vfs_time_ms(sqlite, &ms);
    *ret = (double)ms / 86400000.0;
    return rc;
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* SQLite seeds its random generator from the default VFS. So the default becomes a copy of what it
 * was with our random numbers: other users of SQLite in this process notice nothing, and a
 * simulated life repeats. */
static sqlite3_vfs seeded;

static void replace_default(void)
{
    sqlite3_vfs *was = sqlite3_vfs_find(NULL);
    if (!was)
        return;
    seeded = *was;
    seeded.pNext = NULL;
    seeded.zName = "pail-default";
    seeded.xRandomness = vfs_randomness;
    sqlite3_vfs_register(&seeded, 1);
}

int pail_vfs_new(struct pail_vfs **ret, struct pail_error *err)
{
    static struct pail_once once = PAIL_ONCE_INIT;
    static atomic_uint serial;

    pail_meta_configure_sqlite();
    pail_once(&once, replace_default);
    struct pail_vfs *v = pail_zalloc(sizeof(*v));
    if (!v)
        return pail_error_nomem(err);
    v->last = (struct pail_error)PAIL_ERROR_INIT;
    snprintf(v->name, sizeof(v->name), "pail-%u", atomic_fetch_add(&serial, 1));
    v->sqlite = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct vfs_file),
        .mxPathname = PATH_MAX_BYTES,
        .zName = v->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time_days,
        .xCurrentTimeInt64 = vfs_time_ms,
    };
    int rc = sqlite3_vfs_register(&v->sqlite, 0);
    if (rc != SQLITE_OK) {
        pail_free(v);
        if (rc == SQLITE_NOMEM)
            return pail_error_nomem(err);
        return pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "starting SQLite: %s",
                              sqlite3_errstr(rc));
    }
    sqlite3_randomness(0, NULL); /* seeded anew */
    *ret = v;
    return 0;
}

void pail_vfs_free(struct pail_vfs *v)
{
    if (!v)
        return;
    sqlite3_vfs_unregister(&v->sqlite);
    pail_free(v);
}

const char *pail_vfs_name(const struct pail_vfs *v)
{
    return v->name;
}
